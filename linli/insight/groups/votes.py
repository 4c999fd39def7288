"""Votes as rows of numbers: who, on what, how; sparse, so that a hundred thousand people and a thousand statements fit."""

from __future__ import annotations

import math
import struct
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.groups.told import MISSING, order_of
from linli.lib.problems import InputProblem

Array: TypeAlias = "np.ndarray[Any, Any]"
PACKED: Final = 20_000


@dataclass(frozen=True)
class Votes:
    """
    `at[n]:at[n + 1]` are the votes of person n: on which statement (`what`, column numbers that rise) and `how` (1 agree, -1 disagree,
    0 pass). People and statements in the order of their ids.
    """

    people: tuple[Hashable, ...]
    statements: tuple[Hashable, ...]
    at: Array
    what: Array
    how: Array

    @property
    def seen(self) -> Array:
        """How many statements each person voted on."""
        return np.diff(self.at)

    @property
    def who(self) -> Array:
        """The row of each vote."""
        return np.repeat(np.arange(len(self.people)), self.seen)

    @property
    def matrix(self) -> Array:
        """All votes as int8 of shape (people, statements), -9 where not seen."""
        found = np.full((len(self.people), len(self.statements)), MISSING, dtype=np.int8)
        found[self.who, self.what] = self.how
        return found

    def rows(self, chosen: Array) -> Votes:
        """The votes of the people in rows `chosen` (numbers), in that order; every statement keeps its column."""
        lengths = self.seen[chosen]
        at = np.concatenate([[0], np.cumsum(lengths)])
        take = np.repeat(self.at[chosen] - at[:-1], lengths) + np.arange(at[-1])
        return Votes(tuple(self.people[n] for n in chosen.tolist()), self.statements, at, self.what[take], self.how[take])

    def prints(self) -> Array:
        """A number for each person's votes that is the same for the same votes on the same statements (64 bits, chance collisions aside)."""
        random = np.random.default_rng(20_211_126)
        marks = random.integers(0, 2**63, size=(len(self.statements), 3), dtype=np.uint64)
        sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(marks[self.what, self.how + 1], dtype=np.uint64)])
        return sums[self.at[1:]] - sums[self.at[:-1]]


def votes_of(rows: Iterable[tuple[Any, Any, int]], statements: Iterable[Any] = ()) -> Votes:
    """
    Votes from (person, statement, choice); a later row of the same two replaces an earlier one. `statements` adds columns nobody saw.

    Raises InputProblem naming the row for a choice that is not 1, 0 or -1, and for a person or statement that is empty.
    """
    given, more = list(rows), list(statements)
    if (numbers := _all_numbers(given)) is not None and all(type(key) is int and 0 <= key < 2**62 for key in more):
        return _numbered(*numbers, np.array(more, dtype=np.int64))
    for number, (person, statement, choice) in enumerate(given, start=1):
        if choice not in (1, 0, -1):
            raise _bad_vote(number)
        if _empty(person) or _empty(statement):
            zh = f"第 {number} 个表态没有写是谁的，或者没有写是对哪条看法的。"
            raise InputProblem("no_name", zh, f"Vote {number} lacks its voter or its statement.")
    people = sorted({row[0] for row in given}, key=order_of)
    columns = sorted({row[1] for row in given} | set(more), key=order_of)
    row, column = ({key: n for n, key in enumerate(keys)} for keys in (people, columns))
    at = np.fromiter((row[person] for person, _s, _c in given), dtype=np.int64, count=len(given))
    on = np.fromiter((column[statement] for _p, statement, _c in given), dtype=np.int64, count=len(given))
    return _built(tuple(people), tuple(columns), at, on, np.array([int(choice) for _p, _s, choice in given], dtype=np.int8))


