"""
Messages into groups: pairs are gone through from the most to the least alike, and two groups become one when they are alike as wholes, so
that a chain of chance likenesses joins nothing (average-link clustering: R. Sokal and C. Michener, 1958; the mean of all pairs is the product
of two sums, D. Cutting et al., "Scatter/Gather", SIGIR 1992).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from linli.insight.hot.texts import Array
from linli.insight.hot.ties import RULES, Rules, Ties
from linli.insight.hot.weights import Matrix, Vectors

Sums = dict[int, float]
Apart = tuple[Array, Mapping[int, Collection[int]]]
_NONE: Final[frozenset[int]] = frozenset()


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
        groups.begin_with(np.asarray(known, dtype=np.int64), frozenset(fixed))
    if apart is not None:
        groups.keep_apart(*apart)
    order = np.lexsort((ties.earlier, ties.later, -ties.score))
    for one, other in zip(ties.later[order].tolist(), ties.earlier[order].tolist(), strict=True):
        groups.try_join(one, other)
    return groups.named()


class _Groups:
    def __init__(self, vectors: Vectors, placed: Array, rules: Rules) -> None:
        rows = len(vectors)
        self.above = list(range(rows))
        self.size = [1] * rows
        self.saying = vectors.has_where.astype(int).tolist()
        self.placed = placed.astype(int).tolist()
        self.what: dict[int, Sums] = {}
        self.where: dict[int, Sums] = {}
        self.members: dict[int, Array] = {}
        self.vectors, self.rules = vectors, rules
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

    def begin_with(self, known: Array, fixed: Collection[int]) -> None:
        rows = np.flatnonzero(known >= 0)
        order = rows[np.argsort(known[rows], kind="stable")]
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
                self.members[top] = part

    def top(self, row: int) -> int:
        above = self.above
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    def try_join(self, one: int, other: int) -> None:
        a, b = sorted((self.top(one), self.top(other)))
        if a == b or ({a, b} <= self.stands and not self.fixed.isdisjoint((a, b))) or self._apart(a, b) or not self._alike(a, b):
            return
        for notes in (self.holds, self.shuns):
            if b in notes:
                notes[a] = notes.get(a, _NONE) | notes.pop(b)
        for flags in (self.stands, self.fixed):
            if b in flags:
                flags.add(a)
        self.what[a] = _added(self.what[a], self.what.pop(b))
        self.where[a] = _added(self._sum(self.vectors.where, self.where, a), self._sum(self.vectors.where, self.where, b))
        del self.where[b]
        self.above[b] = a
        self.size[a] += self.size[b]
        self.saying[a] += self.saying[b]
        self.placed[a] += self.placed[b]

    def _alike(self, a: int, b: int) -> bool:
        share = self.rules.group_share
        what = _product(self._sum(self.vectors.what, self.what, a), self._sum(self.vectors.what, self.what, b))
        what /= self.size[a] * self.size[b]
        if not (self.saying[a] and self.saying[b]):
            return what >= share * self.rules.what_alone
        tree = bool(self.placed[a] and self.placed[b])
        if what < share * (self.rules.what_placed if tree else self.rules.what):
            return False
        where = _product(self._sum(self.vectors.where, self.where, a), self._sum(self.vectors.where, self.where, b))
        if where / (self.saying[a] * self.saying[b]) >= self.rules.where:
            return True
        return tree and what >= share * self.rules.what_far

    def _sum(self, matrix: Matrix, known: dict[int, Sums], top: int) -> Sums:
        found = known.get(top)
        if found is None:
            rows = self.members.get(top)
            if rows is None:
                start, end = matrix.indptr[top], matrix.indptr[top + 1]
                found = dict(zip(matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True))
            else:
                all_of_it = matrix[rows]
                keys, place = np.unique(all_of_it.indices, return_inverse=True)
                found = dict(zip(keys.tolist(), np.bincount(place, all_of_it.data).tolist(), strict=True))
            known[top] = found
        return found

    def named(self) -> Array:
        return np.array([self.top(row) for row in range(len(self.above))], dtype=np.int64)


def _product(one: Sums, other: Sums) -> float:
    if len(one) < len(other):
        one, other = other, one
    return sum(value * one[key] for key, value in other.items() if key in one)


def _added(one: Sums, other: Sums) -> Sums:
    if len(one) < len(other):
        one, other = other, one
    for key, value in other.items():
        one[key] = one.get(key, 0.0) + value
    return one
