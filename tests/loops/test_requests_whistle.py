"""街道吹哨、部门报到: each called unit has its own order, clock, receipt, refusal and answer; it ends when all have answered."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.matters.models import Clock, Matter, WorkOrder
from linli.kernel.matters.queries import inbox
from linli.law.packs import refusal_reasons
from linli.loops.requests.actions import dispatch, handling, whistle
from tests.factories import HOUR, NOW, Cast, handler_of, in_progress, raised, whistled


def order(matter: Matter, cast: Cast, unit: str) -> WorkOrder:
    found = WorkOrder.objects.filter(matter=matter, unit=cast.here.units[unit], task__in=("report_in", "answer")).order_by("-pk").first()
    assert found is not None
    return found


def report(cast: Cast, matter: Matter, unit: str, now: Any = NOW) -> Matter:
    return whistle.report_in(actor=handler_of(cast, unit), matter_id=matter.pk, now=now)


def answer(cast: Cast, matter: Matter, unit: str, now: Any = NOW) -> Matter:
    return whistle.answer_whistle(actor=handler_of(cast, unit), matter_id=matter.pk, now=now, text=f"{unit} 已处理")


def refuse(cast: Cast, matter: Matter, unit: str, reason: str = "not_our_duty") -> Matter:
    return whistle.refuse_whistle(actor=handler_of(cast, unit), matter_id=matter.pk, now=NOW, reason=reason, text="不归我们")


def test_each_called_unit_has_its_own_order_and_clock(cast: Cast) -> None:
    matter = whistled(cast)

    orders = WorkOrder.objects.filter(matter=matter, task="report_in")
    assert {(o.unit.code, o.lead) for o in orders} == {("housing", True), ("water", False), ("parks", False)}
    assert {o.due_at for o in orders} == {NOW + 24 * HOUR}
    assert set(Clock.objects.filter(matter=matter, subject="report_in").values_list("order_id", flat=True)) == {o.pk for o in orders}
    assert matter.holder == cast.here.units["housing"]
    assert [o.matter.pk for o in inbox(handler_of(cast, "water"))] == [matter.pk]


def test_one_department_alone_is_a_dispatch_and_no_whistle(cast: Cast) -> None:
    matter, unit = raised(cast), cast.here.units["housing"]

    with pytest.raises(Invalid) as invalid:
        whistle.whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, lead=unit, others=[unit, unit], text="来")

    assert invalid.value.code == "too_few"


@pytest.mark.parametrize(
    "role", ["community_worker", "community_head", "grid_worker", "department_handler", "resident", "auditor", "system_admin"]
)
def test_only_the_street_whistles(cast: Cast, role: str) -> None:
    units = cast.here.units
    with pytest.raises(NotAllowed):
        whistle.whistle(
            actor=cast.inside[role], matter_id=raised(cast).pk, now=NOW, lead=units["housing"], others=[units["water"]], text="来"
        )


def test_reporting_in_keeps_the_receipt_and_starts_the_clock_for_the_answer(cast: Cast) -> None:
    matter = whistled(cast)

    report(cast, matter, "water", NOW + HOUR)

    mine = order(matter, cast, "water")
    assert (mine.task, mine.state, mine.reported_at, mine.was_late) == ("answer", "open", NOW + HOUR, False)
    clock = Clock.objects.get(order=mine, subject="answer")
    assert (clock.started_at, clock.due_at) == (NOW + HOUR, mine.due_at)
    assert Clock.objects.get(order=mine, subject="report_in").met_at == NOW + HOUR
    assert order(matter, cast, "parks").reported_at is None


def test_a_unit_does_one_thing_once(cast: Cast) -> None:
    matter = whistled(cast)
    report(cast, matter, "water")

    with pytest.raises(Refused) as refused:
        report(cast, matter, "water")
    assert refused.value.code == "not_called"

    answer(cast, matter, "water")
    for again in (answer, refuse):
        with pytest.raises(Refused):
            again(cast, matter, "water")


def test_whoever_was_not_called_has_no_part_in_it(cast: Cast) -> None:
    matter = whistled(cast, others=("water",))

    for act in (report, answer, refuse):
        with pytest.raises(Refused) as refused:
            act(cast, matter, "parks")
        assert refused.value.code in ("not_called", "not_allowed")
    assert WorkOrder.objects.filter(matter=matter, unit=cast.here.units["parks"]).count() == 0


def test_a_unit_that_answers_without_a_receipt_gives_it_with_the_answer(cast: Cast) -> None:
    matter = whistled(cast)

    answer(cast, matter, "parks", NOW + HOUR)

    mine = order(matter, cast, "parks")
    assert (mine.state, mine.reported_at, mine.answer) == ("done", NOW + HOUR, "parks 已处理")


@pytest.mark.parametrize("reason", [r.code for r in refusal_reasons()])
def test_a_called_unit_refuses_with_a_reason_of_the_list(cast: Cast, reason: str) -> None:
    matter = whistled(cast)

    refuse(cast, matter, "water", reason)

    mine = order(matter, cast, "water")
    assert (mine.state, mine.refusal, mine.answer) == ("refused", reason, "不归我们")
    assert not Clock.objects.filter(order=mine, met_at=None, cancelled_at=None).exists()


@pytest.mark.parametrize("reason", ["", "too_far", "不想去"])
def test_no_other_reason_is_taken(cast: Cast, reason: str) -> None:
    with pytest.raises(Invalid):
        refuse(cast, whistled(cast), "water", reason)


def test_the_lead_may_not_refuse(cast: Cast) -> None:
    matter = whistled(cast)

    with pytest.raises(Refused) as refused:
        refuse(cast, matter, "housing")

    assert refused.value.code == "lead_stays"
    assert order(matter, cast, "housing").state == "open"


def test_the_street_whistles_again_to_change_the_lead(cast: Cast) -> None:
    matter, units = whistled(cast, others=("water",)), cast.here.units
    answer(cast, matter, "water")

    matter = whistle.whistle(
        actor=cast.street_officer, matter_id=matter.pk, now=NOW + HOUR, lead=units["parks"], others=[units["water"]], text="换牵头"
    )

    assert matter.holder == units["parks"]
    assert order(matter, cast, "housing").state == "recalled"
    assert order(matter, cast, "water").state == "open"
    with pytest.raises(Refused):
        answer(cast, matter, "housing")


def test_it_ends_only_when_all_have_answered_and_says_who_owes(cast: Cast) -> None:
    matter = whistled(cast)
    answer(cast, matter, "housing")

    with pytest.raises(Refused) as refused:
        whistle.conclude_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="完")
    assert refused.value.code == "still_owing"
    assert "芳草排水所" in str(refused.value)
    assert "芳草园林站" in str(refused.value)
    assert "芳草城建科" not in str(refused.value)

    refuse(cast, matter, "water")
    answer(cast, matter, "parks")
    matter = whistle.conclude_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW + HOUR, text="三家都到了，已清通")

    assert (matter.state, matter.resolved_at) == ("resolved", NOW + HOUR)
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exclude(subject="follow_up").exists()


def test_the_leads_unit_may_conclude_and_the_others_may_not(cast: Cast) -> None:
    matter = whistled(cast, others=("water",))
    for unit in ("housing", "water"):
        answer(cast, matter, unit)

    with pytest.raises(Refused):
        whistle.conclude_whistle(actor=handler_of(cast, "water"), matter_id=matter.pk, now=NOW, text="完")

    assert whistle.conclude_whistle(actor=handler_of(cast, "housing"), matter_id=matter.pk, now=NOW, text="完").state == "resolved"


def test_nothing_else_resolves_a_whistled_matter(cast: Cast) -> None:
    matter = whistled(cast)
    with pytest.raises(Refused) as refused:
        handling.resolve(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="完")
    assert refused.value.code == "wrong_state"

    review_on = (NOW + 48 * HOUR).date()
    handling.suspend(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="等", review_on=review_on)
    handling.resume(actor=cast.street_officer, matter_id=matter.pk, now=NOW)
    with pytest.raises(Refused) as refused:
        handling.resolve(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="完")
    assert refused.value.code == "wrong_state"


def test_who_came_late_stays_marked(cast: Cast) -> None:
    matter = whistled(cast)

    report(cast, matter, "water", NOW + 25 * HOUR)
    answer(cast, matter, "water", NOW + 26 * HOUR)
    answer(cast, matter, "parks", NOW + 30 * HOUR)
    answer(cast, matter, "housing", NOW + HOUR)

    assert order(matter, cast, "water").was_late
    assert order(matter, cast, "parks").was_late
    assert not order(matter, cast, "housing").was_late


def test_the_street_scores_each_called_unit_and_nobody_scores_their_own(cast: Cast) -> None:
    matter = concluded(cast)
    orders = {unit: order(matter, cast, unit).pk for unit in ("housing", "water")}

    whistle.score_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, scores={orders["housing"]: 5, orders["water"]: 2})
    assert (order(matter, cast, "housing").score, order(matter, cast, "water").score) == (5, 2)
    assert not matter.entries.get(verb="score_whistle").public

    with pytest.raises(NotAllowed):
        whistle.score_whistle(actor=handler_of(cast, "water"), matter_id=matter.pk, now=NOW, scores={orders["water"]: 5})


def concluded(cast: Cast) -> Matter:
    matter = whistled(cast, others=("water",))
    for unit in ("housing", "water"):
        answer(cast, matter, unit)
    return whistle.conclude_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="完")


def test_a_street_office_that_was_called_itself_is_scored_by_somebody_else(cast: Cast) -> None:
    units = cast.here.units
    matter = raised(cast)
    whistle.whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, lead=units["housing"], others=[units["street"]], text="来")
    own = order(matter, cast, "street")
    answer(cast, matter, "housing")
    WorkOrder.objects.filter(pk=own.pk).update(state="done")
    whistle.conclude_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="完")

    with pytest.raises(Refused) as refused:
        whistle.score_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, scores={own.pk: 5})

    assert refused.value.code == "own_unit"


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_from_1_to_5(cast: Cast, score: int) -> None:
    matter = concluded(cast)
    with pytest.raises(Invalid):
        whistle.score_whistle(actor=cast.street_officer, matter_id=matter.pk, now=NOW, scores={order(matter, cast, "water").pk: score})


def test_a_score_for_somebody_who_was_not_called_is_refused(cast: Cast) -> None:
    other = in_progress(cast, title="别的事")
    foreign = WorkOrder.objects.filter(matter=other).first()
    assert foreign is not None

    with pytest.raises(Invalid):
        whistle.score_whistle(actor=cast.street_officer, matter_id=concluded(cast).pk, now=NOW, scores={foreign.pk: 1})


# --- not ours: once, and then insisted ----------------------------------------------------------------------------------------------------
def test_a_unit_says_not_ours_once_and_after_that_is_bound(cast: Cast) -> None:
    matter, unit = raised(cast), cast.here.units["housing"]
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=unit)
    back = dispatch.object_to_dispatch(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="不归我们")
    assert (back.state, back.holder) == ("accepted", cast.here.units["community"])

    again = dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=unit, text="复核后仍由你单位办理")
    assert again.entries.order_by("-seq").first().facts["insisted"] is True  # type: ignore[union-attr]  # a matter has entries

    with pytest.raises(Refused) as refused:
        dispatch.object_to_dispatch(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="还是不归我们")
    assert refused.value.code == "insisted"
    assert refused.value.rule


def test_another_unit_may_still_say_not_ours(cast: Cast) -> None:
    matter = raised(cast)
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["housing"])
    dispatch.object_to_dispatch(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="不归我们")
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["water"])

    assert dispatch.object_to_dispatch(actor=handler_of(cast, "water"), matter_id=matter.pk, now=NOW, text="也不归我们").state == "accepted"


def test_a_unit_that_gave_it_back_reads_on_but_acts_no_more(cast: Cast) -> None:
    matter = raised(cast, visibility="private")
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["housing"])
    dispatch.object_to_dispatch(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="不归我们")
    dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW, unit=cast.here.units["water"])

    with pytest.raises(NotAllowed):
        handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="别人的事我来办结")


def test_nothing_is_sent_to_a_unit_that_closed(cast: Cast) -> None:
    unit = cast.here.units["parks"]
    unit.active = False
    unit.save()

    with pytest.raises(Invalid) as invalid:
        dispatch.dispatch(actor=cast.community_worker, matter_id=raised(cast).pk, now=NOW, unit=unit)

    assert invalid.value.code == "unit_closed"
