"""
Repeats that clerks marked, as a yardstick: what could be known of each report when it came, models that learn only from what was known before,
and how often they are right. Needs numpy.

Clerks mark some repeats and not others, so that precision is a lower bound of how often one matter it really is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.learn import boosted, learned_card
from linli.insight.same.likeness import totals_of
from linli.insight.same.reports import Report
from linli.insight.same.scorecard import Scorecard
from linli.lib.problems import InputProblem

Array: TypeAlias = "np.ndarray[Any, Any]"

DAY: Final = 86_400.0
REACH: Final = 250.0
WINDOW: Final = 60.0
"""Metres and days within which an earlier report is looked at."""
RECALLS: Final = (0.4, 0.5, 0.6, 0.63, 0.7, 0.75, 0.8)
FADES: Final = 30.0
"""Days after which a mark counts half in learning."""
DEPTH: Final = 3
"""Levels of a tree (tried: bench/README.md)."""


@dataclass(frozen=True)
class Records:
    """
    Reports in the order they came: seconds, place on a plane in metres (NaN unknown), numbers of kind, address and source (−1 unknown). `groups`
    are further columns by which clerks' habits may differ, such as queue or district.
    """

    ids: tuple[str, ...]
    at: Array
    closed: Array
    x: Array
    y: Array
    kind: Array
    spot: Array
    source: Array
    marked: Array
    original: Array
    groups: tuple[Array, ...] = ()

    def known(self, now: float) -> Array:
        """Which are marked as repeats as far as anybody knew at `now`."""
        return np.asarray(self.marked & (self.closed < now))


def records_of(
    reports: Sequence[Report],
    marked: Sequence[bool],
    originals: Sequence[str],
    sources: Sequence[str] = (),
    groups: Sequence[Sequence[str]] = (),
) -> Records:
    """
    The table as arrays. `marked` tells which a clerk closed as repeats, `originals` names of which (empty: not named); `groups` are further
    columns. Raises InputProblem when a report has no time.
    """
    if any(report.at is None for report in reports):
        raise InputProblem("no_time", "每条都要有时间，才能检验。", "Every report needs a time to be measured.")
    order = sorted(range(len(reports)), key=lambda n: (reports[n].at or 0, n))
    rows = [reports[n] for n in order]
    number = {report.id: n for n, report in enumerate(rows)}
    points = np.array([report.point or (math.nan, math.nan) for report in rows], dtype=np.float64).reshape(-1, 2)
    middle = np.nanmean(points[:, 0]) if rows and not np.isnan(points[:, 0]).all() else 0.0
    return Records(
        tuple(report.id for report in rows),
        np.array([report.at or 0 for report in rows], dtype=np.float64),
        np.array([math.inf if report.closed_at is None else report.closed_at for report in rows], dtype=np.float64),
        points[:, 1] * 111_195 * math.cos(math.radians(middle)),
        points[:, 0] * 111_195,
        _numbered([report.kind for report in rows]),
        _numbered([report.spot for report in rows]),
        _numbered([sources[n] if sources else "" for n in order]),
        np.array([marked[n] for n in order], dtype=bool),
        np.array([number.get(originals[n], -1) for n in order], dtype=np.int64),
        tuple(_numbered([column[n] for n in order]) for column in groups),
    )


def _numbered(names: Sequence[str]) -> Array:
    known = {name: n for n, name in enumerate(sorted(set(names) - {""}))}
    return np.array([known.get(name, -1) for name in names], dtype=np.int64)


@dataclass(frozen=True)
class Pairs:
    """Earlier reports near later ones: `later` and `earlier` are numbers of records, ascending by the later."""

    later: Array
    earlier: Array
    metres: Array
    hours: Array
    open: Array
    same_kind: Array
    same_spot: Array


def near_pairs(records: Records, *, metres: float = REACH, days: float = WINDOW) -> Pairs:
    """Every pair within reach whose places are known, by a grid of cells as wide as the reach."""
    known = np.flatnonzero(~np.isnan(records.x))
    column, row = (np.floor(each[known] / metres).astype(np.int64) for each in (records.x, records.y))
    key = column * (1 << 31) + row
    order = np.argsort(key, kind="stable")
    sorted_key, members = key[order], known[order]
    found: list[tuple[Array, Array]] = []
    for low in range(0, len(known), 4096):
        part = slice(low, low + 4096)
        for shift in (c * (1 << 31) + r for c in (-1, 0, 1) for r in (-1, 0, 1)):
            begin, end = (np.searchsorted(sorted_key, key[part] + shift, side=side) for side in ("left", "right"))
            sizes = end - begin
            later = np.repeat(known[part], sizes)
            inside = np.arange(len(later)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            earlier = members[np.repeat(begin, sizes) + inside]
            near = (earlier < later) & (records.at[later] - records.at[earlier] <= days * DAY)
            later, earlier = later[near], earlier[near]
            near = np.hypot(records.x[later] - records.x[earlier], records.y[later] - records.y[earlier]) <= metres
            found.append((later[near], earlier[near]))
    later, earlier = (np.concatenate(each) for each in zip(*found, strict=True)) if found else (known[:0], known[:0])
    order = np.lexsort((earlier, later))
    later, earlier = later[order], earlier[order]
    return Pairs(
        later,
        earlier,
        np.hypot(records.x[later] - records.x[earlier], records.y[later] - records.y[earlier]),
        (records.at[later] - records.at[earlier]) / 3600,
        records.closed[earlier] > records.at[later],
        (records.kind[later] == records.kind[earlier]) & (records.kind[later] >= 0),
        (records.spot[later] == records.spot[earlier]) & (records.spot[later] >= 0),
    )


def by_rule(records: Records, pairs: Pairs, *, metres: float = 30.0, days: float = 14.0) -> Array:
    """Which reports the plain rule takes for repeats: one of the same kind within so many metres and days before."""
    hit = pairs.same_kind & (pairs.metres <= metres) & (pairs.hours <= days * 24)
    taken = np.zeros(len(records.ids), dtype=bool)
    taken[pairs.later[hit]] = True
    return taken


def features_of(records: Records, pairs: Pairs) -> Array:
    """
    What was known of each report when it came, a row each: how far the nearest earlier ones of its kind are (still open; any), how long
    ago the last was (within 5, 40, 150, 250 m), how many are open (within 5, 40, 150, 250 m; at its address; from its source; of any kind
    within 40 m), how many came lately (a day within 250 m, three days within 100 m), how long ago the last one near was closed, how many
    of its kind came that day against the fortnight, and whether its place is known.
    """
    count = len(records.ids)
    alike, still = pairs.same_kind, pairs.same_kind & pairs.open

    def least(value: Array, mask: Array, otherwise: float) -> Array:
        found = np.full(count, otherwise)
        np.minimum.at(found, pairs.later[mask], value[mask])
        return found

    def many(mask: Array) -> Array:
        return np.bincount(pairs.later[mask], minlength=count).astype(np.float64)

    same_source = records.source[pairs.later] == records.source[pairs.earlier]
    since = (records.at[pairs.later] - records.closed[pairs.earlier]) / 3600
    columns = [
        least(pairs.metres, still, 999.0),
        least(pairs.metres, alike, 999.0),
        least(pairs.metres, pairs.open, 999.0),
        *(least(pairs.hours, still & (pairs.metres < reach), 9999.0) for reach in (5, 40, 150, 251)),
        *(many(still & (pairs.metres < reach)) for reach in (5, 40, 150, 251)),
        many(still & pairs.same_spot),
        many(still & (pairs.metres < 5) & same_source),
        many(pairs.open & (pairs.metres < 40)),
        many(alike & (pairs.hours < 24)),
        many(alike & (pairs.hours < 72) & (pairs.metres < 100)),
        least(since, alike & ~pairs.open & (pairs.metres < 40), 9999.0),
        _burst(records),
        np.isnan(records.x).astype(np.float64),
    ]
    return np.stack(columns, axis=1)


def _burst(records: Records) -> Array:
    """Reports of the same kind in the 24 hours before, against the mean day of the fortnight before; 1 when as ever."""
    answer = np.ones(len(records.ids))
    for kind in np.unique(records.kind):
        mine = np.flatnonzero(records.kind == kind)
        at = records.at[mine]
        day, fortnight = (np.arange(len(mine)) - np.searchsorted(at, at - days * DAY) for days in (1, 14))
        answer[mine] = (day + 1) / (fortnight / 14 + 1)
    return answer


def habits_of(records: Records, pairs: Pairs) -> Array:
    """
    How often clerks marked reports like each, as known when it came (logarithms): of its kind (ever, lately, with an open one at its spot), from
    its source, of both, and by each further group (ever; together with its kind lately).

    Each report is told by those before it alone, as in use; told by all, a rare kind would give its own mark away in learning (ordered target
    statistics: L. Prokhorenkova et al., "CatBoost", NeurIPS 2018).
    """
    open_near = np.zeros(len(records.ids), dtype=bool)
    open_near[pairs.later[pairs.same_kind & pairs.open & (pairs.metres < 5)]] = True
    columns = [
        _marked_before(records, records.kind),
        _marked_before(records, records.kind, half_life=14.0, strength=4.0),
        _marked_before(records, records.kind, strength=5.0, among=open_near, prior=0.2),
        _marked_before(records, records.source, strength=20.0),
        _marked_before(records, _both(records.kind, records.source)),
    ]
    for group in records.groups:
        columns += [_marked_before(records, group), _marked_before(records, _both(records.kind, group), half_life=14.0)]
    return np.stack(columns, axis=1)


def _both(one: Array, other: Array) -> Array:
    return np.asarray((one + 1) * (int(other.max(initial=0)) + 2) + other + 1)


def _marked_before(
    records: Records, of: Array, *, strength: float = 8.0, half_life: float = 0.0, among: Array | None = None, prior: float = 0.0
) -> Array:
    """
    The logarithm of the share of marked ones among the reports of the same number in `of` that came before each, of the marks those made before it
    came. `strength` reports with the share `prior` (all reports' until then, where none is given) are thought of beside them; a report counts
    half after `half_life` days.
    """
    at, count = records.at, len(records.ids)
    among = np.ones(count, dtype=bool) if among is None else among
    weight = 2.0 ** ((at - at[:1]) / DAY / half_life) if half_life else np.ones(count)
    hits, whole = np.zeros(count), np.zeros(count)
    order = np.argsort(of, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        for events, moments, found in ((rows[among[rows] & records.marked[rows]], records.closed, hits), (rows[among[rows]], at, whole)):
            events = events[np.argsort(moments[events], kind="stable")]
            sums = np.append(0.0, np.cumsum(weight[events]))
            found[rows] = sums[np.searchsorted(moments[events], at[rows])]
    made = np.sort(records.closed[records.marked & among])
    share = np.full(count, prior) if prior else (np.searchsorted(made, at) + 1) / (np.arange(count) + 30.0)
    return np.asarray(np.log((hits / weight + share * strength) / (whole / weight + strength)))


def told_in_time(records: Records, pairs: Pairs, first: float, *, every: float = 2.0) -> Array:
    """
    The logarithm of the odds of being a repeat for every report from `first` (seconds) on, by models that learn anew every so many days from
    the reports before, and of the marks only from those made before: what an office that retrains would have been shown. What is marked later
    counts as not marked until then, as nobody can know. NaN before.
    """
    told = np.concatenate([features_of(records, pairs), habits_of(records, pairs)], axis=1)
    answer = np.full(len(records.ids), np.nan)
    now, end = first, float(records.at.max(initial=0.0))
    while now <= end:
        asked = (records.at >= now) & (records.at < now + every * DAY)
        if asked.any():
            learned = records.at < now
            weights = 0.5 ** ((now - records.at[learned]) / DAY / FADES)
            model = boosted(told[learned], records.known(now)[learned].astype(np.float64), weights, depth=DEPTH)
            answer[asked] = model.score(told[asked])
        now += every * DAY
    return answer


def facts_of(records: Records, pairs: Pairs) -> dict[str, Array]:
    """The pairs' facts as a scorecard names them."""
    known = (records.spot[pairs.later] >= 0) & (records.spot[pairs.earlier] >= 0)
    return {
        "metres": pairs.metres,
        "hours": pairs.hours,
        "kind": pairs.same_kind.astype(np.float64),
        "spot": np.where(known, pairs.same_spot, np.nan),
        "open": pairs.open.astype(np.float64),
    }


def card_until(records: Records, pairs: Pairs, until: float) -> Scorecard:
    """A scorecard of pairs learned from the reports before `until` and the originals named in marks made before. Raises ValueError without any."""
    known = records.known(until)[pairs.later]
    named = known & (records.original[pairs.later] == pairs.earlier)
    usable = (records.at[pairs.later] < until) & (~known | (records.original >= 0)[pairs.later])
    facts = {name: value[usable] for name, value in facts_of(records, pairs).items()}
    return learned_card(facts, named[usable].astype(np.float64))


def ranks_of(records: Records, pairs: Pairs, card: Scorecard, first: float) -> Array:
    """
    For each marked report from `first` on whose named original came before it: the original's place among all earlier reports in reach, from
    1; 0 when it is not in reach.
    """
    total = totals_of(card, facts_of(records, pairs))
    asked = np.flatnonzero((records.at >= first) & (records.original >= 0) & (records.original < np.arange(len(records.ids))))
    begin, end = np.searchsorted(pairs.later, asked), np.searchsorted(pairs.later, asked, side="right")
    found = []
    for n, low, high in zip(asked.tolist(), begin.tolist(), end.tolist(), strict=True):
        order = np.lexsort((pairs.hours[low:high], -total[low:high]))
        place = np.flatnonzero(pairs.earlier[low:high][order] == records.original[n])
        found.append(int(place[0]) + 1 if len(place) else 0)
    return np.array(found, dtype=np.int64)


def precision_at(scores: Array, marked: Array, recalls: Sequence[float] = RECALLS) -> list[tuple[float, float]]:
    """The precision where so much of what is marked has been found, going down the scores: (recall, precision) each."""
    hits = np.cumsum(marked[np.argsort(-scores, kind="stable")])
    total = int(hits[-1]) if len(hits) else 0
    spots = [int(np.searchsorted(hits, math.ceil(recall * total))) for recall in recalls] if total else []
    return [(recall, round(float(hits[at]) / (at + 1), 4)) for recall, at in zip(recalls, spots, strict=bool(spots))]


def evaluate(records: Records, first: float, *, every: float = 2.0) -> tuple[Mapping[str, Any], Scorecard]:
    """
    The figures on the reports from `first` (seconds) on, nothing learned from any of them before it was known: the plain rule, the curve of
    the learned model, where the named original stands; and the scorecard of pairs learned before. Raises InputProblem with too few marks.
    """
    pairs = near_pairs(records)
    rule = by_rule(records, pairs)
    later = records.at >= first
    try:
        card = card_until(records, pairs, first)
        scores = told_in_time(records, pairs, first, every=every)
    except ValueError:
        raise InputProblem(
            "few_marks",
            "这个日期以前没有足够的、写明重复于哪一件的记录，学不出来；请把日期往后移。",
            "Before that day too few repeats name their original to learn from; take a later day.",
        ) from None
    ranks = ranks_of(records, pairs, card, first)
    hits = int((rule & records.marked & later).sum())
    figures = {
        "reports": int(later.sum()),
        "marked": int((records.marked & later).sum()),
        "rule": {
            "precision": round(hits / max(1, int((rule & later).sum())), 4),
            "recall": round(hits / max(1, int((records.marked & later).sum())), 4),
            "marks": int((rule & later).sum()),
        },
        "learned": [{"recall": recall, "precision": precision} for recall, precision in precision_at(scores[later], records.marked[later])],
        "originals": {
            "named": len(ranks),
            **{f"first_{n}": round(float(((ranks > 0) & (ranks <= n)).mean()), 4) if len(ranks) else 0.0 for n in (1, 3, 5)},
        },
    }
    return figures, card
