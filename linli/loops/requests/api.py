"""
Requests in JSON: thin over actions and queries; what the page cannot do, this cannot either.

Every move of the workflow is one POST, made from the signature of its action: its parameters are the input, `version` is what the
caller last saw.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field, create_model

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Attachment, Category, Matter, Urgency, Visibility, WorkOrder
from linli.kernel.matters.queries import id_of_ref, matter_for, reread
from linli.kernel.matters.setting_actions import save_category
from linli.kernel.people.actions import register_person
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import ancestor_of_kind, place_at, place_by_id, place_in_force
from linli.law.packs import exclusions
from linli.loops.requests import rules
from linli.loops.requests.actions import dispatch, handling, intake, judging, whistle
from linli.loops.requests.queries import Filter, Row, Whole, category_tree, narrowed, request_page, rows_of, similar_nearby, whole_request
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["requests"])

Ref = Annotated[str, Field(pattern=r"^[Rr][1-9][0-9]{0,17}$", description="Reference of a request, such as R12.")]
Code: TypeAlias = Annotated[str, at_most(40, shortest=1)]
Moment = datetime
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


# --- shapes out ----------------------------------------------------------------------------------
class PlaceBrief(Schema):
    id: int
    kind: str
    name: str


class UnitBrief(Schema):
    id: int
    name: str
    kind: str


class RequestOut(Schema):
    """A request as this caller may read it; times are UTC, coordinates WGS-84."""

    ref: str
    title: str
    body: str
    state: str
    state_label: str
    stage: int
    is_open: bool
    category: str | None
    urgency: str
    visibility: str
    sort_of: str
    channel: str
    place: PlaceBrief
    where: str
    spot: str
    latitude: float | None
    longitude: float | None
    holder: UnitBrief | None
    raised_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    due_for: str
    late: bool
    updated_at: datetime
    me_too: int
    reopened: int
    merged_into: str | None
    version: int


class RequestPageOut(Schema):
    items: list[RequestOut]
    next_cursor: int | None


class FileOut(Schema):
    id: int
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    url: str


class EntryOut(Schema):
    seq: int
    at: datetime
    who: str
    verb: str
    label: str
    public: bool
    text: str
    files: list[FileOut]


class OrderOut(Schema):
    id: int
    unit: UnitBrief
    task: str
    lead: bool
    state: str
    opened_at: datetime
    reported_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    was_late: bool
    answer: str
    refusal: str


class ClockOut(Schema):
    subject: str
    amount: int
    unit: str
    source: str
    started_at: datetime
    due_at: datetime | None


class PauseOut(Schema):
    reason: str
    text: str
    from_at: datetime
    review_on: date | None


class LinkOut(Schema):
    kind: str
    source: str
    target: str


class RatingOut(Schema):
    round: int
    outcome: str
    answered: bool | None
    solved: bool | None
    satisfied: bool | None
    at: datetime


class SuggestionOut(Schema):
    field: str
    suggested: str
    confidence: int
    reason: list[Any]
    chosen: str


class MoveOut(Schema):
    verb: str
    label: str
    asks: list[str]
    url: str


class WholeOut(Schema):
    """One request with everything this caller may read of it, and what they may do now."""

    request: RequestOut
    inside: bool
    is_party: bool
    timeline: list[EntryOut]
    orders: list[OrderOut]
    clocks: list[ClockOut]
    pause: PauseOut | None
    links: list[LinkOut]
    ratings: list[RatingOut]
    suggestions: list[SuggestionOut]
    moves: list[MoveOut]


class SimilarOut(Schema):
    ref: str
    title: str
    where: str
    metres: int | None
    words: list[str]


class CategoryOut(Schema):
    code: str
    name: str
    parent: str | None
    urgency: str
    fast_lane: bool
    private: bool
    department: str
    external_codes: dict[str, str]


class RateOut(Schema):
    """`share` is null when fewer than five answers make it up."""

    name: str
    formula: str
    numerator: int
    denominator: int
    share: float | None


class FiguresOut(Schema):
    rates: list[RateOut]
    finished: int
    called_back: int
    unreachable: int
    not_asked: int
    suspended: int
    excluded: dict[str, int]
    open: int
    overdue: int


def utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def place_out(place: Place) -> PlaceBrief:
    return PlaceBrief(id=place.pk, kind=place.kind, name=place.name)


def unit_out(unit: Unit | None) -> UnitBrief | None:
    return UnitBrief(id=unit.pk, name=unit.name, kind=unit.kind) if unit else None


def request_out(matter: Matter, title: str, where: str, *, late: bool, inside: bool) -> RequestOut:
    state = rules.WORKFLOW.by_code[matter.state]
    return RequestOut.model_construct(
        ref=matter.ref,
        title=title,
        body=matter.body if inside else matter.public_body,
        state=matter.state,
        state_label=str(state.label),
        stage=matter.stage,
        is_open=matter.is_open,
        category=matter.category.code if matter.category else None,
        urgency=matter.urgency,
        visibility=matter.visibility,
        sort_of=matter.sort_of,
        channel=matter.channel,
        place=place_out(matter.place),
        where=where,
        spot=matter.spot,
        latitude=matter.latitude / 1_000_000 if matter.latitude is not None else None,
        longitude=matter.longitude / 1_000_000 if matter.longitude is not None else None,
        holder=unit_out(matter.holder),
        raised_at=utc(matter.raised_at),
        accepted_at=utc(matter.accepted_at),
        answered_at=utc(matter.answered_at),
        resolved_at=utc(matter.resolved_at),
        closed_at=utc(matter.closed_at),
        due_at=utc(matter.due_at),
        due_for=matter.due_for,
        late=late,
        updated_at=utc(matter.updated_at),
        me_too=matter.me_too,
        reopened=matter.reopened,
        merged_into=f"{rules.WORKFLOW.prefix}{matter.merged_into_id}" if matter.merged_into_id else None,
        version=matter.version,
    )


def row_out(row: Row) -> RequestOut:
    return request_out(row.matter, row.title, row.where, late=row.late, inside=row.title != row.matter.public_title)


def one_out(actor: Actor, matter: Matter, now: datetime) -> RequestOut:
    """A request after an act on it."""
    return row_out(rows_of(actor, [matter], now)[0])


def file_out(attachment: Attachment) -> FileOut:
    return stored_out(attachment.file)


def stored_out(file: StoredFile) -> FileOut:
    return FileOut.model_construct(
        id=file.pk,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        width=file.width,
        height=file.height,
        url=f"/api/v1/files/{file.pk}",
    )


def whole_out(whole: Whole, now: datetime) -> WholeOut:
    matter = whole.matter
    labels = {m.verb: str(m.label) for m in rules.MOVES}
    return WholeOut.model_construct(
        request=request_out(
            matter,
            matter.title if whole.inside else matter.public_title,
            whole.where,
            late=bool(matter.due_at and matter.due_at < now),
            inside=whole.inside,
        ),
        inside=whole.inside,
        is_party=whole.is_party,
        timeline=[
            EntryOut.model_construct(
                seq=line.entry.seq,
                at=utc(line.entry.at),
                who=line.entry.who,
                verb=line.entry.verb,
                label=labels.get(line.entry.verb, line.entry.verb),
                public=line.entry.public,
                text=line.text,
                files=[file_out(f) for f in line.files],
            )
            for line in whole.lines
        ],
        orders=[order_out(order, inside=whole.inside) for order in whole.orders],
        clocks=[
            ClockOut.model_construct(
                subject=line.clock.subject,
                amount=line.clock.amount,
                unit=line.clock.unit,
                source=line.clock.source,
                started_at=utc(line.clock.started_at),
                due_at=utc(line.clock.due_at),
            )
            for line in whole.clocks
        ],
        pause=PauseOut(reason=whole.pause.reason, text=whole.pause.text, from_at=whole.pause.from_at, review_on=whole.pause.review_on)
        if whole.pause
        else None,
        links=[LinkOut(kind=tie.kind, source=tie.source.ref, target=tie.target.ref) for tie in whole.links],
        ratings=[
            RatingOut(
                round=r.round, outcome=r.outcome, answered=r.answered, solved=r.solved, satisfied=r.satisfied, at=r.at.astimezone(UTC)
            )
            for r in whole.ratings
        ],
        suggestions=[
            SuggestionOut(field=s.field, suggested=s.suggested, confidence=s.confidence, reason=s.reason, chosen=s.chosen)
            for s in whole.suggestions
        ],
        moves=[
            MoveOut(verb=m.verb, label=str(m.label), asks=list(m.asks), url=f"/api/v1/requests/{matter.ref}/{m.verb.replace('_', '-')}")
            for m in whole.moves
        ],
    )


def order_out(order: WorkOrder, *, inside: bool) -> OrderOut:
    return OrderOut.model_construct(
        id=order.pk,
        unit=unit_out(order.unit),
        task=order.task,
        lead=order.lead,
        state=order.state,
        opened_at=utc(order.opened_at),
        reported_at=utc(order.reported_at),
        due_at=utc(order.due_at),
        closed_at=utc(order.closed_at),
        was_late=order.was_late,
        answer=order.answer if inside else "",
        refusal=order.refusal if inside else "",
    )


# --- shapes in -----------------------------------------------------------------------------------
StateOrGroup = Literal[
    "open",
    "closed",
    "overdue",
    "raised",
    "accepted",
    "dispatched",
    "whistled",
    "in_progress",
    "waiting",
    "suspended",
    "resolved",
    "declined",
    "withdrawn",
    "merged",
]


class Chosen(Input):
    """What a list is narrowed to; nothing means all."""

    place_id: Id | None = None
    category: Code | None = None
    unit_id: Id | None = None
    status: StateOrGroup | None = None
    text: Annotated[str, at_most(100)] = ""
    since: datetime | None = None
    until: datetime | None = None
    channel: Literal["web", "phone", "counter", "patrol", "paper", "api", "open311", "import"] | None = None
    mine: bool = False

    def as_filter(self) -> Filter:
        return Filter(
            place=place_by_id(self.place_id) if self.place_id else None,
            category=category_of(self.category) if self.category else None,
            unit_id=self.unit_id,
            status=self.status or "",
            text=self.text,
            since=aware(self.since, "since"),
            until=aware(self.until, "until"),
            channel=self.channel or "",
            mine=self.mine,
        )


class Listed(Chosen):
    cursor: Cursor | None = None
    limit: Limit = 20


def aware(moment: datetime | None, field: str) -> datetime | None:
    """A time that says its zone. Raises Invalid for one that does not, or that the calendar cannot hold."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise Invalid("needs_zone", _("时间要写明时区，例如 2026-11-22T08:00:00+08:00。"), fields={field: [_("请写明时区。")]})
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("bad_time", _("时间超出范围。"), fields={field: [_("请核对时间。")]}) from None


