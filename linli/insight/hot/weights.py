"""
Traces as weighted vectors: the rarer a piece among the messages, the more it says (inverse document frequency, K. Spärck Jones 1972, squared: what decides between two matters are their rarest pieces), and a title says more than
a body. *What* and *where* are two vectors, each of length one.

Needs numpy and scipy.
"""

from __future__ import annotations

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
    """Weights from the messages themselves. Of *what*, a piece only one message has counts in the length and compares nothing."""
    rows = len(traces)
    places, column, met = _numbered(traces.pieces >> np.uint32(1))
    inside = (places & np.uint32(_WHERE_PLACE)) != 0
    # What one has may be met again: it is as rare as what two have.
    rarity = np.log((rows + BACKGROUND) / np.maximum(met, 2)) ** 2
    # A name or place nobody else has is no likeness, but says that this is elsewhere.
    says = np.where(inside, np.maximum(rarity, LEAST_WHERE), rarity).astype(np.float32)
    titled = (traces.pieces & np.uint32(1)).astype(bool)
    value = says[column] * np.where(titled, np.float32(IN_TITLE), np.where(inside[column], np.float32(WHERE_IN_BODY), np.float32(1)))
    row_of = np.repeat(np.arange(rows), np.diff(traces.ends, prepend=0))
    where = inside[column]
    shared = (met >= 2)[column]
    parts = []
    for chosen, compares in ((~where & (value > 0), shared), (where & (value > 0), where)):
        parts.append(_unit(value[chosen], column[chosen], row_of[chosen], compares[chosen], (rows, len(places))))
    what_matrix, where_matrix = parts
    return Vectors(what_matrix, where_matrix, met, np.diff(where_matrix.indptr) > 0)


def _numbered(pieces: Array) -> tuple[Array, Array, Array]:
    """The distinct pieces, ascending; the number of each piece among them; how often each is met."""
    if len(pieces) < MANY:
        places, column, met = np.unique(pieces, return_inverse=True, return_counts=True)
        return places, column.astype(np.int32), met
    counts = np.bincount(pieces, minlength=2 << BITS)  # a table costs memory but no sorting
    places = np.flatnonzero(counts)
    number = np.zeros(len(counts), dtype=np.int32)
    number[places] = np.arange(len(places), dtype=np.int32)
    return places.astype(np.uint32), number[pieces], counts[places]


def _unit(value: Array, column: Array, row_of: Array, shared: Array, shape: tuple[int, int]) -> Matrix:
    """Rows of length one; what is not `shared` counts in their length and is then left out."""
    square = np.bincount(row_of, weights=value.astype(np.float64) ** 2, minlength=shape[0])
    value = (value / np.sqrt(np.maximum(square, 1e-12))[row_of]).astype(np.float32)
    telling = shared & (value >= LEAST_VALUE)
    value, column, row_of = value[telling], column[telling], row_of[telling]
    starts = np.append(0, np.cumsum(np.bincount(row_of, minlength=shape[0])))
    return csr_matrix((value, column, starts), shape=shape)
