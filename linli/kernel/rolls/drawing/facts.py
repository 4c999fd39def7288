"""What a roll is drawn from, and what comes of it: plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from linli.kernel.rolls.rules import Policy

DEVELOPER: Final = "dev"
BLOCK, WARN, NOTE = "block", "warn", "note"
Pair = tuple[int, int]


@dataclass(slots=True)
class PersonFact:
    """`phone` and `address` are blind indexes; `guardians` are ids of people."""

    id: int
    name: str
    born_on: date | None = None
    erased: bool = False
    home_path: str = ""
    phone: bytes | None = None
    address: bytes | None = None
    has_identity: bool = False
    guardians: tuple[int, ...] = ()


@dataclass(slots=True)
class Share:
    """Somebody's part of a home: a person by id, or an organisation by name and credit code."""

    person: int | None
    organisation: str = ""
    code: str = ""
    part: Fraction = Fraction(1)


@dataclass(slots=True)
class HomeFact:
    """A home of the tree. `alike` is what its name amounts to under its parent; `former` names the last owner and the day they ceased to be."""

    place: int
    path: str
    door: str
    building: int | None
    alike: str = ""
    area: int | None = None
    use: str = "dwelling"
    register_code: str = ""
    shares: list[Share] = field(default_factory=list)
    former: tuple[str, str] | None = None


@dataclass(slots=True)
class Stay:
    """Somebody living in a home on the record date."""

    person: int
    place: int
    household: int
    relation: str
    head: bool = False


@dataclass(slots=True)
class Entry:
    """Somebody entered by hand or from a sheet; without `person` nobody of the register. `bodies` and `place` say for what they stand."""

    subject: str
    person: int | None
    name: str
    bodies: tuple[str, ...] = ()
    place: int | None = None
    note: str = ""


@dataclass
class Decided:
    """What people decided while drawing up, by what it is about."""

    excluded: dict[str, str] = field(default_factory=dict)
    keep_unknown: dict[int, str] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    areas: dict[int, tuple[int, str]] = field(default_factory=dict)
    agents: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    merged: set[Pair] = field(default_factory=set)
    apart: set[Pair] = field(default_factory=set)
    apart_homes: set[Pair] = field(default_factory=set)
    deceased: dict[int, str] = field(default_factory=dict)
    admitted: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Unit:
    home: HomeFact
    area: int
    source: str
    kind: str
    state: str


@dataclass(slots=True)
class Drawn:
    """One voter of the draft; ids are of people, `holders` (person, role) find them again."""

    key: str
    name: str = ""
    person: int | None = None
    household: int | None = None
    organisation: str = ""
    code: str = ""
    agent: int | None = None
    agent_name: str = ""
    agent_as: str = ""
    co_owners: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    path: str = ""
    door: str = ""
    building: int | None = None
    units: list[Unit] = field(default_factory=list)
    holders: set[tuple[int, str]] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """One thing found; `voter` is the key of the voter it concerns."""

    code: str
    level: str
    voter: str = ""
    home: int | None = None
    other_home: int | None = None
    person: int | None = None
    other_person: int | None = None
    door: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    voters: list[Drawn]
    found: list[Found]
    facts: dict[str, Any]


@dataclass
class Known:
    """Everything a draft is made of."""

    day: date
    root: str
    policy: Policy
    decided: Decided
    people: Mapping[int, PersonFact]
    homes: Sequence[HomeFact] = ()
    stays: Sequence[Stay] = ()
    entries: Sequence[Entry] = ()


def short_key(kind: str, text: str) -> str:
    """A key of at most 90 characters that stays the same for the same text."""
    return kind + (text if len(text) <= 80 and text.isascii() else hashlib.sha256(text.encode()).hexdigest()[:40])
