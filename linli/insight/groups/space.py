"""The two directions in which votes differ most, and where people stand along them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.groups.told import Space
from linli.insight.groups.votes import Array, Votes

SMALL: Final = 64
DENSE: Final = 50_000  # people up to whom few statements are quicker as a whole table
WIDTH, DEPTH, EXACT = 4, 9, 1e-6
FROM_NEAR, ENOUGH = 5, 1e-4  # the depth and what may be left over where nearly the same votes had their axes already


def space_of(votes: Votes, weights: Array | None = None, near: Space | None = None) -> Space:
    """
    Means and two axes of `votes`: principal components of people × statements where what was not seen counts as the statement's mean
    (Small et al. 2021, 3.1). `weights` (people,) say how much each counts; None: all alike. `near`, of nearly the same votes, is where to
    begin looking; the axes are then right to a ten-thousandth, which no group hangs on.

    The sign of each axis is fixed by its largest entry, so that the picture never flips by itself. A zero axis where nothing differs.
    """
    means, centred = centred_of(votes, weights)
    if weights is not None:
        centred.data *= np.repeat(np.sqrt(weights), votes.seen)
    values, axes = _directions(centred, None if near is None else np.array(near.axes))
    count = len(votes.statements)
    both = np.zeros((2, count))
    for n in range(min(2, len(values))):
        if values[n] > 1e-9 * max(values[0], 1.0):
            axis = axes[n] / np.linalg.norm(axes[n])
            both[n] = -axis if axis[np.argmax(np.abs(axis).round(9))] < 0 else axis
    return Space(tuple(means.tolist()), (tuple(both[0].tolist()), tuple(both[1].tolist())))


def centred_of(votes: Votes, weights: Array | None = None) -> tuple[Array, Any]:
    """The mean vote on each statement (0 where nobody voted), and votes less means, sparse: what was not seen is 0, which is the mean."""
    count = len(votes.statements)
    each = np.ones(len(votes.how)) if weights is None else np.repeat(weights, votes.seen)
    sums = np.bincount(votes.what, weights=each * votes.how, minlength=count)
    totals = np.bincount(votes.what, weights=each, minlength=count)
    means = np.divide(sums, totals, out=np.zeros(count), where=totals > 0)
    return means, csr_matrix((votes.how - means[votes.what], votes.what, votes.at), shape=(len(votes.people), count))


def _directions(centred: Any, near: Array | None = None) -> tuple[Array, Array]:
    """
    The two largest eigenvalues of the scatter of `centred` (people, statements), sparse, and their directions (two at most, statements).

    By block Krylov iteration (C. Musco & C. Musco, Randomized block Krylov methods, NeurIPS 2015) from a fixed start, or from the directions
    `near`, until what is left over is a millionth; of few statements by the matrix itself. Never makes a table of people × people.
    """
    count = centred.shape[1]
    if not count or not centred.shape[0]:
        return np.zeros(0), np.zeros((0, count))
    if count <= SMALL:
        table = centred.toarray() if centred.shape[0] <= DENSE else centred
        scatter = table.T @ table
        values, turned = np.linalg.eigh(scatter if isinstance(scatter, np.ndarray) else scatter.toarray())
        return values[::-1][:2], turned[:, ::-1][:, :2].T
    across = centred.T
    start = np.random.default_rng(0).standard_normal((count, WIDTH))
    if near is not None:
        start[:, :2] = near.T
    depth, exact = (DEPTH, EXACT) if near is None else (FROM_NEAR, ENOUGH)
    basis, values = np.linalg.qr(start)[0], np.zeros(0)
    for _round in range(40):
        blocks = [basis]
        for _step in range(min(depth, count // WIDTH) - 1):
            blocks.append(np.linalg.qr(across @ (centred @ blocks[-1]))[0])
        whole = np.linalg.qr(np.hstack(blocks))[0]
        seen = centred @ whole
        values, turned = np.linalg.eigh(seen.T @ seen)
        values, turned = values[::-1][:WIDTH], turned[:, ::-1][:, :WIDTH]
        basis = whole @ turned
        left = across @ (seen @ turned[:, :2]) - basis[:, :2] * values[:2]
        if np.linalg.norm(left, axis=0).max() <= exact * max(values[0], 1e-12):
            break
    return values[:2], basis[:, :2].T


def stand(votes: Votes, space: Space) -> Array:
    """Where people stand before who saw few statements is moved out, shape (people, 2)."""
    means, axes = np.array(space.means), np.array(space.axes)
    centred = csr_matrix((votes.how - means[votes.what], votes.what, votes.at), shape=(len(votes.people), len(votes.statements)))
    found: Array = centred @ axes.T
    return found


def moved_out(points: Array, seen: Array, count: int, exponent: float) -> Array:
    """Who saw few statements moved out by (all / seen) to `exponent`, as otherwise those who have just begun would crowd in the middle."""
    found: Array = points * ((count / np.maximum(seen, 1)) ** exponent)[:, None]
    return found


def project(votes: Votes, space: Space) -> Array:
    """Where people stand, shape (people, 2) (Small et al. 2021, 3.2, with the exponent of `space` for their square root)."""
    return moved_out(stand(votes, space), votes.seen, len(votes.statements), space.exponent)
