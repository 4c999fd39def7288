"""Plans in JSON: thin over actions and queries. Others' shares are never in it but for whoever may export them; one's own are at `/mine`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status
from pydantic import Field

from linli.insight.plans import LARGEST_FEN
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import said
from linli.kernel.places.queries import place_by_id
from linli.loops.council.plans.actions import adopting, drafting, showing
from linli.loops.council.plans.actions.drafting import Entered, Terms, Way
from linli.loops.council.plans.desk.common import motion_named
from linli.loops.council.plans.models import Adoption, Plan
from linli.loops.council.plans.queries import my_homes, plan_for, public_plans
from linli.loops.council.plans.reckoning import Figures, Reckoned, figures_of
from linli.loops.council.plans.wording import how_words, name_of, source_words
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["plans"])
Fen = Annotated[int, Field(ge=0, le=LARGEST_FEN)]
Words = Annotated[str, at_most(160)]


# --- shapes out -------------------------------------------------------------------------------------------------
class CostPlanOut(Schema):
    id: int
    kind: str
    title: str
    place: int
    place_name: str
    motion: str | None
    state: str
    cost_fen: int
    version: int


class CostPlanPageOut(Schema):
    items: list[CostPlanOut]
    next_cursor: int | None


class CostPlanFloorOut(Schema):
    """What a home of one floor pays. `floor` is null where it is not known; the coefficient is exact."""

    floor: int | None
    homes: int
    coefficient: str
    least_fen: int
    most_fen: int
    sum_fen: int


class CostPlanWayOut(Schema):
    """`floors` is empty and `problems` say why where a way cannot be reckoned."""

    number: int
    name: str
    how: str
    words: str
    source: str
    present: bool
    problems: list[str]
    floors: list[CostPlanFloorOut]


class CostPlanSubsidyOut(Schema):
    name: str
    source: str
    fen: int


class WholeCostPlanOut(CostPlanOut):
    net_fen: int | None
    subsidies: list[CostPlanSubsidyOut]
    running_fen: int
    homes: int
    problems: list[str]
    ways: list[CostPlanWayOut]
    digest: str | None


class CostPlanShareOut(Schema):
    """`fen` is negative for who receives it and null for a home that does not share; `fund_left_fen` is null where no balance is known."""

    home: int
    door: str
    way: int
    fen: int | None
    yearly_fen: int
    fund_left_fen: int | None


# --- shapes in ---------------------------------------------------------------------------------------------------
class CostPlanSubsidyIn(Input):
    name: Annotated[str, at_most(60, shortest=1)]
    kind: Literal["fixed", "per_lift", "share"] = "fixed"
    fen: Fen = 0
    share: Annotated[str, at_most(12)] = "0"
    cap_fen: Fen | None = None
    source: Annotated[str, at_most(120, shortest=1)]


class CostPlanRunningIn(Input):
    name: Annotated[str, at_most(40, shortest=1)]
    fen: Fen


class CostPlanIn(Input):
    kind: Literal["lift", "levy"]
    place: Id
    title: Annotated[str, at_most(60, shortest=1)]
    motion: Annotated[str, at_most(20)] = ""
    cost_fen: Fen = 0
    cost_source: Words = ""
    note: Annotated[str, at_most(1000)] = ""
    lifts: Annotated[int, Field(ge=1, le=50)] = 1
    subsidies: Annotated[list[CostPlanSubsidyIn], Field(max_length=8)] = []
    running: Annotated[list[CostPlanRunningIn], Field(max_length=8)] = []
    from_fund: bool = False


class CostPlanHomeIn(Input):
    """What is not sent stays as it is; area in 0.01 m², key in ten-thousandths."""

    home: Id
    floor: Annotated[int, Field(ge=-5, le=120)] | None = None
    area: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    key: Annotated[int, Field(ge=0, le=10**13)] | None = None
    balance_fen: Fen | None = None
    left_out: bool | None = None
    why_left_out: Annotated[str, at_most(120)] | None = None


class CostPlanHomesIn(Input):
    homes: Annotated[list[CostPlanHomeIn], Field(min_length=1, max_length=2000)]
    version: int | None = None


class CostPlanWayIn(Input):
    """`scheme` goes with how=floor: {by, base, step, base_floor, free_up_to, table}."""

    name: Annotated[str, at_most(60, shortest=1)]
    how: Literal["area", "home", "key", "floor"]
    scheme: dict[str, Any] = {}
    free_up_to: Annotated[int, Field(ge=-5, le=120)] | None = None
    paid_fen: Fen = 0


class CostPlanAdoptIn(Input):
    ways: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1, max_length=8)]
    motion: Annotated[str, at_most(20)] = ""
    version: int | None = None


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(plan: Plan) -> dict[str, Any]:
    same = ("id", "kind", "title", "state", "cost_fen", "version")
    motion = plan.matter.ref if plan.matter else None
    return {**{name: getattr(plan, name) for name in same}, "place": plan.place_id, "place_name": plan.place.name, "motion": motion}


def whole(plan: Plan) -> dict[str, Any]:
    found = figures_of(plan)
    digest = Adoption.objects.filter(plan=plan).values_list("digest", flat=True).first()
    return {
        **brief(plan),
        "net_fen": found.net.net_fen if found.net else None,
        "subsidies": [{"name": one.name, "source": one.source, "fen": fen} for one, fen in found.net.subsidies] if found.net else [],
        "running_fen": found.running_fen,
        "homes": len(found.sharing),
        "problems": [said(p) for p in found.problems],
        "ways": [_way(found, one) for one in found.alternatives],
        "digest": digest,
    }


def _way(found: Figures, one: Reckoned) -> dict[str, Any]:
    a = one.alternative
    return {
        "number": a.number, "name": name_of(a), "how": a.how, "words": how_words(a), "source": source_words(a), "present": one is found.lead,
        "problems": [said(p) for p in one.problems],
        "floors": [
            {"floor": floor, "homes": line.homes, "coefficient": str(line.coefficient), "least_fen": line.least_fen, "most_fen": line.most_fen, "sum_fen": line.sum_fen}
            for floor, line in one.floors.items()
        ],
    }  # fmt: skip


@router.get("/plans", response={200: CostPlanPageOut, **PROBLEMS}, summary="Plans", operation_id="list_plans")
def list_plans(request: HttpRequest, place: Id | None = None, cursor: Cursor | None = None, limit: Limit = 20) -> Any:
    """Shown and adopted plans of a place, of those above and below it, the newest first."""
    rows = public_plans(place_by_id(place) if place else None, before=cursor, limit=limit + 1)
    return {"items": [brief(p) for p in rows[:limit]], "next_cursor": rows[limit - 1].pk if len(rows) > limit else None}


@router.post("/plans", response={201: WholeCostPlanOut, **PROBLEMS}, summary="Begin a plan", operation_id="start_plan")
def start_plan(request: HttpRequest, given: CostPlanIn) -> Any:
    actor, now = who(request)
    values = given.dict()
    place, kind, motion = place_by_id(values.pop("place")), values.pop("kind"), values.pop("motion")
    plan = drafting.start(actor=actor, kind=kind, place=place, terms=Terms(**values), matter=motion_named(actor, motion), now=now)
    return Status(201, whole(plan))


@router.get("/plans/{plan_id}", response={200: WholeCostPlanOut, **PROBLEMS}, summary="One plan", operation_id="get_plan")
def get_plan(request: HttpRequest, plan_id: Path[Id]) -> Any:
    """Costs and alternatives, by floor."""
    return whole(plan_for(who(request)[0], plan_id))


@router.get(
    "/plans/{plan_id}/mine", response={200: list[CostPlanShareOut], **PROBLEMS}, summary="My homes' shares", operation_id="my_plan_shares"
)
def mine(request: HttpRequest, plan_id: Path[Id]) -> Any:
    """The caller's own homes under each alternative. Empty for who has none in the plan."""
    actor, now = who(request)
    plan = plan_for(actor, plan_id)
    homes = my_homes(actor, plan, now)
    found = figures_of(plan) if homes else None
    return [
        {
            "home": h.home_id, "door": h.door, "way": a.number, "fen": a.fen(h.home_id), "yearly_fen": a.yearly_fen(h.home_id),
            "fund_left_fen": a.fund.left.get(str(h.home_id)) if a.fund else None,
        }
        for h in homes
        for a in (found.alternatives if found else ())
        if a.shared is not None
    ]  # fmt: skip


