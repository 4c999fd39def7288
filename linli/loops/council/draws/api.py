"""
Draws in JSON: thin over actions and queries. Every verb is one POST made from the signature of its action; `once` is the mark under
which it is done once however often it is sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters.held_api import publish_verbs
from linli.kernel.places.queries import place_by_id
from linli.loops.council.draws import files
from linli.loops.council.draws import queries as found
from linli.loops.council.draws.actions import applying, planning
from linli.loops.council.draws.actions.applying import waiting_of
from linli.loops.council.draws.actions.planning import Kind, Plan
from linli.loops.council.draws.models import Draw, State
from linli.loops.council.draws.reading import draw_for
from linli.loops.council.draws.verbs import VERBS
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["draws"])
Words = Annotated[str, at_most(500)]


# --- shapes out ----------------------------------------------------------------------------------------------------------------
class DrawCategoryOut(Schema):
    code: str
    name: str
    asks: str
    passes_on: bool
    lots: list[str]


class DrawOut(Schema):
    id: int
    title: str
    what: str
    state: str
    place: int
    place_name: str
    applies_from: datetime
    applies_until: datetime
    objections_until: datetime | None
    source: str
    source_at: datetime
    source_where: str
    drawn_at: datetime | None
    version: int


class DrawPageOut(Schema):
    items: list[DrawOut]
    next_cursor: int | None


class DrawOfferOut(Schema):
    id: int
    lot: str
    category: str
    number: str
    moved_up: bool
    state: str
    due_at: datetime


class OwnEntryOut(Schema):
    id: int
    number: str
    categories: list[str]
    state: str
    reason: str
    turn: int | None


class WholeDrawOut(DrawOut):
    """`offers` and `waiting` name households by number; `mine` are the caller's own entries."""

    terms: str
    about: str | None
    follows: int | None
    categories: list[DrawCategoryOut]
    digest: str
    commitment: str
    text: str
    offers: list[DrawOfferOut]
    waiting: list[str]
    mine: list[OwnEntryOut]


class DrawApplicationOut(Schema):
    id: int
    number: str
    home: int | None
    where: str
    name: str
    categories: list[str]
    note: str
    channel: str
    at: datetime
    state: str
    reason: str
    carried: int
    findings: list[str]


class DrawApplicationsOut(Schema):
    items: list[DrawApplicationOut]
    next_cursor: int | None


# --- shapes in ------------------------------------------------------------------------------------------------------------------
class DrawCategoryIn(Input):
    name: Annotated[str, at_most(40, shortest=1)]
    lots: Annotated[list[Annotated[str, at_most(40, shortest=1)]], Field(min_length=1, max_length=2000)]
    asks: Annotated[str, at_most(10)] = ""
    passes_on: bool = True


class DrawPlanIn(Input):
    place: Id
    title: Annotated[str, at_most(80, shortest=1)]
    what: Annotated[str, at_most(10)] = "parking"
    terms: Annotated[str, at_most(3000)] = ""
    about: Annotated[str, at_most(20)] = ""
    follows: Id | None = None
    categories: Annotated[list[DrawCategoryIn], Field(min_length=1, max_length=8)]
    applies_from: AwareDatetime
    applies_until: AwareDatetime
    objection_days: Annotated[int, Field(ge=1, le=30)] = 3
    accept_days: Annotated[int, Field(ge=1, le=60)] = 7
    source: Annotated[str, at_most(160, shortest=4)]
    source_at: AwareDatetime
    source_where: Annotated[str, at_most(300, shortest=4)]


class ChangeDrawIn(DrawPlanIn):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class DrawsWanted(Schema):
    place: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class ApplicationsWanted(Schema):
    cursor: Cursor | None = None
    limit: Limit = 50


class DrawApplyIn(Input):
    categories: Annotated[list[Annotated[str, at_most(24)]], Field(min_length=1, max_length=8)]
    note: Annotated[str, at_most(300)] = ""


class DrawApplyForIn(DrawApplyIn):
    home: Id
    name: Annotated[str, at_most(60, shortest=1)]
    channel: Annotated[str, at_most(12)] = "counter"


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(d: Draw) -> dict[str, Any]:
    same = ["id", "title", "what", "state", "applies_from", "applies_until", "objections_until", "source", "source_at", "source_where", "drawn_at", "version"]  # fmt: skip
    return {**{name: getattr(d, name) for name in same}, "place": d.place_id, "place_name": d.place.name}


def whole(actor: Actor, draw: Draw) -> dict[str, Any]:
    """A draw with its result by numbers, and the caller's own entries. At most eight queries."""
    drawn = draw.state in (State.DRAWN, State.CLOSED)
    offers = found.offers_list(draw) if drawn else []
    return {
        **brief(draw),
        "terms": draw.terms,
        "about": draw.about.ref if draw.about else None,
        "follows": draw.follows_id,
        "categories": draw.categories,
        "digest": draw.digest,
        "commitment": draw.commitment,
        "text": draw.text if drawn else "",
        "offers": [
            {
                "id": o.pk,
                "lot": o.lot,
                "category": o.category,
                "number": o.application.number,
                "moved_up": o.moved_up,
                "state": "ended" if o.ended_at else o.state,
                "due_at": o.due_at,
            }
            for o in offers
        ],
        "waiting": [a.number for a in waiting_of(draw)] if drawn else [],
        "mine": [
            {"id": a.pk, "number": a.number, "categories": a.categories, "state": a.state, "reason": a.reason, "turn": a.turn}
            for a in found.own_applications(actor, draw)
        ],
    }