class RaiseIn(Input):
    """Where: `place_id`, or a point that lies in a drawn place (`datum` gcj02 for coordinates from Chinese maps)."""

    title: Annotated[str, at_most(80, shortest=1)]
    body: Annotated[str, at_most(4000)] = ""
    place_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    spot: Annotated[str, at_most(120)] = ""
    category: Code | None = None
    visibility: Literal["public", "neighbours", "private"] = "public"
    urgency: Literal["ordinary", "urgent", "emergency"] | None = None
    sort_of: Annotated[str, at_most(12)] = ""
    files: Annotated[list[Id], Field(max_length=9)] = []
    external_id: Annotated[str, at_most(64)] = ""


class RaiseForIn(RaiseIn):
    """Recorded for somebody: a person on the roster by id, or by name and phone."""

    channel: Literal["phone", "counter", "patrol", "paper"]
    person_id: Id | None = None
    person_name: Annotated[str, at_most(60)] = ""
    person_phone: Annotated[str, at_most(20)] = ""


def category_of(code: str) -> Category:
    """Raises Invalid for a code that is not in force."""
    found = Category.objects.filter(code=code, active=True).first()
    if found is None:
        raise Invalid("unknown_category", _("没有这个类别。"), fields={"category": [_("请从类别表中选择。")]})
    return found


