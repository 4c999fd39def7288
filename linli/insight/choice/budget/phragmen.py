"""
Sequential Phragmén for budgets.

Brill, Freeman, Janson, Lackner, "Phragmén's Voting Methods and Justified Representation", AAAI 2017; with costs: Los, Christoff, Grossi,
"Proportional Budget Allocations: Towards a Systematization", IJCAI 2022. Voters earn money at the same pace. As soon as the supporters of a
project can pay for it together, they do, and are left with nothing. Equivalently, its cost is laid upon them so that all carry the
same load, and the project with the least such load is next. The rule stops when what it would buy does not fit the budget.

Projects that cost more than the whole budget are left out. When only projects without supporters remain, they are bought if all fit the
turn, as if their load were infinite. Ties go to the smaller id as text, after it is sure that none of the tied would burst the budget.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush

from linli.insight.choice.budget.election import Profile


@dataclass(frozen=True, slots=True)
class Laid:
    """A project bought: the load each supporter carries afterwards, in the smallest unit of money (None: nobody supports it)."""

    project: int
    load: Fraction | None


@dataclass(frozen=True, slots=True)
class PhragmenOutcome:
    """Projects in the order bought; `stopped_by` are those next in turn of which one did not fit (empty: nothing was left)."""

    bought: list[Laid]
    stopped_by: list[int]


class _Loads:
    """All supporters of a project carry the same load once it is bought, so a kind's load is that of the last round it took part in."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.last = [0] * len(profile.weights)
        self.loads = [Fraction(0)]

    def with_project(self, p: int) -> Fraction:
        support, weights, last = self.profile.supports[p], self.profile.weights, self.last
        voters: Counter[int] = Counter()
        for kind in support.kinds:
            voters[last[kind]] += weights[kind]
        carried = sum((number * self.loads[turn] for turn, number in voters.items() if turn), start=Fraction(self.profile.costs[p]))
        return carried / support.voters

    def lay(self, p: int, load: Fraction) -> None:
        self.loads.append(load)
        turn = len(self.loads) - 1
        for kind in self.profile.supports[p].kinds:
            self.last[kind] = turn


def sequential_phragmen(profile: Profile) -> PhragmenOutcome:
    """Projects bought and why it stopped. The profile's worths are not used: who has any worth of a project approves it."""
    loads, left = _Loads(profile), profile.budget
    fit = [p for p, cost in enumerate(profile.costs) if cost <= profile.budget]
    bought: list[Laid] = []
    # loads only grow, so a load computed in an earlier round is a lower bound of what it is now
    heap = [(Fraction(profile.costs[p], profile.supports[p].voters), p, 0) for p in fit if profile.supports[p].voters]
    heapify(heap)
    while heap:
        tied, load = _least(heap, loads, len(bought))
        if any(profile.costs[p] > left for p in tied):
            return PhragmenOutcome(bought, tied)
        p = tied[0]
        for other in tied[1:]:
            heappush(heap, (load, other, len(bought)))
        loads.lay(p, load)
        left -= profile.costs[p]
        bought.append(Laid(p, load))
    return _unsupported(profile, fit, bought, left)


def _least(heap: list[tuple[Fraction, int, int]], loads: _Loads, turn: int) -> tuple[list[int], Fraction]:
    """Take the projects with the least load from the heap, in the order of their ids."""
    tied: list[int] = []
    least = Fraction(0)
    while heap and (not tied or heap[0][0] == least):
        load, p, known = heappop(heap)
        if known < turn:
            heappush(heap, (loads.with_project(p), p, turn))
        else:
            tied.append(p)
            least = load
    return sorted(tied), least


def _unsupported(profile: Profile, fit: list[int], bought: list[Laid], left: int) -> PhragmenOutcome:
    rest = [p for p in fit if not profile.supports[p].voters]
    while rest:
        if any(profile.costs[p] > left for p in rest):
            return PhragmenOutcome(bought, rest)
        p = rest.pop(0)
        left -= profile.costs[p]
        bought.append(Laid(p, None))
    return PhragmenOutcome(bought, [])
