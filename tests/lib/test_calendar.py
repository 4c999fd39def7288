"""The work calendar knows the official holidays and make-up workdays, and refuses years it does not know."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib.calendar import WorkCalendar, YearMissing

OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "holidays_cn"
CALENDAR = WorkCalendar()
days = st.dates(date(2005, 1, 1), date(2026, 6, 30))


def test_spring_festival_is_off_and_its_make_up_saturday_is_worked() -> None:
    assert not CALENDAR.is_working_day(date(2026, 2, 17))
    assert CALENDAR.is_working_day(date(2026, 2, 14))
    assert CALENDAR.holiday_name(date(2026, 2, 17)) == "春节"
    assert CALENDAR.holiday_name(date(2026, 2, 14)) is None
    assert CALENDAR.holiday_name(date(2026, 3, 7)) is None


def test_three_working_days_over_the_spring_festival_skip_it_whole() -> None:
    assert CALENDAR.add_working_days(date(2026, 2, 13), 3) == date(2026, 2, 25)
    assert CALENDAR.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)


def test_a_year_without_data_is_refused_by_name() -> None:
    with pytest.raises(YearMissing) as caught:
        CALENDAR.is_working_day(date(2031, 5, 4))
    assert caught.value.year == 2031
    with pytest.raises(YearMissing):
        CALENDAR.add_working_days(date(2026, 12, 30), 400)
    with pytest.raises(YearMissing):
        CALENDAR.working_days_between(date(2003, 12, 1), date(2004, 1, 5))


def test_the_operators_rows_win_and_a_declared_year_is_covered() -> None:
    own = WorkCalendar({date(2026, 3, 2): False, date(2031, 1, 1): False}, years=[2031])
    assert not own.is_working_day(date(2026, 3, 2))
    assert own.covers(2031)
    assert not CALENDAR.covers(2031)
    assert not own.is_working_day(date(2031, 1, 1))
    assert own.is_working_day(date(2031, 1, 2))
    assert not own.is_working_day(date(2031, 1, 4))


def test_a_single_row_does_not_declare_its_year() -> None:
    own = WorkCalendar({date(2031, 1, 1): False})
    assert not own.is_working_day(date(2031, 1, 1))
    with pytest.raises(YearMissing):
        own.is_working_day(date(2031, 1, 2))


def test_an_instant_is_not_a_day() -> None:
    with pytest.raises(TypeError):
        CALENDAR.is_working_day(datetime(2026, 1, 1))  # noqa: DTZ001 - a naive instant is just what must be refused


def test_working_days_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(date(2026, 1, 5), -1)


@given(days, st.integers(1, 60))
def test_adding_and_counting_agree(day: date, n: int) -> None:
    end = CALENDAR.add_working_days(day, n)

    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_between(day, end) == n
    assert CALENDAR.working_days_between(end, day) == -n


@given(days, st.integers(0, 60), st.integers(0, 60))
def test_adding_in_two_steps_is_adding_at_once(day: date, a: int, b: int) -> None:
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(day, a), b) == CALENDAR.add_working_days(day, a + b)


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"no official calendars at {OFFICIAL.name} beside the repository")
def test_every_day_agrees_with_the_published_notices() -> None:
    published: dict[date, bool] = {}
    for file in sorted(OFFICIAL.glob("20*.json")):  # in order: a later notice may settle the last days of the year before
        published |= {date.fromisoformat(row["date"]): not row["isOffDay"] for row in json.loads(file.read_text(encoding="utf-8"))["days"]}
    every_day = [date(2007, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2007, 1, 1)).days)]

    different = [day for day in every_day if CALENDAR.is_working_day(day) != published.get(day, day.weekday() < 5)]

    assert different == []
    assert len(published) > 500
