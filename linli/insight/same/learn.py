"""
Learning from what clerks marked: a scorecard of pairs, and a small boosted model of whether a report is a repeat at all.

Both are plain arrays, deterministic, and take seconds for tens of thousands of reports. Needs numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.same.scorecard import Scorecard, Table

Array: TypeAlias = "np.ndarray[Any, Any]"

EDGES: Final[Mapping[str, tuple[float, ...]]] = {
    "text": (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8),
    "metres": (3.0, 15.0, 40.0, 80.0, 150.0),
    "hours": (1.0, 6.0, 24.0, 72.0, 168.0, 336.0, 720.0),
    "kind": (0.5,),
    "spot": (0.5,),
    "open": (0.5,),
}
"""Where the tables of a learned scorecard are cut."""
_RIDGE: Final = 3.0
_BINS: Final = 64


def learned_card(facts: Mapping[str, Array], same: Array) -> Scorecard:
    """
    A scorecard from pairs: `facts` as the scorecard names them (NaN: not known), `same` whether a clerk named the one as the other's original.

    Logistic regression on the cells of the tables with a ridge of 3 (A. Hoerl & R. Kennard 1970), by Newton's method; what is not known is
    worth nothing. Raises ValueError when all pairs or none are the same.
    """
    count = int(same.sum())
    if not 0 < count < len(same):
        raise ValueError("both pairs that are the same and pairs that are not are needed")
    columns, names = [], []
    for name, value in facts.items():
        cell = np.where(np.isnan(value), -1, np.searchsorted(np.array(EDGES[name]), value, side="right"))
        for n in range(len(EDGES[name]) + 1):
            columns.append(cell == n)
            names.append(name)
    told = np.stack([*columns, np.ones(len(same))], axis=1).astype(np.float64)
    ridge = np.full(told.shape[1], _RIDGE)
    ridge[-1] = 1e-6
    weight = np.zeros(told.shape[1])
    weight[-1] = np.log(count / (len(same) - count))
    for _round in range(60):
        chance = 1 / (1 + np.exp(-np.clip(told @ weight, -30, 30)))
        pull = told.T @ (same - chance) - ridge * weight
        step = np.linalg.solve((told * (chance * (1 - chance))[:, None]).T @ told + np.diag(ridge + 0.01), pull).clip(-1, 1)
        weight += step
        if np.abs(step).max() < 1e-6:
            break
    points = {name: tuple(float(w) for w, of in zip(weight, names, strict=False) if of == name) for name in facts}
    return Scorecard(float(weight[-1]), {name: Table(EDGES[name], points[name]) for name in facts})


@dataclass(frozen=True)
class Boosted:
    """A sum of small trees: `edges` cut each feature, a tree splits every node of a level at one feature and ends in `leaves`."""

    edges: tuple[Array, ...]
    base: float
    trees: tuple[tuple[tuple[tuple[Array, Array], ...], Array], ...]

    def score(self, features: Array) -> Array:
        """The logarithm of the odds for each row."""
        cells = _cells(features, self.edges)
        total: Array = np.full(len(cells), self.base)
        for levels, leaves in self.trees:
            total += leaves[_walked(cells, levels)]
        return total


def boosted(
    features: Array, truth: Array, weights: Array, *, trees: int = 60, depth: int = 2, rate: float = 0.08, ridge: float = 10.0
) -> Boosted:
    """
    Learn the odds that `truth` holds from features (rows × columns, finite) by gradient boosting of trees with a Newton step in each leaf
    (J. Friedman 2001; T. Chen & C. Guestrin 2016), on at most 32 cells a feature. Raises ValueError when all of the truth is one.
    """
    if not 0 < truth.sum() < len(truth):
        raise ValueError("rows that were marked and rows that were not are both needed")
    edges = tuple(np.unique(np.quantile(column, np.linspace(0, 1, 33)[1:-1])) for column in features.T)
    cells = _cells(features, edges)
    base = float(np.log((weights * truth).sum() / (weights * ~truth.astype(bool)).sum()))
    total: Array = np.full(len(truth), base)
    grown = []
    for _tree in range(trees):
        chance = 1 / (1 + np.exp(-total))
        pull, bend = weights * (truth - chance), weights * chance * (1 - chance) + 1e-9
        levels: list[tuple[Array, Array]] = []
        for level in range(depth):
            levels.append(_split(cells, _walked(cells, levels), 1 << level, pull, bend, ridge))
        node = _walked(cells, levels)
        sums = [np.bincount(node, each, 1 << depth) for each in (pull, bend)]
        leaves = rate * sums[0] / (sums[1] + ridge)
        total += leaves[node]
        grown.append((tuple(levels), leaves))
    return Boosted(edges, base, tuple(grown))


def _cells(features: Array, edges: tuple[Array, ...]) -> Array:
    return np.stack([np.searchsorted(cut, column, side="right") for cut, column in zip(edges, features.T, strict=True)], axis=1)


def _walked(cells: Array, levels: Any) -> Array:
    """The node each row comes to."""
    node = np.zeros(len(cells), dtype=np.int64)
    rows = np.arange(len(cells))
    for column, cut in levels:
        node = node * 2 + (cells[rows, column[node]] > cut[node])
    return node


def _split(cells: Array, node: Array, nodes: int, pull: Array, bend: Array, ridge: float) -> tuple[Array, Array]:
    """For each node the column and cell whose split gains most."""
    gains = []
    for column in cells.T:
        key = node * _BINS + column
        left = [np.cumsum(np.bincount(key, each, nodes * _BINS).reshape(nodes, _BINS), axis=1) for each in (pull, bend)]
        right = [each[:, -1:] - each for each in left]
        gain = left[0] ** 2 / (left[1] + ridge) + right[0] ** 2 / (right[1] + ridge)
        gains.append(np.where((left[1] < 1) | (right[1] < 1), -1.0, gain))
    best = np.stack(gains, axis=1).reshape(nodes, -1)
    column, cut = np.divmod(best.argmax(axis=1), _BINS)
    return column, np.where(best.max(axis=1) > 0, cut, _BINS)
