"""What a row says, what is wrong with it, and what it would write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from linli.kernel.places.bulk import Node


@dataclass(slots=True)
class Draft:
    """
    One row: a person, the home they are tied to, and how. Areas are 0.01 m², the share an exact fraction of the home.

    `lives` settles the person there; `share` makes them an owner. A row without a name speaks of the home alone.
    """

    row: int
    name: str = ""
    identity: str = ""
    phone: str = ""
    address: str = ""
    contact_by: str = ""
    language: str = ""
    large_type: bool | None = None
    home: Node | None = None
    lives: bool = True
    relation: str = ""
    heads: bool = False
    share: Fraction | None = None
    groups: tuple[str, ...] = ()
    since_on: date | None = None
    area: int | None = None
    use: str = ""
    register_code: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which field of a row, in words; `field` is empty when it is the row as a whole."""

    row: int
    field: str
    text: str


@dataclass(slots=True, eq=False)
class PlannedPerson:
    """A person of the plan: known already (`id`) or to be made from the draft."""

    draft: Draft
    identity_blind: bytes | None
    phone_blind: bytes | None
    id: int = 0
    rows: list[int] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    home: Node | None = None
    known_place: int | None = None


@dataclass(slots=True, eq=False)
class PlannedHome:
    """A home of the plan: known already (`id`) or to be made, with what its rows say of it."""

    node: Node
    id: int = 0
    household: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)


@dataclass
class Counts:
    """What a plan would write, or wrote."""

    people_new: int = 0
    people_changed: int = 0
    people_same: int = 0
    places_new: int = 0
    homes_new: int = 0
    homes_changed: int = 0
    residences_new: int = 0
    residences_changed: int = 0
    ownerships_new: int = 0
    ownerships_changed: int = 0
    groups_new: int = 0

    @property
    def writes(self) -> int:
        return sum(count for name, count in vars(self).items() if name != "people_same")