def _all_numbers(given: list[tuple[Any, Any, int]]) -> tuple[Array, Array, Array] | None:
    """The three columns where everything is a whole number that an array holds and the order of ids is that of numbers; else None."""
    if not given or type(given[0][0]) is not int:
        return None
    table = np.empty((3, len(given)), dtype=np.int64)
    try:
        for at in range(0, len(given), PACKED):
            part = given[at : at + PACKED]
            # Three times as fast as an array of a list, and refuses whatever is no whole number.
            numbers = struct.pack(f"{3 * len(part)}q", *chain.from_iterable(part))
            table[:, at : at + len(part)] = np.frombuffer(numbers, dtype=np.int64).reshape(-1, 3).T
    except (struct.error, TypeError):
        return None
    who, what, how = table
    fits = min(who.min(), what.min()) >= 0 and max(who.max(), what.max()) < 2**62
    return (who, what, how) if fits and np.abs(how).max() <= 1 else None


def _numbered(who: Array, what: Array, how: Array, more: Array) -> Votes:
    """Votes of people and statements that are called by whole numbers from 0 on; `more` statements nobody saw."""
    people, row = _ids(who)
    columns, column = _ids(np.concatenate([what, more]))
    return _built(tuple(people.tolist()), tuple(columns.tolist()), row, column[: len(what)], how)


def _ids(found: Array) -> tuple[Array, Array]:
    """Which ids there are, in order, and the number of each one given."""
    if not len(found) or found.min() < 0 or found.max() > 8 * len(found) + 1000:
        return np.unique(found, return_inverse=True)
    there = np.bincount(found) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[found]


def _bad_vote(number: int) -> InputProblem:
    zh = f"第 {number} 个表态读不懂：只能是 1（同意）、-1（不同意）或 0（跳过）。"
    return InputProblem("bad_vote", zh, f"Vote {number} cannot be read: it must be 1 (agree), -1 (disagree) or 0 (pass).")


def _empty(key: Any) -> bool:
    return key is None or key == "" or (isinstance(key, float) and not math.isfinite(key))


def votes_from(who: Array, what: Array, how: Array) -> Votes:
    """
    The same from three arrays of one length: ids of people and of statements (whole numbers), and choices. A later vote replaces an
    earlier one. Raises InputProblem as `votes_of`.
    """
    who, what, how = np.asarray(who), np.asarray(what), np.asarray(how)
    if not len(who) == len(what) == len(how):
        raise InputProblem("bad_length", "三列的长短不一样。", "The three columns differ in length.")
    wrong = np.flatnonzero(~np.isin(how, (1, 0, -1)))
    if len(wrong):
        raise _bad_vote(int(wrong[0]) + 1)
    if len(who) and not (np.issubdtype(who.dtype, np.integer) and np.issubdtype(what.dtype, np.integer)):
        raise InputProblem("bad_number", "人和看法的编号要是整数。", "Voters and statements must be whole numbers.")
    return _numbered(who, what, how, what[:0])


def _built(people: tuple[Any, ...], columns: tuple[Any, ...], who: Array, what: Array, how: Array) -> Votes:
    key = who * max(len(columns), 1) + what
    order = np.argsort(key, kind="stable")
    key = key[order]
    last = np.append(key[1:] != key[:-1], True) if len(key) else np.zeros(0, dtype=bool)
    kept = order[last]
    at = np.concatenate([[0], np.cumsum(np.bincount(who[kept], minlength=len(people)))]).astype(np.int64)
    return Votes(people, columns, at, what[kept].astype(np.int32), how[kept].astype(np.int8))


def dense(matrix: Sequence[Sequence[int]] | Array) -> Votes:
    """Votes from a matrix (people, statements) with -9 where not seen; people and statements are called by their number."""
    cells = np.asarray(matrix)
    if cells.ndim != 2 or (cells.size and not np.isin(cells, (1, 0, -1, MISSING)).all()):
        zh = "表态的表格里只能有 1、0、-1 和 -9（没有看到）。"
        raise InputProblem("bad_vote", zh, "A table of votes may hold only 1, 0, -1 and -9 (not seen).")
    who, what = np.nonzero(cells != MISSING)
    return _built(tuple(range(cells.shape[0])), tuple(range(cells.shape[1])), who, what, cells[who, what])
