"""Days are counted the law's way: not the first, the last to its end, and not on a day off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law.periods import earliest_after_notice, hours, latest_notice, period, working_day_from
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.lib.units import SHANGHAI

CALENDAR = WorkCalendar()


def test_fifteen_days_of_notice_over_mid_autumn_as_the_facts_count_them() -> None:
    """TV-J: published on 11 September 2026; the plain last day is a holiday, so it moves to Monday the 28th."""
    found = period(datetime(2026, 9, 11, 10, tzinfo=SHANGHAI), 15, CALENDAR)

    assert found.first_day == date(2026, 9, 12)
    assert found.last_day_plain == date(2026, 9, 26)
    assert found.last_day == date(2026, 9, 28)
    assert found.next_day == date(2026, 9, 29)
    assert found.moved


@pytest.mark.parametrize(
    ("trigger", "amount", "unit", "plain", "last"),
    [
        (date(2026, 3, 2), 1, "days", date(2026, 3, 3), date(2026, 3, 3)),
        (date(2026, 3, 3), 3, "days", date(2026, 3, 6), date(2026, 3, 6)),
        (date(2026, 3, 4), 3, "days", date(2026, 3, 7), date(2026, 3, 9)),  # a Saturday
        (date(2026, 2, 7), 7, "days", date(2026, 2, 14), date(2026, 2, 14)),  # a Saturday made up for: a working day
        (date(2026, 2, 8), 7, "days", date(2026, 2, 15), date(2026, 2, 24)),  # Spring Festival
        (date(2026, 9, 24), 7, "days", date(2026, 10, 1), date(2026, 10, 8)),  # National Day
        (date(2026, 3, 2), 5, "working_days", date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 1, 31), 1, "months", date(2026, 2, 28), date(2026, 2, 28)),  # no 31st: the last of the month, here a working Saturday
        (date(2025, 3, 10), 1, "years", date(2026, 3, 10), date(2026, 3, 10)),
        (date(2024, 2, 29), 1, "years", date(2025, 2, 28), date(2025, 2, 28)),
        (date(2025, 10, 3), 1, "years", date(2026, 10, 3), date(2026, 10, 8)),  # annulment ends inside a holiday
    ],
)
def test_a_period_ends_where_the_code_says(trigger: date, amount: int, unit: str, plain: date, last: date) -> None:
    found = period(trigger, amount, CALENDAR, unit=unit)

    assert found.first_day == trigger + timedelta(days=1)
    assert (found.last_day_plain, found.last_day) == (plain, last)


def test_a_period_is_half_open() -> None:
    found = period(date(2026, 3, 2), 3, CALENDAR)

    assert not found.contains(datetime(2026, 3, 2, 23, 59, 59, tzinfo=SHANGHAI))
    assert found.contains(datetime(2026, 3, 3, tzinfo=SHANGHAI))
    assert found.contains(datetime(2026, 3, 5, 23, 59, 59, 999999, tzinfo=SHANGHAI))
    assert not found.contains(datetime(2026, 3, 6, tzinfo=SHANGHAI))
    assert found.over(datetime(2026, 3, 5, 16, tzinfo=UTC))
    assert not found.over(datetime(2026, 3, 5, 15, 59, tzinfo=UTC))


def test_the_day_of_the_act_is_the_day_where_it_happened() -> None:
    late_evening_in_utc = datetime(2026, 3, 2, 17, tzinfo=UTC)  # already the 3rd in Shanghai

    assert period(late_evening_in_utc, 1, CALENDAR).first_day == date(2026, 3, 4)


def test_hours_run_through_nights_and_days_off() -> None:
    assert hours(datetime(2026, 10, 1, 9, tzinfo=SHANGHAI), 48) == datetime(2026, 10, 3, 9, tzinfo=SHANGHAI)


def test_a_day_without_calendar_is_refused_not_guessed() -> None:
    with pytest.raises(YearMissing):
        period(date(2030, 1, 31), 15, CALENDAR)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_period_without_days_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        period(date(2026, 3, 2), amount, CALENDAR)
    with pytest.raises(ValueError, match="at least one day"):
        latest_notice(date(2026, 3, 2), amount, CALENDAR)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        period(datetime(2026, 3, 2, 9), 1, CALENDAR)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="time zone"):
        hours(datetime(2026, 3, 2, 9), 1)  # noqa: DTZ001 - naive on purpose


DAYS = st.dates(date(2024, 2, 1), date(2026, 10, 31))


@given(DAYS, st.integers(1, 40))
def test_the_latest_notice_is_the_last_that_is_early_enough(meeting: date, days: int) -> None:
    found = latest_notice(meeting, days, CALENDAR)

    assert earliest_after_notice(found, days, CALENDAR) <= meeting
    assert earliest_after_notice(found + timedelta(days=1), days, CALENDAR) > meeting


@given(DAYS, st.integers(1, 40))
def test_a_period_never_ends_on_a_day_off_and_is_never_shorter_than_stated(start: date, days: int) -> None:
    found = period(start, days, CALENDAR)

    assert CALENDAR.is_working_day(found.last_day)
    assert (found.last_day - start).days >= days
    assert working_day_from(found.last_day, CALENDAR) == found.last_day
