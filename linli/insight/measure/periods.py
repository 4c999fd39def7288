"""
Periods figures are about: a month, a quarter or a year of the place's own time. "2026-10", "2026-Q3", "2026".

A period is half-open: from the first instant of its first day until before the first instant of the day after its last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final, Literal

from linli.insight.measure.problems import refuse
from linli.lib.units import SHANGHAI

Unit = Literal["month", "quarter", "year"]
_LENGTHS: Final[dict[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
_WRITTEN: Final = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, order=True)
class Period:
    """`first` is the first day of its first month, `months` how many it has (1, 3 or 12)."""

    first: date
    months: int

    @property
    def unit(self) -> Unit:
        return next(unit for unit, length in _LENGTHS.items() if length == self.months)

    @property
    def next_first(self) -> date:
        """The first day that is no longer in it."""
        return later(self.first, self.months)

    def __str__(self) -> str:
        if self.months == 12:
            return f"{self.first.year}"
        if self.months == 3:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first:%Y-%m}"

    def name(self, language: str) -> str:
        """As a page says it: 2026 年 10 月, 2026 年第三季度; October 2026 stays 2026-10 in English."""
        if not language.lower().startswith("zh"):
            return str(self).replace("-Q", " Q")
        if self.months == 12:
            return f"{self.first.year} 年"
        if self.months == 3:
            return f"{self.first.year} 年第{'一二三四'[(self.first.month - 1) // 3]}季度"
        return f"{self.first.year} 年 {self.first.month} 月"

    def begins_at(self, zone: tzinfo = SHANGHAI) -> datetime:
        return datetime(self.first.year, self.first.month, 1, tzinfo=zone).astimezone(UTC)

    def ends_at(self, zone: tzinfo = SHANGHAI) -> datetime:
        """The first instant that is no longer in it."""
        end = self.next_first
        return datetime(end.year, end.month, 1, tzinfo=zone).astimezone(UTC)

    def over(self, now: datetime, zone: tzinfo = SHANGHAI) -> bool:
        return now >= self.ends_at(zone)

    def before(self, count: int = 1) -> Period:
        """The period of the same length `count` periods earlier."""
        return Period(later(self.first, -count * self.months), self.months)

    def a_year_before(self) -> Period:
        return Period(later(self.first, -12), self.months)

    def year_to_end(self) -> Period:
        """The twelve months that end where it ends."""
        return Period(later(self.next_first, -12), 12)

    def each_month(self) -> Iterator[Period]:
        for n in range(self.months):
            yield Period(later(self.first, n), 1)

    @property
    def keys(self) -> tuple[str, ...]:
        """Its months as the lake names them."""
        return tuple(str(month) for month in self.each_month())


def later(first: date, months: int) -> date:
    """The first day of the month that many months on."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def period(text: str) -> Period:
    """Read "2026-10", "2026-Q3" or "2026". Raises InputProblem."""
    found = _WRITTEN.fullmatch(text.strip().upper())
    if not found:
        raise refuse(
            "bad_period",
            "期间请写成 2026-10（一个月）、2026-Q3（一个季度）或 2026（一年）。",
            "Write the period as 2026-10 (a month), 2026-Q3 (a quarter) or 2026 (a year).",
        )
    year, quarter, month = int(found["year"]), found["quarter"], found["month"]
    if quarter:
        return Period(date(year, 3 * int(quarter) - 2, 1), 3)
    return Period(date(year, int(month), 1), 1) if month else Period(date(year, 1, 1), 12)


def period_of(unit: Unit, day: date) -> Period:
    """The month, quarter or year a day lies in."""
    length = _LENGTHS[unit]
    return Period(date(day.year, (day.month - 1) // length * length + 1, 1), length)


def months_between(first: Period, last: Period) -> list[Period]:
    """Every month from the first of one to the last of the other, both included."""
    found, day = [], first.first
    while day < last.next_first:
        found.append(Period(day, 1))
        day = later(day, 1)
    return found
