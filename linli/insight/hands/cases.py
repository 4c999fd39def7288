"""What an office's past is made of: one case a row, and what its records tell of handling times without waiting for those still open."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

OPEN: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Case:
    """
    One piece of work: when it came, when it was finished (None: not yet), within how many minutes it was promised (None: no promise), its
    category, whose it is (a department or unit), how urgent (the smaller the sooner). Of no person, neither who asked nor who worked.
    """

    opened: int
    closed: int | None
    promise: int | None = None
    category: str = ""
    group: str = ""
    priority: int = 0

    def known_at(self, cut: int) -> Case:
        """The case as the records told it at `cut`: what was finished later was open then."""
        if self.closed is not None and self.closed > cut:
            return Case(self.opened, None, self.promise, self.category, self.group, self.priority)
        return self

    def in_time(self, now: int) -> bool | None:
        """Whether the promise was kept; None when there is none, or when it is open and not yet due at `now`."""
        if self.promise is None:
            return None
        if self.closed is not None:
            return self.closed - self.opened <= self.promise
        return None if now - self.opened <= self.promise else False


def share_in_time(cases: Iterable[Case], now: int) -> tuple[int, int]:
    """How many promises were kept, of how many that can be told at `now`."""
    told = [kept for case in cases if (kept := case.in_time(now)) is not None]
    return sum(told), len(told)


@dataclass(frozen=True)
class Curve:
    """
    How many are still open after so many minutes: `after` rises, `open_` falls (E. Kaplan & P. Meier 1958). Beyond the records it goes on
    at a steady `rate` a minute (B. Brown, M. Hollander & R. Korwar 1974), that of the later half of them.
    """

    after: tuple[float, ...]
    open_: tuple[float, ...]
    longest: float
    rate: float

    def later_than(self, minutes: float) -> float:
        """The share still open after `minutes`."""
        n = bisect_left(self.after, minutes + 1e-9)
        return self.open_[n - 1] if n else 1.0

    def beyond(self, minutes: float, chance: float) -> float:
        """
        When something is finished that is still open after `minutes`: the time that a share `chance` of such need at most. OPEN for what
        nothing in the records says would ever be finished.
        """
        goal = self.later_than(minutes) * (1 - chance)
        low, high = bisect_left(self.after, minutes + 1e-9), len(self.after)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.open_[middle] <= goal else (middle + 1, high)
        if low < len(self.after):
            return self.after[low]
        begin = max(minutes, self.longest)
        left = self.later_than(begin)
        return begin - log(goal / left) / self.rate if goal > 0 and left > 0 and self.rate > 0 else OPEN


def curve_of(cases: Sequence[Case], cut: int, weights: Sequence[float] | None = None) -> Curve:
    """The curve of `cases` as they stood at `cut`, where open ones count until then only. `weights`: how much each counts."""
    heavy = weights or [1.0] * len(cases)
    rows = sorted(
        ((case.closed if case.closed is not None else cut) - case.opened, case.closed is None, weight)
        for case, weight in zip(cases, heavy, strict=True)
    )
    longest = rows[-1][0] if rows else 0
    exposed = sum(weight * max(0.0, minutes - longest / 2) for minutes, _open, weight in rows)
    late = sum(weight for minutes, is_open, weight in rows if minutes > longest / 2 and not is_open)
    left, still = sum(heavy), 1.0
    after: list[float] = []
    open_: list[float] = []
    n = 0
    while n < len(rows):
        minutes, finished, gone = rows[n][0], 0.0, 0.0
        while n < len(rows) and rows[n][0] == minutes:
            finished += 0.0 if rows[n][1] else rows[n][2]
            gone += rows[n][2]
            n += 1
        if finished:
            still *= max(0.0, 1 - finished / left)
            after.append(float(minutes))
            open_.append(still)
        left = max(left - gone, 1e-12)
    return Curve(tuple(after), tuple(open_), float(longest), late / exposed if exposed else 0.0)
