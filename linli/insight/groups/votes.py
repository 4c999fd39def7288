"""Votes as rows of numbers: who, on what, how; sparse, so that a hundred thousand people and a thousand statements fit."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from linli.insight.groups.told import MISSING, order_of
from linli.lib.problems import InputProblem

Array: TypeAlias = "np.ndarray[Any, Any]"


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
    given = list(rows)
    who, what, how = ([row[n] for row in given] for n in range(3))
    for number, (person, statement, choice) in enumerate(given, start=1) if not _plain(who, what, how) else ():
        if choice not in (1, 0, -1):
            raise _bad_vote(number)
        if _empty(person) or _empty(statement):
            zh = f"第 {number} 个表态没有写是谁的，或者没有写是对哪条看法的。"
            raise InputProblem("no_name", zh, f"Vote {number} lacks its voter or its statement.")
    row, people = _numbered(who, ())
    column, columns = _numbered(what, statements)
    return _built(people, columns, row, column, np.array(how, dtype=np.int8))


def _numbered(keys: list[Any], more: Iterable[Any]) -> tuple[Array, tuple[Any, ...]]:
    """Each key's number in the order of ids, and the ids; `more` ids that need not be among them."""
    more = list(more)
    if all(type(key) is int and 0 <= key < 2**62 for key in [*keys[:1], *more]):
        found = np.array([*keys, *more])
        if found.dtype == np.int64 and (not len(found) or found.min() >= 0):
            ids, number = np.unique(found, return_inverse=True)
            return number[: len(keys)], tuple(ids.tolist())
    known = sorted({*keys, *more}, key=order_of)
    at = {key: n for n, key in enumerate(known)}
    return np.fromiter((at[key] for key in keys), dtype=np.int64, count=len(keys)), tuple(known)


def _plain(who: list[Any], what: list[Any], how: list[Any]) -> bool:
    """Nothing to look at one by one: known choices, and names that are numbers or texts with something in them."""
    choices = set(how) <= {1, 0, -1}
    return choices and all(type(key) is int or (type(key) is str and key) for keys in (who, what) for key in set(keys))


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
    people, row = np.unique(who, return_inverse=True)
    columns, column = np.unique(what, return_inverse=True)
    return _built(tuple(people.tolist()), tuple(columns.tolist()), row, column, how)


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
