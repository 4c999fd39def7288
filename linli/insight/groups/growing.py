"""A map that grows while people vote: new votes are counted and people moved at once; the axes and centres wait for the next whole map."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from linli.insight.groups.speaking import groups_of, shared_of
from linli.insight.groups.told import MISSING, OpinionMap
from linli.insight.groups.votes import Array, Votes
from linli.lib.problems import InputProblem

REDO: Final = 0.1


class Growing:
    """
    A conversation with its map, kept in memory: a byte for each person and statement (100 MB for 100,000 × 1,000).

    `add` takes new votes in, on statements the map knows; people are placed on the map's axes and counted with the nearest centre.
    `old` is the share of votes that came since the map was made: from `REDO` on (or with new statements) the whole map is due again.
    """

    def __init__(self, votes: Votes, told: OpinionMap, groups: Mapping[Hashable, int]) -> None:
        """Raises InputProblem for a map without groups: there is nothing to grow from."""
        if told.space is None or not told.groups:
            raise InputProblem("no_groups", "这张分布图还没有人群，没法接着更新。", "This map has no groups to grow from.")
        self.told = told
        self._rows = {person: n for n, person in enumerate(votes.people)}
        self._columns = {statement: n for n, statement in enumerate(votes.statements)}
        self._cells = votes.matrix
        self._label = np.full(len(votes.people), -1, dtype=np.int64)
        self._seen = votes.seen.copy()
        for person, number in groups.items():
            self._label[self._rows[person]] = number
        self._means, self._axes = np.array(told.space.means), np.array(told.space.axes)
        self._tally = np.zeros((len(told.groups), len(votes.statements), 3), dtype=np.int64)
        for number in range(len(told.groups)):
            self._count(np.flatnonzero(self._label == number), 1)
        self._at_first, self._new = len(votes.how), 0

    @property
    def old(self) -> float:
        return self._new / max(1, self._at_first + self._new)

    @property
    def is_due(self) -> bool:
        return self.old >= REDO

    def add(self, rows: Iterable[tuple[Hashable, Hashable, int]]) -> int:
        """
        Take in votes (person, statement, choice), later ones replacing earlier ones; returns how many changed something.

        Raises InputProblem for a choice that is not 1, 0 or -1 and for a statement the map does not know; then nothing is taken in.
        """
        last = {(person, statement): choice for person, statement, choice in rows}
        for (_person, statement), choice in last.items():
            if choice not in (1, 0, -1):
                raise InputProblem("bad_vote", "表态只能是 1、0 或 -1。", "A vote must be 1, 0 or -1.")
            if statement not in self._columns:
                zh = "有一条看法不在分布图里，请重新算一次。"
                raise InputProblem("new_statement", zh, "The map does not know one of the statements; make it anew.")
        for person, _statement in last:
            self._rows.setdefault(person, len(self._rows))
        self._grow()
        who = np.array([self._rows[person] for person, _statement in last], dtype=np.int64)
        what = np.array([self._columns[statement] for _person, statement in last], dtype=np.int64)
        how = np.array(list(last.values()), dtype=np.int8)
        people = np.unique(who)
        changed = int((self._cells[who, what] != how).sum()) if last else 0
        self._count(people[self._label[people] >= 0], -1)
        self._cells[who, what] = how
        self._place(people)
        self._count(people[self._label[people] >= 0], 1)
        self._new += changed
        return changed

    def _grow(self) -> None:
        missing = len(self._rows) - len(self._label)
        if missing > 0:
            # By a quarter at a time, so that a vote that brings a newcomer does not copy everything.
            more = max(missing, len(self._label) // 4)
            self._cells = np.vstack([self._cells, np.full((more, self._cells.shape[1]), MISSING, dtype=np.int8)])
            self._label = np.append(self._label, np.full(more, -1))
            self._seen = np.append(self._seen, np.zeros(more, dtype=self._seen.dtype))

    def _place(self, people: Array) -> None:
        assert self.told.space is not None
        cells = self._cells[people]
        seen = cells != MISSING
        count = self._seen[people] = seen.sum(axis=1)
        points = np.where(seen, cells - self._means, 0.0) @ self._axes.T
        points *= ((cells.shape[1] / np.maximum(count, 1)) ** self.told.space.exponent)[:, None]
        away = np.square(points[:, None] - np.array(self.told.centres)[None]).sum(axis=2)
        self._label[people] = np.where(count >= self.told.needed_votes, away.argmin(axis=1), -1)

    def _count(self, people: Array, sign: int) -> None:
        for number in range(len(self._tally)):
            cells = self._cells[people[self._label[people] == number]]
            for place, choice in enumerate((1, -1, 0)):
                self._tally[number, :, place] += sign * (cells == choice).sum(axis=0)

    def map(self) -> OpinionMap:
        """The map as it stands: groups, their sizes, what speaks for each, what all share; axes and centres are those of the whole map."""
        sizes = np.bincount(self._label[self._label >= 0], minlength=len(self._tally)).tolist()
        statements, centres = self.told.statements, np.array(self.told.centres)
        return replace(
            self.told,
            people=int((self._seen > 0).sum()),
            counted=sum(sizes),
            votes=int(self._seen.sum()),
            groups=groups_of(self._tally, statements, sizes, centres, lambda n: np.where(self._label >= 0, self._cells[:, n], MISSING)),
            shared=shared_of(self._tally, statements),
        )
