"""Which promise applies, what starts, stops, meets and survives, and who is warned when time runs out."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.kernel.access.refusals import Refused
from linli.kernel.matters import promises
from linli.kernel.matters.actions import merge, unmerge
from linli.kernel.matters.clock import Span, due_at, next_warning_at
from linli.kernel.matters.duties import review, warn
from linli.kernel.matters.models import CalendarYear, Clock, Matter, Pause, PromiseRule, WorkDay, WorkOrder
from linli.kernel.matters.promises import rules_for
from linli.kernel.notices.models import Message
from linli.loops.requests.actions import dispatch, handling, judging
from tests.factories import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    Cast,
    accepted,
    at,
    build_cast,
    category,
    dispatched,
    in_progress,
    raised,
    resolved,
    suspended,
    waiting,
    whistled,
)


def clock(matter: Matter, subject: str) -> Clock:
    """The newest clock of a subject that is not an order's own."""
    found = Clock.objects.filter(matter=matter, subject=subject, order=None).order_by("-pk").first()
    assert found is not None, f"no clock for {subject}"
    return found


def running(matter: Matter) -> set[str]:
    return set(Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).values_list("subject", flat=True))


def rule(subject: str = "resolve", amount: int = 1, unit: str = "hours", **more: Any) -> PromiseRule:
    more.setdefault("starts_at", NOW - DAY)
    return PromiseRule.objects.create(kind="request", subject=subject, amount=amount, unit=unit, source="试", **more)


def change_every_rule() -> None:
    for one in PromiseRule.objects.filter(kind="request"):
        one.amount, one.unit = 1, "minutes"
        one.save()


# --- the promises of the facts --------------------------------------------------------------------------------------------------------------
def test_a_request_is_answered_within_a_day_and_resolved_in_three_working_days(cast: Cast) -> None:
    matter = accepted(cast)

    assert clock(matter, "first_answer").due_at == NOW + 24 * HOUR
    assert clock(matter, "resolve").due_at == at("2026-06-15 18:00")
    assert (matter.due_at, matter.due_for) == (NOW + 24 * HOUR, "first_answer")


def test_an_emergency_is_answered_in_minutes(cast: Cast) -> None:
    matter = raised(cast, urgency="emergency")

    assert clock(matter, "first_answer").due_at == NOW + 8 * MINUTE


def test_frequent_matters_go_by_the_fast_lane(cast: Cast) -> None:
    fast = promises.rules_for(raised(cast, category=None), ["resolve"], NOW)["resolve"]
    leaf = next(c for c in Matter.category.field.related_model.objects.filter(fast_lane=True) if c.parent_id)
    lane = rules_for(raised(cast, category=leaf, title="快速"), ["resolve"], NOW)["resolve"]

    assert (fast.amount, fast.unit) == (3, "working_days")
    assert (lane.amount, lane.unit, lane.fast_lane) == (84, "hours", True)


# --- which rule wins ------------------------------------------------------------------------------------------------------------------------
def chosen(matter: Matter) -> int:
    return rules_for(matter, ["resolve"], NOW)["resolve"].amount


def test_the_most_particular_rule_wins(cast: Cast) -> None:
    PromiseRule.objects.filter(subject="resolve").delete()
    leaf = category("lift_repair")
    top = leaf.parent
    assert top is not None
    matter = raised(cast, category=leaf)
    expected = [
        rule(amount=1),
        rule(amount=2, urgency="ordinary"),
        rule(amount=3, fast_lane=True) if leaf.fast_lane else rule(amount=3, urgency="ordinary"),
        rule(amount=4, category=top),
        rule(amount=5, category=leaf),
        rule(amount=6, place=cast.district),
        rule(amount=7, place=cast.here.street),
        rule(amount=8, place=cast.here.compound),
        rule(amount=9, place=cast.here.compound, category=top),
        rule(amount=10, place=cast.here.compound, category=leaf),
    ]
    rule(amount=90, place=cast.there.street)
    rule(amount=91, place=cast.here.homes[0])
    rule(amount=92, category=category("parking"))
    rule(amount=93, urgency="urgent", place=cast.here.buildings[0])
    rule(amount=94, starts_at=NOW + MINUTE, place=cast.here.buildings[0])
    rule(amount=95, ends_at=NOW, place=cast.here.buildings[0])

    # Taken away one by one, from the most particular down.
    for one in reversed(expected):
        assert chosen(matter) == one.amount
        one.delete()
    assert rules_for(matter, ["resolve"], NOW) == {}


