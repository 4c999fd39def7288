"""A talk in a real browser: answered by keys on a desk and by thumb on a phone, in both languages and large type, accessible and without overflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.models import Mark, Talk
from tests import factories as f
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.council.talks.scene import WORDS
from tests.factories import Cast, build_cast, raised

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60_000  # milliseconds: many pages, on a machine that does other things too


@pytest.fixture
def cast(live_server: Any, settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    made = build_cast()
    Client().get("/talks/")  # the first page of a process reads every template
    return made


def lively(cast: Cast) -> Talk:
    """Two camps of residents who have no account, spoken for by a worker; arguments, questions, a ruling with its appeal."""
    from linli.kernel.people.actions import register_person

    now, worker = timezone.now(), cast.community_worker
    matter = raised(cast, title="电梯总是坏", place=cast.here.compound)
    talk = opening.open_talk(
        actor=worker, matter_id=matter.pk, question="电梯修还是换", intro="物业给了两个方案。", closes_at=now + timedelta(days=9), now=now
    )
    said = [saying.say(actor=worker, talk_id=talk.pk, kind="statement", text=w, now=now, office=True) for w in WORDS]
    for n in range(14):
        person, _new = register_person(actor=f.HOUSE, name=f"住户{n}", now=now, home_place=cast.here.homes[n % 2])
        choices = {c.pk: "agree" if i == 4 or (i % 2 == 0) == (n % 2 == 0) else "disagree" for i, c in enumerate(said)}
        saying.mark_all(actor=worker, talk_id=talk.pk, choices=choices, person_id=person.pk, now=now)
    own = {"actor": worker, "person_id": person.pk, "talk_id": talk.pk, "now": now}
    saying.say(kind="argument", side="pro", text="修一次三万，换一台五十八万。", source="https://example.cn/a", **own)
    saying.say(kind="argument", side="contra", text="修了三次还坏，年年都要修。", **own)
    asked = saying.say(kind="question", text="维修资金还剩多少？", **own)
    saying.say(kind="question", text="换新要停多久？", **own)
    expert = answering.invite(actor=worker, talk_id=talk.pk, name="秦工", capacity="电梯公司", now=now)
    answering.answer(actor=worker, talk_id=talk.pk, contribution_id=asked.pk, text="还剩三十一万。", expert_id=expert.pk, now=now)
    bad = saying.say(kind="statement", text="物业的人都是一群废物吧", **own)
    ruling = moderating.hide(actor=worker, talk_id=talk.pk, contribution_id=bad.pk, rule="insult", reason="用词伤人，请换种说法", now=now)
    moderating.appeal(ruling_id=ruling.pk, text="我说的是事实", **own)
    return talk


def test_a_talk_is_answered_and_run_by_key_and_thumb(
    cast: Cast,
    browser_page: OpenPage,
    axe: Callable[[Page], None],
    fits: Callable[[Page], None],
    shot: Callable[[Page, str], Path],
    site: str,
) -> None:
    talk = lively(cast)
    base = f"{site}/talks/{talk.pk}/"

    # By keys, at a desk: 1 agrees, 3 passes, one statement a screen; a key pressed while writing is a letter.
    page = browser_page(width=1280)
    page.set_default_timeout(PATIENCE)
    sign_in(page, cast.raiser, site)
    page.goto(base)
    first = page.locator(".tk-text").inner_text()
    page.get_by_label("您的看法").press_sequentially("1")
    page.locator("h1").click()
    page.keyboard.press("1")
    expect(page.locator(".tk-text")).not_to_have_text(first)
    page.wait_for_load_state("load")
    page.keyboard.press("3")
    expect(page.get_by_text("您已表态 2 条，还有 4 条")).to_be_visible()
    assert sorted(Mark.objects.filter(participant__person=cast.person).values_list("choice", flat=True)) == ["agree", "pass"]
    for part in ("", "map/", "arguments/", "questions/", "rulings/", "mine/"):
        page.goto(base + part)
        fits(page)
        axe(page)
        shot(page, f"talks-square-1280-{part.strip('/') or 'one'}")

    # By thumb, on a phone, in English and in large type.
    for language, elder in (("en", False), ("zh-hans", True)):
        page = browser_page(width=390, language=language, elder=elder)
        page.set_default_timeout(PATIENCE)
        sign_in(page, cast.raiser, site)
        for part in ("", "map/", "arguments/", "questions/", "rulings/", "mine/"):
            page.goto(base + part)
            fits(page)
            axe(page)
            shot(page, f"talks-square-390-{language}-{'elder' if elder else 'plain'}-{part.strip('/') or 'one'}")
        page.goto(base)
        page.locator("[data-number='2']").click()
        expect(page.locator(".tk-card")).to_be_visible()

    # At the Desk.
    page = browser_page(width=1280)
    page.set_default_timeout(PATIENCE)
    sign_in(page, cast.community_worker, site)
    desk = f"{site}/desk/talks/"
    person = cast.person.pk
    parts = ("", "words/", f"behalf/?person={person}", "participation/", "visits/", "sheet/")
    for path in (desk, *(f"{desk}{talk.pk}/{part}" for part in parts)):
        page.goto(path)
        fits(page)
        axe(page)
        shot(page, f"talks-desk-{path.removeprefix(desk).split('?')[0].strip('/').replace('/', '-') or 'list'}")
