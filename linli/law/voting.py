"""
Voting rules as data: thresholds, counting policies, and what each place sets, every one with its article.

Facts live in `packs/voting/`; this module reads and checks them. A figure nobody has verified is kept as such and refused until a person
enters it (`Profile.with_thresholds`). Shares are Fractions, counts are integers (area in 0.01 m²).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from linli.law.reading import PackError, content_of
from linli.lib.problems import InputProblem

FOLDER: Final = Path(__file__).parent / "packs" / "voting"
FILES: Final = ("sources", "rules", "profiles", "policies", "places", "reasons")
OPS: Final = (">", ">=", "<", "<=")
BASES: Final = ("participating", "all", "votes_cast")
CONFIDENCES: Final = ("verified_text", "verified_secondary", "from_memory")
AREA: Final = "area"

Op = Literal[">", ">=", "<", "<="]
Base = Literal["participating", "all", "votes_cast"]
Language = str


class RuleRefused(InputProblem):
    """A rule that may not be applied as asked: `rule` names the fact that decides, `entry` where the operator can mend it."""

    def __init__(self, code: str, text_zh: str, text_en: str, *, rule: str, profile: str) -> None:
        super().__init__(code, text_zh, text_en)
        self.rule, self.profile = rule, profile


@dataclass(frozen=True, slots=True)
class Threshold:
    """One comparison in one dimension: `part op share × whole`. Exact; of nothing (whole 0) a least share is never reached."""

    dimension: str
    op: Op
    share: Fraction

    def met(self, part: int, whole: int) -> bool:
        """Whether `part` of `whole` meets it, compared as integers."""
        if whole <= 0:
            return self.op in ("<", "<=")
        left, right = part * self.share.denominator, self.share.numerator * whole
        return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[self.op]

    def bound(self, whole: int) -> int:
        """The least part of `whole` that meets a ">" or ">=" threshold, the greatest that meets a "<" or "<=" one."""
        exact = self.share * whole
        floor = exact.numerator // exact.denominator
        ceiling = -(-exact.numerator // exact.denominator)
        return {">": floor + 1, ">=": ceiling, "<": ceiling - 1, "<=": floor}[self.op]

    def missing(self, part: int, whole: int) -> int:
        """By how much it is missed, 0 when it is met. For a limit: how much there is too much."""
        if self.met(part, whole):
            return 0
        gap = self.bound(whole) - part
        return max(gap if self.op in (">", ">=") else -gap, 1)


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
class Profile:
    """
    A rule for counting a decision. `take_part` are the least shares of all who must take part, `agree` the least shares of `base` in
    favour, `object_max` the most of all who may object. Empty: no such test. `verified` False: thresholds are unknown.
    """

    id: str
    name_zh: str
    name_en: str
    take_part: tuple[Threshold, ...] = ()
    agree: tuple[Threshold, ...] = ()
    object_max: tuple[Threshold, ...] = ()
    base: Base = "participating"
    plurality: bool = False
    rules: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    starts: date | None = None
    until: date | None = None
    jurisdiction: str = ""
    verified: bool = True
    note: str = ""
    entered_from: str = ""

    def name(self, language: Language) -> str:
        """The name for a language tag; everything that is not Chinese gets English."""
        return self.name_zh if language.lower().startswith("zh") else self.name_en

    @property
    def by_owners(self) -> bool:
        """Whether it counts area and owners."""
        return AREA in self.dimensions

    def in_force_on(self, on: date) -> bool:
        """Whether day `on` lies in the time it holds for; verified or not."""
        return not ((self.starts and on < self.starts) or (self.until and on > self.until))

    def why_not(self, on: date | None = None, place: str = "") -> RuleRefused | None:
        """Why it may not be applied to a decision of day `on` in `place` (both may be unknown), or None."""
        from linli.law.reasons import Reason, say

        reason = None
        if not self.verified:
            reason = Reason("thresholds_unverified")
        elif on and not self.in_force_on(on):
            reason = Reason("profile_not_in_force")
        elif self.jurisdiction and place not in ("", "CN") and not place_within(place, self.jurisdiction):
            reason = Reason("profile_of_other_place", {"place": self.jurisdiction})
        if reason is None:
            return None
        rule = self.rules[0] if self.rules else ""
        return RuleRefused(reason.code, say(reason, "zh"), say(reason, "en"), rule=rule, profile=self.id)

    def with_thresholds(self, take_part: Mapping[str, Any] | None, agree: Mapping[str, Any], *, source: str) -> Profile:
        """This profile with thresholds a person has entered from `source` (title and article). Raises PackError when they are no thresholds."""
        if not source.strip():
            raise PackError(f"{self.id}: source: name the text and article the thresholds were read in")
        row: dict[str, Any] = {"take_part": dict(take_part or {}), "agree": {"base": self.base, **agree}}
        tests = {name: _thresholds("thresholds", self.id, name, row) for name in row}
        if not tests["agree"]:
            raise PackError(f'{self.id}: agree: give at least one threshold, such as {{"entitled": [">", "1/2"]}}')
        base = row["agree"]["base"]
        if base not in BASES:
            raise PackError(f"{self.id}: agree: base: use one of {', '.join(BASES)}")
        return replace(
            self, take_part=tests["take_part"], agree=tests["agree"], base=base, verified=True, entered_from=source.strip(),
            dimensions=_dimensions(*tests.values()),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How one kind of paper or owner counts: the values there are, and the one that holds when nothing else was adopted."""

    id: str
    name_zh: str
    name_en: str
    default: str
    values: Mapping[str, tuple[str, str]]
    rules: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    note: str = ""


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


