"""
The Method of Equal Shares.

Dominik Peters, Grzegorz Pierczyński, Piotr Skowron, "Proportional Participatory Budgeting with Additive Utilities", NeurIPS 2021, section 3:
the budget is split equally among the voters. A project is ρ-affordable if its supporters can pay its cost when each pays ρ for each unit
of satisfaction, or all they have left. Round after round the project with the least ρ is bought. Ties go to the smaller id as text.

Decisions are exact and mostly made in floating point: each ρ is caught between two bounds that hold whatever was rounded. Where the bounds
of two projects overlap, or say too little, whole numbers decide (`exact.py`). Bounds from earlier rounds stay true below, because money only
shrinks; so most projects need not be looked at in most rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from linli.insight.choice.budget.election import Profile
from linli.insight.choice.budget.exact import ExactLedger
from linli.insight.choice.budget.ledger import Ledger, Look

EPS: Final = 2.0**-52
DOWN: Final = 1 - 8 * EPS
UP: Final = 1 + 8 * EPS
LOOSE: Final = 1e-6  # a price known less well than this is computed exactly before anybody pays it


@dataclass(slots=True)
class Bounds:
    """A price for a worth of 1 lies from `low` (also in all later rounds) to `high` (now; infinite: not known yet)."""

    low: float
    high: float = inf
    dead: bool = False
    seen: Look | None = None  # what the ledger said at `high`
    fuzz: float = 0.0  # how far rounding moved `low` when last looked at
    all_able: bool = False  # every supporter can surely pay in full


@dataclass(frozen=True, slots=True)
class Bought:
    """A round: the project, an upper bound of its ρ, and whether all its supporters surely paid in full."""

    project: int
    rho_high: float
    all_able: bool


class Frame:
    """What never changes between runs with different budgets: costs, units, and the order of projects if all supporters could always pay."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        supports = profile.supports
        self.rivals = [p for p, support in enumerate(supports) if support.total > 0 and profile.costs[p] > 0]
        self.free = [p for p, support in enumerate(supports) if support.total > 0 and profile.costs[p] == 0]
        ranked = sorted(self.rivals, key=lambda p: (profile.rate(p), p))
        self.rank = {p: place for place, p in enumerate(ranked)}
        self.costs = [float(cost) for cost in profile.costs]
        self.units = [float(support.unit) for support in supports]
        self.noise = [(len(support.kinds) + 16) * EPS for support in supports]
        self.most_worth = [max(support.worths, default=1) for support in supports]
        self.cheapest = [self.costs[p] / support.total * DOWN if support.total else inf for p, support in enumerate(supports)]