def unit_of(unit_id: int) -> Unit:
    found = Unit.objects.filter(pk=unit_id).first()
    if found is None:
        raise Invalid("unknown_unit", _("没有这个单位。"), fields={"unit": [_("请从单位表中选择。")]})
    return found


def files_of(actor: Actor, ids: Sequence[int]) -> tuple[StoredFile, ...]:
    """Files the actor uploaded before, in the order named. Raises Invalid for others."""
    if not ids:
        return ()
    found = StoredFile.objects.filter(added_by_id=actor.account_id).in_bulk(list(ids)) if actor.account_id else {}
    if any(i not in found for i in ids):
        raise Invalid("unknown_file", _("没有找到这个文件，请先上传。"), fields={"files": [_("请先上传文件，再填它的编号。")]})
    return tuple(found[i] for i in dict.fromkeys(ids))


def where_of(given: RaiseIn) -> tuple[Place, tuple[float, float] | None]:
    """The place and the exact point, if one was given. Raises Invalid when neither leads anywhere."""
    point = None
    if given.latitude is not None and given.longitude is not None:
        point = wgs84(given.latitude, given.longitude, given.datum)
    if given.place_id:
        place = place_in_force(given.place_id)
        if place is None:
            raise Invalid("unknown_place", _("没有找到这个地点。"), fields={"place_id": [_("请从地点树中选择。")]})
        return place, point
    spot = place_at(*point) if point else None
    if spot is None:
        raise Invalid("no_place", _("请选择地点，或给出落在已画范围内的坐标。"), fields={"place_id": [_("请选择地点。")]})
    return spot.place, point


