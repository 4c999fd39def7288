"""
Lists going out: the six kinds in the columns an import reads back, within the reader's reach, streamed.

Personal fields leave masked. Whoever may open them says what for: then each reading is logged for the person, and the whole export
in the security log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import Invalid
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts.actions import log_event
from linli.kernel.accounts.models import Grant
from linli.kernel.matters.models import Entry, Grade, Matter, Party, Urgency, Visibility
from linli.kernel.matters.search import matching_ids
from linli.kernel.people.models import ContactBy, FieldReading, GroupFact, Home, HomeUse, Ownership, Person, Relation, Residence
from linli.kernel.people.queries import called
from linli.kernel.places.models import CommunityType, Place, PlaceName
from linli.kernel.places.models import Kind as Level
from linli.law.packs import population_groups
from linli.lib.masking import mask_address, mask_name, mask_phone, mask_rin
from linli.lib.units import format_area
from linli.loops.requests.queries import Filter, narrowed, sees_inside_by_place
from linli.loops.requests.rules import CHANNELS, WORKFLOW
from linli.loops.venues.models import State as VenueState
from linli.loops.venues.models import Venue
from linli.loops.venues.standing import promises_of, today_of
from linli.ports.tables.kinds import kind_named
from linli.ports.tables.kinds.venues import cells_of
from linli.web.sheets import Listing

T = TypeVar("T")
BATCH = 1000
# A search by words takes at most this many along.
MOST_FOUND = 20_000
VERBS = {
    "places": "person.read",
    "homes": "person.read",
    "residents": "person.read",
    "staff": "account.read",
    "requests": "request.export",
    "venues": "venue.export",
}
_LEVEL_KEYS = {Level.COMPOUND: "compound", Level.BUILDING: "building", Level.ENTRANCE: "entrance", Level.HOME: "room"}


def may_export(actor: Actor, kind: str) -> bool:
    return table.holds(actor, VERBS[kind])


@transaction.atomic
def export(
    *,
    actor: Actor,
    kind: str,
    place: Place | None,
    now: datetime,
    purpose: str = "",
    matters: QuerySet[Matter] | None = None,
    text: str = "",
) -> Listing:
    """
    The list of a kind below `place` (None: wherever the actor reaches). With a `purpose` personal fields are open, for those who may.

    Raises NotAllowed by the table. `matters` and `text` narrow requests, `text` residents too, as their list pages do.
    """
    known = kind_named(kind)
    table.require(actor, VERBS[kind], place.path if place else _somewhere(actor, VERBS[kind]))
    opened = bool(purpose.strip())
    if opened:
        table.require(actor, "person.reveal", place.path if place else _somewhere(actor, "person.reveal"))
    scope = place.path if place else ""
    reading = _Reading(actor, purpose.strip(), now) if opened else None
    rows: Iterator[dict[str, Any]]
    found: QuerySet[Any]
    if kind == "requests":
        found = _matters(narrowed(actor, Filter(place=place), now) if matters is None else matters, text)
        rows = _requests(actor, found)
    elif kind == "residents":
        found = _people(actor, scope, text)
        rows = _residents(found, reading)
    elif kind in _KINDS:
        choose, maker = _KINDS[kind]
        found = choose(actor, scope)
        rows = maker(found, scope, reading)
    else:
        raise Invalid("no_kind", kind)
    log_event(
        "table_exported", now=now, actor=actor, about=f"{known.name} {place or ''}".strip(), opened=opened, purpose=purpose.strip()[:120]
    )
    header = tuple(c.name for c in known.columns) + ((_("状态"),) if kind == "requests" else ())
    keys = tuple(c.key for c in known.columns) + (("state",) if kind == "requests" else ())
    widths = tuple(c.width for c in known.columns)
    return Listing(known.name, header, ([row.get(key) for key in keys] for row in rows), widths, lambda: _rows_of(kind, found))


def _rows_of(kind: str, found: QuerySet[Any]) -> int:
    """How many rows the list will have: of homes one for each owner. One query, two for homes."""
    if kind != "homes":
        return found.order_by().count()
    owned = Ownership.objects.filter(home__in=found, until_on=None, person__isnull=False)
    return owned.count() + found.exclude(pk__in=owned.values("home_id")).order_by().count()


def _somewhere(actor: Actor, verb: str) -> str:
    """The path of a grant by which the actor may do `verb`, so that "wherever I reach" is asked as one question."""
    return next((standing.path for _reach, standing in table.reach_of(actor, verb)), "")


def _scoped(actor: Actor, verb: str, column: str, root: str) -> Q:
    """Rows below `root` that the actor's grants for `verb` reach."""
    reach = Q(pk__in=[])
    for kind_of, standing in table.reach_of(actor, verb):
        if kind_of == "area":
            reach |= Q(**subtree(column, standing.path)) if standing.path else Q()
            if not standing.path:
                return Q(**subtree(column, root)) if root else Q()
    return reach & (Q(**subtree(column, root)) if root else Q())


