"""Rolls in JSON, to read: what was published, one's own entry and proof, and for staff the list (masked) and what was found."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.places.queries import place_by_id
from linli.kernel.rolls import queries
from linli.kernel.rolls.desk_rows import voter_name
from linli.kernel.rolls.models import Roll, VotingUnit
from linli.kernel.rolls.wording import title_of
from linli.lib.masking import mask_name
from linli.lib.units import format_area
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["rolls"])
Number = Path[Id]


class RollOut(Schema):
    """A roll; `area` in square metres as text, empty for rolls without area. `hash` is empty for a draft."""

    id: int
    title: str
    kind: str
    state: str
    place_id: int
    about: str
    record_date: date
    policy: dict[str, str]
    voters: int
    units: int
    area: str
    root: str
    hash: str
    frozen_at: datetime | None
    objections_until: datetime | None
    replaces: int | None
    notice_id: int | None
    version: int


class RollPageOut(Schema):
    items: list[RollOut]
    next_cursor: int | None


class RollBuildingOut(Schema):
    place_id: int | None
    name: str
    voters: int
    units: int
    area: str


class RollFindingOut(Schema):
    code: str
    level: str
    count: int


class WholeRollOut(Schema):
    roll: RollOut
    buildings: list[RollBuildingOut]
    findings: list[RollFindingOut]


class VotingUnitOut(Schema):
    home_id: int
    door: str
    area: str
    area_source: str
    kind: str
    state: str


class RollEntryOut(Schema):
    """How the caller stands on a roll; `votes` says whether they cast, else `other` is who does."""

    seq: int
    role: str
    votes: bool
    other: str
    units: list[VotingUnitOut]


class VoterOut(Schema):
    """A voter, masked. `agent` is who votes for them, empty for themselves."""

    seq: int
    name: str
    agent: str
    door: str
    joint: int
    area: str
    units: list[VotingUnitOut]
    hash: str


class VoterPageOut(Schema):
    items: list[VoterOut]
    next_cursor: int | None


class RollProofOut(Schema):
    """With this one shows being on the roll; docs/rolls.md says how it is checked."""

    roll: int
    seq: int
    size: int
    who: str
    salt: str
    units: list[list[Any]]
    leaf: str
    path: list[str]
    root: str
    chained: dict[str, Any]
    previous: str
    hash: str


def _who(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware and the guard
    return actor


def roll_out(roll: Roll) -> RollOut:
    return RollOut(
        id=roll.pk,
        title=title_of(roll),
        kind=roll.kind,
        state=roll.state,
        place_id=roll.place_id,
        about=roll.about,
        record_date=roll.record_date,
        policy=roll.policy,
        voters=roll.voter_count,
        units=roll.unit_count,
        area=format_area(roll.area) if roll.has_area else "",
        root=roll.root,
        hash=roll.hash,
        frozen_at=roll.frozen_at.astimezone(UTC) if roll.frozen_at else None,
        objections_until=roll.objections_until.astimezone(UTC) if roll.objections_until else None,
        replaces=roll.replaces_id,
        notice_id=roll.notice_id,
        version=roll.version,
    )


def unit_out(unit: VotingUnit) -> VotingUnitOut:
    return VotingUnitOut(
        home_id=unit.home_id,
        door=unit.door,
        area=format_area(unit.area),
        area_source=unit.area_source,
        kind=unit.kind,
        state=unit.state,
    )


class RollsChosen(Input):
    """`state=draft` and `about` are for staff; without them the published rolls near `place_id`."""

    state: Literal["", "draft", "frozen", "replaced"] = ""
    about: Annotated[str, at_most(24)] = ""
    place_id: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


@router.get("/rolls", response={200: RollPageOut, **PROBLEMS}, summary="List rolls", operation_id="list_rolls")
def list_rolls(request: HttpRequest, chosen: Query[RollsChosen]) -> RollPageOut:
    """Newest first: published ones for everybody; for staff those in reach, in any state, when `state` or `about` is given."""
    if chosen.state or chosen.about:
        rows = queries.rolls_in_reach(_who(request), state=chosen.state, about=chosen.about, before=chosen.cursor, limit=chosen.limit + 1)
    else:
        place = place_by_id(chosen.place_id) if chosen.place_id else None
        rows = queries.public_rolls(place, before=chosen.cursor, limit=chosen.limit + 1)
    shown = rows[: chosen.limit]
    return RollPageOut(items=[roll_out(r) for r in shown], next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


@router.get("/rolls/{roll_id}", response={200: WholeRollOut, **PROBLEMS}, summary="One published roll", operation_id="get_roll")
def get_roll(request: HttpRequest, roll_id: Number) -> WholeRollOut:
    """With its buildings and what was left open when it was frozen; a draft only for staff in reach."""
    roll = _readable(_who(request), roll_id)
    return WholeRollOut(
        roll=roll_out(roll),
        buildings=[
            RollBuildingOut(place_id=b.id, name=b.name, voters=b.voters, units=b.units, area=format_area(b.area))
            for b in queries.buildings(roll)
        ],
        findings=[RollFindingOut(code=k.code, level=k.level, count=k.count) for k in queries.findings(roll)],
    )


def _readable(actor: Actor, roll_id: int) -> Roll:
    try:
        return queries.public_roll(roll_id)
    except NotFound:
        if not actor.is_staff:
            raise
        return queries.roll_for_staff(actor, roll_id)


@router.get("/rolls/{roll_id}/mine", response={200: list[RollEntryOut], **PROBLEMS}, summary="Am I on it", operation_id="my_roll_entry")
def my_entry(request: HttpRequest, roll_id: Number) -> list[RollEntryOut]:
    """Empty for who is not on it."""
    roll = queries.public_roll(roll_id)
    return [
        RollEntryOut(seq=m.voter.seq, role=m.role, votes=m.votes, other=m.other, units=[unit_out(u) for u in m.units])
        for m in queries.mine(_who(request), roll)
    ]


@router.get("/rolls/{roll_id}/mine/{seq}/proof", response={200: RollProofOut, **PROBLEMS}, summary="My proof", operation_id="my_roll_proof")
def my_proof(request: HttpRequest, roll_id: Number, seq: Number) -> RollProofOut:
    roll = queries.public_roll(roll_id)
    found = next((m for m in queries.mine(_who(request), roll) if m.voter.seq == seq), None)
    if found is None:
        raise NotFound("no_voter", _("您不在名册的这个序号上。"))
    return RollProofOut(**asdict(queries.proof_of(roll, found.voter)))


class VotersChosen(Input):
    """`text`: a door, the beginning of a name, or # and a number; `building_id` 0 for homes without a building."""

    text: Annotated[str, at_most(60)] = ""
    building_id: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get("/rolls/{roll_id}/voters", response={200: VoterPageOut, **PROBLEMS}, summary="Voters of a roll", operation_id="roll_voters")
def voters(request: HttpRequest, roll_id: Number, chosen: Query[VotersChosen]) -> VoterPageOut:
    """For staff in reach; names always masked."""
    roll = queries.roll_for_staff(_who(request), roll_id)
    if chosen.text.strip():
        rows, more = queries.find_voters(roll, chosen.text, limit=chosen.limit), 0
    else:
        rows, more = queries.voter_page(
            roll,
            building=chosen.building_id or None,
            everywhere=chosen.building_id is None,
            after=min(chosen.cursor or 0, 2**31 - 1),
            limit=chosen.limit,
        )
    items = [
        VoterOut(
            seq=r.voter.seq,
            name=voter_name(r.voter),
            agent=mask_name(r.voter.agent_name) if r.voter.agent_name else "",
            door=r.voter.door,
            joint=len(r.voter.co_owners),
            area=format_area(r.voter.area) if roll.has_area else "",
            units=[unit_out(u) for u in r.units],
            hash=r.voter.hash,
        )
        for r in rows
    ]
    return VoterPageOut(items=items, next_cursor=more or None)
