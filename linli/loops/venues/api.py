"""
Venues in JSON: thin over actions and queries. Areas are in 0.01 m², money in fen, hours in minutes from midnight, Monday first.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access.actor import Actor
from linli.kernel.places.queries import place_by_id
from linli.law.venues import Standard, items
from linli.lib.geo import wgs84_from_gcj02
from linli.loops.venues import hours, rules, wording
from linli.loops.venues.actions import keeping, opening, promising, rating
from linli.loops.venues.actions.keeping import Given
from linli.loops.venues.models import Opening, Venue
from linli.loops.venues.queries import Wanted, cases_of, log_of, near_from, public_venues, venue_for
from linli.loops.venues.standing import Stand, own_in_force, stand_of, standards_at, today_of, tongue
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["venues"])

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Minute = Annotated[int, Field(ge=0, le=1440)]
Day = Annotated[list[Annotated[list[Minute], Field(min_length=2, max_length=2)]], Field(max_length=12)]
Words = Annotated[str, at_most(600)]


# --- shapes out --------------------------------------------------------------------------------------------------------------
class OpenNowOut(Schema):
    """`by`: "log" when somebody logged it, "hours" when only the promise says so, "" when nothing is promised."""

    open: bool
    by: str
    until: datetime | None
    next_at: datetime | None


class VenueOut(Schema):
    id: int
    ref: str
    name: str
    place: int
    place_name: str
    address: str
    phone: str
    state: str
    latitude: float | None
    longitude: float | None
    metres: int | None
    now: OpenNowOut
    week: list[list[list[int]]] | None


class VenuePageOut(Schema):
    items: list[VenueOut]
    next_cursor: int | None


class FindingOut(Schema):
    """One standard: `have`, `need`, `short` and `over` are exact ("25/2") in `unit`; empty where nothing is counted."""

    standard: str
    group: str
    name: str
    state: str
    unit: str
    have: str
    need: str
    short: str
    over: str
    why: str
    takes: str
    cites: list[str]
    confidence: str


class YearOut(Schema):
    """`share` is exact; null without an answer."""

    year: int
    satisfied: int
    answers: int
    share: str | None


class ExceptionOut(Schema):
    day: date
    spans: list[list[int]]


class WholeVenueOut(VenueOut):
    about: str
    area: int | None
    area_per_household: str | None
    households: int | None
    households_counted: bool
    seats: int | None
    traits: list[str]
    has: dict[str, bool]
    functions: list[str] | None
    staff: dict[str, int]
    cost_fen: int | None
    cost_year: int | None
    exceptions: list[ExceptionOut]
    findings: list[FindingOut]
    years: list[YearOut]
    exit_cases: list[str]
    version: int


class OpeningOut(Schema):
    id: int
    opened_at: datetime
    closed_at: datetime | None
    source: str
    note: str
    struck: bool


class VenueStandardOut(Schema):
    code: str
    group: str
    measure: str
    op: str
    name: str
    value: str
    most: str | None
    unit: str
    item: str
    households_from: int | None
    households_to: int | None
    types: list[str]
    cites: list[str]
    confidence: str


# --- shapes in ---------------------------------------------------------------------------------------------------------------
class VenuesChosen(Schema):
    place: Id | None = None
    q: Annotated[str, at_most(80)] = ""
    open_now: bool = False
    accessible: bool = False
    evening: bool = False
    weekend: bool = False
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    datum: Annotated[str, Field(pattern="^(wgs84|gcj02)$")] = "wgs84"
    cursor: Cursor | None = None
    limit: Limit = 30


class VenueIn(Input):
    place: Id
    name: Annotated[str, at_most(60, shortest=1)]
    address: Annotated[str, at_most(120)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    datum: Annotated[str, Field(pattern="^(wgs84|gcj02)$")] = "wgs84"
    phone: Annotated[str, at_most(20)] = ""
    about: Words = ""
    area: Annotated[int, Field(ge=1, le=keeping.LARGEST_AREA)] | None = None
    seats: Count | None = None
    households: Count | None = None
    traits: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=10)] = []
    has: Annotated[dict[Annotated[str, at_most(40)], bool], Field(max_length=100)] = {}
    functions: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=20)] | None = None
    staff: Annotated[dict[Annotated[str, at_most(40)], Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=20)] = {}
    cost_fen: Annotated[int, Field(ge=0, le=keeping.LARGEST_FEN)] | None = None
    cost_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    state: Annotated[str, at_most(10)] = "in_use"
    opened_on: date | None = None


class VenueChangeIn(VenueIn):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class HoursIn(Input):
    week: Annotated[list[Day], Field(min_length=7, max_length=7)]
    starts_on: date


class DayIn(Input):
    day: date
    spans: Day = []
    reason: Annotated[str, at_most(80, shortest=1)]


class DropDayIn(Input):
    day: date


class ShutIn(Input):
    at: AwareDatetime | None = None


class LogIn(Input):
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    note: Annotated[str, at_most(120)] = ""


class StrikeIn(Input):
    reason: Annotated[str, at_most(120, shortest=1)]


class VisitRatingIn(Input):
    choice: Annotated[str, at_most(9)]
    comment: Annotated[str, at_most(200)] = ""


class PaperFormsIn(Input):
    day: date
    counts: Annotated[dict[Annotated[str, at_most(9)], Annotated[int, Field(ge=0, le=rating.MOST_FORMS)]], Field(max_length=3)]
    batch: Annotated[str, at_most(40)] = ""
    comment: Annotated[str, at_most(200)] = ""


class CloseVenueIn(Input):
    reason: Annotated[str, at_most(200, shortest=1)]


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(venue: Venue, promise: hours.Promise, now: hours.Standing, today: date, metres: int | None = None) -> dict[str, Any]:
    point, week = venue.point, promise.week_on(today)
    same = ("name", "address", "phone", "state")
    return {
        "id": venue.pk,
        "ref": venue.ref,
        **{name: getattr(venue, name) for name in same},
        "place": venue.place_id,
        "place_name": venue.place.name,
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "metres": metres,
        "now": {"open": now.open, "by": now.by, "until": now.until, "next_at": now.next_at},
        "week": None if week is None else [[list(span) for span in day] for day in week],
    }


def finding(f: rules.Finding) -> dict[str, Any]:
    counted = f.have is not None
    return {
        "standard": f.standard.code,
        "group": f.standard.group,
        "name": f.standard.name(tongue()),
        "state": f.state,
        "unit": f.standard.unit,
        "have": str(f.have) if counted else "",
        "need": str(f.need) if f.need is not None else "",
        "short": str(f.short) if counted else "",
        "over": str(f.over) if counted else "",
        "why": f.why,
        "takes": wording.take(f),
        "cites": list(f.standard.cites),
        "confidence": f.standard.confidence,
    }


def whole(venue: Venue, stand: Stand, now: datetime) -> dict[str, Any]:
    f = stand.facts
    same = ("about", "area", "seats", "traits", "has", "functions", "staff", "cost_fen", "cost_year", "version")
    return {
        **brief(venue, stand.promise, stand.now, today_of(now)),
        **{name: getattr(venue, name) for name in same},
        "area_per_household": str(Fraction(f.area, 100 * f.households)) if f.area is not None and f.households else None,
        "households": f.households,
        "households_counted": stand.counted,
        "exceptions": [{"day": on, "spans": [list(s) for s in spans]} for on, spans in sorted(stand.promise.exceptions.items())],
        "findings": [finding(one) for one in stand.findings],
        "years": [
            {"year": n, "satisfied": y.satisfied, "answers": y.answers, "share": None if y.share is None else str(y.share)}
            for n, y in stand.years
        ],
        "exit_cases": [c.matter.ref for c in cases_of(venue)],
    }


def told(actor: Actor, venue_id: int, now: datetime) -> dict[str, Any]:
    venue = venue_for(actor, venue_id, now)
    return whole(venue, stand_of(venue, now), now)


def given_from(sent: VenueIn) -> Given:
    values = sent.dict(exclude={"version", "latitude", "longitude", "datum", "place"})
    point = None if sent.latitude is None or sent.longitude is None else (sent.latitude, sent.longitude)
    if point is not None and sent.datum == "gcj02":
        point = wgs84_from_gcj02(*point)
    return Given(**values, place=place_by_id(sent.place), point=point)


# --- reading -----------------------------------------------------------------------------------------------------------------
@router.get("/venues", response={200: VenuePageOut, **PROBLEMS}, summary="Venues", operation_id="list_venues")
def list_venues(request: HttpRequest, chosen: Query[VenuesChosen]) -> Any:
    """Venues in use. With a point the nearest ones, nearest first, on one page."""
    _actor, now = who(request)
    point = chosen.latitude is not None and chosen.longitude is not None
    wanted = Wanted(
        q=chosen.q,
        place=place_by_id(chosen.place) if chosen.place else None,
        open_now=chosen.open_now,
        access=chosen.accessible,
        evening=chosen.evening,
        weekend=chosen.weekend,
        near=near_from(str(chosen.latitude), str(chosen.longitude), chosen.datum) if point else None,
    )
    found = public_venues(wanted, now, after=chosen.cursor or 0, limit=chosen.limit)
    today = today_of(now)
    return {"items": [brief(o.venue, o.promise, o.now, today, o.metres) for o in found.rows], "next_cursor": found.next_after}


@router.get("/venues/{venue_id}", response={200: WholeVenueOut, **PROBLEMS}, summary="One venue", operation_id="get_venue")
def get_venue(request: HttpRequest, venue_id: Path[Id]) -> Any:
    """With every standard: met, missed, not known or not applying, by how much, and what it would take."""
    actor, now = who(request)
    return told(actor, venue_id, now)


@router.get(
    "/venue-standards",
    response={200: list[VenueStandardOut], **PROBLEMS},
    summary="Standards of venues",
    operation_id="list_venue_standards",
)
def list_standards(request: HttpRequest, place: Query[Id | None] = None) -> Any:
    """Those in force today at a place; without one, everywhere."""
    _actor, now = who(request)
    path = place_by_id(place).path if place else ""
    return [_standard(s) for s in standards_at(path, own_in_force(today_of(now)))]


def _standard(s: Standard) -> dict[str, Any]:
    same = ("code", "group", "measure", "op", "item", "unit", "households_from", "households_to", "confidence")
    return {
        **{name: getattr(s, name) for name in same},
        "name": s.name(tongue()),
        "value": str(s.value),
        "most": None if s.most is None else str(s.most),
        "types": list(s.types),
        "cites": list(s.cites),
    }


@router.get("/venue-items", response={200: dict[str, Any], **PROBLEMS}, summary="What a venue may have", operation_id="list_venue_items")
def list_items(request: HttpRequest) -> Any:
    """Codes of zones, equipment, features and functions, with their names."""
    return {i.code: {"kind": i.kind, "name": i.name(tongue()), "access": i.access} for i in items().values()}


@router.get("/venues/{venue_id}/openings", response={200: list[OpeningOut], **PROBLEMS}, summary="The log", operation_id="venue_openings")
def list_openings(request: HttpRequest, venue_id: Path[Id]) -> Any:
    """The newest openings, for those who work here."""
    actor, now = who(request)
    return [_opening(o) for o in log_of(venue_for(actor, venue_id, now, "venue.read"), now)]


def _opening(o: Opening) -> dict[str, Any]:
    same = ("opened_at", "closed_at", "source", "note")
    return {"id": o.pk, **{name: getattr(o, name) for name in same}, "struck": o.struck_at is not None}


# --- the register ------------------------------------------------------------------------------------------------------------
@router.post("/venues", response={201: WholeVenueOut, **PROBLEMS}, summary="Enter a venue", operation_id="add_venue")
def add_venue(request: HttpRequest, given: VenueIn) -> Any:
    actor, now = who(request)
    venue = keeping.add_venue(actor=actor, given=given_from(given), now=now)
    return Status(201, told(actor, venue.pk, now))


@router.post("/venues/{venue_id}", response={200: WholeVenueOut, **PROBLEMS}, summary="Change a venue", operation_id="change_venue")
def change_venue(request: HttpRequest, venue_id: Path[Id], given: VenueChangeIn) -> Any:
    """What is not sent is emptied: send the whole venue as it should stand."""
    actor, now = who(request)
    keeping.change_venue(actor=actor, venue_id=venue_id, given=given_from(given), now=now, seen=given.version)
    return told(actor, venue_id, now)


@router.post(
    "/venues/{venue_id}/close", response={200: WholeVenueOut, **PROBLEMS}, summary="Close a venue for good", operation_id="close_venue"
)
def close_venue(request: HttpRequest, venue_id: Path[Id], given: CloseVenueIn) -> Any:
    actor, now = who(request)
    keeping.close_venue(actor=actor, venue_id=venue_id, reason=given.reason, now=now)
    return told(actor, venue_id, now)


# --- hours -------------------------------------------------------------------------------------------------------------------
@router.post(
    "/venues/{venue_id}/hours", response={200: WholeVenueOut, **PROBLEMS}, summary="Set weekly hours", operation_id="set_venue_hours"
)
def set_hours(request: HttpRequest, venue_id: Path[Id], given: HoursIn) -> Any:
    """Seven days, Monday first, each a list of [from, to] in minutes."""
    actor, now = who(request)
    promising.set_hours(actor=actor, venue_id=venue_id, week=given.week, starts_on=given.starts_on, now=now)
    return told(actor, venue_id, now)


@router.post(
    "/venues/{venue_id}/days", response={200: WholeVenueOut, **PROBLEMS}, summary="A day that differs", operation_id="set_venue_day"
)
def set_day(request: HttpRequest, venue_id: Path[Id], given: DayIn) -> Any:
    """No spans: closed that day."""
    actor, now = who(request)
    promising.set_exception(actor=actor, venue_id=venue_id, day=given.day, spans=given.spans, reason=given.reason, now=now)
    return told(actor, venue_id, now)


@router.post(
    "/venues/{venue_id}/days/drop",
    response={200: WholeVenueOut, **PROBLEMS},
    summary="Weekly hours hold again",
    operation_id="drop_venue_day",
)
def drop_day(request: HttpRequest, venue_id: Path[Id], given: DropDayIn) -> Any:
    actor, now = who(request)
    promising.drop_exception(actor=actor, venue_id=venue_id, day=given.day, now=now)
    return told(actor, venue_id, now)


# --- the log -----------------------------------------------------------------------------------------------------------------
@router.post("/venues/{venue_id}/opened", response={200: OpeningOut, **PROBLEMS}, summary="It opens now", operation_id="venue_opened")
def opened(request: HttpRequest, venue_id: Path[Id]) -> Any:
    """Repeating it changes nothing. A door sensor may call this with a token."""
    actor, now = who(request)
    return _opening(opening.open_now(actor=actor, venue_id=venue_id, now=now))


@router.post("/venues/{venue_id}/shut", response={200: OpeningOut, **PROBLEMS}, summary="It closes", operation_id="venue_shut")
def shut(request: HttpRequest, venue_id: Path[Id], given: ShutIn) -> Any:
    """Now, or `at` an earlier moment when that was forgotten."""
    actor, now = who(request)
    return _opening(opening.close_now(actor=actor, venue_id=venue_id, now=now, at=given.at))


@router.post("/venues/{venue_id}/log", response={200: OpeningOut, **PROBLEMS}, summary="Key in the log book", operation_id="venue_log")
def log(request: HttpRequest, venue_id: Path[Id], given: LogIn) -> Any:
    actor, now = who(request)
    return _opening(opening.key_in(actor=actor, venue_id=venue_id, now=now, **given.dict()))


@router.post(
    "/venues/{venue_id}/log/{opening_id}/strike",
    response={200: OpeningOut, **PROBLEMS},
    summary="Strike an opening",
    operation_id="venue_strike",
)
def strike(request: HttpRequest, venue_id: Path[Id], opening_id: Path[Id], given: StrikeIn) -> Any:
    actor, now = who(request)
    return _opening(opening.strike(actor=actor, venue_id=venue_id, opening_id=opening_id, reason=given.reason, now=now))


# --- what visitors say ---------------------------------------------------------------------------------------------------------
@router.post("/venues/{venue_id}/rating", response={200: WholeVenueOut, **PROBLEMS}, summary="Rate a visit", operation_id="rate_venue")
def rate(request: HttpRequest, venue_id: Path[Id], given: VisitRatingIn) -> Any:
    """satisfied, fairly or not; one answer a month, the last one stands."""
    actor, now = who(request)
    rating.rate(actor=actor, venue_id=venue_id, choice=given.choice, comment=given.comment, now=now)
    return told(actor, venue_id, now)


@router.post(
    "/venues/{venue_id}/forms", response={200: WholeVenueOut, **PROBLEMS}, summary="Key in paper forms", operation_id="venue_forms"
)
def forms(request: HttpRequest, venue_id: Path[Id], given: PaperFormsIn) -> Any:
    actor, now = who(request)
    rating.key_in_forms(actor=actor, venue_id=venue_id, now=now, **given.dict())
    return told(actor, venue_id, now)
