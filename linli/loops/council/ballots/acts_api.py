"""
Every act of the Desk on a ballot in JSON, one POST for each: set up, opened, stopped, counted; delivered; taken on paper, by phone, at the counter, by proxy;
settled. Files are uploaded first and named by their number.

No answer tells a choice, so that of a secret ballot nothing leaves by this door; the same rules and refusals as at the Desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Router, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.files.models import StoredFile
from linli.kernel.files.queries import files_of
from linli.kernel.people.queries import person_in_reach
from linli.kernel.rolls.models import Roll
from linli.law import voting
from linli.loops.council.ballots import queries
from linli.loops.council.ballots.actions import (
    announcing,
    casting,
    counting,
    delivering,
    entrusting,
    following,
    hearing,
    on_paper,
    publishing,
    setting_up,
    settling,
)
from linli.loops.council.ballots.api import BallotOut, Number, ballot_out
from linli.loops.council.ballots.models import Ballot, Channel, Delivery, Hearing, Kind, Proxy, Secrecy
from linli.loops.council.motions.api_shapes import Ref
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.square_queries import motion_of_ref
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most

router = Router(tags=["ballot acts"])
Words = Annotated[str, at_most(2000)]
Seq = Annotated[int, Field(ge=1, le=2**31 - 1, description="The voter's number on the roll.")]
Choice = Annotated[str | dict[str, Any], Field(description="As in casting a vote.")]
ANSWER = {200: BallotOut, **PROBLEMS}


class DoneOut(Schema):
    """What an act left: the number of the row it made or changed (0 for none), its state, and how many voters it concerned."""

    id: int = 0
    state: str = ""
    count: int = 1


DONE = {200: DoneOut, **PROBLEMS}


def _who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def _file(actor: Actor, file_id: int | None) -> StoredFile | None:
    return files_of(actor, [file_id])[0] if file_id else None


def _answer(ballot_id: int) -> BallotOut:
    return ballot_out(Ballot.objects.select_related("motion__matter").get(pk=ballot_id))


# --- from its setting up to its count ------------------------------------------------------------------------------------
class SetUpIn(Input):
    """
    The ballot of the motion's next decision. `question` holds options, seats and the like as the kind asks; `thresholds` with their source only
    where nobody verified the rule's own; `version` is the draft's as last seen.
    """

    roll_id: Id
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    kind: Literal[tuple(Kind.values)] = Kind.YES_NO.value  # type: ignore[valid-type]  # the words of the model
    question: dict[str, Any] = {}
    profile: Annotated[str, at_most(64)] = ""
    jurisdiction: Annotated[str, at_most(16)] = "CN"
    policies: dict[str, Annotated[str, at_most(40)]] = {}
    conditions: Annotated[list[Annotated[str, at_most(200)]], Field(max_length=12)] = []
    thresholds: dict[str, Any] | None = None
    thresholds_source: Annotated[str, at_most(300)] = ""
    silent_clause: Annotated[str, at_most(300)] = ""
    secrecy: Literal[tuple(Secrecy.values)] = Secrecy.NAMED.value  # type: ignore[valid-type]  # as above
    first_stands: bool = False
    settle_signed: bool = False
    proxy_most: Annotated[int, Field(ge=0, le=1000)] | None = None
    official_system: Annotated[str, at_most(80)] = ""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


@router.post("/motions/{ref}/ballot", response={201: BallotOut, **PROBLEMS}, summary="Set a ballot up", operation_id="set_up_ballot")
def set_up(request: HttpRequest, ref: Path[Ref], given: SetUpIn) -> Status[BallotOut]:
    """Doing it again while nothing is announced changes the one draft."""
    actor, now = _who(request)
    motion = Motion.objects.select_related("matter__place").get(pk=motion_of_ref(actor, ref).pk)
    roll = Roll.objects.filter(pk=given.roll_id).first()
    if roll is None or roll.place_path[: len(motion.matter.place_path)] != motion.matter.place_path[: len(roll.place_path)]:
        raise Invalid("no_roll", _("没有找到这份名册。"), fields={"roll_id": [_("请写这个议题范围里已经冻结的名册。")]})
    if given.profile and given.profile not in {*voting.profiles(), "custom"}:
        raise Invalid("no_rule", _("没有这条规则。"), fields={"profile": [_("请从规则表中选择。")]})
    terms = given.dict(exclude={"roll_id", "version"})
    made = setting_up.set_up(actor=actor, motion=motion, roll=roll, now=now, seen=given.version, **terms)
    return Status(201, _answer(made.pk))


@router.post("/ballots/{ballot_id}/survey", response=ANSWER, summary="Publish a survey", operation_id="ballot_survey")
def survey(request: HttpRequest, ballot_id: Number) -> BallotOut:
    actor, now = _who(request)
    return _answer(announcing.announce_survey(actor=actor, ballot_id=ballot_id, now=now).pk)


@router.post("/ballots/{ballot_id}/motion", response=DONE, summary="A motion from a counted survey", operation_id="ballot_motion")
def motion_from_survey(request: HttpRequest, ballot_id: Number) -> DoneOut:
    """`id` is the new motion's number: M and it are its reference."""
    actor, now = _who(request)
    made = following.motion_from_survey(actor=actor, ballot_id=ballot_id, now=now)
    return DoneOut(id=made.pk, state=made.state)