def profile(code: str) -> Profile:
    """The profile of that id. Raises PackError naming those there are."""
    found = profiles().get(code)
    if found is None:
        raise PackError(f"{code!r} is no profile: use one of {', '.join(profiles())}")
    return found


@cache
def sources() -> Mapping[str, Source]:
    """All instruments cited."""
    return {row["id"]: Source(**row) for row in _rows("sources")}


@cache
def rules() -> Mapping[str, Rule]:
    """All facts on voting, by id."""
    found = {}
    for row in _rows("rules"):
        plain = {**row, "parameters": tuple(row.get("parameters", ())), "also": tuple(row.get("also", ()))}
        if row.get("confidence") not in CONFIDENCES:
            raise PackError(f"rules.yaml: {row['id']}: confidence: use one of {', '.join(CONFIDENCES)}")
        found[row["id"]] = _made(Rule, "rules", plain)
    return found


@cache
def profiles() -> Mapping[str, Profile]:
    """All decision profiles, by id."""
    found = {}
    for row in _rows("profiles"):
        _only("profiles", row, _PROFILE_KEYS)
        found[row["id"]] = _profile(row)
    return found


@cache
def policies() -> Mapping[str, Policy]:
    """All counting policies, by id."""
    found = {}
    for row in _rows("policies"):
        _only("policies", row, _POLICY_KEYS)
        values = {value["id"]: (value["name_zh"], value["name_en"]) for value in row["values"]}
        if row["default"] not in values:
            raise PackError(f"policies.yaml: {row['id']}: default: must be one of its values")
        kept = {key: row[key] for key in ("id", "name_zh", "name_en", "default", "note") if key in row}
        found[row["id"]] = Policy(**kept, values=values, rules=tuple(row["rules"]), needs=tuple(row.get("needs", ())))
    return found


@cache
def places() -> Mapping[str, Place]:
    """All places that set something, by code; parents come before children."""
    found: dict[str, Place] = {}
    for row in _rows("places"):
        above = row.get("parent", "")
        if above and above not in found:
            raise PackError(f"places.yaml: {row['id']}: parent: {above} must stand before it")
        chain = (row["id"], *(found[above].chain if above else ()))
        settings = tuple(_setting(row["id"], item) for item in row["settings"])
        found[row["id"]] = _made(Place, "places", {**row, "settings": settings, "chain": chain})
    return found


