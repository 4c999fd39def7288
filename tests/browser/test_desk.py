"""The Desk in a browser: readable by everybody, workable by keyboard alone, patrol without a connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import mend_person
from linli.loops.requests.actions import dispatch, judging, whistle
from tests.browser.conftest import OpenPage
from tests.factories import HOUR, Cast, build_cast, raised, resolved, whistled

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, Actor], None]


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_cast()


@pytest.fixture
def sign_in(site: str) -> SignIn:
    def enter(page: Page, actor: Actor) -> None:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])

    return enter


def lived(cast: Cast) -> dict[str, Matter]:
    """A few requests in different states, today."""
    now = timezone.now()
    mend_person(actor=cast.community_worker, person=cast.person, now=now, contact_by="phone")
    done = resolved(cast, now=now - 50 * HOUR)
    for n in range(5):
        judging.rate(
            actor=cast.raiser,
            matter_id=resolved(cast, now=now - (40 + n) * HOUR).pk,
            now=now - HOUR,
            answered=True,
            solved=True,
            satisfied=n > 0,
        )
    called = whistled(cast, now=now - 30 * HOUR, title="化粪池外溢", urgency="urgent")
    whistle.report_in(actor=cast.department_handler, matter_id=called.pk, now=now - 20 * HOUR, text="已到场")
    late = raised(cast, now=now - 90 * HOUR, title="楼道灯不亮")
    fresh = raised(cast, now=now - HOUR, title="3 栋电梯夜里异响", body="电梯一直响")
    return {"fresh": fresh, "late": late, "called": called, "done": done}


def pages_of(found: dict[str, Matter]) -> list[str]:
    period = "since=2020-01-01&until=2026-12-31"
    return [
        "/desk/",
        "/desk/requests/",
        "/desk/requests/?status=overdue",
        *(f"/desk/requests/{m.ref}/" for m in found.values()),
        f"/desk/requests/{found['fresh'].ref}/receipt/",
        "/desk/requests/new/",
        "/desk/patrol/",
        "/desk/calls/",
        f"/desk/figures/?{period}",
        f"/desk/figures/?by=whistle&{period}",
    ]


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [(1280, "zh-hans", False), (390, "en", True)],
    ids=["desktop", "phone dark English"],
)
def test_every_page_can_be_read_by_everybody(
    browser_page: OpenPage,
    cast: Cast,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    fits: Callable[[Page], None],
    shot: Callable[[Page, str], None],
    width: int,
    language: Any,
    dark: bool,
) -> None:
    found = lived(cast)
    page = browser_page(width=width, language=language, dark=dark)
    sign_in(page, cast.street_officer)
    for number, path in enumerate(pages_of(found)):
        page.goto(path, wait_until="networkidle")
        page.evaluate("document.querySelectorAll('details.act').forEach(drawer => { drawer.open = true })")
        axe(page)
        fits(page)
        shot(page, f"desk-{number}-{width}-{language}{'-dark' if dark else ''}")


def tab_to(page: Page, selector: str, most: int = 200) -> None:
    """Press Tab until the element has the focus; fails when it cannot be reached."""
    for _step in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keyboard to {selector} on {page.url}")


def open_first(page: Page, title: str) -> None:
    """From the inbox: j until the row is reached, then Enter."""
    page.goto("/desk/", wait_until="networkidle")
    for _row in range(20):
        page.keyboard.press("j")
        if title in page.evaluate("document.activeElement.textContent"):
            page.keyboard.press("Enter")
            page.wait_for_url("**/desk/requests/R*/")
            page.wait_for_load_state("networkidle")
            return
    raise AssertionError(f"{title} is not in the inbox")


def do(page: Page, verb: str, *typed: tuple[str, str]) -> None:
    """Open the drawer if it is closed, type into its fields, send it: all by keyboard."""
    if not page.evaluate("v => document.getElementById('act-' + v).open", verb):
        tab_to(page, f"#act-{verb} > summary")
        page.keyboard.press("Enter")
    for field, text in typed:
        tab_to(page, f"#{verb}-{field}")
        if not page.evaluate("document.activeElement.matches('select')"):
            page.keyboard.type(text)
            continue
        for _option in range(30):
            if page.evaluate("document.activeElement.selectedOptions[0].textContent") == text:
                break
            page.keyboard.press("ArrowDown")
    tab_to(page, f"#act-{verb} .buttons button[type=submit].btn")
    with page.expect_navigation(wait_until="networkidle"):
        page.keyboard.press("Enter")


def test_a_request_is_accepted_dispatched_answered_and_resolved_without_a_mouse(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn
) -> None:
    matter = raised(cast, now=timezone.now() - HOUR, title="楼道灯不亮")
    desk = browser_page()
    sign_in(desk, cast.community_worker)
    open_first(desk, matter.title)
    do(desk, "accept", ("text", "收到，马上安排"))
    do(desk, "dispatch", ("unit", cast.here.units["housing"].name))
    matter.refresh_from_db()
    assert (matter.state, matter.holder_id) == ("dispatched", cast.here.units["housing"].pk)

    handler = browser_page()
    sign_in(handler, cast.department_handler)
    open_first(handler, matter.title)
    do(handler, "start")
    do(handler, "answer", ("text", "今晚换灯管"))
    do(handler, "resolve", ("text", "已换灯管，试亮正常"))
    matter.refresh_from_db()
    assert matter.state == "resolved"
    assert [e.verb for e in matter.entries.order_by("seq")][-4:] == ["dispatch", "start", "answer", "resolve"]


def test_the_second_of_two_is_told_and_keeps_their_words(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn, shot: Callable[[Page, str], None]
) -> None:
    matter = raised(cast, now=timezone.now() - HOUR)
    page = browser_page()
    sign_in(page, cast.community_worker)
    page.goto(f"/desk/requests/{matter.ref}/")
    dispatch.accept(actor=cast.community_head, matter_id=matter.pk, now=timezone.now(), text="我先受理了")
    page.locator("#act-note > summary").click()
    page.fill("#note-text", "打过电话，没人接")
    page.click("#act-note button[type=submit].btn")

    assert page.get_by_text("您的操作没有写入").is_visible()
    assert page.get_by_text("我先受理了").first.is_visible()
    assert page.input_value("#note-text") == "打过电话，没人接"
    shot(page, "desk-conflict")


def test_what_was_typed_survives_a_session_that_ended(browser_page: OpenPage, cast: Cast, sign_in: SignIn) -> None:
    matter = lived(cast)["fresh"]
    page = browser_page()
    sign_in(page, cast.community_worker)
    page.goto(f"/desk/requests/{matter.ref}/", wait_until="networkidle")
    page.locator("#act-note summary").click()
    page.fill("#note-text", "住户说夜里十一点最响")
    page.context.clear_cookies()

    page.locator("#act-note button").last.click()
    page.wait_for_url("**/sign-in/**")
    sign_in(page, cast.community_worker)
    page.goto(f"/desk/requests/{matter.ref}/", wait_until="networkidle")

    assert page.input_value("#note-text") == "住户说夜里十一点最响"


def test_a_request_is_graded_planned_and_graded_anew_on_its_page(browser_page: OpenPage, cast: Cast, sign_in: SignIn) -> None:
    matter = lived(cast)["fresh"]
    page = browser_page()
    sign_in(page, cast.community_worker)
    page.goto(f"/desk/requests/{matter.ref}/", wait_until="networkidle")
    page.locator("#act-accept summary").click()
    page.select_option("#accept-grade", "complex")
    page.locator("#act-accept button").last.click()
    page.get_by_text("受理了，定为复杂事项").wait_for()

    page.locator("#act-plan summary").click()
    page.fill("#plan-text", "先换轴承，再试两天")
    page.fill("#plan-done_on", (timezone.localdate() + timedelta(days=2)).isoformat())
    page.locator("#act-plan button").last.click()
    page.get_by_text("“拿出方案”已记录。").wait_for()

    page.locator("#act-regrade summary").click()
    page.select_option("#regrade-grade", "simple")
    page.locator("#act-regrade button").last.click()
    assert page.locator("#act-regrade .error-summary").is_visible()
    page.fill("#regrade-text", "换轴承就够了")
    page.locator("#act-regrade button").last.click()
    page.get_by_text("改定为简单事项").wait_for()


def test_somebody_is_registered_while_they_are_on_the_phone(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn, shot: Callable[[Page, str], None]
) -> None:
    near = raised(cast, now=timezone.now() - HOUR, title="3 栋门口井盖松动", body="踩上去会翻")
    page = browser_page()
    sign_in(page, cast.community_worker)
    page.goto("/desk/requests/new/", wait_until="networkidle")
    page.fill("#id_caller", "13800138001")
    page.get_by_text("林**").wait_for()
    page.get_by_label("林**").check()
    page.fill("#id_where", "芳草苑3栋")
    page.get_by_label("芳草苑 3 栋").wait_for()
    page.fill("#id_text", "3 栋门口的井盖松动了，怕老人绊倒")
    page.get_by_text(near.ref).wait_for()
    shot(page, "desk-intake")
    page.get_by_role("button", name="登记这件诉求").click()
    page.wait_for_url("**/desk/requests/R*/")
    made = Matter.objects.latest("pk")
    assert (made.channel, made.place_id) == ("phone", cast.here.buildings[0].pk)
    assert made.parties.filter(role="raiser", person=cast.person).exists()


def test_a_patrol_without_a_connection_goes_out_later_and_once(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn, shot: Callable[[Page, str], None]
) -> None:
    page = browser_page(width=390, offline_allowed=True)
    sign_in(page, cast.grid_worker)
    page.goto("/desk/patrol/", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="networkidle")
    page.context.set_offline(True)
    page.goto("/desk/patrol/")
    for words in ("消防通道被堵住了", "垃圾桶满了"):
        page.fill("#id_text", words)
        page.select_option("#id_place", str(cast.here.buildings[0].pk))
        page.get_by_role("button", name="登记这件诉求").click()
        page.locator(".queue-list li", has_text=words).wait_for()
    shot(page, "desk-patrol-offline")
    assert Matter.objects.count() == 0

    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator(".queue-list li").first.wait_for(state="detached")
    page.reload(wait_until="networkidle")
    assert sorted(Matter.objects.values_list("title", "channel")) == sorted([("消防通道被堵住了", "patrol"), ("垃圾桶满了", "patrol")])


def test_what_was_noted_waits_where_nothing_gets_through_and_while_nobody_is_signed_in(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn
) -> None:
    page = browser_page(width=390, offline_allowed=True)
    sign_in(page, cast.grid_worker)
    page.goto("/desk/patrol/", wait_until="networkidle")
    # The phone sees a mast and calls itself online, but nothing gets through.
    page.route("**/desk/patrol/**", lambda route: route.abort())
    page.fill("#id_text", "地下室灯全灭了")
    page.select_option("#id_place", str(cast.here.buildings[0].pk))
    page.get_by_role("button", name="登记这件诉求").click()
    page.locator(".queue-list li", has_text="地下室灯全灭了").wait_for()
    assert page.evaluate("navigator.onLine") and Matter.objects.count() == 0

    page.unroute("**/desk/patrol/**")
    session = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("link", name="登录已经过期，先登录再发送").wait_for()
    assert page.locator(".queue-list li").count() == 1 and Matter.objects.count() == 0

    page.context.add_cookies([c for c in session if c["name"] == "sessionid"])  # type: ignore[list-item]  # as they were read
    page.goto("/desk/patrol/", wait_until="networkidle")
    page.locator(".queue-list li").first.wait_for(state="detached")
    made = Matter.objects.get()
    assert (made.title, made.channel) == ("地下室灯全灭了", "patrol")


def test_a_finding_the_house_refuses_can_be_taken_back_and_mended(browser_page: OpenPage, cast: Cast, sign_in: SignIn) -> None:
    page = browser_page(width=390, offline_allowed=True)
    sign_in(page, cast.grid_worker)
    page.goto("/desk/patrol/", wait_until="networkidle")
    page.context.set_offline(True)
    page.fill("#id_text", "忘了选地点")
    page.get_by_role("button", name="登记这件诉求").click()
    page.locator(".queue-list li").wait_for()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="取回修改").click()

    assert page.input_value("#id_text") == "忘了选地点"
    page.select_option("#id_place", str(cast.here.buildings[1].pk))
    page.get_by_role("button", name="登记这件诉求").click()
    page.wait_for_url("**/desk/patrol/?sent=R*")
    assert Matter.objects.get().place_id == cast.here.buildings[1].pk


def test_numbers_open_the_matters_they_count(browser_page: OpenPage, cast: Cast, sign_in: SignIn) -> None:
    lived(cast)
    page = browser_page()
    sign_in(page, cast.community_head)
    page.goto("/desk/figures/?since=2020-01-01&until=2026-12-31")
    asked = page.locator(".rate").nth(1).locator(".figure-of a").nth(1)
    number = int(asked.inner_text())
    asked.click()
    # Five answered; the one who was not satisfied had theirs reopened, which is not finished any more.
    assert page.locator("[data-rows] tbody tr").count() == number == 4


def test_the_call_list_prints_names_only_after_they_were_opened(
    browser_page: OpenPage, cast: Cast, sign_in: SignIn, shot: Callable[[Page, str], None]
) -> None:
    lived(cast)
    page = browser_page()
    sign_in(page, cast.community_worker)
    page.goto("/desk/calls/")
    assert page.get_by_text("13800138001").count() == 0
    page.get_by_role("button", name="显示姓名和号码，用于电话告知").click()
    assert page.get_by_text("13800138001").first.is_visible()
    page.emulate_media(media="print")
    shot(page, "desk-calls-print")
    assert not page.locator(".desk-side").is_visible()