@router.post("/ballots/{ballot_id}/open", response=ANSWER, summary="Open", operation_id="ballot_open")
def open_now(request: HttpRequest, ballot_id: Number) -> BallotOut:
    actor, now = _who(request)
    return _answer(setting_up.open_now(actor=actor, ballot_id=ballot_id, now=now).pk)


class WhyIn(Input):
    text: Words


@router.post("/ballots/{ballot_id}/abandon", response=ANSWER, summary="Stop in public", operation_id="ballot_abandon")
def abandon(request: HttpRequest, ballot_id: Number, given: WhyIn) -> BallotOut:
    actor, now = _who(request)
    return _answer(setting_up.abandon(actor=actor, ballot_id=ballot_id, text=given.text, now=now).pk)


class CountIn(Input):
    text: Words = ""


@router.post("/ballots/{ballot_id}/count", response=ANSWER, summary="Count and post", operation_id="ballot_count")
def count(request: HttpRequest, ballot_id: Number, given: CountIn) -> BallotOut:
    actor, now = _who(request)
    return _answer(counting.count(actor=actor, ballot_id=ballot_id, now=now, text=given.text).pk)


class OfficialIn(Input):
    """`figures` are heads and areas (0.01 m²) by choice under the names the ballot's page uses; `knowingly`: although they contradict the rule."""

    passed: bool
    text: Words
    proof: Id
    figures: Annotated[dict[str, Annotated[int, Field(ge=0, le=10**12)]], Field(max_length=20)] = {}
    knowingly: bool = False


@router.post("/ballots/{ballot_id}/official", response=ANSWER, summary="The official system's result", operation_id="ballot_official")
def official(request: HttpRequest, ballot_id: Number, given: OfficialIn) -> BallotOut:
    actor, now = _who(request)
    given_file = _file(actor, given.proof)
    told = given.dict(exclude={"proof"})
    return _answer(counting.import_official(actor=actor, ballot_id=ballot_id, proof=given_file, now=now, **told).pk)


@router.post("/ballots/{ballot_id}/bundle/again", response=DONE, summary="Make the bundle again", operation_id="ballot_bundle_again")
def bundle_again(request: HttpRequest, ballot_id: Number) -> DoneOut:
    actor, now = _who(request)
    return DoneOut(state=publishing.build_again(actor=actor, ballot_id=ballot_id, now=now).state)


# --- delivery -------------------------------------------------------------------------------------------------------------
class DeliveryIn(Input):
    """One attempt at one door or at many: all are written, or none."""

    seqs: Annotated[list[Seq], Field(min_length=1, max_length=500)]
    how: Literal[tuple(Delivery.How.values)]  # type: ignore[valid-type]  # as above
    outcome: Literal[tuple(Delivery.Outcome.values)]  # type: ignore[valid-type]  # as above
    proof: Id | None = None
    note: Annotated[str, at_most(200)] = ""


@router.post("/ballots/{ballot_id}/deliveries", response=DONE, summary="Record deliveries", operation_id="ballot_deliver")
def deliver(request: HttpRequest, ballot_id: Number, given: DeliveryIn) -> DoneOut:
    actor, now = _who(request)
    seqs = sorted(set(given.seqs))
    delivering.record_deliveries(
        actor=actor, ballot_id=ballot_id, seqs=seqs, how=given.how, outcome=given.outcome, now=now, proof=_file(actor, given.proof),
        note=given.note,
    )  # fmt: skip
    return DoneOut(count=len(seqs))


@router.post(
    "/ballots/{ballot_id}/deliveries/announce", response=DONE, summary="Post for those not reached", operation_id="ballot_announce_instead"
)
def announce_instead(request: HttpRequest, ballot_id: Number) -> DoneOut:
    actor, now = _who(request)
    return DoneOut(count=delivering.announce_instead(actor=actor, ballot_id=ballot_id, now=now))


@router.post("/ballots/{ballot_id}/remind", response=DONE, summary="Remind who has not voted", operation_id="ballot_remind")
def remind(request: HttpRequest, ballot_id: Number) -> DoneOut:
    actor, now = _who(request)
    return DoneOut(count=delivering.remind(actor=actor, ballot_id=ballot_id, now=now))


