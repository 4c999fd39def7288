"""Groups of points: k-means from several starts, how clear they are, how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from linli.insight.groups.told import LEAST_GROUP, MOST_GROUPS, Chosen
from linli.insight.groups.votes import Array

RESTARTS: Final = 4
ROUGH: Final = 1e-3
DOUBT: Final = 2.0
SAMPLE: Final = 400
MORE: Final = 1200
ROUNDS: Final = 60


def k_means(points: Array, k: int, *, weights: Array | None = None, seed: int = 0, restarts: int = RESTARTS) -> tuple[Array, Array]:
    """
    Labels (people,) and centres (k, dimensions). `restarts` runs begun by k-means++ (Arthur & Vassilvitskii 2007), all at once; of many
    people on every so-many-th of them, and the best run goes on over all. `weights` (people,) say how much each counts; None: all alike.
    """
    heavy = np.ones(len(points)) if weights is None else weights
    step = sampled(len(points))
    centres = _best_of(points[step], heavy[step], k, seed, restarts)
    centres = _rounds(points, heavy, centres[None])[0]
    return _nearest(points, centres), centres


def _best_of(points: Array, weights: Array, k: int, seed: int, restarts: int) -> Array:
    """Centres of the best run: the least squares within groups."""
    begun = _spread_out(points, weights, k, restarts, np.random.default_rng(seed))
    centres = _rounds(points, weights, begun, still=ROUGH * float(np.abs(points).max(initial=0.0)))
    away = _squares(points, centres).min(axis=1) @ weights
    found: Array = centres[int(np.argmin(away.round(9)))]
    return found


def _nearest(points: Array, centres: Array) -> Array:
    found: Array = _squares(points, centres[None])[0].argmin(axis=0)
    return found


def _spread_out(points: Array, weights: Array, k: int, restarts: int, random: np.random.Generator) -> Array:
    """First centres of each run, shape (restarts, k, dimensions)."""
    centres = np.empty((restarts, k, points.shape[1]))
    centres[:, 0] = points[random.integers(len(points), size=restarts)]
    away = _squares(points, centres[:, :1])[:, 0]
    for n in range(1, k):
        sums = np.cumsum(away * weights, axis=1)
        at = (sums < (random.random(restarts) * sums[:, -1])[:, None]).sum(axis=1)
        centres[:, n] = points[np.minimum(at, len(points) - 1)]
        away = np.minimum(away, _squares(points, centres[:, n : n + 1])[:, 0])
    return centres


def _rounds(points: Array, weights: Array, centres: Array, *, still: float = 1e-12) -> Array:
    """Lloyd's rounds of all runs at once, until no centre of any moves by more than `still`; one that lost everybody stays where it is."""
    runs, k, dimensions = centres.shape
    across = np.ascontiguousarray(points.T)
    heavy = np.column_stack([points * weights[:, None], weights])
    for _n in range(ROUNDS):
        flat = centres.reshape(runs * k, dimensions)
        # Squared distances but for what is the same for every centre.
        away = (np.square(flat).sum(axis=1)[:, None] - 2 * (flat @ across)).reshape(runs, k, len(points))
        # Somebody just as near to two counts with both: rare, and much faster than picking one.
        mine = (away <= away.min(axis=1)[:, None]).astype(np.float64)
        sums = mine.reshape(runs * k, len(points)) @ heavy
        sizes = sums[:, -1:]
        moved = np.where(sizes > 0, sums[:, :-1] / np.where(sizes > 0, sizes, 1), flat).reshape(centres.shape)
        step = np.abs(moved - centres).max()
        centres = moved
        if step <= still:
            break
    return centres


def _squares(points: Array, centres: Array) -> Array:
    """Squared distances, shape (runs, k, people)."""
    found: Array = np.zeros((*centres.shape[:2], len(points)))
    for axis in range(points.shape[1]):
        found += np.square(centres[:, :, axis, None] - points[:, axis])
    return found


def distances(points: Array) -> Array:
    """Of every two points, in single precision: they are only averaged."""
    few = points.astype(np.float32)
    found = np.zeros((len(few), len(few)), dtype=np.float32)
    for axis in range(few.shape[1]):
        beside = few[:, axis, None] - few[None, :, axis]
        found += beside * beside
    return np.sqrt(found, out=found)


