"""A decision's figures in words: by number and by area, what the rule asks, met or missed and by how much. Exact; pure but for the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.law import voting
from linli.loops.council.motions.wording import DIMENSIONS
from linli.web.words import number, percent


@dataclass(frozen=True)
class Figure:
    """One line: "同意（专有面积）", "1,234.50 m²，占 61.2%", what was needed, and whether it was met (None: no rule names it)."""

    label: str
    value: str
    needed: str
    met: bool | None
    gap: str


def figures_of(figures: Mapping[str, Any], profile: str) -> list[Figure]:
    """
    The lines of a counted ballot, in both dimensions; empty for a decision without sums (in a meeting, by consent).

    The thresholds are the profile's; a place's stricter ones are in the words the count gave itself.
    """
    rules = voting.profiles().get(profile)
    rows: list[Figure] = []
    for part, label, tests in (
        ("participating", _("参与表决"), rules.take_part if rules else ()),
        ("agree", _("没有异议") if rules and rules.object_max else pgettext("a vote", "同意"), rules.agree if rules else ()),
        ("against", _("持异议"), rules.object_max if rules else ()),
    ):
        if part == "against" and not tests:
            continue
        whole = "participating" if part == "agree" and (rules is None or rules.base == "participating") else "total"
        for dimension, name in DIMENSIONS.items():
            value, base = _sum(figures, part, dimension), _sum(figures, whole, dimension)
            if value is None or not base:
                continue
            test = next((t for t in tests if t.dimension == dimension), None)
            rows.append(_figure(_("%(what)s（%(dimension)s）") % {"what": label, "dimension": name}, value, base, test, dimension))
    return rows


def _sum(figures: Mapping[str, Any], part: str, dimension: str) -> Fraction | None:
    try:
        return Fraction(str(figures[f"{part}_{dimension}"]))
    except (KeyError, ValueError, ZeroDivisionError):
        return None


def _figure(label: str, value: Fraction, base: Fraction, test: voting.Threshold | None, dimension: str) -> Figure:
    said = _("%(value)s，占 %(share)s") % {"value": _amount(value, dimension), "share": percent(value / base)}
    if test is None:
        return Figure(label, said, "", None, "")
    asked = base * test.share
    if test.op in ("<", "<="):
        return _most(label, said, value, asked, test, dimension)
    strict = test.op == ">"
    met = value > asked if strict else value >= asked
    words = _("要超过 %(share)s") if strict else _("至少要 %(share)s")
    away = abs(value - _least(asked, dimension, strict=strict))
    gap = _("正好") if met and not away else (_("多出 %(n)s") if met else _("还差 %(n)s")) % {"n": _amount(away, dimension)}
    return Figure(label, said, words % {"share": _share(test.share)}, met, gap)


def _most(label: str, said: str, value: Fraction, asked: Fraction, test: voting.Threshold, dimension: str) -> Figure:
    """A figure that may not be too large: how many objections more it would have borne, or by how many there were too many."""
    met = value <= asked if test.op == "<=" else value < asked
    words = (_("不能超过 %(share)s") if test.op == "<=" else _("要少于 %(share)s")) % {"share": _share(test.share)}
    by = _amount(abs(asked - value), dimension)
    return Figure(label, said, words, met, (_("还差 %(n)s 才到") if met else _("超出 %(n)s")) % {"n": by})


def _least(asked: Fraction, dimension: str, *, strict: bool) -> Fraction:
    """The least that meets the test: whole people, hundredths of a square metre; one step more where it must be exceeded."""
    step = Fraction(1, 100) if dimension == "area" else Fraction(1)
    steps = -(-asked // step)
    return (steps + 1 if strict and steps * step == asked else steps) * step


def _amount(value: Fraction, dimension: str) -> str:
    if dimension == "area":
        cents = int(value * 100)
        return _("%(n)s 平方米") % {"n": f"{number(cents // 100)}.{cents % 100:02d}"}
    whole = -(-value.numerator // value.denominator)
    return number(whole)


def _share(share: Fraction) -> str:
    return _("%(top)s/%(bottom)s") % {"top": share.numerator, "bottom": share.denominator}
