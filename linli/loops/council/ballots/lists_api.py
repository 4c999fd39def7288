"""
What the Desk's lists of a ballot tell, in JSON, and what leaves it as a file: the delivery ledger, papers to be keyed again, spoken votes that wait for
their witness, authorities; the openings for the witnesses, the package for the government's system. Names masked, and never a choice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema, Status
from pydantic import Field

from linli.kernel.access.tongue import as_read
from linli.lib.masking import mask_name
from linli.loops.council.ballots import queries
from linli.loops.council.ballots.actions import handing, publishing
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.acts_api import _who, router
from linli.loops.council.ballots.api import Number
from linli.loops.council.ballots.desk import door_of, voter_words
from linli.loops.council.ballots.models import Delivery, Hearing
from linli.web.jsonapi import PROBLEMS, Cursor, Input, Limit, at_most


# --- the delivery ledger ---------------------------------------------------------------------------------------------------
class DeliveryAttemptOut(Schema):
    """One attempt; `stands_from` is when a posted announcement counts as delivered, `proof` the number of the file kept of it."""

    at: datetime
    how: str
    outcome: str
    by: str
    note: str
    stands_from: datetime | None
    proof: int | None


class LedgerRowOut(Schema):
    """One voter: `reached` by any attempt, `voted` (which proves delivery) without saying what."""

    seq: int
    door: str
    name: str
    reached: bool
    voted: bool
    attempts: list[DeliveryAttemptOut]


class LedgerPageOut(Schema):
    items: list[LedgerRowOut]
    next_cursor: int | None


class LedgerChosen(Input):
    """`only`: unreached (nobody reached them), untried, failed (tried in vain); `building`: the number of the building, 0 for homes without one."""

    only: Literal["", "unreached", "untried", "failed"] = ""
    building: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    cursor: Annotated[int, Field(ge=1, le=2**31 - 1, description="`next_cursor` of the page before.")] | None = None
    limit: Limit = 50


@router.get(
    "/ballots/{ballot_id}/deliveries",
    response={200: LedgerPageOut, **PROBLEMS},
    summary="The delivery ledger",
    operation_id="ballot_ledger",
)
def ledger(request: HttpRequest, ballot_id: Number, chosen: Query[LedgerChosen]) -> LedgerPageOut:
    """By number on the roll, every attempt with it."""
    actor, _now = _who(request)
    ballot = ballot_of(actor, ballot_id, "ballot.read")
    building = queries.EVERYWHERE if chosen.building is None else chosen.building or None
    rows = queries.ledger(ballot, only=chosen.only, building=building, after=chosen.cursor or 0, limit=chosen.limit + 1)
    shown = rows[: chosen.limit]
    items = [
        LedgerRowOut(
            seq=row.voter.seq, door=door_of(row.voter), name=voter_words(row.voter), reached=row.reached, voted=row.voted,
            attempts=[_attempt(one) for one in row.attempts],
        )
        for row in shown
    ]  # fmt: skip
    return LedgerPageOut(items=items, next_cursor=shown[-1].voter.seq if len(rows) > chosen.limit else None)


def _attempt(one: Delivery) -> DeliveryAttemptOut:
    stands = one.stands_from if one.how == Delivery.How.NOTICE else None
    return DeliveryAttemptOut(
        at=one.at, how=one.how, outcome=one.outcome, by=one.by_name, note=one.note, stands_from=stands, proof=one.proof_id
    )


# --- what waits for a second person ------------------------------------------------------------------------------------------
class OpenReadingOut(Schema):
    """A paper keyed once (waiting) or differently by two (differs). What was keyed is told to nobody who has yet to key it."""

    id: int
    code: str
    seq: int
    door: str
    state: str
    received_at: datetime
    keyed_by: str


@router.get(
    "/ballots/{ballot_id}/readings",
    response={200: list[OpenReadingOut], **PROBLEMS},
    summary="Papers to confirm",
    operation_id="ballot_readings",
)
def readings(request: HttpRequest, ballot_id: Number) -> list[OpenReadingOut]:
    """The first two hundred, the oldest first."""
    actor, _now = _who(request)
    ballot = ballot_of(actor, ballot_id, "ballot.record")
    return [
        OpenReadingOut(
            id=one.pk, code=one.sheet.code, seq=one.sheet.voter.seq, door=door_of(one.sheet.voter), state=one.state,
            received_at=one.received_at, keyed_by=one.keyed_by.name,
        )
        for one in queries.readings_open(ballot)
    ]  # fmt: skip


class OpenHearingOut(Schema):
    id: int
    seq: int
    door: str
    channel: str
    heard_at: datetime
    recorder: str
    witness: str
    for_me: bool


@router.get(
    "/ballots/{ballot_id}/hearings",
    response={200: list[OpenHearingOut], **PROBLEMS},
    summary="Spoken votes that wait for their witness",
    operation_id="ballot_hearings",
)
def hearings(request: HttpRequest, ballot_id: Number) -> list[OpenHearingOut]:
    """The first hundred, the oldest first; `for_me`: the caller is the witness."""
    actor, _now = _who(request)
    ballot = ballot_of(actor, ballot_id, "ballot.record")
    found = Hearing.objects.filter(ballot=ballot, state=Hearing.State.WAITING).select_related("voter", "recorder", "witness")
    return [
        OpenHearingOut(
            id=one.pk, seq=one.voter.seq, door=door_of(one.voter), channel=one.channel, heard_at=one.heard_at, recorder=one.recorder.name,
            witness=one.witness.name, for_me=one.witness_id == actor.account_id,
        )
        for one in found.order_by("heard_at")[:100]
    ]  # fmt: skip


class AuthorityOut(Schema):
    """A written authority; `instructed`: the paper says how to vote, which is not told."""

    id: int
    seq: int
    door: str
    holder: str
    instructed: bool
    property_staff: bool
    used: bool
    recorded_at: datetime
    ended_at: datetime | None
    ended_why: str


@router.get(
    "/ballots/{ballot_id}/proxies", response={200: list[AuthorityOut], **PROBLEMS}, summary="Authorities", operation_id="ballot_proxies"
)
def proxies(request: HttpRequest, ballot_id: Number, cursor: Cursor | None = None, limit: Limit = 100) -> list[AuthorityOut]:
    """By number, behind `cursor`."""
    actor, _now = _who(request)
    found, used = queries.authorities(ballot_of(actor, ballot_id, "ballot.record"), after=cursor or 0, limit=limit)
    return [
        AuthorityOut(
            id=one.pk, seq=one.voter.seq, door=door_of(one.voter), holder=mask_name(one.holder.name), instructed=bool(one.instruction),
            property_staff=one.property_staff, used=one.pk in used, recorded_at=one.recorded_at, ended_at=one.ended_at, ended_why=as_read(one.ended_why),
        )
        for one in found
    ]  # fmt: skip


# --- what leaves as a file -----------------------------------------------------------------------------------------------------
class WitnessesIn(Input):
    witnesses: Annotated[str, at_most(120)]


@router.post(
    "/ballots/{ballot_id}/openings",
    response={200: dict[str, Any], **PROBLEMS},
    summary="The openings for the witnesses",
    operation_id="take_ballot_openings",
)
def openings(request: HttpRequest, ballot_id: Number, given: WitnessesIn) -> dict[str, Any]:
    """As `verify_bundle.py --openings` reads them: area beside choice, for a court alone. Taking them is logged with the names of the witnesses."""
    actor, now = _who(request)
    return publishing.take_openings(actor=actor, ballot_id=ballot_id, witnesses=given.witnesses, now=now)


@router.post(
    "/ballots/{ballot_id}/openings/erase",
    response={204: None, **PROBLEMS},
    summary="Erase the openings here",
    operation_id="erase_ballot_openings",
)
def erase_openings(request: HttpRequest, ballot_id: Number) -> Status[None]:
    """Once the witnesses have them."""
    actor, now = _who(request)
    publishing.erase_openings(actor=actor, ballot_id=ballot_id, now=now)
    return Status(204, None)


@router.post(
    "/ballots/{ballot_id}/package",
    response={200: None, **PROBLEMS},
    summary="The package for the official system",
    operation_id="ballot_package",
)
def package(request: HttpRequest, ballot_id: Number) -> HttpResponse:
    """A zip (docs/official-package.md). It holds whole names: everybody on the roll sees in their log who took it and what for."""
    actor, now = _who(request)
    _ballot, content = handing.take_official_package(actor=actor, ballot_id=ballot_id, now=now)
    return HttpResponse(content, content_type="application/zip")
