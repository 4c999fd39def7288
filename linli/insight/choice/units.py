"""
The roll: from homes, shops and registered parking spaces to owners with areas, the way the law counts them.

One exclusive part is one person; one owner of several is one person with the areas added; the developer's unsold and undelivered parts are
one person together (OWN-007); joint owners of one part are one person who name one voter (OWN-012). Areas are integers of 0.01 m².
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from linli.law.reasons import Reason
from linli.lib.problems import InputProblem
from linli.lib.units import format_area

Kind = Literal["home", "non_home", "registered_parking", "unregistered_parking"]
Parking = Literal["count_area_if_registered", "exclude_area"]

KINDS: Final = ("home", "non_home", "registered_parking", "unregistered_parking")
PARKING_KINDS: Final = frozenset({"registered_parking", "unregistered_parking"})
DEVELOPER_STATES: Final = frozenset({"unsold", "sold_not_delivered"})
STATES: Final = ("", "delivered", "unsold", "sold_not_delivered")


class RollProblem(InputProblem):
    """A roll that cannot be counted; `unit` is the position of the unit at fault, `field` what is wrong with it."""

    def __init__(self, code: str, unit: int, field: str, text_zh: str, text_en: str) -> None:
        super().__init__(code, text_zh, text_en)
        self.unit, self.field = unit, field


@dataclass(frozen=True, slots=True)
class Unit:
    """One exclusive part. `owner` is a stable id of the voting owner; `co_owners` are ids of joint owners, empty for one owner."""

    id: str
    area: int
    owner: str
    kind: Kind = "home"
    state: str = ""
    co_owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roll:
    """
    Owners entitled to vote: `areas[i]` belongs to `owners[i]`. `aliases` lead from a joint owner to the owner of the part, `left_out`
    are owners whom the parking policy leaves off the roll, `reasons` say how parts and owners were counted.
    """

    owners: Sequence[str]
    areas: Sequence[int]
    index: Mapping[str, int]
    aliases: Mapping[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    reasons: tuple[Reason, ...] = ()

    @property
    def area(self) -> int:
        """All area on the roll, in 0.01 m²."""
        return sum(self.areas)

    def find(self, owner: str) -> int | None:
        """The position of an owner, or of the owner a joint owner belongs to; None for somebody who is not on the roll."""
        at = self.index.get(owner)
        return self.aliases.get(owner) if at is None else at


def make_roll(units: Iterable[Unit], *, parking: str = "count_area_if_registered", developer: str = "") -> Roll:
    """
    The roll of these units. `developer` is the id under which unsold and undelivered parts vote; empty: the owner they name, if all name one.
    Raises RollProblem for a unit id that occurs twice, an area that is not positive, and a developer who cannot be told.
    """
    listed = list(units)
    _check(listed)
    developer = developer or _developer(listed)
    areas: dict[str, int] = {}
    parts: dict[str, int] = {}
    joint: list[tuple[str, tuple[str, ...]]] = []
    left_out: set[str] = set()
    tally = {"parking": 0, "excluded": 0, "unregistered": 0, "unsold": 0, "unsold_area": 0}
    for unit in listed:
        held = unit.state in DEVELOPER_STATES
        owner = developer if held else unit.owner
        if unit.kind in PARKING_KINDS:
            counts = unit.kind == "registered_parking" and parking == "count_area_if_registered"
            tally["parking" if counts else "excluded" if unit.kind == "registered_parking" else "unregistered"] += 1
            if not counts:
                left_out.add(owner)
                continue
        areas[owner] = areas.get(owner, 0) + unit.area
        parts[owner] = parts.get(owner, 0) + 1
        if held:
            tally["unsold"] += 1
            tally["unsold_area"] += unit.area
        elif unit.co_owners:
            joint.append((owner, unit.co_owners))
    index = {owner: at for at, owner in enumerate(areas)}
    aliases = _aliases(joint, index)
    left = frozenset(left_out - areas.keys())
    return Roll(tuple(areas), tuple(areas.values()), index, aliases, left, _reasons(tally, parts, len(joint), len(left), developer))


def merge(first: Roll, second: Roll) -> Roll:
    """Both rolls as one; an owner on both is one person with the areas added. Reasons of both are kept."""
    areas = dict(zip(first.owners, first.areas, strict=True))
    for owner, area in zip(second.owners, second.areas, strict=True):
        areas[owner] = areas.get(owner, 0) + area
    index = {owner: at for at, owner in enumerate(areas)}
    named = [(name, roll.owners[at]) for roll in (first, second) for name, at in roll.aliases.items()]
    aliases = {name: index[owner] for name, owner in named if name not in index}
    left = (first.left_out | second.left_out) - areas.keys()
    return Roll(tuple(areas), tuple(areas.values()), index, aliases, left, (*first.reasons, *second.reasons))


def _check(units: Sequence[Unit]) -> None:
    seen: set[str] = set()
    for at, unit in enumerate(units):
        if unit.id in seen:
            raise RollProblem(
                "unit_twice", at, "id", "同一套房屋出现了两次，请合并或者改正编号。", "This unit id stands twice; correct or join it."
            )
        seen.add(unit.id)
        if unit.area <= 0:
            raise RollProblem(
                "area_not_positive",
                at,
                "area",
                "面积应当大于 0，请按登记簿填写。",
                "The area must be greater than 0; take it from the register.",
            )
    if not units:
        raise RollProblem("roll_empty", 0, "", "名册是空的，请至少填写一套房屋。", "The roll is empty; give at least one unit.")


def _developer(units: Sequence[Unit]) -> str:
    """Whom unsold parts name as owner; undelivered parts may still name their buyers."""
    unsold = {unit.owner for unit in units if unit.state == "unsold"}
    named = unsold or {unit.owner for unit in units if unit.state in DEVELOPER_STATES}
    if len(named) <= 1:
        return next(iter(named), "")
    at = next(at for at, unit in enumerate(units) if unit.state in DEVELOPER_STATES)
    raise RollProblem(
        "developer_unknown", at, "owner",
        "未售和未交付的房屋合计按一人计算，但这里写了几个不同的业主。请用 developer 写明建设单位的编号。",
        "Unsold and undelivered units count as one person together, but name several owners. Say in `developer` which id the developer has.",
    )  # fmt: skip


def _aliases(joint: Iterable[tuple[str, tuple[str, ...]]], index: Mapping[str, int]) -> dict[str, int]:
    """Joint owners who are nobody's voting id themselves, and belong to one owner only; anybody else is ambiguous and stays himself."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for owner, names in joint:
        for name in names:
            if found.setdefault(name, index[owner]) != index[owner]:
                twice.add(name)
    return {name: at for name, at in found.items() if name not in index and name not in twice}


def _reasons(tally: Mapping[str, int], parts: Mapping[str, int], joint: int, left: int, developer: str) -> tuple[Reason, ...]:
    several = [count for owner, count in parts.items() if count > 1 and not (owner == developer and tally["unsold"])]
    said = []
    if several:
        said.append(Reason("multi_unit_owner_one_person", {"owners": len(several), "units": sum(several)}))
    if tally["unsold"]:
        said.append(Reason("developer_one_person", {"units": tally["unsold"], "area": format_area(tally["unsold_area"])}))
    if joint:
        said.append(Reason("co_owners_one_voter", {"units": joint}))
    if tally["parking"]:
        said.append(Reason("parking_counted", {"units": tally["parking"]}))
    if tally["excluded"]:
        said.append(Reason("parking_excluded", {"units": tally["excluded"], "owners": left}))
    if tally["unregistered"]:
        said.append(Reason("parking_unregistered_excluded", {"units": tally["unregistered"]}))
    return tuple(said)
