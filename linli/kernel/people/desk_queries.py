"""What staff see of people at the Desk: one person whole, homes with their owners and residents. Scoped, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.people.models import Consent, FieldReading, GroupFact, HelperLink, Home, Ownership, Person, Residence
from linli.kernel.people.queries import readings_of
from linli.kernel.places.models import Kind, Place

# What a home is looked for under.
UNDER: Final = (Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING)


@dataclass(frozen=True)
class Whole:
    """Everything one person's page shows: where they live and with whom, what they own, what is known of them and who read it."""

    residences: list[Residence]
    together: list[Residence]
    ownerships: list[Ownership]
    groups: list[GroupFact]
    helpers: list[HelperLink]
    helps: list[HelperLink]
    consents: list[Consent]
    readings: list[FieldReading]


def near_name(place: Place) -> str:
    """What a neighbour calls a home whose parents came along with it: from the compound down, no query."""
    names, at = [], place
    while at is not None and at.kind in (Kind.HOME, Kind.ENTRANCE, Kind.BUILDING, Kind.COMPOUND):
        names.append(at.name)
        at = at.parent if at.kind != Kind.COMPOUND else None  # type: ignore[assignment]  # the walk ends with None
    return " ".join(reversed(names)) or place.name


def whole_person(person: Person) -> Whole:
    """Six queries, each bounded."""
    homes = person.residences.filter(until_on=None).values("household_id")
    stays = list(
        Residence.objects.filter(Q(person=person) | Q(household__in=homes, until_on=None))
        .select_related("person", "household__home__place__parent__parent__parent")
        .order_by("-since_on")[:100]
    )
    ties = list(HelperLink.objects.filter(Q(person=person) | Q(helper=person), until_on=None).select_related("helper", "person")[:40])
    return Whole(
        residences=[r for r in stays if r.person_id == person.pk],
        together=[r for r in stays if r.person_id != person.pk],
        ownerships=list(person.ownerships.select_related("home__place__parent__parent__parent").order_by("-since_on")[:50]),
        groups=list(person.group_facts.order_by("-since_on")[:50]),
        helpers=[t for t in ties if t.person_id == person.pk],
        helps=[t for t in ties if t.helper_id == person.pk],
        consents=list(person.consents.order_by("-given_at")[:50]),
        readings=readings_of(person, limit=50),
    )


def _homes_scope(actor: Actor) -> Q:
    standings = [s for reach, s in table.reach_of(actor, "person.read") if reach == "area"]
    if not standings:
        raise table.refusal(actor, "person.read")
    scope = Q()
    for standing in standings:
        scope |= Q(**subtree("path", standing.path))
    return scope


@dataclass(frozen=True)
class HomeRow:
    place: Place
    home: Home | None
    owners: list[Ownership]
    living: list[Residence]


def home_page(actor: Actor, *, under: Place | None = None, after: str = "", limit: int = 50) -> tuple[list[HomeRow], str]:
    """Homes in reach (below `under`), in the order of the tree, and the path to go on from. Four queries."""
    found = Place.objects.filter(_homes_scope(actor), kind=Kind.HOME, retired_at=None)
    if under is not None:
        found = found.filter(**subtree("path", under.path))
    if after:
        found = found.filter(path__gt=after)
    places = list(found.select_related("home").order_by("path")[: limit + 1])
    shown = places[:limit]
    owners: dict[int, list[Ownership]] = {}
    for share in Ownership.objects.filter(home__place__in=shown, until_on=None).select_related("person", "home").order_by("id"):
        owners.setdefault(share.home.place_id, []).append(share)
    living: dict[int, list[Residence]] = {}
    for stay in (
        Residence.objects.filter(household__home__place__in=shown, until_on=None).select_related("person", "household__home").order_by("id")
    ):
        living.setdefault(stay.household.home.place_id, []).append(stay)
    rows = [HomeRow(p, getattr(p, "home", None), owners.get(p.pk, []), living.get(p.pk, [])) for p in shown]
    return rows, shown[-1].path if len(places) > limit else ""


def home_place_in_reach(actor: Actor, place_id: int) -> Place:
    """A place of kind home the actor may read of. Raises NotFound."""
    found = Place.objects.filter(_homes_scope(actor), kind=Kind.HOME, pk=place_id).first()
    if found is None:
        raise NotFound("no_home", _("没有找到这户房屋，或者不在您的管理范围内。"))
    return found


def home_history(place: Place) -> tuple[Home | None, list[Ownership], list[Residence]]:
    """What is registered of a home, all its owners and residents past and present. Three queries."""
    home = Home.objects.filter(place=place).first()
    if home is None:
        return None, [], []
    owners = list(home.ownerships.select_related("person").order_by("until_on", "-since_on")[:100])
    return (
        home,
        owners,
        list(Residence.objects.filter(household__home=home).select_related("person", "household__home__place").order_by("-since_on")[:100]),
    )
