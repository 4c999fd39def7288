"""A talk at the Desk in JSON: several marks from one sheet of paper, reports that were looked at, experts no longer asked, how a place shows names."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Schema, Status
from pydantic import AwareDatetime, Field

from linli.kernel.access import table
from linli.kernel.access.asking import reach
from linli.kernel.access.paths import within
from linli.kernel.places.queries import place_by_id
from linli.loops.council.talks.actions import answering, moderating, opening, saying
from linli.loops.council.talks.api import one_out, router, who
from linli.loops.council.talks.api_shapes import SaidOut
from linli.loops.council.talks.models import Choice, NameRule, Names
from linli.loops.council.talks.reading import talk_for
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most


class SheetMarkIn(Input):
    contribution: Id
    choice: Literal[("", *Choice.values)]  # type: ignore[valid-type]  # the words of the model; empty takes a mark back


class MarkSheetIn(Input):
    """What one `person` ticked, as from a sheet of paper; left out, the caller themselves."""

    marks: Annotated[list[SheetMarkIn], Field(min_length=1, max_length=200)]
    person: Id | None = None


class MarksChangedOut(Schema):
    changed: int


@router.post(
    "/talks/{talk_id}/marks", response={200: MarksChangedOut, **PROBLEMS}, summary="Several marks at once", operation_id="mark_all_in_talk"
)
def mark_all(request: HttpRequest, talk_id: Path[Id], given: MarkSheetIn) -> MarksChangedOut:
    """All or none."""
    actor, now = who(request)
    choices = {one.contribution: one.choice for one in given.marks}
    return MarksChangedOut(changed=saying.mark_all(actor=actor, talk_id=talk_id, choices=choices, now=now, person_id=given.person))


@router.post(
    "/talks/{talk_id}/contributions/{contribution_id}/keep",
    response={200: SaidOut, **PROBLEMS},
    summary="Reports looked at, it stays",
    operation_id="keep_in_talk",
)
def keep(request: HttpRequest, talk_id: Path[Id], contribution_id: Path[Id]) -> SaidOut:
    actor, now = who(request)
    moderating.keep(actor=actor, talk_id=talk_id, contribution_id=contribution_id, now=now)
    return SaidOut(**one_out(actor, talk_for(actor, talk_id), contribution_id))


@router.post(
    "/talks/{talk_id}/experts/{expert_id}/end",
    response={204: None, **PROBLEMS},
    summary="Ask an expert no more",
    operation_id="uninvite_expert",
)
def uninvite(request: HttpRequest, talk_id: Path[Id], expert_id: Path[Id]) -> Status[None]:
    """What they answered stays under their name."""
    actor, now = who(request)
    answering.uninvite(actor=actor, talk_id=talk_id, expert_id=expert_id, now=now)
    return Status(204, None)


class NameRuleIn(Input):
    """`reason`: who decided it in which meeting."""

    place: Id
    names: Literal[tuple(Names.values)]  # type: ignore[valid-type]  # the words of the model
    reason: Annotated[str, at_most(200)]
    since_at: AwareDatetime


class NameRuleOut(Schema):
    id: int
    place: int
    names: str
    reason: str
    since_at: datetime


def _rule_out(rule: NameRule) -> NameRuleOut:
    return NameRuleOut(id=rule.pk, place=rule.place_id, names=rule.names, reason=rule.reason, since_at=rule.since_at)


@router.get("/talk-names", response={200: list[NameRuleOut], **PROBLEMS}, summary="How places show names", operation_id="list_talk_names")
def list_names(request: HttpRequest) -> list[NameRuleOut]:
    """Newest first, where the caller may decide it."""
    actor, _now = who(request)
    paths = reach(actor, "talk.set_names")
    if not paths:
        raise table.refusal(actor, "talk.set_names")
    return [_rule_out(rule) for rule in NameRule.objects.all()[:500] if any(within(rule.place_path, path) for path in paths)]


@router.post("/talk-names", response={201: NameRuleOut, **PROBLEMS}, summary="Decide how names are shown", operation_id="set_talk_names")
def set_names(request: HttpRequest, given: NameRuleIn) -> Status[NameRuleOut]:
    """From an instant that is not past; talks under way keep what they began with."""
    actor, now = who(request)
    told = given.dict(exclude={"place"})
    return Status(201, _rule_out(opening.set_names(actor=actor, place=place_by_id(given.place), now=now, **told)))
