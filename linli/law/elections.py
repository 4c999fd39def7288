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

from linli.law import voting
from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of

FILE: Final = FOLDER / "elections" / "bodies.yaml"
AUTO: Final = ("", "owner", "adult", "resident")
OWNERS_COMMITTEE: Final = "owners_committee"


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
    """What the old committee hands over, or the new one does first, within `days` of the election; `article` is empty where the days are ours."""

    code: str
    name_zh: str
    name_en: str
    days: int
    cites: tuple[str, ...]
    article: str = ""


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

    def limits(self, place: voting.Place) -> Limits:
        """What holds at a place: what the country's rules and the place's own say, the stricter of both."""
        stated = place if self.code == OWNERS_COMMITTEE else None  # what places set here they set for owners' committees

        def days(name: str) -> int:
            return (stated.days(name) or 0) if stated else 0

        least_years, most_years = days("committee_term_years_min"), days("committee_term_years_max")
        return Limits(
            seats_min=max(self.seats["min"], days("committee_members_min")),
            seats_max=min(self.seats["max"], days("committee_members_max") or self.seats["max"]),
            odd=self.seats["odd"] or bool(stated and stated.is_set("committee_members_odd")),
            small=days("committee_members_small"),
            small_households=days("committee_small_households"),
            small_area_m2=days("committee_small_area_m2"),
            term_min=12 * least_years,
            term_max=min(self.term_months["max"], 12 * most_years or self.term_months["max"]),
            posting_days=max(self.posting_days["default"], days("candidate_posting_days")),
            filing_days=min(self.filing_days["value"], days("committee_filing_days") or self.filing_days["value"]),
            remind_months=days("change_of_term_report_months") or self.remind_months["default"],
            articles={figure: _article(stated, names) for figure, names in _STATED.items()} if stated else {},
        )


@dataclass(frozen=True)
class Limits:
    """
    Figures of a body at a place. `small` seats are enough with fewer than `small_households` homes, or up to `small_area_m2` (0 each: nowhere).
    Terms are months (`term_min` 0: none). `articles` cite the place's own rule by figure; empty where it has none.
    """

    seats_min: int
    seats_max: int
    odd: bool
    small: int
    small_households: int
    small_area_m2: int
    term_min: int
    term_max: int
    posting_days: int
    filing_days: int
    remind_months: int
    articles: Mapping[str, str]

    def why_not_seats(self, seats: int, *, small: bool) -> str:
        """What is wrong with a number of seats: "few", "many", "even", "not_small" (only a small estate may have so few), or nothing."""
        if self.small and seats == self.small:
            return "" if small else "not_small"
        if seats < self.seats_min:
            return "few"
        if seats > self.seats_max:
            return "many"
        return "even" if self.odd and seats % 2 == 0 else ""

    def is_small(self, *, households: int, area: int) -> bool:
        """Whether an estate of so many homes and so much area (0.01 m²) is a small one."""
        return households < self.small_households or (0 < area <= self.small_area_m2 * 100)


# Which settings of a place stand behind a figure, the one to cite first.
_STATED: Final[Mapping[str, tuple[str, ...]]] = {
    "seats": ("committee_members_small", "committee_members_min"),
    "term_months": ("committee_term_years_min", "committee_term_years_max"),
    "posting_days": ("candidate_posting_days",),
    "filing_days": ("committee_filing_days",),
    "remind_months": ("change_of_term_report_months",),
}


def _article(place: voting.Place, names: tuple[str, ...]) -> str:
    found = next((setting for name in names if (setting := place.setting(name)) is not None), None)
    return found.source.cited_for(found.place) if found is not None else ""


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
