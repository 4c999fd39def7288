"""
Elections in JSON: thin over actions and queries. Every verb is one POST made from the signature of its action; `once` is the mark under
which it is done once however often it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access.actor import Actor
from linli.kernel.matters.held_api import publish_verbs
from linli.kernel.places.queries import place_by_id
from linli.loops.council.elections import queries as found
from linli.loops.council.elections.actions import planning, standing
from linli.loops.council.elections.actions.planning import Plan, Quota
from linli.loops.council.elections.models import Candidate, Election
from linli.loops.council.elections.reading import election_for
from linli.loops.council.elections.shown import public_candidates, quota_rows
from linli.loops.council.elections.verbs import VERBS
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["elections"])
Words = Annotated[str, at_most(2000)]


# --- shapes out ----------------------------------------------------------------------------------------------------------------
class ElectionOut(Schema):
    id: int
    title: str
    body: str
    state: str
    place: int
    place_name: str
    seats: int
    alternates: int
    nominate_from: datetime
    nominate_until: datetime
    posted_until: datetime | None
    term_from: date | None
    term_until: date | None
    filing_number: str
    version: int


class ElectionPageOut(Schema):
    items: list[ElectionOut]
    next_cursor: int | None


class CandidateOut(Schema):
    id: int
    number: int
    name: str
    origin: str
    statement: str
    state: str
    seconds: int
    votes: int | None
    outcome: str


class SeatOut(Schema):
    id: int
    name: str
    kind: str
    role: str
    since_on: date
    until_on: date | None


class ElectionTaskOut(Schema):
    id: int
    title: str
    owner: str
    due_on: date
    done_at: datetime | None


class SeatedByQuotaOut(Schema):
    """A candidate whom only a quota seated."""

    number: int
    quota: str


class AllottedOut(Schema):
    """How the seats came about, by candidates' numbers; `words` the same in the caller's language."""

    by_quota: list[SeatedByQuotaOut]
    displaced: list[int]
    short_of: list[str]
    tied: list[int]
    vacant: int
    words: list[str]


class WholeElectionOut(ElectionOut):
    """`candidates` are those everybody may see; nominations without consent are with those who work there."""

    checks: list[dict[str, Any]]
    quotas: list[dict[str, Any]]
    about: str | None
    ballot: int | None
    candidates: list[CandidateOut]
    allotted: AllottedOut | None
    members: list[SeatOut]
    tasks: list[ElectionTaskOut]


# --- shapes in ------------------------------------------------------------------------------------------------------------------
class QuotaIn(Input):
    name: Annotated[str, at_most(30, shortest=1)]
    least: Annotated[int, Field(ge=1, le=31)]
    source: Annotated[str, at_most(160, shortest=2)]


class ElectionPlanIn(Input):
    place: Id
    body: Annotated[str, at_most(24)]
    title: Annotated[str, at_most(80, shortest=1)]
    seats: Annotated[int, Field(ge=1, le=31)]
    alternates: Annotated[int, Field(ge=0, le=31)] = 0
    term_months: Annotated[int, Field(ge=1, le=120)]
    nominate_from: AwareDatetime
    nominate_until: AwareDatetime
    seconds_needed: Annotated[int, Field(ge=0, le=1000)] = 0
    posting_days: Annotated[int, Field(ge=1, le=60)] = 7
    jurisdiction: Annotated[str, at_most(16)] = "CN"
    checks: Annotated[list[Annotated[str, at_most(24)]], Field(max_length=40)] = []
    sources: dict[Annotated[str, at_most(24)], Annotated[str, at_most(160)]] = {}
    quotas: Annotated[list[QuotaIn], Field(max_length=10)] = []
    terms: Annotated[str, at_most(3000)] = ""
    about: Annotated[str, at_most(20)] = ""
    follows: Id | None = None


class ChangeElectionIn(ElectionPlanIn):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class ElectionsWanted(Schema):
    place: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class NominateIn(Input):
    myself: bool = True
    name: Annotated[str, at_most(60)] = ""
    home_id: Id | None = None
    statement: Words = ""
    once: Annotated[str, at_most(40)] = ""


class CandidateIn(Input):
    candidate_id: Id


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def brief(e: Election) -> dict[str, Any]:
    same = ["id", "title", "body", "state", "seats", "alternates", "nominate_from", "nominate_until", "posted_until", "term_from", "term_until", "filing_number", "version"]  # fmt: skip
    return {**{name: getattr(e, name) for name in same}, "place": e.place_id, "place_name": e.place.name}


def allotted(election: Election, candidates: Sequence[Candidate]) -> dict[str, Any] | None:
    """None before there is a result."""
    result = election.result
    if not election.elected_at:
        return None
    # Results from before the quota was kept with it are numbers alone.
    by_quota = [row if isinstance(row, dict) else {"number": row, "quota": ""} for row in result.get("by_quota", ())]
    kept = {name: result.get(name, []) for name in ("displaced", "short_of", "tied")}
    return {**kept, "by_quota": by_quota, "vacant": result.get("vacant", 0), "words": quota_rows(election, candidates)}


def whole(election: Election) -> dict[str, Any]:
    """An election with its candidates, who is in office, and what is handed over. At most five queries."""
    everybody = found.candidates_of(election)
    rows = public_candidates(election, everybody)
    return {
        **brief(election),
        "checks": election.checks,
        "quotas": election.quotas,
        "about": election.about.ref if election.about else None,
        "ballot": election.ballot_id,
        "candidates": [
            {
                **{name: getattr(c, name) for name in ("id", "number", "name", "origin", "statement", "state", "votes", "outcome")},
                "seconds": getattr(c, "second_count", 0),
            }
            for c in rows
        ],
        "allotted": allotted(election, everybody),
        "members": [
            {"id": s.pk, "name": s.candidate.name, "kind": s.kind, "role": s.role, "since_on": s.since_on, "until_on": s.until_on}
            for s in found.seats_of(election)
        ],
        "tasks": [
            {"id": t.pk, "title": t.title, "owner": t.owner, "due_on": t.due_on, "done_at": t.done_at} for t in found.tasks_of(election)
        ],
    }


@router.get("/elections", response={200: ElectionPageOut, **PROBLEMS}, summary="Elections", operation_id="list_elections")
def list_elections(request: HttpRequest, wanted: Query[ElectionsWanted]) -> Any:
    """Those the caller may read: under way, in office, then past ones, newest first, behind the cursor."""
    actor, _now = who(request)
    under = place_by_id(wanted.place) if wanted.place else None
    rows = found.election_list(actor, under=under, before=wanted.cursor, limit=wanted.limit)
    return {"items": [brief(e) for e in [*rows.current, *rows.in_office, *rows.past]], "next_cursor": rows.next_before}


@router.post("/elections", response={201: WholeElectionOut, **PROBLEMS}, summary="Plan an election", operation_id="plan_election")
def plan_election(request: HttpRequest, given: ElectionPlanIn) -> Any:
    """`sources` name the operator's own rule for every figure and check whose law was not verified."""
    actor, now = who(request)
    return Status(201, whole(planning.plan_election(actor=actor, plan=_plan(given), now=now)))