def test_urgency_beats_the_category(cast: Cast) -> None:
    PromiseRule.objects.filter(subject="resolve").delete()
    rule(amount=1, category=category("lift_repair"))
    rule(amount=2, urgency="urgent")

    assert chosen(raised(cast, category=category("lift_repair"), urgency="urgent")) == 2
    assert chosen(raised(cast, category=category("lift_repair"), title="另一件")) == 1


def test_of_two_equal_rules_the_later_wins(cast: Cast) -> None:
    rule(amount=5)
    rule(amount=6)

    assert chosen(raised(cast)) == 6


def test_a_fast_lane_rule_is_only_for_the_fast_lane(cast: Cast) -> None:
    PromiseRule.objects.filter(subject="resolve").delete()
    rule(amount=7, fast_lane=True)

    assert rules_for(raised(cast, category=None), ["resolve"], NOW) == {}


# --- what a promise survives: each of these went wrong somewhere before ------------------------------------------------------------------------
def test_a_promise_changed_later_never_rewrites_past_deadlines(cast: Cast) -> None:
    matter = accepted(cast)
    before = dict(Clock.objects.filter(matter=matter).values_list("subject", "due_at"))

    change_every_rule()
    handling.answer(actor=cast.community_worker, matter_id=matter.pk, now=NOW + HOUR, text="已联系维保")
    matter.refresh_from_db()
    assert clock(accepted(cast, title="以后的"), "resolve").amount == 1

    assert dict(Clock.objects.filter(matter=matter).values_list("subject", "due_at")) == before
    assert matter.due_at == before["resolve"]


def test_a_pause_after_the_change_still_counts_what_was_promised(cast: Cast) -> None:
    matter = in_progress(cast)
    change_every_rule()

    handling.ask(actor=cast.department_handler, matter_id=matter.pk, now=NOW + HOUR, text="哪一部？")
    matter = handling.resume(actor=cast.department_handler, matter_id=matter.pk, now=NOW + 2 * HOUR)

    assert clock(matter, "resolve").due_at == at("2026-06-15 18:00")


def test_a_transfer_to_another_unit_gives_no_new_time(cast: Cast) -> None:
    matter = dispatched(cast)
    due = clock(matter, "resolve").due_at

    matter = dispatch.redispatch(
        actor=cast.community_worker, matter_id=matter.pk, now=NOW + 3 * HOUR, unit=cast.here.units["property"], text="物业负责"
    )

    assert clock(matter, "resolve").due_at == due
    assert Clock.objects.filter(matter=matter, subject="resolve").count() == 1
    order = WorkOrder.objects.get(matter=matter, state="open")
    assert (order.unit, order.due_at) == (cast.here.units["property"], due)


def test_sent_back_and_sent_again_gives_no_new_time(cast: Cast) -> None:
    matter = dispatched(cast)
    due = clock(matter, "resolve").due_at

    dispatch.object_to_dispatch(actor=cast.department_handler, matter_id=matter.pk, now=NOW + HOUR, text="不归我们")
    matter = dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW + 2 * HOUR, unit=cast.here.units["property"])

    assert clock(matter, "resolve").due_at == due


def test_another_category_changes_no_running_promise_but_the_next(cast: Cast) -> None:
    rule(amount=2, unit="hours", category=category("parking"))
    matter = accepted(cast, category=category("lift_repair"))
    before = clock(matter, "resolve").due_at

    matter = dispatch.recategorise(actor=cast.community_worker, matter_id=matter.pk, now=NOW + HOUR, category=category("parking"))
    assert clock(matter, "resolve").due_at == before

    matter = handling.resolve(actor=cast.community_worker, matter_id=matter.pk, now=NOW + 2 * HOUR, text="好了")
    matter = judging.reopen(actor=cast.community_head, matter_id=matter.pk, now=NOW + 3 * HOUR, text="没好")
    assert clock(matter, "resolve").due_at == NOW + 5 * HOUR


