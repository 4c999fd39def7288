"""Administration in a real browser: every page passes axe, on a desk and on a phone, in both languages; a role is granted by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from linli.kernel.accounts.models import Account, Grant
from linli.kernel.matters.models import Category
from linli.kernel.places.models import Place
from tests.browser.conftest import OpenPage
from tests.factories import Cast, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
Look = Callable[[Page, str], None]
Check = Callable[[Page], None]


@pytest.fixture
def cast(settings: Any, transactional_db: None) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_cast()


def as_(page: Page, site: str, cast: Cast, role: str) -> None:
    """The browser carries the session of this role from now on."""
    client = Client()
    client.force_login(Account.objects.get(pk=cast.inside[role].account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


def visits(cast: Cast) -> dict[str, list[str]]:
    worker = Account.objects.get(username="community_worker.here")
    compound = cast.here.compound.pk
    leaf = Category.objects.exclude(parent=None)[0].pk
    return {
        "security_admin": ["/desk/accounts/", f"/desk/accounts/{worker.pk}/", "/desk/accounts/new/"],
        "audit_admin": ["/desk/log/"],
        "system_admin": [
            "/desk/units/",
            f"/desk/units/{cast.here.units['housing'].pk}/",
            "/desk/settings/",
            "/desk/settings/promises/",
            "/desk/settings/categories/",
            f"/desk/settings/categories/{leaf}/",
            "/desk/settings/calendar/?year=2026",
            "/desk/settings/calendar/?year=2031",
            "/desk/settings/gateways/",
        ],
        "community_worker": [
            "/desk/people/",
            f"/desk/people/{cast.person.pk}/",
            "/desk/people/new/",
            "/desk/homes/",
            f"/desk/homes/{cast.here.homes[0].pk}/",
            "/desk/permissions/?verb=request.accept",
        ],
        "community_head": [
            "/desk/places/?q=3",
            f"/desk/places/{compound}/",
            f"/desk/places/{compound}/split/",
            f"/desk/places/{compound}/outline/",
            "/desk/places/at/?latitude=30.63&longitude=104.05&datum=wgs84",
        ],
    }


@pytest.mark.parametrize(("width", "language", "dark"), [(1280, "zh-hans", False), (390, "en", True)], ids=["desk", "dark phone"])
def test_every_page_of_administration_passes_axe(
    browser_page: OpenPage, site: str, cast: Cast, axe: Check, fits: Check, shot: Look, width: int, language: Any, dark: bool
) -> None:
    # A building's point is all that is known of where the compound lies.
    Place.objects.filter(pk=cast.here.buildings[0].pk).update(latitude=30_631_000, longitude=104_062_000)
    for role, addresses in visits(cast).items():
        page = browser_page(width=width, language=language, dark=dark)
        as_(page, site, cast, role)
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None and answer.status == 200, address
            axe(page)
            name = address.split("?")[0].strip("/").replace("/", "-")
            shot(page, f"admin-{width}-{language}{'-dark' if dark else ''}-{name}")
            fits(page)
            if address.endswith("/outline/"):
                an_outline_is_drawn(page, cast, axe)


def an_outline_is_drawn(page: Page, cast: Cast, axe: Check) -> None:
    """Corner by corner with the mouse, one moved, one taken back, one by keys; what is kept is what the text box says."""
    sheet, said, text = page.locator(".corners-box .plan-sheet"), page.locator("[data-corners-said]"), page.locator("[name=text]")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    for across, down in ((0.2, 0.3), (0.6, 0.3), (0.6, 0.7), (0.2, 0.7), (0.4, 0.9)):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    assert "5" in said.inner_text() and len(json.loads(text.input_value())["coordinates"][0]) == 6
    sheet.focus()
    page.keyboard.press("Backspace")
    assert "4" in said.inner_text()

    before = json.loads(text.input_value())["coordinates"][0]
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"], steps=4)
    page.mouse.up()
    after = json.loads(text.input_value())["coordinates"][0]
    assert after[1][0] > before[1][0] and after[1][1] > before[1][1] and (after[0], after[2:]) == (before[0], before[2:])

    sheet.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    assert "5" in said.inner_text()
    axe(page)
    page.locator("[name=datum][value=gcj02]").check()
    assert page.locator(".corner").count() == 0 and text.input_value()
    page.locator("[name=datum][value=wgs84]").check()
    drawn = json.loads(text.input_value())
    page.locator("main form button.is-primary").click()
    page.wait_for_url(f"**/desk/places/{cast.here.compound.pk}/")
    assert Place.objects.get(pk=cast.here.compound.pk).outline == drawn


def test_a_role_is_granted_with_the_keyboard_alone(browser_page: OpenPage, site: str, cast: Cast) -> None:
    page = browser_page()
    as_(page, site, cast, "security_admin")
    holder = Account.objects.get(username="resident.here")
    page.goto(f"/desk/accounts/{holder.pk}/")

    page.locator("#grant summary").focus()
    page.keyboard.press("Enter")
    page.locator("[name=role]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.locator("[name=place]").focus()
    page.keyboard.type(f"#{cast.here.grid.pk}")
    page.keyboard.press("Enter")
    page.get_by_text("已授予“网格员”").wait_for()

    assert Grant.objects.filter(account=holder, role="grid_worker", place=cast.here.grid).exists()
