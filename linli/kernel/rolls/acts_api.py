"""
Every act on a roll in JSON, one POST for each: drawn up, its findings mended, people entered, frozen, objected to, answered, replaced. The same actions and
refusals as at the Desk; names stay masked, and whole ones are opened at the Desk alone, where the purpose is asked.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Schema, Status
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.access.tongue import as_read
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_by_id
from linli.kernel.rolls import mends, queries
from linli.kernel.rolls.actions import draft, freezing, mending, objecting
from linli.kernel.rolls.api import Number, RollOut, roll_out, router
from linli.kernel.rolls.desk_rows import decision_row, finding_rows
from linli.kernel.rolls.entering import recognised
from linli.kernel.rolls.models import ObjectionKind, Roll, RollKind, RollObjection, VotingUnit
from linli.kernel.rolls.wording import objector
from linli.lib.units import UnitError, parse_area
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

ANSWER = {200: RollOut, **PROBLEMS}
Seen = Annotated[int, Field(ge=1, le=2**31 - 1, description="The draft's version as last seen; left out, whatever it is now.")]
Reason = Annotated[str, at_most(200)]
Choices = dict[Annotated[str, at_most(24)], Annotated[str, at_most(80)]]


def _who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def _mark(request: HttpRequest, roll_id: int) -> dict[str, Any]:
    """What every act on a roll begins with: who, on which, when. Raises NotFound for a roll out of reach."""
    actor, now = _who(request)
    return {"actor": actor, "roll_id": queries.roll_for_staff(actor, roll_id).pk, "now": now}


# --- drawing up, freezing, replacing ---------------------------------------------------------------------------------------------
class DrawRollIn(Input):
    """`policy` holds the choices that decide who counts (docs/rolls.md); what is left out has its default. `about`: for which matter, such as M12."""

    place: Id
    kind: Literal[tuple(RollKind.values)]  # type: ignore[valid-type]  # the words of the model
    record_date: date
    title: Annotated[str, at_most(80)] = ""
    about: Annotated[str, at_most(24)] = ""
    policy: Choices = {}


@router.post("/rolls", response={201: RollOut, **PROBLEMS}, summary="Draw a roll up", operation_id="draw_roll_up")
def draw_up(request: HttpRequest, given: DrawRollIn) -> Status[RollOut]:
    """A draft; what is wrong in it stands in its findings."""
    actor, now = _who(request)
    told = given.dict(exclude={"place"})
    return Status(201, roll_out(draft.draw_up(actor=actor, place=place_by_id(given.place), now=now, **told)))


class RollTermsIn(Input):
    record_date: date | None = None
    title: Annotated[str, at_most(80)] | None = None
    policy: Choices | None = None
    version: Seen | None = None


@router.post("/rolls/{roll_id}", response=ANSWER, summary="Change a draft", operation_id="change_roll")
def change_terms(request: HttpRequest, roll_id: Number, given: RollTermsIn) -> RollOut:
    """Record date, title or choices; what is left out stays. Nothing but `version` draws it again from the register as it is now."""
    mark = _mark(request, roll_id)
    return roll_out(draft.set_terms(**mark, **given.dict(exclude={"version"}), seen=given.version))


@router.post("/rolls/{roll_id}/discard", response={204: None, **PROBLEMS}, summary="Throw a draft away", operation_id="discard_roll")
def discard(request: HttpRequest, roll_id: Number) -> Status[None]:
    draft.discard(**_mark(request, roll_id))
    return Status(204, None)


class FreezeRollIn(Input):
    """Objections are heard until the last day, or for so many days; without both for as many as the place's law says."""

    objection_days: Annotated[int, Field(ge=1, le=90)] | None = None
    objections_until: date | None = None
    version: Seen | None = None


@router.post("/rolls/{roll_id}/freeze", response=ANSWER, summary="Freeze and publish", operation_id="freeze_roll")
def freeze(request: HttpRequest, roll_id: Number, given: FreezeRollIn) -> RollOut:
    """It cannot be taken back."""
    mark = _mark(request, roll_id)
    return roll_out(freezing.freeze(**mark, **given.dict(exclude={"version"}), seen=given.version))


class MendedRollIn(Input):
    why: Annotated[str, at_most(300)]


@router.post("/rolls/{roll_id}/mended", response=ANSWER, summary="Begin the roll that replaces it", operation_id="begin_mended_roll")
def begin_mended(request: HttpRequest, roll_id: Number, given: MendedRollIn) -> RollOut:
    """The answer is the new draft; asking again gives the same."""
    return roll_out(freezing.mend_roll(**_mark(request, roll_id), why=given.why))


