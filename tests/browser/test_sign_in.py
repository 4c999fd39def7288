"""Signing in with a real browser: every step reads well, passes axe, works large, dark, in English, and with a passkey under the strict policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as product
from django.utils import timezone
from playwright.sync_api import Page

from linli.kernel.access.actor import system
from linli.kernel.accounts.actions import grant_role, open_account
from linli.kernel.accounts.models import Account
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a-good-long-pass"
Look = Callable[[Page, str], None]
Check = Callable[[Page], None]


def staff(role: str = "security_admin") -> Account:
    now = timezone.now() - timedelta(minutes=1)
    account = open_account(actor=system("tests"), username="zhang.min", name="张敏", now=now, password=PASSWORD)
    grant_role(actor=system("tests"), account=account, role=role, place=None, now=now)
    return account


def sign_in(page: Page) -> None:
    page.goto("/sign-in/?who=staff")
    page.fill("[name=login]", "zhang.min")
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=login]) button[type=submit]").click()


@pytest.mark.parametrize(
    ("width", "language", "elder", "dark"),
    [(390, "zh-hans", False, False), (390, "en", True, False), (1280, "en", False, True), (390, "zh-hans", True, True)],
    ids=["phone", "elder", "dark", "elder dark"],
)
def test_a_resident_signs_in_by_code(
    browser_page: OpenPage, axe: Check, fits: Check, shot: Look, settings: Any, language: str, width: int, elder: bool, dark: bool
) -> None:
    settings.DEMO = True
    page = browser_page(width=width, language=language, elder=elder, dark=dark)  # type: ignore[arg-type]  # one of the two languages
    page.goto("/sign-in/")
    axe(page)
    shot(page, f"sign-in-{language}-{width}{'-elder' if elder else ''}")
    fits(page)

    page.fill("[name=phone]", "13800138000")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/")
    axe(page)
    shot(page, f"sign-in-code-{language}-{width}{'-elder' if elder else ''}")
    code = "".join(c for c in page.locator(".notice").first.inner_text() if c.isdigit())[-6:]
    page.fill("[name=code]", code)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)

    page.goto("/me/security/")
    axe(page)
    shot(page, f"security-{language}-{width}{'-elder' if elder else ''}")
    assert Account.objects.filter(phone_blind__isnull=False).count() == 1


def test_a_passkey_is_enrolled_and_signs_in_under_the_strict_policy(
    browser_page: OpenPage, axe: Check, shot: Look, live_server: object
) -> None:
    assert "'unsafe-inline'" not in str(product.CONTENT_SECURITY_POLICY)
    account = staff()
    page = browser_page()
    # The name under which a passkey is kept must be a domain; an address of numbers is none.
    base = str(live_server).replace("127.0.0.1", "localhost")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    page.goto(f"{base}/sign-in/?who=staff")
    page.fill("[name=login]", "zhang.min")
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=login]) button[type=submit]").click()
    page.wait_for_url("**/accounts/second-factor/**")
    axe(page)
    shot(page, "second-factor")
    page.locator("a[href*='webauthn/add']").click()
    page.fill("[name=password]", PASSWORD)
    axe(page)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/webauthn/add/")
    axe(page)
    page.locator("[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    axe(page)
    shot(page, "recovery-codes")
    assert Authenticator.objects.filter(user=account, type="webauthn").count() == 1

    page.goto(f"{base}/accounts/2fa/")
    axe(page)
    page.goto(f"{base}/accounts/2fa/webauthn/")
    axe(page)
    page.goto(f"{base}/sign-out/")
    axe(page)
    page.locator("main button[type=submit]").click()
    page.goto(f"{base}/sign-in/?who=staff&next=/desk/permissions/")
    page.locator("#passkey_login").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)

    page.goto(f"{base}/desk/accounts/")
    assert page.locator("h1").inner_text() == "账号与授权"


def test_a_wrong_password_and_the_lock_out_are_said_in_words(browser_page: OpenPage, axe: Check, shot: Look) -> None:
    staff()
    page = browser_page(width=390)
    for n in range(5):
        page.goto("/sign-in/?who=staff")
        page.fill("[name=login]", "zhang.min")
        page.fill("[name=password]", f"wrong-password-{n}")
        page.locator("form:has([name=login]) button[type=submit]").click()
        if n == 0:
            axe(page)
            shot(page, "sign-in-wrong")
            assert page.locator("[name=login]").input_value() == "zhang.min"
    axe(page)
    shot(page, "locked-out")
    assert "暂时锁定" in page.locator("h1").inner_text()
