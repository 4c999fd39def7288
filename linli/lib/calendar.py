"""
The official mainland work calendar: public holidays, and weekend days made up for as workdays.

The base years come from the `chinesecalendar` package (State Council notices); the operator adds or overrides single days
and declares further years complete. A year without data is refused, never guessed: a deadline counted over
an unknown Spring Festival would be wrong for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from chinese_calendar import Holiday, holidays, workdays

_BASE_YEARS = frozenset(day.year for day in holidays)
_NAMES = MappingProxyType({kind.value: kind.chinese for kind in Holiday})
_ONE_DAY = timedelta(days=1)
_NO_DAYS: Mapping[date, bool] = MappingProxyType({})


class YearMissing(LookupError):
    """The work calendar of `year` is not known. Mend: enter that year's holidays and make-up workdays."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the work calendar of {year} is missing: enter its holidays and make-up workdays, then declare it complete")
        self.year = year


class WorkCalendar:
    """
    Working days of the mainland. Cheap to make, immutable afterwards, safe to share between threads.

    `days` are the operator's own rows (True: working day, False: day off) and win over everything; `years` are years
    the operator declares complete, so that their days without a row are ordinary (Monday to Friday work).
    """

    def __init__(self, days: Mapping[date, bool] = _NO_DAYS, years: Iterable[int] = ()) -> None:
        self._days = dict(days)
        self._declared = frozenset(years)

    def covers(self, year: int) -> bool:
        """Whether every day of `year` can be told."""
        return year in self._declared or year in _BASE_YEARS

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`. Raises YearMissing when neither a row nor its year is known."""
        day = _plain(day)
        own = self._days.get(day)
        if own is not None:
            return own
        if not self.covers(day.year):
            raise YearMissing(day.year)
        if day in workdays:
            return True
        return day.weekday() < 5 and day not in holidays

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after `day`."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, n: int) -> date:
        """The `n`-th working day strictly after `day`; n = 0 is `day` itself, whatever it is. Raises ValueError for n < 0."""
        if n < 0:
            raise ValueError("working days are added forwards only")
        day = _plain(day)
        while n:
            day += _ONE_DAY
            n -= self.is_working_day(day)
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days d there are with a < d <= b; negative, and symmetric, when b is before a."""
        a, b = _plain(a), _plain(b)
        if b < a:
            return -self.working_days_between(b, a)
        count = 0
        while a < b:
            a += _ONE_DAY
            count += self.is_working_day(a)
        return count

    def holiday_name(self, day: date) -> str | None:
        """The Chinese name of the public holiday that makes `day` a day off, or None (weekends and own rows have no name)."""
        day = _plain(day)
        if self.is_working_day(day) or day not in holidays:
            return None
        return _NAMES[holidays[day]]


_source: list[Callable[[], WorkCalendar]] = [WorkCalendar]


def put_in_force(source: Callable[[], WorkCalendar]) -> None:
    """Whoever keeps an operator's own rows and years says here where the calendar in force is read."""
    _source[:] = [source]


def in_force() -> WorkCalendar:
    """The official calendar with the operator's rows and years, where there is an operator; for rooms below the one that keeps them."""
    return _source[0]()


def _plain(day: date) -> date:
    """A datetime is a date too, but never equals one; an instant must be turned into a local day by whoever knows the zone."""
    if type(day) is not date:
        raise TypeError(f"a date is needed, not {type(day).__name__}")
    return day
