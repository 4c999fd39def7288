"""
What the rules say of electing a committee: seats, term, who may stand, posting, filing, handing over. Pure data with its articles.

Sources: OWN-044 to OWN-047, OWN-052 to OWN-054, RES-004. What is not verified is used only with a source an operator enters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of

FILE: Final = FOLDER / "elections" / "bodies.yaml"
AUTO: Final = ("", "owner", "adult", "resident")


@dataclass(frozen=True)
class Check:
    """One thing a candidate must be. `auto` names what the register can say to it; `places` where the rule holds (empty: everywhere)."""

    code: str
    name_zh: str
    name_en: str
    auto: str
    cites: tuple[str, ...]
    article: str
    verified: bool
    places: tuple[str, ...] = ()

    def holds_in(self, jurisdiction: str) -> bool:
        return not self.places or any(jurisdiction == p or jurisdiction.startswith(f"{p}-") for p in self.places)


@dataclass(frozen=True)
class Duty:
    """What the old committee hands over, or the new one does first, within `days` of the election."""

    code: str
    name_zh: str
    name_en: str
    days: int
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Body:
    """A body that is elected. Figures are mappings as in the pack, with `cites`, `article` and `verified`."""

    code: str
    name_zh: str
    name_en: str
    profile: str
    seats: Mapping[str, Any]
    term_months: Mapping[str, Any]
    remind_months: Mapping[str, Any]
    posting_days: Mapping[str, Any]
    filing_days: Mapping[str, Any]
    checks: tuple[Check, ...]
    handover: tuple[Duty, ...]
    on_paper: bool = False

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") else self.name_en

    def of_place(self, figure: Mapping[str, Any], jurisdiction: str) -> int | None:
        """A figure's value for a jurisdiction: its own or its nearest parent's, else the default; None when there is none."""
        parts = jurisdiction.split("-")
        for end in range(len(parts), 0, -1):
            if (found := figure.get("-".join(parts[:end]))) is not None:
                return int(found)
        default = figure.get("default")
        return None if default is None else int(default)

    def why_not_seats(self, seats: int) -> str:
        """What is wrong with a number of seats: "few", "many", "even", or nothing."""
        if self.seats["small"] and seats == self.seats["small"]:
            return ""
        if seats < self.seats["min"]:
            return "few"
        if seats > self.seats["max"]:
            return "many"
        return "even" if self.seats["odd"] and seats % 2 == 0 else ""


@cache
def bodies() -> Mapping[str, Body]:
    """The bodies by code. Raises PackError naming the entry that cannot be used."""
    data = content_of(FILE)
    return MappingProxyType({entry["code"]: _body(entry) for entry in data["entries"]})


def _body(entry: dict[str, Any]) -> Body:
    try:
        made = {**entry}
        made["checks"] = tuple(Check(**{**c, "cites": tuple(c["cites"]), "places": tuple(c["places"])}) for c in entry["checks"])
        made["handover"] = tuple(Duty(**{**d, "cites": tuple(d["cites"])}) for d in entry["handover"])
        body = Body(**made)
    except (KeyError, TypeError) as problem:
        raise PackError(f"{FILE.name}: {entry.get('code')}: {problem}") from None
    if bad := [c.code for c in body.checks if c.auto not in AUTO]:
        raise PackError(f"{FILE.name}: {body.code}: auto of {bad} is none of {AUTO}")
    return body


def body(code: str) -> Body:
    """Raises KeyError for an unknown code."""
    return bodies()[code]
