"""
Meetings in JSON: thin over actions and queries. Every verb is one POST made from the signature of its action; `once` is the mark under
which it is done once however often it is sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters.held_api import publish_verbs
from linli.kernel.places.queries import place_by_id
from linli.loops.council.meetings.actions import attending, hands, planning, slots
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.actions.sitting import mine
from linli.loops.council.meetings.minutes_pages import published, sections_for
from linli.loops.council.meetings.models import Meeting, Minutes, SlotPoll
from linli.loops.council.meetings.pages import level_for
from linli.loops.council.meetings.queries import meeting_for, meeting_list, now_of
from linli.loops.council.meetings.shown import spoken
from linli.loops.council.meetings.slot_queries import open_polls, poll_for, polled
from linli.loops.council.meetings.verbs import VERBS
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["meetings"])

Words = Annotated[str, at_most(2000)]


# --- shapes out ----------------------------------------------------------------------------------------------------------------
class MeetingOut(Schema):
    id: int
    title: str
    body: str
    state: str
    place: int
    place_name: str
    starts_at: datetime
    ends_at: datetime | None
    venue: str
    online: str
    chair: str
    recorder: str
    noticed_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    version: int


class MeetingPageOut(Schema):
    items: list[MeetingOut]
    next_cursor: int | None


class ItemOut(Schema):
    id: int
    title: str
    detail: str
    matter: str | None
    state: str


class QuorumOut(Schema):
    """`needed` is null where no quorum is kept; the fraction is exact."""

    present: int
    entitled: int | None
    needed: int | None
    reached: bool | None
    fraction: str
    rule: str


class WholeMeetingOut(MeetingOut):
    agenda: list[ItemOut]
    quorum: QuorumOut
    speaking: str | None
    queue: list[str]
    outcomes: list[dict[str, Any]]
    my_seat: int | None


class MinutesOut(Schema):
    """`version` is what a correction names; `digest` is the mark of the text that chair and recorder confirmed."""

    meeting: int
    version: int
    sections: list[dict[str, str]]
    digest: str
    chair_by: str
    recorder_by: str
    published_at: datetime | None


class SlotOut(Schema):
    id: int
    starts_at: datetime
    ends_at: datetime
    can_come: int
    never_came_before: int
    homes: int
    rank: int


class PollOut(Schema):
    id: int
    title: str
    place: int
    closes_at: datetime
    chosen: int | None
    meeting: int | None
    answers: int
    slots: list[SlotOut]


# --- shapes in ------------------------------------------------------------------------------------------------------------------
class TopicIn(Input):
    title: Annotated[str, at_most(120)] = ""
    ref: Annotated[str, at_most(20)] = ""
    detail: Words = ""
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    speak_seconds: Annotated[int, Field(ge=30, le=3600)] | None = None


class MeetingPlanIn(Input):
    place: Id
    body: Annotated[str, at_most(20)]
    title: Annotated[str, at_most(80, shortest=1)]
    starts_at: datetime
    ends_at: datetime | None = None
    venue: Annotated[str, at_most(120, shortest=1)]
    online: Annotated[str, at_most(300)] = ""
    purpose: Words = ""
    chair_name: Annotated[str, at_most(60, shortest=1)]
    recorder_name: Annotated[str, at_most(60, shortest=1)]
    notice_days: Annotated[int, Field(ge=0, le=60)] = 0
    notice_rule: Annotated[str, at_most(160)] = ""
    speak_seconds: Annotated[int, Field(ge=30, le=3600)] = 180
    alternate: bool = True
    entitled: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    quorum_numerator: Annotated[int, Field(ge=1, le=1000)] | None = None
    quorum_denominator: Annotated[int, Field(ge=1, le=1000)] = 2
    quorum_strict: bool = True
    quorum_rule: Annotated[str, at_most(160)] = ""
    openness: Annotated[str, at_most(10)] = "public"
    full_names: bool = False
    rotating: bool = True
    topics: Annotated[list[TopicIn], Field(min_length=1, max_length=30)]


class NewMeetingIn(MeetingPlanIn):
    """A plan, and the poll of times it follows where there was one."""

    poll: Id | None = None


class SignInIn(Input):
    code: Annotated[str, at_most(12)] = ""
    once: Annotated[str, at_most(40)] = ""


class HandIn(Input):
    hands_id: Id
    choice: Annotated[str, at_most(8)]


class SlotAnswerIn(Input):
    slots: Annotated[list[Id], Field(max_length=20)] = []
    person: Id | None = None


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(m: Meeting) -> dict[str, Any]:
    same = ["id", "title", "body", "state", "starts_at", "ends_at", "venue", "online", "noticed_at", "opened_at", "ended_at", "version"]
    found = {name: getattr(m, name) for name in same}
    return {**found, "place": m.place_id, "place_name": m.place.name, "chair": m.chair_name, "recorder": m.recorder_name}


def whole(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """A meeting with its agenda and what goes on, names as this caller may read them."""
    me = mine(meeting, actor)
    state = now_of(meeting)
    full = level_for(actor, meeting, me) != "public" or meeting.full_names
    quorum = state.quorum
    op = ">" if meeting.quorum_strict else ">="
    return {
        **brief(meeting),
        "agenda": [
            {
                "id": i.pk,
                "title": i.title,
                "detail": i.detail,
                "matter": i.matter.ref if i.matter is not None and i.matter.visibility == "public" else None,
                "state": i.state,
            }
            for i in state.items
        ],
        "quorum": {
            "present": quorum.present,
            "entitled": quorum.entitled,
            "needed": quorum.needed,
            "reached": quorum.reached,
            "fraction": f"{op}{meeting.quorum_numerator}/{meeting.quorum_denominator}",
            "rule": meeting.quorum_rule,
        },
        "speaking": spoken(state.speaking, full=full).name if state.speaking else None,
        "queue": [spoken(s, full=full).name for s in state.queue],
        "outcomes": [
            {"id": o.pk, "kind": o.kind, "text": o.text, "owner": o.owner, "due_on": o.due_on, "done_at": o.done_at, "done": o.done_text}
            for o in state.outcomes
        ],
        "my_seat": me.seat if me else None,
    }


@router.get("/meetings", response={200: MeetingPageOut, **PROBLEMS}, summary="Meetings", operation_id="list_meetings")
def list_meetings(request: HttpRequest, place: Id | None = None, cursor: Cursor | None = None, limit: Limit = 20) -> Any:
    """Those the caller may read: under way and to come first, then past ones, newest first, behind the cursor."""
    actor, _now = who(request)
    found = meeting_list(actor, under=place_by_id(place) if place else None, before=cursor, limit=limit)
    return {"items": [brief(m) for m in [*found.now, *found.coming, *found.past]], "next_cursor": found.next_before}


@router.post("/meetings", response={201: WholeMeetingOut, **PROBLEMS}, summary="Plan a meeting", operation_id="plan_meeting")
def plan_meeting(request: HttpRequest, given: NewMeetingIn) -> Any:
    actor, now = who(request)
    values = given.dict()
    topics = [Topic(**t) for t in values.pop("topics")]
    poll_id = values.pop("poll")
    plan = Plan(**{**values, "place": place_by_id(given.place), "topics": topics, "poll_id": poll_id})
    meeting = planning.plan_meeting(actor=actor, plan=plan, now=now)
    return Status(201, whole(actor, meeting))


@router.get("/meetings/{meeting_id}", response={200: WholeMeetingOut, **PROBLEMS}, summary="One meeting", operation_id="get_meeting")
def get_meeting(request: HttpRequest, meeting_id: Path[Id]) -> Any:
    actor, _now = who(request)
    return whole(actor, meeting_for(actor, meeting_id))


@router.get(
    "/meetings/{meeting_id}/minutes", response={200: MinutesOut, **PROBLEMS}, summary="Published minutes", operation_id="get_minutes"
)
def get_minutes(request: HttpRequest, meeting_id: Path[Id]) -> Any:
    actor, _now = who(request)
    drafted = Minutes.objects.filter(meeting=meeting_for(actor, meeting_id)).select_related("meeting").first()
    if drafted is not None and table.may(actor, "meeting.read", drafted.meeting.place_path):
        return minutes_out(meeting_id, drafted, drafted.sections)
    meeting, found = published(actor, meeting_id)
    return minutes_out(meeting.pk, found, sections_for(actor, meeting, found))


def minutes_out(meeting_id: int, found: Minutes, sections: list[dict[str, str]]) -> dict[str, Any]:
    """Minutes with their sections as this caller may read them."""
    return {
        "meeting": meeting_id,
        "version": found.version,
        "sections": sections,
        "digest": found.digest,
        "chair_by": found.chair_by,
        "recorder_by": found.recorder_by,
        "published_at": found.published_at,
    }


@router.post(
    "/meetings/{meeting_id}/sign-in", response={200: WholeMeetingOut, **PROBLEMS}, summary="Sign in", operation_id="meeting_sign_in"
)
def sign_in(request: HttpRequest, meeting_id: Path[Id], given: SignInIn) -> Any:
    """With the room's code, or online without it."""
    actor, now = who(request)
    attending.sign_in(actor=actor, meeting_id=meeting_id, now=now, code=given.code, once=given.once)
    return whole(actor, meeting_for(actor, meeting_id))


