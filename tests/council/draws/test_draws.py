"""A draw from its notice to the last place taken: who may, what is refused with which reason, and that anybody can hold it again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.insight.choice import verify_draw
from linli.insight.choice.draw_bundle import SCRIPT
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, Refused
from linli.kernel.accounts.models import Account
from linli.kernel.notices.models import Message, Notice
from linli.loops.council.draws import checks
from linli.loops.council.draws.actions import applying, drawing, listing, offering, planning
from linli.loops.council.draws.actions.planning import Kind
from linli.loops.council.draws.models import Application, Draw, Line, Objection, Offer, Published
from tests.council.draws.scene import (
    FROZEN,
    HELD,
    KINDS,
    LISTED,
    SOURCE_AT,
    TEXT,
    UNTIL,
    accepted,
    applied,
    drawn,
    frozen,
    opened,
    plan_of,
)
from tests.council.factories import Council
from tests.factories import DAY, NOW

HOUR = timedelta(hours=1)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


@contextmanager
def refusing(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as refused:
        yield
    assert refused.value.code == code


# --- planning -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"categories": ()}, "categories"),
        ({"categories": (Kind("甲", ("A1",)), Kind("乙", ("A1",)))}, "categories"),
        ({"categories": (Kind("甲", ()),)}, "categories"),
        ({"applies_until": NOW - DAY}, "applies_until"),
        ({"source": "x"}, "source"),
        ({"source_where": ""}, "source_where"),
        ({"source_at": UNTIL}, "source_at"),
        ({"objection_days": 0}, "objection_days"),
        ({"accept_days": 90}, "accept_days"),
        ({"about": "M999"}, "about"),
        ({"follows": 999}, "follows"),
    ],
)
def test_a_plan_says_field_by_field_what_must_be_mended(council: Council, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        planning.plan_draw(actor=council.worker, plan=plan_of(council, **change), now=NOW)

    assert field in refused.value.fields
    assert not Draw.objects.exists()


def test_residents_do_not_plan_draws(council: Council) -> None:
    with pytest.raises(NotAllowed):
        planning.plan_draw(actor=council.residents[0], plan=plan_of(council), now=NOW)


def test_the_notice_names_categories_lots_and_the_source_beforehand(council: Council) -> None:
    draw = opened(council)

    notice = Notice.objects.latest("pk")
    assert draw.state == "open"
    for words in ("残疾人车位，2 个：C1、C2", "A1-A3", "双色球 2026150 期", "https://www.example.cn/ssq"):
        assert words in notice.body


def test_a_plan_that_was_announced_is_not_changed(council: Council) -> None:
    draw = opened(council)

    with pytest.raises(Refused) as refused:
        planning.change_draw(actor=council.worker, draw_id=draw.pk, plan=plan_of(council), now=NOW)

    assert code_of(refused) == "not_now"


def test_two_planners_notice_each_other(council: Council) -> None:
    draw = planning.plan_draw(actor=council.worker, plan=plan_of(council), now=NOW)
    planning.change_draw(actor=council.worker, draw_id=draw.pk, plan=plan_of(council, title="甲"), now=NOW, seen=1)

    with pytest.raises(Conflict):
        planning.change_draw(actor=council.head, draw_id=draw.pk, plan=plan_of(council, title="乙"), now=NOW, seen=1)


# --- applying -----------------------------------------------------------------------------------------------------------------
def test_a_household_has_one_entry_and_applying_again_changes_it(council: Council) -> None:
    draw = opened(council)
    first = applied(council, draw, 0, ("c2",))

    again = applied(council, draw, 0, ("c1", "c2"))

    assert again.pk == first.pk
    assert again.categories == ["c1", "c2"]
    assert again.number == first.number


def test_a_second_entry_of_the_same_household_is_refused(council: Council) -> None:
    draw = opened(council)
    applied(council, draw, 0)

    with pytest.raises(Refused) as refused:
        applying.apply_for(actor=council.worker, draw_id=draw.pk, home=council.homes[0], name="别人", categories=["c2"], now=NOW)

    assert code_of(refused) == "home_already"


def test_only_who_has_a_home_here_applies(council: Council) -> None:
    draw = opened(council)

    with pytest.raises(Refused) as refused:
        applying.apply(actor=council.cast.resident, draw_id=draw.pk, categories=["c2"], now=NOW)

    assert code_of(refused) == "no_home_here"
    assert refused.value.turn_to


@pytest.mark.parametrize("categories", [[], ["c9"]])
def test_an_application_names_categories_that_exist(council: Council, categories: list[str]) -> None:
    draw = opened(council)

    with pytest.raises(Invalid):
        applying.apply(actor=council.residents[0], draw_id=draw.pk, categories=categories, now=NOW)


def test_applications_are_taken_until_the_hour_said(council: Council) -> None:
    draw = opened(council)

    with pytest.raises(Refused) as refused:
        applied(council, draw, 0, now=UNTIL)

    assert code_of(refused) == "not_in_time"


def test_a_home_outside_the_place_is_refused(council: Council) -> None:
    draw = opened(council)

    with pytest.raises(Invalid):
        applying.apply_for(actor=council.worker, draw_id=draw.pk, home=council.cast.here.homes[0], name="甲", categories=["c2"], now=NOW)


def test_a_refusal_needs_a_reason_and_the_household_is_told(council: Council) -> None:
    draw = opened(council)
    made = applied(council, draw, 0, ("c1",))
    check: dict[str, Any] = {"actor": council.worker, "draw_id": draw.pk, "application_id": made.pk, "accept": False, "now": NOW}

    with pytest.raises(Invalid):
        applying.check(**check)
    with pytest.raises(Invalid):
        applying.check(**check, reason="other")
    done = applying.check(**check, reason="not_entitled", text="没有残疾人证")

    assert (done.state, done.reason) == ("refused", "not_entitled")
    told = Message.objects.filter(person_id=council.owners[0].pk).latest("pk")
    assert "没有残疾人证" in told.body


def test_another_choice_of_categories_is_checked_anew(council: Council) -> None:
    draw = opened(council)
    made = applied(council, draw, 0)
    applying.check(actor=council.worker, draw_id=draw.pk, application_id=made.pk, accept=True, now=NOW)

    again = applied(council, draw, 0, ("c1",))

    assert again.state == "received"


def test_a_neighbour_does_not_withdraw_ones_entry(council: Council) -> None:
    draw = opened(council)
    made = applied(council, draw, 0)

    with pytest.raises(NotAllowed):
        applying.withdraw(actor=council.residents[1], draw_id=draw.pk, application_id=made.pk, now=NOW)
    applying.withdraw(actor=council.residents[0], draw_id=draw.pk, application_id=made.pk, now=NOW)

    assert Application.objects.get(pk=made.pk).state == "withdrawn"
    assert applied(council, draw, 0).pk != made.pk


# --- the list -----------------------------------------------------------------------------------------------------------------
def test_a_list_with_something_unchecked_is_not_posted(council: Council) -> None:
    draw = opened(council)
    applied(council, draw, 0)

    for now, code in ((NOW, "still_open"), (LISTED, "unchecked")):
        with pytest.raises(Refused) as refused:
            listing.post_list(actor=council.worker, draw_id=draw.pk, now=now)
        assert code_of(refused) == code


def test_a_source_published_before_the_objections_are_over_is_not_accepted(council: Council) -> None:
    draw = accepted(council, opened(council, source_at=UNTIL + 2 * DAY), 2)
    post: dict[str, Any] = {"actor": council.worker, "draw_id": draw.pk}

    with pytest.raises(Refused) as refused:
        listing.post_list(**post, now=LISTED)
    planning.name_source(**post, source="双色球 2026160 期开奖号码", source_at=SOURCE_AT, source_where="https://www.example.cn", now=LISTED)
    draw = listing.post_list(**post, now=LISTED)

    assert code_of(refused) == "source_too_early"
    assert draw.state == "listed"


def test_freezing_waits_for_every_objection(council: Council) -> None:
    draw = accepted(council, opened(council), 3)
    listing.post_list(actor=council.worker, draw_id=draw.pk, now=LISTED)
    made = listing.raise_objection(actor=council.residents[5], draw_id=draw.pk, text="3 单元那户没有车", now=LISTED + HOUR)
    freeze: dict[str, Any] = {"actor": council.head, "draw_id": draw.pk}

    with refusing("not_yet"):
        listing.freeze(**freeze, now=FROZEN)
    listing.answer_objection(
        actor=council.worker, draw_id=draw.pk, objection_id=made.pk, upheld=False, answer="核对过行驶证，车是他家的。", now=LISTED + DAY
    )
    with refusing("not_yet"):
        listing.freeze(**freeze, now=LISTED + DAY)
    with refusing("not_yet"):
        listing.freeze(**freeze, now=SOURCE_AT)
    listing.freeze(**freeze, now=FROZEN)

    assert Objection.objects.get().state == "rejected"


def test_the_frozen_list_is_changed_by_nobody(council: Council) -> None:
    draw = frozen(council)
    made = Application.objects.filter(draw=draw).first()
    assert made
    given: dict[str, Any] = {"draw_id": draw.pk, "now": FROZEN + HOUR}

    for act in (
        lambda: applying.check(actor=council.head, application_id=made.pk, accept=False, reason="twice", **given),
        lambda: planning.name_source(
            actor=council.head, source="双色球 2026999 期", source_at=SOURCE_AT, source_where="https://x.cn", **given
        ),
        lambda: applying.apply(actor=council.residents[0], categories=["c2"], **given),
    ):
        with pytest.raises(Refused):
            act()
    assert listing.announcement_of(draw).commitment() == draw.commitment
    notice = Notice.objects.latest("pk")
    assert draw.commitment in notice.body
    assert draw.digest in notice.body


# --- the draw -----------------------------------------------------------------------------------------------------------------
def test_the_text_is_entered_only_after_its_hour_and_with_proof(council: Council) -> None:
    draw = frozen(council)
    enter: dict[str, Any] = {"actor": council.worker, "draw_id": draw.pk, "text": TEXT}

    with refusing("not_published"):
        drawing.enter_text(**enter, link="https://x.cn", now=SOURCE_AT - HOUR)
    with pytest.raises(Invalid):
        drawing.enter_text(**enter, now=HELD)


def test_a_second_person_keys_the_text_again_before_anything_is_drawn(council: Council) -> None:
    draw = frozen(council)
    drawing.enter_text(actor=council.worker, draw_id=draw.pk, text=TEXT, link="https://x.cn", now=HELD)

    with refusing("same_person"):
        drawing.hold(actor=council.worker, draw_id=draw.pk, text=TEXT, now=HELD)
    with pytest.raises(Conflict):
        drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT.replace("05", "06"), now=HELD)
    held = drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT, now=HELD)

    assert held.state == "drawn"
    with refusing("not_now"):
        drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT, now=HELD)


def test_a_list_changed_behind_the_actions_is_not_drawn_from(council: Council) -> None:
    draw = frozen(council)
    Application.objects.filter(draw=draw, categories=["c2"]).first().delete()  # type: ignore[union-attr]
    drawing.enter_text(actor=council.worker, draw_id=draw.pk, text=TEXT, link="https://x.cn", now=HELD)

    with refusing("list_changed"):
        drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT, now=HELD)
    assert [p.text for p in checks.frozen()]


def test_everybody_holds_the_draw_again_from_the_published_file(council: Council, tmp_path: Path) -> None:
    draw = drawn(council)
    browser = Client()
    content = browser.get(f"/draws/{draw.pk}/draw.json").content
    bundle = json.loads(content)
    for name, body in (("draw.json", content), ("verify_draw.py", browser.get(f"/draws/{draw.pk}/verify.py").content)):
        (tmp_path / name).write_bytes(body)

    done = subprocess.run(
        [sys.executable, "-I", "verify_draw.py", "draw.json", "--commitment", draw.commitment], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert SCRIPT.read_bytes() == (tmp_path / "verify_draw.py").read_bytes()
    assert verify_draw.verify(bundle) == []
    assert not [*checks.frozen(), *checks.published()]
    assert {row["lot"] for row in bundle["drawn"]} >= {"A1", "A2", "A3", "C1", "C2"}
    assert {row["category"] for row in bundle["drawn"] if row["lot"].startswith("A")} == {"c2"}
    assert "邻居" not in content.decode()


def test_one_finds_ones_own_entry_with_the_receipt(council: Council) -> None:
    draw = drawn(council)
    mine = Application.objects.get(draw=draw, person=council.owners[0])
    browser = Client()
    browser.force_login(Account.objects.get(username="owner0"))

    receipt = browser.get(f"/draws/{draw.pk}/receipt/{mine.pk}.json").json()
    bundle = json.loads(Published.objects.get().content)
    other = Application.objects.get(draw=draw, person=council.owners[1])

    assert verify_draw.verify_receipt(bundle, receipt) == []
    assert verify_draw.verify_receipt(bundle, {**receipt, "number": other.number}) != []
    assert browser.get(f"/draws/{draw.pk}/receipt/{other.pk}.json").status_code == 404


def test_lots_nobody_of_a_category_wants_pass_to_the_next(council: Council) -> None:
    draw = drawn(council)

    offers = {o.lot: (o.own, o.category) for o in Offer.objects.filter(draw=draw)}
    assert offers["C1"] == ("c1", "c1")
    assert offers["C2"] == ("c1", "c2")


# --- after the draw -----------------------------------------------------------------------------------------------------------
def offer_of(draw: Draw, lot: str) -> Offer:
    return Offer.objects.select_related("application").get(draw=draw, lot=lot, state="offered")


def test_a_declined_place_goes_to_the_next_on_the_list(council: Council) -> None:
    draw = drawn(council)
    offer = offer_of(draw, "A2")
    first, second = applying.waiting_of(draw)[:2]

    offering.answer_offer(actor=council.worker, draw_id=draw.pk, offer_id=offer.pk, accept=False, channel="phone", now=HELD + HOUR)
    next_one = offer_of(draw, "A2")
    told = Message.objects.filter(person_id=first.person_id).latest("pk")

    assert (next_one.application_id, next_one.moved_up) == (first.pk, True)
    assert "A2" in told.body
    assert applying.waiting_of(draw)[0].pk == second.pk


def test_who_does_not_answer_in_time_loses_the_place(council: Council) -> None:
    draw = drawn(council)
    kept = offer_of(draw, "A1")
    offering.answer_offer(actor=council.worker, draw_id=draw.pk, offer_id=kept.pk, accept=True, now=HELD + HOUR)
    late, waiting = kept.due_at, len(applying.waiting_of(draw))
    open_offers = Offer.objects.filter(draw=draw, state="offered").count()

    lapsed = offering.lapse_due(late)

    assert lapsed == open_offers
    assert Offer.objects.get(pk=kept.pk).state == "accepted"
    moved = Offer.objects.filter(draw=draw, moved_up=True).count()
    assert 0 < moved <= waiting
    assert Line.objects.filter(draw=draw, verb="unclaimed").count() == open_offers - moved
    assert offering.lapse_due(late) == 0


def test_an_answer_after_the_deadline_is_refused(council: Council) -> None:
    draw = drawn(council)
    offer = offer_of(draw, "A1")

    with refusing("overdue"):
        offering.answer_offer(actor=council.worker, draw_id=draw.pk, offer_id=offer.pk, accept=True, now=offer.due_at)


def test_a_place_taken_back_is_given_to_the_next(council: Council) -> None:
    draw = drawn(council)
    offer = offer_of(draw, "A1")
    answer: dict[str, Any] = {"actor": council.worker, "draw_id": draw.pk, "offer_id": offer.pk, "now": HELD + HOUR}
    offering.answer_offer(**answer, accept=True)

    with pytest.raises(Invalid):
        offering.give_back(**answer, reason="")
    offering.give_back(**answer, reason="搬走了")

    assert offer_of(draw, "A1").moved_up


def test_who_withdraws_after_the_freezing_gives_the_place_to_the_next(council: Council) -> None:
    draw = frozen(council)
    for made in Application.objects.filter(draw=draw, person__in=council.owners[:8]):
        actor = next(a for a in council.residents if a.person_id == made.person_id)
        applying.withdraw(actor=actor, draw_id=draw.pk, application_id=made.pk, now=FROZEN + HOUR)
    drawing.enter_text(actor=council.worker, draw_id=draw.pk, text=TEXT, link="https://x.cn", now=HELD)

    draw = drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT, now=HELD)

    having = {o.application.person_id for o in Offer.objects.filter(draw=draw, state="offered")}
    assert having == {council.owners[8].pk, council.owners[9].pk}
    assert verify_draw.verify(json.loads(Published.objects.get().content)) == []


def test_the_waiting_list_goes_on_into_the_next_draw_in_its_order(council: Council) -> None:
    old = drawn(council)
    waiting = [a.home_id for a in applying.waiting_of(old)]
    later = HELD + 30 * DAY
    fresh = plan_of(
        council, follows=old.pk, applies_from=later, applies_until=later + 7 * DAY, source_at=later + 20 * DAY, categories=(KINDS[1],)
    )
    draw = planning.plan_draw(actor=council.worker, plan=fresh, now=later)
    planning.open_draw(actor=council.worker, draw_id=draw.pk, now=later)
    applied(council, draw, 20, ("c1",), now=later)

    count = applying.carry_over(actor=council.worker, draw_id=draw.pk, now=later)
    for a in Application.objects.filter(draw=draw):
        applying.check(actor=council.worker, draw_id=draw.pk, application_id=a.pk, accept=True, now=later)
    listing.post_list(actor=council.worker, draw_id=draw.pk, now=later + 8 * DAY)
    listing.freeze(actor=council.head, draw_id=draw.pk, now=later + 15 * DAY)
    drawing.enter_text(actor=council.worker, draw_id=draw.pk, text=TEXT, link="https://x.cn", now=later + 21 * DAY)
    drawing.hold(actor=council.head, draw_id=draw.pk, text=TEXT, now=later + 21 * DAY)

    assert count == len(waiting) >= 4
    first = [o.application.home_id for o in Offer.objects.filter(draw=draw).order_by("pk")]
    assert first == waiting[:3]
    assert applying.waiting_of(draw)[0].home_id == waiting[3]


def test_a_draw_is_closed_when_nothing_waits(council: Council) -> None:
    draw = drawn(council, 2)

    with refusing("offers_open"):
        offering.close(actor=council.worker, draw_id=draw.pk, now=HELD + HOUR)
    for offer in Offer.objects.filter(draw=draw):
        offering.answer_offer(actor=council.worker, draw_id=draw.pk, offer_id=offer.pk, accept=True, now=HELD + HOUR)
    closed = offering.close(actor=council.worker, draw_id=draw.pk, now=HELD + HOUR)

    assert closed.state == "closed"


def test_a_form_sent_twice_acts_once(council: Council) -> None:
    draw = planning.plan_draw(actor=council.worker, plan=plan_of(council), now=NOW)

    for _n in range(2):
        planning.open_draw(actor=council.worker, draw_id=draw.pk, now=NOW, once="mark")

    assert Notice.objects.filter(facts__draw=draw.pk).count() == 1