# --- findings and their mends --------------------------------------------------------------------------------------------------------
class RollSubjectOut(Schema):
    """What a finding is about; sent back as it came to say which one is mended. `voter` is a voter's own mark within the roll."""

    home: int | None = None
    other_home: int | None = None
    voter: str = ""
    person: int | None = None
    other_person: int | None = None


class RollProblemOut(Schema):
    """`ways` are the words `way` may have when it is mended; none: it is mended in the register, or only told."""

    id: int
    code: str
    level: str
    door: str
    who: str
    what: str
    subject: RollSubjectOut
    ways: list[str]


class RollProblemPageOut(Schema):
    items: list[RollProblemOut]
    next_cursor: int | None


class RollProblemsChosen(Input):
    code: Annotated[str, at_most(32, shortest=1)]
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get(
    "/rolls/{roll_id}/findings", response={200: RollProblemPageOut, **PROBLEMS}, summary="Findings of a kind", operation_id="roll_findings"
)
def findings(request: HttpRequest, roll_id: Number, chosen: Query[RollProblemsChosen]) -> RollProblemPageOut:
    """Names masked. Which kinds there are, and how many of each, stands with the roll."""
    actor, _now = _who(request)
    roll = queries.roll_for_staff(actor, roll_id)
    rows, more = queries.problems(roll, chosen.code, after=chosen.cursor or 0, limit=chosen.limit)
    may = roll.is_draft and table.may(actor, "roll.draw", roll.place_path)
    shown = finding_rows(actor, roll, rows, may_draw=False, tried=None)
    items = [
        RollProblemOut(
            id=one.pk, code=one.code, level=one.level, door=row["door"], who=row["who"], what=row["what"],
            subject=RollSubjectOut(
                home=one.home_id, other_home=one.other_home_id, voter=one.facts.get("voter", ""), person=one.person_id,
                other_person=one.other_person_id,
            ),
            ways=list(mends.OFFERS.get(one.code, ())) if may else [],
        )
        for one, row in zip(rows, shown, strict=True)
    ]  # fmt: skip
    return RollProblemPageOut(items=items, next_cursor=more or None)


class RollSubjectIn(Input):
    home: Id | None = None
    other_home: Id | None = None
    voter: Annotated[str, at_most(100)] = ""
    person: Id | None = None
    other_person: Id | None = None


class MendRollIn(Input):
    """
    One way of mending. `state` for the way state, `area` (square metres as text) with `source` for area, `by` (a person) or `name` for
    representative and agent; every way but representative needs its reason.
    """

    way: Literal[tuple(mends.MENDS)]  # type: ignore[valid-type]  # the words of the table
    subject: RollSubjectIn
    reason: Reason = ""
    state: Literal[tuple(VotingUnit.State.values)] | None = None  # type: ignore[valid-type]  # as above
    area: Annotated[str, at_most(16)] = ""
    source: Literal[tuple(VotingUnit.AreaSource.values)] | None = None  # type: ignore[valid-type]  # as above
    by: Id | None = None
    name: Annotated[str, at_most(60)] = ""


@router.post("/rolls/{roll_id}/mend", response=ANSWER, summary="Mend a finding", operation_id="mend_roll")
def mend(request: HttpRequest, roll_id: Number, given: MendRollIn) -> RollOut:
    """The answer is the roll as it was drawn again afterwards."""
    mark = _mark(request, roll_id)
    about = given.subject
    at = mends.Subject(about.home, about.other_home, about.voter, about.person, about.other_person)
    return roll_out(mends.mend(given.way, **mark, at=at, given=_asked(mark["actor"], given)))


def _asked(actor: Actor, given: MendRollIn) -> dict[str, Any]:
    """What the way's form would have asked for. Raises Invalid for what is missing."""
    told: dict[str, Any] = {"reason": given.reason}
    needed = {"state": ("state",), "area": ("area", "source"), "representative": ("by",)}.get(given.way, ())
    if missing := {name: [_("请填写。")] for name in needed if not getattr(given, name)}:
        raise Invalid("missing", _("还缺必填内容。"), fields=missing)
    if given.way == "state":
        told["state"] = given.state
    if given.way == "area":
        told |= {"area": _area(given.area), "source": given.source}
    if given.way == "representative":
        told["person"] = given.by
    if given.way == "agent":
        told |= {"person": person_in_reach(actor, given.by) if given.by else None, "name": given.name}
    return told


