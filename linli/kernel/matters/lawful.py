"""Days counted the law's way with the house's own calendar: notice, posting, service by announcement, the year for a challenge."""

from __future__ import annotations

from datetime import date, datetime

from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.promises import calendar
from linli.law.periods import Period, PeriodUnit, period
from linli.lib.calendar import WorkCalendar, YearMissing


def counted(since: date | datetime, amount: int, unit: PeriodUnit = "days") -> Period:
    """
    `amount` days, months or years from the day of `since` (Civil Code 200-204). The official calendar of a coming year is published in the
    autumn before: a last day in a year not yet known gives way to a weekend alone, for a notice that must go out today cannot wait for it.

    Raises ValueError for less than one, YearMissing for working days of a year nobody knows.
    """
    try:
        return period(since, amount, calendar(), unit=unit, zone=ZONE)
    except YearMissing as missing:
        if unit == "working_days":
            raise
        return period(since, amount, WorkCalendar({}, [missing.year]), unit=unit, zone=ZONE)


def first_moment_after(since: datetime, days: int) -> datetime:
    """The first instant that is no longer in the `days` after `since`: midnight after the last day; `since` itself for none."""
    return counted(since, days).ends_at(ZONE) if days else since