def _plan(given: ElectionPlanIn) -> Plan:
    values = given.dict(exclude={"version"})
    quotas = [Quota(**q) for q in values.pop("quotas")]
    return Plan(**{**values, "place": place_by_id(given.place), "quotas": quotas})


@router.post(
    "/elections/{election_id}", response={200: WholeElectionOut, **PROBLEMS}, summary="Change the plan", operation_id="change_election"
)
def change_election(request: HttpRequest, election_id: Path[Id], given: ChangeElectionIn) -> Any:
    """The whole plan as it shall be, while nothing is announced."""
    actor, now = who(request)
    planning.change_election(actor=actor, election_id=election_id, plan=_plan(given), now=now, seen=given.version)
    return whole(election_for(actor, election_id))


@router.get("/elections/{election_id}", response={200: WholeElectionOut, **PROBLEMS}, summary="One election", operation_id="get_election")
def get_election(request: HttpRequest, election_id: Path[Id]) -> Any:
    actor, _now = who(request)
    return whole(election_for(actor, election_id))


@router.post(
    "/elections/{election_id}/nominate",
    response={200: WholeElectionOut, **PROBLEMS},
    summary="Stand, or propose",
    operation_id="election_nominate",
)
def nominate(request: HttpRequest, election_id: Path[Id], given: NominateIn) -> Any:
    actor, now = who(request)
    standing.nominate(actor=actor, election_id=election_id, now=now, **given.dict())
    return whole(election_for(actor, election_id))


@router.post(
    "/elections/{election_id}/second",
    response={200: WholeElectionOut, **PROBLEMS},
    summary="Second a nomination",
    operation_id="election_second",
)
def second(request: HttpRequest, election_id: Path[Id], given: CandidateIn) -> Any:
    """For one's own home; a home counts once."""
    actor, now = who(request)
    standing.second(actor=actor, election_id=election_id, candidate_id=given.candidate_id, now=now)
    return whole(election_for(actor, election_id))


# --- every verb of those who run elections -------------------------------------------------------------------------------------
publish_verbs(router, "election", VERBS, answer=lambda actor, pk: whole(election_for(actor, pk)), out=WholeElectionOut)
