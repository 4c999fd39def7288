"""Passages that two texts have in common, and many pairs judged at once. Needs numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.pieces import IN_HEAD, PIECE, folded, parted, pieces_of, places_in
from linli.insight.same.scorecard import Scorecard

Array: TypeAlias = "np.ndarray[Any, Any]"

PASSAGES: Final = 4
LONGEST_PASSAGE: Final = 16


def totals_of(card: Scorecard, facts: Mapping[str, Array]) -> Array:
    """The logarithm of the odds of many pairs at once, as `Scorecard.judge` sums it for one; NaN stands for what is not known."""
    total: Array = np.full(len(next(iter(facts.values()))), card.base)
    for name, table in card.tables.items():
        if name in facts:
            value = facts[name]
            points = np.array(table.points)[np.searchsorted(np.array(table.edges), value, side="right").clip(0, len(table.edges))]
            total += np.where(np.isnan(value), table.unknown, points)
        else:
            total += table.unknown
    return total


def shared_passages(text: str, others: Sequence[str], weights: Callable[[Array], Array]) -> list[tuple[str, ...]]:
    """
    The passages of `text` that each of the others has too, weightiest first, at most four, folded as they are compared. Every two (or, of
    letters, four) neighbouring characters of a passage stand side by side in both. `weights` tells the weight of pieces.
    """
    if not others:
        return []
    head, rest = map(folded, parted(text))
    read = f"{head} {rest}"
    piece, start, end = places_in(read)
    worth = weights(piece | np.where(start < len(head), IN_HEAD, np.uint32(0)))
    return [_passages(read, start, end, worth, np.isin(piece, theirs & PIECE)) for theirs in pieces_of(others)]


def _passages(read: str, start: Array, end: Array, worth: Array, hit: Array) -> tuple[str, ...]:
    marks = np.zeros(len(read) + 1, dtype=np.int64)
    np.add.at(marks, start[hit], 1)
    np.add.at(marks, end[hit] - 1, -1)
    tied = np.cumsum(marks) > 0  # this character and the next stand side by side in both
    begins = np.flatnonzero(tied & ~np.append(False, tied[:-1]))
    ends = np.flatnonzero(tied & ~np.append(tied[1:], False)) + 2
    values = np.zeros(len(read) + 2)
    np.add.at(values, start[hit], worth[hit])
    total = np.append(0.0, np.cumsum(values))
    runs = [(float(total[end] - total[begin]), read[begin:end]) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    best = sorted(((value, run) for value, run in runs if len(run) > 1), key=lambda one: (-one[0], one[1]))
    return tuple(dict.fromkeys(run[:LONGEST_PASSAGE] for _value, run in best))[:PASSAGES]
