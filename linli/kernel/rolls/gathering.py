"""From the register to what a draft is made of, in a fixed number of queries however many homes there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.rows import chunks
from linli.kernel.people.models import HelperLink, Ownership, Person, Residence
from linli.kernel.places.bulk import name_key
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names, standing_before
from linli.kernel.rolls.drawing import Decided, Entry, HomeFact, Known, PersonFact, Share, Stay, pair
from linli.kernel.rolls.models import Decision, Roll, RollKind
from linli.kernel.rolls.rules import Policy

_PERSON = ("id", "name", "born_on", "erased_at", "home_path", "phone_blind", "address_blind", "identity_blind")
_NEAR = {Kind.GRID, Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE}


def gather(roll: Roll) -> Known:
    """Everything about the roll's place that holds on its record date, with what was decided so far."""
    day, policy = roll.record_date, Policy.of(roll.policy)
    decisions = list(roll.decisions.all())
    decided, entries = decided_of(decisions), entries_of(decisions)
    known = Known(day, roll.place.path, policy, decided, {})
    extra = {who for who, _name in decided.agents.values() if who}
    if roll.kind == RollKind.OWNERS:
        known.homes = _owned_homes(roll.place, day)
        people = _people_of(Ownership.objects.filter(_dated(day), **subtree("home__place__path", roll.place.path)))
    elif roll.kind in (RollKind.RESIDENTS, RollKind.HOUSEHOLDS):
        scope = Residence.objects.filter(_dated(day), **subtree("household__home__place__path", roll.place.path))
        known.stays = _stays(scope)
        lived_in = {stay.place for stay in known.stays}
        known.homes = [home for home in _homes(roll.place, day, shut=True) if home.place in lived_in]
        # A home that left the tree meanwhile is nowhere to be counted.
        standing = {home.place for home in known.homes}
        known.stays = [stay for stay in known.stays if stay.place in standing]
        people = _people_of(scope)
    else:
        known.entries, people = entries, {}
        known.homes = _entered_places(entries)
        extra |= {entry.person for entry in entries if entry.person}
    guardians = _guardians(people, day)
    extra |= {one for ids in guardians.values() for one in ids}
    people |= _people(Person.objects.none(), extra - set(people))
    for person, ids in guardians.items():
        people[person].guardians = ids
    known.people = people
    return known


def _dated(day: date) -> Q:
    return Q(since_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day))


# --- homes -------------------------------------------------------------------------------------------
def _homes(place: Place, day: date, *, shut: bool = False) -> list[HomeFact]:
    """Homes in force under the place, in the order of the tree. Two queries."""
    above = {
        path: (pk, name, kind)
        for pk, path, name, kind in Place.objects.filter(**subtree("path", place.path))
        .exclude(kind=Kind.HOME)
        .values_list("pk", "path", "name", "kind")
    }
    near = _NEAR if place.kind not in (Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE) else _NEAR - {Kind.COMPOUND}
    words: dict[str, tuple[str, int | None]] = {}
    homes = []
    rows = Place.objects.filter(kind=Kind.HOME, retired_at=None, **subtree("path", place.path)).order_by("path")
    for pk, path, name, parent, area, use, code in rows.values_list(
        "pk", "path", "name", "parent_id", "home__exclusive_area", "home__use", "home__register_code"
    ):
        up = path[:-6]
        if up not in words:
            words[up] = _words(up, above, near)
        before, building = words[up]
        homes.append(
            HomeFact(
                pk, path, f"{before} {name}".strip(), building, f"{parent} {name_key(Kind.HOME, name)}", area, use or "dwelling", code or ""
            )
        )
    return homes


def _words(path: str, above: dict[str, tuple[int, str, str]], near: set[Kind]) -> tuple[str, int | None]:
    """What stands before a door ("3 栋 1 单元"), and the building: the lowest place above that is no entrance."""
    line = [above[p] for p in ancestors(path) if p in above]
    building = next((pk for pk, _name, kind in reversed(line) if kind != Kind.ENTRANCE), None)
    shown = near & standing_before({kind for _pk, _name, kind in line})
    return " ".join(name for _pk, name, kind in line if kind in shown), building


def _owned_homes(place: Place, day: date) -> list[HomeFact]:
    homes = _homes(place, day)
    by_place = {home.place: home for home in homes}
    held = Ownership.objects.filter(**subtree("home__place__path", place.path)).order_by("id")
    rows = held.filter(_dated(day)).values_list(
        "home__place_id", "person_id", "organisation", "organisation_code", "share_numerator", "share_denominator"
    )
    for at, person, organisation, code, top, bottom in rows:
        if at in by_place:
            by_place[at].shares.append(Share(person, organisation, code, Fraction(top, bottom)))
    for at, name, organisation, until in (
        held.filter(until_on__lte=day).order_by("until_on", "id").values_list("home__place_id", "person__name", "organisation", "until_on")
    ):
        home = by_place.get(at)
        if home is not None and not home.shares:
            home.former = (name or organisation, until.isoformat() if until else "")
    return homes


