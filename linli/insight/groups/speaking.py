"""What speaks for a group, and what all groups share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np

from linli.insight.groups.told import AGREE, DISAGREE, LETTERS, MISSING, PASS, Counts, Group, Representative, Shared, order_of
from linli.insight.groups.votes import Array, Votes

Z90: Final = 1.2816  # one-sided, nine in ten
ALIKE: Final = 0.95


def one_proportion(yes: int, asked: int) -> float:
    """z of `yes` of `asked` against one half, each smoothed by one, as Polis does."""
    return 2.0 * (asked + 1) ** 0.5 * ((yes + 1) / (asked + 1) - 0.5)


def two_proportions(yes: int, asked: int, yes_beside: int, asked_beside: int) -> float:
    """z of the difference between a group's share and that of all others (pooled; each count smoothed by one); 0 where nothing varies."""
    a, n, b, m = yes + 1, asked + 1, yes_beside + 1, asked_beside + 1
    pooled = (a + b) / (n + m)
    if pooled >= 1:
        return 0.0
    return float((a / n - b / m) / (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5)


def tally_of(votes: Votes, labels: Array, groups: int) -> Array:
    """Votes by group, statement and choice (agree, disagree, pass), shape (groups, statements, 3)."""
    count = len(votes.statements)
    place = np.select([votes.how == AGREE, votes.how == DISAGREE, votes.how == PASS], [0, 1, 2])
    key = (labels[votes.who] * count + votes.what) * 3 + place
    return np.bincount(key, minlength=groups * count * 3).reshape(groups, count, 3)


def counts_of(tally: Array) -> list[Counts]:
    """One group's votes on each statement, from its part of a tally (statements, 3)."""
    return [Counts(*row) for row in tally.tolist()]


def shared_of(tally: Array, statements: Sequence[Hashable]) -> tuple[Shared, ...]:
    """
    Every statement by how much all groups agree, the most first: the group-informed consensus of Small et al. 2021, 3.4. A group counts
    as one however many are in it, so that no group outvotes another by its size.
    """
    by_group = [counts_of(part) for part in tally]
    found = []
    for column, statement in enumerate(statements):
        counts = tuple(group[column] for group in by_group)
        agree = disagree = 1.0
        for c in counts:
            agree, disagree = agree * c.share, disagree * c.share_against
        found.append(Shared(statement, agree, disagree, counts))
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
        ranked = representative_of(counts_of(tally[n]), counts_of(whole - tally[n]), statements)
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


def representative_of(inside: Sequence[Counts], outside: Sequence[Counts], statements: Sequence[Hashable]) -> tuple[Representative, ...]:
    """
    Statements on which a group stands out, the strongest first: both its own share against one half and its difference from all others
    pass the test at nine in ten; by the product of shares and z, agreement before disagreement (Small et al. 2021, 3.3). When none
    passes, the one that comes nearest, marked as not `tested`.
    """
    rows = []
    for statement, own, other in zip(statements, inside, outside, strict=True):
        if not own.agree + own.disagree:
            continue
        z_for = two_proportions(own.agree, own.seen, other.agree, other.seen)
        agrees = z_for > two_proportions(own.disagree, own.seen, other.disagree, other.seen)
        yes, yes_beside = (own.agree, other.agree) if agrees else (own.disagree, other.disagree)
        share, share_beside = (yes + 1) / (own.seen + 2), (yes_beside + 1) / (other.seen + 2)
        z_own, z_apart = one_proportion(yes, own.seen), two_proportions(yes, own.seen, yes_beside, other.seen)
        passes = z_own > Z90 and z_apart > Z90
        weight = share * max(z_own, 0.0) * (share / share_beside) * max(z_apart, 0.0)
        rows.append((passes, weight, Representative(statement, agrees, own, share / share_beside, passes)))
    good = sorted((r for r in rows if r[0]), key=lambda r: (not r[2].agrees, -r[1], order_of(r[2].statement)))
    if not good:
        good = sorted(rows, key=lambda r: (-r[1], order_of(r[2].statement)))[:1]
    return tuple(r[2] for r in good)


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
