"""What the API says of requests: the shapes, and how they are made from what the queries found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from ninja import Schema

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Attachment, Matter, WorkOrder
from linli.kernel.places.models import Place
from linli.loops.requests import rules
from linli.loops.requests.queries import Row, Whole, rows_of


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
    grade: str
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
    sure: bool
    others: list[Any]
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
    usually_complex: bool
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


class TookOut(Schema):
    """Exact median and 90th percentile over `count` requests, in whole minutes; null of nothing."""

    count: int
    median_minutes: int | None
    p90_minutes: int | None


class PromiseKeptOut(Schema):
    """How often a promise was met in the period, and how often too late."""

    subject: str
    met: int
    late: int


class FigureLineOut(Schema):
    """The figures of one place, category or unit; `id` is null for requests without one."""

    id: int | None
    name: str
    raised: int
    finished: int
    asked: int
    unreachable: int
    late: int
    reopened: int
    rates: list[RateOut]


class FiguresOut(Schema):
    """
    Over `since` to before `until`; `open` and `overdue` as of now. `repeated` is the share of requests that a worker tied to an earlier,
    resolved one of the same household.
    """

    since: datetime
    until: datetime
    rates: list[RateOut]
    repeated: RateOut
    raised: int
    resolved: int
    reopened: int
    finished: int
    called_back: int
    unreachable: int
    not_asked: int
    suspended: int
    excluded: dict[str, int]
    first_answer: TookOut
    resolve: TookOut
    promises: list[PromiseKeptOut]
    lines: list[FigureLineOut]
    open: int
    overdue: int


FORMULAS: Final = {
    "answered": "said yes to 'was I answered' / answered that question",
    "solved": "said yes to 'is it solved' / answered that question",
    "satisfied": "said yes to 'am I satisfied' / answered that question",
    "repeated": "tied by a worker to an earlier, resolved request of the same household / raised",
}


def rate_out(rate: rules.Rate) -> RateOut:
    share = float(rate.share) if rate.share is not None else None
    return RateOut(name=rate.name, formula=FORMULAS[rate.name], numerator=rate.numerator, denominator=rate.denominator, share=share)


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
        grade=matter.grade,
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
            SuggestionOut(
                field=s.field,
                suggested=s.suggested,
                confidence=s.confidence,
                reason=s.reason,
                sure=s.sure,
                others=s.others,
                chosen=s.chosen,
            )
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
