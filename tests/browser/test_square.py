"""The Square in a real browser: every page accessible at phone and desktop width in both languages, and the whole way without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Matter
from linli.kernel.notices.actions import publish_notice
from linli.kernel.people.actions import reveal
from linli.loops.requests.actions import handling
from tests import factories as f
from tests.browser.conftest import OpenPage, pick
from tests.factories import Cast, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], None]


@pytest.fixture
def cast(live_server: Any) -> Cast:
    made = build_cast()
    # The first page of a process reads every template: not the browser's patience is tested here.
    for address in ("/", "/requests/", "/requests/new/"):
        Client().get(address)
    return made


def sign_in(page: Page, actor: Actor, site: str) -> None:
    account = Account.objects.get(pk=actor.account_id)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), BACKEND
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    page.context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": site}])


def outline(cast: Cast) -> None:
    """Draw the two buildings, so that plans have something to show."""
    for n, building in enumerate(cast.here.buildings):
        west = 104.0560 + n * 0.0006
        ring = [[west, 30.6300], [west + 0.0004, 30.6300], [west + 0.0004, 30.6302], [west, 30.6302], [west, 30.6300]]
        building.outline = {"type": "Polygon", "coordinates": [ring]}
        building.save()


def lived_in(cast: Cast) -> tuple[Matter, Matter, Matter]:
    now = timezone.now()
    outline(cast)
    whistled = f.whistled(cast, now=now)
    suspended = f.suspended(cast, now=now)
    done = f.resolved(cast, now=now)
    handling.answer(actor=cast.department_handler, matter_id=suspended.pk, now=now, text="已经订货")
    publish_notice(actor=cast.community_worker, place=cast.here.community, title="周四停水", body="九点到十三点停水，请提前储水。", now=now)
    reveal(actor=cast.community_worker, person=cast.person, field="phone", purpose="电话回访", now=now)
    return whistled, suspended, done


@pytest.mark.parametrize(
    ("width", "language", "elder", "dark"),
    [(390, "zh-hans", False, False), (1280, "en", False, True), (390, "en", True, False), (1280, "zh-hans", True, True)],
    ids=["phone", "dark desk English", "large English", "large dark"],
)
def test_every_page_of_a_resident_is_accessible_and_fits(
    cast: Cast, browser_page: OpenPage, axe: Axe, fits: Axe, shot: Shot, site: str, width: int, language: Any, elder: bool, dark: bool
) -> None:
    whistled, suspended, done = lived_in(cast)
    notice = cast.here.community.notices.get()
    page = browser_page(width=width, language=language, elder=elder, dark=dark)
    sign_in(page, cast.raiser, site)

    for name, address in {
        "home": "/",
        "list": "/requests/?status=open",
        "map": f"/requests/map/?place={cast.here.compound.pk}",
        "whistled": f"/requests/{whistled.ref}/",
        "suspended": f"/requests/{suspended.ref}/",
        "rate": f"/requests/{done.ref}/",
        "paper": f"/requests/{whistled.ref}/notice/",
        "what": "/requests/new/",
        "me": "/me/",
        "mine": "/me/requests/",
        "messages": "/me/messages/",
        "data": "/me/data/",
        "contact": "/me/contact/",
        "helpers": "/me/helpers/",
        "consents": "/me/consents/",
        "erase": "/me/erase/",
        "board": "/notices/",
        "notice": f"/notices/{notice.pk}/",
        "sheet": f"/notices/{notice.pk}/print/",
    }.items():
        page.goto(address)
        axe(page)
        fits(page)
        shot(page, f"square-{name}-{width}-{language}{'-elder' if elder else ''}")


@pytest.mark.parametrize(("language", "elder"), [("zh-hans", False), ("en", True)], ids=["plain", "elder"])
def test_a_resident_raises_and_rates_without_any_script(
    cast: Cast, browser_page: OpenPage, shot: Shot, site: str, language: Any, elder: bool
) -> None:
    outline(cast)
    page = browser_page(width=390, language=language, elder=elder, scripts=False)
    sign_in(page, cast.raiser, site)

    def forward(name: str) -> None:
        shot(page, f"square-raise-{name}-{language}{'-elder' if elder else ''}")
        page.locator("main form[method=post] button.is-primary").last.click()

    page.goto("/")
    page.fill("#ask", "3 栋电梯晚上一直响")
    page.locator("form.ask button.is-solid").click()
    forward("what")
    pick(page.locator(f"input[name=place][value='{cast.here.buildings[0].pk}']"))
    forward("where")
    if elder:
        page.fill("#id_spot", "电梯口")
        forward("spot")
    forward("who")
    if elder:
        forward("photo")
    forward("check")

    matter = Matter.objects.get()
    assert page.url.endswith(f"/requests/{matter.ref}/")
    f.dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=timezone.now(), unit=cast.here.units["housing"])
    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=timezone.now(), text="换了轴承")
    page.reload()
    for question in ("answered", "solved", "satisfied"):
        pick(page.locator(f"input[name=rate-{question}][value='1']"))
    page.locator("#rate button.is-primary").click()
    matter.refresh_from_db()
    assert matter.state == "closed"


def test_a_plan_answers_to_a_touch_and_advice_comes_while_typing(cast: Cast, browser_page: OpenPage, axe: Axe, site: str) -> None:
    outline(cast)
    known = f.raised(cast, now=timezone.now())
    page = browser_page(width=390)
    sign_in(page, cast.neighbour, site)

    page.goto("/requests/new/")
    page.locator("#id_text").press_sequentially("3 栋电梯夜里有异响，着火了")
    page.locator(f"#advice a[href='/requests/{known.ref}/']").wait_for()
    page.locator("#advice a[href='tel:119']").wait_for()
    axe(page)
    page.locator("form[data-draft] button.is-primary").click()
    page.wait_for_url("**step=where**")
    page.wait_for_load_state("networkidle")  # the plan answers once its script is there
    page.locator(f"g[data-key='{cast.here.buildings[1].pk}']").click()

    expect(page.locator(f"input[name=place][value='{cast.here.buildings[1].pk}']")).to_be_checked()
    axe(page)


def kept(page: Page, words: str) -> None:
    """Wait until the page has put by what was typed: asked from here, since a browser without windows draws no frames while nothing changes."""
    for _attempt in range(200):
        if page.evaluate("(words) => Object.values(localStorage).some((value) => value.includes(words))", words):
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate("JSON.stringify(localStorage)"))


def test_what_was_typed_is_still_there_after_the_page_was_lost(cast: Cast, browser_page: OpenPage) -> None:
    page = browser_page(width=390)
    page.goto("/requests/new/")
    page.fill("#id_text", "电梯坏了，还没写完")
    kept(page, "还没写完")

    page.goto("/requests/")
    page.goto("/requests/new/")

    expect(page.locator("#id_text")).to_have_value("电梯坏了，还没写完")


def test_the_whole_way_can_be_gone_by_keyboard_alone(cast: Cast, browser_page: OpenPage, site: str) -> None:
    page = browser_page()
    sign_in(page, cast.raiser, site)
    page.goto("/requests/new/")

    page.focus("#id_text")
    page.keyboard.type("路灯不亮了")
    reach(page, "button.is-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**step=where")
    reach(page, "input[name=place]")
    page.keyboard.press("Space")
    reach(page, "button.is-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**step=who")
    reach(page, "button.is-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**step=check")
    reach(page, "button.is-primary")
    page.keyboard.press("Enter")

    page.wait_for_url("**/requests/R*/")
    assert Matter.objects.get().title == "路灯不亮了"


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something like `selector` in the main part."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches('main ' + wanted)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")
