"""Decision profiles with their thresholds, and the policies a count follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal

from linli.law.reading import PackError
from linli.law.voting.facts import place_within
from linli.law.voting.files import OPS, Language, Op, day_of, only_known, read, rows_of
from linli.lib.problems import InputProblem

BASES: Final = ("participating", "all", "votes_cast")
AREA: Final = "area"
Base = Literal["participating", "all", "votes_cast"]


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


def profile(code: str) -> Profile:
    """The profile of that id. Raises PackError naming those there are."""
    found = profiles().get(code)
    if found is None:
        raise PackError(f"{code!r} is no profile: use one of {', '.join(profiles())}")
    return found


@cache
def profiles() -> Mapping[str, Profile]:
    """All decision profiles, by id."""
    found = {}
    for row in rows_of("profiles"):
        only_known("profiles", row, _PROFILE_KEYS)
        found[row["id"]] = _profile(row)
    return found


@cache
def policies() -> Mapping[str, Policy]:
    """All counting policies, by id."""
    found = {}
    for row in rows_of("policies"):
        only_known("policies", row, _POLICY_KEYS)
        values = {value["id"]: (value["name_zh"], value["name_en"]) for value in row["values"]}
        if row["default"] not in values:
            raise PackError(f"policies.yaml: {row['id']}: default: must be one of its values")
        kept = {key: row[key] for key in ("id", "name_zh", "name_en", "default", "note") if key in row}
        found[row["id"]] = Policy(**kept, values=values, rules=tuple(row["rules"]), needs=tuple(row.get("needs", ())))
    return found


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


def _profile(row: Mapping[str, Any]) -> Profile:
    take_part, agree_tests, object_max = (_thresholds("profiles", row["id"], name, row) for name in ("take_part", "agree", "object_max"))
    agree = row.get("agree") or row.get("object_max") or {}
    base = agree.get("base", "participating")
    if base not in BASES:
        raise PackError(f"profiles.yaml: {row['id']}: base: use one of {', '.join(BASES)}")
    return Profile(
        id=row["id"], name_zh=row["name_zh"], name_en=row["name_en"], base=base, plurality=agree.get("and") == "plurality",
        rules=tuple(row["rules"]), dimensions=tuple(row.get("dimensions", ())) or _dimensions(take_part, agree_tests, object_max),
        starts=day_of(row.get("from")), until=day_of(row.get("until")), jurisdiction=row.get("jurisdiction", ""),
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
