"""
What a meeting is prepared and followed up with, in JSON: its plan changed, its register filled and read, its papers, its minutes corrected, times offered and
chosen, who takes part. The same actions and refusals as at the Desk.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import log_event
from linli.kernel.files.queries import files_of
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.queries import place_by_id
from linli.loops.council.meetings.actions import minuting, planning, registering, slots
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.api import MeetingPlanIn, MinutesOut, PollOut, WholeMeetingOut, minutes_out, poll_out, router, who, whole
from linli.loops.council.meetings.models import Body, Meeting
from linli.loops.council.meetings.queries import attendance, meeting_for, participation
from linli.loops.council.meetings.slot_queries import poll_for
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most

ANSWER = {200: WholeMeetingOut, **PROBLEMS}


def _staffed(actor: Actor, meeting_id: int) -> Meeting:
    """A meeting for those who work on it. Raises NotFound, NotAllowed."""
    meeting = meeting_for(actor, meeting_id)
    table.require(actor, "meeting.read", meeting.place_path)
    return meeting


# --- the plan --------------------------------------------------------------------------------------------------------------------
class ChangedTopicIn(Input):
    """`item`: the number of the agenda's item it is; left out, it is a new one."""

    item: Id | None = None
    title: Annotated[str, at_most(120)] = ""
    ref: Annotated[str, at_most(20)] = ""
    detail: Annotated[str, at_most(2000)] = ""
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    speak_seconds: Annotated[int, Field(ge=30, le=3600)] | None = None


class ChangeMeetingIn(MeetingPlanIn):
    """The whole plan as it shall be. `restart` takes a notice back that announced something else; its days then begin anew."""

    topics: Annotated[list[ChangedTopicIn], Field(min_length=1, max_length=30)]  # type: ignore[assignment]  # items that stand have a number too
    restart: bool = False
    version: Annotated[int, Field(ge=1, le=2**31 - 1, description="The plan's version as last seen.")] | None = None


@router.post("/meetings/{meeting_id}", response=ANSWER, summary="Change the plan", operation_id="change_meeting")
def change_plan(request: HttpRequest, meeting_id: Path[Id], given: ChangeMeetingIn) -> Any:
    actor, now = who(request)
    meeting = _staffed(actor, meeting_id)
    topics = [Topic(**t.dict(exclude={"item"}), item_id=t.item) for t in given.topics]
    values = given.dict(exclude={"restart", "version", "topics"})
    same = {"roll_id": meeting.roll_id, "chair_id": meeting.chair_id, "recorder_id": meeting.recorder_id}
    plan = Plan(**{**values, **same, "place": place_by_id(given.place), "topics": topics})
    planning.change_plan(actor=actor, meeting_id=meeting.pk, plan=plan, now=now, seen=given.version, restart=given.restart)
    return whole(actor, meeting_for(actor, meeting_id))


# --- the register ----------------------------------------------------------------------------------------------------------------
class ExpectedIn(Input):
    """Somebody expected: a person of the register, or a name. Who is not `entitled` sits in and does not count."""

    person: Id | None = None
    name: Annotated[str, at_most(60)] = ""
    where: Annotated[str, at_most(60)] = ""
    capacity: Annotated[str, at_most(40)] = ""
    entitled: bool = True


class MeetingRegisterIn(Input):
    """From a frozen `roll`, from the `residents` of the place who are of age on the day, or the `people` named: one of the three."""

    roll: Id | None = None
    residents: bool = False
    people: Annotated[list[ExpectedIn], Field(max_length=5000)] = []


class RegisteredOut(Schema):
    added: int
    entitled: int | None


@router.post(
    "/meetings/{meeting_id}/register",
    response={200: RegisteredOut, **PROBLEMS},
    summary="Fill the register",
    operation_id="register_for_meeting",
)
def register(request: HttpRequest, meeting_id: Path[Id], given: MeetingRegisterIn) -> RegisteredOut:
    """Whoever stands on it already is left as they are. A roll of people who are not this meeting's electorate is refused, citing the article."""
    actor, now = who(request)
    mark: dict[str, Any] = {"actor": actor, "meeting_id": meeting_id, "now": now}
    if sum((given.roll is not None, given.residents, bool(given.people))) != 1:
        said = _("请在名册、本范围居民、写明的名单三种里选一种。")
        raise Invalid("one_source", said, fields={"people": [said]})
    if given.roll is not None:
        added = registering.register_roll(**mark, roll_id=given.roll)
    elif given.residents:
        added = registering.register_residents(**mark)
    else:
        added = registering.register(**mark, expected=[_expected(actor, one) for one in given.people])
    return RegisteredOut(added=added, entitled=Meeting.objects.get(pk=meeting_id).entitled)


def _expected(actor: Actor, one: ExpectedIn) -> Expected:
    person = person_in_reach(actor, one.person) if one.person else None
    name = person.name if person else one.name
    return Expected(name, person=person, where=one.where, capacity=one.capacity, entitled=one.entitled)


class StayOut(Schema):
    """`present`: room, online or proxy; `how` they signed: code, online, worker, proxy."""

    present: str
    how: str
    came_at: datetime
    left_at: datetime | None


class AttendeeOut(Schema):
    """One on the register. `present` is empty while they are not here; `holder` the seat of whoever stands for them."""

    id: int
    seat: int
    name: str
    where: str
    capacity: str
    expected: bool
    entitled: bool
    present: str
    holder: int | None
    stays: list[StayOut]