def wgs84(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    from linli.lib.geo import wgs84_from_gcj02

    return wgs84_from_gcj02(latitude, longitude) if datum == "gcj02" else (latitude, longitude)


def raise_fields(actor: Actor, given: RaiseIn) -> dict[str, Any]:
    place, point = where_of(given)
    return {
        "title": given.title,
        "body": given.body,
        "place": place,
        "point": point,
        "spot": given.spot,
        "category": category_of(given.category) if given.category else None,
        "visibility": given.visibility,
        "urgency": given.urgency or "",
        "sort_of": given.sort_of,
        "files": files_of(actor, given.files),
        "external_id": given.external_id,
    }


# --- reading -------------------------------------------------------------------------------------
def who(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and when."""
    return request.actor, request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


@router.get("/requests", response={200: RequestPageOut, **PROBLEMS}, summary="List requests", operation_id="list_requests")
def list_requests(request: HttpRequest, chosen: Query[Listed]) -> RequestPageOut:
    """Newest first. Follow `next_cursor` until it is null."""
    actor, now = who(request)
    page = request_page(actor, chosen.as_filter(), now, before=chosen.cursor, limit=chosen.limit)
    return RequestPageOut.model_construct(items=[row_out(r) for r in page.rows], next_cursor=page.next_before)


class LikeThis(Input):
    text: Annotated[str, at_most(200, shortest=2)]
    place_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


@router.get(
    "/requests/similar",
    response={200: list[SimilarOut], **PROBLEMS},
    summary="Similar open requests nearby",
    operation_id="similar_requests",
)
def similar(request: HttpRequest, like: Query[LikeThis]) -> list[SimilarOut]:
    actor, now = who(request)
    point = (like.latitude, like.longitude) if like.latitude is not None and like.longitude is not None else None
    place = place_by_id(like.place_id) if like.place_id else None
    return [
        SimilarOut(ref=s.matter.ref, title=s.matter.public_title, where=s.where, metres=s.metres, words=list(s.words))
        for s in similar_nearby(actor, like.text, place, point, now)
    ]


def requested(actor: Actor, ref: str) -> Matter:
    matter = matter_for(actor, id_of_ref(ref))
    if matter.kind != rules.KIND:
        raise NotFound("no_matter", _("没有编号为 %(ref)s 的事项。") % {"ref": ref})
    return matter


@router.get("/categories", response={200: list[CategoryOut], **PROBLEMS}, summary="Categories", operation_id="list_categories")
def list_categories(request: HttpRequest) -> list[CategoryOut]:
    """Tops, each followed by its leaves."""
    return [category_out(c, top if c is not top else None) for top, leaves in category_tree() for c in (top, *leaves)]


def category_out(category: Category, parent: Category | None) -> CategoryOut:
    return CategoryOut(
        code=category.code,
        name=category.name,
        parent=parent.code if parent else None,
        urgency=category.urgency,
        fast_lane=category.fast_lane,
        private=category.private,
        department=category.department,
        external_codes={str(k): str(v) for k, v in category.external_codes.items()},
    )


class CategoryIn(Input):
    """`external_codes` maps a foreign table's name to its code; under `open311` stands the service code other systems know."""

    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$")]
    name_zh: Annotated[str, at_most(40, shortest=1)]
    name_en: Annotated[str, at_most(60)] = ""
    parent: Annotated[str, at_most(40)] = ""
    department: Annotated[str, at_most(40)] = ""
    private: bool = False
    external_codes: Annotated[dict[str, Annotated[str, at_most(60)]], Field(max_length=20)] = {}


@router.post("/categories", response={201: CategoryOut, **PROBLEMS}, summary="Add a category", operation_id="add_category")
def add_category(request: HttpRequest, given: CategoryIn) -> Status[CategoryOut]:
    actor, now = who(request)
    parent = category_of(given.parent) if given.parent else None
    fields = given.model_dump(exclude={"parent"})
    return Status(201, category_out(save_category(actor=actor, now=now, parent=parent, **fields), parent))


FORMULAS = {
    "answered": "said yes to 'was I answered' / answered that question",
    "solved": "said yes to 'is it solved' / answered that question",
    "satisfied": "said yes to 'am I satisfied' / answered that question",
}


def _own_area(actor: Actor) -> int | None:
    """The widest place whose figures the actor may read; None for somebody who may read all, or none."""
    paths = sorted((s.path for _reach, s in table.reach_of(actor, "figures.read")), key=len)
    return Place.objects.filter(path=paths[0]).values_list("pk", flat=True).first() if paths and paths[0] else None


class FigureChosen(Input):
    """Without a place: the caller's own area."""

    place_id: Id | None = None
    category: Code | None = None
    unit_id: Id | None = None
    since: datetime | None = None
    until: datetime | None = None


@router.get("/figures", response={200: FiguresOut, **PROBLEMS}, summary="The three rates", operation_id="get_figures", tags=["figures"])
def get_figures(request: HttpRequest, chosen: Query[FigureChosen]) -> FiguresOut:
    """Answered, solved, satisfied: numerator, denominator and what was left out, with the reason counted."""
    actor, now = who(request)
    narrowed_to = Chosen(
        place_id=chosen.place_id or _own_area(actor),
        category=chosen.category,
        unit_id=chosen.unit_id,
        since=chosen.since,
        until=chosen.until,
    ).as_filter()
    table.require(actor, "figures.read", narrowed_to.place.path if narrowed_to.place else "")
    found = narrowed(actor, narrowed_to, now)
    judged = found.filter(state__in=("resolved", "closed", "declined", "suspended")).values_list(
        "rated_answered", "rated_solved", "rated_satisfied", "called_back", "excluded", "state"
    )
    counted = rules.rates(
        rules.Judged(a, s, t, reached, excluded, state == "suspended") for a, s, t, reached, excluded, state in judged.iterator()
    )
    open_ones = found.filter(is_open=True)
    return FiguresOut(
        rates=[
            RateOut(
                name=r.name,
                formula=FORMULAS[r.name],
                numerator=r.numerator,
                denominator=r.denominator,
                share=float(r.share) if r.share is not None else None,
            )
            for r in (counted.answered, counted.solved, counted.satisfied)
        ],
        finished=counted.finished,
        called_back=counted.called_back,
        unreachable=counted.unreachable,
        not_asked=counted.not_asked,
        suspended=counted.suspended,
        excluded=counted.excluded,
        open=open_ones.count(),
        overdue=open_ones.filter(due_at__lt=now).count(),
    )


# --- raising -------------------------------------------------------------------------------------
def created(response: HttpResponse, matter: Matter) -> None:
    response.headers["Location"] = f"/api/v1/requests/{matter.ref}"


@router.post("/requests", response={201: RequestOut, **PROBLEMS}, summary="Raise a request", operation_id="raise_request")
def raise_request(request: HttpRequest, response: HttpResponse, given: RaiseIn) -> Status[RequestOut]:
    """`external_id` makes sending it again harmless, for ever; `Idempotency-Key` does so for a day."""
    actor, now = who(request)
    matter = intake.raise_request(actor=actor, now=now, **raise_fields(actor, given))
    created(response, matter)
    return Status(201, one_out(actor, matter, now))


@router.post(
    "/requests/on-behalf", response={201: RequestOut, **PROBLEMS}, summary="Record a request for somebody", operation_id="raise_on_behalf"
)
def raise_on_behalf(request: HttpRequest, response: HttpResponse, given: RaiseForIn) -> Status[RequestOut]:
    actor, now = who(request)
    fields = raise_fields(actor, given)
    person = None
    if given.person_id:
        person = person_in_reach(actor, given.person_id)
    elif given.person_name:
        person, _new = register_person(
            actor=actor,
            name=given.person_name,
            phone=given.person_phone,
            now=now,
            home_place=ancestor_of_kind(fields["place"], Kind.COMMUNITY) or fields["place"],
        )
    matter = intake.raise_request(actor=actor, now=now, channel=given.channel, raised_for=person, **fields)
    created(response, matter)
    return Status(201, one_out(actor, matter, now))


# Stands below the other addresses under /requests/, which would otherwise be taken for references.
@router.get("/requests/{ref}", response={200: WholeOut, **PROBLEMS}, summary="One request, whole", operation_id="get_request")
def get_request(request: HttpRequest, ref: Path[Ref]) -> WholeOut:
    """With timeline, work orders, running promises, and the moves open to the caller."""
    actor, now = who(request)
    return whole_out(whole_request(actor, requested(actor, ref), now), now)


# --- moves ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Verb:
    """One way to move a request: its action, and how its parameters are called in JSON."""

    name: str
    act: Callable[..., Any]
    subject: str = "matter_id"


def _exclude(*, actor: Actor, matter_id: int, now: datetime, lawful_class: str, reply: str) -> Matter:
    """Take a request out of the rates for one of the lawful classes, with the reply given to the person."""
    return matters.exclude(
        actor=actor, matter_id=matter_id, lawful_class=lawful_class, reply=reply, now=now, classes=frozenset(e.code for e in exclusions())
    ).matter


def _merge(*, actor: Actor, source_id: int, target: Ref, now: datetime, text: str = "") -> Matter:
    """Merge this request into another; its parties are told there and may rate there."""
    return matters.merge(actor=actor, source_id=source_id, target_id=id_of_ref(target), now=now, text=text)


def _link(*, actor: Actor, source_id: int, target: Ref, kind: str, now: datetime) -> Matter:
    """Tie this request to another: caused_by, part_of, duplicate_of or repeats."""
    return matters.link(actor=actor, source_id=source_id, target_id=id_of_ref(target), kind=kind, now=now).source


VERBS: tuple[Verb, ...] = (
    Verb("accept", dispatch.accept),
    Verb("decline", dispatch.decline),
    Verb("recategorise", dispatch.recategorise),
    Verb("dispatch", dispatch.dispatch),
    Verb("redispatch", dispatch.redispatch),
    Verb("object", dispatch.object_to_dispatch),
    Verb("whistle", whistle.whistle),
    Verb("report_in", whistle.report_in),
    Verb("refuse_whistle", whistle.refuse_whistle),
    Verb("answer_whistle", whistle.answer_whistle),
    Verb("conclude_whistle", whistle.conclude_whistle),
    Verb("score_whistle", whistle.score_whistle),
    Verb("start", handling.start),
    Verb("answer", handling.answer),
    Verb("ask", handling.ask),
    Verb("add", handling.add),
    Verb("suspend", handling.suspend),
    Verb("resume", handling.resume),
    Verb("resolve", handling.resolve),
    Verb("note", handling.note),
    Verb("supervise", handling.supervise),
    Verb("retell", handling.retell),
    Verb("withdraw", handling.withdraw),
    Verb("rate", judging.rate),
    Verb("record_rating", judging.record_rating),
    Verb("record_unreachable", judging.record_unreachable),
    Verb("close", judging.close),
    Verb("reopen", judging.reopen),
    Verb("me_too", matters.add_me_too),
    Verb("exclude", _exclude),
    Verb("merge", _merge, "source_id"),
    Verb("unmerge", matters.unmerge, "source_id"),
    Verb("link", _link, "source_id"),
)

# What an action takes -> what JSON says for it, and how to get from one to the other.
_TYPES: dict[Any, tuple[Any, Callable[[Actor, Any], Any]]] = {
    str: (Annotated[str, at_most(4000)], lambda actor, value: value),
    Ref: (Ref, lambda actor, value: value),
    Category: (Code, lambda actor, value: category_of(value)),
    Unit: (Id, lambda actor, value: unit_of(value)),
    Sequence[Unit]: (Annotated[list[Id], Field(max_length=30)], lambda actor, value: [unit_of(i) for i in value]),
    Sequence[StoredFile]: (Annotated[list[Id], Field(max_length=9)], files_of),
    Mapping[int, int]: (
        Annotated[
            dict[Annotated[str, Field(pattern="^[1-9][0-9]{0,17}$")], Annotated[int, Field(ge=1, le=5)]],
            Field(max_length=100, json_schema_extra={"additionalProperties": False}),
        ],
        lambda actor, value: {int(k): v for k, v in value.items()},
    ),
    date: (date, lambda actor, value: value),
}
_OPTIONAL = {
    bool | None: (bool | None, lambda actor, value: value),
    Category | None: (Code | None, lambda actor, value: category_of(value) if value else None),
}
_NARROWED = {"visibility": ["", *Visibility.values], "urgency": ["", *Urgency.values]}
_OURS = {"actor", "matter_id", "source_id", "now", "seen"}


def input_of(verb: Verb) -> tuple[type[Input], dict[str, Callable[[Actor, Any], Any]]]:
    """The input schema of a verb, from its action's parameters; and for each field the way from JSON to what the action takes."""
    hints = get_type_hints(verb.act, include_extras=True)
    fields: dict[str, Any] = {}
    readers: dict[str, Callable[[Actor, Any], Any]] = {}
    for name, parameter in inspect.signature(verb.act).parameters.items():
        if name in _OURS:
            continue
        kind, reader = _OPTIONAL.get(hints[name]) or _TYPES[hints[name]]
        if name in _NARROWED:
            chosen: Any = {"enum": _NARROWED[name]}
            kind = Annotated[str, Field(json_schema_extra=chosen, max_length=12)]
        default = parameter.default
        fields[name] = (kind, ... if default is inspect.Parameter.empty else [] if default == () else default)
        readers[name] = reader
    if "seen" in inspect.signature(verb.act).parameters:
        fields["version"] = (Annotated[int, Field(ge=1, le=2_147_483_647)] | None, None)
    words = "".join(part.title() for part in verb.name.split("_"))
    return create_model(f"{words}In", __base__=Input, **fields), readers


def _publish(verb: Verb) -> None:
    """One POST for a verb."""
    shape, readers = input_of(verb)
    takes_version = "version" in shape.model_fields

    def act(request: HttpRequest, ref: Ref, given: Any) -> RequestOut:
        actor, now = who(request)
        matter = requested(actor, ref)
        values = {name: reader(actor, getattr(given, name)) for name, reader in readers.items()}
        if takes_version:
            values["seen"] = given.version
        verb.act(actor=actor, now=now, **{verb.subject: matter.pk}, **values)
        return one_out(actor, reread(matter), now)

    act.__annotations__ = {"request": HttpRequest, "ref": Path[Ref], "given": shape, "return": RequestOut}
    act.__doc__ = inspect.getdoc(verb.act)
    move = rules.WORKFLOW.by_verb.get(verb.name)
    summary = verb.name.replace("_", " ").capitalize() + (f" ({', '.join(move.sources)})" if move and len(move.sources) < 6 else "")
    path = "/requests/{ref}/" + verb.name.replace("_", "-")
    router.post(path, response={200: RequestOut, **PROBLEMS}, summary=summary, operation_id=f"request_{verb.name}", tags=["moves"])(act)


for _verb in VERBS:
    _publish(_verb)
