"""Households, each with who speaks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from linli.kernel.rolls.drawing.facts import NOTE, WARN, Drawn, Found, Known, Outcome, PersonFact, Stay
from linli.kernel.rolls.drawing.owners import is_minor


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