def sampled(count: int, sample: int = SAMPLE) -> slice:
    """Every so-many-th, so that at most about `sample` are asked."""
    return slice(None, None, max(1, -(-count // sample)))


def silhouettes(apart: Array, labels: Array) -> Array:
    """
    Of each point (P. Rousseeuw 1987) from the distances `apart` of every two: 1 well inside its group, 0 between two, and 0 for who is
    alone. All 0 when there is one group only.
    """
    own = labels
    sizes = np.bincount(own)
    if (sizes > 0).sum() < 2:
        return np.zeros(len(labels))
    mine = np.eye(len(sizes), dtype=apart.dtype)[own]
    sums = (apart @ mine).astype(np.float64)
    rows = np.arange(len(labels))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    means[rows, own] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(inside, nearest)
    found: Array = np.where((sizes[own] > 1) & (widest > 0), (nearest - inside) / np.where(widest > 0, widest, 1), 0.0)
    return found


def silhouette(points: Array, labels: Array, *, sample: int = SAMPLE) -> float:
    """The mean silhouette of `points` (people, 2): 1 clear groups, 0 none. Of more than `sample` people every so-many-th is asked."""
    some = sampled(len(points), sample)
    return float(silhouettes(distances(points[some]), labels[some]).mean()) if len(points) else 0.0


@dataclass(frozen=True)
class Grouping:
    """`labels` (people,) from 0, the largest group first; `centres` (groups, 2); how clear they are; which of the pictures was taken."""

    labels: Array
    centres: Array
    silhouette: float
    picture: int
    chosen: Chosen


def grouping_of(
    pictures: Sequence[Array],
    *,
    weights: Array | None = None,
    least: int = LEAST_GROUP,
    most: int = MOST_GROUPS,
    seed: int = 0,
    restarts: int = RESTARTS,
) -> Grouping | None:
    """
    Two to `most` groups of the same people in one or several `pictures` (each (people, 2)); `weights` as in `k_means`.

    The mean silhouette decides which picture and how many groups; of numbers of groups whose best silhouette is within `DOUBT` standard
    errors of the best of all, the fewest are taken (after the rule of one standard error: Breiman, Friedman, Olshen & Stone 1984, 3.4.3;
    two, as a group that comes and goes with a tenth of the people is none). People
    in a heap smaller than `least` are counted with the nearest larger one. None when no two groups remain.
    """
    count = len(pictures[0])
    heavy = np.ones(count) if weights is None else weights
    some = sampled(count)
    found: dict[int, list[_Found]] = {}
    for picture, points in enumerate(pictures):
        few, weight = points[some], heavy[some]
        apart = distances(few)
        for k in range(2, min(most, count // least) + 1):
            centres = _best_of(few, weight, k, seed, restarts)
            labels, middles = _folded(few, _nearest(few, centres), centres, max(1, round(least * len(few) / count)))
            if len(middles) > 1:
                mean, error = _clear(apart, labels, weight)
                found.setdefault(len(middles), []).append(_Found(mean, error, picture, labels, middles))
    best = {number: max(rows, key=lambda row: row.mean) for number, rows in sorted(found.items())}
    best = {number: row for number, row in best.items() if row.mean > 0}
    if not best:
        return None
    top = max(best.values(), key=lambda row: row.mean)
    fewest = [n for n, row in best.items() if row.mean >= top.mean - DOUBT * top.error]
    told = Chosen({n: row.mean for n, row in best.items()}, top.error, restarts, len(heavy[some]), seed)
    taken = _taken([_whole(row, pictures[row.picture], heavy, least) for row in found[min(fewest)]], pictures, heavy)
    return Grouping(taken.labels, taken.centres, taken.mean, taken.picture, told) if taken else None


@dataclass(frozen=True)
class _Found:
    mean: float
    error: float
    picture: int
    labels: Array
    centres: Array


def _clear(apart: Array, labels: Array, weights: Array) -> tuple[float, float]:
    """The mean silhouette and its standard error."""
    each = silhouettes(apart, labels)
    mean, whole = float(weights @ each / weights.sum()), float(each.sum()) / len(each)
    return mean, (max(0.0, float(each @ each) / len(each) - whole * whole) / len(each)) ** 0.5


def _whole(found: _Found, points: Array, weights: Array, least: int) -> _Found:
    """What was found among some, gone on with over all."""
    centres = _rounds(points, weights, found.centres[None])[0]
    labels, middles = _folded(points, _nearest(points, centres), centres, least)
    return replace(found, labels=labels, centres=middles)


def _taken(rows: list[_Found], pictures: Sequence[Array], weights: Array) -> _Found | None:
    """The clearest of several pictures with the same number of groups; more people are asked, as pictures differ by little."""
    some = sampled(len(weights), MORE)
    told = [
        replace(row, mean=_clear(distances(pictures[row.picture][some]), row.labels[some], weights[some])[0])
        for row in rows
        if len(row.centres) > 1
    ]
    return max(told, key=lambda row: row.mean, default=None)


def _folded(points: Array, labels: Array, centres: Array, least: int) -> tuple[Array, Array]:
    """Small heaps dissolved into the nearest larger; groups numbered by size, then from left to right."""
    sizes = np.bincount(labels, minlength=len(centres))
    kept = np.flatnonzero(sizes >= least)
    if not len(kept):
        return labels, centres[:0]
    if len(kept) < len(centres):
        nearest = _nearest(points, centres[kept])
        at = np.full(len(centres), -1)
        at[kept] = np.arange(len(kept))
        labels = np.where(at[labels] >= 0, at[labels], nearest)
    sizes = np.bincount(labels, minlength=len(kept))
    middles = np.stack([np.bincount(labels, weights=points[:, d], minlength=len(kept)) / sizes for d in range(2)], axis=1)
    order = sorted(range(len(kept)), key=lambda n: (-int(sizes[n]), *middles[n].round(9)))
    number = np.empty(len(kept), dtype=np.intp)
    number[order] = np.arange(len(kept))
    return number[labels], middles[order]


def rand_index(one: Array, other: Array) -> float:
    """The adjusted Rand index of two groupings of the same people (Hubert & Arabie 1985): 1 the same, about 0 by chance."""
    a, b = (np.unique(labels, return_inverse=True)[1] for labels in (one, other))
    if len(a) < 2:
        return 1.0
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    together, rows, columns = (float((x * (x - 1)).sum() / 2) for x in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = rows * columns / (len(a) * (len(a) - 1) / 2)
    highest = (rows + columns) / 2
    return 1.0 if highest == expected else (together - expected) / (highest - expected)
