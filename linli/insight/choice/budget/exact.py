"""
What voters still have, exactly: whole numbers over one common denominator.

The Method of Equal Shares decided with nothing but this ledger is the definition the fast one is held to; it also settles what is too close
for floating point, and says who paid what.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from linli.insight.choice.budget.election import Profile


@dataclass(frozen=True, slots=True)
class Payment:
    """
    How a project was paid for: `price` for a worth of 1; the voters who paid it in full, those who gave all they had left, and those
    who had nothing, with the sums the first two gave together.
    """

    price: Fraction
    in_full: int
    in_full_sum: Fraction
    all_left: int
    all_left_sum: Fraction
    nothing: int


class ExactLedger:
    """Money of each kind of voter as `money[kind] / (denominator)` of the election's smallest unit; everybody starts with `each`."""

    def __init__(self, profile: Profile, each: Fraction) -> None:
        self._profile = profile
        self._denominator = each.denominator
        self.money = [each.numerator] * len(profile.weights)

    def available(self, p: int) -> Fraction:
        """Money of all supporters of `p` together."""
        support, weights = self._profile.supports[p], self._profile.weights
        return Fraction(sum(self.money[kind] * weights[kind] for kind in support.kinds), self._denominator)

    def price(self, p: int) -> Fraction | None:
        """
        The least price for a worth of 1 at which the supporters of `p`, each paying it or all there is, pay its cost; None if they cannot.

        Found from below: at a price that is too low, those who could not pay it give all they have and the others share the rest.
        """
        support = self._profile.supports[p]
        purses: Counter[tuple[int, int]] = Counter()
        for kind, worth in zip(support.kinds, support.worths, strict=True):
            purses[self.money[kind], worth] += self._profile.weights[kind]
        left, able = self._profile.costs[p] * self._denominator, support.total
        if sum(money * count for (money, _worth), count in purses.items()) < left:
            return None
        while True:
            short = [purse for purse in purses if purse[0] * able < left * purse[1]]
            if not short:
                return Fraction(left, able * self._denominator)
            for purse in short:
                money, worth = purse
                count = purses.pop(purse)
                left -= money * count
                able -= worth * count

    def pay(self, p: int, price: Fraction) -> Payment:
        """Each supporter of `p` pays `price` times its worth, or all there is."""
        finer = price.denominator // gcd(price.denominator, self._denominator)
        if finer > 1:
            self._denominator *= finer
            self.money = [m * finer for m in self.money]
        due = price.numerator * (self._denominator // price.denominator)
        return self._take(p, price, due)

    def _take(self, p: int, price: Fraction, due: int) -> Payment:
        support, weights, money = self._profile.supports[p], self._profile.weights, self.money
        full = full_worth = short = short_sum = nothing = 0
        for kind, worth in zip(support.kinds, support.worths, strict=True):
            have, count = money[kind], weights[kind]
            rest = have - due * worth
            if rest >= 0:
                money[kind] = rest
                full += count
                full_worth += worth * count
            elif have:
                money[kind] = 0
                short += count
                short_sum += have * count
            else:
                nothing += count
        return Payment(price, full, price * full_worth, short, Fraction(short_sum, self._denominator), nothing)