def test_a_reopened_matter_has_a_fresh_promise_and_the_old_one_stays_as_it_was(cast: Cast) -> None:
    matter = resolved(cast)
    old = clock(matter, "resolve")

    again = judging.reopen(actor=cast.community_head, matter_id=matter.pk, now=at("2026-06-15 09:00"), text="又响了")

    old.refresh_from_db()
    assert old.met_at == NOW
    assert clock(again, "resolve").pk != old.pk
    assert clock(again, "resolve").due_at == at("2026-06-18 18:00")
    assert running(again) == {"resolve"}


def test_late_once_is_remembered_after_the_second_round_was_in_time(cast: Cast) -> None:
    matter = in_progress(cast)
    late = handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW + 9 * DAY, text="好了")
    assert late.was_late

    judging.reopen(actor=cast.community_head, matter_id=matter.pk, now=NOW + 10 * DAY, text="没好")
    again = handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW + 10 * DAY, text="好了")

    assert again.was_late


def test_merging_ends_the_sources_clocks_and_leaves_the_targets_alone(cast: Cast) -> None:
    source, target = accepted(cast), accepted(cast, title="同一部电梯")
    due = clock(target, "resolve").due_at

    merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW + HOUR)

    assert running(source) == set()
    assert clock(target, "resolve").due_at == due


def test_unmerging_starts_again_what_was_promised_and_no_more(cast: Cast) -> None:
    source, target = in_progress(cast), accepted(cast, title="同一部电梯")
    handling.answer(actor=cast.department_handler, matter_id=source.pk, now=NOW, text="看过了")
    merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW + HOUR)

    back = unmerge(actor=cast.community_worker, source_id=source.pk, now=at("2026-06-11 10:00"))

    assert running(back) == {"resolve"}
    assert clock(back, "resolve").due_at == at("2026-06-16 18:00")
    assert WorkOrder.objects.get(matter=back, state="open").due_at == at("2026-06-16 18:00")


def test_a_matter_unmerged_while_it_waited_still_waits(cast: Cast) -> None:
    source, target = waiting(cast), accepted(cast, title="同一部电梯")
    merge(actor=cast.community_worker, source_id=source.pk, target_id=target.pk, now=NOW + HOUR)
    assert not Pause.objects.filter(matter=source, until_at=None).exists()

    back = unmerge(actor=cast.community_worker, source_id=source.pk, now=NOW + 2 * HOUR)

    assert back.state == "waiting"
    assert clock(back, "resolve").due_at is None


def test_the_first_answer_by_a_person_meets_the_promise_and_the_house_never_does(cast: Cast) -> None:
    matter = accepted(cast)
    from tests.factories import HOUSE

    with pytest.raises(Refused) as refused:
        handling.answer(actor=HOUSE, matter_id=matter.pk, now=NOW, text="您的诉求已收到")
    assert refused.value.code == "not_a_person"
    assert "first_answer" in running(matter)

    matter = handling.answer(actor=cast.community_worker, matter_id=matter.pk, now=NOW + HOUR, text="维保下午到")
    assert "first_answer" not in running(matter)
    assert matter.answered_at == NOW + HOUR


def test_accepting_is_not_answering(cast: Cast) -> None:
    matter = accepted(cast)

    assert "first_answer" in running(matter)
    assert matter.answered_at is None


# --- pauses -----------------------------------------------------------------------------------------------------------------------------------
def test_a_pause_stops_every_clock_and_its_reason_is_public(cast: Cast) -> None:
    matter = suspended(cast)

    assert clock(matter, "resolve").due_at is None
    assert clock(matter, "resolve").next_warning_at is None
    assert matter.due_at is None
    assert matter.entries.get(verb="suspend").public
    assert Pause.objects.get(matter=matter).text == "等配件"


def test_what_stood_still_is_added(cast: Cast) -> None:
    rule(amount=24, unit="hours")
    matter = suspended(cast)

    matter = handling.resume(actor=cast.department_handler, matter_id=matter.pk, now=NOW + 30 * HOUR)

    assert clock(matter, "resolve").due_at == NOW + 54 * HOUR
    assert matter.due_at == NOW + 54 * HOUR
    assert WorkOrder.objects.get(matter=matter, state="open").due_at == NOW + 54 * HOUR


def test_when_the_raiser_adds_what_was_asked_the_clocks_run_again(cast: Cast) -> None:
    matter = waiting(cast)

    matter = handling.add(actor=cast.raiser, matter_id=matter.pk, now=NOW + 2 * HOUR, text="靠北边的那部")

    assert matter.state == "in_progress"
    assert clock(matter, "resolve").due_at == at("2026-06-15 18:00")


