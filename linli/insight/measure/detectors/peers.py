"""
What is usual, learned from all other places: a share, and by how much honest places differ around it.

A month of a place is asked beside the other places and beside the place's own other months; never beside itself. The highest tenth of the others is left out, so that a few places that make numbers do not hide one another;
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
KEPT_SPREAD: Final = 0.5
"""What is left of the variance without the highest tenth: of a normal curve 0.71, of the skew ones of small shares about half."""
KEPT_BELOW: Final = 0.68
"""What is left of the variance of about a dozen without the highest."""
UNSURE: Final = 2.0
"""A spread known from few places is known badly: it is widened by this over the root of their number."""
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
    """The share among others and its spread, of how many other places and rows it is; `within`: how much one place differs from month to month."""

    share: float
    spread: float
    within: float
    places: int
    rows: int


@dataclass(frozen=True)
class Found:
    """`past`: the place's own share in its other periods, where that decided; else None and the others decided."""

    cell: Cell
    usual: Usual
    past: float | None
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
        self._restless = _Restless({place: [self._cells[at] for at in found] for place, found in self._of.items()})

    def without(self, place: str) -> Usual:
        """What is usual elsewhere."""
        share, weight, spread = self._prior
        least = spread / 10
        own = self._of.get(place, [])
        others = len(self._cells) - len(own)
        keep = others - (int(others * TRIMMED) if others >= 2 * FEW else 0)
        end = keep
        while end - bisect_left(own, end) < keep:
            end += keep - (end - bisect_left(own, end))
        rows, hits, squares, ratios = self._sums[end]
        for at in own[: bisect_left(own, end)]:
            rows, hits, squares, ratios = _add((rows, hits, squares, ratios), self._cells[at], -1)
        places = len(self._of) - bool(own)
        usual = (hits + share * weight) / (rows + weight)
        within = spread
        if keep >= FEW and rows:
            spread = max(least, _spread(keep, rows, hits, squares, ratios, trimmed=keep < others))
            within = max(least, min(spread, self._restless.without(place)))
        wider = 1 + UNSURE / max(1.0, places) ** 0.5
        return Usual(usual, min(0.9, spread * wider), min(0.9, within * wider), places, rows)

    def past(self, cell: Cell) -> tuple[int, int]:
        """Rows and hits of the place's other periods."""
        own = [self._cells[at] for at in self._of.get(cell.place, [])]
        return sum(one.rows for one in own) - cell.rows, sum(len(one.hits) for one in own) - len(cell.hits)


class _Restless:
    """
    How much the cells of one place differ from each other, over all places but one and without the tenth that differs most. The highest cell of a
    place is left out first, so that one made month makes nobody restless; what that takes from an honest place is put back.
    """

    def __init__(self, by_place: Mapping[str, Sequence[Cell]]) -> None:
        terms = []
        for place, cells in by_place.items():
            if len(cells) < 4:
                continue
            cells = sorted(cells, key=lambda cell: (_surely(len(cell.hits), cell.rows), cell.rows))[:-1]
            rows, hits = sum(c.rows for c in cells), sum(len(c.hits) for c in cells)
            p = (hits + 0.5) / (rows + 1)
            scatter = (sum(len(c.hits) ** 2 / c.rows for c in cells) - hits * hits / rows) / (p * (1 - p)) / KEPT_BELOW
            room = rows - sum(c.rows * c.rows for c in cells) / rows - (len(cells) - 1)
            if room > 0:
                terms.append(((scatter - (len(cells) - 1)) / room, place, scatter - (len(cells) - 1), room))
        self._terms = sorted(terms)
        self._at = {place: n for n, (_ratio, place, _more, _room) in enumerate(self._terms)}
        self._sums = [(0.0, 0.0)]
        for _ratio, _place, more, room in self._terms:
            self._sums.append((self._sums[-1][0] + more, self._sums[-1][1] + room))

    def without(self, place: str) -> float:
        at = self._at.get(place)
        others = len(self._terms) - (at is not None)
        keep = others - (int(others * TRIMMED) if others >= 2 * FEW else 0)
        end = keep + (at is not None and at < keep)
        more, room = self._sums[end]
        if at is not None and at < end:
            more, room = more - self._terms[at][2], room - self._terms[at][3]
        return max(0.0, more / room) if room > 0 else 0.0


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
    Cells with at least `least` hits whose share is higher than honest differences explain: those between places, or, where the place's own other
    periods are known, those between its months. Beta-binomial; both questions are counted for all cells of at least `least` rows.
    """
    counted = [cell for cell in cells.values() if cell.rows]
    looked = 2 * sum(cell.rows >= least for cell in counted)
    peers = Peers(counted, share=share, weight=weight, spread=spread)
    usual: dict[str, Usual] = {}
    found = []
    for cell in counted:
        if len(cell.hits) < least:
            continue
        known = usual.get(cell.place) or usual.setdefault(cell.place, peers.without(cell.place))
        past, own = _by_past(cell, known, *peers.past(cell))
        # What is only supposed to be usual says nothing against a place whose own other periods are known.
        alone = 1.0 if not known.places and past is not None else beta_binomial(len(cell.hits), cell.rows, known.share, known.spread)
        decided = past if own < alone else None
        chance = among(min(own, alone), looked)
        if chance <= at_most:
            found.append(Found(cell, known, decided, min(own, alone), chance, looked))
    return found


def _by_past(cell: Cell, usual: Usual, rows: int, hits: int) -> tuple[float | None, float]:
    """
    The place's share in its other periods, and the chance after it: what is usual elsewhere, learned on by those periods (conjugate beta), and never surer
    than places are steady.
    """
    if not rows:
        return None, 1.0
    size = 1 / usual.spread - 1
    share = (usual.share * size + hits) / (size + rows)
    return hits / rows, beta_binomial(len(cell.hits), cell.rows, share, max(usual.within, 1 / (size + rows + 1)))


def cells_of(rows: Sequence[tuple[str, Period, bool, dict[str, Any]]]) -> dict[tuple[str, Period], Cell]:
    """Rows counted by place and period; the third says whether a row is a hit."""
    found: dict[tuple[str, Period], Cell] = {}
    for place, when, hit, row in rows:
        cell = found.setdefault((place, when), Cell(place, when))
        cell.rows += 1
        if hit:
            cell.hits.append(row)
    return found


def said_of_others(found: Found) -> tuple[str, str]:
    """How it is elsewhere, or here in other periods, in both languages."""
    usual = found.usual
    if found.past is not None and not usual.places:
        return (
            f"本地其他时候是 {percent(found.past)}，没有别的地方可比（正常的起伏已经算在内）",
            f"here in other periods it is {percent(found.past)}, there is no other place to compare with (ordinary ups and downs are counted in)",
        )
    if found.past is not None:
        return (
            f"本地其他时候是 {percent(found.past)}，别处平常是 {percent(usual.share)}（正常的起伏已经算在内）",
            f"here in other periods it is {percent(found.past)}, elsewhere {percent(usual.share)} (ordinary ups and downs are counted in)",
        )
    if usual.places:
        return (
            f"其他 {usual.places:,} 个地方平常是 {percent(usual.share)}（各地之间的正常差别已经算在内）",
            f"in the {usual.places:,} other places {percent(usual.share)} is usual (how much honest places differ is counted in)",
        )
    return (
        f"没有别的地方可比，平常按 {percent(usual.share)} 算",
        f"there is no other place to compare with, so {percent(usual.share)} is taken as usual",
    )
