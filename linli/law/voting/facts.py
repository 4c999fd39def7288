"""What is written on voting and where it holds: instruments, rules, and places that set something of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Final

from linli.law.reading import PackError
from linli.law.voting.files import OPS, Language, made_of, rows_of

CONFIDENCES: Final = ("verified_text", "verified_secondary", "from_memory")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An instrument; `title` is Chinese and meant for showing."""

    id: str
    title: str
    kind: str
    jurisdiction: str
    effective: str = ""
    note: str = ""
    copy: str = "none"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fact of law. `status` other than "in_force" is shown but never applied by itself; `verified` False must be entered by a person."""

    id: str
    topic: str
    rule: str
    rule_zh: str
    parameters: tuple[Mapping[str, Any], ...] = ()
    source: str
    also: tuple[str, ...] = ()
    article: str
    jurisdiction: str
    confidence: str
    verified: bool
    status: str = "in_force"
    note: str = ""

    def text(self, language: Language) -> str:
        """The rule restated, in Chinese or English."""
        return self.rule_zh if language.lower().startswith("zh") else self.rule

    @property
    def citation(self) -> str:
        """Title and article as a Chinese reader expects them, e.g. 《中华人民共和国民法典》第278条第2款."""
        title = sources()[self.source].title
        quoted = title if title.startswith(("《", "“")) or "（" in title[:1] else f"《{title}》"
        return quoted if self.article == "-" or not self.article[:1].isdigit() else quoted + _articles(self.article.split(";")[0])

    def cited_for(self, place: str) -> str:
        """
        The citation for what a place sets: of a rule that speaks of several places (`also`), by the text and the article of that place, as in
        article "19; Ningbo 31".
        """
        texts = sources()
        own = next((key for key in (self.source, *self.also) if texts[key].jurisdiction == place), None)
        if own is None or own == self.source:
            return self.citation
        name = places()[place].name_en
        article = next((part.strip().removeprefix(name).strip() for part in self.article.split(";") if part.strip().startswith(name)), "")
        return replace(self, source=own, article=article or "-").citation


def _articles(numbers: str) -> str:
    """Articles by their numbers as the texts themselves are cited: "278(2)" as 第278条第2款, "18-23" as 第18条至第23条, "14, 15" as 第14条、第15条."""
    words = re.sub(r"(\d+)(?:\((\d+)\))?", lambda m: f"第{m[1]}条" + (f"第{m[2]}款" if m[2] else ""), numbers)
    return words.replace(", ", "、").replace("-", "至")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a place sets: a figure with its comparison, a word, or yes and no. The rule carries article, confidence and status."""

    name: str
    value: Fraction | str | bool
    op: str = "="
    rule: str
    place: str

    @property
    def source(self) -> Rule:
        """The fact it comes from."""
        return rules()[self.rule]

    @property
    def applies(self) -> bool:
        """Whether it may be applied by itself: its rule is in force and verified."""
        return self.source.status == "in_force" and self.source.verified


@dataclass(frozen=True, kw_only=True)
class Place:
    """A jurisdiction with its own settings; `chain` leads from itself up to the nation."""

    id: str
    name_zh: str
    name_en: str
    parent: str = ""
    settings: tuple[Setting, ...] = ()
    chain: tuple[str, ...] = field(default=())

    def name(self, language: Language) -> str:
        """The name for a language tag; everything that is not Chinese gets English."""
        return self.name_zh if language.lower().startswith("zh") else self.name_en

    def stated(self, name: str) -> tuple[Setting, ...]:
        """Everything said under that name, the nearest place first; also what is not in force."""
        return tuple(item for code in self.chain if code in places() for item in places()[code].settings if item.name == name)

    def setting(self, name: str) -> Setting | None:
        """What holds here: the stricter of all figures in force (a local rule may only tighten), else the nearest word. None: nothing is said."""
        said = [item for item in self.stated(name) if item.applies]
        figures = [item for item in said if isinstance(item.value, Fraction) and item.op in OPS]
        if said and len(figures) == len(said):
            strictest = max if figures[0].op in (">", ">=") else min
            return strictest(figures, key=lambda item: item.value)
        return said[0] if said else None

    def is_set(self, name: str) -> bool:
        """Whether a yes-or-no setting holds here; what is not said is no."""
        found = self.setting(name)
        return found is not None and found.value is True

    def days(self, name: str) -> int | None:
        """A figure in whole units (days, months, persons), or None where nothing is said."""
        found = self.setting(name)
        return int(found.value) if found is not None and isinstance(found.value, Fraction) else None

    def notice_days(self, *, extraordinary: bool = False) -> int:
        """
        Least days between the notice of an owners' assembly and its ballot (OWN-020). A shorter local period for extraordinary assemblies
        (OWN-021) is kept in `stated("notice_days_extraordinary")` but does not undercut the State Council regulation.
        """
        names = ("notice_days", "notice_days_extraordinary") if extraordinary else ("notice_days",)
        return max(found for name in names if (found := self.days(name)) is not None)


