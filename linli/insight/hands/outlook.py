"""
"With one more hand, or another promise: what share is in time?", from an office's own past.

How it is reckoned. Days like the past ones are made up (`arrivals`), and the queue in front of the hands is simulated for them with as many
hands as there are and with as many as are asked for, the same cases and the same work both times (common random numbers: Law & Kelton,
Simulation Modeling and Analysis, 11.2). How long a made-up case takes in all is taken from a real one of its category that stood as far
back in its queue (the same quantile of waiting), earlier or later by the difference of the two waits. So whatever else delays work (parts,
weather, other offices) stays as it was, and only the wait for a hand changes. Recent cases count more, and each run draws the weeks it
learns from anew, so that the interval holds the difference between weeks (block bootstrap: Künsch 1989). Needs simpy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from random import Random
from typing import Final

from linli.insight.hands.arrivals import Arrivals, arrivals_of
from linli.insight.hands.cases import Case, Curve, curve_of, share_in_time
from linli.insight.hands.hours import DAY, Calendar, Hours, day_of
from linli.insight.hands.simulate import waits

LEAST_CASES: Final = 50
LEAST_DAYS: Final = 14
LEAST_OF_CATEGORY: Final = 20
WARM_DAYS: Final = 14
HALF_LIFE: Final = 30.0
SUPPOSED_WORK: Final = 30.0
RUNS: Final = 20


@dataclass(frozen=True)
class Office:
    """
    Who works: `hands` people at once (None: as many as the busiest days show at `work` minutes a case), within `hours`. `work`: minutes one
    case keeps a hand busy (None: as many as `hands` people need to do what was done on the busiest days, or half an hour).
    """

    hours: Hours
    hands: int | None = None
    work: float | None = None


@dataclass(frozen=True)
class Asked:
    """What is to change: `extra` hands (less than 0: fewer), a `promise` in minutes for `category` (empty: for all); over `days` days."""

    extra: int = 0
    promise: int | None = None
    category: str = ""
    days: int = 28
    runs: int = RUNS
    seed: int = 0


@dataclass(frozen=True)
class Share:
    """A share in time: the mean of all runs, and between which nine runs in ten lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """
    The answer. `why_none` without one: few_cases, few_days, no_promise (nothing was promised), no_hours. `past` is kept of told in the past
    this was learned from; `load` the share of hands' time that is worked. `by_category` gives (share as it is, share as asked, cases a run).
    """

    why_none: str = ""
    cases: int = 0
    days: int = 0
    past: tuple[int, int] = (0, 0)
    hands: int = 0
    work: float = 0.0
    load: float = 0.0
    load_then: float = 0.0
    a_day: float = 0.0
    as_it_is: Share = Share(0, 0, 0)
    as_asked: Share = Share(0, 0, 0)
    gain: Share = Share(0, 0, 0)
    by_category: dict[str, tuple[float, float, float]] = field(default_factory=dict)


