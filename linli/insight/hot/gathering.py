"""
Messages into groups: pairs are gone through from the most to the least alike, and two groups become one when they are alike as wholes, so
that a chain of chance likenesses joins nothing (average-link clustering: R. Sokal and C. Michener, 1958; the mean of all pairs is the product
of two sums, D. Cutting et al., "Scatter/Gather", SIGIR 1992).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.hot.texts import Array
from linli.insight.hot.ties import RULES, Rules, Ties
from linli.insight.hot.weights import Matrix, Vectors

Sum = tuple[Array, Array]
Apart = tuple[Array, Mapping[int, Collection[int]]]
_NONE: Final[frozenset[int]] = frozenset()
_END: Final = np.array([np.iinfo(np.int32).max], dtype=np.int32)
_NOTHING: Final = np.zeros(1, dtype=np.float32)
AT_ONCE: Final = 50_000


def gather(
    vectors: Vectors,
    ties: Ties,
    placed: Array,
    *,
    known: Sequence[int] | Array | None = None,
    fixed: Collection[int] = (),
    apart: Apart | None = None,
    rules: Rules = RULES,
) -> Array:
    """
    The group of each row, named by its earliest row. `known` are groups that stand already (a number a row, negative for none): they stay
    together whatever the likeness, and grow or join; those in `fixed` grow, but join no other that stands. `apart` are a label a row, and
    for some rows the labels they must not come together with, whatever the likeness.

    Deterministic: ties in score are settled by the rows' order.
    """
    groups = _Groups(vectors, placed, rules)
    if known is not None:
        groups.begin_with(np.asarray(known, dtype=np.int64), frozenset(fixed), np.concatenate([ties.later, ties.earlier]))
    if apart is not None:
        groups.keep_apart(*apart)
    order = np.lexsort((ties.earlier, ties.later, -ties.score))
    for at in range(0, len(order), AT_ONCE):
        some = order[at : at + AT_ONCE]
        columns = (ties.later[some], ties.earlier[some], ties.what[some], ties.where[some])
        for one, other, what, where in zip(*(column.tolist() for column in columns), strict=True):
            groups.try_join(one, other, what, where)
    return groups.named()


class _Groups:
    def __init__(self, vectors: Vectors, placed: Array, rules: Rules) -> None:
        rows = len(vectors)
        self.above = list(range(rows))
        self.size = [1] * rows
        self.saying = vectors.has_where.astype(int).tolist()
        self.placed = placed.astype(int).tolist()
        self.what, self.where = _Sums(vectors.what), _Sums(vectors.where)
        self.rules = rules
        self.stands: set[int] = set()
        self.fixed: set[int] = set()
        self.holds: dict[int, frozenset[int]] = {}
        self.shuns: dict[int, frozenset[int]] = {}

    def keep_apart(self, labels: Array, barred: Mapping[int, Collection[int]]) -> None:
        """Note in each group which of the barred labels its rows hold, and which they shun."""
        for row, shunned in barred.items():
            top = self.top(row)
            self.shuns[top] = self.shuns.get(top, _NONE) | frozenset(shunned)
        for label in sorted(set().union(*barred.values())):
            for row in np.flatnonzero(labels == label).tolist():
                top = self.top(row)
                self.holds[top] = self.holds.get(top, _NONE) | {label}

    def _apart(self, a: int, b: int) -> bool:
        """May these two not come together, as a row of one shuns what the other holds?"""
        holds, shuns = self.holds, self.shuns
        return bool(shuns.get(a, _NONE) & holds.get(b, _NONE) or shuns.get(b, _NONE) & holds.get(a, _NONE))

    def begin_with(self, known: Array, fixed: Collection[int], asked: Array) -> None:
        """Groups that stand; what they say is summed of those that one of the rows `asked` is in."""
        rows = np.flatnonzero(known >= 0)
        order = rows[np.argsort(known[rows], kind="stable")]
        wanted: list[Array] = []
        needed = np.zeros(len(known), dtype=bool)
        needed[asked] = True
        for part in np.split(order, np.flatnonzero(np.diff(known[order])) + 1):
            top = int(part[0]) if len(part) else -1
            if len(part):
                self.stands.add(top)
            if len(part) and int(known[top]) in fixed:
                self.fixed.add(top)
            if len(part) > 1:
                for row in part[1:].tolist():
                    self.above[row] = top
                self.size[top] = len(part)
                self.saying[top] = sum(self.saying[row] for row in part.tolist())
                self.placed[top] = sum(self.placed[row] for row in part.tolist())
                if needed[part].any():
                    wanted.append(part)
        self.what.begin_with(wanted)
        self.where.begin_with(wanted)

    def top(self, row: int) -> int:
        above = self.above
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    def try_join(self, one: int, other: int, what: float, where: float) -> None:
        """Join the groups of two rows, whose likeness is told, if they are alike as wholes."""
        a, b = self.top(one), self.top(other)
        if a > b:
            a, b = b, a
        if a == b or ({a, b} <= self.stands and not self.fixed.isdisjoint((a, b))) or self._apart(a, b):
            return
        if not (self._is_alike(a, b, what, where) if self.size[a] == self.size[b] == 1 else self._alike(a, b)):
            return
        for notes in (self.holds, self.shuns):
            if b in notes:
                notes[a] = notes.get(a, _NONE) | notes.pop(b)
        for flags in (self.stands, self.fixed):
            if b in flags:
                flags.add(a)
        self.what.join(a, b)
        self.where.join(a, b)
        self.above[b] = a
        self.size[a] += self.size[b]
        self.saying[a] += self.saying[b]
        self.placed[a] += self.placed[b]

    def _alike(self, a: int, b: int) -> bool:
        what = self.what.product(a, b) / (self.size[a] * self.size[b])
        saying = self.saying[a] * self.saying[b]
        if what < self.rules.group_share * min(self.rules.what, self.rules.what_placed, self.rules.what_alone):
            return False
        return self._is_alike(a, b, what, self.where.product(a, b) / saying if saying else 0.0)

    def _is_alike(self, a: int, b: int, what: float, where: float) -> bool:
        """Are two groups alike, as their means of likeness tell?"""
        share = self.rules.group_share
        if not (self.saying[a] and self.saying[b]):
            return what >= share * self.rules.what_alone
        tree = bool(self.placed[a] and self.placed[b])
        if what < share * (self.rules.what_placed if tree else self.rules.what):
            return False
        return where >= self.rules.where or (tree and what >= share * self.rules.what_far)

    def named(self) -> Array:
        return np.array([self.top(row) for row in range(len(self.above))], dtype=np.int64)


class _Sums:
    """
    Sums of the rows of groups, columns ascending and a last one that none has. Of a row alone nothing is kept beside the matrix: most rows stay
    alone, or are asked for once.
    """

    def __init__(self, matrix: Matrix) -> None:
        self.indptr, self.column, self.value = matrix.indptr, matrix.indices, matrix.data
        self.matrix = matrix
        self.kept: dict[int, Sum] = {}

    def begin_with(self, groups: Sequence[Array]) -> None:
        """Sum the rows of groups, at once."""
        if not groups:
            return
        ends = np.append(0, np.cumsum([len(group) for group in groups]))
        members = csr_matrix((np.ones(ends[-1], dtype=np.float32), np.concatenate(groups), ends), shape=(len(groups), self.matrix.shape[0]))
        sums = (members @ self.matrix).tocsr()
        sums.sort_indices()
        for group, start, end in zip(groups, sums.indptr[:-1].tolist(), sums.indptr[1:].tolist(), strict=True):
            self.kept[int(group[0])] = _ended(sums.indices[start:end], sums.data[start:end])

    def product(self, a: int, b: int) -> float:
        """Of the sums of two groups."""
        (columns, values), (few, less) = self._ordered(a, b)
        at = columns.searchsorted(few)
        return float(((columns.take(at) == few) * values.take(at)).dot(less))

    def join(self, a: int, b: int) -> None:
        """The sum of two groups, kept for the first."""
        (columns, values), (few, less) = self._ordered(a, b)
        self.kept.pop(b, None)
        at = columns.searchsorted(few)
        both = columns.take(at) == few
        values[at[both]] += less[both]
        if not both.all():
            columns, values = np.concatenate((columns, few[~both])), np.concatenate((values, less[~both]))
            order = columns.argsort(kind="stable")
            columns, values = columns[order], values[order]
        self.kept[a] = (columns, values)

    def _ordered(self, a: int, b: int) -> tuple[Sum, Sum]:
        """The sums of two groups, the longer first, which has the last column."""
        one, other = self.kept.get(a), self.kept.get(b)
        if one is None and other is None:
            return _ended(*self._row(a)), self._row(b)
        if one is None or other is None:
            return one or other or self._row(a), self._row(a if one is None else b)
        return (one, other) if len(one[0]) >= len(other[0]) else (other, one)

    def _row(self, row: int) -> Sum:
        start, end = self.indptr[row], self.indptr[row + 1]
        return self.column[start:end], self.value[start:end]


def _ended(columns: Array, values: Array) -> Sum:
    return np.concatenate((columns, _END)), np.concatenate((values, _NOTHING))
