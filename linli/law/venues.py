"""
Standards of council venues as data: which measure of a venue, how much of it, for how many households and which kinds of community.

The pack's standards are the starting point; a place may put its own in their stead. Both have the same shape, so the same checks hold for
a page's input as for the pack. Sources: plan documents S1 and S3 (deliberation venues).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import Any, Final

from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of
from linli.lib.problems import InputProblem

GROUPS: Final = ("area", "site", "access", "zone", "equipment", "function", "hours", "staff", "governance", "money", "exit")
ITEM_KINDS: Final = ("zone", "equipment", "feature", "function")
# Those that name an item look whether the venue has it; the others compare an amount in the unit given here.
HAS: Final = ("zone", "equipment", "feature")
UNITS: Final[Mapping[str, str]] = {
    "area": "square_metres",
    "area_per_household": "square_metres",
    "points": "points_per_courtyard",
    "functions": "functions",
    "weekly_hours": "hours",
    "evening_hours": "hours",
    "weekend_hours": "hours",
    "full_time": "persons",
    "teams": "teams",
    "volunteers": "persons",
    "digital": "persons",
    "training_hours": "hours",
    "yearly_cost": "yuan",
    "satisfaction": "percent",
    "answers": "answers",
    "years_below": "years",
}
MEASURES: Final = (*HAS, *UNITS)
OPS: Final = ("has", ">=", ">", "<=", "<", "between")
TYPES: Final = (
    *("old_residential", "new_commercial", "rural", "special", "industrial_park_adjacent"),
    *("ageing", "young", "mixed", "culture_heritage"),
)
CONFIDENCE: Final = ("stated", "worded", "own")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LARGEST: Final = Fraction(1_000_000_000)


@dataclass(frozen=True)
class Item:
    """A zone, a piece of equipment, a feature or a function a venue has or has not; `access` ones help whoever moves, sees or hears less well."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    access: bool = False

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") else self.name_en


@dataclass(frozen=True)
class Standard:
    """
    One standard. `value` (and `most`, for a range) is exact, in the unit of its measure; `households_from` and `households_to` are both
    included, None: open. `types` are the kinds of community it is for (empty: all); `overrides` names what it stands instead of.
    """

    code: str
    group: str
    measure: str
    op: str
    name_zh: str
    name_en: str
    value: Fraction = Fraction(0)
    most: Fraction | None = None
    item: str = ""
    households_from: int | None = None
    households_to: int | None = None
    types: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    confidence: str = "own"
    cites: tuple[str, ...] = ()
    note_zh: str = ""
    note_en: str = ""

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") or not self.name_en else self.name_en

    def note(self, language: str) -> str:
        return self.note_zh if language.lower().startswith("zh") or not self.note_en else self.note_en

    @property
    def unit(self) -> str:
        """Empty for what is there or is not."""
        return UNITS.get(self.measure, "")

    def data(self) -> dict[str, Any]:
        """Plain data for JSON; `standard_from` reads it back."""
        made: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        made["value"], made["most"] = str(self.value), None if self.most is None else str(self.most)
        return {**made, **{name: list(made[name]) for name in ("types", "overrides", "cites")}}


def standard_from(data: Mapping[str, Any]) -> Standard:
    """A standard from plain data. Raises InputProblem naming the field, what is wrong with it and how to mend it."""
    known = {f.name for f in fields(Standard)}
    if surplus := sorted(set(data) - known):
        raise _problem("code", f"不认识“{surplus[0]}”。", f"There is no {surplus[0]!r} in a standard.")
    code = _text(data, "code", 40)
    if not _CODE.fullmatch(code):
        raise _problem(
            "code",
            "代号用小写字母开头，只含小写字母、数字和下划线。",
            "A code begins with a small letter and has letters, digits and _ only.",
        )
    measure = _one_of(data, "measure", MEASURES)
    op, value, most, item = _amounts(data, measure)
    low, high = _count(data, "households_from"), _count(data, "households_to")
    if low is not None and high is not None and low > high:
        raise _problem("households_to", "户数的上限不能小于下限。", "The largest number of households is below the least.")
    return Standard(
        code=code,
        group=_one_of(data, "group", GROUPS),
        measure=measure,
        op=op,
        name_zh=_text(data, "name_zh", 40),
        name_en=_text(data, "name_en", 80, needed=False),
        value=value,
        most=most,
        item=item,
        households_from=low,
        households_to=high,
        types=_some_of(data, "types", TYPES),
        overrides=tuple(str(c)[:40] for c in data.get("overrides", ())),
        confidence=_one_of(data, "confidence", CONFIDENCE, default="own"),
        cites=tuple(str(c)[:120] for c in data.get("cites", ())),
        note_zh=_text(data, "note_zh", 200, needed=False),
        note_en=_text(data, "note_en", 300, needed=False),
    )


