"""Motions at the Desk in a browser: read by everybody, and walked from a phone call to a posted decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Matter
from linli.loops.council.motions.actions import raising
from linli.loops.council.motions.models import Motion
from tests.browser.conftest import OpenPage
from tests.council.factories import Council, banked, build_council, delivered, posted, scheduled, seconded, submitted
from tests.factories import DAY, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, Actor], None]


@pytest.fixture
def council(settings: Any) -> Council:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_council(build_cast())


@pytest.fixture
def sign_in(site: str) -> SignIn:
    def enter(page: Page, actor: Actor) -> None:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])

    return enter


def lived(council: Council) -> dict[str, Matter]:
    """Motions in every part of the road, today."""
    now = timezone.now()
    lift = seconded(council, now=now - 3 * DAY)
    seconded(council, who=3, now=now - 2 * DAY, title="1 栋想加装电梯")
    fresh = submitted(council, who=5, now=now - DAY, title="换路灯", road="four_steps", topic="facility_works")
    stocked = banked(council, who=2, now=now - 5 * DAY, title="停车规则")
    ready = scheduled(council, who=4, now=now - 5 * DAY, title="楼道杂物清理", road="four_steps", topic="public_matters")
    raising.amend(
        actor=council.head,
        matter_id=ready.pk,
        now=now - 2 * DAY,
        title=ready.title,
        body="楼里老人多，杂物堵路。建议每月清理一次。",
        options=[{"title": "每月清理", "text": "由物业清理，住户配合。", "cost_fen": 120_000}],
        note="按协商意见改",
    )
    result = posted(council, who=6, now=now - 6 * DAY, title="门禁换锁")
    done = delivered(council, who=7, now=now - 20 * DAY, title="装路灯")
    return {"fresh": fresh, "lift": lift, "stocked": stocked, "ready": ready, "result": result, "done": done}


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [(1280, "zh-hans", False), (390, "en", True)],
    ids=["desktop", "phone dark English"],
)
def test_every_page_can_be_read_by_everybody(
    browser_page: OpenPage,
    council: Council,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    fits: Callable[[Page], None],
    shot: Callable[[Page, str], None],
    width: int,
    language: Any,
    dark: bool,
) -> None:
    found = lived(council)
    page = browser_page(width=width, language=language, dark=dark)
    sign_in(page, council.head)
    paths = ["/desk/", "/desk/motions/", "/desk/motions/new/", *(f"/desk/motions/{m.ref}/" for m in found.values())]
    paths += ["/desk/settings/roads/", "/desk/settings/roads/copy/four_steps/", "/desk/settings/seconding/"]
    for number, path in enumerate(paths):
        page.goto(path, wait_until="networkidle")
        shot(page, f"motions-desk-{number}-{width}-{language}{'-dark' if dark else ''}")
        page.evaluate("document.querySelectorAll('details.act, details.disclosure').forEach(drawer => { drawer.open = true })")
        axe(page)
        fits(page)


def test_a_call_becomes_a_motion_that_is_screened_scheduled_and_announced(
    browser_page: OpenPage, council: Council, sign_in: SignIn, axe: Callable[[Page], None]
) -> None:
    page = browser_page(width=1280, language="zh-hans", dark=False)
    sign_in(page, council.head)
    page.goto("/desk/motions/new/", wait_until="networkidle")
    page.get_by_label("提出的居民").fill("13900000003")
    page.get_by_label("标题").fill("换路灯")
    page.get_by_label("为什么提、希望怎样").fill("晚上太黑。")
    page.get_by_label("建议的方案").fill("换六盏")
    page.get_by_label("大约要花（元）").fill("一千")
    page.get_by_label("在哪里").fill(f"#{council.compound.pk}")
    page.get_by_label("议事程序").select_option("four_steps")
    page.get_by_role("button", name="登记这个议题").click()
    expect(page.get_by_role("alert")).to_contain_text("金额请写成元")
    expect(page.get_by_label("为什么提、希望怎样")).to_have_value("晚上太黑。")
    page.get_by_label("大约要花（元）").fill("1,200.50")
    page.get_by_role("button", name="登记这个议题").click()
    page.wait_for_url("**/desk/motions/M*/")
    motion = Motion.objects.get()
    assert motion.budget_fen == 120_050
    page.locator("#second_for-person").fill("13900000004")
    page.locator("#act-second_for").get_by_role("button", name="代登记附议").click()
    page.locator("#act-screen").get_by_text("业主共同决定", exact=True).click()
    page.locator("#act-screen").get_by_role("button", name="审核入库").click()
    page.locator("#schedule-on").fill((timezone.now() + timedelta(days=2)).date().isoformat())
    page.locator("#act-schedule").get_by_role("button", name="排期").click()
    page.locator("#act-give_notice > summary").click()
    expect(page.locator("#act-give_notice")).to_contain_text("现将下列议题公告")
    axe(page)
    page.locator("#act-give_notice").get_by_role("button", name="发布公告").click()
    expect(page.locator(".loop .now")).to_contain_text("协商")
    motion.refresh_from_db()
    assert Matter.objects.get(pk=motion.pk).state == "noticed"
