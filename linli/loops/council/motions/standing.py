"""Who has a home where: whose seconding, objection or supervision counts at a place."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree, within
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import HomeUse, Ownership, Person, Residence
from linli.kernel.places.models import Kind, Place


def homes_at(place: Place) -> int:
    """How many dwellings stand at or below a place; what the register calls a shop or a parking space is none."""
    doors = Place.objects.filter(kind=Kind.HOME, retired_at=None, **subtree("path", place.path))
    return doors.exclude(home__use__in=[use for use in HomeUse if use != HomeUse.DWELLING]).count()


def home_of_person(person: Person, place: Place, now: datetime) -> Place | None:
    """A home of the person at or below `place`: where they live, or one they own; None when they have none there."""
    today = now.astimezone(ZONE).date()
    in_force = Q(until_on=None) | Q(until_on__gt=today)
    if person.home_place_id and within(person.home_path, place.path):
        found = Place.objects.filter(pk=person.home_place_id, kind=Kind.HOME).first()
        if found is not None:
            return found
    lives = Residence.objects.filter(in_force, person=person, **subtree("household__home__place__path", place.path))
    home = lives.select_related("household__home__place").order_by("pk").first()
    if home is not None:
        return home.household.home.place
    owns = Ownership.objects.filter(in_force, person=person, **subtree("home__place__path", place.path))
    owned = owns.select_related("home__place").order_by("pk").first()
    return owned.home.place if owned is not None else None


def home_of(actor: Actor, place: Place, now: datetime) -> Place | None:
    """A home at `place` for which the actor can speak: by their own record, else by the home their account was granted for."""
    if actor.person_id:
        person = Person.objects.filter(pk=actor.person_id).first()
        if person is not None and (found := home_of_person(person, place, now)) is not None:
            return found
    for standing in actor.standings:
        if standing.role == "resident" and within(standing.path, place.path):
            found = Place.objects.filter(path=standing.path, kind=Kind.HOME, retired_at=None).first()
            if found is not None:
                return found
    return None