# --- on paper -------------------------------------------------------------------------------------------------------------
class SheetsIn(Input):
    """`seqs` null: everybody on the roll; `again` makes new codes and ends those before."""

    seqs: Annotated[list[Seq], Field(max_length=5000)] | None = None
    again: bool = False


class SheetOut(Schema):
    seq: int
    code: str


@router.post(
    "/ballots/{ballot_id}/sheets",
    response={200: list[SheetOut], **PROBLEMS},
    summary="Paper ballots with codes",
    operation_id="ballot_sheets",
)
def sheets(request: HttpRequest, ballot_id: Number, given: SheetsIn) -> list[SheetOut]:
    actor, now = _who(request)
    made = on_paper.print_sheets(actor=actor, ballot_id=ballot_id, now=now, seqs=given.seqs, again=given.again)
    return [SheetOut(seq=sheet.voter.seq, code=sheet.code) for sheet in made]


class ReadingIn(Input):
    """What is ticked on a returned paper; the second person who keys it does so without knowing the first's. `scan` is a picture."""

    choice: Choice
    received_at: AwareDatetime
    scan: Id | None = None


@router.post("/ballot-sheets/{code}/readings", response=DONE, summary="Key a paper in", operation_id="key_ballot_paper")
def key_in(request: HttpRequest, code: Path[Annotated[str, at_most(40, shortest=1)]], given: ReadingIn) -> DoneOut:
    """`state` is waiting, confirmed or differs."""
    actor, now = _who(request)
    scan = _file(actor, given.scan)
    if scan is not None and not scan.is_picture:
        raise Invalid("bad_photo", _("纸质票要拍照或扫描成图片。"), fields={"scan": [_("请上传图片。")]})
    made = on_paper.key_in(actor=actor, code=code, choice=given.choice, received_at=given.received_at, now=now, scan=scan)
    return DoneOut(id=made.pk, state=made.state)


class WhichIn(Input):
    first_is_right: bool


@router.post("/ballot-readings/{reading_id}/settle", response=DONE, summary="Which reading is right", operation_id="settle_ballot_reading")
def settle_reading(request: HttpRequest, reading_id: Number, given: WhichIn) -> DoneOut:
    actor, now = _who(request)
    made = on_paper.settle_reading(actor=actor, reading_id=reading_id, first_is_right=given.first_is_right, now=now)
    return DoneOut(id=made.pk, state=made.state)


@router.post("/ballot-readings/{reading_id}/drop", response=DONE, summary="Drop a reading", operation_id="drop_ballot_reading")
def drop_reading(request: HttpRequest, reading_id: Number) -> DoneOut:
    actor, now = _who(request)
    made = on_paper.drop_reading(actor=actor, reading_id=reading_id, now=now)
    return DoneOut(id=made.pk, state=made.state)


# --- by phone, at the door, in the meeting, by proxy ----------------------------------------------------------------------
class HeardIn(Input):
    """What a voter said by phone or at the door, waiting for the witness's own word; `channel` meeting: said before everybody, without a witness."""

    seq: Seq
    choice: Choice
    channel: Literal["phone", "visit", "meeting"]
    consent: bool
    witness_id: Id | None = None
    note: Annotated[str, at_most(300)] = ""


@router.post("/ballots/{ballot_id}/hearings", response=DONE, summary="Take a spoken vote down", operation_id="hear_vote")
def hear(request: HttpRequest, ballot_id: Number, given: HeardIn) -> DoneOut:
    """`state` is that of the hearing, or of the vote where it was said in a meeting."""
    actor, now = _who(request)
    said: dict[str, Any] = {**given.dict(), "actor": actor, "ballot_id": ballot_id, "now": now}
    if given.channel == Channel.MEETING.value:
        if given.witness_id is not None:
            words = _("会场里当众表示的不用另选见证人。")
            raise Invalid("bad_channel", words, fields={"witness_id": [words]})
        return DoneOut(state=casting.record_vote(**said).vote.state)
    made = hearing.hear(**said)
    return DoneOut(id=made.pk, state=made.state)


def _hearing(ballot_id: int, hearing_id: int) -> int:
    if not Hearing.objects.filter(pk=hearing_id, ballot_id=ballot_id).exists():
        raise NotFound("no_hearing", _("没有找到这次登记。"))
    return hearing_id


@router.post(
    "/ballots/{ballot_id}/hearings/{hearing_id}/confirm", response=DONE, summary="The witness confirms", operation_id="confirm_hearing"
)
def confirm_hearing(request: HttpRequest, ballot_id: Number, hearing_id: Number) -> DoneOut:
    actor, now = _who(request)
    made = hearing.confirm_hearing(actor=actor, hearing_id=_hearing(ballot_id, hearing_id), now=now)
    return DoneOut(id=hearing_id, state=made.vote.state)