def test_a_whistle_held_goes_on_as_a_whistle(cast: Cast) -> None:
    matter = whistled(cast)
    review_on = (NOW + 7 * DAY).date()
    handling.suspend(actor=cast.street_officer, matter_id=matter.pk, now=NOW, text="等挖掘许可", review_on=review_on)

    matter = handling.resume(actor=cast.street_officer, matter_id=matter.pk, now=NOW + DAY)

    assert matter.state == "whistled"
    assert matter.entries.order_by("-seq").first().facts["to"] == "whistled"  # type: ignore[union-attr]  # a matter has entries
    assert WorkOrder.objects.filter(matter=matter, state="open", task="report_in").count() == 3


def test_what_was_not_yet_dispatched_can_be_after_waiting(cast: Cast) -> None:
    matter = handling.ask(actor=cast.community_worker, matter_id=accepted(cast).pk, now=NOW, text="哪一栋？")

    matter = handling.add(actor=cast.raiser, matter_id=matter.pk, now=NOW + HOUR, text="3 栋")
    assert matter.state == "accepted"

    assert (
        dispatch.dispatch(actor=cast.community_worker, matter_id=matter.pk, now=NOW + HOUR, unit=cast.here.units["housing"]).state
        == "dispatched"
    )


steps = st.lists(st.tuples(st.sampled_from(["ask", "suspend"]), st.integers(0, 3000), st.integers(1, 6000)), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_due_replayed_from_what_was_logged_is_what_is_stored(cast: Cast, steps: list[tuple[str, int, int]]) -> None:
    matter, now = in_progress(cast), NOW
    for how, run_on, stand in steps:
        now += run_on * MINUTE
        if how == "ask":
            handling.ask(actor=cast.department_handler, matter_id=matter.pk, now=now, text="？")
        else:
            handling.suspend(actor=cast.department_handler, matter_id=matter.pk, now=now, text="等", review_on=(now + 30 * DAY).date())
        assert_replayed(matter)
        now += stand * MINUTE
        handling.resume(actor=cast.department_handler, matter_id=matter.pk, now=now)
        assert_replayed(matter)


def assert_replayed(matter: Matter) -> None:
    stops = promises.stops_of(matter)
    found = promises.running(matter)
    for one in found:
        due = due_at(one.started_at, Span(one.amount, one.unit), stops, promises.calendar())
        assert one.due_at == due
        assert one.next_warning_at == next_warning_at(one.started_at, due, one.warned)
    matter.refresh_from_db()
    assert matter.due_at == min((c.due_at for c in found if c.due_at and c.order_id is None), default=None)


def test_a_withdrawn_matter_is_not_looked_at_again_on_its_review_date(cast: Cast) -> None:
    matter = suspended(cast, days=7)
    handling.withdraw(actor=cast.raiser, matter_id=matter.pk, now=NOW + DAY)

    assert review(NOW + 8 * DAY) == 0
    assert running(matter) == set()


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_matter_is_suspended_for_at_most_a_year_and_never_into_the_past(cast: Cast, days: int) -> None:
    matter = in_progress(cast)

    with pytest.raises(Refused) as refused:
        handling.suspend(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="等", review_on=(NOW + days * DAY).date())

    assert refused.value.code == "bad_review"


# --- the calendar ------------------------------------------------------------------------------------------------------------------------------
def test_a_deadline_in_a_year_without_calendar_is_refused_in_words_and_nothing_is_written(cast: Cast) -> None:
    matter = raised(cast, now=at("2026-12-30 10:00"))

    with pytest.raises(Refused) as refused:
        dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=at("2026-12-30 11:00"))

    assert refused.value.code == "year_missing"
    assert "2027" in str(refused.value)
    matter.refresh_from_db()
    assert matter.state == "raised"


def test_once_the_year_is_entered_deadlines_are_computed(cast: Cast) -> None:
    matter = raised(cast, now=at("2026-12-30 10:00"))
    WorkDay.objects.create(day=at("2027-01-01 00:00").date(), working=False, name="元旦")
    CalendarYear.objects.create(year=2027, declared_at=NOW)

    matter = dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=at("2026-12-30 11:00"))

    assert clock(matter, "resolve").due_at == at("2027-01-05 18:00")


