"""
What of a secret ballot's result may be told: no area by choice that would show somebody's home beside their choice. Pure.

A yes-or-no ballot tells the area in favour only when `why_not_publish_sums` finds nobody shown by it; the areas against and abstaining, and all
areas by option, are never told: several sums over the same homes show more than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.law.reasons import Reason, say

_CHOICES = ("agree", "against", "abstain")
# Sentences about papers of one choice, which name their area.
_BY_CHOICE = ("abstain_", "invalid_", "co_owners_conflict")


def veil(result: Mapping[str, Any], reason: Reason | None) -> dict[str, Any]:
    """The result without what must not be told; `reason` says why the area in favour is withheld (None: it may be told)."""
    tell = reason is None and "options" not in result
    told = {**result, "law": _veil_law(result["law"], tell)}
    if "options" in result:
        told["options"] = [{**option, "law": _veil_law(option["law"], False)} for option in result["options"]]
    if not tell:
        why = reason or Reason("sums_several_options")
        told["withheld"] = {"code": why.code, **(_SEVERAL if reason is None else {"zh": say(why, "zh"), "en": say(why, "en")})}
    return told


_SEVERAL = {
    "zh": "有几个方案时，各方案的同意面积不公布：几个合计放在一起会暴露个别人的选择。",
    "en": "With several options the areas in favour are not published: several sums together would show single choices.",
}


def _veil_law(law: Mapping[str, Any], tell_agree: bool) -> dict[str, Any]:
    if "area" not in law["total"]:
        return dict(law)
    hidden = [name for name in _CHOICES if not (tell_agree and name == "agree")]
    told = {**law}
    for name in hidden:
        if name in told:
            told[name] = {k: v for k, v in law[name].items() if k != "area"}
    tests, explain = [dict(t) for t in law.get("tests", ())], list(law.get("explain", ()))
    counted = [line for line in explain[len(tests) :] if not line["code"].startswith(_BY_CHOICE)]
    spoken = explain[: len(tests)]
    for at, test in enumerate(tests):
        if test["kind"] != "take_part" and test["dimension"] == "area" and not (tell_agree and test["kind"] == "agree"):
            tests[at] = {k: test[k] for k in ("kind", "dimension", "op", "threshold", "met")}
            spoken[at] = _MET if test["met"] else _MISSED
    told |= {"tests": tests, "explain": [*spoken, *counted]}
    if not tell_agree:
        for name in ("shares", "display"):
            told[name] = {k: v for k, v in law.get(name, {}).items() if k not in ("agree_area", "object_area")}
        told["still_needed"] = {
            kind: {k: v for k, v in needed.items() if kind == "take_part" or k != "area"}
            for kind, needed in law.get("still_needed", {}).items()
        }
    if "strict" in law:
        told["strict"] = _veil_law(law["strict"], tell_agree)
    return told


_MET = {
    "code": "agree_area_met_untold",
    "zh": "同意的面积达到了要求；具体数目为保密不公布。",
    "en": "The area in favour meets the threshold; to keep votes secret the figure is not published.",
}
_MISSED = {
    "code": "agree_area_missed_untold",
    "zh": "同意的面积没有达到要求；具体数目为保密不公布。",
    "en": "The area in favour misses the threshold; to keep votes secret the figure is not published.",
}
