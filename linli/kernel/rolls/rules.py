"""
The rules of rolls on plain values: the choices that decide who counts, ages, the end of the objection period, hashes, the counting case.

Age: Civil Code 18 (law.yaml GEN-006), residents' meetings 18 and over (RES-004, RES-005, VIL-001). Periods: Civil Code 200-204.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Protocol

from linli.lib.calendar import WorkCalendar
from linli.lib.chain import canonical, entry_hash, merkle_proof, merkle_root, text_digest, verify_proof
from linli.lib.units import format_area

FULL_AGE: Final = 18
EARNING_AGE: Final = 16


@dataclass(frozen=True)
class Policy:
    """
    The choices that decide who counts. `parking` in the words of law.yaml's counting policies: a registered space is an exclusive part
    (OWN-009), or none (Ningbo, OWN-010). `representative` optional: joint owners may vote without having named one of them, contradicting ballots are held;
    required: they must have named one (Lishui, OWN-012). `names` is what the public list shows. `area_source` is where the areas of the
    register come from (OWN-006). `tenants` says whether those who rent count among residents and in households. `purpose` village_election: the
    list of electors of a villagers' committee, whose days the law fixes (VIL-005).
    """

    parking: str = "count_area_if_registered"
    representative: str = "optional"
    names: str = "none"
    area_source: str = "register"
    tenants: str = "counted"
    purpose: str = "any"
    developer: str = ""
    developer_code: str = ""

    @staticmethod
    def of(stored: Mapping[str, Any]) -> Policy:
        """From what a roll keeps; what is absent has its default."""
        return Policy(**{name: str(value) for name, value in stored.items() if name in Policy.__dataclass_fields__})

    def plain(self) -> dict[str, str]:
        return asdict(self)


POLICY_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "parking": ("count_area_if_registered", "exclude_area"),
    "representative": ("optional", "required"),
    "names": ("none", "masked", "full"),
    "area_source": ("register", "measured", "contract"),
    "tenants": ("counted", "excluded"),
    "purpose": ("any", "village_election"),
}


def unknown_choices(policy: Mapping[str, str]) -> list[str]:
    """Names of the choices that have a value nobody knows, or that do not exist."""
    known = Policy.__dataclass_fields__
    return [name for name, value in policy.items() if name not in known or (name in POLICY_CHOICES and value not in POLICY_CHOICES[name])]


def age_on(born_on: date, day: date) -> int:
    """Whole years of age on `day`; a birthday counts on the day itself, that of 29 February on 1 March in common years."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def in_force(since_on: date, until_on: date | None, day: date) -> bool:
    """Does something dated hold on `day`? It begins on its first day and has ended on its last."""
    return since_on <= day and (until_on is None or until_on > day)


def objections_end(published_at: datetime, days: int, calendar: WorkCalendar, zone: tzinfo) -> datetime:
    """
    The instant after which a roll published at `published_at` can no longer be objected to: `days` are counted from the day after; a last
    day that is a day off gives way to the next working day; it ends at midnight (Civil Code 201, 203; law.yaml TV-J).

    Raises YearMissing for a last day in a year without a calendar.
    """
    last = published_at.astimezone(zone).date() + timedelta(days=days)
    if not calendar.is_working_day(last):
        last = calendar.next_working_day(last)
    return end_of(last, zone)


def end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)


# --- hashes ------------------------------------------------------------------------------------------
def who_text(name: str, organisation: str, code: str, co_owners: Iterable[Mapping[str, Any]], agent_name: str) -> str:
    """One spelling of the names behind a voter."""
    together = [[one.get("name", ""), one.get("share", "")] for one in co_owners]
    return canonical({"name": name, "organisation": organisation, "code": code, "together": together, "agent": agent_name}).decode()


def leaf_hash(*, roll_id: int, seq: int, who_digest: str, units: Sequence[Sequence[Any]], suite: str) -> str:
    """
    The hash of one voter: number on the roll, salted digest of the names, and the units as [home id, area, kind, state]. Whoever has the
    salt can show that they are meant; whoever has not cannot guess it from a name.
    """
    return entry_hash("", {"roll": roll_id, "seq": seq, "who": who_digest, "units": [list(unit) for unit in units]}, suite)


def who_digest(text: str, salt: bytes, suite: str) -> str:
    return text_digest(text, salt, suite)


def root_of(hashes: Sequence[str], suite: str) -> str:
    return merkle_root(hashes, suite)


def roll_hash(previous: str, chained: Mapping[str, Any], suite: str) -> str:
    """The hash of a roll: binds its root, its facts, and through `previous` ("" for a first one) the roll it replaces."""
    return entry_hash(previous, chained, suite)


@dataclass(frozen=True)
class Proof:
    """With this one voter shows being on the roll: leaf, its place among all, the way up, the root, what binds the root to the roll's hash."""

    roll: int
    seq: int
    size: int
    who: str
    salt: str
    units: list[list[Any]]
    leaf: str
    path: list[str]
    root: str
    chained: dict[str, Any]
    previous: str
    hash: str

    def holds(self) -> bool:
        """Recomputed from nothing but itself."""
        suite = self.root.partition(":")[0]
        digest = text_digest(self.who, bytes.fromhex(self.salt), suite)
        leaf = leaf_hash(roll_id=self.roll, seq=self.seq, who_digest=digest, units=self.units, suite=suite)
        return (
            leaf == self.leaf
            and verify_proof(leaf, self.seq - 1, self.size, self.path, self.root)
            and self.chained.get("root") == self.root
            and entry_hash(self.previous, self.chained, suite) == self.hash
        )


def path_of(hashes: Sequence[str], index: int, suite: str) -> list[str]:
    return merkle_proof(hashes, index, suite)


# --- the counting case -------------------------------------------------------------------------------
class _Unit(Protocol):
    home_id: int
    area: int
    kind: str
    state: str


_KIND_IN_CASE: Final = {"parking": "registered_parking", "shop": "non_home", "other": "non_home"}
_STATE_IN_CASE: Final = {"undelivered": "sold_not_delivered"}


def owner_id(seq: int) -> str:
    """What a voter is called in a counting case: V12."""
    return f"V{seq}"


def case_unit(unit: _Unit, seq: int, co_owners: int) -> dict[str, Any]:
    """A unit in the words of a counting case; area in square metres as text, joint owners by number."""
    owner = owner_id(seq)
    told: dict[str, Any] = {
        "id": f"U{unit.home_id}",
        "area": format_area(unit.area),
        "owner": owner,
        "kind": _KIND_IN_CASE.get(unit.kind, "home"),
        "state": _STATE_IN_CASE.get(unit.state, unit.state),
    }
    if co_owners:
        told["co_owners"] = [f"{owner}.{n}" for n in range(1, co_owners + 1)]
    return told