# --- warnings ----------------------------------------------------------------------------------------------------------------------------------
def told(matter: Matter, subject: str = "clock:") -> list[tuple[str, int | None]]:
    rows = Message.objects.filter(about=matter.ref, key__startswith=subject).order_by("pk")
    return [(m.title.partition("：")[0], m.unit_id) for m in rows]


def only(matter: Matter, subject: str) -> None:
    Clock.objects.filter(matter=matter).exclude(subject=subject).update(next_warning_at=None)


def test_the_holder_is_warned_at_half_and_the_superior_too_from_four_fifths(cast: Cast) -> None:
    rule(amount=10, unit="hours")
    matter = in_progress(cast)
    only(matter, "resolve")
    holder, superior = cast.here.units["housing"].pk, cast.here.units["street"].pk

    assert warn(NOW + 5 * HOUR - MINUTE) == 0
    assert warn(NOW + 5 * HOUR) == 1
    assert told(matter) == [("时限已过一半", holder)]

    assert warn(NOW + 8 * HOUR) == 1
    assert sorted(told(matter)[1:], key=str) == sorted([("时限已过八成", holder), ("时限已过八成", superior)], key=str)

    assert warn(NOW + 10 * HOUR) == 1
    assert sorted(told(matter)[3:], key=str) == sorted([("已经超期", holder), ("已经超期", superior)], key=str)
    assert warn(NOW + 99 * HOUR) == 0


def test_after_a_time_without_a_worker_only_the_gravest_is_said(cast: Cast) -> None:
    rule(amount=10, unit="hours")
    matter = in_progress(cast)
    only(matter, "resolve")

    assert warn(NOW + 50 * HOUR) == 1

    assert {title for title, _unit in told(matter)} == {"已经超期"}
    assert warn(NOW + 51 * HOUR) == 0


def test_nobody_is_warned_of_what_is_met_stopped_or_over(cast: Cast) -> None:
    suspended(cast)
    done = resolved(cast, title="办好了")
    Clock.objects.filter(matter=done, subject="follow_up").update(next_warning_at=None)
    handling.withdraw(actor=cast.raiser, matter_id=raised(cast, title="撤回").pk, now=NOW)
    merge(actor=cast.community_worker, source_id=raised(cast, title="并入").pk, target_id=done.pk if done.is_open else 0, now=NOW)

    Clock.objects.filter(matter=done).update(next_warning_at=None)
    assert warn(NOW + 300 * DAY) == 0


def test_a_called_unit_is_warned_of_its_own_clock_and_no_other(cast: Cast) -> None:
    matter = whistled(cast)
    Clock.objects.filter(matter=matter, order=None).update(next_warning_at=None)
    mine = WorkOrder.objects.get(matter=matter, unit=cast.here.units["water"])
    Clock.objects.filter(matter=matter).exclude(order=mine).update(next_warning_at=None)

    assert warn(NOW + 13 * HOUR) == 1

    assert told(matter) == [("时限已过一半", cast.here.units["water"].pk)]


def test_on_its_review_date_the_holder_of_a_suspended_matter_is_told_once(cast: Cast) -> None:
    matter = suspended(cast, days=7)

    assert review(NOW + 6 * DAY) == 0
    assert review(NOW + 7 * DAY) == 1
    assert review(NOW + 7 * DAY + HOUR) == 0
    assert told(matter, "review:") == [("挂账到期复核", cast.here.units["housing"].pk)]


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_say_each_warning_once() -> None:
    cast = build_cast()
    rule(amount=10, unit="hours")
    for number in range(4):
        only(in_progress(cast, title=f"第 {number} 件"), "resolve")
    results = _together(3, NOW + 5 * HOUR)

    assert sum(results) == 4
    assert Message.objects.filter(key__startswith="clock:").count() == 4


def _together(workers: int, now: datetime) -> list[int]:
    results, ready = [], threading.Barrier(workers)

    def work() -> None:
        try:
            ready.wait(10)
            results.append(warn(now))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_a_place_may_promise_more_than_the_rest(cast: Cast) -> None:
    rule(amount=1, unit="hours", place=cast.here.compound)

    assert clock(accepted(cast), "resolve").due_at == NOW + timedelta(hours=1)
