"""
Traces as weighted vectors: the rarer a piece among the messages, the more it says (inverse document frequency, K. Spärck Jones 1972, squared: what decides between two matters are their rarest pieces), and a title says more than
a body. *What* and *where* are two vectors, each of length one.

Needs numpy and scipy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.hot.texts import Array
from linli.insight.hot.traces import BITS, Traces

Matrix: TypeAlias = Any

IN_TITLE: Final = 2.5
WHERE_IN_BODY: Final = 0.5
BACKGROUND: Final = 50
"""So many other messages, without the piece, are thought of beside those there are: what all say still says a little, and of few messages each tells."""
LEAST_WHERE: Final = 0.05
LEAST_VALUE: Final = 0.03
"""Pieces that weigh less in a message (of length one) change no likeness by a hundredth, and are left out."""
MANY: Final = 2_000_000
AT_ONCE: Final = 16_000_000
"""From so many pieces on they are counted in a table, so many at a time."""
SLICE: Final = 20_000
_WHERE_PLACE: Final = 1 << BITS


@dataclass(frozen=True)
class Vectors:
    """
    One row a message: `what` and `where`, sparse, rows of length one (or empty); `met` says of each column how many messages have it, and
    `has_where` of each row whether it says where.
    """

    what: Matrix
    where: Matrix
    met: Array
    has_where: Array

    def __len__(self) -> int:
        return int(self.what.shape[0])

    def rows(self, chosen: Array) -> Vectors:
        """Some rows alone, with the weights they have among all."""
        what, where = self.what[chosen], self.where[chosen]
        met = np.bincount(what.indices, minlength=len(self.met)) + np.bincount(where.indices, minlength=len(self.met))
        return Vectors(what, where, met, self.has_where[chosen])


def weighed(traces: Traces) -> Vectors:
    """
    Weights from the messages themselves. Of *what*, a piece only one message has counts in the length and compares nothing.

    Read `SLICE` messages at a time: what is needed to weigh a piece is several times what is kept of it.
    """
    rows = len(traces)
    places, numbered, met = _numbered(traces.pieces)
    inside = (places & np.uint32(_WHERE_PLACE)) != 0
    # What one has may be met again: it is as rare as what two have.
    rarity = np.log((rows + BACKGROUND) / np.maximum(met, 2)) ** 2
    # A name or place nobody else has is no likeness, but says that this is elsewhere.
    says = np.where(inside, np.maximum(rarity, LEAST_WHERE), rarity).astype(np.float32)
    kinds = (~inside & (says > 0), met >= 2), (inside & (says > 0), np.ones(len(places), dtype=bool))
    bodies = np.where(inside, np.float32(WHERE_IN_BODY), np.float32(1))
    parts = _Parts(), _Parts()
    for at in range(0, max(1, rows), SLICE):
        ends = traces.ends[at : at + SLICE]
        begin = int(traces.ends[at - 1]) if at else 0
        pieces = traces.pieces[begin : (int(ends[-1]) if len(ends) else 0)]
        column = numbered(pieces >> np.uint32(1))
        value = says[column] * np.where((pieces & np.uint32(1)).astype(bool), np.float32(IN_TITLE), bodies[column])
        row_of = np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(ends, prepend=begin))
        for part, (of_kind, compares) in zip(parts, kinds, strict=True):
            chosen = of_kind[column]
            part.take(value[chosen], column[chosen], row_of[chosen], compares, len(ends))
    what, where = (part.matrix((rows, len(places))) for part in parts)
    return Vectors(what, where, met, np.diff(where.indptr) > 0)


def _numbered(pieces: Array) -> tuple[Array, Callable[[Array], Array], Array]:
    """The distinct pieces (without the title's mark), ascending; what tells the number of each among them; how often each is met."""
    if len(pieces) < MANY:
        places, met = np.unique(pieces >> np.uint32(1), return_counts=True)
        return places, lambda some: np.searchsorted(places, some).astype(np.int32), met
    counts = np.zeros(2 << BITS, dtype=np.int64)  # a table costs memory but no sorting
    for at in range(0, len(pieces), AT_ONCE):
        counts += np.bincount(pieces[at : at + AT_ONCE] >> np.uint32(1), minlength=len(counts))
    places = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.int32)
    number[places] = np.arange(len(places), dtype=np.int32)
    return places.astype(np.uint32), lambda some: number[some], counts[places]


class _Parts:
    """A matrix as it grows, some rows at a time."""

    def __init__(self) -> None:
        self.values: list[Array] = []
        self.columns: list[Array] = []
        self.counts: list[Array] = []

    def take(self, value: Array, column: Array, row_of: Array, compares: Array, rows: int) -> None:
        """Rows, made of length one; the columns that do not compare count in their length and are then left out."""
        square = np.bincount(row_of, weights=value.astype(np.float64) ** 2, minlength=rows)
        value = (value / np.sqrt(np.maximum(square, 1e-12))[row_of]).astype(np.float32)
        telling = compares[column] & (value >= LEAST_VALUE)
        self.values.append(value[telling])
        self.columns.append(column[telling])
        self.counts.append(np.bincount(row_of[telling], minlength=rows))

    def matrix(self, shape: tuple[int, int]) -> Matrix:
        """All of them; what was kept is let go."""
        arrays = []
        for part in (self.values, self.columns, self.counts):
            arrays.append(np.concatenate(part))
            part.clear()
        value, column, counts = arrays
        found = csr_matrix((value, column, np.append(0, np.cumsum(counts))), shape=shape)
        found.has_sorted_indices = found.has_canonical_format = True  # as traces are
        return found
