"""
The indicators in force: the pack's entries with what the operator changed on top, read against the tables of facts.

What is changed of an entry is kept as a version of its own (`models.Definition`); the pack is version 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from linli.insight.measure.definitions import STATES, Indicator, Target, formula_from
from linli.insight.measure.problems import refuse
from linli.insight.measure.tables import FactTable
from linli.kernel.places.facts import tables
from linli.law.indicators import pack
from linli.lib.remembered import Remembered
from linli.measure.models import Definition

CHANGEABLE: Final = ("state", "formula", "targets", "name_zh", "name_en", "definition_zh", "definition_en", "why_zh", "why_en", "fewest")
"""What an operator may change of an entry; the rest is what it is."""
OPS_OF_TARGETS: Final = (
    *("=", "==", "<", "<=", ">", ">="),
    *("increase_by_pct", "increase_by_points", "increase_by_times", "decrease_by_pct", "decrease_by_points"),
)
_kept: Remembered[dict[str, tuple[Indicator, int]]] = Remembered(30)


def indicator_from(said: Mapping[str, Any], known: Mapping[str, FactTable]) -> Indicator:
    """Read an entry (of the pack, with what was changed) and check it. Raises InputProblem."""
    code, state = str(said["id"]), said.get("state", "not_yet")
    if state not in STATES:
        raise refuse("bad_state", f"指标“{code}”：没有“{state}”这种状态。", f'Indicator "{code}": there is no state "{state}".')
    formula = formula_from(said["formula"], known, about=code) if said.get("formula") else None
    if state == "computed" and formula is None:
        raise refuse("no_formula", f"指标“{code}”要自动计算，却没有算法。", f'Indicator "{code}" is to be computed and has no formula.')
    return Indicator(
        id=code,
        name_zh=said["name_zh"],
        name_en=said["name_en"],
        dimension=said["dimension"],
        tier=said["tier"],
        level=said["level"],
        unit=said["unit"],
        direction=said["direction"],
        definition_zh=said.get("definition_zh", ""),
        definition_en=said.get("definition_en", ""),
        state=state,
        formula=formula,
        why_zh=said.get("why_zh", ""),
        why_en=said.get("why_en", ""),
        coverage_zh=said.get("coverage_zh", ""),
        coverage_en=said.get("coverage_en", ""),
        targets=targets_from(code, said.get("targets", ())),
        sources=tuple(said.get("sources", ())),
        fewest=int(said.get("fewest", 10)),
    )


def targets_from(code: str, said: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Read targets and check them. Raises InputProblem for one without a year or phase, or whose value is no number."""
    return tuple(_target(code, one) for one in said)


def _target(code: str, said: Mapping[str, Any]) -> Target:
    if said.get("year") is None and not said.get("phase"):
        raise refuse(
            "target_without_year",
            f"指标“{code}”有一个目标没有写年份或阶段，请补上。",
            f'A target of indicator "{code}" has neither a year nor a phase; add one.',
        )
    try:
        value = Fraction(str(said["value"]))
    except (KeyError, ValueError, ZeroDivisionError):
        raise refuse("bad_target", f"指标“{code}”的目标要写一个数。", f'A target of indicator "{code}" must be a number.') from None
    if said.get("op") not in OPS_OF_TARGETS:
        raise refuse(
            "bad_target",
            f"指标“{code}”的目标要写明比较方式：{'、'.join(OPS_OF_TARGETS)}。",
            f'A target of indicator "{code}" says how it compares: {", ".join(OPS_OF_TARGETS)}.',
        )
    return Target(
        op=str(said["op"]),
        value=value,
        year=said.get("year"),
        phase=str(said.get("phase", "")),
        community_type=str(said.get("community_type", "")),
        source=str(said.get("source", "")),
    )


def in_force() -> dict[str, tuple[Indicator, int]]:
    """Every indicator with its version, in the pack's order. Known to other processes within half a minute. Raises InputProblem."""
    return _kept.get("all", _read)


def _read() -> dict[str, tuple[Indicator, int]]:
    known = tables()
    return {code: (indicator_from(said, known), version) for code, (said, version) in _entries().items()}


def _entries() -> dict[str, tuple[dict[str, Any], int]]:
    """Every entry as it is in force, with its version."""
    newest = {row.code: row for row in Definition.objects.order_by("code", "version")}
    return {
        code: ({**said, **(newest[code].data if code in newest else {})}, newest[code].version if code in newest else 0)
        for code, said in pack().items()
    }


def said_of() -> dict[str, dict[str, Any]]:
    """Every entry as data, whole: one that changes from another carries that other as `base`, so that it can be read without the pack."""
    entries = {code: said for code, (said, _version) in _entries().items()}
    return {
        code: {**said, "base": entries[said["formula"]["of"]]} if (said.get("formula") or {}).get("shape") == "change" else said
        for code, said in entries.items()
    }


def forget() -> None:
    _kept.forget()


def indicator(code: str) -> tuple[Indicator, int]:
    """One indicator and its version. Raises InputProblem."""
    found = in_force().get(code)
    if found is None:
        raise refuse(
            "no_indicator",
            f"没有指标“{code}”。用 linli indicators list 查看全部。",
            f'There is no indicator "{code}"; see linli indicators list.',
        )
    return found
