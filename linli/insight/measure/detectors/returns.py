"""
Returns that copy last month: more figures are the same, or almost, than such figures are elsewhere.

How often a figure stays the same by itself depends on which it is and how large (noughts stay, hundreds do not): that is learned from other places, figure by
figure, and places of which more stays the same than that explains are counted into the spread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final

from linli.insight.measure.detectors.chances import among, beta_binomial, sum_of_chances
from linli.insight.measure.detectors.peers import FEW, KEPT_SPREAD, TRIMMED
from linli.insight.measure.detectors.rows import PLACE, Field, Row, key, keys_of, not_begun, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, settled
from linli.insight.measure.periods import Period, period
from linli.insight.measure.problems import refuse

CODE: Final = "returns"
FIELDS: Final = (key(), PLACE, Field("form", "code"), Field("period", "code"))
PARAMETERS: Final = (
    Parameter(
        "near",
        1.0,
        0.0,
        10.0,
        "一百以上的数，差不到 1% 也算照抄：改一两个尾数是常见的做法。",
        "Of a hundred and more, a difference of up to 1 % counts as copied: changing a last digit is the usual way.",
    ),
    least(5, "少于五个数相同的不问。", "Fewer than five equal figures are not asked about."),
    AT_MOST,
)
SUPPOSED: Final = (0.8, 0.25, 0.06, 0.03)
"""How often a figure stays where nothing is known: of nought, of up to nine, up to 99, from a hundred on. It weighs as `WEIGHT` returns."""
WEIGHT: Final = 4
LEAST_SPREAD: Final = 0.01
STAYS: Final = 0.5
"""A figure that stays the same in half of all cases elsewhere is stock, and not asked about."""


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a return: `row`, `place`, `form` (its code), `period` ("2026-10"), `figures` (names with numbers). Compared with the period before at the same
    place; where a return was given twice the later key counts. Figures that are no finite number are refused.
    """
    asked = settled(PARAMETERS, parameters)
    given = list(rows)
    found: list[Suspicion]
    good, found = not_begun([{**row, "period": period(row["period"])} for row in taken(given, FIELDS)], now)
    figures = {row["row"]: _figures(row, number) for number, row in enumerate(given, 1)}
    compared = _compared(good, figures, asked["near"] / 100)
    rates = _Rates(compared)
    looked = sum(len(one.same) >= asked["least"] for one in compared)
    for one in compared:
        moving = rates.moving(one)
        equal, n = sum(one.same[name] for name in moving), len(moving)
        if equal < asked["least"]:
            continue
        chances = [rates.of(one, name) for name in moving]
        expected = sum(chances)
        spread = rates.spread(one.place, n)
        alone = max(sum_of_chances(equal, chances), beta_binomial(equal, n, expected / n, spread))
        chance = among(alone, looked)
        if chance <= asked["at_most"]:
            found.append(_suspicion(one, n, equal, expected, alone, chance, looked))
    return ordered(found)


@dataclass(frozen=True)
class _Compared:
    """A return beside the one before: which figures are the same, and how large they were."""

    place: str
    form: str
    period: Period
    rows: tuple[dict[str, Any], dict[str, Any]]
    same: Mapping[str, bool]
    size: Mapping[str, int]


def _figures(row: Row, number: int) -> dict[str, float]:
    given = row.get("figures")
    if not isinstance(given, Mapping):
        raise refuse(
            "no_figures",
            f"第 {number} 行没有 figures：请给出这张表的各项数字。",
            f"Row {number} has no figures: give the numbers of the return by their names.",
        )
    found = {}
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise refuse(
                "bad_figure",
                f"第 {number} 行有一项不是数字（也不能是 NaN 或无穷大）；没有填的请留空。",
                f"A figure of row {number} is no number (nor may it be NaN or infinite); leave empty what was not filled in.",
            )
        found[str(name)] = value
    return found


def _compared(rows: Sequence[dict[str, Any]], figures: Mapping[Any, dict[str, float]], near: float) -> list[_Compared]:
    last = {(row["place"], row["form"], row["period"]): row for row in rows}
    found = []
    for (place, form, when), row in sorted(last.items()):
        before = last.get((place, form, when.before()))
        if before is None:
            continue
        now, then = figures[row["row"]], figures[before["row"]]
        both = [name for name in sorted(now) if name in then]
        same = {name: _same(then[name], now[name], near) for name in both}
        if same:
            found.append(_Compared(place, form, when, (before, row), same, {name: _size(then[name]) for name in both}))
    return found


