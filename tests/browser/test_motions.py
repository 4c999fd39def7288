"""Motions in a real browser: accessible at phone and desk width in both languages, and the way of a resident on a telephone, without script too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.matters.models import Matter
from linli.loops.council.motions.actions import carrying, preparing, raising
from linli.loops.council.motions.models import Motion
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.council import factories as c
from tests.council.factories import Council, build_council
from tests.factories import DAY, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], None]


@pytest.fixture
def council(live_server: Any) -> Council:
    made = build_council(build_cast())
    # The first page of a process reads every template: not the browser's patience is tested here.
    for address in ("/", "/motions/", "/motions/new/"):
        Client().get(address)
    return made


def lived_in(council: Council) -> dict[str, Matter]:
    now = timezone.now()
    found = {
        "seconding": c.submitted(council, now=now, title="中心花园改造：铺平地面，加一圈座椅", topic="facility_works"),
        "carrying": c.carrying_out(council, now=now - 20 * DAY, title="单元门口加扶手和坡道"),
        "delivered": c.delivered(council, now=now - 20 * DAY, title="3 栋门前加一排路灯"),
    }
    for text, days in (("四个单元装扶手", 5), ("两个单元装坡道", 20)):
        carrying.add_task(
            actor=council.head,
            matter_id=found["carrying"].pk,
            now=now - 10 * DAY,
            text=text,
            unit=council.cast.here.units["property"],
            due_on=(now - 10 * DAY + days * DAY).date(),
            budget_line="公共收益",
            budget_fen=1_600_000,
        )
    noticed = c.scheduled(council, now=now - 3 * DAY, road="four_steps", title="晚上十点以后中心花园不放音响")
    raising.amend(
        actor=council.head,
        matter_id=noticed.pk,
        now=now - 2 * DAY,
        title="晚上九点半以后中心花园不放音响",
        body="夏天夜里音响声大，孩子睡不好。九点半以后不放，周末到十点。",
        options=[],
        note="商量以后提前半小时",
    )
    preparing.give_notice(actor=council.head, matter_id=noticed.pk, now=now - 2 * DAY)
    found["noticed"] = noticed
    ballot = c.opened(council, now=now - 45 * DAY, opens_at=now - 25 * DAY, closes_at=now - 2 * DAY, matter=None)
    for who in range(6):
        c.cast(council, ballot, who, now=now - 24 * DAY)
    c.counted(council, ballot)
    found["failed"] = Matter.objects.get(pk=ballot.motion_id)
    Motion.objects.filter(pk=found["seconding"].pk).update(seconds_needed=4)
    return found


@pytest.mark.parametrize(
    ("width", "language", "elder", "dark"),
    [(390, "zh-hans", False, False), (1280, "en", False, True), (390, "en", True, False), (1280, "zh-hans", True, True)],
    ids=["phone", "dark desk English", "large English", "large dark"],
)
def test_every_page_of_motions_is_accessible_and_fits(
    council: Council, browser_page: OpenPage, axe: Axe, fits: Axe, shot: Shot, site: str, width: int, language: Any, elder: bool, dark: bool
) -> None:
    found = lived_in(council)
    page = browser_page(width=width, language=language, elder=elder, dark=dark)
    sign_in(page, council.residents[1], site)

    for name, address in {
        "home": "/",
        "list": "/motions/",
        **{name: f"/motions/{matter.ref}/" for name, matter in found.items()},
        "texts": f"/motions/{found['noticed'].ref}/texts/",
        "paper": f"/motions/{found['noticed'].ref}/notice/",
        "result": f"/motions/{found['failed'].ref}/notice/?size=a3",
        "board": f"/motions/board/?place={council.compound.pk}",
        "cases": "/motions/cases/",
        "what": "/motions/new/",
    }.items():
        page.goto(address)
        axe(page)
        fits(page)
        shot(page, f"motions-{name}-{width}-{language}{'-elder' if elder else ''}")


@pytest.mark.parametrize(
    ("language", "elder", "scripts"), [("zh-hans", False, False), ("en", True, True)], ids=["without script", "elder English"]
)
def test_a_resident_raises_a_motion_on_a_telephone_and_a_neighbour_seconds_it(
    council: Council, browser_page: OpenPage, axe: Axe, fits: Axe, shot: Shot, site: str, language: Any, elder: bool, scripts: bool
) -> None:
    page = browser_page(width=390, language=language, elder=elder, scripts=scripts)
    sign_in(page, council.residents[0], site)
    tail = f"{language}{'-elder' if elder else ''}"

    def forward(name: str) -> None:
        if scripts:
            axe(page)
            fits(page)
        shot(page, f"motions-raise-{name}-{tail}")
        page.locator("main form[method=post] button.is-primary").last.click()

    page.goto("/motions/new/")
    page.locator("#id_title").fill("中心花园改造")
    page.locator("#id_body").fill("地面坑洼，老人容易摔。希望铺平，加扶手。")
    forward("what")
    forward("where")
    forward("road")
    page.locator("#id_title_0").fill("铺防滑砖")
    page.locator("#id_cost_0").fill("三万六")
    forward("options")
    expect(page.locator("#id_cost_0")).to_have_value("三万六")
    page.locator("#id_cost_0").fill("36000")
    forward("options-mended")
    shot(page, f"motions-raise-check-{tail}")
    page.locator("main form[method=post] button.is-primary").last.click()
    expect(page.locator("h1")).to_have_text("中心花园改造")
    made = Motion.objects.get()
    assert made.matter.state == "seconding"

    neighbour = browser_page(width=390, language=language, elder=elder, scripts=scripts)
    sign_in(neighbour, council.residents[1], site)
    neighbour.goto(f"/motions/{made.matter.ref}/")
    neighbour.locator(f"form[action='/motions/{made.matter.ref}/second/'] button").click()
    expect(neighbour.locator(".next-words").first).to_be_visible()
    made.refresh_from_db()
    assert made.second_count == 2