def _stays(scope: QuerySet[Residence]) -> list[Stay]:
    rows = scope.order_by("household__home__place__path", "since_on", "id").values_list(
        "person_id", "household__home__place_id", "household_id", "relation", "household__head_id"
    )
    return [Stay(person, place, household, relation, head == person) for person, place, household, relation, head in rows]


def _entered_places(entries: Iterable[Entry]) -> list[HomeFact]:
    places = list(Place.objects.filter(pk__in={entry.place for entry in entries if entry.place}))
    names = short_names(places)
    return [HomeFact(p.pk, p.path, names[p.pk], p.pk if p.kind == Kind.BUILDING else None) for p in places]


# --- people ------------------------------------------------------------------------------------------
def _people_of(ties: QuerySet[Any]) -> dict[int, PersonFact]:
    return _people(Person.objects.filter(pk__in=ties.values("person_id")), ())


def _people(found: QuerySet[Person], ids: Iterable[int]) -> dict[int, PersonFact]:
    facts = {}
    queries = [found, *(Person.objects.filter(pk__in=part) for part in chunks(ids))]
    for query in queries:
        for pk, name, born, erased, path, phone, address, identity in query.values_list(*_PERSON):
            facts[pk] = PersonFact(
                pk,
                name,
                born,
                erased is not None,
                path,
                bytes(phone) if phone is not None else None,
                bytes(address) if address is not None else None,
                identity is not None,
            )
    return facts


def _guardians(people: dict[int, PersonFact], day: date) -> dict[int, tuple[int, ...]]:
    """Guardians in force of those known to be minors' candidates: everybody whose birth date makes them under twenty."""
    young = [p.id for p in people.values() if p.born_on is not None and p.born_on.year > day.year - 20]
    found: dict[int, tuple[int, ...]] = {}
    for part in chunks(young):
        ties = HelperLink.objects.filter(_dated(day), kind="guardian", person_id__in=part, helper__erased_at=None).order_by("id")
        for person, helper in ties.values_list("person_id", "helper_id"):
            found[person] = (*found.get(person, ()), helper)
    return found


# --- decisions ---------------------------------------------------------------------------------------
def decided_of(decisions: Iterable[Decision]) -> Decided:
    decided = Decided()
    for one in decisions:
        _READ.get(one.verb, _nothing)(decided, one)
    return decided


def _nothing(decided: Decided, one: Decision) -> None:
    """Entries are read by `entries_of`."""


def _exclude(decided: Decided, one: Decision) -> None:
    decided.excluded[one.subject if one.home_id else one.subject.removeprefix("voter:")] = one.reason


def _agent(decided: Decided, one: Decision) -> None:
    decided.agents[one.subject.removeprefix("voter:")] = (one.person_id, one.value.get("name", ""))


def _by_home(name: str, read: Any) -> Any:
    def note(decided: Decided, one: Decision) -> None:
        if one.home_id:
            getattr(decided, name)[one.home_id] = read(one)

    return note


def _by_person(name: str) -> Any:
    def note(decided: Decided, one: Decision) -> None:
        if one.person_id:
            getattr(decided, name)[one.person_id] = one.reason

    return note


def _pairs(name: str) -> Any:
    def note(decided: Decided, one: Decision) -> None:
        getattr(decided, name).add(pair(*one.value["pair"]))

    return note


_READ = {
    "exclude": _exclude,
    "agent": _agent,
    "keep_unknown": _by_home("keep_unknown", lambda one: one.reason),
    "state": _by_home("states", lambda one: one.value["state"]),
    "area": _by_home("areas", lambda one: (one.value["area"], one.value["source"])),
    "merge": _pairs("merged"),
    "apart": _pairs("apart"),
    "apart_homes": _pairs("apart_homes"),
    "deceased": _by_person("deceased"),
    "admit": _by_person("admitted"),
}


def entries_of(decisions: Iterable[Decision]) -> list[Entry]:
    return [
        Entry(
            one.subject,
            one.person_id,
            one.value.get("name", ""),
            tuple(one.value.get("bodies", ())),
            one.home_id,
            one.value.get("note", ""),
        )
        for one in decisions
        if one.verb == "enter"
    ]
