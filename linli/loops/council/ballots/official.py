"""
The figures an official result is told with: whether they can be true together, and whether they bear out what it says. Pure but for the language.

Areas are integers of 0.01 m². Sources: Civil Code 278 (participation and consent by number and by area).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.law import voting
from linli.lib.units import format_area

# In the order they are asked; a part of a whole is named after it.
PARTS: Final = ("participating", "agree", "against", "abstain", "invalid")
DIMENSIONS: Final = ("owners", "area")
KEYS: Final = tuple(f"{part}_{dimension}" for part in PARTS for dimension in DIMENSIONS)
_PART_WORDS: Final = {
    "participating": gettext_lazy("参加表决"),
    "agree": pgettext_lazy("a vote", "同意"),
    "against": gettext_lazy("反对"),
    "abstain": gettext_lazy("弃权"),
    "invalid": gettext_lazy("无效"),
}

Problem = tuple[str, str]


def named(key: str) -> str:
    """``agree_area`` as people read it: ``同意的面积``."""
    part, _sep, dimension = key.rpartition("_")
    words = _("%(part)s的人数") if dimension == "owners" else _("%(part)s的面积")
    return words % {"part": _PART_WORDS[part]}


def amount(key: str, value: int) -> str:
    return _("%(area)s 平方米") % {"area": format_area(value)} if key.endswith("area") else str(value)


def contradictions(given: Mapping[str, int], roll: Mapping[str, int], *, invalid_takes_part: bool = True) -> list[Problem]:
    """
    (field, sentence) for every two figures that cannot both be true; empty when all fit, or none is given. `roll` holds the whole of each
    dimension. Figures left out are not guessed.
    """
    return [*_pairs(given), *_wholes(given, roll), *_sums(given, invalid_takes_part), *_shared(given, roll)]


def _pairs(given: Mapping[str, int]) -> Iterator[Problem]:
    """Nobody without area and no area without somebody; what is told of one dimension is told of the other."""
    for part in PARTS:
        heads, area = f"{part}_owners", f"{part}_area"
        if (heads in given) != (area in given):
            missing = area if heads in given else heads
            yield (
                missing,
                _("写了“%(have)s”，也要写“%(missing)s”。") % {"have": named(heads if missing == area else area), "missing": named(missing)},
            )
        elif heads in given and (given[heads] == 0) != (given[area] == 0):
            words = {"heads": named(heads), "n": given[heads], "area": named(area), "m": amount(area, given[area])}
            yield area, _("“%(heads)s”是 %(n)s，“%(area)s”却是 %(m)s：两个数对不上。") % words


def _wholes(given: Mapping[str, int], roll: Mapping[str, int]) -> Iterator[Problem]:
    """A part is no larger than its whole."""
    for key, value in given.items():
        part, _sep, dimension = key.rpartition("_")
        whole, name = roll.get(dimension), _("名册上的总数")
        if part != "participating":
            base = f"participating_{dimension}"
            if base not in given:
                yield base, _("写了“%(have)s”，也要写“%(missing)s”。") % {"have": named(key), "missing": named(base)}
                continue
            if part == "invalid":
                continue
            whole, name = given[base], named(base)
        if whole is not None and value > whole:
            words = {"key": named(key), "value": amount(key, value), "name": name, "whole": amount(key, whole)}
            yield key, _("“%(key)s”是 %(value)s，比“%(name)s”的 %(whole)s 还多。") % words


def _sums(given: Mapping[str, int], invalid_takes_part: bool) -> Iterator[Problem]:
    """What was chosen adds up to what took part: exactly where every choice is told, and never to more."""
    counted = ("agree", "against", "abstain", *(("invalid",) if invalid_takes_part else ()))
    for dimension in DIMENSIONS:
        base = f"participating_{dimension}"
        keys = [f"{part}_{dimension}" for part in counted if f"{part}_{dimension}" in given]
        if base not in given or len(keys) < 2:
            continue
        total = sum(given[key] for key in keys)
        whole = all(f"{part}_{dimension}" in given for part in ("agree", "against", "abstain"))
        if total > given[base] or (whole and total != given[base]):
            words = {
                "sum": " + ".join(amount(key, given[key]) for key in keys),
                "total": amount(base, total),
                "names": _("、").join(named(key) for key in keys),
                "base": named(base),
                "whole": amount(base, given[base]),
            }
            yield base, _("%(names)s加起来是 %(sum)s = %(total)s，“%(base)s”却是 %(whole)s。") % words


def _shared(given: Mapping[str, int], roll: Mapping[str, int]) -> Iterator[Problem]:
    """Where everybody of a whole is in a part by number, all of its area is too, and the other way round."""
    for part in PARTS[:4]:
        wholes = roll if part == "participating" else {d: given[f"participating_{d}"] for d in DIMENSIONS if f"participating_{d}" in given}
        if not all(d in wholes and f"{part}_{d}" in given for d in DIMENSIONS):
            continue
        heads, area = given[f"{part}_owners"], given[f"{part}_area"]
        if heads <= wholes["owners"] and area <= wholes["area"] and (heads == wholes["owners"]) != (area == wholes["area"]):
            words = {"heads": named(f"{part}_owners"), "area": named(f"{part}_area"), "n": heads, "m": amount("area", area)}
            words |= {"all": wholes["owners"], "whole": amount("area", wholes["area"])}
            yield (
                f"{part}_area",
                _("“%(heads)s”是 %(n)s（全部是 %(all)s），“%(area)s”是 %(m)s（全部是 %(whole)s）：一个是全部，另一个不是。") % words,
            )


def against_the_rule(passed: bool, given: Mapping[str, int], roll: Mapping[str, int], rule: voting.Profile) -> str:
    """
    Why these figures do not bear out the result under the rule that was announced, in one sentence; empty when they do, or do not tell. The official
    result decides all the same: whoever records it says that they saw this.
    """
    failed = []
    for tests, part, base in ((rule.take_part, "participating", "all"), (rule.agree, "agree", rule.base)):
        for test in tests:
            key, wholes = f"{part}_{test.dimension}", f"participating_{test.dimension}"
            whole = roll.get(test.dimension) if base == "all" else given.get(wholes)
            if key not in given or whole is None or base == "votes_cast":
                return ""
            if not test.met(given[key], whole):
                words = {"key": named(key), "value": amount(key, given[key]), "whole": amount(key, whole), "share": str(test.share)}
                over = (
                    _("“%(key)s”是 %(value)s，没有超过 %(whole)s 的 %(share)s")
                    if test.op == ">"
                    else _("“%(key)s”是 %(value)s，不到 %(whole)s 的 %(share)s")
                )
                failed.append(over % words)
    if passed and failed:
        return _("结果写的是“通过”，但按公告的规则，数字不够：%(why)s。") % {"why": _("；").join(failed)}
    if not passed and not failed and (rule.take_part or rule.agree):
        return _("结果写的是“没有通过”，但按公告的规则，各项数字都达到了。")
    return ""


def told(given: Mapping[str, int], roll: Mapping[str, int]) -> dict[str, Any]:
    """The figures as a count of ours gives them to a decision, the roll's totals beside; none where none were given."""
    if not given:
        return {}
    whole = {f"total_{d}": roll[d] for d in DIMENSIONS if d in roll}
    return {key: format_area(n) if key.endswith("area") else n for key, n in {**whole, **given}.items()}


def rows_of(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """What was recorded, choice by choice: words, number, area."""
    found = []
    for part in PARTS:
        if f"{part}_owners" in figures:
            found.append(
                {"label": str(_PART_WORDS[part]), "owners": str(figures[f"{part}_owners"]), "area": str(figures.get(f"{part}_area", ""))}
            )
    return found
