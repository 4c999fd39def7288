"""Ballots in JSON: which there are, one with its turnout and result, voting, receipts, the bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.again_pages import recently
from linli.kernel.places.queries import place_by_id
from linli.lib.units import format_area
from linli.loops.council.ballots import sealing
from linli.loops.council.ballots import square_queries as found
from linli.loops.council.ballots.actions import casting, storing
from linli.loops.council.ballots.actions.publishing import file_of
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.queries import my_standings, turnout
from linli.loops.council.ballots.receipts import LONGEST_THEIRS
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["ballots"])
Number = Path[Id]


class BallotOut(Schema):
    """A ballot as everybody sees it; `passed` is null until counted, and for a survey."""

    id: int
    motion: str
    title: str
    kind: str
    secrecy: str
    state: str
    consultative: bool
    roll_id: int
    profile: str
    opens_at: datetime
    closes_at: datetime
    frozen_hash: str
    passed: bool | None
    bundle: str


class BallotPageOut(Schema):
    items: list[BallotOut]
    next_cursor: int | None


class BallotOptionOut(Schema):
    code: str
    title: str
    text: str = ""
    cost_fen: int | None = None


class WholeBallotOut(Schema):
    ballot: BallotOut
    text: str
    options: list[BallotOptionOut]
    question: dict[str, Any]
    policies: dict[str, str]
    result: dict[str, Any]


class DimensionOut(Schema):
    """`have` and `total` in heads, or in square metres as text for area; `missing` is what the rule still asks for."""

    name: str
    have: str
    total: str
    needed: str | None
    missing: str


class BuildingOut(Schema):
    place_id: int | None
    name: str
    voted: int
    voters: int


class TurnoutOut(Schema):
    dimensions: list[DimensionOut]
    buildings: list[BuildingOut]
    conflicts: int
    by_channel: dict[str, int]


class OwnVoterOut(Schema):
    """One voter the caller casts for. `receipt` is theirs alone; of a secret ballot it is there until the count."""

    seq: int
    proxy: bool
    voted: bool
    conflict: bool
    receipt: str


class CastOut(Schema):
    """`receipt` is empty for a secret ballot, so that no kept answer holds it: read it from `/ballots/{id}/mine`."""

    seq: int
    state: str
    repeats: bool
    receipt: str


class ReceiptOut(Schema):
    found: str


def _who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def ballot_out(ballot: Ballot) -> BallotOut:
    matter = ballot.motion.matter
    return BallotOut(
        id=ballot.pk,
        motion=matter.ref,
        title=matter.public_title,
        kind=ballot.kind,
        secrecy=ballot.secrecy,
        state=ballot.state,
        consultative=ballot.consultative,
        roll_id=ballot.roll_id,
        profile=ballot.profile,
        opens_at=ballot.opens_at.astimezone(UTC),
        closes_at=ballot.closes_at.astimezone(UTC),
        frozen_hash=ballot.frozen_hash,
        passed=ballot.passed,
        bundle=ballot.bundle_hash,
    )


class BallotsChosen(Input):
    """Of one `state` group, the newest first; `place_id` those of the place, of places above and below it."""

    state: Literal["coming", "open", "over"] = "open"
    place_id: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


@router.get("/ballots", response={200: BallotPageOut, **PROBLEMS}, summary="List ballots", operation_id="list_ballots")
def list_ballots(request: HttpRequest, chosen: Query[BallotsChosen]) -> BallotPageOut:
    place = place_by_id(chosen.place_id) if chosen.place_id else None
    rows = found.public_ballots(chosen.state, place, before=chosen.cursor, limit=chosen.limit + 1)
    shown = rows[: chosen.limit]
    return BallotPageOut(items=[ballot_out(b) for b in shown], next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


@router.get("/ballots/{ballot_id}", response={200: WholeBallotOut, **PROBLEMS}, summary="One ballot", operation_id="get_ballot")
def get_ballot(request: HttpRequest, ballot_id: Number) -> WholeBallotOut:
    """With its text, options and, once counted, its result in both dimensions."""
    ballot = found.ballot_for(_who(request)[0], ballot_id)
    text = found.text_of(ballot)
    return WholeBallotOut(
        ballot=ballot_out(ballot),
        text=text.body if text else "",
        options=[
            BallotOptionOut(code=o.get("code", ""), title=o["title"], text=o.get("text", ""), cost_fen=o.get("cost_fen"))
            for o in found.options_of(ballot, text)
        ],
        question={k: v for k, v in ballot.question.items() if k != "options"},
        policies=ballot.policies,
        result=ballot.result,
    )


@router.get("/ballots/{ballot_id}/turnout", response={200: TurnoutOut, **PROBLEMS}, summary="Turnout", operation_id="ballot_turnout")
def get_turnout(request: HttpRequest, ballot_id: Number) -> TurnoutOut:
    """Live, in both dimensions and by building; nothing of what was chosen."""
    seen = turnout(found.ballot_for(_who(request)[0], ballot_id))

    def told(name: str, amount: int) -> str:
        return format_area(amount) if name == "area" else str(amount)

    return TurnoutOut(
        dimensions=[
            DimensionOut(
                name=d.name,
                have=told(d.name, d.have),
                total=told(d.name, d.total),
                needed=None if d.needed is None else told(d.name, d.needed),
                missing=told(d.name, d.missing),
            )
            for d in seen.dimensions
        ],
        buildings=[BuildingOut(place_id=b.building_id, name=b.name, voted=b.voted, voters=b.voters) for b in seen.buildings],
        conflicts=seen.conflicts,
        by_channel=seen.by_channel,
    )


class VoteIn(Input):
    """
    `choice` is "agree", "against" or "abstain"; with several options {"approve": [codes]}, {"rank": [codes]} or {"points": {code: n}}, or
    "abstain". `seq` is for whom, when one casts for several; `nonce` a random text of the own device, part of a secret vote's tag.
    """

    choice: str | dict[str, Any]
    seq: Id | None = None
    nonce: Annotated[str, at_most(LONGEST_THEIRS)] = ""


@router.post("/ballots/{ballot_id}/votes", response={201: CastOut, **PROBLEMS}, summary="Vote", operation_id="cast_vote")
def cast(request: HttpRequest, ballot_id: Number, given: VoteIn) -> Status[CastOut]:
    """
    For oneself, or for whom one casts. The same vote again is the same vote. A browser's session must have shown within a quarter of an
    hour who sits before it.
    """
    actor, now = _who(request)
    if not actor.is_anonymous and not request.headers.get("Authorization") and not recently(request):
        raise Refused("sign_in_again", _("投票前请再核对一次是您本人。"), turn_to="/sign-in/again/")
    made = casting.cast_own(actor=actor, ballot_id=ballot_id, seq=given.seq, choice=given.choice, now=now, theirs=given.nonce)
    secret = not made.vote.receipt
    return Status(201, CastOut(seq=made.seq, state=made.vote.state, repeats=made.repeats, receipt="" if secret else made.code))


@router.get("/ballots/{ballot_id}/mine", response={200: list[OwnVoterOut], **PROBLEMS}, summary="My votes", operation_id="my_votes")
def mine(request: HttpRequest, ballot_id: Number) -> list[OwnVoterOut]:
    """For whom the caller casts, whether they voted, and their receipts. Empty for who is not on the roll."""
    actor, _now = _who(request)
    ballot = found.ballot_for(actor, ballot_id)
    cipher = sealing.cipher_of(ballot) if ballot.is_secret and ballot.key else None
    shown = bool(request.headers.get("Authorization")) or recently(request)
    return [
        OwnVoterOut(
            seq=s.voter.seq,
            proxy=s.proxy is not None,
            voted=s.voted is not None,
            conflict=s.conflict,
            receipt=storing.receipt_code(ballot, s.voted, cipher) if s.voted and shown and (cipher or not ballot.is_secret) else "",
        )
        for s in my_standings(actor, ballot)
    ]


@router.get(
    "/ballots/{ballot_id}/receipts/{code}", response={200: ReceiptOut, **PROBLEMS}, summary="A receipt", operation_id="check_receipt"
)
def check_receipt(request: HttpRequest, ballot_id: Number, code: Path[Annotated[str, at_most(120, shortest=1)]]) -> ReceiptOut:
    """`found` is stands, replaced, conflict, late, void, unknown, or sealed (a secret ballot not yet counted)."""
    return ReceiptOut(found=found.find_receipt(found.ballot_for(_who(request)[0], ballot_id), code))


@router.get("/ballots/{ballot_id}/bundle", response={200: dict[str, Any], **PROBLEMS}, summary="The bundle", operation_id="ballot_bundle")
def bundle(request: HttpRequest, ballot_id: Number) -> HttpResponse:
    """The published file, byte for byte; its fingerprint stands on the notice board."""
    content, _digest = file_of(found.ballot_for(_who(request)[0], ballot_id).pk)
    return HttpResponse(content, content_type="application/json; charset=utf-8")
