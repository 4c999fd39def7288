"""The ledger in numpy arrays; see `ledger.py`. Imported only where numpy is installed."""

from __future__ import annotations

import numpy as np

from linli.insight.choice.budget.election import Profile, Support
from linli.insight.choice.budget.ledger import Look


class _Column:
    """The supporters of one project."""

    def __init__(self, support: Support, weights: np.ndarray) -> None:
        self.kinds = np.array(support.kinds, dtype=np.intp)
        self.weights = weights[self.kinds]
        worths = np.array(support.worths, dtype=np.float64)
        self.even = bool((worths == 1).all())
        self.alone = bool((self.weights == 1).all())
        self.worths = worths
        self.totals = worths * self.weights
        self.total = support.total


class NumpyLedger:
    """Float64 arrays; sums of worths are sums of whole numbers and therefore exact."""

    def __init__(self, profile: Profile) -> None:
        weights = np.array(profile.weights, dtype=np.float64)
        self._columns = [_Column(support, weights) for support in profile.supports]
        self.money = np.zeros(len(weights))

    def start(self, each: float) -> None:
        self.money.fill(each)

    def split(self, p: int, price: float, lower: float) -> Look:
        column = self._columns[p]
        have = self.money.take(column.kinds)
        short = have < (price if column.even else price * column.worths)
        number = int(np.count_nonzero(short))
        if not number:
            return Look(0.0, column.total, 0, False)
        have = have[short]
        if column.even:
            between = bool(have.max() >= lower)
            if column.alone:
                return Look(float(have.sum()), column.total - number, int(np.count_nonzero(have)), between)
            weights = column.weights[short]
            able = column.total - int(weights.sum())
        else:
            between = bool((have >= lower * column.worths[short]).any())
            weights = column.weights[short]
            able = column.total - int(column.totals[short].sum())
        return Look(float(have.dot(weights)), able, int(weights.dot(have > 0)), between)

    def total(self, p: int) -> float:
        column = self._columns[p]
        return float(self.money.take(column.kinds).dot(column.weights))

    def pay(self, p: int, price: float) -> None:
        column = self._columns[p]
        have = self.money.take(column.kinds)
        have -= price if column.even else price * column.worths
        np.maximum(have, 0.0, out=have)
        self.money[column.kinds] = have
