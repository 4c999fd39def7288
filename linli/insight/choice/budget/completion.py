"""
The Method of Equal Shares completed by raising the budgets.

Equal Shares may leave money over. Peters, Pierczyński and Skowron 2021, section 3.4 ("Add1"), raise each voter's budget by one unit of money
at a time, and stop when the outcome is exhaustive (no supported project would still fit the true budget), or before the first outcome that
costs more than the true budget.

The outcome jumps about as budgets rise, so no step may be left out unseen. But where two budgets far apart certainly give the same rounds
(`Run.repeats`), so do all those between, and they are passed in one stride.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from linli.insight.choice.budget.equal_shares import Bought, Frame, Run, equal_shares
from linli.insight.choice.budget.ledger import Ledger

MOST_PATIENCE: Final = 16

Ending = Literal["not_completed", "exhaustive", "next_exceeds"]


@dataclass(frozen=True, slots=True)
class Completed:
    """The rounds, the equal budget they were bought with (smallest units), how many units of money it was raised by, and why it ended there."""

    rounds: list[Bought]
    each: Fraction
    raised: int
    ending: Ending


def as_it_is(frame: Frame, ledger: Ledger) -> Completed:
    """Equal Shares with the true budget, not completed."""
    profile = frame.profile
    each = Fraction(profile.budget, profile.voters)
    return Completed(equal_shares(frame, ledger, each), each, 0, "not_completed")


def add_one(frame: Frame, ledger: Ledger) -> Completed:
    """Equal Shares completed by one unit of money per voter and step."""
    steps = _Steps(frame, ledger)
    before = steps.at(0)
    while True:
        if steps.exhaustive(before.rounds):
            return Completed(before.rounds, before.each, before.raised, "exhaustive")
        before = steps.as_far_as_same(before)
        after = steps.at(before.raised + 1)
        if steps.cost(after.rounds) > frame.profile.budget:
            return Completed(before.rounds, before.each, before.raised, "next_exceeds")
        steps.learn(before, after)
        before = after


class _Steps:
    """Runs with raised budgets, and how far a stride is worth trying: longer after each that succeeds, seldom where rounds keep changing."""

    def __init__(self, frame: Frame, ledger: Ledger) -> None:
        self.frame, self.ledger = frame, ledger
        self.base = Fraction(frame.profile.budget, frame.profile.voters)
        self.stride, self.calm, self.patience = 2, 0, 1

    def each(self, raised: int) -> Fraction:
        return self.base + raised * self.frame.profile.scale

    def at(self, raised: int) -> Completed:
        return Completed(equal_shares(self.frame, self.ledger, self.each(raised)), self.each(raised), raised, "not_completed")

    def as_far_as_same(self, before: Completed) -> Completed:
        """The outcome with the largest raise that certainly has the same rounds, as far as was worth trying."""
        if self.calm < self.patience:
            return before
        further = before.raised + self.stride
        if Run(self.frame, self.ledger, self.each(further)).repeats(before.rounds):
            self.stride *= 2
            return Completed(before.rounds, self.each(further), further, "not_completed")
        self.stride = max(2, self.stride // 4)
        self.patience = min(MOST_PATIENCE, self.patience * 2) if self.stride == 2 else self.patience
        self.calm = 0
        return before

    def learn(self, before: Completed, after: Completed) -> None:
        same = [b.project for b in before.rounds] == [b.project for b in after.rounds]
        self.calm = self.calm + 1 if same else 0
        if same and self.calm >= MOST_PATIENCE:
            self.patience = 1

    def cost(self, rounds: list[Bought]) -> int:
        return sum(self.frame.profile.costs[bought.project] for bought in rounds)

    def exhaustive(self, rounds: list[Bought]) -> bool:
        chosen = {bought.project for bought in rounds}
        left = self.frame.profile.budget - self.cost(rounds)
        return all(p in chosen or self.frame.profile.costs[p] > left for p in self.frame.rivals)