@router.get("/draws", response={200: DrawPageOut, **PROBLEMS}, summary="Draws", operation_id="list_draws")
def list_draws(request: HttpRequest, wanted: Query[DrawsWanted]) -> Any:
    """Those the caller may read: under way first, then past ones, newest first, behind the cursor."""
    actor, _now = who(request)
    under = place_by_id(wanted.place) if wanted.place else None
    rows = found.draw_list(actor, under=under, before=wanted.cursor, limit=wanted.limit)
    return {"items": [brief(d) for d in [*rows.current, *rows.past]], "next_cursor": rows.next_before}


@router.post("/draws", response={201: WholeDrawOut, **PROBLEMS}, summary="Plan a draw", operation_id="plan_draw")
def plan_draw(request: HttpRequest, given: DrawPlanIn) -> Any:
    actor, now = who(request)
    return Status(201, whole(actor, planning.plan_draw(actor=actor, plan=_plan(given), now=now)))


def _plan(given: DrawPlanIn) -> Plan:
    values = given.dict(exclude={"version"})
    kinds = [Kind(**c) for c in values.pop("categories")]
    return Plan(**{**values, "place": place_by_id(given.place), "categories": kinds})


@router.post("/draws/{draw_id}", response={200: WholeDrawOut, **PROBLEMS}, summary="Change the plan", operation_id="change_draw")
def change_draw(request: HttpRequest, draw_id: Path[Id], given: ChangeDrawIn) -> Any:
    """The whole plan as it shall be, while nothing is announced."""
    actor, now = who(request)
    planning.change_draw(actor=actor, draw_id=draw_id, plan=_plan(given), now=now, seen=given.version)
    return whole(actor, draw_for(actor, draw_id))


@router.get("/draws/{draw_id}", response={200: WholeDrawOut, **PROBLEMS}, summary="One draw", operation_id="get_draw")
def get_draw(request: HttpRequest, draw_id: Path[Id]) -> Any:
    actor, _now = who(request)
    return whole(actor, draw_for(actor, draw_id))


@router.get(
    "/draws/{draw_id}/bundle", response={200: dict[str, Any], **PROBLEMS}, summary="The published bundle", operation_id="draw_bundle"
)
def get_bundle(request: HttpRequest, draw_id: Path[Id]) -> HttpResponse:
    """The file as published, for `verify_draw.py` and `linli verify draw`."""
    return files.bundle(request, draw_id)


@router.get(
    "/draws/{draw_id}/applications",
    response={200: DrawApplicationsOut, **PROBLEMS},
    summary="Applications, for those who check them",
    operation_id="list_draw_applications",
)
def list_applications(request: HttpRequest, draw_id: Path[Id], wanted: Query[ApplicationsWanted]) -> Any:
    actor, _now = who(request)
    draw = draw_for(actor, draw_id)
    table.require(actor, "draw.read", draw.place_path)
    limit = wanted.limit
    rows = found.to_check(draw, after=wanted.cursor or 0, limit=limit + 1)
    same = ["number", "name", "categories", "note", "channel", "at", "state", "reason", "carried"]
    items = [
        {
            "id": r.application.pk,
            "home": r.application.home_id,
            "where": r.where,
            "findings": r.findings,
            **{n: getattr(r.application, n) for n in same},
        }
        for r in rows[:limit]
    ]
    return {"items": items, "next_cursor": rows[limit - 1].application.pk if len(rows) > limit else None}


@router.post("/draws/{draw_id}/apply", response={200: WholeDrawOut, **PROBLEMS}, summary="Apply", operation_id="draw_apply")
def apply(request: HttpRequest, draw_id: Path[Id], given: DrawApplyIn) -> Any:
    """For one's own household; sending again changes the entry."""
    actor, now = who(request)
    applying.apply(actor=actor, draw_id=draw_id, now=now, **given.dict())
    return whole(actor, draw_for(actor, draw_id))


@router.post(
    "/draws/{draw_id}/apply-for", response={200: WholeDrawOut, **PROBLEMS}, summary="Apply on behalf", operation_id="draw_apply_for"
)
def apply_for(request: HttpRequest, draw_id: Path[Id], given: DrawApplyForIn) -> Any:
    actor, now = who(request)
    applying.apply_for(actor=actor, draw_id=draw_id, now=now, **{**given.dict(), "home": place_by_id(given.home)})
    return whole(actor, draw_for(actor, draw_id))


# --- every verb of those who run draws -----------------------------------------------------------------------------------------
publish_verbs(router, "draw", VERBS, answer=lambda actor, pk: whole(actor, draw_for(actor, pk)), out=WholeDrawOut)