class Run:
    """One run from equal budgets of `each`; `rounds` yields what is bought. `error` bounds how far any kind's money is off."""

    def __init__(self, frame: Frame, ledger: Ledger, each: Fraction) -> None:
        self.frame, self.ledger, self.each = frame, ledger, each
        self.bounds = {p: Bounds(frame.cheapest[p]) for p in frame.rivals}
        self.bought: list[int] = []
        self._exact: ExactLedger | None = None
        self._exactly_paid = 0
        ledger.start(float(each))
        self.error = float(each) * EPS
        self._heap = [(self._rho_low(p), frame.rank[p], p) for p in frame.rivals]
        heapify(self._heap)

    def rounds(self) -> Iterator[Bought]:
        while True:
            chosen = self._best()
            if chosen is None:
                return
            yield self.buy(chosen)

    def _rho_low(self, p: int) -> float:
        return self.bounds[p].low / self.frame.units[p] * DOWN

    def _rho_high(self, p: int) -> float:
        return self.bounds[p].high / self.frame.units[p] * UP

    def _push(self, p: int) -> None:
        self.bounds[p].high, self.bounds[p].seen = inf, None
        heappush(self._heap, (self._rho_low(p), self.frame.rank[p], p))

    def _best(self) -> int | None:
        """The affordable project with the least ρ and, among equals, the smallest id; None when nothing is affordable."""
        close: list[int] = []
        exactly: dict[int, Fraction] = {}
        while True:
            self._look(close)
            best = min(map(self._rho_high, close), default=inf)
            near = [p for p in close if self._rho_low(p) <= best]
            unknown = [p for p in near if p not in exactly]
            if not near or not unknown or (len(near) == 1 and best < inf):
                break
            for p in unknown:
                price = self.exact_price(p)
                if price is None:
                    close.remove(p)
                else:
                    exactly[p] = price / self.frame.profile.supports[p].unit
                    self._know(p, price)
        chosen = min(near, key=lambda p: (exactly.get(p, 0), p), default=None)
        for p in close:
            if p != chosen:
                self._push(p)
        return chosen

    def _look(self, close: list[int]) -> None:
        """Take from the heap into `close` every project that may have the least ρ; drop those nobody can afford any more."""
        best = min(map(self._rho_high, close), default=inf)
        while self._heap and self._heap[0][0] <= best:
            p = heappop(self._heap)[2]
            if self.narrow(p):
                close.append(p)
                best = min(best, self._rho_high(p))
            elif not self.bounds[p].dead:
                self._push(p)

    def narrow(self, p: int) -> bool:
        """
        Look at `p`: True when its price is caught (or floats cannot catch it), False when its lower bound rose or it is dead.

        Below: however the supporters are split into short and able, no price under (cost - money of the short) / (worths of the able)
        raises the cost, whoever rounding put on the wrong side. Above: at a price x, who has x and the error to spare is able to pay
        x - error, and the short give at least what the ledger says, less the error of each and the share error/x.
        """
        bounds, cost = self.bounds[p], self.frame.costs[p]
        for _attempt in range(2):
            price = bounds.low * (1 + 32 * EPS) + 2 * self.error + 3 * bounds.fuzz
            look = self.ledger.split(p, price, bounds.low - 2 * self.error)
            have, able = look.have, look.able
            wrong = self._wrong(p, look)
            if 2 * able < self.frame.profile.supports[p].total and self._poor(p, cost):
                bounds.dead = True
                return False
            if not able:
                return True
            floor = (cost - have - wrong) / able * DOWN
            bounds.low, bounds.fuzz = max(bounds.low, floor), (wrong + have * self.error / price) / able
            if have * (1 - self.error / price) + (price - self.error) * able * DOWN - wrong >= cost:
                bounds.high, bounds.seen = price, look
                return True
            if floor > price:
                return False
        return True

    def _poor(self, p: int, cost: float) -> bool:
        """Whether all supporters of `p` together surely have less than `cost`. They only ever have less."""
        total = self.ledger.total(p)
        return total * (1 + self.frame.noise[p]) + self.frame.profile.supports[p].voters * self.error * UP < cost * DOWN

    def _wrong(self, p: int, look: Look) -> float:
        """How far the money of the short may be off, and what is made of it."""
        return look.givers * self.error * UP + self.frame.noise[p] * look.have + 4 * EPS * self.frame.costs[p]

    def _estimate(self, p: int) -> tuple[float, float]:
        """
        The price of `p`, which is caught, and how far it may be off.

        Who was able at `high` is able at the price, and who is short well below `low` is short at it. If that leaves nobody, the price is
        one division.
        """
        bounds = self.bounds[p]
        if bounds.seen and not bounds.seen.between:
            have, able = bounds.seen.have, bounds.seen.able
            bounds.all_able = able == self.frame.profile.supports[p].total
            price = (self.frame.costs[p] - have) / able
            return price, self._wrong(p, bounds.seen) / able + 4 * EPS * price
        bounds.all_able = False
        return (bounds.low + bounds.high) / 2, (bounds.high - bounds.low) / 2 * UP

    def _know(self, p: int, price: Fraction) -> None:
        value = float(price)
        bounds = self.bounds[p]
        bounds.low, bounds.high = max(bounds.low, value * DOWN), value * UP

    def exact_price(self, p: int) -> Fraction | None:
        """The exact price of `p` for a worth of 1 now; None if its supporters cannot pay."""
        if self.bounds[p].seen and self._estimate(p) and self.bounds[p].all_able:
            return Fraction(self.frame.profile.costs[p], self.frame.profile.supports[p].total)
        if self._exact is None:
            self._exact = ExactLedger(self.frame.profile, self.each)
        for earlier in self.bought[self._exactly_paid :]:
            price = self._exact.price(earlier)
            assert price is not None
            self._exact.pay(earlier, price)
        self._exactly_paid = len(self.bought)
        return self._exact.price(p)

    def buy(self, p: int) -> Bought:
        """Buy `p`, whose price is caught."""
        price, off = self._estimate(p)
        if off > LOOSE * price:
            exactly = self.exact_price(p)
            assert exactly is not None
            self._know(p, exactly)
            price, off = float(exactly), float(exactly) * EPS
        self.ledger.pay(p, price)
        self.error += off * self.frame.most_worth[p] + float(self.each) * 4 * EPS
        self.bought.append(p)
        return Bought(p, self._rho_high(p), self.bounds[p].all_able)

    def repeats(self, rounds: list[Bought]) -> bool:
        """
        Whether it is certain that this run, and every run with less money down to the one `rounds` is of, buys the same in the same order.

        As long as two runs buy the same, a voter never has less in the richer one, and no price is higher: in each round the short can give
        more, so the able pay less. Hence ρ of what was bought is at most what it was with less money, and ρ of any other is, anywhere
        between, at least what it is with more. False means only that it is not certain. Spends this run.
        """
        return all(self._repeats(earlier) for earlier in rounds) and self._nothing_left()

    def _repeats(self, earlier: Bought) -> bool:
        p, aside, clear = earlier.project, list[int](), True
        while clear and self._heap and self._heap[0][0] <= earlier.rho_high:
            rival = heappop(self._heap)[2]
            # if all pay in full, ρ is as low as it can ever be, and so it is for rivals that are dearer even then
            if rival == p or (earlier.all_able and self.frame.rank[rival] > self.frame.rank[p]):
                aside.append(rival)
            elif self.narrow(rival):
                clear = self._rho_low(rival) > earlier.rho_high
                aside.append(rival)
            elif not self.bounds[rival].dead:
                self._push(rival)
        clear = clear and p in aside and self._catch(p)
        for rival in aside:
            if rival != p:
                self._push(rival)
        if clear:
            self.buy(p)
        return clear

    def _catch(self, p: int) -> bool:
        while not self.narrow(p):
            if self.bounds[p].dead:
                return False
        return self.bounds[p].high < inf

    def _nothing_left(self) -> bool:
        while self._heap:
            p = heappop(self._heap)[2]
            if self._catch(p) or not self.bounds[p].dead:
                return False
        return True


def equal_shares(frame: Frame, ledger: Ledger, each: Fraction) -> list[Bought]:
    """All rounds of the Method of Equal Shares when every voter has `each` (smallest units of money)."""
    return list(Run(frame, ledger, each).rounds())