def place(code: str) -> Place:
    """
    The place of that code; for a code below a known place ("CN-33-XX"), or unknown ("CN-51"), a place with the nearest known one as its
    parent and no settings. Raises PackError when the code is no place of the mainland.
    """
    known = places()
    if code in known:
        return known[code]
    if not re.fullmatch(r"CN(-[A-Z0-9]{1,4}){0,3}", code):
        raise PackError(f"{code!r} is no place: write CN, or a code below it such as {', '.join(list(known)[1:5])}")
    above = code.rsplit("-", 1)[0]
    while above not in known:
        above = above.rsplit("-", 1)[0]
    return Place(id=code, name_zh=code, name_en=code, parent=above, chain=(code, *known[above].chain)) if above else known["CN"]


# The first digits of the statistical codes of divisions (GB/T 2260) whose rules are known here.
_DIVISIONS: Final = {
    "11": "CN-BJ",
    "31": "CN-SH",
    "33": "CN-33",
    "3301": "CN-33-HZ",
    "3302": "CN-33-NB",
    "3304": "CN-33-JX",
    "3305": "CN-33-HUZ",
    "3306": "CN-33-SX",
    "3309": "CN-33-ZS",
    "3310": "CN-33-TZ",
    "3311": "CN-33-LS",
    "37": "CN-37",
    "3702": "CN-37-QD",
    "3703": "CN-37-ZB",
    "3707": "CN-37-WF",
    "3715": "CN-37-LC",
    "3716": "CN-37-BZ",
    "41": "CN-41",
    "4101": "CN-41-ZZ",
    "44": "CN-44",
    "4418": "CN-44-QY",
}


def place_of_division(code: str) -> Place:
    """The place whose rules hold in a division with that statistical code; the nation where nothing narrower is known, or without a code."""
    found = next((_DIVISIONS[code[:size]] for size in (4, 2) if code[:size] in _DIVISIONS), "CN") if code.isdecimal() else "CN"
    return place(found)


def place_within(code: str, ancestor: str) -> bool:
    """Whether `code` is `ancestor` or lies below it."""
    return code == ancestor or code.startswith(f"{ancestor}-")


@cache
def sources() -> Mapping[str, Source]:
    """All instruments cited."""
    return {row["id"]: Source(**row) for row in rows_of("sources")}


@cache
def rules() -> Mapping[str, Rule]:
    """All facts on voting, by id."""
    found = {}
    for row in rows_of("rules"):
        plain = {**row, "parameters": tuple(row.get("parameters", ())), "also": tuple(row.get("also", ()))}
        if row.get("confidence") not in CONFIDENCES:
            raise PackError(f"rules.yaml: {row['id']}: confidence: use one of {', '.join(CONFIDENCES)}")
        found[row["id"]] = made_of(Rule, "rules", plain)
    return found


@cache
def places() -> Mapping[str, Place]:
    """All places that set something, by code; parents come before children."""
    found: dict[str, Place] = {}
    for row in rows_of("places"):
        above = row.get("parent", "")
        if above and above not in found:
            raise PackError(f"places.yaml: {row['id']}: parent: {above} must stand before it")
        chain = (row["id"], *(found[above].chain if above else ()))
        settings = tuple(_setting(row["id"], item) for item in row["settings"])
        found[row["id"]] = made_of(Place, "places", {**row, "settings": settings, "chain": chain})
    return found


def _setting(code: str, item: Mapping[str, Any]) -> Setting:
    value = item["value"]
    if item["rule"] not in rules():
        raise PackError(f"places.yaml: {code}: {item['name']}: rule: {item['rule']} is not among the rules")
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and re.fullmatch(r"\d+/\d+", value)):
        value = Fraction(value)
    return made_of(Setting, "places", {**item, "value": value, "place": code})
