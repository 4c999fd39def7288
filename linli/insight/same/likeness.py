"""How alike two texts are by the weight of the pieces they share, and the passages that both have. Needs numpy."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.pieces import folded, places_in

Array: TypeAlias = "np.ndarray[Any, Any]"

PASSAGES: Final = 4
LONGEST_PASSAGE: Final = 16


def likeness(own: Array, own_weights: Array, other: Array, other_weights: Array) -> float:
    """
    From 0 (nothing shared) to 1 (the same pieces): the mean of the shared weight's part in both together (Jaccard) and in the lighter
    (overlap), so that a short text that lies wholly in a long one counts as rather alike. Pieces distinct and ascending.
    """
    both = np.intersect1d(own, other, assume_unique=True, return_indices=True)[1]
    shared = float(own_weights[both].sum())
    one, two = float(own_weights.sum()), float(other_weights.sum())
    if not shared or not one or not two:
        return 0.0
    return min(1.0, (shared / max(one + two - shared, shared) + shared / min(one, two)) / 2)


def shared_passages(text: str, other: str, pieces: Array, weights: Array) -> tuple[str, ...]:
    """
    The passages of `text` whose every piece stands in `other` too, weightiest first, at most four, folded as they are compared.

    `pieces` (ascending) and `weights` are those of `text`.
    """
    read = folded(text)
    piece, start, end = places_in(read)
    if not len(piece):
        return ()
    theirs = places_in(folded(other))[0]
    hit = np.isin(piece, theirs)
    marks = np.zeros(len(read) + 1, dtype=np.int64)
    np.add.at(marks, start[hit], 1)
    np.add.at(marks, end[hit] - 1, -1)
    tied = np.cumsum(marks) > 0  # this character and the next stand in both side by side
    begins = np.flatnonzero(tied & ~np.append(False, tied[:-1]))
    ends = np.flatnonzero(tied & ~np.append(tied[1:], False)) + 2
    worth = np.zeros(len(read) + 1)
    np.add.at(worth, start[hit], weights[np.searchsorted(pieces, piece[hit]).clip(0, len(pieces) - 1)])
    total = np.append(0.0, np.cumsum(worth))
    runs = [(float(total[end] - total[begin]), read[begin:end]) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    best = sorted(((value, run) for value, run in runs if len(run) > 1), key=lambda one: (-one[0], one[1]))
    return tuple(dict.fromkeys(run[:LONGEST_PASSAGE] for _value, run in best))[:PASSAGES]
