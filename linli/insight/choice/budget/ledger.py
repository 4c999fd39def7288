"""
What voters still have, as floating-point numbers: fast, slightly off, and never trusted further than its error bound (`shares.py`).

Two ledgers with the same methods: plain Python, and numpy where it is installed and the election is large enough to gain by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from operator import itemgetter, mul
from typing import Protocol

from linli.insight.choice.budget.election import Profile, Support

NUMPY_PAYS_FROM = 4_000  # named projects on all distinct ballots together; below it, plain lists are as fast


class Ledger(Protocol):
    """Money of each kind of voter, in the election's smallest unit."""

    def start(self, each: float) -> None:
        """Everybody has `each`."""

    def split(self, p: int, price: float) -> tuple[float, int, int]:
        """
        At `price` for a worth of 1: money of the supporters of `p` who cannot pay in full, worths of those who can, voters among the
        former who have anything. All counted over voters, not kinds; only the money is rounded.
        """

    def pay(self, p: int, price: float) -> None:
        """Each supporter of `p` pays `price` times its worth, or all there is."""


def ledger_for(profile: Profile, *, plain: bool = False) -> Ledger:
    """The faster ledger for the profile's size; `plain` forbids numpy."""
    size = sum(len(support.kinds) for support in profile.supports)
    if not plain and size >= NUMPY_PAYS_FROM and find_spec("numpy"):
        from linli.insight.choice.budget.ledger_numpy import NumpyLedger

        return NumpyLedger(profile)
    return PlainLedger(profile)


Getter = Callable[[Sequence[float]], Sequence[float]]


def _getter(kinds: list[int]) -> Getter:
    if len(kinds) == 1:
        only = kinds[0]
        return lambda money: (money[only],)
    return itemgetter(*kinds)


class _Part:
    """Supporters with the same worth, those of which there is one voter apart from those of which there are several."""

    def __init__(self, worth: int, kinds: list[int], weights: list[int]) -> None:
        self.worth, self.kinds = worth, kinds
        self.single = all(weight == 1 for weight in weights)
        self.weights = weights
        self.number = sum(weights)
        self.money = _getter(kinds)

    def split(self, money: list[float], limit: float) -> tuple[float, int, int]:
        if self.single:
            short = [m for m in self.money(money) if m < limit]
            return sum(short), self.number - len(short), len(short) - short.count(0.0)
        pairs = [(m, weight) for m, weight in zip(self.money(money), self.weights, strict=True) if m < limit]
        if not pairs:
            return 0.0, self.number, 0
        have, weights = zip(*pairs, strict=True)
        return sum(map(mul, have, weights)), self.number - sum(weights), sum(weight for m, weight in pairs if m)

    def pay(self, money: list[float], due: float) -> None:
        for kind, m in zip(self.kinds, self.money(money), strict=True):
            money[kind] = m - due if m > due else 0.0


def _parts(support: Support, weights: list[int]) -> list[_Part]:
    groups: dict[tuple[int, bool], list[int]] = {}
    for kind, worth in zip(support.kinds, support.worths, strict=True):
        groups.setdefault((worth, weights[kind] == 1), []).append(kind)
    return [_Part(worth, kinds, [weights[kind] for kind in kinds]) for (worth, _single), kinds in groups.items()]


class PlainLedger:
    """Lists of floats, walked by the built-in functions."""

    def __init__(self, profile: Profile) -> None:
        self._parts = [_parts(support, profile.weights) for support in profile.supports]
        self._kinds = len(profile.weights)
        self.money: list[float] = []

    def start(self, each: float) -> None:
        self.money = [each] * self._kinds

    def split(self, p: int, price: float) -> tuple[float, int, int]:
        have, able, givers = 0.0, 0, 0
        for part in self._parts[p]:
            money, number, giving = part.split(self.money, price * part.worth)
            have += money
            able += number * part.worth
            givers += giving
        return have, able, givers

    def pay(self, p: int, price: float) -> None:
        for part in self._parts[p]:
            part.pay(self.money, price * part.worth)