@dataclass
class _Reading:
    """Personal fields may be opened for `purpose`; each opening is written to the person's log, batch by batch."""

    actor: Actor
    purpose: str
    now: datetime

    def note(self, opened: Iterable[tuple[int, str]]) -> None:
        FieldReading.objects.bulk_create(
            FieldReading(
                person_id=person,
                field=field,
                reader_id=self.actor.account_id,
                reader_name=self.actor.name,
                purpose=self.purpose[:120],
                at=self.now,
            )
            for person, field in opened
        )


def _batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


# --- places ---------------------------------------------------------------------------------------------
def _found_places(_actor: Actor, root: str) -> QuerySet[Place]:
    return Place.objects.filter(retired_at=None, **subtree("path", root)).exclude(path=root).order_by("path")


def _places(found: QuerySet[Place], root: str, _reading: _Reading | None) -> Iterator[dict[str, Any]]:
    names: dict[str, str] = dict(Place.objects.exclude(kind=Level.HOME).values_list("path", "name"))
    levels, types = dict(Level.choices), dict(CommunityType.choices)
    also: dict[tuple[int, str], list[str]] = {}
    for place_id, why, name in (
        PlaceName.objects.filter(place__retired_at=None, **subtree("place__path", root))
        .order_by("pk")
        .values_list("place_id", "why", "name")
    ):
        also.setdefault((place_id, why), []).append(name)
    for place in found.only("kind", "name", "code", "path", "community_type", "latitude", "longitude", "phone").iterator(2000):
        above = [names.get(path, "") for path in ancestors(place.path)[:-1] if len(path) > len(root)]
        yield {
            "level": str(levels[Level(place.kind)]),
            "name": place.name,
            "parent": "/".join(above),
            "code": place.code,
            "community_type": str(types[CommunityType(place.community_type)]) if place.community_type else "",
            "latitude": place.point[0] if place.point else None,
            "longitude": place.point[1] if place.point else None,
            "datum": "WGS-84" if place.point else "",
            "phone": place.phone,
            **{why: "、".join(also.get((place.pk, why), ())) for why in PlaceName.Why.values},
        }


