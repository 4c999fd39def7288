"""When an office works: minutes of work between two instants, and back. Times are minutes since the beginning of 1970, by the office's own clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

DAY: Final = 24 * 60
START: Final = date(1970, 1, 1)
OFFICE: Final = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))

Day = tuple[tuple[int, int], ...]


def minute_of(at: datetime) -> int:
    """Whole minutes of a clock time; seconds are dropped, a time zone is not looked at."""
    return (at.date() - START).days * DAY + at.hour * 60 + at.minute


def day_of(minute: int) -> date:
    return START + timedelta(days=minute // DAY)


@dataclass(frozen=True)
class Hours:
    """
    `week`: for Monday to Sunday the spans of work in minutes of the day. `closed` days have none; on `opened` days (made up for holidays)
    the first day of the week that has hours is worked.
    """

    week: tuple[Day, ...] = (OFFICE,) * 5 + ((), ())
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def of(self, day: date) -> Day:
        if day in self.closed:
            return ()
        if day in self.opened:
            return next((spans for spans in self.week if spans), ())
        return self.week[day.weekday()]

    def is_rest(self, day: date) -> bool:
        return not self.of(day)


ALWAYS: Final = Hours(week=(((0, DAY),),) * 7)


class Calendar:
    """Working minutes counted from `first`; defined until `last`, beyond which work stands still."""

    def __init__(self, hours: Hours, first: date, last: date) -> None:
        """Raises ValueError when nothing is worked between the two."""
        self.hours = hours
        self._from: list[int] = []
        self._before: list[int] = []
        self._until: list[int] = []
        total, day = 0, first
        while day <= last:
            base = (day - START).days * DAY
            for start, end in hours.of(day):
                self._from.append(base + start)
                self._until.append(base + end)
                self._before.append(total)
                total += end - start
            day += timedelta(days=1)
        if not total:
            raise ValueError("no working hours")
        self.total = total

    def worked(self, minute: float) -> float:
        """Working minutes until `minute`."""
        n = bisect_right(self._from, minute) - 1
        if n < 0:
            return 0.0
        return self._before[n] + min(minute, self._until[n]) - self._from[n]

    def wall(self, worked: float) -> float:
        """The first instant until which so many minutes were worked; the end of the calendar at the latest."""
        if worked >= self.total:
            return float(self._until[-1])
        n = max(0, bisect_right(self._before, worked) - 1)
        if worked == self._before[n] and n and worked > 0:
            return float(self._until[n - 1])
        return self._from[n] + worked - self._before[n]

    def later(self, minute: float, work: float) -> float:
        """`minute` moved by so many working minutes (less than 0: earlier); itself for 0."""
        return minute if not work else self.wall(max(0.0, self.worked(minute) + work))


def observed(closings: Collection[int], *, share: float = 0.9) -> Hours:
    """
    Hours guessed from when things were finished (minutes): of each weekday the hours that together hold `share` of its closings, from the
    first to the last of them; a weekday with less than a twentieth of the busiest one is taken as closed. The whole week without closings.
    """
    counts = [[0] * 24 for _n in range(7)]
    for minute in closings:
        counts[(minute // DAY + 3) % 7][minute % DAY // 60] += 1
    most = max((sum(day) for day in counts), default=0)
    if not most:
        return ALWAYS
    return Hours(week=tuple(_span(day, share) if sum(day) * 20 >= most else () for day in counts))


def _span(day: list[int], share: float) -> Day:
    """The shortest run of hours that holds `share` of the day's closings."""
    need = share * sum(day)
    runs = [(end - start, start, end) for start in range(24) for end in range(start + 1, 25) if sum(day[start:end]) >= need]
    _length, start, end = min(runs)
    return ((start * 60, end * 60),)