@router.get("/plans/{plan_id}/shares", response={200: list[CostPlanShareOut], **PROBLEMS}, summary="All shares", operation_id="plan_shares")
def shares(request: HttpRequest, plan_id: Path[Id]) -> Any:
    """Every home under each alternative, for whoever may export them; no names."""
    actor, _now = who(request)
    plan = plan_for(actor, plan_id)
    table.require(actor, "plan.export", plan.place_path)
    found = figures_of(plan)
    return [
        {
            "home": h.home_id, "door": h.door, "way": a.number, "fen": a.fen(h.home_id), "yearly_fen": a.yearly_fen(h.home_id),
            "fund_left_fen": a.fund.left.get(str(h.home_id)) if a.fund else None,
        }
        for h in found.homes
        for a in found.alternatives
        if a.shared is not None
    ]  # fmt: skip


@router.post("/plans/{plan_id}/homes", response={200: WholeCostPlanOut, **PROBLEMS}, summary="Enter homes", operation_id="enter_plan_homes")
def enter_homes(request: HttpRequest, plan_id: Path[Id], given: CostPlanHomesIn) -> Any:
    actor, now = who(request)
    rows = [Entered(h.home, {k: v for k, v in h.dict(exclude_unset=True).items() if k != "home"}) for h in given.homes]
    drafting.enter(actor=actor, plan_id=plan_id, rows=rows, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post(
    "/plans/{plan_id}/ways", response={201: WholeCostPlanOut, **PROBLEMS}, summary="Add a way to share", operation_id="add_plan_way"
)
def add_way(request: HttpRequest, plan_id: Path[Id], given: CostPlanWayIn) -> Any:
    actor, now = who(request)
    drafting.offer(actor=actor, plan_id=plan_id, way=way_of(given), now=now)
    return Status(201, whole(plan_for(actor, plan_id)))


def way_of(given: CostPlanWayIn) -> Way:
    """A way to share as it was sent."""
    named = {"code": "own", "name_zh": given.name, "confidence": "own"}
    scheme = {**named, **given.scheme} if given.how == "floor" else {}
    return Way(given.name, given.how, scheme, given.free_up_to, given.paid_fen)


@router.post(
    "/plans/{plan_id}/show", response={200: WholeCostPlanOut, **PROBLEMS}, summary="Show it to the households", operation_id="show_plan"
)
def show_plan(request: HttpRequest, plan_id: Path[Id]) -> Any:
    actor, now = who(request)
    showing.show(actor=actor, plan_id=plan_id, now=now)
    return whole(plan_for(actor, plan_id))


@router.post(
    "/plans/{plan_id}/adopt", response={200: WholeCostPlanOut, **PROBLEMS}, summary="Write it into a motion", operation_id="adopt_plan"
)
def adopt_plan(request: HttpRequest, plan_id: Path[Id], given: CostPlanAdoptIn) -> Any:
    """The motion's text gets a new version; the plan stands still from here on."""
    actor, now = who(request)
    matter = motion_named(actor, given.motion)
    adopting.adopt(actor=actor, plan_id=plan_id, numbers=given.ways, matter=matter, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))
