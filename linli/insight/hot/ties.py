"""
Which messages may be about the same matter: pairs, from inverted lists of rare pieces, with how alike they are.

Comparing all with all would be quadratic. Each list is cut into blocks of neighbours in order of arrival, and a message is compared with those
of its own block and the one before: its work does not grow with the number of messages (inverted lists as in R. Bayardo et al., "Scaling up all
pairs similarity search", WWW 2007; blocks as the sliding window of M. Hernández and S. Stolfo, SIGMOD 1995).

Needs numpy and scipy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.hot.texts import Array
from linli.insight.hot.weights import Matrix, Vectors


@dataclass(frozen=True)
class Rules:
    """
    How alike is alike enough, as cosines from 0 to 1. Two messages whose words say where must be alike in `where` and a little in `what`; when
    one does not say where, in `what_alone`; when the tree of places says where for both, in `what_placed` at the same place (much happens there),
    and at different ones in `what_far` and within `far_days`. `group_share` of it must hold between whole groups.

    The defaults were found on public messages (bench/README.md).
    """

    what: float = 0.04
    where: float = 0.2
    what_alone: float = 0.12
    what_placed: float = 0.1
    what_far: float = 0.15
    far_days: int = 7
    group_share: float = 0.6

    def __post_init__(self) -> None:
        if not all(0 < value <= 1 for value in (self.what, self.where, self.what_alone, self.what_placed, self.what_far, self.group_share)):
            raise ValueError("likeness lies between 0 and 1")


RULES: Final = Rules()
BLOCK: Final = 24
MOST_TIES: Final = 8
LEAST_PARTIAL: Final = 0.05
RARE_SHARE: Final = 200
RARE_LEAST: Final = 50
LEAST_KEYS: Final = 8
CHUNK: Final = 4_000
PAIRS: Final = 20_000


@dataclass(frozen=True)
class Ties:
    """Pairs of rows (`later` came after `earlier`), how alike they are in `what` and `where`, and both in one `score` to sort by."""

    later: Array
    earlier: Array
    what: Array
    where: Array
    score: Array


def ties_of(vectors: Vectors, days: Array, placed: Array, *, fresh: Array | None = None, rules: Rules = RULES) -> Ties:
    """
    The ties of the rows `fresh` (all by default) to earlier rows. `days` are the rows' days, `placed` whether a row has a place of the tree.

    Deterministic; at most `MOST_TIES` a row, the strongest.
    """
    rows = len(vectors)
    wanted = np.arange(rows) if fresh is None else np.asarray(fresh)
    lists = _lists(vectors, wanted)
    later, earlier = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for at in range(0, len(wanted), CHUNK):
        one, other = _candidates(lists, wanted[at : at + CHUNK])
        later.append(one)
        earlier.append(other)
    one, other = np.concatenate(later), np.concatenate(earlier)
    what, where = _alike(vectors.what, one, other), _alike(vectors.where, one, other)
    both = vectors.has_where[one] & vectors.has_where[other]
    tree = placed[one] & placed[other]
    near = both & (where >= rules.where) & (what >= np.where(tree, rules.what_placed, rules.what))
    alone = ~both & (what >= rules.what_alone)
    far = both & tree & (what >= rules.what_far) & (np.abs(days[one] - days[other]) <= rules.far_days)
    good = near | alone | far
    score = np.where(both, (what + where) / 2, 0.7 * what)
    return Ties(one[good], other[good], what[good], where[good], score[good])


@dataclass(frozen=True)
class _Lists:
    """`keys` of each row; the same as blocks: `blocks` has one row a block, `block_of` the block of each entry of `keys`, `same` whether the one before is of the same list."""

    keys: Matrix
    blocks: Matrix
    block_of: Array
    same: Array


def _lists(vectors: Vectors, wanted: Array) -> _Lists:
    rows = len(vectors)
    rare = (vectors.met >= 2) & (vectors.met <= max(RARE_LEAST, rows / RARE_SHARE))
    asked = np.ones(len(rare), dtype=bool)
    if len(wanted) < rows:  # lists nobody asks are not laid out
        asked[:] = False
        for matrix in (vectors.what, vectors.where):
            asked[matrix[wanted].indices] = True
    # Who says only what many say is looked for by all of it: the hottest topics are made of that.
    few = sum(np.diff(_summed(rare[matrix.indices])[matrix.indptr]) for matrix in (vectors.what, vectors.where)) < LEAST_KEYS
    met = (vectors.met >= 2) & asked
    both = sum(
        _only(matrix, (rare & asked)[matrix.indices] | (np.repeat(few, np.diff(matrix.indptr)) & met[matrix.indices]))
        for matrix in (vectors.what, vectors.where)
    ).tocsr()  # their columns differ
    row_of, column, value = np.repeat(np.arange(rows), np.diff(both.indptr)), both.indices, both.data
    starts = np.append(0, np.cumsum(np.bincount(row_of, minlength=rows)))
    order = np.argsort(column, kind="stable")  # by list, in order of arrival
    ordered = column[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, dtype=np.int64)
    list_start = np.repeat(first, np.diff(np.append(first, len(ordered))))
    position = np.arange(len(ordered)) - list_start
    begins = position % BLOCK == 0
    block = np.cumsum(begins) - 1
    block_starts = np.append(np.flatnonzero(begins), len(ordered))
    blocks = csr_matrix((value[order], row_of[order], block_starts), shape=(len(block_starts) - 1, rows))
    block_of = np.empty(len(ordered), dtype=np.int64)
    block_of[order] = block
    same = np.empty(len(ordered), dtype=bool)
    same[order] = position >= BLOCK
    return _Lists(csr_matrix((value, column, starts), shape=both.shape), blocks, block_of, same)


def _summed(flags: Array) -> Array:
    return np.append(0, np.cumsum(flags))


def _only(matrix: Matrix, kept: Array) -> Matrix:
    """A matrix with those of its entries alone."""
    return csr_matrix((matrix.data[kept], matrix.indices[kept], _summed(kept)[matrix.indptr]), shape=matrix.shape)


def _candidates(lists: _Lists, wanted: Array) -> tuple[Array, Array]:
    """Earlier rows that share enough with each of `wanted`, the strongest first."""
    starts, ends = lists.keys.indptr[wanted], lists.keys.indptr[wanted + 1]
    counts = ends - starts
    entry = np.repeat(starts - np.append(0, np.cumsum(counts)[:-1]), counts) + np.arange(counts.sum())
    row = np.repeat(np.arange(len(wanted)), counts)
    before = lists.same[entry]
    rows = np.concatenate([row, row[before]])
    columns = np.concatenate([lists.block_of[entry], lists.block_of[entry][before] - 1])
    values = np.concatenate([lists.keys.data[entry], lists.keys.data[entry][before]])
    asked = csr_matrix((values, (rows, columns)), shape=(len(wanted), lists.blocks.shape[0]))
    shared = (asked @ lists.blocks).tocsr()
    of_row = np.repeat(np.arange(len(wanted)), np.diff(shared.indptr))
    good = (shared.data >= LEAST_PARTIAL) & (shared.indices < wanted[of_row])
    of_row, other, partial = of_row[good], shared.indices[good], shared.data[good]
    order = np.lexsort((-other, -partial, of_row))
    of_row, other = of_row[order], other[order]
    counts = np.bincount(of_row, minlength=len(wanted))
    rank = np.arange(len(of_row)) - np.repeat(np.append(0, np.cumsum(counts)[:-1]), counts)
    strongest = rank < MOST_TIES
    return wanted[of_row[strongest]].astype(np.int64), other[strongest].astype(np.int64)


def _alike(matrix: Matrix, one: Array, other: Array) -> Array:
    found = [np.zeros(0)]
    for at in range(0, len(one), PAIRS):
        product = matrix[one[at : at + PAIRS]].multiply(matrix[other[at : at + PAIRS]])
        found.append(np.asarray(product.sum(axis=1)).ravel())
    return np.concatenate(found)
