"""
What voters still have, as floating-point numbers: fast, slightly off, and never trusted further than its error bound (`equal_shares.py`).

Two ledgers with the same methods: plain Python, and numpy where it is installed and the election is large enough to gain by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from operator import itemgetter, mul
from typing import NamedTuple, Protocol

from linli.insight.choice.budget.election import Profile, Support

NUMPY_PAYS_FROM = 4_000  # named projects on all distinct ballots together; below it, plain lists are as fast


class Look(NamedTuple):
    """
    The supporters of a project at a price for a worth of 1, counted over voters: the money of those who cannot pay in full, the worths
    of those who can, how many of the former have anything, and whether any of them could pay a given lower price. Only money is rounded.
    """

    have: float
    able: int
    givers: int
    between: bool


class Ledger(Protocol):
    """Money of each kind of voter, in the election's smallest unit."""

    def start(self, each: float) -> None:
        """Everybody has `each`."""

    def split(self, p: int, price: float, lower: float) -> Look:
        """The supporters of `p` at `price` for a worth of 1, and whether some could pay `lower` though not `price`."""

    def total(self, p: int) -> float:
        """Money of all supporters of `p`."""

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

    def split(self, money: list[float], limit: float, lower: float) -> Look:
        if self.single:
            short = [m for m in self.money(money) if m < limit]
            return Look(sum(short), self.number - len(short), len(short) - short.count(0.0), max(short, default=0.0) >= lower)
        short_of = [(m, weight) for m, weight in zip(self.money(money), self.weights, strict=True) if m < limit]
        return Look(
            sum(m * weight for m, weight in short_of),
            self.number - sum(weight for _, weight in short_of),
            sum(weight for m, weight in short_of if m),
            any(m >= lower for m, _ in short_of),
        )

    def total(self, money: list[float]) -> float:
        return sum(self.money(money)) if self.single else sum(map(mul, self.money(money), self.weights))

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

    def split(self, p: int, price: float, lower: float) -> Look:
        have, able, givers, between = 0.0, 0, 0, False
        for part in self._parts[p]:
            look = part.split(self.money, price * part.worth, lower * part.worth)
            have += look.have
            able += look.able * part.worth
            givers += look.givers
            between = between or look.between
        return Look(have, able, givers, between)

    def total(self, p: int) -> float:
        return sum(part.total(self.money) for part in self._parts[p])

    def pay(self, p: int, price: float) -> None:
        for part in self._parts[p]:
            part.pay(self.money, price * part.worth)
