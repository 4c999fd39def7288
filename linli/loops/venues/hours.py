"""
Opening hours, pure: a week as people write it, what is promised on a day, and how real openings keep the promise.

A span is (from, to) in whole minutes from midnight by the clock of the place; a day holds spans in order that do not touch. Nothing runs over
midnight: such an opening is written as two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any, Final

from linli.lib.problems import InputProblem

Span = tuple[int, int]
Day = tuple[Span, ...]
Week = tuple[Day, ...]
Moment = tuple[datetime, datetime]

DAYS: Final = 7
EVENING: Final = 18 * 60
LOOK_AHEAD: Final = 15
NEVER: Final[Week] = ((),) * DAYS
_WEEKDAYS: Final = "一二三四五六日"
_ENGLISH: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"(\d{1,2})(?::?(\d{2}))?\s*(?:-|–|—|~|至|到)\s*(\d{1,2})(?::?(\d{2}))?")
_CLOSED: Final = ("", "-", "休", "休息", "不开", "不开放", "关", "关闭", "closed", "无")
_DAYS: Final = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?:\s*(?:-|–|—|~|至|到)\s*(?:周|星期|礼拜)?([一二三四五六日天]))?|(每天|每日|工作日|周末|双休日)"
    r"|\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*(?:\s*(?:-|–|—|~|to)\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*)?|\b(daily|weekdays|weekends)\b",
    re.IGNORECASE,
)


def read_day(text: str) -> Day:
    """ "09:00-12:00 14:00-17:30" as spans; empty or 休 is closed. Raises InputProblem that says how to write it."""
    bare = unicodedata.normalize("NFKC", text).replace("点", ":00").strip().lower()
    if bare in _CLOSED:
        return ()
    spans, rest = [], bare
    for match in _SPAN.finditer(bare):
        rest = rest.replace(match[0], " ", 1)
        spans.append((_minute(match[1], match[2]), _minute(match[3], match[4])))
    if re.sub(r"[\s、,;和及/]+", "", rest) or not spans:
        raise InputProblem(
            "hours",
            "开放时间请写成“09:00-12:00 14:00-17:30”；不开放就空着。",
            'Write opening hours as "09:00-12:00 14:00-17:30"; leave them empty where it is closed.',
        )
    return checked_day(spans)


def _minute(hour: str, minute: str | None) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if found > 24 * 60 or int(minute or 0) > 59:
        raise InputProblem("hours", "时刻请写 00:00 到 24:00。", "A time of day lies between 00:00 and 24:00.")
    return found


def checked_day(spans: Iterable[Sequence[int]]) -> Day:
    """The spans in order. Raises InputProblem for one that ends before it begins, or two that overlap."""
    ordered = sorted((int(a), int(b)) for a, b in spans)
    for start, end in ordered:
        if not 0 <= start < end <= 24 * 60:
            raise InputProblem(
                "hours",
                "每一段的结束要晚于开始；跨过午夜的请分成两天写。",
                "Each opening must end after it begins; write one over midnight on two days.",
            )
    for (_start, end), (following, _end) in pairwise(ordered):
        if following < end:
            raise InputProblem("hours", "同一天里有两段时间重叠，请改一段。", "Two openings of one day overlap; change one.")
    made: list[Span] = []
    for start, end in ordered:
        if made and made[-1][1] == start:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return tuple(made)


def week_from(data: Any) -> Week:
    """A week from plain data (seven lists of pairs). Raises InputProblem."""
    if not isinstance(data, list | tuple) or len(data) != DAYS:
        raise InputProblem("hours", "一周要有七天，从周一到周日。", "A week has seven days, Monday first.")
    return tuple(checked_day(day) for day in data)


def read_week(text: str) -> Week:
    """
    "周一至周五 09:00-12:00 14:00-17:30；周六 09:00-12:00" as a week. Days that are not named are closed.

    Raises InputProblem.
    """
    problem = InputProblem(
        "hours",
        "开放时间请写成“周一至周五 09:00-12:00 14:00-17:30；周六 09:00-12:00”。",
        'Write the week as "Mon-Fri 09:00-12:00 14:00-17:30; Sat 09:00-12:00".',
    )
    bare = unicodedata.normalize("NFKC", text).strip()
    found = list(_DAYS.finditer(bare))
    if not found or bare[: found[0].start()].strip(" ;,、。"):
        raise problem
    week: list[Day] = [()] * DAYS
    starts = [m.start() for m in found[1:]] + [len(bare)]
    waiting: list[int] = []
    for match, end in zip(found, starts, strict=True):
        waiting += _named(match)
        spans = bare[match.end() : end].strip(" :;,、。和及\n")
        if not spans and end != len(bare):
            continue  # 周一、周三 09:00-12:00: the hours follow the last day named
        for day in waiting:
            if week[day]:
                raise InputProblem("hours", "同一天写了两次，请合在一起写。", "A day is named twice; write its hours together.")
            week[day] = read_day(spans)
        waiting = []
    return tuple(week)


def _named(match: re.Match[str]) -> list[int]:
    if match[1]:
        first = _WEEKDAYS.index(match[1].replace("天", "日"))
        last = _WEEKDAYS.index(match[2].replace("天", "日")) if match[2] else first
    elif match[4]:
        first = _ENGLISH.index(match[4].lower()[:3])
        last = _ENGLISH.index(match[5].lower()[:3]) if match[5] else first
    else:
        first, last = {"每天": (0, 6), "每日": (0, 6), "daily": (0, 6), "工作日": (0, 4), "weekdays": (0, 4)}.get(
            (match[3] or match[6]).lower(), (5, 6)
        )
    if last < first:
        raise InputProblem("hours", "星期请从前往后写，例如“周一至周五”。", 'Write days forward, such as "Mon-Fri".')
    return list(range(first, last + 1))


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def day_text(day: Day) -> str:
    """ "09:00–12:00, 14:00–17:30"; empty for a day it is closed. `read_day` reads it back."""
    return ", ".join(f"{clock(a)}–{clock(b)}" for a, b in day)


def week_text(week: Week) -> str:
    """The week as a sheet holds it; `read_week` reads it back. Empty for a week in which it never opens."""
    parts = []
    for first, last, day in runs(week):
        if day:
            name = f"周{_WEEKDAYS[first]}" + (f"至周{_WEEKDAYS[last]}" if last > first else "")
            parts.append(f"{name} {day_text(day).replace('–', '-')}")
    return "；".join(parts)


def runs(week: Week) -> list[tuple[int, int, Day]]:
    """Days in a row with the same hours: (first, last, hours)."""
    made: list[tuple[int, int, Day]] = []
    for n, day in enumerate(week):
        if made and made[-1][2] == day:
            made[-1] = (made[-1][0], n, day)
        else:
            made.append((n, n, day))
    return made


def minutes(day: Day) -> int:
    return sum(end - start for start, end in day)


def weekly_minutes(week: Week) -> int:
    return sum(minutes(day) for day in week)


def evening_minutes(week: Week) -> int:
    """Minutes after 18:00 in a week."""
    return sum(max(0, end - max(start, EVENING)) for day in week for start, end in day)


def weekend_minutes(week: Week) -> int:
    """Minutes on Saturday and Sunday."""
    return sum(minutes(day) for day in week[5:])


# --- what is promised -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Plan:
    """Weekly hours in force from `starts_on` until the day before `ends_on` (None: still)."""

    week: Week
    starts_on: date
    ends_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Promise:
    """All the hours of a venue: the plans, and days that differ (empty spans: closed that day) with their reasons."""

    plans: Sequence[Plan] = ()
    exceptions: Mapping[date, Day] = field(default_factory=dict)
    reasons: Mapping[date, str] = field(default_factory=dict)

    def week_on(self, day: date) -> Week | None:
        """The weekly hours in force on a day; None when none are."""
        return next((p.week for p in self.plans if p.holds_on(day)), None)

    def on(self, day: date) -> Day | None:
        """The hours of a day; None when nothing is promised for it."""
        if day in self.exceptions:
            return self.exceptions[day]
        week = self.week_on(day)
        return None if week is None else week[day.weekday()]

    def moments(self, first: date, last: date, zone: tzinfo) -> list[Moment]:
        """Every promised opening from `first` to `last`, both included, as instants in order."""
        found = []
        day = first
        while day <= last:
            midnight = datetime.combine(day, time(), zone)
            found += [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in self.on(day) or ()]
            day += timedelta(days=1)
        return found

    def around(self, now: datetime, zone: tzinfo) -> tuple[Moment | None, Moment | None]:
        """(the promised opening `now` lies in, the next one to come within two weeks)."""
        today = now.astimezone(zone).date()
        listed = self.moments(today, today + timedelta(days=LOOK_AHEAD), zone)
        return next((m for m in listed if m[0] <= now < m[1]), None), next((m for m in listed if m[0] > now), None)


# --- what was kept ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Kept:
    """Minutes promised, minutes of them it was really open, and minutes open beyond the promise."""

    promised: int
    kept: int
    beyond: int

    @property
    def missed(self) -> int:
        return self.promised - self.kept


def kept(promised: Sequence[Moment], real: Sequence[Moment]) -> Kept:
    """Compare promised openings with real ones; neither list overlaps within itself. Exact to the second, told in whole minutes."""
    both = sum((max(timedelta(), min(end, until) - max(start, since)) for start, end in promised for since, until in real), timedelta())
    told, was = (sum((end - start for start, end in listed), timedelta()) for listed in (promised, real))
    return Kept(_whole(told), _whole(both), _whole(was - both))


def _whole(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


@dataclass(frozen=True)
class Standing:
    """
    Is it open now, and how do we know: `by` is "log" (somebody opened or closed it and logged it), "hours" (the promise alone) or "" when
    nothing is promised. `until` is when that ends by the promise, `next_at` when it opens next.
    """

    open: bool
    by: str
    until: datetime | None = None
    next_at: datetime | None = None
    early: bool = False
    forgotten: bool = False


FORGOTTEN: Final = timedelta(hours=18)


def standing(promise: Promise, last: tuple[datetime, datetime | None] | None, now: datetime, zone: tzinfo) -> Standing:
    """
    What holds at `now`. `last` is the last logged opening (closed or not). A log left open for eighteen hours is taken for forgotten: then
    the promise speaks.
    """
    current, following = promise.around(now, zone)
    following_at = following[0] if following else None
    if last is not None and last[1] is None:
        if now - last[0] < FORGOTTEN:
            return Standing(True, "log", current[1] if current else None, following_at)
        return Standing(current is not None, "hours", current[1] if current else None, following_at, forgotten=True)
    if current is None:
        return Standing(False, "hours" if promise.plans or promise.exceptions else "", None, following_at)
    if last is not None and last[1] is not None and current[0] < last[1] <= now:
        return Standing(False, "log", None, following_at, early=True)
    return Standing(True, "hours", current[1], following_at)
