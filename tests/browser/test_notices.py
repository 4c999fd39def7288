"""Notices on the wall and on the lobby's screen: A4 and A3 fit their paper with code and signature, the screen turns without script and fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.notices.models import Notice
from linli.loops.council.motions.actions import carrying, contesting, preparing
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.council import factories as c
from tests.council.factories import Council, build_council
from tests.factories import DAY, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], None]
SHEETS = {"a4": (210, 297), "a3": (297, 420)}


@pytest.fixture
def council(live_server: Any) -> Council:
    made = build_council(build_cast())
    for address in ("/notices/", "/notices/screen/", "/desk/"):
        Client().get(address)
    return made


def put_up(council: Council) -> None:
    """A notice of most forms, by the acts that put them up."""
    now = timezone.now()
    draft = c.scheduled(council, now=now - DAY, title="晚上九点半以后中心花园不放音响")
    preparing.publish_draft(actor=council.head, matter_id=draft.pk, now=now - DAY, text="图纸和噪声记录在居委会二楼，周六上午有人讲解。")
    c.announced(council, now=now - 2 * DAY, opens_at=now + 30 * DAY, closes_at=now + 45 * DAY)
    c.posted(council, now=now - 5 * DAY, title="电动车棚统一装充电桩")
    done = c.carrying_out(council, now=now - 10 * DAY, title="单元门口加扶手和坡道")
    carrying.progress(actor=council.head, matter_id=done.pk, now=now - DAY, text="四个单元的扶手已经装好，坡道的石材周五到货。")
    contesting.suspend(
        actor=council.head,
        matter_id=done.pk,
        now=now,
        text="有业主对坡道占用绿地提出异议，核实期间先停工。",
        ground="objection",
        rule="业主大会议事规则第 12 条",
        review_on=(now + 20 * DAY).date(),
    )


def test_posters_fit_their_paper_and_the_screen_turns_without_script(
    council: Council, browser_page: OpenPage, axe: Axe, fits: Axe, shot: Shot, site: str
) -> None:
    put_up(council)
    page = browser_page(width=1280, scripts=False)
    for notice in Notice.objects.exclude(kind="day_root").order_by("pk"):
        for size, (wide, high) in SHEETS.items():
            page.goto(f"/notices/{notice.pk}/print/?size={size}")
            axe_of(page, axe, notice.form == "result")
            page.emulate_media(media="print")
            page.set_viewport_size({"width": round((wide - 28) / 25.4 * 96), "height": round((high - 28) / 25.4 * 96)})
            inside = "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight"
            tall = page.evaluate(inside)
            assert tall, f"{notice.form} is wider than {size}"
            if notice.form != "roll":  # a roll of many doors may need a second sheet
                assert tall <= round((high - 28) / 25.4 * 96) + 2, f"{notice.form} needs more than one sheet of {size}"
            expect(page.locator(".sheet-qr svg")).to_be_visible()
            expect(page.locator(".official-sign")).to_contain_text(re.compile(r"\d{4}年"))
            shot(page, f"notice-{notice.form}-{size}")
            page.emulate_media(media="screen")
            page.set_viewport_size({"width": 1280, "height": 900})

    # The screen: every page once around, by its own refresh and no script.
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"/notices/screen/?place={council.compound.pk}&turn=on")
    seen: list[str] = []
    of = int(re.findall(r"\d+", page.locator(".screen-turn").inner_text())[1])
    for n in range(of):
        seen.append(page.locator("h1").inner_text())
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight + 1"), f"{seen[-1]} does not fit the screen"
        shot(page, f"screen-{n}")
        following = re.search(r"url=(.+)", page.locator("meta[http-equiv=refresh]").get_attribute("content") or "")
        assert following
        page.goto(following[1])
    assert page.locator("h1").inner_text() == seen[0]
    assert len(seen) == len(set(seen)) == of >= 8
    names = {person.name for person in council.owners}
    assert not any(name in text for text in seen for name in names)

    english = browser_page(width=1280, language="en")
    for address in ("/notices/", f"/notices/screen/?place={council.compound.pk}", f"/notices/{Notice.objects.latest('pk').pk}/"):
        english.goto(address)
        axe(english)
        fits(english)
    elder = browser_page(width=390, elder=True, dark=True)
    sign_in(elder, council.residents[1], site)
    for address in ("/notices/", f"/notices/{Notice.objects.latest('pk').pk}/", f"/notices/screen/?place={council.compound.pk}&page=2"):
        elder.goto(address)
        axe(elder)
        fits(elder)
        shot(elder, f"notices-elder-{re.sub('[^a-z0-9]+', '-', address)}")


def axe_of(page: Page, axe: Axe, wanted: bool) -> None:
    """One sheet stands for all: they share their template. (The check itself is a script, which the page is not.)"""
    if wanted and page.context.browser:
        looked_at = page.context.browser.new_page(base_url=page.url.partition("/notices/")[0])
        looked_at.goto(page.url)
        axe(looked_at)
        looked_at.close()
