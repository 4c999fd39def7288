"""Groups of points: k-means from several starts, how clear they are, how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from linli.insight.groups.lloyd import best_of, nearest, rounds
from linli.insight.groups.told import LEAST_GROUP, MOST_GROUPS, Chosen
from linli.insight.groups.votes import Array

RESTARTS: Final = 4
DOUBT: Final = 2.0
SAMPLE: Final = 400
MORE: Final = 1200
BLOCK: Final = 128


def k_means(points: Array, k: int, *, weights: Array | None = None, seed: int = 0, restarts: int = RESTARTS) -> tuple[Array, Array]:
    """
    Labels (people,) and centres (k, dimensions). `restarts` runs begun by k-means++ (Arthur & Vassilvitskii 2007), all at once; of many
    people on every so-many-th of them, and the best run goes on over all. `weights` (people,) say how much each counts; None: all alike.
    """
    heavy = np.ones(len(points)) if weights is None else weights
    step = sampled(len(points))
    centres = best_of([points[step]], heavy[step], [k], seed, restarts)[0][0]
    centres = rounds(points, heavy, centres[None])[0]
    return nearest(points, centres), centres


def sampled(count: int, sample: int = SAMPLE) -> slice:
    """Every so-many-th, so that at most about `sample` are asked."""
    return slice(None, None, max(1, -(-count // sample)))


def silhouettes(points: Array, found: Sequence[Array]) -> list[Array]:
    """
    Of each point (P. Rousseeuw 1987), by each of several labellings `found`: 1 well inside its group, 0 between two, and 0 for who is alone.
    All 0 when there is one group only.
    """
    sizes = [np.bincount(labels) for labels in found]
    ends = np.cumsum([len(counts) for counts in sizes])
    sums = _sums_apart(
        points, np.hstack([np.eye(len(counts), dtype=np.float32)[labels] for counts, labels in zip(sizes, found, strict=True)])
    )
    return [
        _silhouettes(part, labels, counts) for part, labels, counts in zip(np.split(sums, ends[:-1], axis=1), found, sizes, strict=True)
    ]


def _sums_apart(points: Array, members: Array) -> Array:
    """
    How far each point is from all of each column of `members` (people, groups) together. In single precision, as they are only averaged, and
    a block of rows at a time, so that the distances of every two never leave the processor's cache.
    """
    across = np.ascontiguousarray(points.T, dtype=np.float32)
    found = np.empty(members.shape)
    apart, beside = (np.empty((min(BLOCK, len(points)), len(points)), dtype=np.float32) for _n in range(2))
    for at in range(0, len(points), BLOCK):
        block = across[:, at : at + BLOCK, None]
        near, other = apart[: block.shape[1]], beside[: block.shape[1]]
        np.subtract(block[0], across[0], out=near)
        np.square(near, out=near)
        np.subtract(block[1], across[1], out=other)
        np.square(other, out=other)
        near += other
        found[at : at + BLOCK] = np.sqrt(near, out=near) @ members
    return found


def _silhouettes(sums: Array, labels: Array, sizes: Array) -> Array:
    if (sizes > 0).sum() < 2:
        return np.zeros(len(labels))
    rows, own = np.arange(len(labels)), sizes[labels]
    inside = sums[rows, labels] / np.maximum(own - 1, 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    means[rows, labels] = np.inf
    beside = means.min(axis=1)
    widest = np.maximum(inside, beside)
    found: Array = np.where((own > 1) & (widest > 0), (beside - inside) / np.where(widest > 0, widest, 1), 0.0)
    return found


def silhouette(points: Array, labels: Array, *, sample: int = SAMPLE) -> float:
    """The mean silhouette of `points` (people, 2): 1 clear groups, 0 none. Of more than `sample` people every so-many-th is asked."""
    some = sampled(len(points), sample)
    return float(silhouettes(points[some], [labels[some]])[0].mean()) if len(points) else 0.0


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
    weight = heavy[some]
    few = [points[some] for points in pictures]
    found: dict[int, list[_Found]] = {}
    for picture, made in enumerate(best_of(few, weight, range(2, min(most, count // least) + 1), seed, restarts)):
        for row in _tried(few[picture], weight, picture, made, max(1, round(least * len(weight) / count))):
            found.setdefault(len(row.centres), []).append(row)
    best = {number: max(rows, key=lambda row: row.mean) for number, rows in sorted(found.items())}
    best = {number: row for number, row in best.items() if row.mean > 0}
    if not best:
        return None
    top = max(best.values(), key=lambda row: row.mean)
    fewest = [n for n, row in best.items() if row.mean >= top.mean - DOUBT * top.error]
    told = Chosen({n: row.mean for n, row in best.items()}, top.error, restarts, len(weight), seed)
    taken = _taken([_whole(row, pictures[row.picture], heavy, least) for row in found[min(fewest)]], pictures, heavy)
    return Grouping(taken.labels, taken.centres, taken.mean, taken.picture, told) if taken else None


@dataclass(frozen=True)
class _Found:
    mean: float
    error: float
    picture: int
    labels: Array
    centres: Array


def _tried(points: Array, weights: Array, picture: int, found: Sequence[Array], least: int) -> list[_Found]:
    """What several numbers of groups (each by its centres) come to in one picture; those that left one group only are not told."""
    made = [folded(points, nearest(points, centres), centres, least) for centres in found]
    made = [(labels, centres) for labels, centres in made if len(centres) > 1]
    if not made:
        return []
    each = silhouettes(points, [labels for labels, _centres in made])
    return [_Found(*_clear(one, weights), picture, *pair) for one, pair in zip(each, made, strict=True)]


def _clear(each: Array, weights: Array) -> tuple[float, float]:
    """The mean of the silhouettes of `each` and its standard error."""
    mean, whole = float(weights @ each / weights.sum()), float(each.sum()) / len(each)
    return mean, (max(0.0, float(each @ each) / len(each) - whole * whole) / len(each)) ** 0.5


def _whole(found: _Found, points: Array, weights: Array, least: int) -> _Found:
    """What was found among some, gone on with over all."""
    centres = rounds(points, weights, found.centres[None])[0]
    labels, middles = folded(points, nearest(points, centres), centres, least)
    return replace(found, labels=labels, centres=middles)


def _taken(rows: list[_Found], pictures: Sequence[Array], weights: Array) -> _Found | None:
    """The clearest of several pictures with the same number of groups; more people are asked, as pictures differ by little."""
    some = sampled(len(weights), MORE)
    told = [
        replace(row, mean=_clear(silhouettes(pictures[row.picture][some], [row.labels[some]])[0], weights[some])[0])
        for row in rows
        if len(row.centres) > 1
    ]
    return max(told, key=lambda row: row.mean, default=None)


def folded(points: Array, labels: Array, centres: Array, least: int) -> tuple[Array, Array]:
    """Small heaps dissolved into the nearest larger; groups numbered by size, then from left to right."""
    sizes = np.bincount(labels, minlength=len(centres))
    kept = np.flatnonzero(sizes >= least)
    if not len(kept):
        return labels, centres[:0]
    if len(kept) < len(centres):
        close = nearest(points, centres[kept])
        at = np.full(len(centres), -1)
        at[kept] = np.arange(len(kept))
        labels = np.where(at[labels] >= 0, at[labels], close)
        sizes = np.bincount(labels, minlength=len(kept))
    middles = np.stack([np.bincount(labels, weights=points[:, d], minlength=len(kept)) / sizes for d in range(2)], axis=1)
    far = middles.round(9).tolist()
    order = sorted(range(len(kept)), key=lambda n: (-int(sizes[n]), *far[n]))
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
