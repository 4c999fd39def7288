"""When work comes: by category, day and hour, out of the past; and days like those, made up with a fixed seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import exp
from random import Random

from linli.insight.hands.cases import Case
from linli.insight.hands.hours import DAY, START, day_of


def kind_of(day: date, rest: Collection[date], made_up: Collection[date] = ()) -> int:
    """0 to 6 for Monday to Sunday, 7 for a holiday that falls on a working day; a day made up for one counts as a Monday."""
    if day in made_up:
        return 0
    return 7 if day in rest and day.weekday() < 5 else day.weekday()


@dataclass(frozen=True)
class Arrivals:
    """
    `a_day[category][kind of day]` cases come, spread over the hours by `hours[kind of day]` (24 shares). Poisson, as many people who do not
    know of each other (A. Erlang 1909), times a `spread` from day to day (1: none beyond that; events and weather make it larger).
    """

    a_day: dict[str, tuple[float, ...]]
    hours: tuple[tuple[float, ...], ...]
    spread: float
    rest: frozenset[date]
    made_up: frozenset[date]

    def days(self, first: date, count: int, random: Random) -> list[tuple[int, str]]:
        """(minute, category) of `count` days from `first` on, in the order of time."""
        found: list[tuple[int, str]] = []
        sums = [list(accumulate(shares)) for shares in self.hours]
        for n in range(count):
            day = first + timedelta(days=n)
            kind = kind_of(day, self.rest, self.made_up)
            base = (day - START).days * DAY
            swing = random.gammavariate(1 / (self.spread - 1), self.spread - 1) if self.spread > 1.001 else 1.0
            for category, levels in self.a_day.items():
                for _case in range(_poisson(levels[kind] * swing, random)):
                    (hour,) = random.choices(range(24), cum_weights=sums[kind])
                    found.append((base + hour * 60 + random.randrange(60), category))
        return sorted(found)


def _poisson(mean: float, random: Random) -> int:
    """D. Knuth 1969 below thirty, the normal beyond."""
    if mean > 30:
        return max(0, round(random.gauss(mean, mean**0.5)))
    goal, n, product = exp(-mean), 0, random.random()
    while product > goal:
        n, product = n + 1, product * random.random()
    return n


def arrivals_of(cases: Sequence[Case], first: date, last: date, *, rest: Collection[date] = (), made_up: Collection[date] = ()) -> Arrivals:
    """
    Learned from `cases` that came from `first` to `last` (both whole days). Each category has a level of its own and the office's shape of
    the week, as most categories alone are too few to have one; a kind of day that never occurred is taken as a Sunday.
    """
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    kinds = {day: kind_of(day, rest, made_up) for day in days}
    many = Counter(kinds.values())
    by_day: Counter[date] = Counter()
    by_category: Counter[str] = Counter()
    by_hour: dict[int, Counter[int]] = defaultdict(Counter)
    for case in cases:
        day = day_of(case.opened)
        if day in kinds:
            by_day[day] += 1
            by_category[case.category] += 1
            by_hour[kinds[day]][case.opened % DAY // 60] += 1
    total = sum(by_day.values())
    mean = [sum(by_day[d] for d in days if kinds[d] == kind) / many[kind] if many[kind] else -1.0 for kind in range(8)]
    sunday = mean[6] if mean[6] >= 0 else total / max(1, len(days))
    level = [m if m >= 0 else sunday for m in mean]
    a_day = {name: tuple(count / max(1, total) * m for m in level) for name, count in sorted(by_category.items())}
    whole = sum(by_hour.values(), Counter())
    shapes = tuple(_shape(by_hour[kind] if sum(by_hour[kind].values()) >= 50 else whole) for kind in range(8))
    return Arrivals(a_day, shapes, _spread(by_day, days, kinds, level), frozenset(rest), frozenset(made_up))


def _shape(counts: Counter[int]) -> tuple[float, ...]:
    whole = sum(counts.values()) + 24 * 0.01
    return tuple((counts[hour] + 0.01) / whole for hour in range(24))


def _spread(by_day: Counter[date], days: Sequence[date], kinds: dict[date, int], level: Sequence[float]) -> float:
    """One plus the share of a day's variance, squared by its mean, that chance alone does not explain."""
    ratios = [((by_day[d] - level[kinds[d]]) ** 2 - by_day[d]) / level[kinds[d]] ** 2 for d in days if level[kinds[d]] > 0]
    return 1 + max(0.0, sum(ratios) / len(ratios)) if ratios else 1.0