def outlook(cases: Sequence[Case], cut: int, office: Office, asked: Asked = Asked()) -> Outlook:
    """
    What to expect in the `asked.days` after `cut`, learned from `cases` as the records stood then: later ones and what became of them
    afterwards are not looked at. The same cases and seed give the same answer.

    Raises ValueError for fewer than one hand in all or no promise of at least a minute.
    """
    if (asked.promise is not None and asked.promise < 1) or asked.days < 1 or asked.runs < 1:
        raise ValueError("a promise, days and runs must be at least 1")
    known = sorted((c.known_at(cut) for c in cases if c.opened < cut), key=lambda c: (c.opened, c.category, c.priority, c.closed or 0))
    base = Outlook(cases=len(known), days=len({c.opened // DAY for c in known}))
    if (why := _why_none(known, base.days, asked)) or not any(office.hours.week):
        return Outlook(why or "no_hours", base.cases, base.days)
    past = _past_of(known, cut, office, asked)
    if past.hands + asked.extra < 1:
        raise ValueError("at least one hand must be left")
    runs = [_run(past, asked, n) for n in range(asked.runs)]
    return _told(past, asked, runs, base)


def _why_none(known: Sequence[Case], days: int, asked: Asked) -> str:
    if sum(c.closed is not None for c in known) < LEAST_CASES:
        return "few_cases"
    if days < LEAST_DAYS:
        return "few_days"
    if asked.promise is None and not any(c.promise is not None for c in known):
        return "no_promise"
    return ""


@dataclass(frozen=True)
class _Past:
    """What was learned: the cases with how long each waited in the simulated queue, and by category their curve."""

    cases: list[Case]
    cut: int
    calendar: Calendar
    hands: int
    work: float
    waited: list[float]
    arrivals: Arrivals
    curves: dict[str, Curve]
    members: dict[str, list[int]]
    priority: dict[str, int]
    load: float


def _past_of(known: list[Case], cut: int, office: Office, asked: Asked) -> _Past:
    first, last = day_of(known[0].opened), day_of(cut - 1)
    calendar = Calendar(office.hours, first, day_of(cut + (asked.days + 800) * DAY))
    hands, work = hands_and_work(known, calendar, office)
    random = Random(f"{asked.seed} past")  # noqa: S311 - made-up work, nothing secret
    came = [calendar.worked(c.opened) for c in known]
    waited = waits(came, [random.expovariate(1 / work) for _c in known], [c.priority for c in known], hands)
    weights = [0.5 ** ((cut - c.opened) / DAY / HALF_LIFE) for c in known]
    members: dict[str, list[int]] = defaultdict(list)
    for n, case in enumerate(known):
        members[case.category].append(n)
    few = [n for rows in members.values() if len(rows) < LEAST_OF_CATEGORY for n in rows]
    for name, rows in members.items():
        # A category too small to say anything borrows from the other small ones.
        members[name] = sorted((rows if len(rows) >= LEAST_OF_CATEGORY else few), key=lambda n: (waited[n], n))
    curves = {name: curve_of([known[n] for n in rows], cut, [weights[n] for n in rows]) for name, rows in members.items()}
    days = [day_of(known[0].opened + n * DAY) for n in range(asked.days + 800 + (cut - known[0].opened) // DAY)]
    rest = {d for d in days if office.hours.is_rest(d)}
    arrivals = arrivals_of(known, first, last, rest=rest, made_up=office.hours.opened)
    priority = {c.category: c.priority for c in known}
    worked = calendar.worked(cut) - calendar.worked(known[0].opened)
    load = len(known) * work / max(1.0, worked * hands)
    return _Past(known, cut, calendar, hands, work, waited, arrivals, curves, dict(members), priority, load)


def hands_and_work(known: Sequence[Case], calendar: Calendar, office: Office) -> tuple[int, float]:
    """
    How many hands there are and how many minutes a case keeps one busy: what was done on the busiest days (nineteen in twenty were less
    busy) fills the hands' day. With neither known, a case is supposed to take half an hour.
    """
    done = Counter(c.closed // DAY for c in known if c.closed is not None)
    worked = {day: calendar.worked((day + 1) * DAY) - calendar.worked(day * DAY) for day in done}
    rates = sorted(count / worked[day] for day, count in done.items() if worked[day] > 0)
    fastest = rates[min(len(rates) - 1, int(0.95 * len(rates)))] if rates else 1 / SUPPOSED_WORK
    if office.hands is None:
        work = office.work or SUPPOSED_WORK
        return max(1, ceil(fastest * work)), work
    if office.hands < 1:
        raise ValueError("at least one hand must be there")
    return office.hands, office.work or office.hands / fastest


# By category: how many were promised something as it is, and kept; promised something as asked, and kept.
Run = dict[str, tuple[int, int, int, int]]


def _run(past: _Past, asked: Asked, number: int) -> Run:
    """One made-up stretch of days."""
    random = Random(f"{asked.seed} {number}")  # noqa: S311 - made-up days, nothing secret
    come = past.arrivals.days(day_of(past.cut), asked.days, random)
    warm = [c for c in past.cases if c.opened >= past.cut - WARM_DAYS * DAY]
    came = [past.calendar.worked(c.opened) for c in warm] + [past.calendar.worked(at) for at, _category in come]
    urgent = [c.priority for c in warm] + [past.priority[category] for _at, category in come]
    work = [random.expovariate(1 / past.work) for _at in came]
    as_is = waits(came, work, urgent, past.hands)[len(warm) :]
    then = waits(came, work, urgent, past.hands + asked.extra)[len(warm) :] if asked.extra else as_is
    drawn = _weeks_drawn(past, random)
    found: Run = {}
    for category in past.members:
        mine = sorted((as_is[n], n) for n, (_at, name) in enumerate(come) if name == category)
        models = _models(past, category, drawn, len(mine), random)
        told = kept = told_then = kept_then = 0
        for (wait, n), j in zip(mine, models, strict=True):
            case, at = past.cases[j], come[n][0]
            changed = asked.promise if asked.promise is not None and asked.category in ("", category) else case.promise
            needed = (
                case.closed - case.opened
                if case.closed is not None
                else past.curves[category].beyond(past.cut - case.opened, random.random())
            )
            if changed is None:
                continue
            told_then += 1
            told += case.promise is not None
            end = past.calendar.later(at + needed, wait - past.waited[j]) if needed < 1e9 else at + needed
            kept += case.promise is not None and end - at <= case.promise
            faster = then[n] - wait
            end_then = past.calendar.later(at + needed, wait - past.waited[j] + faster) if faster and needed < 1e9 else end
            kept_then += end_then - at <= changed
        found[category] = (told, kept, told_then, kept_then)
    return found


def _weeks_drawn(past: _Past, random: Random) -> Counter[int]:
    """How often each week of the past counts in this run: as many as there are, drawn with the recent ones more likely."""
    weeks = sorted({c.opened // (7 * DAY) for c in past.cases})
    last = weeks[-1]
    chances = [0.5 ** ((last - week) * 7 / HALF_LIFE) for week in weeks]
    return Counter(random.choices(weeks, chances, k=len(weeks)))


def _models(past: _Past, category: str, drawn: Counter[int], count: int, random: Random) -> list[int]:
    """For `count` made-up cases in the order of their waits, the real ones at the same quantiles of theirs."""
    rows = past.members[category]
    sums = list(accumulate(drawn[past.cases[n].opened // (7 * DAY)] for n in rows))
    if not sums[-1]:
        sums = list(range(1, len(rows) + 1))
    picks = [(n + random.random()) / count * sums[-1] for n in range(count)]
    return [rows[min(bisect_left(sums, pick), len(rows) - 1)] for pick in picks]


def _told(past: _Past, asked: Asked, runs: Sequence[Run], base: Outlook) -> Outlook:
    def shares(of: int) -> list[float]:
        return [sum(row[of + 1] for row in run.values()) / max(1, sum(row[of] for row in run.values())) for run in runs]

    as_is, then = shares(0), shares(2)
    by_category = {}
    for category in past.members:
        told, kept, told_then, kept_then = (sum(run[category][n] for run in runs) for n in range(4))
        if told_then:
            by_category[category] = (kept / max(1, told), kept_then / told_then, told / len(runs))
    return Outlook(
        "",
        base.cases,
        base.days,
        share_in_time(past.cases, past.cut),
        past.hands,
        past.work,
        past.load,
        past.load * past.hands / (past.hands + asked.extra),
        len(past.cases) / max(1, (past.cut - past.cases[0].opened) / DAY),
        _share(as_is),
        _share(then),
        _share([b - a for a, b in zip(as_is, then, strict=True)]),
        by_category,
    )


def _share(values: Sequence[float]) -> Share:
    rows = sorted(values)
    at = (len(rows) - 1) * 0.05
    low = rows[int(at)]
    return Share(sum(rows) / len(rows), low, rows[len(rows) - 1 - int(at)])
