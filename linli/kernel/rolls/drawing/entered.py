"""A list somebody entered."""

from __future__ import annotations

from collections import defaultdict

from linli.kernel.rolls.drawing.alike import alike_voters, same_as
from linli.kernel.rolls.drawing.facts import BLOCK, NOTE, WARN, Drawn, Found, Known, Outcome, short_key
from linli.kernel.rolls.drawing.owners import is_minor


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
    found += alike_voters(drawn, known)
    return Outcome(drawn, found, {})
