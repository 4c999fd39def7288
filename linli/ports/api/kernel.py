"""The kernel in JSON: places, units, people (masked), notices, own messages, promises, the work calendar, files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Path, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import muting
from linli.kernel.matters.attachment_pages import answer_for
from linli.kernel.matters.models import PromiseRule
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.queries import attachment_for, id_of_ref
from linli.kernel.notices.actions import mark_read
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.actions import reveal
from linli.kernel.people.models import Person
from linli.kernel.people.queries import find_people, people_in_reach, person_in_reach
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import chain, children_of, place_at, place_by_code, place_by_id, short_names
from linli.lib.calendar import YearMissing
from linli.lib.masking import mask_name
from linli.loops.requests.api import (
    FileOut,
    Latitude,
    Longitude,
    PlaceBrief,
    UnitBrief,
    place_out,
    stored_out,
    utc,
    who,
)
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router()
Number = Path[Id]


# --- places --------------------------------------------------------------------------------------
class PlaceOut(Schema):
    """A place; `point` is WGS-84, latitude first."""

    id: int
    kind: str
    code: str
    name: str
    parent_id: int | None
    community_type: str
    phone: str
    point: tuple[float, float] | None
    has_outline: bool
    in_force: bool


class WholePlaceOut(Schema):
    place: PlaceOut
    chain: list[PlaceBrief]
    outline: dict[str, Any] | None


class SpotOut(Schema):
    place: PlaceOut
    chain: list[PlaceBrief]
    units: list[UnitBrief]


class PlacePageOut(Schema):
    items: list[PlaceOut]
    next_cursor: int | None


def whole_place(place: Place) -> PlaceOut:
    return PlaceOut(
        id=place.pk,
        kind=place.kind,
        code=place.code,
        name=place.name,
        parent_id=place.parent_id,
        community_type=place.community_type,
        phone=place.phone,
        point=place.point,
        has_outline=bool(place.outline),
        in_force=place.retired_at is None,
    )


class PlacesChosen(Input):
    """Tops without anything; `parent_id` for children; `kind` and `under_id` for a level anywhere below; `code` for one by its code."""

    parent_id: Id | None = None
    under_id: Id | None = None
    kind: Literal["province", "city", "district", "street", "community", "grid", "compound", "building", "entrance", "home"] | None = None
    code: Annotated[str, at_most(32)] = ""
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get("/places", response={200: PlacePageOut, **PROBLEMS}, summary="List places", operation_id="list_places", tags=["places"])
def list_places(request: HttpRequest, chosen: Query[PlacesChosen]) -> PlacePageOut:
    """In force, by id."""
    actor, _now = who(request)
    found = Place.objects.filter(retired_at=None).order_by("pk")
    if chosen.code:
        return PlacePageOut(items=[whole_place(place_by_code(chosen.code))], next_cursor=None)
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.parent_id:
        found = found.filter(parent=place_by_id(chosen.parent_id))
    elif chosen.under_id:
        found = found.filter(**subtree("path", place_by_id(chosen.under_id).path))
    elif not chosen.kind:
        found = found.filter(parent=None)
    # Which homes there are is known to staff and to those who live there; down to the building it is public.
    if not actor.is_staff:
        found = found.exclude(kind=Kind.HOME)
    rows = list((found.filter(pk__gt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return PlacePageOut(items=[whole_place(p) for p in shown], next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


class AtPoint(Input):
    latitude: Latitude
    longitude: Longitude
    datum: Literal["wgs84", "gcj02"] = "wgs84"


@router.get(
    "/places/at-point", response={200: SpotOut, **PROBLEMS}, summary="The place at a point", operation_id="place_at_point", tags=["places"]
)
def at_point(request: HttpRequest, at: Query[AtPoint]) -> SpotOut:
    """The smallest drawn place that holds it, what it lies in, and the units that serve it."""
    spot = place_at(at.latitude, at.longitude, datum=at.datum)
    if spot is None:
        raise NotFound("no_place", _("这个位置不在任何已画的范围内。"))
    return SpotOut(
        place=whole_place(spot.place),
        chain=[place_out(p) for p in chain(spot.place)],
        units=[UnitBrief(id=u.pk, name=u.name, kind=u.kind) for u in units_serving(spot.place)],
    )


@router.get("/places/{place_id}", response={200: WholePlaceOut, **PROBLEMS}, summary="One place", operation_id="get_place", tags=["places"])
def get_place(request: HttpRequest, place_id: Number) -> WholePlaceOut:
    place = _place_for(who(request)[0], place_id)
    return WholePlaceOut(place=whole_place(place), chain=[place_out(p) for p in chain(place)], outline=place.outline)


@router.get(
    "/places/{place_id}/children",
    response={200: list[PlaceOut], **PROBLEMS},
    summary="Directly below",
    operation_id="place_children",
    tags=["places"],
)
def children(request: HttpRequest, place_id: Number) -> list[PlaceOut]:
    """Numbers in names sorted by value; at most 2000."""
    actor, _now = who(request)
    rows = children_of(_place_for(actor, place_id))[:2000]
    return [whole_place(p) for p in rows if actor.is_staff or p.kind != Kind.HOME]


def _place_for(actor: Actor, place_id: int) -> Place:
    place = place_by_id(place_id)
    if place.kind == Kind.HOME and not actor.is_staff:
        raise NotFound("no_place", _("没有找到这个地点。"))
    return place


# --- units ---------------------------------------------------------------------------------------
class UnitOut(Schema):
    id: int
    name: str
    kind: str
    code: str
    place: PlaceBrief
    superior_id: int | None
    phone: str


class UnitPageOut(Schema):
    items: list[UnitOut]
    next_cursor: int | None


class UnitsChosen(Input):
    serving: Annotated[int, Field(ge=1, le=2**63 - 1, description="A place's id: only units that serve it.")] | None = None
    kind: Literal["community", "street", "department", "property", "grid", "mediation"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get("/units", response={200: UnitPageOut, **PROBLEMS}, summary="List units", operation_id="list_units", tags=["units"])
def list_units(request: HttpRequest, chosen: Query[UnitsChosen]) -> UnitPageOut:
    found = Unit.objects.filter(active=True).select_related("place").order_by("pk")
    if chosen.serving:
        found = found.filter(place__path__in=ancestors(place_by_id(chosen.serving).path))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    rows = list((found.filter(pk__gt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return UnitPageOut(
        items=[
            UnitOut(id=u.pk, name=u.name, kind=u.kind, code=u.code, place=place_out(u.place), superior_id=u.superior_id, phone=u.phone)
            for u in shown
        ],
        next_cursor=shown[-1].pk if len(rows) > chosen.limit else None,
    )


# --- people --------------------------------------------------------------------------------------
class PersonOut(Schema):
    """A person of the roster, masked. `has` names the sealed fields that are filled."""

    id: int
    name: str
    where: str
    contact_by: str
    language: str
    large_type: bool
    has: list[str]


class RevealIn(Input):
    field: Literal["identity", "phone", "address"]
    purpose: Annotated[str, at_most(120, shortest=1)]


class RevealedOut(Schema):
    field: str
    value: str


class PeopleChosen(Input):
    text: Annotated[str, at_most(100)] = ""
    limit: Limit = 50


@router.get("/people", response={200: list[PersonOut], **PROBLEMS}, summary="Find people", operation_id="find_people", tags=["people"])
def list_people(request: HttpRequest, chosen: Query[PeopleChosen]) -> list[PersonOut]:
    """By the beginning of a name, or by an exact phone or identity number; only in the caller's reach, always masked."""
    actor, _now = who(request)
    rows = find_people(actor, chosen.text, limit=chosen.limit) if chosen.text.strip() else list(people_in_reach(actor)[: chosen.limit])
    return _people_out(rows)


