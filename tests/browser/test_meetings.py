"""Meetings in a real browser: accessible at phone and desktop width in both languages and large type, live without a reload, and the chair's keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of
from linli.loops.council.meetings.actions import attending, hands, minuting, noticing, noting, planning, running, slots, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Hand, Meeting, Speech
from tests import factories as f
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.factories import Cast, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60_000  # milliseconds: many pages, on a machine that does other things too
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]


@pytest.fixture
def cast(live_server: Any, settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    made = build_cast()
    # The first page of a process reads every template: not the browser's patience is tested here.
    Client().get("/meetings/")
    return made


def third(cast: Cast) -> Actor:
    known = Account.objects.filter(username="周桂芳").first()
    return actor_of(known, now=timezone.now()) if known else f.resident_at(cast, "周桂芳")


def lively(cast: Cast, **change: Any) -> Meeting:
    """A meeting under way: three present, one speaking, two waiting."""
    now = timezone.now()
    worker = cast.community_worker
    plan = Plan(
        place=cast.here.compound,
        body="compound",
        title="电梯修还是换",
        starts_at=now + timedelta(minutes=1),
        venue="社区议事厅",
        online="会议号 305 718",
        chair_name="王主任",
        recorder_name="小李",
        entitled=5,
        topics=(Topic("电梯修还是换", detail="物业给了两个方案。"), Topic("非机动车停放")),
        **change,
    )
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=now)
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=now)
    people = [cast.raiser, cast.neighbour, third(cast)]
    for actor in people:
        attending.sign_in(actor=actor, meeting_id=meeting.pk, now=now)
    attending.tick(actor=worker, meeting_id=meeting.pk, now=now, name="秦经理", capacity="物业", entitled=False)
    running.open_meeting(actor=worker, meeting_id=meeting.pk, now=now)
    running.open_item(actor=worker, meeting_id=meeting.pk, item_id=meeting.items.first().pk, now=now)
    for n, side in enumerate(("pro", "contra", "open")):
        speaking.ask(actor=people[n], meeting_id=meeting.pk, side=side, now=now)
    speaking.call(actor=worker, meeting_id=meeting.pk, now=now)
    return meeting


def ended(cast: Cast) -> Meeting:
    meeting = lively(cast)
    now, worker = timezone.now(), cast.community_worker
    noting.note(
        actor=worker, meeting_id=meeting.pk, kind="task", text="问三家报价", owner="物业", due_on=now.date() + timedelta(days=9), now=now
    )
    running.end(actor=worker, meeting_id=meeting.pk, now=now + timedelta(seconds=70))
    minuting.draft_minutes(actor=worker, meeting_id=meeting.pk, now=now + timedelta(minutes=5))
    return meeting


TOO_WIDE = """
() => [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".sr"))
  .slice(0, 3).map((e) => e.outerHTML.slice(0, 160))
"""


def fits(page: Page) -> None:
    if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        raise AssertionError(f"{page.url} is wider than the screen: {page.evaluate(TOO_WIDE)}")


@pytest.mark.parametrize("elder", [False, True], ids=["plain", "elder"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_meetings_is_accessible_and_fits(
    cast: Cast, browser_page: OpenPage, axe: Axe, shot: Shot, site: str, width: int, language: Any, elder: bool
) -> None:
    done = ended(cast)
    now = timezone.now()
    offered = slots.proposed(now)[:5]
    poll = slots.open_poll(
        actor=cast.community_worker,
        place=cast.here.compound,
        body="compound",
        title="楼道堆物",
        slots=offered,
        closes_at=now + timedelta(days=2),
        now=now,
    )
    meeting = lively(cast, rotating=False)
    hands.open_hands(actor=cast.community_worker, meeting_id=meeting.pk, question="先修一年，再坏就换，可以吗", now=now)
    page = browser_page(width=width, language=language, elder=elder)
    page.set_default_timeout(PATIENCE)
    sign_in(page, cast.neighbour, site)
    m = f"/meetings/{meeting.pk}/"
    for name, path in (
        ("list", "/meetings/"),
        ("one", m),
        ("sign-in", f"{m}sign-in/"),
        ("slots", f"/meetings/slots/{poll.pk}/"),
        ("notice", f"{m}notice/"),
    ):
        page.goto(f"{site}{path}")
        axe(page)
        fits(page)
        shot(page, f"meetings-{name}-{width}-{language}-{'elder' if elder else 'plain'}")
    if elder:
        return
    page = browser_page(width=width, language=language)
    page.set_default_timeout(PATIENCE)
    sign_in(page, cast.community_worker, site)
    d, old = f"/desk/meetings/{meeting.pk}/", f"/desk/meetings/{done.pk}/"
    desk = {
        "desk-list": "/desk/meetings/", "desk-new": "/desk/meetings/new/", "desk-one": d, "desk-run": f"{d}run/", "desk-board": f"{d}board/",
        "desk-attendance": f"{d}attendance/", "desk-minutes": f"{old}minutes/", "desk-poll": f"/desk/meetings/slots/{poll.pk}/",
        "desk-poll-new": "/desk/meetings/slots/new/", "desk-participation": f"/desk/meetings/participation/?place={cast.here.compound.pk}",
    }  # fmt: skip
    for name, path in desk.items():
        page.goto(f"{site}{path}")
        axe(page)
        fits(page)
        shot(page, f"meetings-{name}-{width}-{language}")


def test_a_phone_follows_without_a_reload_and_the_chair_runs_by_keys(cast: Cast, browser_page: OpenPage, site: str) -> None:
    meeting = lively(cast)
    phone, desk = browser_page(width=390), browser_page(width=1280)
    sign_in(phone, cast.neighbour, site)
    sign_in(desk, cast.community_worker, site)
    phone.goto(f"{site}/meetings/{meeting.pk}/")
    desk.goto(f"{site}/desk/meetings/{meeting.pk}/run/")
    expect(phone.locator(".mt-timer")).to_contain_text(":")
    first = phone.locator(".mt-timer").inner_text()

    desk.locator("h1").click()
    desk.keyboard.press("n")
    expect(phone.locator(".mt-speaker")).to_contain_text(cast.neighbour.name, timeout=15_000)
    desk.locator("#question").fill("可以吗")
    desk.keyboard.press("Enter")
    expect(phone.locator(".mt-hand")).to_be_visible(timeout=15_000)
    phone.locator(".mt-choice.is-agree").click()
    expect(phone.locator(".mt-choice.is-agree")).to_have_attribute("aria-pressed", "true", timeout=15_000)
    expect(desk.locator(".mt-tally .is-total b").first).to_have_text("1", timeout=15_000)

    assert first
    assert Speech.objects.filter(meeting=meeting, state="done").exists()
    assert Hand.objects.get().choice == "agree"
