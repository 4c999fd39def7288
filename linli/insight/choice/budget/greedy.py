"""
The greedy rule most cities use: projects in the order of satisfaction for money, each taken if it still fits.

With satisfaction by cost this is the order of votes; Talmon and Faliszewski, "A Framework for Approval-Based Budgeting Methods", AAAI 2019.
Ties go to the smaller id as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from linli.insight.choice.budget.election import Profile


@dataclass(frozen=True, slots=True)
class Considered:
    """A project in its turn: satisfaction in all, the same for a unit of money (None: costs nothing), money left before, and whether it fitted."""

    project: int
    satisfaction: int
    density: Fraction | None
    left: int
    taken: bool


def greedy(profile: Profile) -> list[Considered]:
    """Every project in the order of the rule. Projects without supporters come last, and are taken where money is left for them."""
    left, turns = profile.budget, []
    for p in sorted(range(len(profile.costs)), key=lambda p: (-_order(profile, p), p)):
        satisfaction, cost = profile.satisfaction(p), profile.costs[p]
        turns.append(Considered(p, satisfaction, Fraction(satisfaction, cost) if cost else None, left, cost <= left))
        left -= cost if cost <= left else 0
    return turns


def _order(profile: Profile, p: int) -> Fraction | float:
    satisfaction, cost = profile.satisfaction(p), profile.costs[p]
    if not satisfaction:
        return 0
    return Fraction(satisfaction, cost) if cost else float("inf")
