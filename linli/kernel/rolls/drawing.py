"""
Drawing up: from the register and what was decided, the voters with their units, and everything wrong or worth telling. Pure.

Number of owners: interpretation on strata title 9 (law.yaml OWN-007); joint owners: Lishui 12 (OWN-012); parking: OWN-009, OWN-010. A block
makes the count itself wrong or undecided; a warning leaves open who casts; a note tells how something was counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from linli.kernel.rolls.rules import EARNING_AGE, FULL_AGE, Policy, age_on

DEVELOPER: Final = "dev"
BLOCK, WARN, NOTE = "block", "warn", "note"
Pair = tuple[int, int]


# --- what is known -----------------------------------------------------------------------------------
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


# --- what comes of it --------------------------------------------------------------------------------
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


def pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def same_as(merged: Iterable[Pair]) -> dict[int, int]:
    """For each id in the pairs, the smallest id it is the same as, through any chain of pairs."""
    root: dict[int, int] = {}

    def top(one: int) -> int:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    for a, b in merged:
        low, high = pair(top(a), top(b))
        root[high] = low
    return {one: top(one) for one in list(root)}


def look_alike(people: Iterable[PersonFact]) -> Iterator[Pair]:
    """Pairs of records that may be one person: the same name with the same phone or address, unless two identity numbers tell them apart."""
    by_mark: dict[tuple[str, str, bytes], list[PersonFact]] = defaultdict(list)
    for one in people:
        for kind, mark in (("phone", one.phone), ("address", one.address)):
            if mark and one.name and not one.erased:
                by_mark[one.name, kind, mark].append(one)
    told: set[Pair] = set()
    for group in by_mark.values():
        for at, first in enumerate(group):
            for second in group[at + 1 :]:
                both = pair(first.id, second.id)
                if both not in told and not (first.has_identity and second.has_identity):
                    told.add(both)
                    yield both


# --- owners ------------------------------------------------------------------------------------------
class _Owners:
    """One drawing of a roll of owners."""

    def __init__(self, known: Known) -> None:
        self.known, self.policy, self.decided = known, known.policy, known.decided
        self.voters: dict[str, Drawn] = {}
        self.found: list[Found] = []
        self.same = same_as(known.decided.merged)
        self.codes: dict[str, set[str]] = defaultdict(set)
        self.left_out_parking = 0
        for home in known.homes:
            for share in home.shares:
                if share.organisation and share.code:
                    self.codes[share.organisation].add(share.code)

    def draw(self) -> Outcome:
        counted = [home for home in self.known.homes if self._counts(home)]
        self._twins(counted)
        for home in counted:
            self._add(home)
        voters = sorted(self.voters.values(), key=lambda v: (v.units[0].home.path, v.key))
        for voter in voters:
            first = voter.units[0].home
            voter.path, voter.door, voter.building = first.path, first.door, first.building
            self._look_at(voter)
        self._alike_people()
        if self.left_out_parking:
            self.found.append(Found("parking_left_out", NOTE, facts={"count": self.left_out_parking}))
        return Outcome(voters, self.found, {"parking_left_out": self.left_out_parking})

    def _counts(self, home: HomeFact) -> bool:
        reason = self.decided.excluded.get(f"home:{home.place}")
        if reason is not None:
            self._say("excluded", NOTE, home, reason=reason)
            return False
        if home.use == "parking" and (self.policy.parking == "exclude_area" or not home.register_code):
            self.left_out_parking += 1
            return False
        return True

    def _say(self, code: str, level: str, home: HomeFact, voter: str = "", **facts: Any) -> None:
        self.found.append(Found(code, level, voter, home=home.place, door=home.door, facts=facts))

    def _twins(self, homes: Sequence[HomeFact]) -> None:
        """The same door written twice under one parent, or one register number for two homes."""
        by_mark: dict[str, list[HomeFact]] = defaultdict(list)
        for home in homes:
            for mark in (f"door {home.alike}" if home.alike else "", f"code {home.register_code}" if home.register_code else ""):
                if mark:
                    by_mark[mark].append(home)
        told: set[Pair] = set()
        for mark, group in by_mark.items():
            for other in group[1:]:
                both = pair(group[0].place, other.place)
                if both not in self.decided.apart_homes and both not in told:
                    told.add(both)
                    facts = {"other": other.door, "by": mark.partition(" ")[0]}
                    self.found.append(
                        Found("alike_homes", BLOCK, home=group[0].place, other_home=other.place, door=group[0].door, facts=facts)
                    )

    def _add(self, home: HomeFact) -> None:
        area, source = self.decided.areas.get(home.place, (home.area or 0, self.policy.area_source))
        if not area:
            self._say("no_area", BLOCK, home)
        state = self._state(home)
        kind = {"shop": "shop", "parking": "parking", "other": "other"}.get(home.use, "home")
        voter = self._voter(home, state)
        voter.units.append(Unit(home, area, source, kind, state))
        held = sum((share.part for share in home.shares), Fraction(0))
        if home.shares and held != 1 and state == "sold":
            self._say("bad_shares", WARN, home, voter.key, held=str(held))

    def _state(self, home: HomeFact) -> str:
        stated = self.decided.states.get(home.place)
        if stated:
            return stated
        return "unsold" if len(home.shares) == 1 and self._is_developer(home.shares[0]) else "sold"

    def _is_developer(self, share: Share) -> bool:
        name, code = self.policy.developer, self.policy.developer_code
        return bool(share.organisation and ((name and share.organisation == name) or (code and share.code == code)))

    def _voter(self, home: HomeFact, state: str) -> Drawn:
        if state != "sold":
            return self._make(DEVELOPER, organisation=self.policy.developer, code=self.policy.developer_code, name=self.policy.developer)
        holders = self._holders(home)
        if not holders:
            return self._unowned(home)
        if len(holders) > 1:
            return self._joint(holders)
        one = holders[0]
        if one.person is None:
            key = short_key("o", one.code or one.organisation)
            return self._make(key, organisation=one.organisation, code=one.code, name=one.organisation)
        voter = self._make(f"p{one.person}", person=one.person, name=self.known.people[one.person].name)
        voter.holders.add((one.person, "owner"))
        voter.holders.update((share.person, "owner") for share in home.shares if share.person)
        return voter

    def _make(self, key: str, **facts: Any) -> Drawn:
        voter = self.voters.get(key)
        if voter is None:
            voter = self.voters[key] = Drawn(key, **facts)
        return voter

    def _holders(self, home: HomeFact) -> list[Share]:
        """The owners, each once: merged records as one, a company with and without its code as one."""
        parts: dict[tuple[int | None, str, str], Share] = {}
        for share in home.shares:
            person = self.same.get(share.person, share.person) if share.person else None
            code = share.code
            if share.organisation and not code and len(self.codes[share.organisation]) == 1:
                (code,) = self.codes[share.organisation]
            mark = (person, "" if code else share.organisation, code)
            kept = parts.get(mark)
            parts[mark] = Share(person, share.organisation, code, share.part + (kept.part if kept else 0))
        return list(parts.values())

    def _unowned(self, home: HomeFact) -> Drawn:
        reason = self.decided.keep_unknown.get(home.place)
        key = f"h{home.place}"
        if reason is None:
            facts = {"former": home.former[0], "until": home.former[1]} if home.former else {}
            self._say("no_owner", BLOCK, home, key, **facts)
        else:
            self._say("owner_unknown", WARN, home, key, reason=reason)
        return self._make(key, note=reason or "")

    def _joint(self, holders: Sequence[Share]) -> Drawn:
        marks = sorted(f"p{s.person}" if s.person else f"o{s.code or s.organisation}" for s in holders)
        key = short_key("j", "-".join(marks))
        people = self.known.people
        together = sorted(holders, key=lambda s: (-s.part, s.person or 0, s.organisation))
        names = [people[s.person].name if s.person else s.organisation for s in together]
        voter = self._make(key, name="、".join(names)[:120])
        if not voter.co_owners:
            voter.co_owners = [{"person": s.person, "name": name, "share": str(s.part)} for s, name in zip(together, names, strict=True)]
        voter.holders.update((s.person, "co_owner") for s in holders if s.person)
        return voter

    # --- looking at each voter ---------------------------------------------------------------
    def _look_at(self, voter: Drawn) -> None:
        def say(code: str, level: str, person: int | None = None, **facts: Any) -> None:
            self.found.append(Found(code, level, voter.key, home=voter.units[0].home.place, person=person, door=voter.door, facts=facts))

        self._name_agent(voter)
        open_level = BLOCK if self.policy.representative == "required" else WARN
        if voter.key == DEVELOPER:
            count = {state: sum(u.state == state for u in voter.units) for state in ("unsold", "undelivered")}
            say("developers_homes", NOTE, **count)
        elif len(voter.units) > 1:
            say("several_homes", NOTE, voter.person, count=len(voter.units), doors=[u.home.door for u in voter.units][:12])
        if voter.agent or voter.agent_name:
            return
        if voter.organisation or voter.key == DEVELOPER:
            say("company_without_agent", open_level)
        elif voter.co_owners:
            say("joint_without_representative", open_level, count=len(voter.co_owners))
        elif voter.person is not None:
            self._look_at_person(voter, say)

    def _name_agent(self, voter: Drawn) -> None:
        named = self.decided.agents.get(voter.key)
        if named is not None:
            voter.agent, voter.agent_name = named
            voter.agent_as = "representative" if voter.co_owners else "agent"
        elif voter.person is not None and voter.person not in self.decided.deceased:
            one = self.known.people[voter.person]
            if one.guardians and is_minor(one, self.known.day):
                guardian = self.known.people.get(one.guardians[0])
                if guardian is not None:
                    voter.agent, voter.agent_name, voter.agent_as = guardian.id, guardian.name, "guardian"
                    self.found.append(
                        Found(
                            "guardian_votes",
                            NOTE,
                            voter.key,
                            voter.units[0].home.place,
                            person=one.id,
                            other_person=guardian.id,
                            door=voter.door,
                        )
                    )
        if voter.agent:
            voter.holders.add((voter.agent, "agent"))

    def _look_at_person(self, voter: Drawn, say: Any) -> None:
        assert voter.person is not None
        one = self.known.people[voter.person]
        if one.id in self.decided.deceased:
            say("owner_died", WARN, one.id, reason=self.decided.deceased[one.id])
        elif one.erased:
            say("owner_erased", WARN, one.id)
        elif is_minor(one, self.known.day):
            say("minor_without_guardian", WARN, one.id)
        elif not one.home_path.startswith(self.known.root):
            say("lives_elsewhere", NOTE, one.id)

    def _alike_people(self) -> None:
        by_person = {p: v for v in self.voters.values() for p, _role in v.holders}
        owning = (self.known.people[p] for p in by_person)
        for both in look_alike(owning):
            if both in self.decided.apart or self.same.get(both[0], both[0]) == self.same.get(both[1], both[1]):
                continue
            voter, other = by_person[both[0]], by_person[both[1]]
            facts = {"other": other.door}
            self.found.append(Found("alike_people", BLOCK, voter.key, None, None, both[0], both[1], voter.door, facts))


def is_minor(one: PersonFact, day: date) -> bool:
    """Known to be under eighteen; an unknown birth date makes nobody a minor."""
    return one.born_on is not None and age_on(one.born_on, day) < FULL_AGE


def short_key(kind: str, text: str) -> str:
    """A key of at most 90 characters that stays the same for the same text."""
    return kind + (text if len(text) <= 80 and text.isascii() else hashlib.sha256(text.encode()).hexdigest()[:40])


def draw_owners(known: Known) -> Outcome:
    """Owners of the homes in force on the day: by number one for one, by area every exclusive part."""
    return _Owners(known).draw()


# --- residents ---------------------------------------------------------------------------------------
def draw_residents(known: Known) -> Outcome:
    """
    Who lives there on the day and is eighteen: nobody's age is guessed. Those of sixteen and seventeen are admitted one by one when they live on
    their own work; those whose birth date is not known are decided by a person.
    """
    found: list[Found] = []
    homes = {home.place: home for home in known.homes}
    lives: dict[int, list[HomeFact]] = defaultdict(list)
    same = same_as(known.decided.merged)
    for stay in known.stays:
        if stay.relation != "tenant" or known.policy.tenants == "counted":
            lives[same.get(stay.person, stay.person)].append(homes[stay.place])
    voters, young = [], 0
    for person, where in lives.items():
        one, home = known.people[person], where[0]
        key = f"p{person}"

        def say(code: str, level: str, one: PersonFact = one, home: HomeFact = home, key: str = key, **facts: Any) -> None:
            found.append(Found(code, level, key, home.place, person=one.id, door=home.door, facts=facts))

        if key in known.decided.excluded:
            say("excluded", NOTE, reason=known.decided.excluded[key])
            continue
        if not _of_age(one, known, say):
            young += 1
            continue
        if len(where) > 1:
            say("two_homes", NOTE, count=len(where), doors=[h.door for h in where][:12])
        voters.append(Drawn(key, one.name, person, path=home.path, door=home.door, building=home.building, holders={(person, "voter")}))
    voters.sort(key=lambda v: (v.path, v.person or 0))
    found += _alike_voters(voters, known)
    return Outcome(voters, found, {"under_age": young})


def _of_age(one: PersonFact, known: Known, say: Any) -> bool:
    """Is the person on the roll of residents, as things stand? Says what is to be decided or told."""
    admitted = known.decided.admitted.get(one.id)
    if one.born_on is None:
        say(*(("admitted", NOTE) if admitted is not None else ("no_birth_date", BLOCK)), **({"reason": admitted} if admitted else {}))
        return True
    age = age_on(one.born_on, known.day)
    if age >= FULL_AGE:
        return True
    if age < EARNING_AGE:
        return False
    if admitted is not None:
        say("admitted", NOTE, reason=admitted)
        return True
    say("sixteen", NOTE, age=age)
    return False


def _alike_voters(voters: Sequence[Drawn], known: Known) -> list[Found]:
    by_person = {v.person: v for v in voters if v.person}
    alike = [both for both in look_alike(known.people[p] for p in by_person) if both not in known.decided.apart]
    return [
        Found("alike_people", BLOCK, by_person[a].key, None, None, a, b, by_person[a].door, {"other": by_person[b].door}) for a, b in alike
    ]


# --- households --------------------------------------------------------------------------------------
def draw_households(known: Known) -> Outcome:
    """One voter for each household that lives there on the day: its head, or the member named instead."""
    found: list[Found] = []
    homes = {home.place: home for home in known.homes}
    together: dict[int, list[Stay]] = defaultdict(list)
    for stay in known.stays:
        if stay.relation != "tenant" or known.policy.tenants == "counted":
            together[stay.household].append(stay)
    voters: list[Drawn] = []
    for household, stays in together.items():
        home, key = homes[stays[0].place], f"f{household}"
        if key in known.decided.excluded:
            found.append(Found("excluded", NOTE, key, home.place, door=home.door, facts={"reason": known.decided.excluded[key]}))
            continue
        members = [known.people[stay.person] for stay in stays]
        chosen = _speaker(key, stays, known)
        if chosen is None:
            found.append(Found("no_head", WARN, key, home.place, door=home.door, facts={"count": len(members)}))
        voters.append(
            Drawn(
                key,
                chosen.name if chosen else "",
                chosen.id if chosen else None,
                household,
                path=home.path,
                door=home.door,
                building=home.building,
                holders={(one.id, "voter" if chosen and one.id == chosen.id else "member") for one in members},
            )
        )
    voters.sort(key=lambda v: (v.path, v.household or 0))
    heads: dict[int, Drawn] = {}
    for voter in voters:
        first = heads.setdefault(voter.person, voter) if voter.person else voter
        if first is not voter:
            found.append(Found("two_households", WARN, voter.key, person=voter.person, door=voter.door, facts={"other": first.door}))
    return Outcome(voters, found, {})


def _speaker(key: str, stays: Sequence[Stay], known: Known) -> PersonFact | None:
    """Who speaks for a household: the member named, else its head; nobody known to be under age."""
    named = known.decided.agents.get(key)
    ids = [stay.person for stay in stays]
    if named and named[0] in ids:
        return known.people[named[0]]
    head = next((known.people[stay.person] for stay in stays if stay.head), None)
    return head if head is not None and not is_minor(head, known.day) else None


# --- entered -----------------------------------------------------------------------------------------
def draw_entered(known: Known) -> Outcome:
    """Representatives, members, or a list: whoever was entered, each person once however often they were."""
    found: list[Found] = []
    voters: dict[str, Drawn] = {}
    bodies: dict[str, list[str]] = defaultdict(list)
    same = same_as(known.decided.merged)
    homes = {home.place: home for home in known.homes}
    for entry in known.entries:
        person = same.get(entry.person, entry.person) if entry.person else None
        key = f"p{person}" if person else short_key("e", entry.subject)
        if key in known.decided.excluded:
            if key not in voters:
                found.append(Found("excluded", NOTE, key, person=person, facts={"reason": known.decided.excluded[key], "name": entry.name}))
            continue
        bodies[key] += [body for body in entry.bodies if body not in bodies[key]]
        if key in voters:
            if not entry.bodies:
                found.append(Found("entered_twice", NOTE, key, person=person, facts={"name": entry.name}))
            continue
        one = known.people.get(person) if person else None
        where = homes.get(entry.place or 0)
        voters[key] = Drawn(
            key,
            one.name if one and not one.erased else entry.name,
            person,
            note=entry.note,
            path=where.path if where else (one.home_path if one else ""),
            door=where.door if where else "",
            building=where.building if where else None,
            holders={(person, "voter")} if person else set(),
        )
        if one is None:
            found.append(Found("not_registered", WARN, key, facts={"name": entry.name}))
        elif one.erased:
            found.append(Found("entry_erased", BLOCK, key, person=person, facts={"name": entry.name}))
        elif is_minor(one, known.day) and one.id not in known.decided.admitted:
            found.append(Found("entry_minor", BLOCK, key, person=person, facts={"name": one.name}))
    for key, listed in bodies.items():
        voters[key].note = "、".join(filter(None, [*listed, voters[key].note]))[:200]
        if len(listed) > 1:
            found.append(Found("two_bodies", NOTE, key, person=voters[key].person, facts={"bodies": listed}))
    drawn = list(voters.values())
    found += _alike_voters(drawn, known)
    return Outcome(drawn, found, {})


DRAW = {"owners": draw_owners, "residents": draw_residents, "households": draw_households}


def draw(kind: str, known: Known) -> Outcome:
    return DRAW.get(kind, draw_entered)(known)
