"""
Which messages may be about the same matter: pairs, from inverted lists of rare pieces, with how alike they are.

Comparing all with all would be quadratic. Each list is cut into blocks of neighbours in order of arrival, and a message is compared with those
of its own block and the one before: its work does not grow with the number of messages (inverted lists as in R. Bayardo et al., "Scaling up all
pairs similarity search", WWW 2007; blocks as the sliding window of M. Hernández and S. Stolfo, SIGMOD 1995).

Needs numpy and scipy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

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
BLOCK: Final = 16
MOST_TIES: Final = 8
LEAST_PARTIAL: Final = 0.05
RARE_SHARE: Final = 200
RARE_LEAST: Final = 50
LEAST_KEYS: Final = 8
LEAST_KEY: Final = 0.1
"""
Messages are looked for by the pieces that weigh so much in them (of length one), some twenty-five of seventy; the others only judge. Without it the
lists grow faster than the messages, as more and more of chance pieces are met again.
"""
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
    wanted = np.arange(len(vectors)) if fresh is None else np.asarray(fresh)
    lists = _lists(vectors, wanted)
    found = [
        _good(vectors, *_candidates(lists, wanted[at : at + CHUNK]), days, placed, rules) for at in range(0, max(1, len(wanted)), CHUNK)
    ]
    return Ties(*(np.concatenate([getattr(part, name.name) for part in found]) for name in fields(Ties)))


def _good(vectors: Vectors, one: Array, other: Array, days: Array, placed: Array, rules: Rules) -> Ties:
    """Those of the pairs that are alike enough."""
    what, where = _alike(vectors.what, one, other), _alike(vectors.where, one, other)
    both = vectors.has_where[one] & vectors.has_where[other]
    tree = placed[one] & placed[other]
    near = both & (where >= rules.where) & (what >= np.where(tree, rules.what_placed, rules.what))
    alone = ~both & (what >= rules.what_alone)
    far = both & tree & (what >= rules.what_far) & (np.abs(days[one] - days[other]) <= rules.far_days)
    good = near | alone | far
    score = np.where(both, (what + where) / 2, 0.7 * what)
    return Ties(one[good].astype(np.int32), other[good].astype(np.int32), what[good], where[good], score[good])


@dataclass(frozen=True)
class _Lists:
    """
    The keys of row n are those from `ends[n]` before to `ends[n + 1]`, each with its `value` and the block it is in (`block_of`); `blocks` has one
    row a block, `begins` says which blocks are the first of their list.
    """

    ends: Array
    value: Array
    block_of: Array
    blocks: Matrix
    begins: Array


def _lists(vectors: Vectors, wanted: Array) -> _Lists:
    rows = len(vectors)
    rare = (vectors.met >= 2) & (vectors.met <= max(RARE_LEAST, rows / RARE_SHARE))
    keys_of = [(matrix, rare[matrix.indices] & (matrix.data >= LEAST_KEY)) for matrix in (vectors.what, vectors.where)]
    # Who says only what many say is looked for by all of it: the hottest topics are made of that.
    few = sum(np.diff(_summed(chosen)[matrix.indptr]) for matrix, chosen in keys_of) < LEAST_KEYS
    asked = np.ones(len(rare), dtype=bool)
    if len(wanted) < rows:  # lists nobody asks are not laid out
        asked[:] = False
        for matrix in (vectors.what, vectors.where):
            asked[matrix[wanted].indices] = True
    met = (vectors.met >= 2) & asked
    keys = sum(
        _only(matrix, (chosen & asked[matrix.indices]) | (np.repeat(few, np.diff(matrix.indptr)) & met[matrix.indices]))
        for matrix, chosen in keys_of
    ).tocsr()  # their columns differ
    del keys_of
    ends, value = keys.indptr, keys.data
    lists = keys.tocsc()  # by list, in order of arrival
    del keys
    length = np.diff(lists.indptr)
    many = -(-length // BLOCK)
    first = np.append(0, np.cumsum(many))
    begins = np.zeros(first[-1], dtype=bool)
    begins[first[:-1][many > 0]] = True
    block = np.repeat(first[:-1].astype(np.int32), length) + (
        (np.arange(len(lists.data), dtype=np.int32) - np.repeat(lists.indptr[:-1].astype(np.int32), length)) // BLOCK
    )
    starts = np.append(0, np.cumsum(np.bincount(block, minlength=len(begins))))
    blocks = csr_matrix((lists.data, lists.indices, starts), shape=(len(begins), rows))
    block_of = csc_matrix((block, lists.indices, lists.indptr), shape=lists.shape).tocsr().data
    return _Lists(ends, value, block_of, blocks, begins)


def _summed(flags: Array) -> Array:
    found = np.zeros(len(flags) + 1, dtype=np.int32 if len(flags) < 1 << 31 else np.int64)
    np.cumsum(flags, out=found[1:])
    return found


def _only(matrix: Matrix, kept: Array) -> Matrix:
    """A matrix with those of its entries alone."""
    return csr_matrix((matrix.data[kept], matrix.indices[kept], _summed(kept)[matrix.indptr]), shape=matrix.shape)


def _candidates(lists: _Lists, wanted: Array) -> tuple[Array, Array]:
    """Earlier rows that share enough with each of `wanted`, the strongest first."""
    starts, ends = lists.ends[wanted], lists.ends[wanted + 1]
    counts = ends - starts
    entry = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    row = np.repeat(np.arange(len(wanted), dtype=np.int32), counts)
    block, value = lists.block_of[entry], lists.value[entry]
    before = ~lists.begins[block]
    rows = np.concatenate([row, row[before]])
    columns = np.concatenate([block, block[before] - 1])
    values = np.concatenate([value, value[before]])
    asked = csr_matrix((values, (rows, columns)), shape=(len(wanted), lists.blocks.shape[0]))
    shared = (asked @ lists.blocks).tocsr()
    of_row = np.repeat(np.arange(len(wanted)), np.diff(shared.indptr))
    good = (shared.data >= LEAST_PARTIAL) & (shared.indices < wanted[of_row])
    of_row, other, partial = of_row[good], shared.indices[good], shared.data[good]
    order = np.lexsort((-other, -partial, of_row))
    of_row, other = of_row[order], other[order]
    counts = np.bincount(of_row, minlength=len(wanted))
    rank = np.arange(len(of_row)) - np.repeat(np.cumsum(counts) - counts, counts)
    strongest = rank < MOST_TIES
    return wanted[of_row[strongest]].astype(np.int64), other[strongest].astype(np.int64)


def _alike(matrix: Matrix, one: Array, other: Array) -> Array:
    found = [np.zeros(0)]
    for at in range(0, len(one), PAIRS):
        product = matrix[one[at : at + PAIRS]].multiply(matrix[other[at : at + PAIRS]])
        found.append(np.asarray(product.sum(axis=1)).ravel())
    return np.concatenate(found)