def _area(text: str) -> int:
    """In 0.01 m². Raises Invalid for what is no area."""
    try:
        return parse_area(text)
    except UnitError as problem:
        raise Invalid("bad_area", said(problem), fields={"area": [said(problem)]}) from None


class MendAllIn(Input):
    """`verb` as the finding allows: keep_unknown, unsold, exclude, admit, apart, merge, apart_homes."""

    code: Annotated[str, at_most(32, shortest=1)]
    verb: Annotated[str, at_most(16, shortest=1)]
    reason: Reason


@router.post("/rolls/{roll_id}/mend-all", response=ANSWER, summary="Settle every finding of a kind", operation_id="mend_roll_all")
def settle_all(request: HttpRequest, roll_id: Number, given: MendAllIn) -> RollOut:
    return roll_out(mending.settle_all(**_mark(request, roll_id), **given.dict()))


class RollDecisionOut(Schema):
    """What was decided while drawing up, in words, names masked."""

    id: int
    verb: str
    what: str
    about: str
    details: str
    reason: str
    by: str
    at: datetime


@router.get(
    "/rolls/{roll_id}/decisions",
    response={200: list[RollDecisionOut], **PROBLEMS},
    summary="What was decided",
    operation_id="roll_decisions",
)
def decisions(request: HttpRequest, roll_id: Number, cursor: Cursor | None = None, limit: Limit = 50) -> list[RollDecisionOut]:
    """The oldest first, behind the id `cursor`."""
    actor, _now = _who(request)
    rows, _more = queries.decisions(queries.roll_for_staff(actor, roll_id), after=cursor or 0, limit=limit)
    return [RollDecisionOut(verb=one.verb, **{**decision_row(one), "what": str(decision_row(one)["what"])}) for one in rows]


@router.post(
    "/rolls/{roll_id}/decisions/{decision_id}/take-back",
    response=ANSWER,
    summary="Take a decision back",
    operation_id="take_back_roll_decision",
)
def take_back(request: HttpRequest, roll_id: Number, decision_id: Number) -> RollOut:
    return roll_out(mending.take_back(**_mark(request, roll_id), decision_id=decision_id))


class RollEntryIn(Input):
    """
    A representative, a member, somebody of a list: `person` of the register, or a name, whose telephone or identity number among `marks` makes it
    somebody of the register.
    """

    person: Id | None = None
    name: Annotated[str, at_most(60)] = ""
    marks: Annotated[list[Annotated[str, at_most(60)]], Field(max_length=6)] = []
    bodies: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=6)] = []


class RollEntriesIn(Input):
    entries: Annotated[list[RollEntryIn], Field(min_length=1, max_length=1000)]
    version: Seen | None = None


@router.post("/rolls/{roll_id}/entries", response=ANSWER, summary="Enter people", operation_id="enter_on_roll")
def enter(request: HttpRequest, roll_id: Number, given: RollEntriesIn) -> RollOut:
    """Of rolls that are not drawn from the register. Entering the same person again replaces the entry; all are entered, or none."""
    mark = _mark(request, roll_id)
    actor = mark["actor"]
    named = [{"name": e.name, "marks": e.marks, "bodies": e.bodies} for e in given.entries if e.person is None]
    rows: list[dict[str, Any]] = recognised(actor, named)
    rows += [{"person": person_in_reach(actor, e.person), "bodies": e.bodies} for e in given.entries if e.person is not None]
    return roll_out(mending.enter_many(**mark, entries=rows, seen=given.version))


# --- objections --------------------------------------------------------------------------------------------------------------------
class RollObjectionOut(Schema):
    """`who` is whole for those who answer, else masked. `home` is the home it is about."""

    id: int
    roll: int
    kind: str
    who: str
    home: int | None
    text: str
    channel: str
    state: str
    raised_at: datetime
    answer: str
    answered_at: datetime | None


class RollObjectionPageOut(Schema):
    items: list[RollObjectionOut]
    next_cursor: int | None


def objection_out(one: RollObjection, *, whole: bool) -> RollObjectionOut:
    return RollObjectionOut(
        id=one.pk,
        roll=one.roll_id,
        kind=one.kind,
        who=objector(one, whole=whole),
        home=one.home_id,
        text=as_read(one.text),
        channel=one.channel,
        state=one.state,
        raised_at=one.raised_at.astimezone(UTC),
        answer=one.answer,
        answered_at=one.answered_at.astimezone(UTC) if one.answered_at else None,
    )


