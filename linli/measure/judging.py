"""Pure decisions about figures: which target is in force, whether it is met, how sure a share is, and when communities may be set against each other."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from linli.insight.measure.definitions import Indicator, Target

_PHASE: Final = re.compile(r"(\d{4})\D+(\d{4})")
# 97.5 % of a normal distribution lie below.
_Z: Final = 1.959964
Met = Literal["met", "missed", "unknown"]


def meets(value: float, target: Target) -> bool:
    """A figure against a target. Values are quotients of whole numbers: what differs by less than a millionth is equal."""
    aimed = float(target.value)
    near = math.isclose(value, aimed, rel_tol=1e-9, abs_tol=1e-6)
    match target.op:
        case ">=":
            return value > aimed or near
        case ">":
            return value > aimed and not near
        case "<=":
            return value < aimed or near
        case "<":
            return value < aimed and not near
        case _:
            return near


def span_of(target: Target) -> tuple[int, int] | None:
    """The first and last year a target is for; None: always."""
    if target.year:
        return target.year, target.year
    found = _PHASE.search(target.phase)
    return (int(found[1]), int(found[2])) if found else None


def applying(targets: Iterable[Target], community_type: str) -> list[Target]:
    """The targets for a place: those for its type where there are any, else those for all."""
    everything = list(targets)
    own = [t for t in everything if t.community_type and t.community_type == community_type]
    return own or [t for t in everything if not t.community_type]


def in_force(targets: Iterable[Target], year: int, community_type: str = "") -> Target | None:
    """
    The target a figure of `year` is held against: of that year or of a phase that holds it; else the last one that was due before; else one
    that is always meant; else the next to come. The stricter of two for the same time is the later in the list.
    """
    found = applying(targets, community_type)
    spans = [(span_of(t), t) for t in found]
    now = [t for span, t in spans if span and span[0] <= year <= span[1]]
    before = sorted([(span[1], n, t) for n, (span, t) in enumerate(spans) if span and span[1] < year], key=lambda row: row[:2])
    always = [t for span, t in spans if span is None]
    after = sorted([(span[0], n, t) for n, (span, t) in enumerate(spans) if span and span[0] > year], key=lambda row: row[:2])
    return now[-1] if now else before[-1][2] if before else always[-1] if always else after[0][2] if after else None


def judged(value: float | None, target: Target | None) -> Met:
    if value is None or target is None:
        return "unknown"
    return "met" if meets(value, target) else "missed"


@dataclass(frozen=True)
class Interval:
    """Where the true share lies, 95 times of 100, in the indicator's own unit."""

    low: float
    high: float


def interval(one: Indicator, numerator: int | None, denominator: int | None) -> Interval | None:
    """Wilson's interval (1927) of a share of counted rows; None for what is no share of some among all."""
    formula = one.formula
    if formula is None or formula.shape != "share" or numerator is None or not denominator or not 0 <= numerator <= denominator:
        return None
    if formula.numerator is None or formula.numerator.how != "rows":
        return None
    share, n = numerator / denominator, denominator
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
    return Interval(max(0.0, middle - half) * formula.per, min(1.0, middle + half) * formula.per)


def apart(intervals: Iterable[Interval]) -> bool:
    """Whether any two intervals lie wholly apart, so that one may say which place has more."""
    found = list(intervals)
    return bool(found) and max(i.low for i in found) > min(i.high for i in found)


def median(values: Iterable[int | float]) -> float | None:
    """The middle one, or the mean of the two in the middle, exactly; None of nothing."""
    found = sorted(values)
    if not found:
        return None
    middle = len(found) // 2
    return float(found[middle]) if len(found) % 2 else float(Fraction(found[middle - 1]) + Fraction(found[middle])) / 2