@router.get(
    "/people/{person_id}", response={200: PersonOut, **PROBLEMS}, summary="One person, masked", operation_id="get_person", tags=["people"]
)
def get_person(request: HttpRequest, person_id: Number) -> PersonOut:
    return _people_out([person_in_reach(who(request)[0], person_id)])[0]


@router.post(
    "/people/{person_id}/reveal",
    response={200: RevealedOut, **PROBLEMS},
    summary="Open one sealed field",
    operation_id="reveal",
    tags=["people"],
)
def reveal_field(request: HttpRequest, person_id: Number, given: RevealIn) -> RevealedOut:
    """Logged with its purpose; the person can see who read it."""
    actor, now = who(request)
    person = person_in_reach(actor, person_id)
    return RevealedOut(field=given.field, value=reveal(actor=actor, person=person, field=given.field, purpose=given.purpose, now=now))


def _people_out(people: list[Person]) -> list[PersonOut]:
    names = short_names([p.home_place for p in people if p.home_place])
    return [
        PersonOut(
            id=p.pk,
            name=mask_name(p.name),
            where=names.get(p.home_place_id, "") if p.home_place_id else "",
            contact_by=p.contact_by,
            language=p.language,
            large_type=p.large_type,
            has=[f for f in ("identity", "phone", "address") if getattr(p, f)],
        )
        for p in people
    ]


# --- notices and messages ------------------------------------------------------------------------
class NoticeOut(Schema):
    id: int
    kind: str
    title: str
    body: str
    place: PlaceBrief | None
    published_at: datetime
    until_at: datetime | None
    facts: dict[str, Any]


