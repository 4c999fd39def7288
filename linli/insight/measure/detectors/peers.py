"""
What is usual, learned from all other places: a share, and by how much honest places differ around it.

A place is never compared with itself. The highest tenth of the others is left out, so that a few places that make numbers do not hide one another;
what that takes from an honest spread is put back. Where there are few others, a stated share stands in for as many rows as `weight` says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

from linli.insight.measure.detectors.chances import among, beta_binomial
from linli.insight.measure.detectors.suspicion import percent
from linli.insight.measure.periods import Period

TRIMMED: Final = 0.1
KEPT_SPREAD: Final = 0.71
"""What is left of the variance of a normal curve without its highest tenth."""
FEW: Final = 10
"""Fewer cells of others are too few to tell a spread from."""


@dataclass
class Cell:
    """One place in one period: how many rows could have been hits, and those that were."""

    place: str
    period: Period
    rows: int = 0
    hits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return len(self.hits) / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Usual:
    """The share among others, its spread, and how many other places and rows it is of."""

    share: float
    spread: float
    places: int
    rows: int


@dataclass(frozen=True)
class Found:
    cell: Cell
    usual: Usual
    alone: float
    chance: float
    looked: int


class Peers:
    """Cells laid in the order of how surely they are high, with running sums, so that leaving any place out costs a few steps."""

    def __init__(self, cells: Sequence[Cell], *, share: float, weight: float, spread: float) -> None:
        self._cells = sorted(cells, key=lambda cell: (_surely(len(cell.hits), cell.rows), cell.rows, cell.place, cell.period))
        self._prior = (share, weight, spread)
        self._of: dict[str, list[int]] = defaultdict(list)
        self._sums = [(0, 0, 0.0, 0.0)]
        for at, cell in enumerate(self._cells):
            self._of[cell.place].append(at)
            self._sums.append(_add(self._sums[-1], cell, 1))

    def without(self, place: str) -> Usual:
        """What is usual elsewhere."""
        share, weight, spread = self._prior
        own = self._of.get(place, [])
        others = len(self._cells) - len(own)
        keep = others - (int(others * TRIMMED) if others >= 2 * FEW else 0)
        end = keep
        while end - bisect_left(own, end) < keep:
            end += keep - (end - bisect_left(own, end))
        rows, hits, squares, ratios = self._sums[end]
        for at in own[: bisect_left(own, end)]:
            rows, hits, squares, ratios = _add((rows, hits, squares, ratios), self._cells[at], -1)
        usual = (hits + share * weight) / (rows + weight)
        if keep >= FEW and rows:
            spread = max(spread / 10, _spread(keep, rows, hits, squares, ratios, trimmed=keep < others))
        return Usual(usual, spread, len(self._of) - bool(own), rows)


def _add(sums: tuple[int, int, float, float], cell: Cell, sign: int) -> tuple[int, int, float, float]:
    rows, hits, squares, ratios = sums
    n, k = cell.rows, len(cell.hits)
    return rows + sign * n, hits + sign * k, squares + sign * n * n, ratios + sign * (k * k / n if n else 0.0)


def _spread(cells: int, rows: int, hits: int, squares: float, ratios: float, *, trimmed: bool) -> float:
    """The intra-class correlation by moments (M. S. Ridout, C. G. B. Demétrio & D. Firth 1999)."""
    p = hits / rows
    pq = p * (1 - p)
    room = rows - squares / rows - (cells - 1)
    if pq <= 0 or room <= 0:
        return 0.0
    scatter = max(0.0, ratios - hits * hits / rows) / (KEPT_SPREAD if trimmed else 1.0)
    return min(0.9, max(0.0, (scatter / pq - (cells - 1)) / room))


def _surely(k: int, n: int) -> float:
    """The lower end of E. B. Wilson's interval (1927) at one standard error: high only where many rows say so."""
    if not n:
        return 0.0
    p = k / n
    return (p + 0.5 / n - sqrt(p * (1 - p) / n + 0.25 / n / n)) / (1 + 1 / n)


def unusual(
    cells: Mapping[tuple[str, Period], Cell], *, least: int, at_most: float, share: float, weight: float, spread: float
) -> list[Found]:
    """
    Cells with at least `least` hits whose share is higher than honest differences between places explain: beta-binomial, with all cells looked at
    counted (those with at least `least` rows).
    """
    counted = [cell for cell in cells.values() if cell.rows]
    looked = sum(cell.rows >= least for cell in counted)
    peers = Peers(counted, share=share, weight=weight, spread=spread)
    usual: dict[str, Usual] = {}
    found = []
    for cell in counted:
        if len(cell.hits) < least:
            continue
        known = usual.get(cell.place) or usual.setdefault(cell.place, peers.without(cell.place))
        alone = beta_binomial(len(cell.hits), cell.rows, known.share, known.spread)
        chance = among(alone, looked)
        if chance <= at_most:
            found.append(Found(cell, known, alone, chance, looked))
    return found


def cells_of(rows: Sequence[tuple[str, Period, bool, dict[str, Any]]]) -> dict[tuple[str, Period], Cell]:
    """Rows counted by place and period; the third says whether a row is a hit."""
    found: dict[tuple[str, Period], Cell] = {}
    for place, when, hit, row in rows:
        cell = found.setdefault((place, when), Cell(place, when))
        cell.rows += 1
        if hit:
            cell.hits.append(row)
    return found


def said_of_others(usual: Usual) -> tuple[str, str]:
    """How it is elsewhere, in both languages."""
    if usual.places:
        return (
            f"其他 {usual.places:,} 个地方平常是 {percent(usual.share)}（各地之间的正常差别已经算在内）",
            f"in the {usual.places:,} other places {percent(usual.share)} is usual (how much honest places differ is counted in)",
        )
    return (
        f"没有别的地方可比，平常按 {percent(usual.share)} 算",
        f"there is no other place to compare with, so {percent(usual.share)} is taken as usual",
    )
