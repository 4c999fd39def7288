"""
Rule packs: what law, plans and practice give as numbers and lists, kept as data beside the code that applies them.

Each file in `packs/` is one list of entries with a code, names in Chinese and English, and the source of each. A pack is read
once, checked whole, and never changed; operators override values in the database, never here. Errors name file, entry, key and mend.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from linli.law.reading import PackError, content_of

FOLDER: Final = Path(__file__).parent / "packs"

Unit = Literal["minutes", "hours", "working_hours", "days", "working_days"]
Status = Literal["rule", "target", "practice", "unverified"]
Promise = Literal["dispatch", "first_answer", "plan", "resolve", "follow_up"]
Start = Literal["raised", "accepted", "dispatched", "resolved"]
Urgency = Literal["ordinary", "urgent", "emergency"]

_CITE: Final = re.compile(r"S[0-3] [0-9]+(?:\.[0-9]+)*|[A-Z][A-Z0-9]*-[0-9]{3}|own")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every entry has. `cites` are sections of the plan documents ("S1 4.3"), fact ids ("HOT-014"), or "own"."""

    code: str
    name_zh: str
    name_en: str
    cites: tuple[str, ...]

    def name(self, language: str) -> str:
        """The name for a language tag; everything that is not Chinese gets English."""
        return self.name_zh if language.lower().startswith("zh") else self.name_en


@dataclass(frozen=True, kw_only=True)
class ServiceLevel(Entry):
    """
    A time promised: `amount` of `unit` from `starts` until the `promise` is kept. Within its `profile` it applies to requests of
    one `urgency` (None: any), only in the `fast_lane`, only `complex` ones, or only certain `categories` (empty: all).
    """

    profile: str
    promise: Promise
    starts: Start
    amount: Fraction
    unit: Unit
    status: Status
    urgency: Urgency | None = None
    fast_lane: bool = False
    complex: bool = False
    categories: tuple[str, ...] = ()
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, kw_only=True)
class ExclusionClass(Entry):
    """A lawful reason not to dispatch a request (HOT-003): the standard reply and where to turn are mandatory."""

    reply_zh: str
    reply_en: str
    turn_to_zh: str
    turn_to_en: str


@dataclass(frozen=True, kw_only=True)
class Category(Entry):
    """A place in the neutral category tree. Tops have no `parent`; what a leaf leaves out it has from its top."""

    parent: str | None
    department: str
    keywords: tuple[str, ...] = ()
    fast_lane: bool = False
    complex: bool = False
    urgency: Urgency = "ordinary"


@dataclass(frozen=True, kw_only=True)
class Department(Entry):
    """Who can be sent a request. `kind` tells government from utilities and neighbourhood bodies."""

    kind: Literal["government", "utility", "neighbourhood", "organisation"]
    duties_zh: str = ""
    duties_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice(Entry):
    """An item of a plain list, with a hint for who chooses."""

    hint_zh: str = ""
    hint_en: str = ""


@dataclass(frozen=True, kw_only=True)
class PopulationGroup(Choice):
    """A group that needs something particular; `special` ones have a care file and a 24-hour answer (S1 5.2)."""

    special: bool = False
    needs_consent: bool = False


@dataclass(frozen=True, kw_only=True)
class RefusalReason(Choice):
    """Why a department may decline a whistle; with `needs_text` it must be argued."""

    needs_text: bool = True


@dataclass(frozen=True, kw_only=True)
class SuspendReason(Choice):
    """Why a request waits. `stops_clock` for the pause, `longest_days` until it must be looked at again."""

    stops_clock: bool = True
    longest_days: int
    needs_approval: bool = False


T = TypeVar("T", bound=Entry)


@dataclass(frozen=True)
class Pack(Generic[T]):
    """
    One pack: its entries in order, also by code. `stated_count` is the size a plan document claims, `complete` is False when it
    names only part of them and the operator fills in the rest.
    """

    name: str
    title_zh: str
    title_en: str
    entries: tuple[T, ...]
    stated_count: int | None = None
    complete: bool = True
    by_code: Mapping[str, T] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", MappingProxyType({entry.code: entry for entry in self.entries}))

    def __iter__(self) -> Iterator[T]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, code: str) -> T:
        return self.by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self.by_code


_KINDS: Final[Mapping[str, type[Entry]]] = {
    "service_levels": ServiceLevel,
    "exclusions": ExclusionClass,
    "request_kinds": Choice,
    "channels": Choice,
    "categories": Category,
    "departments": Department,
    "community_types": Choice,
    "population_groups": PopulationGroup,
    "refusal_reasons": RefusalReason,
    "suspend_reasons": SuspendReason,
}
PACKS: Final = tuple(_KINDS)


@cache
def load(name: str) -> Pack[Any]:
    """The pack of that name (one of PACKS), validated. Raises PackError; `service_levels()` and so on are its typed doors."""
    if name not in _KINDS:
        raise PackError(f"there is no rule pack {name!r}: use one of {', '.join(PACKS)}")
    return read_pack(FOLDER / f"{name}.yaml", name)


def service_levels() -> Pack[ServiceLevel]:
    """All promises of all profiles."""
    return load("service_levels")


def levels_of(profile: str) -> tuple[ServiceLevel, ...]:
    """The promises of one profile ("standard", "beijing", "jinan" …), in the order of the pack."""
    return tuple(level for level in service_levels() if level.profile == profile)


def exclusions() -> Pack[ExclusionClass]:
    """The six lawful exclusion classes (HOT-003)."""
    return load("exclusions")


def request_kinds() -> Pack[Choice]:
    """The five kinds of requests (HOT-001)."""
    return load("request_kinds")


def channels() -> Pack[Choice]:
    """The ways by which a request comes in."""
    return load("channels")


