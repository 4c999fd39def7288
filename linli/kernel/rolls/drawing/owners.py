"""Owners with their exact areas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from linli.kernel.rolls.drawing.alike import look_alike, pair, same_as
from linli.kernel.rolls.drawing.facts import (
    BLOCK,
    DEVELOPER,
    NOTE,
    WARN,
    Drawn,
    Found,
    HomeFact,
    Known,
    Outcome,
    Pair,
    PersonFact,
    Share,
    Unit,
    short_key,
)
from linli.kernel.rolls.rules import FULL_AGE, age_on


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


def draw_owners(known: Known) -> Outcome:
    """Owners of the homes in force on the day: by number one for one, by area every exclusive part."""
    return _Owners(known).draw()
