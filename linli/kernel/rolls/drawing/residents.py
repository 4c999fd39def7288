"""Residents of age."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from linli.kernel.rolls.drawing.alike import alike_voters, same_as
from linli.kernel.rolls.drawing.facts import BLOCK, NOTE, Drawn, Found, HomeFact, Known, Outcome, PersonFact
from linli.kernel.rolls.rules import EARNING_AGE, FULL_AGE, age_on


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
    found += alike_voters(voters, known)
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
