"""The demo neighbourhood can be made on any day, also where the last day of a notice falls into a weekend or the long holidays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from linli.config.setup import load_reference_data
from linli.demo.build import build
from linli.demo.years import SOURCE
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import CalendarYear, WorkDay
from linli.kernel.matters.promises import calendar
from linli.loops.council.ballots.models import Ballot


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("day", [pytest.param("2026-10-20", marks=pytest.mark.any_database), "2026-12-28"])
def test_the_hamlet_is_built_on_any_day(day: str) -> None:
    now = datetime.fromisoformat(f"{day}T11:00").replace(tzinfo=ZONE)
    load_reference_data(now)

    given = {year: calendar().covers(year) for year in (2026, 2027, 2028)}
    made = build("hamlet", now)

    # Only the demo enters a year that nobody has published, and says on it what it is.
    entered = {row.year for row in CalendarYear.objects.all()}
    assert not any(given[year] for year in entered) and {now.year, (now + timedelta(days=60)).year} <= {
        y for y in given if calendar().covers(y)
    }
    assert set(WorkDay.objects.values_list("name", flat=True)) <= {SOURCE} and WorkDay.objects.count() == 12 * len(entered)
    assert made["requests"] > 50 and made["residents"] > 200
    assert sorted(Ballot.objects.values_list("state", flat=True)) == ["announced", "counted", "open"]