class NoticePageOut(Schema):
    items: list[NoticeOut]
    next_cursor: int | None


class NoticesChosen(Input):
    place_id: Annotated[int, Field(ge=1, le=2**63 - 1, description="Notices of this place and of all above it.")] | None = None
    kind: Literal["notice", "day_root", "matter"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


@router.get("/notices", response={200: NoticePageOut, **PROBLEMS}, summary="Public notices", operation_id="list_notices", tags=["notices"])
def list_notices(request: HttpRequest, chosen: Query[NoticesChosen]) -> NoticePageOut:
    """In force, newest first; the daily roots of the timelines are among them (`kind=day_root`)."""
    _actor, now = who(request)
    found = (
        Notice.objects.filter(published_at__lte=now).filter(Q(until_at=None) | Q(until_at__gt=now)).select_related("place").order_by("-pk")
    )
    if chosen.place_id:
        found = found.filter(Q(place_path__in=ancestors(place_by_id(chosen.place_id).path)) | Q(place=None))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    rows = list((found.filter(pk__lt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return NoticePageOut(
        items=[
            NoticeOut(
                id=n.pk,
                kind=n.kind,
                title=n.title,
                body=n.body,
                place=place_out(n.place) if n.place else None,
                published_at=n.published_at.astimezone(UTC),
                until_at=utc(n.until_at),
                facts=n.facts,
            )
            for n in shown
        ],
        next_cursor=shown[-1].pk if len(rows) > chosen.limit else None,
    )


class MessageOut(Schema):
    id: int
    title: str
    body: str
    about: str
    url: str
    created_at: datetime
    read: bool


class MessagePageOut(Schema):
    items: list[MessageOut]
    next_cursor: int | None


class MessagesChosen(Input):
    unread: bool = False
    cursor: Cursor | None = None
    limit: Limit = 20


class ReadIn(Input):
    ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class CountOut(Schema):
    count: int


def _own(actor: Actor) -> int:
    """The account behind the call. Raises Refused for nobody in particular."""
    if actor.account_id is None:
        raise Refused("sign_in", _("请先登录或带上令牌。"), would_signing_in_help=True)
    return actor.account_id


@router.get("/me/messages", response={200: MessagePageOut, **PROBLEMS}, summary="My messages", operation_id="my_messages", tags=["me"])
def my_messages(request: HttpRequest, chosen: Query[MessagesChosen]) -> MessagePageOut:
    actor, _now = who(request)
    found = Message.objects.filter(account_id=_own(actor)).order_by("-pk")
    if chosen.unread:
        found = found.filter(read_at=None)
    rows = list((found.filter(pk__lt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    items = [
        MessageOut(
            id=m.pk,
            title=m.title,
            body=m.body,
            about=m.about,
            url=m.address,
            created_at=m.created_at.astimezone(UTC),
            read=m.read_at is not None,
        )
        for m in shown
    ]
    return MessagePageOut(items=items, next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


@router.post(
    "/me/messages/read", response={200: CountOut, **PROBLEMS}, summary="Mark messages read", operation_id="read_messages", tags=["me"]
)
def read_messages(request: HttpRequest, given: ReadIn) -> CountOut:
    actor, now = who(request)
    _own(actor)
    return CountOut(count=mark_read(actor=actor, message_ids=given.ids, now=now))


class MutedOut(Schema):
    ref: str
    kind: str
    title: str


class MuteIn(Input):
    """A matter of any kind, by its reference."""

    ref: Annotated[str, Field(pattern=r"^[A-Za-z][1-9][0-9]{0,17}$")]


@router.get("/me/muted", response={200: list[MutedOut], **PROBLEMS}, summary="What I muted", operation_id="my_muted", tags=["me"])
def my_muted(request: HttpRequest) -> list[MutedOut]:
    """The matters I want to hear nothing more of, the newest first, at most 200."""
    actor, _now = who(request)
    _own(actor)
    return [MutedOut(ref=m.ref, kind=m.kind, title=m.public_title) for m in muting.muted_by(actor)[:200]]


@router.post("/me/mute", response={200: CountOut, **PROBLEMS}, summary="Mute a matter", operation_id="mute", tags=["me"])
def mute(request: HttpRequest, given: MuteIn) -> CountOut:
    """Nothing more is sent to me about it, but for what only I can answer; it stays mine."""
    actor, now = who(request)
    _own(actor)
    muting.mute(actor=actor, matter_id=id_of_ref(given.ref), now=now)
    return CountOut(count=1)


@router.post(
    "/me/hear-again", response={200: CountOut, **PROBLEMS}, summary="Hear of a matter again", operation_id="hear_again", tags=["me"]
)
def hear_again(request: HttpRequest, given: MuteIn) -> CountOut:
    actor, now = who(request)
    _own(actor)
    muting.hear_again(actor=actor, matter_id=id_of_ref(given.ref), now=now)
    return CountOut(count=1)


class StandingOut(Schema):
    role: str
    place_id: int | None
    place: str
    unit_id: int | None


class MeOut(Schema):
    """Who the call comes from, and what it may do where."""

    name: str
    person_id: int | None
    scopes: list[str] | None
    standings: list[StandingOut]


@router.get("/me", response={200: MeOut, **PROBLEMS}, summary="Who am I", operation_id="who_am_i", tags=["me"])
def me(request: HttpRequest) -> MeOut:
    actor, _now = who(request)
    _own(actor)
    places = {p.path: p for p in Place.objects.filter(path__in=[s.path for s in actor.standings])}
    return MeOut(
        name=actor.name,
        person_id=actor.person_id,
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        standings=[
            StandingOut(
                role=s.role,
                place_id=places[s.path].pk if s.path in places else None,
                place=places[s.path].name if s.path in places else "",
                unit_id=s.unit_id,
            )
            for s in actor.standings
        ],
    )


# --- promises and the calendar -------------------------------------------------------------------
class PromiseOut(Schema):
    id: int
    kind: str
    subject: str
    label: str
    amount: int
    unit: str
    category: str | None
    fast_lane: bool
    urgency: str
    grade: str
    place_id: int | None
    source: str


@router.get(
    "/promises", response={200: list[PromiseOut], **PROBLEMS}, summary="What is promised", operation_id="list_promises", tags=["promises"]
)
def list_promises(request: HttpRequest) -> list[PromiseOut]:
    """The rules in force; the most particular one that fits wins."""
    _actor, now = who(request)
    rows = (
        PromiseRule.objects.filter(starts_at__lte=now)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .select_related("category")
        .order_by("pk")[:1000]
    )
    return [
        PromiseOut(
            id=r.pk,
            kind=r.kind,
            subject=r.subject,
            label=str(r.get_subject_display()),
            amount=r.amount,
            unit=r.unit,
            category=r.category.code if r.category else None,
            fast_lane=r.fast_lane,
            urgency=r.urgency,
            grade=r.grade,
            place_id=r.place_id,
            source=r.source,
        )
        for r in rows
    ]


class DayOut(Schema):
    day: date
    working: bool


class DaysChosen(Input):
    """At most 400 days, both ends included."""

    since: date
    until: date


@router.get(
    "/work-calendar", response={200: list[DayOut], **PROBLEMS}, summary="Working days", operation_id="work_calendar", tags=["promises"]
)
def work_calendar(request: HttpRequest, chosen: Query[DaysChosen]) -> list[DayOut]:
    """Of the official calendar, with make-up workdays. A year nobody has entered is refused, never guessed."""
    days = (chosen.until - chosen.since).days
    if not 0 <= days <= 400:
        raise Refused("bad_span", _("请给出不超过 400 天的起止日期。"))
    known = calendar()
    try:
        return [DayOut(day=d, working=known.is_working_day(d)) for d in (chosen.since + timedelta(days=n) for n in range(days + 1))]
    except YearMissing as missing:
        raise NotFound("year_missing", _("还没有 %(year)s 年的工作日历。") % {"year": missing.year}) from None


# --- files ---------------------------------------------------------------------------------------
@router.post(
    "/files", response={201: FileOut, **PROBLEMS}, summary="Upload a picture or document", operation_id="upload_file", tags=["files"]
)
def upload(request: HttpRequest, photo: File[UploadedFile]) -> Status[FileOut]:
    """Pictures are encoded anew without metadata, documents (PDF, docx) kept as given. Name its id in `files` of what it belongs to."""
    actor, now = who(request)
    _own(actor)
    return Status(201, stored_out(store_paper(actor=actor, upload=photo, name=photo.name or "photo", now=now)))


@router.get("/files/{file_id}", response={200: None, **PROBLEMS}, summary="A file", operation_id="get_file", tags=["files"])
def get_file(request: HttpRequest, file_id: Number) -> HttpResponse:
    """The bytes, for whoever may read the request or motion it belongs to; a document (PDF, docx) as a download."""
    actor, _now = who(request)
    found = attachment_for(actor, file_id)
    file = (
        found.file if found else StoredFile.objects.filter(pk=file_id, added_by_id=actor.account_id).first() if actor.account_id else None
    )
    if file is None:
        raise NotFound("no_file", _("没有找到这个文件。"))
    return answer_for(request, file, found)