def _same(a: float, b: float, near: float) -> bool:
    return a == b or (abs(a) >= 100 and abs(a - b) <= near * abs(a))


def _size(value: float) -> int:
    return 0 if value == 0 else 1 if abs(value) < 10 else 2 if abs(value) < 100 else 3


class _Rates:
    """How often each figure of each size stays the same elsewhere, and how much more some places repeat than that."""

    def __init__(self, compared: Sequence[_Compared]) -> None:
        self._all: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        self._own: dict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        for one in compared:
            for name, same in one.same.items():
                for counts in (self._all[one.form, name, one.size[name]], self._own[one.place, one.form, name, one.size[name]]):
                    counts[0] += same
                    counts[1] += 1
        scattered = []
        for one in compared:
            moving = self.moving(one)
            chances = [self.of(one, name) for name in moving]
            expected, variance = sum(chances), sum(p * (1 - p) for p in chances)
            if variance > 0:
                scattered.append(((sum(one.same[name] for name in moving) - expected) / variance**0.5, one.place, len(chances)))
        self._scattered = sorted(scattered)

    def moving(self, one: _Compared) -> list[str]:
        """The figures of a return that mostly change elsewhere."""
        return [name for name in one.same if self.of(one, name) < STAYS]

    def of(self, one: _Compared, name: str) -> float:
        """The chance that this figure is as in the period before, from other places."""
        same, seen = self._all[one.form, name, one.size[name]]
        own_same, own_seen = self._own[one.place, one.form, name, one.size[name]]
        supposed = SUPPOSED[one.size[name]]
        return (same - own_same + WEIGHT * supposed) / (seen - own_seen + WEIGHT)

    def spread(self, place: str, many: int) -> float:
        """By how much more than chance the others scatter, as a correlation between the figures of one return."""
        others = [(score, n) for score, where, n in self._scattered if where != place]
        if len(others) < FEW or many < 2:
            return LEAST_SPREAD
        kept = others[: len(others) - (int(len(others) * TRIMMED) if len(others) >= 2 * FEW else 0)]
        middle = sum(score for score, _n in kept) / len(kept)
        wide = sum((score - middle) ** 2 for score, _n in kept) / len(kept) / (KEPT_SPREAD if len(kept) < len(others) else 1)
        mean_n = sum(n for _score, n in kept) / len(kept)
        return min(0.9, max(LEAST_SPREAD, (wide - 1) / max(1.0, mean_n - 1)))


def _suspicion(one: _Compared, n: int, equal: int, expected: float, alone: float, chance: float, looked: int) -> Suspicion:
    chance_zh, chance_en = by_chance(alone, chance, looked)
    return Suspicion(
        CODE,
        one.place,
        one.period,
        "sum",
        alone,
        chance,
        looked,
        keys_of(one.rows),
        f"表“{one.form}”{one.period.name('zh')}里平常会变的 {n} 个数中，有 {equal} 个与上一期（{one.period.before().name('zh')}）相同或几乎相同；按别处同样大小的数推算，平常是 {expected:.1f} 个。{chance_zh}",
        f'Of the {n} figures that mostly change, of "{one.form}" for {one.period.name("en")}, {equal} are as in {one.period.before().name("en")} or almost; by what such figures do elsewhere '
        f"{expected:.1f} would be. {chance_en}",
        {"form": one.form, "rows": n, "hits": equal, "expected": expected},
    )


DETECTOR: Final = Detector(
    CODE,
    "照抄上期的报表",
    "Returns that copy the last",
    "与上一期相同或几乎相同的数，比别处同样的报表多得太多。",
    "Figures that are the same as in the period before, or almost, far more of them than in the same return elsewhere.",
    "这个月确实没有变化；报的是存量（户数、栋数）；上一期报错了，这一期照样更正。",
    "Nothing changed, the figures are of stock (homes, buildings), or both were corrected alike.",
    PARAMETERS,
    (*(field.name for field in FIELDS), "figures"),
    look,
)
