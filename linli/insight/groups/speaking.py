"""What speaks for a group, and what all groups share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np

from linli.insight.groups.told import AGREE, DISAGREE, LETTERS, MISSING, PASS, Counts, Group, Representative, Shared, order_of
from linli.insight.groups.votes import Array, Votes

Z90: Final = 1.2816  # one-sided, nine in ten
ALIKE: Final = 0.95


def one_proportion(yes: Array, asked: Array) -> Array:
    """z of `yes` of `asked` against one half, each smoothed by one, as Polis does."""
    found: Array = 2.0 * np.sqrt(asked + 1) * ((yes + 1) / (asked + 1) - 0.5)
    return found


def two_proportions(yes: Array, asked: Array, yes_beside: Array, asked_beside: Array) -> Array:
    """z of the difference between a group's share and that of all others (pooled; each count smoothed by one); 0 where nothing varies."""
    a, n, b, m = yes + 1, asked + 1, yes_beside + 1, asked_beside + 1
    pooled = (a + b) / (n + m)
    varies = pooled < 1
    spread = np.sqrt(np.where(varies, pooled * (1 - pooled), 1.0) * (1 / n + 1 / m))
    return np.where(varies, (a / n - b / m) / spread, 0.0)


def tally_of(votes: Votes, labels: Array, groups: int) -> Array:
    """Votes by group, statement and choice (agree, disagree, pass), shape (groups, statements, 3)."""
    count = len(votes.statements)
    place = np.select([votes.how == AGREE, votes.how == DISAGREE, votes.how == PASS], [0, 1, 2])
    key = (labels[votes.who] * count + votes.what) * 3 + place
    return np.bincount(key, minlength=groups * count * 3).reshape(groups, count, 3)


def counts_of(tally: Array) -> list[Counts]:
    """One group's votes on each statement, from its part of a tally (statements, 3)."""
    return list(map(Counts._make, tally.tolist()))


def shared_of(tally: Array, statements: Sequence[Hashable]) -> tuple[Shared, ...]:
    """
    Every statement by how much all groups agree, the most first: the group-informed consensus of Small et al. 2021, 3.4. A group counts
    as one however many are in it, so that no group outvotes another by its size.
    """
    seen = tally.sum(axis=2) + 2
    agree, disagree = (np.prod((tally[:, :, place] + 1) / seen, axis=0).tolist() for place in (0, 1))
    by_statement = zip(*(counts_of(part) for part in tally), strict=True)
    found = [Shared(*row) for row in zip(statements, agree, disagree, by_statement, strict=True)]
    return tuple(sorted(found, key=lambda s: (-s.agree, order_of(s.statement))))


def groups_of(
    tally: Array, statements: Sequence[Hashable], sizes: Sequence[int], centres: Array, column: Callable[[int], Array], *, most: int = 5
) -> tuple[Group, ...]:
    """
    The groups with at most `most` statements that speak for each. `column` gives all votes on a statement by its number, people in the
    same order each time, -9 where not seen.
    """
    whole = tally.sum(axis=0)
    number = {statement: n for n, statement in enumerate(statements)}
    made = []
    for n, (x, y) in enumerate(centres.tolist()):
        ranked = representative_of(tally[n], whole - tally[n], statements)
        picked = _different(ranked, lambda one: column(number[one]), most)
        made.append(Group(LETTERS[n], int(sizes[n]), (x, y), picked))
    return tuple(made)


def columns_of(votes: Votes) -> Callable[[int], Array]:
    """All votes on one statement, by its number."""
    who = votes.who

    def column(number: int) -> Array:
        found = np.full(len(votes.people), MISSING, dtype=np.int8)
        mine = votes.what == number
        found[who[mine]] = votes.how[mine]
        return found

    return column


def representative_of(inside: Array, outside: Array, statements: Sequence[Hashable]) -> tuple[Representative, ...]:
    """
    Statements on which a group stands out, the strongest first, from its own tally and that of all others (both (statements, 3)): both its
    share against one half and its difference from all others pass the test at nine in ten; by the product of shares and z, agreement
    before disagreement (Small et al. 2021, 3.3). When none passes, the one that comes nearest, marked as not `tested`.
    """
    own, other = inside.sum(axis=1), outside.sum(axis=1)
    agrees = two_proportions(inside[:, 0], own, outside[:, 0], other) > two_proportions(inside[:, 1], own, outside[:, 1], other)
    yes, beside = np.where(agrees, inside[:, 0], inside[:, 1]), np.where(agrees, outside[:, 0], outside[:, 1])
    share, times = (yes + 1) / (own + 2), ((yes + 1) / (own + 2)) / ((beside + 1) / (other + 2))
    z_own, z_apart = one_proportion(yes, own), two_proportions(yes, own, beside, other)
    weight = share * np.maximum(z_own, 0) * times * np.maximum(z_apart, 0)
    asked = inside[:, 0] + inside[:, 1] > 0
    good = np.flatnonzero(asked & (z_own > Z90) & (z_apart > Z90)).tolist()
    if good:
        picked = sorted(good, key=lambda n: (not agrees[n], -weight[n], order_of(statements[n])))
    else:
        picked = sorted(np.flatnonzero(asked).tolist(), key=lambda n: (-weight[n], order_of(statements[n])))[:1]
    counts = counts_of(inside[picked])
    return tuple(
        Representative(statements[n], bool(agrees[n]), c, float(times[n]), bool(good)) for n, c in zip(picked, counts, strict=True)
    )


def _different(ranked: Sequence[Representative], column: Callable[[Hashable], Array], most: int) -> tuple[Representative, ...]:
    """
    The first `most` that are not the same statement in other words: nearly all who voted on both voted alike on both. So nobody fills a
    group's page by saying one thing many times.
    """
    kept: list[Representative] = []
    columns: list[Array] = []
    for one in ranked[: most * 8]:
        mine = column(one.statement)
        if not any(_alike(mine, other) for other in columns):
            kept.append(one)
            columns.append(mine)
        if len(kept) == most:
            break
    return tuple(kept)


def _alike(one: Array, other: Array) -> bool:
    """Of at least twenty who voted on both, nineteen in twenty voted alike, and not all the same way."""
    both = (one != MISSING) & (other != MISSING)
    count = int(both.sum())
    if count < 20:
        return False
    a, b = one[both], other[both]
    return bool((a == b).mean() >= ALIKE and len(np.unique(a)) > 1 and np.bincount(a + 1).max() < ALIKE * count)
