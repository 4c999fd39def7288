"""Motions in JSON: thin over actions and queries; what the page cannot do, this cannot either."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.places.queries import place_by_id
from linli.loops.council.motions.actions import carrying, deciding, raising, seconding
from linli.loops.council.motions.api_shapes import (
    MotionOut,
    MotionPageOut,
    OptionIn,
    Ref,
    Rung,
    Status_,
    Tier,
    Topic,
    WholeMotionOut,
    one_out,
    row_out,
    whole_out,
)
from linli.loops.council.motions.queries import Wanted, motion_page
from linli.loops.council.motions.square_queries import motion_of_ref
from linli.loops.council.motions.whole import whole_motion
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["motions"])


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and when."""
    return request.actor, request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


# --- reading -------------------------------------------------------------------------------------------------
class MotionsWanted(Input):
    """What a list is narrowed to; nothing means all. `order`: newest, most seconded or longest waiting first."""

    place_id: Id | None = None
    topic: Topic | None = None
    rung: Rung | None = None
    status: Status_ | None = None
    text: Annotated[str, at_most(100)] = ""
    mine: bool = False
    order: Literal["new", "hot", "age"] = "new"
    cursor: Cursor | None = None
    limit: Limit = 20


@router.get("/motions", response={200: MotionPageOut, **PROBLEMS}, summary="List motions", operation_id="list_motions")
def list_motions(request: HttpRequest, wanted: Query[MotionsWanted]) -> MotionPageOut:
    """Follow `next_cursor` until it is null."""
    actor, now = who(request)
    chosen = Wanted(
        place=place_by_id(wanted.place_id) if wanted.place_id else None,
        topic=wanted.topic or "",
        rung=wanted.rung or "",
        status=wanted.status or "",
        text=wanted.text,
        mine=wanted.mine,
        order=wanted.order,
    )
    page = motion_page(actor, chosen, now, after=wanted.cursor, limit=wanted.limit)
    return MotionPageOut(items=[row_out(r) for r in page.rows], next_cursor=page.next_after)


@router.get("/motions/{ref}", response={200: WholeMotionOut, **PROBLEMS}, summary="One motion, whole", operation_id="get_motion")
def get_motion(request: HttpRequest, ref: Path[Ref]) -> WholeMotionOut:
    actor, now = who(request)
    return whole_out(whole_motion(actor, motion_of_ref(actor, ref), now), now)


class MotionIn(Input):
    """A draft; `external_id` makes sending it again harmless. `road` is the code of one of the place's roads."""

    title: Annotated[str, at_most(80, shortest=1)]
    body: Annotated[str, at_most(4000)] = ""
    place_id: Id
    road: Annotated[str, at_most(40, shortest=1)]
    topic: Topic = "public_matters"
    tier: Tier | None = None
    options: Annotated[list[OptionIn], Field(max_length=12)] = []
    external_id: Annotated[str, at_most(80)] = ""


@router.post("/motions", response={201: MotionOut, **PROBLEMS}, summary="Draft a motion", operation_id="raise_motion")
def raise_motion(request: HttpRequest, response: HttpResponse, given: MotionIn) -> Status[MotionOut]:
    """It stays a draft until it is submitted."""
    actor, now = who(request)
    fields = given.model_dump(exclude={"place_id", "tier"})
    matter = raising.draft_motion(actor=actor, now=now, place=place_by_id(given.place_id), tier=given.tier or "", **fields)
    response.headers["Location"] = f"/api/v1/motions/{matter.ref}"
    return Status(201, one_out(actor, matter, now))


class VersionIn(Input):
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None


@router.post("/motions/{ref}/submit", response={200: MotionOut, **PROBLEMS}, summary="Submit a draft", operation_id="motion_submit")
def submit(request: HttpRequest, ref: Path[Ref], given: VersionIn) -> MotionOut:
    """On a road with seconding it now looks for seconders; otherwise it is screened."""
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    raising.submit(actor=actor, matter_id=matter.pk, now=now, seen=given.version)
    return one_out(actor, matter, now)


@router.post("/motions/{ref}/second", response={200: MotionOut, **PROBLEMS}, summary="Second a motion", operation_id="motion_second")
def second(request: HttpRequest, ref: Path[Ref]) -> MotionOut:
    """For the caller's home, which counts once."""
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    seconding.second(actor=actor, matter_id=matter.pk, now=now)
    return one_out(actor, matter, now)


@router.post(
    "/motions/{ref}/unsecond", response={200: MotionOut, **PROBLEMS}, summary="Take a seconding back", operation_id="motion_unsecond"
)
def unsecond(request: HttpRequest, ref: Path[Ref]) -> MotionOut:
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    seconding.unsecond(actor=actor, matter_id=matter.pk, now=now)
    return one_out(actor, matter, now)


class ObjectionIn(Input):
    text: Annotated[str, at_most(2000, shortest=1)]


@router.post("/motions/{ref}/object", response={200: MotionOut, **PROBLEMS}, summary="Object to a result", operation_id="motion_object")
def object_to(request: HttpRequest, ref: Path[Ref], given: ObjectionIn) -> MotionOut:
    """Until it is answered the result does not hold."""
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    deciding.object_to(actor=actor, matter_id=matter.pk, now=now, text=given.text)
    return one_out(actor, matter, now)


class MotionRatingIn(Input):
    satisfied: bool
    solved: bool | None = None
    comment: Annotated[str, at_most(1000)] = ""


@router.post("/motions/{ref}/rate", response={200: MotionOut, **PROBLEMS}, summary="Rate what was done", operation_id="motion_rate")
def rate(request: HttpRequest, ref: Path[Ref], given: MotionRatingIn) -> MotionOut:
    """For those who raised or seconded it, once."""
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    carrying.rate(actor=actor, matter_id=matter.pk, now=now, satisfied=given.satisfied, solved=given.solved, comment=given.comment)
    return one_out(actor, matter, now)


class OpinionIn(Input):
    accepts: bool
    text: Annotated[str, at_most(1000)] = ""


@router.post(
    "/motions/{ref}/opinion", response={200: MotionOut, **PROBLEMS}, summary="A supervisor's opinion", operation_id="motion_opinion"
)
def opinion(request: HttpRequest, ref: Path[Ref], given: OpinionIn) -> MotionOut:
    actor, now = who(request)
    matter = motion_of_ref(actor, ref)
    carrying.give_opinion(actor=actor, matter_id=matter.pk, now=now, accepts=given.accepts, text=given.text)
    return one_out(actor, matter, now)