def _amounts(data: Mapping[str, Any], measure: str) -> tuple[str, Fraction, Fraction | None, str]:
    """(op, value, most, item): an item for what is there or is not, an amount for everything else."""
    op = _one_of(data, "op", OPS)
    if measure in HAS:
        wanted = str(data.get("item", ""))
        if wanted not in items() or items()[wanted].kind != measure:
            raise _problem("item", "请从列表里选要有的那一样。", "Choose the thing it must have from the list.")
        if op != "has":
            raise _problem("op", "有没有的标准，要求只能是“要有”。", "What is there or is not can only be asked to be there.")
        return op, Fraction(0), None, wanted
    if op == "has":
        raise _problem("op", "要比数量的标准，请选“至少、超过、至多、少于”或“在两数之间”。", "Say how the amount compares.")
    value, most = _fraction(data, "value"), None
    if op == "between":
        most = _fraction(data, "most")
        if most < value:
            raise _problem("most", "上限不能小于下限。", "The upper limit is below the lower.")
    return op, value, most, ""


def _problem(field: str, zh: str, en: str) -> InputProblem:
    """The field goes in as the code, so that a page can put the words where they belong."""
    return InputProblem(field, zh, en)


def _text(row: Mapping[str, Any], key: str, most: int, *, needed: bool = True) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()) or len(value) > most:
        raise _problem(key, f"这一项要写，最多 {most} 个字。", f"This is needed, {most} characters at most.")
    return value.strip()


def _one_of(row: Mapping[str, Any], key: str, known: Sequence[str], default: str | None = None) -> str:
    value = row.get(key, default)
    if value not in known:
        raise _problem(key, "请从列表里选一项。", f"Choose one of {', '.join(known)}.")
    return str(value)


def _some_of(row: Mapping[str, Any], key: str, known: Sequence[str]) -> tuple[str, ...]:
    values = row.get(key, ())
    if isinstance(values, str) or not isinstance(values, Sequence) or any(v not in known for v in values):
        raise _problem(key, "请从列表里选。", f"This may hold {', '.join(known)}.")
    return tuple(dict.fromkeys(values))


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise _problem(key, "户数请写 0 到 1000000 的整数。", "A number of households is whole, 0 to 1,000,000.")
    return value


def _fraction(row: Mapping[str, Any], key: str) -> Fraction:
    value = row.get(key)
    try:
        found = Fraction(str(value).strip()) if not isinstance(value, bool) else Fraction(-1)
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if not 0 <= found <= _LARGEST:
        raise _problem(
            key, "请写一个不小于 0 的数，例如 30、12.5 或 1/2。", "Write a number that is not negative, such as 30, 12.5 or 1/2."
        )
    return found


@cache
def items() -> Mapping[str, Item]:
    """Everything a venue may have, by code, in the order of the pack. Raises PackError."""
    made = {}
    for row in _content()["items"]:
        item = Item(**row)
        if item.kind not in ITEM_KINDS or item.code in made:
            raise PackError(f"venue_standards.yaml: {item.code}: kind or code is wrong")
        if set("、；;，:：") & set(item.name_zh + item.name_en):
            raise PackError(f"venue_standards.yaml: {item.code}: a name stands in lists and may hold no separator")
        made[item.code] = item
    return made


def items_of(kind: str) -> tuple[Item, ...]:
    return tuple(i for i in items().values() if i.kind == kind)


@cache
def standards() -> tuple[Standard, ...]:
    """The standards of the pack, validated, in its order. Raises PackError."""
    made: list[Standard] = []
    for row in _content()["entries"]:
        try:
            made.append(standard_from(row))
        except InputProblem as problem:
            raise PackError(f"venue_standards.yaml: {row.get('code')}: {problem.code}: {problem.text_en}") from None
    codes = [s.code for s in made]
    if len(set(codes)) != len(codes):
        raise PackError("venue_standards.yaml: a code occurs twice")
    if missing := sorted({o for s in made for o in s.overrides} - set(codes)):
        raise PackError(f"venue_standards.yaml: overrides names {missing[0]}, which is not there")
    if bare := [s.code for s in made if not s.cites]:
        raise PackError(f"venue_standards.yaml: {bare[0]}: cites: name at least one source, or own")
    return tuple(made)


@cache
def _content() -> Mapping[str, Any]:
    found: Mapping[str, Any] = content_of(FOLDER / "venue_standards.yaml")
    return found
