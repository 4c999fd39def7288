"""
The arithmetic of promises: pure, replayable from logged events alone.

Hours, minutes and days run around the clock; a stop adds exactly its own length. Working days are counted on the official
calendar from the day after the start: a working day counts when the clock is running at its close (18:00 local time), and the
promise is due at the close of the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from linli.lib.calendar import WorkCalendar

CLOSE_OF_DAY = time(18)
ZONE = ZoneInfo("Asia/Shanghai")
_MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60}
# Warnings go out when this much of the time is gone: to the holder, to the holder's superior, to both.
WARNING_SHARES = ((1, 2), (4, 5), (1, 1))


@dataclass(frozen=True)
class Span:
    """`amount` whole `unit`s: minutes, hours, days or working_days."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Stop:
    """The clock stands still from `from_at` until `until_at` (None: still standing). At both instants themselves it counts as running."""

    from_at: datetime
    until_at: datetime | None

    def covers(self, moment: datetime) -> bool:
        return self.from_at < moment and (self.until_at is None or moment < self.until_at)


def due_at(start: datetime, span: Span, stops: Sequence[Stop], calendar: WorkCalendar, zone: tzinfo = ZONE) -> datetime | None:
    """
    When a promise of `span` made at `start` is due, given its `stops`; None while it stands still.

    Raises YearMissing when a working day is asked of a year the calendar does not know.
    """
    if any(stop.until_at is None and stop.from_at < _reach(start, span, stops, calendar, zone) for stop in stops):
        return None
    return _reach(start, span, stops, calendar, zone)


def _reach(start: datetime, span: Span, stops: Sequence[Stop], calendar: WorkCalendar, zone: tzinfo) -> datetime:
    ended = [stop for stop in stops if stop.until_at is not None]
    if span.unit == "working_days":
        return _working_days(start, span.amount, ended, calendar, zone)
    due, counted = start + timedelta(minutes=span.amount * _MINUTES[span.unit]), start
    for stop in sorted(ended, key=lambda s: s.from_at):
        # What an earlier stop already covered counts once, however the stops overlap.
        from_at = max(stop.from_at, counted)
        if stop.until_at is not None and from_at < due and stop.until_at > from_at:
            due, counted = due + (stop.until_at - from_at), stop.until_at
    return due


def _working_days(start: datetime, amount: int, stops: Iterable[Stop], calendar: WorkCalendar, zone: tzinfo) -> datetime:
    day, left = start.astimezone(zone).date(), amount
    while left:
        day += timedelta(days=1)
        if calendar.is_working_day(day) and not any(stop.covers(_close(day, zone)) for stop in stops):
            left -= 1
    return _close(day, zone)


def _close(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, CLOSE_OF_DAY, tzinfo=zone)


def next_warning_at(start: datetime, due: datetime | None, warned: int) -> datetime | None:
    """
    The moment of the next warning after `warned` of them were given; None when stopped or when none is left.

    Shares are of the time on the wall between start and due, so that every warning falls before the next.
    """
    if due is None or warned >= len(WARNING_SHARES):
        return None
    over, under = WARNING_SHARES[warned]
    return start + (due - start) * over / under


@dataclass(frozen=True)
class Left:
    """What is left of a promise: `working_days` (for working-day promises) or `minutes`; negative when late."""

    minutes: int
    working_days: int | None

    @property
    def late(self) -> bool:
        return self.minutes < 0


def left(due: datetime, unit: str, now: datetime, calendar: WorkCalendar, zone: tzinfo = ZONE) -> Left:
    """How far `due` is from `now`, in whole minutes rounded down, and in working days for a working-day promise of known years."""
    minutes = (due - now) // timedelta(minutes=1)
    today, last = now.astimezone(zone).date(), due.astimezone(zone).date()
    # Looking at an old promise in a year nobody has entered yet must not fail: then only the minutes are told.
    if unit != "working_days" or not all(calendar.covers(year) for year in range(min(today, last).year, max(today, last).year + 1)):
        return Left(minutes, None)
    return Left(minutes, calendar.working_days_between(today, last))