def categories() -> Pack[Category]:
    """The neutral category tree: each top followed by its leaves."""
    return load("categories")


def departments() -> Pack[Department]:
    """Who can be sent a request."""
    return load("departments")


def community_types() -> Pack[Choice]:
    """The types of communities (S0 4.2)."""
    return load("community_types")


def population_groups() -> Pack[PopulationGroup]:
    """The population groups (S1 3.3)."""
    return load("population_groups")


def refusal_reasons() -> Pack[RefusalReason]:
    """Why a department may decline a whistle."""
    return load("refusal_reasons")


def suspend_reasons() -> Pack[SuspendReason]:
    """Why a request may wait."""
    return load("suspend_reasons")


def category_keywords() -> dict[str, list[str | tuple[str, float]]]:
    """Keywords by category code for the suggester: leaves in full, their tops at a quarter, so that the particular wins."""
    found: dict[str, list[str | tuple[str, float]]] = {}
    for category in categories():
        if category.keywords:
            found[category.code] = [*category.keywords] if category.parent else [(word, 0.25) for word in category.keywords]
    return found


def read_pack(path: Path, name: str) -> Pack[Any]:
    """Read and check one pack file; for tests and for `load`."""
    content = content_of(path)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise PackError(f"{path.name}: the top level needs title_zh, title_en and a list of entries")
    _refuse_unknown(path.name, "top level", content, {"title_zh", "title_en", "entries", "stated_count", "complete", "note"})
    kind = _KINDS[name]
    rows = _unfolded(path.name, content["entries"]) if kind is Category else content["entries"]
    entries = tuple(_entry(path.name, place, row, kind) for place, row in enumerate(rows, start=1))
    _check_whole(path.name, entries)
    return Pack(
        name=name,
        title_zh=_text(path.name, "top level", "title_zh", content),
        title_en=_text(path.name, "top level", "title_en", content),
        entries=entries,
        stated_count=content.get("stated_count"),
        complete=content.get("complete", True),
    )


def _unfolded(file: str, tops: list[Any]) -> Iterator[Any]:
    """Tops with their leaves after them, each leaf with what it inherits."""
    for top in tops:
        if not isinstance(top, dict):
            yield top
            continue
        leaves = top.get("leaves", [])
        if not isinstance(leaves, list):
            raise PackError(f"{file}: {top.get('code')}: leaves: must be a list")
        yield {"parent": None, **{key: value for key, value in top.items() if key != "leaves"}}
        inherited = {key: top[key] for key in ("department", "fast_lane", "complex", "urgency", "cites") if key in top}
        for leaf in leaves:
            yield {**inherited, "parent": top.get("code"), **leaf} if isinstance(leaf, dict) else leaf


def _entry(file: str, place: int, row: Any, kind: type[T]) -> T:
    if not isinstance(row, dict):
        raise PackError(f"{file}: entry {place}: must be a mapping of keys to values, with at least a code")
    where = str(row.get("code") or f"entry {place}")
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}
    _refuse_unknown(file, where, row, known.keys())
    hints = get_type_hints(kind)
    values = {}
    for key, item in known.items():
        if key in row:
            values[key] = _value(file, where, key, row[key], hints[key])
        elif item.default is MISSING:
            raise PackError(f"{file}: {where}: {key}: is missing; add it")
    return kind(**values)


def _value(file: str, where: str, key: str, value: Any, wanted: Any) -> Any:
    """`value` as the type an entry declares for `key`."""
    if get_origin(wanted) in (types.UnionType,) or type(None) in get_args(wanted):
        if value is None:
            return None
        wanted = next(arg for arg in get_args(wanted) if arg is not type(None))
    if get_origin(wanted) is Literal:
        if value in get_args(wanted):
            return value
        raise PackError(f"{file}: {where}: {key}: {value!r} is unknown; use one of {', '.join(get_args(wanted))}")
    if get_origin(wanted) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        raise PackError(f"{file}: {where}: {key}: must be a list of texts, such as [停车, 车位]")
    if wanted is Fraction:
        return _amount(file, where, key, value)
    if wanted is str and isinstance(value, str) and value.strip():
        return value.strip()
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PackError(f"{file}: {where}: {key}: {value!r} is not {'text' if wanted is str else wanted.__name__}; correct it")


def _amount(file: str, where: str, key: str, value: Any) -> Fraction:
    try:
        amount = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        amount = Fraction(0)
    if amount <= 0 or isinstance(value, bool):
        raise PackError(f"{file}: {where}: {key}: {value!r} is not a positive number; write 24, 3.5 or 7/2")
    return amount


def _check_whole(file: str, entries: tuple[Entry, ...]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if not _CODE.fullmatch(entry.code):
            raise PackError(f"{file}: {entry.code}: code: use lower-case letters, digits and underscores")
        if entry.code in seen:
            raise PackError(f"{file}: {entry.code}: code: occurs twice; each code may stand once")
        seen.add(entry.code)
        if not entry.cites:
            raise PackError(f"{file}: {entry.code}: cites: name at least one source, or own")
        for cite in entry.cites:
            if not _CITE.fullmatch(cite):
                raise PackError(f'{file}: {entry.code}: cites: {cite!r} is no source; write "S1 4.3", "HOT-014" or "own"')


def _refuse_unknown(file: str, where: str, row: Mapping[str, Any], known: Any) -> None:
    surplus = [str(key) for key in row if key not in known]
    if surplus:
        raise PackError(f"{file}: {where}: {surplus[0]}: is not a key here; use one of {', '.join(sorted(known))}")


def _text(file: str, where: str, key: str, row: Mapping[str, Any]) -> str:
    return str(_value(file, where, key, row.get(key), str))
