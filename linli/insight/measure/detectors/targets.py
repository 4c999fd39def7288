"""
Thresholds hit suspiciously exactly: the smallest number that is enough, again and again.

Whatever the honest share may be, the chance that exactly the smallest sufficient number comes out is at most that of the binomial whose share is the
target itself. So nothing has to be known of the place, and the answer errs on the side of honesty. With `area`, the same is asked of all places of an
area in one period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from math import exp, lgamma, log
from typing import Any, Final

from linli.insight.measure.detectors.chances import among, sum_of_chances
from linli.insight.measure.detectors.rows import PLACE, Field, Row, key, keys_of, not_begun, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, percent, settled
from linli.insight.measure.periods import Period, period, period_of
from linli.insight.measure.problems import refuse
from linli.lib.units import SHANGHAI

CODE: Final = "targets"
FIELDS: Final = (
    key(),
    PLACE,
    Field("area", "code", needed=False),
    Field("period", "code"),
    Field("measure", "code"),
    Field("part", "number"),
    Field("whole", "number"),
    Field("target", "code"),
)
PARAMETERS: Final = (
    Parameter("periods", 12, 3, 60, "看最近十二期：一年里每月一次。", "The last twelve periods: a year of months."),
    Parameter(
        "above",
        1,
        1,
        20,
        "只算恰好够的那个数。放宽到两三个，正常的成绩也会落进来。",
        "Only the number that is just enough counts. With two or three, ordinary results fall in as well.",
    ),
    least(4, "少于四次恰好达标的不问。", "Fewer than four exact hits are not asked about."),
    AT_MOST,
)


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a figure: `row`, `place`, `area` (what the place belongs to; may be empty), `period` ("2026-10"), `measure` (its code), `part` of `whole`, and
    `target` as text ("0.9", "90%", "2/3"): at least so much is asked. Periods that have not begun are told, wholes of nought say nothing.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = not_begun(_read(taken(rows, FIELDS)), now)
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in good:
        if not row["whole"]:
            continue
        groups["place", row["place"], row["measure"]].append(row)
        if row["area"] is not None:
            groups["area", f"{row['area']} {row['period']}", row["measure"]].append(row)
    looked = 0
    hits = []
    for (kind, _name, measure), group in sorted(groups.items()):
        group = sorted(group, key=lambda row: (row["period"], row["place"]))
        if kind == "place":
            group = [row for row in group if _lately(row["period"], now, asked["periods"])]
        exact = [row for row in group if row["enough"] <= row["part"] < row["enough"] + asked["above"]]
        looked += len(group) >= asked["least"]
        if len(exact) >= asked["least"]:
            hits.append((kind, measure, group, exact, sum_of_chances(len(exact), [_most(row, asked["above"]) for row in group])))
    for kind, measure, group, exact, alone in hits:
        chance = among(alone, looked)
        if chance <= asked["at_most"]:
            found.append(_suspicion(kind, measure, group, exact, alone, chance, looked))
    return ordered(found)


def _lately(when: Period, now: datetime, count: int) -> bool:
    """Whether a period is one of the last `count` of its length, the running one among them."""
    return when.first >= period_of(when.unit, now.astimezone(SHANGHAI).date()).before(count).first


def _suspicion(
    kind: str, measure: str, group: list[dict[str, Any]], exact: list[dict[str, Any]], alone: float, chance: float, looked: int
) -> Suspicion:
    last = exact[-1]
    expected = sum(_most(row, 1) for row in group)
    chance_zh, chance_en = by_chance(alone, chance, looked)
    sample = f"{last['part']}/{last['whole']}"
    if kind == "place":
        where_zh, where_en = f"最近 {len(group)} 期里有 {len(exact)} 期", f"in {len(exact)} of the last {len(group)} periods"
    else:
        where_zh = f"{last['period'].name('zh')}同一辖区的 {len(group)} 个地方里有 {len(exact)} 个"
        where_en = f"in {len(exact)} of the {len(group)} places of one area in {last['period'].name('en')}"
    return Suspicion(
        CODE,
        last["place"] if kind == "place" else last["area"],
        last["period"],
        "sum",
        alone,
        chance,
        looked,
        keys_of(exact),
        f"指标“{measure}”{where_zh}恰好踩在目标线 {percent(float(last['share']))} 上（例如 {sample}，少一件就不够）；无论真实水平是多少，恰好够的平均最多 {expected:.1f} 个。{chance_zh}",
        f'"{measure}" stands {where_en} exactly on its target of {percent(float(last["share"]))} (such as {sample}: one fewer would not do); whatever the true level, '
        f"at most {expected:.1f} are expected to. {chance_en}",
        {"measure": measure, "rows": len(group), "hits": len(exact), "expected": expected, "group": kind},
    )


def _read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for row in rows:
        row["period"] = period(row["period"])
        row["share"] = _target(row["target"])
        if row["part"] > row["whole"]:
            raise refuse(
                "part_above_whole",
                "有一行的分子大于分母；请核对 part 和 whole 两列。",
                "The part of a row is larger than its whole; see the columns part and whole.",
            )
        enough = row["share"] * row["whole"]
        row["enough"] = -(-enough.numerator // enough.denominator)
    return rows


def _target(text: str) -> Fraction:
    """A share of more than nought and less than one, exactly as written."""
    try:
        share = Fraction(text.strip().removesuffix("%").strip()) / (100 if text.strip().endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share < 1:
        raise refuse(
            "bad_target",
            "目标请写成 0 和 1 之间的比例：0.9、90% 或 2/3。",
            "Write a target as a share between nought and one: 0.9, 90% or 2/3.",
        )
    return share


def _most(row: Mapping[str, Any], above: int) -> float:
    """The highest chance any honest share gives to the numbers that are just enough (each by itself, so that the sum is never too low)."""
    return min(1.0, sum(_at(c, row["whole"]) for c in range(row["enough"], min(row["whole"], row["enough"] + above - 1) + 1)))


def _at(c: int, n: int) -> float:
    if c in (0, n):
        return 1.0
    return exp(lgamma(n + 1) - lgamma(c + 1) - lgamma(n - c + 1) + c * log(c / n) + (n - c) * log(1 - c / n))


DETECTOR: Final = Detector(
    CODE,
    "恰好踩线的指标",
    "Thresholds hit exactly",
    "一再恰好够上目标、少一件就不够的指标。",
    "Figures that again and again are just enough, where one fewer would not do.",
    "有人真的把差的那一件办好了，办够就先做别的；分母本来就小。",
    "Somebody really did the one that was missing and then turned to other work; the whole is small anyway.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