def _addresses(paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each home's path: the names of its compound, building, entrance and room."""
    wanted = set(paths)
    rows = {p.path: p for p in Place.objects.filter(path__in={a for path in wanted for a in ancestors(path)}).only("path", "name", "kind")}
    return {
        path: {_LEVEL_KEYS[Level(rows[a].kind)]: rows[a].name for a in ancestors(path) if a in rows and rows[a].kind in _LEVEL_KEYS}
        for path in wanted
    }


# --- homes and people ------------------------------------------------------------------------------------
def _found_homes(actor: Actor, root: str) -> QuerySet[Home]:
    return Home.objects.filter(_scoped(actor, "person.read", "place__path", root)).select_related("place").order_by("place__path")


def _homes(found: QuerySet[Home], _root: str, reading: _Reading | None) -> Iterator[dict[str, Any]]:
    uses = dict(HomeUse.choices)
    for homes in _batches(found.iterator(BATCH)):
        where = _addresses(home.place.path for home in homes)
        owned: dict[int, list[Ownership]] = {}
        for tie in Ownership.objects.filter(home__in=homes, until_on=None, person__isnull=False).select_related("person").order_by("id"):
            owned.setdefault(tie.home_id, []).append(tie)
        if reading:
            reading.note((t.person_id, field) for ties in owned.values() for t in ties if t.person_id for field in ("identity", "phone"))
        for home in homes:
            plain = {
                **where[home.place.path],
                "area": float(format_area(home.exclusive_area)) if home.exclusive_area else None,
                "use": str(uses[HomeUse(home.use)]),
                "register_code": home.register_code,
            }
            ties = owned.get(home.pk, [])
            for tie in ties:
                assert tie.person is not None
                share = Fraction(tie.share_numerator, tie.share_denominator)
                yield {
                    **plain,
                    **_personal(tie.person, reading),
                    "owner": _name(tie.person, reading),
                    "share": share,
                    "since_on": tie.since_on,
                }
            if not ties:
                yield plain


def _opened(sealed: Any) -> str:
    """The text of a sealed field; what leaves of it is decided by the caller."""
    return str(sealed.open()) if sealed else ""


def _name(person: Person, reading: _Reading | None) -> str:
    return person.name if reading else mask_name(person.name)


def _personal(person: Person, reading: _Reading | None) -> dict[str, str]:
    identity, phone = _opened(person.identity), _opened(person.phone)
    return {"identity": identity, "phone": phone} if reading else {"identity": mask_rin(identity), "phone": mask_phone(phone)}


def _people(actor: Actor, root: str, text: str) -> QuerySet[Person]:
    found = Person.objects.filter(_scoped(actor, "person.read", "home_path", root), erased_at=None).order_by("home_path", "id")
    return found.filter(called(text)) if text.strip() else found


def _residents(found: QuerySet[Person], reading: _Reading | None) -> Iterator[dict[str, Any]]:
    relations, contacts = dict(Relation.choices), dict(ContactBy.choices)
    groups = {g.code: g.name(get_language() or "zh-hans") for g in population_groups()}
    for people in _batches(found.iterator(BATCH)):
        where = _addresses(p.home_path for p in people if p.home_path)
        homes = {p.home_place_id for p in people if p.home_place_id}
        areas = dict(Home.objects.filter(place_id__in=homes).values_list("place_id", "exclusive_area"))
        lives = {
            (r.person_id, r.household.home.place_id): r
            for r in Residence.objects.filter(person__in=people, until_on=None).select_related("household__home")
        }
        heads = {r.person_id for r in lives.values() if r.household.head_id == r.person_id}
        shares = {
            (o.person_id, o.home.place_id): o for o in Ownership.objects.filter(person__in=people, until_on=None).select_related("home")
        }
        facts: dict[int, list[str]] = {}
        for person_id, group in GroupFact.objects.filter(person__in=people, until_on=None).order_by("id").values_list("person_id", "group"):
            facts.setdefault(person_id, []).append(groups.get(group, group))
        if reading:
            reading.note((p.pk, field) for p in people for field in ("identity", "phone", "address") if getattr(p, field))
        for person in people:
            live, share = lives.get((person.pk, person.home_place_id or 0)), shares.get((person.pk, person.home_place_id or 0))
            area, address = areas.get(person.home_place_id or 0), _opened(person.address)
            yield {
                **where.get(person.home_path, {}),
                **_personal(person, reading),
                "name": _name(person, reading),
                "relation": (
                    _("户主") if person.pk in heads and live.relation == Relation.OWNER else str(relations[Relation(live.relation)])
                )
                if live
                else "",
                "area": float(format_area(area)) if area else None,
                "share": Fraction(share.share_numerator, share.share_denominator) if share else None,
                "groups": "、".join(facts.get(person.pk, [])),
                "since_on": live.since_on if live else None,
                "address": address if reading else mask_address(address),
                "contact_by": str(contacts[ContactBy(person.contact_by)]),
                "language": person.language,
                "large_type": person.large_type,
            }


# --- staff -----------------------------------------------------------------------------------------------
def _grants(actor: Actor, root: str) -> QuerySet[Grant]:
    found = Grant.objects.filter(_scoped(actor, "account.read", "place__path", root), ends_at=None, account__is_active=True)
    return found.exclude(role="resident").select_related("account", "unit", "place").order_by("account__username", "id")


def _staff(found: QuerySet[Grant], root: str, reading: _Reading | None) -> Iterator[dict[str, Any]]:
    for grant in found.iterator(BATCH):
        phone = _opened(grant.account.phone) if grant.account.phone else ""
        yield {
            "name": grant.account.name,
            "username": grant.account.username,
            "phone": phone if reading else mask_phone(phone),
            "role": str(ROLES[grant.role]),
            "unit": grant.unit.name if grant.unit else "",
            "place": (grant.place.code or grant.place.name) if grant.place and grant.place.path != root else "",
            "starts_on": grant.starts_at,
        }


# --- requests --------------------------------------------------------------------------------------------
def _matters(found: QuerySet[Matter], text: str) -> QuerySet[Matter]:
    return found.filter(pk__in=matching_ids(text, before=None, limit=MOST_FOUND)) if text.strip() else found


def _requests(actor: Actor, found: QuerySet[Matter]) -> Iterator[dict[str, Any]]:
    """What the actor's list pages show, narrowed the same; the words as given where the reader may read them, else as published."""
    states = {state.code: str(state.label) for state in WORKFLOW.states}
    words = {"urgency": dict(Urgency.choices), "grade": dict(Grade.choices), "visibility": dict(Visibility.choices)}
    for matters in _batches(found.select_related("category", "place").order_by("pk").iterator(BATCH)):
        where = _addresses(m.place.path for m in matters)
        answers = dict(
            Entry.objects.filter(matter__in=matters, public=True, verb__in=("resolve", "conclude_whistle"))
            .order_by("id")
            .values_list("matter_id", "text")
        )
        raisers = {
            p.matter_id: p.person
            for p in Party.objects.filter(matter__in=matters, role=Party.Role.RAISER, person__isnull=False).select_related("person")
        }
        for matter in matters:
            inside = sees_inside_by_place(actor, matter) or actor.is_system
            person = raisers.get(matter.pk) if inside else None
            spot = where[matter.place.path]
            yield {
                **{key: spot.get(key) for key in ("compound", "building", "entrance")},
                "external_id": matter.external_id or matter.ref,
                "title": matter.title if inside else matter.public_title,
                "body": matter.body if inside else matter.public_body,
                "category": matter.category.name if matter.category else "",
                "place": "" if spot.get("compound") else (matter.place.code or matter.place.name),
                "spot": matter.spot if inside else "",
                "raised_at": matter.raised_at,
                "closed_at": matter.closed_at,
                "answer": answers.get(matter.pk, "") if matter.closed_at else "",
                "urgency": str(words["urgency"].get(matter.urgency, "")),
                "grade": str(words["grade"].get(matter.grade, "")),
                "visibility": str(words["visibility"].get(matter.visibility, "")),
                "channel": str(CHANNELS.get(matter.channel, matter.channel)),
                "raiser": mask_name(person.name) if person else "",
                "raiser_phone": mask_phone(_opened(person.phone)) if person else "",
                "latitude": matter.latitude / 1_000_000 if matter.latitude is not None else None,
                "longitude": matter.longitude / 1_000_000 if matter.longitude is not None else None,
                "state": states.get(matter.state, matter.state),
            }


# --- venues ----------------------------------------------------------------------------------------------
def _found_venues(actor: Actor, root: str) -> QuerySet[Venue]:
    return Venue.objects.filter(_scoped(actor, "venue.export", "place__path", root)).exclude(state=VenueState.CLOSED)


def _venues(found: QuerySet[Venue], root: str, _reading: _Reading | None) -> Iterator[dict[str, Any]]:
    """Nothing of a venue is personal: the columns an import reads back, hours as they hold today."""
    today = today_of(timezone.now())
    for venues in _batches(found.select_related("place").order_by("place__path", "pk").iterator(BATCH)):
        promises = promises_of(venues, today)
        for venue in venues:
            yield cells_of(venue, promises[venue.pk].week_on(today), root)


# Kinds that nothing narrows but the place: which rows, and how each is written.
_KINDS: dict[
    str, tuple[Callable[[Actor, str], QuerySet[Any]], Callable[[QuerySet[Any], str, _Reading | None], Iterator[dict[str, Any]]]]
] = {
    "places": (_found_places, _places),
    "homes": (_found_homes, _homes),
    "staff": (_grants, _staff),
    "venues": (_found_venues, _venues),
}
