"""
Which rows have a piece: lists of row numbers that grow by insertion.

Rows come into a small tail of Python lists; a full tail becomes a segment (all lists one after the other, and where each begins), and
segments of like size are merged, so that a million rows lie in some ten segments and each row is copied some ten times in all
(P. O'Neil et al., "The Log-Structured Merge-Tree", 1996; J. Zobel & A. Moffat, "Inverted files for text search engines", 2006). Needs numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.pieces import PLACES

Array: TypeAlias = "np.ndarray[Any, Any]"

TAIL: Final = 2_048
"""Rows that wait in the tail at most."""
_GROWTH: Final = 3
_SLICE: Final = PLACES // 16


@dataclass(frozen=True)
class _Segment:
    """`rows[starts[p]:starts[p + 1]]` are the rows with piece p, ascending."""

    starts: Array
    rows: Array


class Postings:
    """Lists of rows by piece. Rows are added in ascending order; `counts` says how many rows have each piece."""

    def __init__(self) -> None:
        self.counts: Array = np.zeros(PLACES, dtype=np.uint32)
        self._segments: list[_Segment] = []
        self._tail: dict[int, list[int]] = {}
        self._waiting = 0

    def add(self, row: int, pieces: Array) -> None:
        """One row with its distinct pieces."""
        for piece in pieces.tolist():
            self._tail.setdefault(piece, []).append(row)
        self.counts[pieces] += 1
        self._waiting += 1
        if self._waiting >= TAIL:
            self._settle()

    def add_many(self, rows: Array, pieces: Array) -> None:
        """Many rows at once: `rows[n]` has `pieces[n]`; rows ascending, the pieces of a row distinct. Zeros are no pieces."""
        self._settle()
        kept = pieces != 0
        keys = np.sort(pieces[kept].astype(np.uint64) << np.uint64(32) | rows[kept].astype(np.uint64))
        if not len(keys):
            return
        counts = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=PLACES)
        self.counts += counts.astype(np.uint32)
        self._push(_Segment(_starts(counts), keys.astype(np.uint32)))

    def rows_of(self, piece: int, most: int) -> list[Array]:
        """The newest rows with this piece, at most `most`, in parts."""
        parts: list[Array] = []
        if piece in self._tail:
            parts.append(np.array(self._tail[piece][-most:], dtype=np.uint32))
            most -= len(parts[0])
        for segment in reversed(self._segments):
            if most <= 0:
                break
            start, end = int(segment.starts[piece]), int(segment.starts[piece + 1])
            if end > start:
                parts.append(segment.rows[max(start, end - most) : end])
                most -= end - start
        return parts

    def _settle(self) -> None:
        if not self._tail:
            return
        pieces = np.array(sorted(self._tail), dtype=np.int64)
        counts = np.zeros(PLACES, dtype=np.int64)
        counts[pieces] = [len(self._tail[piece]) for piece in pieces.tolist()]
        rows = np.array([row for piece in pieces.tolist() for row in self._tail[piece]], dtype=np.uint32)
        self._tail, self._waiting = {}, 0
        self._push(_Segment(_starts(counts), rows))

    def _push(self, segment: _Segment) -> None:
        self._segments.append(segment)
        while len(self._segments) > 1 and len(self._segments[-2].rows) < _GROWTH * len(self._segments[-1].rows):
            newer, older = self._segments.pop(), self._segments.pop()
            self._segments.append(_merged(older, newer))


def _starts(counts: Array) -> Array:
    return np.append(0, np.cumsum(counts)).astype(np.uint32)


def _merged(older: _Segment, newer: _Segment) -> _Segment:
    """Each list of the older followed by the newer's; slice by slice, so that little is held twice."""
    rows = np.empty(len(older.rows) + len(newer.rows), dtype=np.uint32)
    for low in range(0, PLACES, _SLICE):
        high = low + _SLICE
        base = int(older.starts[low]) + int(newer.starts[low])
        for mine, other, shift in ((older, newer, 0), (newer, older, 1)):
            lengths = np.diff(mine.starts[low : high + 1])
            before = (other.starts[low + shift : high + shift] - other.starts[low]).astype(np.int64)
            part = mine.rows[mine.starts[low] : mine.starts[high]]
            rows[base + np.arange(len(part)) + np.repeat(before, lengths)] = part
    return _Segment(older.starts + newer.starts, rows)