@router.post("/meetings/{meeting_id}/hand", response={200: WholeMeetingOut, **PROBLEMS}, summary="Show a hand", operation_id="meeting_hand")
def show_hand(request: HttpRequest, meeting_id: Path[Id], given: HandIn) -> Any:
    """For an opinion or on procedure; never a ballot."""
    actor, now = who(request)
    hands.show_hand(actor=actor, meeting_id=meeting_id, hands_id=given.hands_id, choice=given.choice, now=now)
    return whole(actor, meeting_for(actor, meeting_id))


# --- every verb of the chair, the recorder, the worker -----------------------------------------------------------------------------
publish_verbs(router, "meeting", VERBS, answer=lambda actor, pk: whole(actor, meeting_for(actor, pk)), out=WholeMeetingOut)


# --- when to meet --------------------------------------------------------------------------------------------------------------------
def poll_out(poll: SlotPoll, now: datetime) -> dict[str, Any]:
    """A poll with how many could come when."""
    found = polled(poll, now)
    return {
        "id": poll.pk,
        "title": poll.title,
        "place": poll.place_id,
        "closes_at": poll.closes_at,
        "chosen": poll.chosen_id,
        "meeting": poll.meeting_id,
        "answers": found.answers,
        "slots": [
            {
                "id": r.slot.pk,
                "starts_at": r.slot.starts_at,
                "ends_at": r.slot.ends_at,
                "can_come": r.count.people,
                "never_came_before": r.count.fresh,
                "homes": r.count.homes,
                "rank": r.place,
            }
            for r in found.slots
        ],
    }


@router.get(
    "/meeting-slots", response={200: list[PollOut], **PROBLEMS}, summary="Polls that wait for an answer", operation_id="list_slot_polls"
)
def list_polls(request: HttpRequest) -> Any:
    actor, now = who(request)
    return [poll_out(p, now) for p in open_polls(actor, now)]


@router.post(
    "/meeting-slots/{poll_id}/answer", response={200: PollOut, **PROBLEMS}, summary="Say when one can come", operation_id="answer_slots"
)
def answer_slots(request: HttpRequest, poll_id: Path[Id], given: SlotAnswerIn) -> Any:
    """For oneself, or as a worker for `person`; no slot means that none suits."""
    actor, now = who(request)
    poll_for(actor, poll_id)
    slots.answer(actor=actor, poll_id=poll_id, slot_ids=given.slots, person_id=given.person, now=now)
    return poll_out(poll_for(actor, poll_id), now)