@router.post("/ballots/{ballot_id}/hearings/{hearing_id}/drop", response=DONE, summary="Drop a hearing", operation_id="drop_hearing")
def drop_hearing(request: HttpRequest, ballot_id: Number, hearing_id: Number, given: WhyIn) -> DoneOut:
    actor, now = _who(request)
    made = hearing.drop_hearing(actor=actor, hearing_id=_hearing(ballot_id, hearing_id), why=given.text, now=now)
    return DoneOut(id=made.pk, state=made.state)


class ProxyIn(Input):
    """A written authority: for whom (`seq`), who votes (`holder_id`, a person), the paper, and the vote it asks for where it says one."""

    seq: Seq
    holder_id: Id
    authority: Id
    instruction: Choice | None = None
    property_staff: bool = False


@router.post("/ballots/{ballot_id}/proxies", response=DONE, summary="Record an authority", operation_id="record_proxy")
def record_proxy(request: HttpRequest, ballot_id: Number, given: ProxyIn) -> DoneOut:
    actor, now = _who(request)
    made = entrusting.record_proxy(
        actor=actor, ballot_id=ballot_id, seq=given.seq, holder=person_in_reach(actor, given.holder_id), now=now,
        authority=_file(actor, given.authority), instruction=given.instruction, property_staff=given.property_staff,
    )  # fmt: skip
    return DoneOut(id=made.pk)


def _proxy(ballot_id: int, proxy_id: int) -> Proxy:
    found = Proxy.objects.filter(pk=proxy_id, ballot_id=ballot_id).select_related("voter").first()
    if found is None:
        raise NotFound("no_proxy", _("没有找到这份委托。"))
    return found


@router.post("/ballots/{ballot_id}/proxies/{proxy_id}/end", response=DONE, summary="End an authority", operation_id="end_proxy")
def end_proxy(request: HttpRequest, ballot_id: Number, proxy_id: Number, given: WhyIn) -> DoneOut:
    actor, now = _who(request)
    made = entrusting.end_proxy(actor=actor, proxy_id=_proxy(ballot_id, proxy_id).pk, why=given.text, now=now)
    return DoneOut(id=made.pk)


class ChoiceIn(Input):
    choice: Choice


@router.post("/ballots/{ballot_id}/proxies/{proxy_id}/cast", response=DONE, summary="Vote under an authority", operation_id="cast_by_proxy")
def cast_by_proxy(request: HttpRequest, ballot_id: Number, proxy_id: Number, given: ChoiceIn) -> DoneOut:
    actor, now = _who(request)
    seq = _proxy(ballot_id, proxy_id).voter.seq
    return DoneOut(
        id=proxy_id, state=entrusting.cast_by_proxy(actor=actor, ballot_id=ballot_id, seq=seq, choice=given.choice, now=now).vote.state
    )


class SettleIn(Input):
    """`vote_id` null: neither counts. `statement` is what the voter signed."""

    seq: Seq
    vote_id: Id | None
    reason: Annotated[str, at_most(300)]
    statement: Id | None = None


@router.post("/ballots/{ballot_id}/conflicts/settle", response=DONE, summary="Settle a conflict", operation_id="settle_conflict")
def settle(request: HttpRequest, ballot_id: Number, given: SettleIn) -> DoneOut:
    actor, now = _who(request)
    made = settling.settle(
        actor=actor, ballot_id=ballot_id, seq=given.seq, vote_id=given.vote_id, reason=given.reason, now=now,
        statement=_file(actor, given.statement),
    )  # fmt: skip
    return DoneOut(id=made.pk)


class ConflictVoteOut(Schema):
    """One of the votes; of a secret ballot never the choice."""

    id: int
    channel: str
    cast_at: datetime


class ConflictOut(Schema):
    seq: int
    votes: list[ConflictVoteOut]


@router.get(
    "/ballots/{ballot_id}/conflicts",
    response={200: list[ConflictOut], **PROBLEMS},
    summary="Votes that contradict",
    operation_id="list_conflicts",
)
def list_conflicts(request: HttpRequest, ballot_id: Number) -> Sequence[ConflictOut]:
    """The first two hundred voters with votes to settle, by their numbers on the roll."""
    actor, _now = _who(request)
    ballot = setting_up.ballot_of(actor, ballot_id, "ballot.read")
    return [
        ConflictOut(seq=voter.seq, votes=[ConflictVoteOut(id=v.pk, channel=v.channel, cast_at=v.cast_at) for v in votes])
        for voter, votes in queries.conflicts(ballot, limit=200)
    ]
