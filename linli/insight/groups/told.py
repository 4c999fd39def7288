"""What a conversation shows, as plain values: no array and no person. Needs nothing but Python, so that a page can read a kept map."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

AGREE, PASS, DISAGREE, MISSING = 1, 0, -1, -9
LETTERS: Final = "ABCDE"
LEAST_PEOPLE: Final = 12
LEAST_STATEMENTS: Final = 5
LEAST_VOTES: Final = 7
LEAST_GROUP: Final = 4
MOST_GROUPS: Final = 5


def order_of(key: Any) -> tuple[int, int, str]:
    """Ids in an order people expect: numbers by size, then texts."""
    text = str(key)
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


@dataclass(frozen=True)
class Space:
    """
    `means` (a number a statement) of the votes seen and two `axes` of length one, statements in their order. `exponent`: who saw few
    statements is moved out by (all / seen) to this power. Says nothing of any one person.
    """

    means: tuple[float, ...]
    axes: tuple[tuple[float, ...], tuple[float, ...]]
    exponent: float = 0.5

    def place(self, row: Sequence[int]) -> tuple[float, float]:
        """Where somebody with these votes stands; who saw nothing stands in the middle."""
        seen = [(n, vote - self.means[n]) for n, vote in enumerate(row) if vote != MISSING]
        if not seen:
            return 0.0, 0.0
        scale = (len(self.means) / len(seen)) ** self.exponent
        across, up = (scale * sum(axis[n] * value for n, value in seen) for axis in self.axes)
        return across, up


class Counts(NamedTuple):
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
class Steadiness:
    """
    How the groups stand when a tenth of the people is left out at random, `resamples` times, everything computed anew: the mean and the
    least adjusted Rand index with the groups of all, and in how many the same number of groups came out.
    """

    resamples: int = 0
    removed: float = 0.0
    mean: float = 0.0
    least: float = 0.0
    same_number: int = 0


@dataclass(frozen=True)
class Chosen:
    """
    How the number of groups was chosen: `by_number` gives the best mean silhouette at each number tried, `error` its standard error at the
    best; the fewest groups within two of them were taken. `restarts` of k-means each, silhouettes over `asked` people.
    """

    by_number: Mapping[int, float] = field(default_factory=dict)
    error: float = 0.0
    restarts: int = 0
    asked: int = 0
    seed: int = 0
    steadiness: Steadiness = Steadiness()


@dataclass(frozen=True)
class OpinionMap:
    """
    What a conversation shows. `people` voted at all, `counted` often enough to be on the map. Without groups `why_none` says why:
    few_people, few_statements, few_votes (not enough people voted often enough) or no_split. `extent` is the farthest anybody stands.
    `copies` of the counted voted exactly as somebody else did on exactly the same statements, `most_copies` of them alike.
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
    chosen: Chosen = Chosen()
    copies: int = 0
    most_copies: int = 0

    @property
    def centres(self) -> tuple[tuple[float, float], ...]:
        return tuple(g.centre for g in self.groups)


def place_of(row: Sequence[int], told: OpinionMap) -> tuple[tuple[float, float], int] | None:
    """
    Where somebody with these votes (in the order of `told.statements`) stands on a map, and the number of the nearest group; None without
    groups or with too few votes. For their own eyes.
    """
    if told.space is None or not told.groups or sum(vote != MISSING for vote in row) < told.needed_votes:
        return None
    x, y = told.space.place(row)
    away = [(x - a) ** 2 + (y - b) ** 2 for a, b in told.centres]
    return (x, y), away.index(min(away))
