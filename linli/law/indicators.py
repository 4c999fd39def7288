"""
The indicators of the plans as data, a file for each dimension: what each means, what it aims at and where it began, and whether the work done here
yields it (`computed`, with its formula), a survey (`surveyed`), an outside document (`entered`), or nothing yet (`not_yet`, with the reason).

Formulas are read against the tables of facts above this floor (`linli.insight.measure.definitions`); here everything else is checked.
Sources: plan documents S0 to S3; what is our own says "own".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from linli.insight.measure.definitions import STATES
from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of
from linli.law.venues import TYPES

FILES: Final = FOLDER / "indicators"
TIERS: Final = ("core", "target", "monitor", "pilot", "own")
LEVELS: Final = ("community", "street", "district", "city", "national", "venue", "service", "policy", "platform")
"""The smallest thing an indicator is said of; what lies above it is counted together."""
UNITS: Final = (
    *("percent", "percentage_points", "score_100", "score_5", "ratio", "count", "count_per_month", "count_per_year"),
    *("minutes", "hours", "days", "hours_per_week", "hours_per_year", "person_times_per_year", "yuan_per_person_year"),
    *("events_per_1000_person_year", "acts_per_1000_residents", "persons_per_10000_residents", "residents_per_worker"),
)
OPS: Final = ("==", ">=", "<=", ">", "<", "increase_by_pct", "decrease_by_pct", "increase_by_points")
CHANGES: Final = (*OPS, "increase_by_times", "decrease_by_hours")
NEEDS: Final = (
    *("activities", "bodies", "bookings", "burden", "calculation", "care", "facilities", "funds", "needs", "policies", "resources"),
    *("sensing", "services", "surveys", "training", "volunteers"),
)
"""What is missing where an indicator is not computed yet: a loop, a register, or a way to reckon it."""
FORMS: Final = (*("accounts", "history_quiz", "identity", "neighbours", "policy", "satisfaction", "self_report", "time_use", "usability"),)
"""The forms that answer what a survey must."""
COMMUNITY_TYPES: Final = (*TYPES, "affordable")
ALWAYS: Final = "长期"
"""The phase of a target without an end."""
_STATED: Final[Mapping[str, frozenset[str]]] = {
    "computed": frozenset({"formula", "coverage_zh", "coverage_en"}),
    "surveyed": frozenset({"form", "why_zh", "why_en"}),
    "entered": frozenset({"why_zh", "why_en"}),
    "not_yet": frozenset({"needs", "why_zh", "why_en"}),
}
"""What each state must say, and alone may."""
_TEXTS: Final = ("id", "name_zh", "name_en", "dimension", "tier", "level", "unit", "direction", "definition_zh", "definition_en", "state")
_MAY: Final = frozenset({"fewest", "targets", "baselines", "benchmarks", "conflicts_zh", "conflicts_en", "thresholds", "sources"})
_TARGET: Final = frozenset({"op", "value", "year", "phase", "community_type", "scope", "stated_as", "note", "source"})
_BASELINE: Final = frozenset({"op", "value", "unit", "year", "scope", "community_type", "derived", "note", "source"})
_BENCHMARK: Final = frozenset({"place", "before", "before_op", "op", "change", "value", "unit", "year", "derived", "note", "source"})
_ID: Final = re.compile(r"[a-z][a-z0-9_]{2,60}")
_SOURCE: Final = re.compile(r"S[0-3] \d{1,2}(\.\d{1,2}){0,2}|own")
_SPAN: Final = re.compile(r"\d+-\d+")


class Dimension(NamedTuple):
    """One dimension and whether the official index system names it (S0 4.4)."""

    code: str
    title_zh: str
    title_en: str
    official: bool

    def title(self, language: str) -> str:
        return self.title_zh if language.lower().startswith("zh") else self.title_en


@cache
def dimensions() -> tuple[Dimension, ...]:
    """Those of the official index first, then the others. Raises PackError."""
    found = [_dimension(path) for path in sorted(FILES.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda one: (not one.official, one.code)))


@cache
def pack() -> Mapping[str, Mapping[str, Any]]:
    """Every indicator by its id, dimension by dimension. Raises PackError naming file, entry, key and how to mend it."""
    found: dict[str, Mapping[str, Any]] = {}
    for dimension in dimensions():
        file = f"{dimension.code}.yaml"
        for entry in _content(FILES / file)["entries"]:
            checked(file, dimension.code, entry)
            if entry["id"] in found:
                raise PackError(f"{file}: {entry['id']}: id: occurs twice; each may stand once")
            found[entry["id"]] = MappingProxyType(entry)
    for code, entry in found.items():
        base = (entry.get("formula") or {}).get("of")
        if base is not None and found.get(base, {}).get("state") != "computed":
            raise PackError(f"{entry['dimension']}.yaml: {code}: formula: is a change of {base!r}, which is not computed")
    return MappingProxyType(found)


def checked(file: str, dimension: str, entry: Any) -> None:
    """Raises PackError where an entry is not whole."""
    if not isinstance(entry, dict) or not _ID.fullmatch(str(entry.get("id", ""))):
        raise PackError(f"{file}: an entry without a proper id (small letters, digits and _)")
    code = entry["id"]
    for key in _TEXTS:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise PackError(f"{file}: {code}: {key}: is missing; add it as text")
    _one_of(file, code, "tier", entry["tier"], TIERS)
    _one_of(file, code, "level", entry["level"], LEVELS)
    _one_of(file, code, "unit", entry["unit"], UNITS)
    _one_of(file, code, "direction", entry["direction"], ("higher", "lower"))
    _one_of(file, code, "state", entry["state"], STATES)
    _one_of(file, code, "dimension", entry["dimension"], (dimension,))
    _stated(file, code, entry)
    for target in _rows(file, code, "targets", entry, _TARGET, CHANGES):
        if target.get("year") is None and not target.get("phase"):
            raise PackError(f'{file}: {code}: targets: name a year or a phase ("{ALWAYS}" for what has no end)')
        _one_of(file, code, "targets", target.get("community_type", ""), ("", *COMMUNITY_TYPES))
    for baseline in _rows(file, code, "baselines", entry, _BASELINE, OPS):
        _one_of(file, code, "baselines", baseline.get("community_type", ""), ("", *COMMUNITY_TYPES))
    _rows(file, code, "benchmarks", entry, _BENCHMARK, CHANGES)
    if ("conflicts_zh" in entry) != ("conflicts_en" in entry):
        raise PackError(f"{file}: {code}: conflicts: say it in both languages")
    for source in _list(file, code, "sources", entry.get("sources")) or ("",):
        _source(file, code, "sources", source)


def _stated(file: str, code: str, entry: Mapping[str, Any]) -> None:
    state = entry["state"]
    if missing := sorted(_STATED[state] - set(entry)):
        raise PackError(f"{file}: {code}: {missing[0]}: an indicator that is {state} needs it")
    if surplus := sorted(set(entry) - _STATED[state] - _MAY - set(_TEXTS)):
        raise PackError(f"{file}: {code}: {surplus[0]}: is not a key of one that is {state}")
    if state == "computed" and not isinstance(entry["formula"], dict):
        raise PackError(f"{file}: {code}: formula: must be a mapping with at least a shape")
    if state == "surveyed":
        _one_of(file, code, "form", entry["form"], FORMS)
    if state == "not_yet":
        _one_of(file, code, "needs", entry["needs"], NEEDS)
    for key in _STATED[state] - {"formula"}:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise PackError(f"{file}: {code}: {key}: must be text")
    fewest = entry.get("fewest", 10)
    if isinstance(fewest, bool) or not isinstance(fewest, int) or fewest < 1:
        raise PackError(f"{file}: {code}: fewest: must be a whole number from 1 on")


def _rows(
    file: str, code: str, key: str, entry: Mapping[str, Any], known: frozenset[str], words: Sequence[str]
) -> Sequence[Mapping[str, Any]]:
    """The targets, baselines or benchmarks of an entry, each with a value and the source that says so."""
    rows = _list(file, code, key, entry.get(key, []))
    for row in rows:
        if not isinstance(row, dict):
            raise PackError(f"{file}: {code}: {key}: each must be a mapping")
        if surplus := sorted(str(name) for name in set(row) - known):
            raise PackError(f"{file}: {code}: {key}: {surplus[0]!r} is not a key here; use one of {', '.join(sorted(known))}")
        for word in ("op", "change", "before_op"):
            if word in row:
                _one_of(file, code, key, row[word], words)
        if key != "benchmarks" and "op" not in row:
            raise PackError(f"{file}: {code}: {key}: op: is missing")
        if "year" in row and (isinstance(row["year"], bool) or not isinstance(row["year"], int) or not 2000 <= row["year"] <= 2100):
            raise PackError(f"{file}: {code}: {key}: year: {row['year']!r} is no year")
        _amount(file, code, key, row.get("value"), span=key != "targets")
        _source(file, code, key, row.get("source"))
    return rows


def _amount(file: str, code: str, key: str, value: Any, *, span: bool) -> None:
    if span and isinstance(value, str) and _SPAN.fullmatch(value):
        return
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise PackError(f"{file}: {code}: {key}: value: {value!r} is not a number") from None


def _list(file: str, code: str, key: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise PackError(f"{file}: {code}: {key}: must be a list")
    return value


def _source(file: str, code: str, key: str, source: Any) -> None:
    if not isinstance(source, str) or not _SOURCE.fullmatch(source):
        raise PackError(f'{file}: {code}: {key}: {source!r} is no source; write "S1 4.3" or "own"')


def _one_of(file: str, code: str, key: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        raise PackError(f"{file}: {code}: {key}: {value!r} is unknown; use one of {', '.join(known)}")


def _dimension(path: Path) -> Dimension:
    content = _content(path)
    if surplus := sorted(set(content) - {"title_zh", "title_en", "official", "entries"}):
        raise PackError(f"{path.name}: top level: {surplus[0]}: is not a key here")
    return Dimension(path.stem, content["title_zh"], content["title_en"], bool(content.get("official", False)))


@cache
def _content(path: Path) -> Mapping[str, Any]:
    content = content_of(path)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list) or not {"title_zh", "title_en"} <= set(content):
        raise PackError(f"{path.name}: the top level needs title_zh, title_en and a list of entries")
    return content