def read(name: str) -> Mapping[str, Any]:
    """One file of the folder, whole. Raises PackError when it cannot be read."""
    path = FOLDER / f"{name}.yaml"
    content = content_of(path)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise PackError(f"{path.name}: the top level needs a list of entries")
    return content


def _rows(name: str) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for row in read(name)["entries"]:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise PackError(f"{name}.yaml: every entry is a mapping with an id")
        if row["id"] in seen:
            raise PackError(f"{name}.yaml: {row['id']}: id: occurs twice; each may stand once")
        seen.add(row["id"])
        yield row


_PROFILE_KEYS: Final = frozenset(
    [
        "id",
        "name_zh",
        "name_en",
        "take_part",
        "agree",
        "object_max",
        "dimensions",
        "rules",
        "from",
        "until",
        "jurisdiction",
        "verified",
        "note",
    ]
)
_POLICY_KEYS: Final = frozenset(["id", "name_zh", "name_en", "default", "values", "rules", "needs", "note"])


def _only(file: str, row: Mapping[str, Any], known: frozenset[str]) -> None:
    """A key nobody reads would look like a rule that holds."""
    if surplus := sorted(row.keys() - known):
        raise PackError(f"{file}.yaml: {row['id']}: {surplus[0]}: is not a key here; use one of {', '.join(sorted(known))}")


def _profile(row: Mapping[str, Any]) -> Profile:
    take_part, agree_tests, object_max = (_thresholds("profiles", row["id"], name, row) for name in ("take_part", "agree", "object_max"))
    agree = row.get("agree") or row.get("object_max") or {}
    base = agree.get("base", "participating")
    if base not in BASES:
        raise PackError(f"profiles.yaml: {row['id']}: base: use one of {', '.join(BASES)}")
    return Profile(
        id=row["id"], name_zh=row["name_zh"], name_en=row["name_en"], base=base, plurality=agree.get("and") == "plurality",
        rules=tuple(row["rules"]), dimensions=tuple(row.get("dimensions", ())) or _dimensions(take_part, agree_tests, object_max),
        starts=_day(row.get("from")), until=_day(row.get("until")), jurisdiction=row.get("jurisdiction", ""),
        verified=row.get("verified", True), note=row.get("note", ""),
        take_part=take_part, agree=agree_tests, object_max=object_max,
    )  # fmt: skip


def _thresholds(file: str, where: str, name: str, row: Mapping[str, Any]) -> tuple[Threshold, ...]:
    given = row.get(name) or {}
    return tuple(_threshold(file, f"{where}: {name}", key, value) for key, value in given.items() if key not in ("base", "and"))


def _threshold(file: str, where: str, dimension: str, value: Any) -> Threshold:
    known = read("reasons")["dimensions"]
    if dimension not in known:
        raise PackError(f"{file}: {where}: {dimension}: is no dimension; use one of {', '.join(known)}")
    try:
        op, share = value
        exact = Fraction(str(share))
    except (TypeError, ValueError, ZeroDivisionError):
        raise PackError(f'{file}: {where}: {dimension}: write a comparison and a fraction, such as [">=", "2/3"]') from None
    if op not in OPS or not 0 < exact <= 1 or isinstance(share, float):
        raise PackError(f'{file}: {where}: {dimension}: write one of {" ".join(OPS)} and a fraction between 0 and 1, such as [">=", "2/3"]')
    return Threshold(dimension, op, exact)


def _dimensions(*tests: tuple[Threshold, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(test.dimension for group in tests for test in group))


def _setting(code: str, item: Mapping[str, Any]) -> Setting:
    value = item["value"]
    if item["rule"] not in rules():
        raise PackError(f"places.yaml: {code}: {item['name']}: rule: {item['rule']} is not among the rules")
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and re.fullmatch(r"\d+/\d+", value)):
        value = Fraction(value)
    return _made(Setting, "places", {**item, "value": value, "place": code})


def _made(kind: type[Any], file: str, row: Mapping[str, Any]) -> Any:
    try:
        return kind(**row)
    except TypeError as fault:
        raise PackError(f"{file}.yaml: {row.get('id') or row.get('name')}: {fault}") from None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
