"""What a person sees of their own data: where they live, who helps them, what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from linli.kernel.people.models import Consent, GroupFact, HelperLink, Person, Relation
from linli.kernel.places.queries import short_names


@dataclass(frozen=True)
class LivesIn:
    """Where somebody lives: the place's name, as what, since when."""

    place: str
    relation: str
    since_on: date


def homes_of(person: Person) -> tuple[list[LivesIn], list[GroupFact]]:
    """Where the person lives now, and the population groups they belong to now. Three queries."""
    living = person.residences.filter(until_on=None).select_related("household__home__place")[:20]
    names = short_names([r.household.home.place for r in living])
    homes = [LivesIn(names[r.household.home.place_id], str(Relation(r.relation).label), r.since_on) for r in living]
    return homes, list(person.group_facts.filter(until_on=None)[:50])


def helper_ties_of(person: Person) -> tuple[list[HelperLink], list[HelperLink]]:
    """Ties in force: those who help the person, and those the person helps. Two queries."""
    return (
        list(person.helpers.filter(until_on=None).select_related("helper", "person")[:50]),
        list(person.helps.filter(until_on=None).select_related("person")[:50]),
    )


def consents_of(person: Person) -> list[Consent]:
    """Every consent ever given, the latest first."""
    return list(person.consents.select_related("person").order_by("-given_at", "-id")[:200])
