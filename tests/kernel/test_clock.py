"""Deadlines on the real calendar of 2026: working days, hours across stops, what a stop may and may not do, warnings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.matters.clock import ZONE, Span, Stop, due_at, left, next_warning_at
from linli.lib.calendar import WorkCalendar, YearMissing
from tests.factories import MINUTE, at

CALENDAR = WorkCalendar()


def stop(from_at: str, until_at: str | None = None) -> Stop:
    return Stop(at(from_at), at(until_at) if until_at else None)


# --- working days: Spring Festival 15-23 February off, Saturdays 14 and 28 February worked; National Day 1-7 October off,
# Sunday 20 September and Saturday 10 October worked; New Year 1-3 January off, Sunday 4 January worked -----------------------------
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-10 10:00", 1, "2026-06-11 18:00"),
        ("2026-06-10 10:00", 3, "2026-06-15 18:00"),  # Wednesday, over the weekend: Thursday, Friday, Monday
        ("2026-06-12 19:30", 1, "2026-06-15 18:00"),  # Friday evening: counting starts on Monday
        ("2026-06-12 09:00", 1, "2026-06-15 18:00"),  # Friday morning: the same, the day it starts never counts
        ("2026-06-13 12:00", 1, "2026-06-15 18:00"),  # Saturday
        ("2026-06-14 23:59", 1, "2026-06-15 18:00"),  # the last minute of Sunday
        ("2026-06-15 00:00", 1, "2026-06-16 18:00"),  # the first minute of Monday
        ("2026-02-13 10:00", 1, "2026-02-14 18:00"),  # Friday: the Saturday is made up for the festival
        ("2026-02-13 10:00", 2, "2026-02-24 18:00"),  # and then nine days off
        ("2026-02-14 17:59", 3, "2026-02-26 18:00"),  # started on a make-up Saturday
        ("2026-02-17 08:00", 1, "2026-02-24 18:00"),  # started on New Year's Day itself
        ("2026-02-26 08:00", 2, "2026-02-28 18:00"),  # Friday, then the second make-up Saturday
        ("2026-02-26 08:00", 3, "2026-03-02 18:00"),
        ("2026-09-18 10:00", 1, "2026-09-20 18:00"),  # Friday: the Sunday is worked
        ("2026-09-30 17:00", 1, "2026-10-08 18:00"),
        ("2026-09-30 17:00", 2, "2026-10-09 18:00"),
        ("2026-09-30 17:00", 3, "2026-10-10 18:00"),  # the make-up Saturday
        ("2026-09-30 17:00", 4, "2026-10-12 18:00"),
        ("2026-10-03 12:00", 1, "2026-10-08 18:00"),  # started in the middle of the holiday
        ("2026-01-02 12:00", 1, "2026-01-04 18:00"),  # the worked Sunday after New Year
        ("2025-12-31 12:00", 2, "2026-01-05 18:00"),  # across the end of a year
    ],
)
def test_working_days_end_at_six_on_the_last_working_day(start: str, days: int, due: str) -> None:
    assert due_at(at(start), Span(days, "working_days"), (), CALENDAR) == at(due)


def test_the_day_is_the_local_one_wherever_the_instant_was_written_down() -> None:
    from datetime import UTC

    friday_evening_in_utc = datetime(2026, 6, 12, 16, 30, tzinfo=UTC)  # half past midnight on Saturday in Shanghai

    assert due_at(friday_evening_in_utc, Span(1, "working_days"), (), CALENDAR) == at("2026-06-15 18:00")


def test_an_operators_own_rows_win_over_the_official_table() -> None:
    own = WorkCalendar({date(2026, 6, 11): False, date(2026, 6, 13): True})

    assert due_at(at("2026-06-10 10:00"), Span(2, "working_days"), (), own) == at("2026-06-13 18:00")


def test_a_year_without_data_is_refused_loudly() -> None:
    with pytest.raises(YearMissing) as missing:
        due_at(at("2026-12-30 10:00"), Span(5, "working_days"), (), CALENDAR)

    assert missing.value.year == 2027


def test_hours_need_no_calendar_and_cross_into_an_unknown_year() -> None:
    assert due_at(at("2026-12-31 20:00"), Span(24, "hours"), (), CALENDAR) == at("2027-01-01 20:00")


def test_a_declared_year_is_counted_like_any_other() -> None:
    own = WorkCalendar({date(2027, 1, 1): False}, years=[2027])

    assert due_at(at("2026-12-31 10:00"), Span(1, "working_days"), (), own) == at("2027-01-04 18:00")


# --- hours and minutes across stops ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("unit", "amount", "due"),
    [
        ("minutes", 8, "2026-06-10 10:08"),
        ("hours", 24, "2026-06-11 10:00"),
        ("days", 7, "2026-06-17 10:00"),
        ("hours", 84, "2026-06-13 22:00"),
    ],
)
def test_minutes_hours_and_days_run_around_the_clock(unit: str, amount: int, due: str) -> None:
    assert due_at(at("2026-06-10 10:00"), Span(amount, unit), (), CALENDAR) == at(due)


@pytest.mark.parametrize(
    ("name", "stops", "due"),
    [
        ("one inside", [("10 12:00", "10 15:00")], "11 13:00"),
        ("two apart", [("10 12:00", "10 13:00"), ("10 20:00", "10 22:00")], "11 13:00"),
        ("two that overlap count once", [("10 12:00", "10 14:00"), ("10 13:00", "10 15:00")], "11 13:00"),
        ("one nested in another counts once", [("10 12:00", "10 16:00"), ("10 13:00", "10 14:00")], "11 14:00"),
        ("twice the same counts once", [("10 12:00", "10 14:00"), ("10 12:00", "10 14:00")], "11 12:00"),
        ("one that began before the start adds only its part", [("10 08:00", "10 11:00")], "11 11:00"),
        ("one over before the start adds nothing", [("10 08:00", "10 10:00")], "11 10:00"),
        ("one after it was due adds nothing", [("11 11:00", "11 15:00")], "11 10:00"),
        ("one at the very moment it was due adds nothing", [("11 10:00", "11 15:00")], "11 10:00"),
        ("one that the first pushes inside counts", [("10 12:00", "10 14:00"), ("11 11:00", "11 12:00")], "11 13:00"),
        ("the order they are told in does not matter", [("11 11:00", "11 12:00"), ("10 12:00", "10 14:00")], "11 13:00"),
        ("an empty one adds nothing", [("10 12:00", "10 12:00")], "11 10:00"),
    ],
)
def test_a_stop_adds_exactly_its_own_length(name: str, stops: list[tuple[str, str]], due: str) -> None:
    made = [stop(f"2026-06-{a}", f"2026-06-{b}") for a, b in stops]

    assert due_at(at("2026-06-10 10:00"), Span(24, "hours"), made, CALENDAR) == at(f"2026-06-{due}")


@pytest.mark.parametrize(
    ("from_at", "due"),
    [
        ("2026-06-10 12:00", None),
        ("2026-06-11 09:59", None),
        ("2026-06-11 10:00", "2026-06-11 10:00"),
        ("2026-06-11 12:00", "2026-06-11 10:00"),
    ],
)
def test_an_open_stop_leaves_no_deadline_unless_it_came_too_late(from_at: str, due: str | None) -> None:
    assert due_at(at("2026-06-10 10:00"), Span(24, "hours"), [stop(from_at)], CALENDAR) == (at(due) if due else None)


@pytest.mark.parametrize(
    ("name", "stops", "due"),
    [
        ("within one day, over before six", [("11 09:00", "11 12:00")], "15 18:00"),
        ("over one close of day", [("11 09:00", "12 09:00")], "16 18:00"),
        ("over two closes", [("11 09:00", "13 09:00")], "17 18:00"),
        ("over a weekend alone costs nobody a day", [("13 00:00", "14 23:00")], "15 18:00"),
        ("ended exactly at six: the day counts", [("11 09:00", "11 18:00")], "15 18:00"),
        ("begun exactly at six: the day counted", [("11 18:00", "11 20:00")], "15 18:00"),
        ("two over the same close cost one day", [("11 09:00", "11 19:00"), ("11 17:00", "11 20:00")], "16 18:00"),
        ("before the start", [("09 09:00", "10 09:00")], "15 18:00"),
        ("after it was due", [("15 19:00", "18 09:00")], "15 18:00"),
    ],
)
def test_a_working_day_counts_when_the_clock_runs_at_its_close(name: str, stops: list[tuple[str, str]], due: str) -> None:
    made = [stop(f"2026-06-{a}", f"2026-06-{b}") for a, b in stops]

    assert due_at(at("2026-06-10 10:00"), Span(3, "working_days"), made, CALENDAR) == at(f"2026-06-{due}")


# --- properties --------------------------------------------------------------------------------------------------------------------------
ORIGIN = at("2026-01-05 00:00")
instants = st.integers(0, 150 * 24 * 60).map(lambda m: ORIGIN + timedelta(minutes=m))
spans = st.one_of(
    st.builds(Span, st.integers(1, 5000), st.just("minutes")),
    st.builds(Span, st.integers(1, 400), st.just("hours")),
    st.builds(Span, st.integers(1, 40), st.just("days")),
    st.builds(Span, st.integers(1, 30), st.just("working_days")),
)
ended_stops = st.tuples(instants, st.integers(0, 20 * 24 * 60)).map(lambda s: Stop(s[0], s[0] + timedelta(minutes=s[1])))


@given(instants, spans, st.lists(ended_stops, max_size=5), ended_stops)
def test_a_stop_never_makes_a_promise_due_earlier(start: datetime, span: Span, stops: list[Stop], one_more: Stop) -> None:
    before, after = due_at(start, span, stops, CALENDAR), due_at(start, span, [*stops, one_more], CALENDAR)

    assert before is not None
    assert after is not None
    assert after >= before


@given(instants, spans, st.lists(ended_stops, max_size=5), st.randoms())
def test_the_order_stops_are_told_in_changes_nothing(start: datetime, span: Span, stops: list[Stop], random: object) -> None:
    shuffled = list(stops)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert due_at(start, span, shuffled, CALENDAR) == due_at(start, span, stops, CALENDAR)


@given(instants, st.integers(1, 30), st.lists(ended_stops, max_size=4))
def test_a_working_day_promise_always_falls_at_six_on_a_working_day(start: datetime, days: int, stops: list[Stop]) -> None:
    due = due_at(start, Span(days, "working_days"), stops, CALENDAR)

    assert due is not None
    local = due.astimezone(ZONE)
    assert local.time() == time(18)
    assert CALENDAR.is_working_day(local.date())
    assert local.date() > start.astimezone(ZONE).date()


@given(instants, st.integers(1, 400), st.lists(ended_stops, max_size=5))
def test_hours_are_late_by_exactly_what_the_stops_cover(start: datetime, hours: int, stops: list[Stop]) -> None:
    due = due_at(start, Span(hours, "hours"), stops, CALENDAR)
    assert due is not None

    stood = sum(any(s.from_at <= minute < (s.until_at or minute) for s in stops) for minute in _minutes(start, due))

    assert due - start == timedelta(hours=hours, minutes=stood)


def _minutes(start: datetime, end: datetime) -> list[datetime]:
    return [start + MINUTE * n for n in range(int((end - start) / MINUTE))]


@given(instants, spans, st.lists(ended_stops, max_size=4))
def test_warnings_come_one_after_the_other_and_none_after_the_deadline(start: datetime, span: Span, stops: list[Stop]) -> None:
    due = due_at(start, span, stops, CALENDAR)
    assert due is not None

    half, most, all_of_it = (next_warning_at(start, due, warned) for warned in range(3))

    assert half is not None
    assert most is not None
    assert start < half < most < due == all_of_it


# --- warnings and what is left -------------------------------------------------------------------------------------------------------
def test_warnings_come_at_half_at_four_fifths_and_at_the_end() -> None:
    start, due = at("2026-06-10 10:00"), at("2026-06-10 20:00")

    assert [next_warning_at(start, due, n) for n in range(4)] == [at("2026-06-10 15:00"), at("2026-06-10 18:00"), due, None]


def test_a_stopped_promise_warns_nobody() -> None:
    assert next_warning_at(at("2026-06-10 10:00"), None, 0) is None


@pytest.mark.parametrize(
    ("unit", "now", "minutes", "days", "late"),
    [
        ("hours", "2026-06-12 17:00", 60, None, False),
        ("hours", "2026-06-12 18:00", 0, None, False),
        ("hours", "2026-06-12 18:01", -1, None, True),
        ("working_days", "2026-06-10 10:00", 3360, 2, False),
        ("working_days", "2026-06-12 10:00", 480, 0, False),
        ("working_days", "2026-06-15 10:00", -3840, -1, True),
    ],
)
def test_what_is_left_is_told_in_minutes_and_in_working_days(unit: str, now: str, minutes: int, days: int | None, late: bool) -> None:
    found = left(at("2026-06-12 18:00"), unit, at(now), CALENDAR)

    assert (found.minutes, found.working_days, found.late) == (minutes, days, late)


def test_seconds_past_the_deadline_are_late_already() -> None:
    due = at("2026-06-12 18:00")

    assert left(due, "hours", due + timedelta(seconds=1), CALENDAR).late


def test_an_old_promise_can_be_looked_at_in_a_year_nobody_has_entered() -> None:
    found = left(at("2026-12-28 18:00"), "working_days", at("2027-01-05 09:00"), CALENDAR)

    assert found.late
    assert found.working_days is None
