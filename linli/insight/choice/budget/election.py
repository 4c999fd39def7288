"""A budget election as plain values: projects with costs, a budget, and ballots; and what a ballot is worth to a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Final, Literal

from linli.lib.problems import InputProblem

VoteType = Literal["approval", "choose-1", "cumulative", "scoring", "ordinal"]
Satisfaction = Literal["cost", "card", "points", "borda"]
Ballot = tuple[tuple[int, int], ...]

FEW_TWINS: Final = 1.3  # so few voters to a kind that counting each alone is faster than weighing kinds

USUAL: Final[dict[VoteType, Satisfaction]] = {
    "approval": "cost",
    "choose-1": "cost",
    "cumulative": "points",
    "scoring": "points",
    "ordinal": "borda",
}


class BudgetProblem(InputProblem):
    """The election cannot be decided in the way asked for."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot; `cost` is in the election's smallest unit of money (see `Election.scale`)."""

    id: str
    cost: int
    name: str = ""
    selected: bool | None = None


@dataclass(frozen=True)
class Election:
    """
    Projects in the order of their ids as text, and how many voters cast each ballot.

    A ballot is a sequence of (index of the project, points), in the voter's order where `vote_type` is "ordinal"; points are 1 where the
    ballot has none, and count `point_scale` to the point. `scale` smallest units of money make one unit of money as written.
    An empty ballot counts as a voter.
    """

    projects: tuple[Project, ...]
    budget: int
    vote_type: VoteType
    ballots: Counter[Ballot]
    scale: int = 1
    point_scale: int = 1
    warnings: tuple[InputProblem, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)

    @property
    def voters(self) -> int:
        return self.ballots.total()

    def cost_of(self, chosen: Iterable[int]) -> int:
        return sum(self.projects[p].cost for p in chosen)


@dataclass(slots=True)
class Support:
    """
    Who supports one project: kinds of voters (see `Profile`), and how much the project is worth to one of each kind, as `worths[i] * unit`.

    `unit` is taken out so that worths are small integers: all 1 where every supporter gets the same. `total` is the sum of worths over all voters.
    """

    kinds: list[int]
    worths: list[int]
    unit: int
    total: int
    voters: int


@dataclass(frozen=True)
class Profile:
    """An election under one measure of satisfaction: `weights[k]` voters of kind k have the same worths for all projects."""

    costs: tuple[int, ...]
    budget: int
    voters: int
    scale: int
    weights: list[int]
    supports: list[Support]
    worths: list[Ballot]

    def rate(self, p: int) -> Fraction:
        """Cost of project `p` for one unit of satisfaction if all supporters pay; `p` must have supporters."""
        support = self.supports[p]
        return Fraction(self.costs[p], support.total * support.unit)

    def satisfaction(self, p: int) -> int:
        return self.supports[p].total * self.supports[p].unit


def profile_of(election: Election, satisfaction: Satisfaction) -> Profile:
    """The election under `satisfaction`. Raises BudgetProblem when the ballots do not say what the measure needs."""
    worth = _measure(election, satisfaction)
    kinds: Counter[Ballot] = Counter()
    for ballot, count in election.ballots.items():
        kinds[worth(ballot)] += count
    kinds.pop((), None)
    if kinds.total() <= FEW_TWINS * len(kinds):
        return _profile(election, list(kinds.elements()), [1] * kinds.total())
    return _profile(election, list(kinds), list(kinds.values()))


def approvals_of(election: Election) -> Profile:
    """The election with every project a ballot names counted as approved."""
    return profile_of(election, "card")


def _measure(election: Election, satisfaction: Satisfaction) -> Callable[[Ballot], Ballot]:
    costs = [project.cost for project in election.projects]
    if satisfaction == "card":
        return lambda ballot: tuple(sorted((p, 1) for p, points in ballot if points > 0))
    if satisfaction == "cost":
        return lambda ballot: tuple(sorted((p, costs[p]) for p, points in ballot if points > 0 and costs[p] > 0))
    if satisfaction == "points" and election.vote_type in ("cumulative", "scoring"):
        return lambda ballot: tuple(sorted((p, points) for p, points in ballot if points > 0))
    if satisfaction == "borda" and election.vote_type == "ordinal":
        return lambda ballot: tuple(sorted((p, len(ballot) - 1 - place) for place, (p, _) in enumerate(ballot) if place < len(ballot) - 1))
    raise BudgetProblem(
        "satisfaction_does_not_fit",
        f"选票类型是 {election.vote_type}，不能按 {satisfaction} 计算满意度。points 要用打分票，borda 要用排序票；请改用 {USUAL[election.vote_type]}。",
        f"The ballots are of type {election.vote_type}, so satisfaction cannot be measured by {satisfaction}. "
        f"points needs ballots with points and borda needs rankings; use {USUAL[election.vote_type]} instead.",
    )


def _profile(election: Election, kinds: list[Ballot], weights: list[int]) -> Profile:
    number = len(election.projects)
    members: list[list[int]] = [[] for _ in range(number)]
    worths: list[list[int]] = [[] for _ in range(number)]
    for kind, ballot in enumerate(kinds):
        for p, worth in ballot:
            members[p].append(kind)
            worths[p].append(worth)
    return Profile(
        costs=tuple(project.cost for project in election.projects),
        budget=election.budget,
        voters=election.voters,
        scale=election.scale,
        weights=weights,
        supports=[_support(members[p], worths[p], weights) for p in range(number)],
        worths=kinds,
    )


def _support(kinds: list[int], worths: list[int], weights: list[int]) -> Support:
    unit = gcd(*worths) if worths else 1
    small = [1] * len(worths) if unit == (worths[0] if worths else 0) == max(worths, default=0) else [worth // unit for worth in worths]
    counts = [weights[kind] for kind in kinds]
    total = sum(map(int.__mul__, counts, small))
    return Support(kinds=kinds, worths=small, unit=unit, total=total, voters=sum(counts))
