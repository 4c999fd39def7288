"""
Venues in JSON: thin over actions and queries. Areas are in 0.01 m², money in fen, hours in minutes from midnight, Monday first.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from linli.kernel.access.actor import Actor
from linli.kernel.places.queries import place_by_id
from linli.law.venues import Standard, items
from linli.lib.geo import wgs84_from_gcj02
from linli.loops.venues import hours, rules, wording
from linli.loops.venues.actions import keeping, opening, promising, rating
from linli.loops.venues.actions.keeping import Given
from linli.loops.venues.api_shapes import (
    CloseVenueIn,
    DayIn,
    DropDayIn,
    HoursIn,
    LogIn,
    OpeningOut,
    PaperFormsIn,
    ShutIn,
    StrikeIn,
    VenueChangeIn,
    VenueIn,
    VenuePageOut,
    VenuesChosen,
    VenueStandardOut,
    VisitRatingIn,
    WholeVenueOut,
)
from linli.loops.venues.models import Opening, Venue
from linli.loops.venues.queries import Wanted, cases_of, log_of, near_from, public_venues, venue_for
from linli.loops.venues.standing import Stand, own_in_force, stand_of, standards_at, today_of, tongue
from linli.web.jsonapi import PROBLEMS, Id

router = Router(tags=["venues"])


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