@router.get(
    "/rolls/{roll_id}/objections", response={200: RollObjectionPageOut, **PROBLEMS}, summary="Objections", operation_id="roll_objections"
)
def objections(request: HttpRequest, roll_id: Number, cursor: Cursor | None = None, limit: Limit = 50) -> RollObjectionPageOut:
    """For staff in reach all of them, the oldest first; for anybody else their own."""
    actor, _now = _who(request)
    if not actor.is_staff:
        own = queries.my_objections(actor, queries.public_roll(roll_id))
        return RollObjectionPageOut(items=[objection_out(one, whole=True) for one in own], next_cursor=None)
    roll = queries.roll_for_staff(actor, roll_id)
    whole = table.may(actor, "roll.answer", roll.place_path)
    rows, more = queries.objections(roll, after=cursor or 0, limit=limit)
    return RollObjectionPageOut(items=[objection_out(one, whole=whole) for one in rows], next_cursor=more or None)


class RollObjectionIn(Input):
    """For oneself; with `channel` for somebody who came, rang, was visited or wrote: a person of the register, or a name."""

    kind: Literal[tuple(ObjectionKind.values)]  # type: ignore[valid-type]  # the words of the model
    text: Annotated[str, at_most(1000)]
    home: Id | None = None
    channel: Literal["counter", "phone", "visit", "paper"] | None = None
    person: Id | None = None
    name: Annotated[str, at_most(60)] = ""


@router.post("/rolls/{roll_id}/objections", response={201: RollObjectionOut, **PROBLEMS}, summary="Object", operation_id="object_to_roll")
def object_to(request: HttpRequest, roll_id: Number, given: RollObjectionIn) -> Status[RollObjectionOut]:
    """The same objection again is the one there is."""
    actor, now = _who(request)
    home = _home(given.home, queries.public_roll(roll_id)) if given.home else None
    said: dict[str, Any] = {"actor": actor, "roll_id": roll_id, "kind": given.kind, "text": given.text, "home": home, "now": now}
    if given.channel is None:
        return Status(201, objection_out(objecting.object_to(**said), whole=True))
    person = person_in_reach(actor, given.person) if given.person else None
    made = objecting.object_for(**said, person=person, name=given.name, channel=given.channel)
    return Status(201, objection_out(made, whole=True))


def _home(number: int, roll: Roll) -> Place:
    found = place_by_id(number)
    if not found.path.startswith(roll.place_path):
        raise NotFound("no_home", _("名册范围内没有这户房屋。"))
    return found


@router.get(
    "/roll-objections", response={200: RollObjectionPageOut, **PROBLEMS}, summary="Objections to answer", operation_id="waiting_objections"
)
def waiting(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 50) -> RollObjectionPageOut:
    """Every open one the caller may answer, the oldest first."""
    actor, _now = _who(request)
    if not table.holds(actor, "roll.answer"):
        raise table.refusal(actor, "roll.answer")
    rows = queries.objections_in_reach(actor, after=cursor or 0, limit=limit + 1)
    shown = rows[:limit]
    items = [objection_out(one, whole=True) for one in shown]
    return RollObjectionPageOut(items=items, next_cursor=shown[-1].pk if len(rows) > limit else None)


class RollAnswerIn(Input):
    accepted: bool
    text: Annotated[str, at_most(1000)]


@router.post(
    "/roll-objections/{objection_id}/answer",
    response={200: RollObjectionOut, **PROBLEMS},
    summary="Answer an objection",
    operation_id="answer_roll_objection",
)
def answer(request: HttpRequest, objection_id: Number, given: RollAnswerIn) -> RollObjectionOut:
    """With its reason; an accepted one is mended by the roll that replaces this one."""
    actor, now = _who(request)
    made = objecting.answer(actor=actor, objection_id=objection_id, accepted=given.accepted, text=given.text, now=now)
    return objection_out(made, whole=True)


@router.post(
    "/roll-objections/{objection_id}/withdraw",
    response={200: RollObjectionOut, **PROBLEMS},
    summary="Take one's objection back",
    operation_id="withdraw_roll_objection",
)
def withdraw(request: HttpRequest, objection_id: Number) -> RollObjectionOut:
    actor, now = _who(request)
    return objection_out(objecting.withdraw(actor=actor, objection_id=objection_id, now=now), whole=True)
