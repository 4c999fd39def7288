"""
What people agree on: opinion groups and shared statements, from votes of agree, disagree and pass.

The method is that of Polis: C. Small, M. Bjorkegren, T. Erkkilä, L. Shaw, C. Megill, "Polis: Scaling deliberation by mapping high
dimensional opinion spaces", Recerca 26(2), 2021. A matrix of people × statements is brought to two dimensions by principal components,
people are grouped by k-means with k chosen by the mean silhouette (P. Rousseeuw 1987), statements that speak for a group are found by
tests of one and of two proportions, and what all groups share is the product of their smoothed shares of agreement.

Needs numpy. Deterministic: the same votes give the same answer in whatever order people come. A map holds no person: `analyse` gives
the groups of the rows beside it, for whoever owns the votes. Groups smaller than `LEAST_GROUP` are never shown, as they point at people.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

AGREE, PASS, DISAGREE, MISSING = 1, 0, -1, -9
LEAST_PEOPLE: Final = 12
LEAST_STATEMENTS: Final = 5
LEAST_VOTES: Final = 7
LEAST_GROUP: Final = 4
MOST_GROUPS: Final = 5
RESTARTS: Final = 10
SAMPLE: Final = 1500
Z90: Final = 1.2816  # one-sided, nine in ten


@dataclass(frozen=True)
class Votes:
    """`matrix` is int8 of shape (people, statements): 1 agree, -1 disagree, 0 pass, -9 not seen. Rows and columns in the order of their ids."""

    people: tuple[Hashable, ...]
    statements: tuple[Hashable, ...]
    matrix: Array


def votes_of(rows: Iterable[tuple[Any, Any, int]], statements: Iterable[Any] = ()) -> Votes:
    """
    Votes from (person, statement, choice); a later row of the same two replaces an earlier one. `statements` adds columns nobody saw.
    """
    last = {(person, statement): choice for person, statement, choice in rows}
    people = sorted({p for p, _s in last}, key=_order)
    columns = sorted({s for _p, s in last} | set(statements), key=_order)
    at_row, at_column = ({key: n for n, key in enumerate(keys)} for keys in (people, columns))
    matrix = np.full((len(people), len(columns)), MISSING, dtype=np.int8)
    for (person, statement), choice in last.items():
        matrix[at_row[person], at_column[statement]] = choice
    return Votes(tuple(people), tuple(columns), matrix)


def _order(key: Any) -> tuple[int, int, str]:
    text = str(key)
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


# --- the space ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Space:
    """`means` (statements,) of the votes seen, `axes` (2, statements) orthonormal. Says nothing of any one person."""

    means: Array
    axes: Array


def space_of(matrix: Array) -> Space:
    """
    The two directions in which votes of `matrix` (people, statements) differ most; what was not seen counts as the statement's mean.

    The sign of each axis is fixed by its largest entry, so that the picture never flips by itself. A zero axis where nothing differs.
    """
    seen = matrix != MISSING
    counts = seen.sum(axis=0)
    means = np.where(seen, matrix, 0).sum(axis=0) / np.maximum(counts, 1)
    centred = np.where(seen, matrix - means, 0.0)
    values, axes = _directions(centred)
    statements = centred.shape[1]
    axes = np.vstack([axes, np.zeros((2 - len(axes), statements))]) if len(axes) < 2 else axes
    strong = np.append(values, [0.0, 0.0])[:2] > 1e-9
    lengths = np.linalg.norm(axes, axis=1)
    axes = np.where(((lengths > 1e-12) & strong)[:, None], axes / np.where(lengths > 1e-12, lengths, 1.0)[:, None], 0.0)
    for axis in axes:
        if statements and axis[np.argmax(np.abs(axis).round(9))] < 0:
            axis *= -1
    return Space(means, axes)


def _directions(centred: Array, *, block: int = 8, rounds: int = 500) -> tuple[Array, Array]:
    """
    The two largest eigenvalues of the scatter of `centred` (people, statements), and their directions (two at most, statements), by
    orthogonal iteration on a block that is wider than two, so that close eigenvalues do not slow it (Golub & Van Loan, 8.2.4). Never makes
    a matrix of statements × statements or people × people.
    """
    people, statements = centred.shape
    width = min(block, people, statements)
    if not width:
        return np.zeros(0), np.zeros((0, statements))
    basis, _r = np.linalg.qr(np.random.default_rng(0).standard_normal((statements, width)))
    before = np.zeros(width)
    for _n in range(rounds):
        basis, r = np.linalg.qr(centred.T @ (centred @ basis))
        now = np.abs(np.diag(r))
        if np.abs(now - before)[:2].max() <= 1e-11 * max(now.max(), 1.0):
            break
        before = now
    seen = centred @ basis
    values, turned = np.linalg.eigh(seen.T @ seen)
    return values[::-1][:2], (basis @ turned[:, ::-1][:, :2]).T


def project(matrix: Array, space: Space) -> Array:
    """
    Where rows of `matrix` (people, statements) stand, shape (people, 2). Who saw few statements is moved out by √(all / seen), as
    otherwise those who have just begun would crowd in the middle (Small et al. 2021, 3.2).
    """
    seen = matrix != MISSING
    centred = np.where(seen, matrix - space.means, 0.0)
    scale = np.sqrt(matrix.shape[1] / np.maximum(seen.sum(axis=1), 1))
    found: Array = (centred @ space.axes.T) * scale[:, None]
    return found


# --- groups -------------------------------------------------------------------------------------------------------------------
def k_means(points: Array, k: int, *, seed: int = 0, restarts: int = RESTARTS) -> tuple[Array, Array]:
    """Labels (people,) and centres (k, dimensions): the best of `restarts` runs begun by k-means++ (Arthur & Vassilvitskii 2007)."""
    random = np.random.default_rng(seed)
    best: tuple[float, Array, Array] | None = None
    for _run in range(restarts):
        labels, centres, spread = _lloyd(points, _spread_out(points, k, random))
        if best is None or spread < best[0] - 1e-9:
            best = (spread, labels, centres)
    assert best is not None
    return best[1], best[2]


def _spread_out(points: Array, k: int, random: np.random.Generator) -> Array:
    centres = [points[random.integers(len(points))]]
    away = ((points - centres[0]) ** 2).sum(axis=1)
    for _n in range(k - 1):
        total = away.sum()
        at = int(np.searchsorted(np.cumsum(away), random.random() * total)) if total > 0 else 0
        centres.append(points[min(at, len(points) - 1)])
        away = np.minimum(away, ((points - centres[-1]) ** 2).sum(axis=1))
    return np.array(centres)


def _lloyd(points: Array, centres: Array, rounds: int = 100) -> tuple[Array, Array, float]:
    labels = np.zeros(len(points), dtype=np.intp)
    away = _squares(points, centres)
    for n in range(rounds):
        found = away.argmin(axis=1)
        if n and (found == labels).all():
            break
        labels = found
        centres = np.array([points[labels == c].mean(axis=0) if (labels == c).any() else centres[c] for c in range(len(centres))])
        away = _squares(points, centres)
    return labels, centres, float(away.min(axis=1).sum())


def _squares(points: Array, centres: Array) -> Array:
    found: Array = np.zeros((len(points), len(centres)))
    for axis in range(points.shape[1]):
        found += np.square(points[:, axis, None] - centres[None, :, axis])
    return found


def silhouette(points: Array, labels: Array, *, sample: int = SAMPLE) -> float:
    """
    The mean silhouette of `points` (people, 2): 1 clear groups, 0 none. Of more than `sample` people every so-many-th is asked, against
    all the sampled. 0 when there is one group only.
    """
    step = max(1, -(-len(points) // sample))
    points, labels = points[::step], labels[::step]
    groups = np.unique(labels)
    if len(groups) < 2:
        return 0.0
    apart = np.sqrt(_squares(points, points))
    sums = np.stack([apart[:, labels == g].sum(axis=1) for g in groups], axis=1)
    sizes = np.array([(labels == g).sum() for g in groups])
    own = np.searchsorted(groups, labels)
    rows = np.arange(len(points))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(inside, nearest)
    scores = np.where((sizes[own] > 1) & (widest > 0), (nearest - inside) / np.where(widest > 0, widest, 1), 0.0)
    return float(scores.mean())


@dataclass(frozen=True)
class Grouping:
    """`labels` (people,) from 0, the largest group first; `centres` (groups, 2); how clear they are."""

    labels: Array
    centres: Array
    silhouette: float


def grouping_of(points: Array, *, least: int = LEAST_GROUP, most: int = MOST_GROUPS, seed: int = 0) -> Grouping | None:
    """
    Two to `most` groups of `points` (people, 2), as many as have the best silhouette; fewer when two are equally good.

    People in a heap smaller than `least` are counted with the nearest larger one. None when no two groups remain.
    """
    best: Grouping | None = None
    for k in range(2, most + 1):
        if len(points) < k * least:
            break
        labels, centres = _folded(points, *k_means(points, k, seed=seed), least)
        if len(centres) < 2:
            continue
        clear = silhouette(points, labels)
        if clear > 0 and (best is None or clear > best.silhouette + 1e-9):
            best = Grouping(labels, centres, clear)
    return best


def _folded(points: Array, labels: Array, centres: Array, least: int) -> tuple[Array, Array]:
    """Small heaps dissolved into the nearest larger; groups numbered by size, then from left to right."""
    kept = [c for c in range(len(centres)) if (labels == c).sum() >= least]
    if not kept:
        return labels, centres[:0]
    nearest = _squares(points, centres[kept]).argmin(axis=1)
    mine = np.array([kept.index(c) if c in kept else -1 for c in labels])
    merged = np.where(mine >= 0, mine, nearest)
    middles = np.array([points[merged == n].mean(axis=0) for n in range(len(kept))])
    order = sorted(range(len(kept)), key=lambda n: (-int((merged == n).sum()), *middles[n].round(9)))
    return np.array([order.index(n) for n in merged], dtype=np.intp), middles[order]


# --- what speaks for a group ----------------------------------------------------------------------------------------------------
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


@dataclass(frozen=True)
class Counts:
    """Votes on one statement in one group."""

    agree: int
    disagree: int
    passed: int

    @property
    def seen(self) -> int:
        return self.agree + self.disagree + self.passed

    @property
    def share(self) -> float:
        """The smoothed share of agreement, (agree + 1) / (seen + 2)."""
        return (self.agree + 1) / (self.seen + 2)

    @property
    def share_against(self) -> float:
        return (self.disagree + 1) / (self.seen + 2)


@dataclass(frozen=True)
class Representative:
    """A statement that tells a group from the others: whether they `agree` or disagree more, and how often as likely as all others."""

    statement: Hashable
    agrees: bool
    counts: Counts
    times: float
    tested: bool


@dataclass(frozen=True)
class Group:
    """`name` is a letter, the largest group A; `centre` on the map; `size` people."""

    name: str
    size: int
    centre: tuple[float, float]
    representative: tuple[Representative, ...]


@dataclass(frozen=True)
class Shared:
    """What all groups think of a statement: the product over groups of their smoothed shares, for and against, and the counts by group."""

    statement: Hashable
    agree: float
    disagree: float
    by_group: tuple[Counts, ...]

    @property
    def all_agree(self) -> bool:
        """More than half of every group, smoothed, so that two votes of two are not "all"."""
        return all(c.share > 0.5 for c in self.by_group)

    @property
    def all_disagree(self) -> bool:
        return all(c.share_against > 0.5 for c in self.by_group)


@dataclass(frozen=True)
class OpinionMap:
    """
    What a conversation shows. `people` voted at all, `counted` often enough to be on the map. Without groups `why_none` says why:
    few_people, few_statements, few_votes (not enough people voted often enough) or no_split. `extent` is the farthest anybody stands.
    """

    people: int
    counted: int
    statements: tuple[Hashable, ...]
    votes: int
    needed_votes: int
    why_none: str = ""
    silhouette: float = 0.0
    groups: tuple[Group, ...] = ()
    shared: tuple[Shared, ...] = ()
    space: Space | None = None
    extent: float = 1.0
    centres: Array = field(default_factory=lambda: np.zeros((0, 2)))


def analyse(
    votes: Votes, *, least_people: int = LEAST_PEOPLE, least_group: int = LEAST_GROUP, seed: int = 0
) -> tuple[OpinionMap, dict[Hashable, int]]:
    """
    The map of `votes`, and the number of the group each counted person is in. People with fewer than seven votes (or than there are
    statements, if there are fewer) are not counted.
    """
    matrix = votes.matrix
    seen = matrix != MISSING
    needed = min(LEAST_VOTES, len(votes.statements))
    often = seen.sum(axis=1) >= max(1, needed)
    base = OpinionMap(len(votes.people), int(often.sum()), votes.statements, int(seen.sum()), needed)
    why = _why_none(base, least_people)
    if why:
        return _without(base, why), {}
    # In an order of its own, so that the answer does not hang on who came first.
    rows = np.flatnonzero(often)
    rows = rows[np.lexsort(matrix[rows].T[::-1])]
    used = matrix[rows]
    space = space_of(used)
    points = project(used, space)
    found = grouping_of(points, least=least_group, seed=seed)
    if found is None:
        return _without(base, "no_split"), {}
    told = OpinionMap(
        base.people,
        base.counted,
        base.statements,
        base.votes,
        needed,
        silhouette=found.silhouette,
        groups=groups_of(used, votes.statements, found),
        shared=shared_of(used, votes.statements, found.labels),
        space=space,
        extent=float(max(np.abs(points).max(), 1e-6)),
        centres=found.centres,
    )
    return told, {votes.people[row]: int(label) for row, label in zip(rows, found.labels, strict=True)}


def _why_none(base: OpinionMap, least_people: int) -> str:
    if base.people < least_people:
        return "few_people"
    if len(base.statements) < LEAST_STATEMENTS:
        return "few_statements"
    return "few_votes" if base.counted < least_people else ""


def _without(base: OpinionMap, why: str) -> OpinionMap:
    return OpinionMap(base.people, base.counted, base.statements, base.votes, base.needed_votes, why_none=why)


def counts_of(matrix: Array) -> list[Counts]:
    """Votes on each statement (column) of `matrix`."""
    sums = [(matrix == choice).sum(axis=0) for choice in (AGREE, DISAGREE, PASS)]
    return [Counts(int(a), int(d), int(p)) for a, d, p in zip(*sums, strict=True)]


def shared_of(matrix: Array, statements: Sequence[Hashable], labels: Array) -> tuple[Shared, ...]:
    """Every statement by how much all groups agree, the most first: the group-informed consensus of Small et al. 2021, 3.4."""
    by_group = [counts_of(matrix[labels == g]) for g in range(int(labels.max()) + 1)]
    found = []
    for column, statement in enumerate(statements):
        counts = tuple(group[column] for group in by_group)
        agree = disagree = 1.0
        for c in counts:
            agree, disagree = agree * c.share, disagree * c.share_against
        found.append(Shared(statement, agree, disagree, counts))
    return tuple(sorted(found, key=lambda s: (-s.agree, _order(s.statement))))


def groups_of(matrix: Array, statements: Sequence[Hashable], found: Grouping, *, most: int = 5) -> tuple[Group, ...]:
    """The groups with at most `most` statements that speak for each."""
    made = []
    for number, centre in enumerate(found.centres):
        inside = found.labels == number
        picked = representative_of(counts_of(matrix[inside]), counts_of(matrix[~inside]), statements, most=most)
        made.append(Group("ABCDE"[number], int(inside.sum()), (float(centre[0]), float(centre[1])), picked))
    return tuple(made)


def representative_of(
    inside: Sequence[Counts], outside: Sequence[Counts], statements: Sequence[Hashable], *, most: int = 5
) -> tuple[Representative, ...]:
    """
    Statements on which a group stands out: both its own share against one half and its difference from all others pass the test at nine
    in ten; by the product of shares and z, agreement before disagreement (Small et al. 2021, 3.3). When none passes, the one that comes
    nearest, marked as not `tested`.
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
    good = sorted((r for r in rows if r[0]), key=lambda r: (not r[2].agrees, -r[1], _order(r[2].statement)))
    if not good:
        good = sorted(rows, key=lambda r: (-r[1], _order(r[2].statement)))[:1]
    return tuple(r[2] for r in good[:most])


def place_of(row: Sequence[int], told: OpinionMap) -> tuple[tuple[float, float], int] | None:
    """
    Where somebody with these votes (in the order of `told.statements`) stands on a map, and the number of the nearest group; None without
    groups or with too few votes. For their own eyes.
    """
    if told.space is None or not told.groups:
        return None
    matrix = np.array([row], dtype=np.int8)
    if int((matrix != MISSING).sum()) < told.needed_votes:
        return None
    point = project(matrix, told.space)[0]
    nearest = int(((told.centres - point) ** 2).sum(axis=1).argmin())
    return (float(point[0]), float(point[1])), nearest
