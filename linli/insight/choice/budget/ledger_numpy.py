"""The ledger in numpy arrays; see `ledger.py`. Imported only where numpy is installed."""

from __future__ import annotations

import numpy as np

from linli.insight.choice.budget.election import Profile, Support


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

    def split(self, p: int, price: float) -> tuple[float, int, int]:
        column = self._columns[p]
        have = self.money.take(column.kinds)
        short = have < (price if column.even else price * column.worths)
        number = int(np.count_nonzero(short))
        if not number:
            return 0.0, column.total, 0
        have = have[short]
        if column.alone and column.even:
            return float(have.sum()), column.total - number, int(np.count_nonzero(have))
        weights = column.weights[short]
        givers = int(weights[have > 0].sum())
        return float(have.dot(weights)), column.total - int(column.totals[short].sum()), givers

    def pay(self, p: int, price: float) -> None:
        column = self._columns[p]
        have = self.money.take(column.kinds)
        have -= price if column.even else price * column.worths
        np.maximum(have, 0.0, out=have)
        self.money[column.kinds] = have
