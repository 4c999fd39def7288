"""
Lloyd's rounds of many runs at once: k-means of several numbers of groups, each from several starts.

All of them share every array operation, as on a few hundred points the calls would cost more than the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from linli.insight.groups.votes import Array

ROUGH: Final = 1e-3
ROUNDS: Final = 60


def best_of(pictures: Sequence[Array], weights: Array, numbers: Sequence[int], seed: int, restarts: int) -> list[list[Array]]:
    """
    Centres (k, dimensions) of the best run of each number of groups k in `numbers`, in each of several `pictures` of the same people: the
    least squares within groups.
    """
    if not len(numbers):
        return [[] for _picture in pictures]
    most, many = max(numbers), len(numbers)
    # A run of fewer groups begins with the first centres of the run of more.
    begun = [_spread_out(points, weights, most, restarts, np.random.default_rng(seed)) for points in pictures]
    alive = np.arange(most) < np.array(numbers)[:, None]
    centres = np.repeat(begun, many, axis=0)
    alive = np.tile(alive, (len(pictures), 1))
    centres = _together(pictures, weights, np.where(alive[:, None, :, None], centres, 0.0), alive)
    return [[_best(points, weights, centres[p * many + n][:, :k]) for n, k in enumerate(numbers)] for p, points in enumerate(pictures)]


def _best(points: Array, weights: Array, runs: Array) -> Array:
    away = squares(points, runs).min(axis=1) @ weights
    found: Array = runs[int(np.argmin(away.round(9)))]
    return found


def nearest(points: Array, centres: Array) -> Array:
    """The number of the nearest of `centres` (k, dimensions) for each point."""
    found: Array = squares(points, centres[None])[0].argmin(axis=0)
    return found


def squares(points: Array, centres: Array) -> Array:
    """Squared distances, shape (runs, k, people), from centres of shape (runs, k, dimensions)."""
    found: Array = np.zeros((*centres.shape[:2], len(points)))
    for axis in range(points.shape[1]):
        found += np.square(centres[:, :, axis, None] - points[:, axis])
    return found


def _spread_out(points: Array, weights: Array, k: int, restarts: int, random: np.random.Generator) -> Array:
    """First centres of each run by k-means++, shape (restarts, k, dimensions)."""
    centres = np.empty((restarts, k, points.shape[1]))
    centres[:, 0] = points[random.integers(len(points), size=restarts)]
    away = squares(points, centres[:, :1])[:, 0]
    for n in range(1, k):
        sums = np.cumsum(away * weights, axis=1)
        at = (sums < (random.random(restarts) * sums[:, -1])[:, None]).sum(axis=1)
        centres[:, n] = points[np.minimum(at, len(points) - 1)]
        away = np.minimum(away, squares(points, centres[:, n : n + 1])[:, 0])
    return centres


def _together(pictures: Sequence[Array], weights: Array, centres: Array, alive: Array) -> Array:
    """
    Rounds of `centres` (numbers, runs, most, dimensions), those of the first picture first, of which `alive` (numbers, most) says which there
    are. One number of groups is done when no centre of any of its runs moves by more than a thousandth of the picture; the others go on.
    """
    each = len(centres) // len(pictures)
    still = np.repeat([ROUGH * float(np.abs(points).max(initial=0.0)) for points in pictures], each)
    across, heavy = (np.repeat(part, each, axis=0) for part in _ready(pictures, weights))
    centres, going = centres.copy(), np.arange(len(centres))
    for _n in range(ROUNDS):
        moved = _round(across, heavy, centres[going], alive[going])
        moves = np.abs(moved - centres[going]).max(axis=(1, 2, 3)) > still[going]
        centres[going] = moved
        if not moves.all():
            going, across, heavy = going[moves], across[moves], heavy[moves]
            if not len(going):
                break
    return centres


def rounds(points: Array, weights: Array, centres: Array, *, still: float = 1e-12) -> Array:
    """
    Lloyd's rounds of `centres` (runs, k, dimensions) until none of any moves by more than `still`; one that lost everybody stays where it is.
    """
    alive = np.ones((1, centres.shape[1]), dtype=bool)
    across, heavy = _ready([points], weights)
    for _n in range(ROUNDS):
        moved = _round(across, heavy, centres[None], alive)[0]
        step = np.abs(moved - centres).max()
        centres = moved
        if step <= still:
            break
    return centres


def _ready(pictures: Sequence[Array], weights: Array) -> tuple[Array, Array]:
    """What every round asks of each picture: points in columns, and each point times its weight with the weight beside it."""
    return (
        np.stack([np.ascontiguousarray(points.T) for points in pictures]),
        np.stack([np.column_stack([points * weights[:, None], weights]) for points in pictures]),
    )


def _round(across: Array, heavy: Array, centres: Array, alive: Array) -> Array:
    """One round of all: everybody to the nearest centre, each centre to the middle of its people."""
    numbers, runs, k, dimensions = centres.shape
    flat = centres.reshape(numbers, runs * k, dimensions)
    # Squared distances but for what is the same for every centre.
    away = (-2 * flat @ across).reshape(numbers, runs, k, -1)
    away += np.where(alive[:, None, :], np.square(centres).sum(axis=3), np.inf)[..., None]
    # Somebody just as near to two counts with both: rare, and much faster than picking one.
    mine = (away <= away.min(axis=2, keepdims=True)).astype(np.float64)
    sums = mine.reshape(numbers, runs * k, -1) @ heavy
    sizes = sums[..., -1:]
    moved: Array = np.where(sizes > 0, sums[..., :-1] / np.where(sizes > 0, sizes, 1), flat)
    return moved.reshape(centres.shape)