@router.get(
    "/meetings/{meeting_id}/register",
    response={200: list[AttendeeOut], **PROBLEMS},
    summary="Who was expected and who came",
    operation_id="meeting_register",
)
def read_register(request: HttpRequest, meeting_id: Path[Id]) -> list[AttendeeOut]:
    """With every stay, in the order of seats; for those who work on the meeting."""
    actor, _now = who(request)
    return [
        AttendeeOut(
            id=a.pk, seat=a.seat, name=a.called, where=a.where, capacity=a.capacity, expected=a.expected, entitled=a.entitled, present=a.present,
            holder=a.holder.seat if a.holder else None,
            stays=[StayOut(present=s.present, how=s.how, came_at=s.came_at, left_at=s.left_at) for s in a.stays.all()],
        )
        for a in attendance(_staffed(actor, meeting_id))
    ]  # fmt: skip


# --- papers and minutes ------------------------------------------------------------------------------------------------------------
class MeetingPaperIn(Input):
    """A file uploaded before, a link, or both; `kind` signature: a signed sheet of the minutes."""

    title: Annotated[str, at_most(120)] = ""
    file: Id | None = None
    link: Annotated[str, at_most(300)] = ""
    item: Id | None = None
    kind: Literal["document", "signature"] = "document"
    once: Annotated[str, at_most(40)] = ""


@router.post("/meetings/{meeting_id}/papers", response=ANSWER, summary="Add a paper", operation_id="add_meeting_paper")
def add_paper(request: HttpRequest, meeting_id: Path[Id], given: MeetingPaperIn) -> Any:
    actor, now = who(request)
    kept = files_of(actor, [given.file], "file")[0] if given.file else None
    planning.add_paper(
        actor=actor, meeting_id=meeting_id, title=given.title, now=now, file=kept, link=given.link, item_id=given.item, kind=given.kind,
        once=given.once,
    )  # fmt: skip
    return whole(actor, meeting_for(actor, meeting_id))


class SectionIn(Input):
    key: Annotated[str, at_most(40)]
    text: Annotated[str, at_most(20_000)]


class CorrectMinutesIn(Input):
    """Sections by their key; those left out stay. `version` as last seen."""

    sections: Annotated[list[SectionIn], Field(min_length=1, max_length=60)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    once: Annotated[str, at_most(40)] = ""


@router.post(
    "/meetings/{meeting_id}/minutes", response={200: MinutesOut, **PROBLEMS}, summary="Correct the minutes", operation_id="correct_minutes"
)
def correct(request: HttpRequest, meeting_id: Path[Id], given: CorrectMinutesIn) -> Any:
    """A change takes confirmations away."""
    actor, now = who(request)
    found = minuting.correct_minutes(
        actor=actor, meeting_id=meeting_id, texts={s.key: s.text for s in given.sections}, now=now, seen=given.version, once=given.once
    )
    return minutes_out(meeting_id, found, found.sections)


# --- when to meet, who takes part -----------------------------------------------------------------------------------------------------
class OfferedSlotIn(Input):
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class SlotPollIn(Input):
    place: Id
    body: Literal[tuple(Body.values)]  # type: ignore[valid-type]  # the words of the model
    title: Annotated[str, at_most(80)]
    slots: Annotated[list[OfferedSlotIn], Field(min_length=2, max_length=20)]
    closes_at: AwareDatetime


@router.post("/meeting-slots", response={201: PollOut, **PROBLEMS}, summary="Ask when to meet", operation_id="open_slot_poll")
def open_poll(request: HttpRequest, given: SlotPollIn) -> Any:
    """One of the times at least lies in the evening or on a free day."""
    actor, now = who(request)
    told = given.dict(exclude={"place", "slots"})
    times = [(s.starts_at, s.ends_at) for s in given.slots]
    return Status(201, poll_out(slots.open_poll(actor=actor, place=place_by_id(given.place), slots=times, now=now, **told), now))


class ChosenSlotIn(Input):
    slot: Id


@router.post("/meeting-slots/{poll_id}/choose", response={200: PollOut, **PROBLEMS}, summary="Take a time", operation_id="choose_slot")
def choose(request: HttpRequest, poll_id: Path[Id], given: ChosenSlotIn) -> Any:
    """The poll closes; the meeting is planned by an act of its own."""
    actor, now = who(request)
    poll_for(actor, poll_id)
    slots.choose(actor=actor, poll_id=poll_id, slot_id=given.slot, now=now)
    return poll_out(poll_for(actor, poll_id), now)


class TakingPartShareOut(Schema):
    """`part` of `whole`; null where the count would point at people."""

    label: str
    part: int | None
    whole: int


class TakingPartOut(Schema):
    """Who came in the last year: people by age (a18, a35, a60, a80; empty for unknown birthdays), homes by building, homes reached of all, the others."""

    since: date
    bands: list[TakingPartShareOut]
    buildings: list[TakingPartShareOut]
    reached: int
    homes: int
    unreached: list[str]


@router.get(
    "/meeting-participation", response={200: TakingPartOut, **PROBLEMS}, summary="Who takes part", operation_id="meeting_participation"
)
def who_takes_part(request: HttpRequest, place: Id) -> TakingPartOut:
    """Of a community or a smaller place. The first five hundred homes nobody came from are named, which is logged."""
    actor, now = who(request)
    found_place = place_by_id(place)
    table.require(actor, "meeting.participation", found_place.path)
    if found_place.kind in ("province", "city", "district", "street"):
        raise Invalid("too_wide", _("请选一个社区或更小的范围。"))
    found = participation(found_place, now)
    named = [address for _path, address in found.unreached[:500]]
    if named:
        log_event("meeting_homes_listed", now=now, actor=actor, about=found_place.name, homes=len(named))
    shares = {
        name: [TakingPartShareOut(label=s.label, part=s.part, whole=s.whole) for s in getattr(found, name)]
        for name in ("bands", "buildings")
    }
    return TakingPartOut(since=(now - timedelta(days=365)).date(), reached=found.reached, homes=found.homes, unreached=named, **shares)
