"""What people see of people: the roster in one's reach, one person, and who read what."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.actions import phone_index
from linli.kernel.people.actions import address_index, identity_index
from linli.kernel.people.models import FieldReading, Person, Residence
from linli.kernel.places.models import Kind


def people_in_reach(actor: Actor) -> QuerySet[Person]:
    """The people on the roster the actor may see (masked): those in the granted subtrees. Raises NotAllowed when there are none."""
    standings = [s for reach, s in table.reach_of(actor, "person.read") if reach == "area"]
    if not standings:
        raise table.refusal(actor, "person.read")
    scope = Q()
    for standing in standings:
        scope |= Q(**subtree("home_path", standing.path))
    return Person.objects.filter(scope, erased_at=None).select_related("home_place").order_by("home_path", "id")


def find_people(actor: Actor, text: str, *, limit: int = 50) -> list[Person]:
    """
    People in reach whose name begins with `text`, or whose phone, identity number or address is exactly it.
    """
    return list(people_in_reach(actor).filter(called(text))[:limit])


def called(text: str) -> Q:
    """People by the beginning of a name, or by exactly a phone, identity number or address."""
    text = text.strip()
    exact = "".join(text.split())
    match = Q(name__startswith=text)
    if exact:
        match |= Q(phone_blind=phone_index(exact)) | Q(identity_blind=identity_index(exact.upper())) | Q(address_blind=address_index(exact))
    return match


def person_in_reach(actor: Actor, person_id: int) -> Person:
    """One person of the roster, or the actor themselves. Raises NotFound."""
    if actor.person_id == person_id:
        found = Person.objects.select_related("home_place").filter(pk=person_id).first()
    else:
        found = people_in_reach(actor).filter(pk=person_id).first()
    if found is None:
        raise NotFound("no_person", _("没有找到这位居民，或者不在您的管理范围内。"))
    return found


def household(person: Any) -> QuerySet[Any, tuple[int]]:
    """
    The ids of a person and of everybody who lives in the same home, by residence or by the home they are registered at: for use inside another
    query. `person` is an id, or what stands for one in a prepared query.
    """
    homes = Residence.objects.filter(person_id=person, until_on=None).values("household")
    at_home = Person.objects.filter(pk=person, home_place__kind=Kind.HOME).values("home_place")
    by_residence = Residence.objects.filter(until_on=None, household__in=homes).values_list("person_id")
    registered = Person.objects.filter(home_place__in=at_home, erased_at=None).values_list("pk")
    return by_residence.union(registered, Person.objects.filter(pk=person).values_list("pk"))


def readings_of(person: Person, *, limit: int = 200) -> list[FieldReading]:
    """Who opened which sealed field of the person, newest first."""
    return list(FieldReading.objects.filter(person=person)[:limit])
