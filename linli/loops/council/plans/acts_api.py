"""A plan at the Desk in JSON: its terms changed, drawn again, its ways changed, put first or taken away, taken back, copied, dropped; the operators' own keys by floor."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Schema, Status
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.places.queries import place_by_id
from linli.loops.council.plans.actions import drafting, schemes, showing
from linli.loops.council.plans.actions.drafting import Terms
from linli.loops.council.plans.api import CostPlanIn, CostPlanWayIn, WholeCostPlanOut, router, way_of, who, whole
from linli.loops.council.plans.desk.common import motion_named
from linli.loops.council.plans.models import Scheme
from linli.loops.council.plans.queries import plan_for, schemes_in_reach
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most

ANSWER = {200: WholeCostPlanOut, **PROBLEMS}
WayNumber = Path[Annotated[int, Field(ge=1, le=30_000)]]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="As last seen; left out, whatever it is now.")]


class PlanSeenIn(Input):
    version: Version | None = None


class ChangeCostPlanIn(CostPlanIn):
    """The whole terms as they shall be; kind and place stay what they were."""

    version: Version | None = None


@router.post("/plans/{plan_id}", response=ANSWER, summary="Change a plan's terms", operation_id="change_plan_terms")
def change_terms(request: HttpRequest, plan_id: Path[Id], given: ChangeCostPlanIn) -> Any:
    actor, now = who(request)
    values = given.dict(exclude={"kind", "place", "motion", "version"})
    about = motion_named(actor, given.motion)
    drafting.change_terms(actor=actor, plan_id=plan_id, terms=Terms(**values), matter=about, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post("/plans/{plan_id}/redraw", response=ANSWER, summary="Draw the homes again", operation_id="redraw_plan")
def redraw(request: HttpRequest, plan_id: Path[Id], given: PlanSeenIn) -> Any:
    """New homes come in, those gone go, what was entered by hand stays."""
    actor, now = who(request)
    drafting.redraw(actor=actor, plan_id=plan_id, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post("/plans/{plan_id}/ways/{number}", response=ANSWER, summary="Change a way to share", operation_id="change_plan_way")
def change_way(request: HttpRequest, plan_id: Path[Id], number: WayNumber, given: CostPlanWayIn) -> Any:
    actor, now = who(request)
    drafting.offer(actor=actor, plan_id=plan_id, way=way_of(given), number=number, now=now)
    return whole(plan_for(actor, plan_id))


@router.post("/plans/{plan_id}/ways/{number}/lead", response=ANSWER, summary="Put a way first", operation_id="lead_with_plan_way")
def lead_with(request: HttpRequest, plan_id: Path[Id], number: WayNumber, given: PlanSeenIn) -> Any:
    actor, now = who(request)
    drafting.lead_with(actor=actor, plan_id=plan_id, number=number, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post("/plans/{plan_id}/ways/{number}/remove", response=ANSWER, summary="Take a way away", operation_id="remove_plan_way")
def take_away(request: HttpRequest, plan_id: Path[Id], number: WayNumber, given: PlanSeenIn) -> Any:
    actor, now = who(request)
    drafting.take_away(actor=actor, plan_id=plan_id, number=number, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post("/plans/{plan_id}/take-back", response=ANSWER, summary="Back to the draft", operation_id="take_back_plan")
def take_back(request: HttpRequest, plan_id: Path[Id], given: PlanSeenIn) -> Any:
    """The households see it no longer until it is shown again."""
    actor, now = who(request)
    showing.take_back(actor=actor, plan_id=plan_id, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


class DropPlanIn(PlanSeenIn):
    text: Annotated[str, at_most(300)]


@router.post("/plans/{plan_id}/drop", response=ANSWER, summary="Stop a plan", operation_id="drop_plan")
def drop(request: HttpRequest, plan_id: Path[Id], given: DropPlanIn) -> Any:
    """With the reason; it stays to be read at the Desk."""
    actor, now = who(request)
    showing.drop(actor=actor, plan_id=plan_id, text=given.text, now=now, seen=given.version)
    return whole(plan_for(actor, plan_id))


@router.post(
    "/plans/{plan_id}/copy", response={201: WholeCostPlanOut, **PROBLEMS}, summary="Begin another from it", operation_id="copy_plan"
)
def copy(request: HttpRequest, plan_id: Path[Id]) -> Any:
    actor, now = who(request)
    return Status(201, whole(plan_for(actor, drafting.copy(actor=actor, plan_id=plan_id, now=now).pk)))


# --- keys by floor -----------------------------------------------------------------------------------------------------------------
class PlanSchemeOut(Schema):
    """An operator's own key by floor; `place` null: everywhere. `scheme` as a way takes it."""

    id: int
    name: str
    place: int | None
    scheme: dict[str, Any]
    starts_at: datetime


class PlanSchemeIn(Input):
    """`scheme`: {by, base, step, base_floor, free_up_to, table, source_zh}; its source must be written."""

    name: Annotated[str, at_most(60, shortest=1)]
    scheme: Annotated[dict[Annotated[str, at_most(24)], Any], Field(max_length=12)]
    place: Id | None = None


def scheme_out(row: Scheme) -> PlanSchemeOut:
    return PlanSchemeOut(id=row.pk, name=row.name, place=row.place_id, scheme=row.data, starts_at=row.starts_at)


@router.get("/plan-schemes", response={200: list[PlanSchemeOut], **PROBLEMS}, summary="Own keys by floor", operation_id="list_plan_schemes")
def list_schemes(request: HttpRequest) -> list[PlanSchemeOut]:
    """Those in force that the caller may end, and those above."""
    actor, _now = who(request)
    if not table.holds(actor, "plan.scheme"):
        raise table.refusal(actor, "plan.scheme")
    return [scheme_out(row) for row in schemes_in_reach(actor)]


@router.post("/plan-schemes", response={201: PlanSchemeOut, **PROBLEMS}, summary="Enter a key by floor", operation_id="enter_plan_scheme")
def enter_scheme(request: HttpRequest, given: PlanSchemeIn) -> Status[PlanSchemeOut]:
    actor, now = who(request)
    place = place_by_id(given.place) if given.place else None
    return Status(201, scheme_out(schemes.enter_scheme(actor=actor, name=given.name, data=given.scheme, place=place, now=now)))


@router.post(
    "/plan-schemes/{scheme_id}/end", response={204: None, **PROBLEMS}, summary="End a key by floor", operation_id="end_plan_scheme"
)
def end_scheme(request: HttpRequest, scheme_id: Path[Id]) -> Status[None]:
    """Plans that took it keep their copy."""
    actor, now = who(request)
    schemes.end_scheme(actor=actor, scheme_id=scheme_id, now=now)
    return Status(204, None)
