"""
What motions run on and leave behind, in JSON: the roads there are and a place's own, how many must second, every version of a text, the case library, the
evidence of a decision.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import reach
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.places.queries import place_by_id
from linli.law.roads import Road
from linli.lib.masking import scrub
from linli.lib.units import UnitError, parse_fraction
from linli.loops.council.motions.actions import keeping, setting
from linli.loops.council.motions.api import who
from linli.loops.council.motions.api_shapes import OptionOut, Ref
from linli.loops.council.motions.models import Case, Decision, RoadTemplate, SecondRule
from linli.loops.council.motions.queries import case_page, texts_of
from linli.loops.council.motions.roads import roads_for
from linli.loops.council.motions.rules import TIERS
from linli.loops.council.motions.square_queries import motion_of_ref
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most

router = Router(tags=["motions"])


# --- roads -------------------------------------------------------------------------------------------------------------------------
class FullRoadStepOut(Schema):
    code: str
    kind: str
    name_zh: str
    name_en: str
    body: str
    notice_days: int
    posting_days: int
    how: str
    profile: str
    roll: str
    documents: list[str]
    publications: list[str]
    optional: bool


class RoadOut(Schema):
    """A road of deliberation with its steps in order. `template` is the number of a place's own; null for one that comes with the house."""

    code: str
    name_zh: str
    name_en: str
    hint_zh: str
    hint_en: str
    tier: str
    rung: str
    version: int
    cites: list[str]
    steps: list[FullRoadStepOut]
    template: int | None = None


def road_out(road: Road, template: int | None = None) -> RoadOut:
    return RoadOut(**road.data(), template=template)


@router.get("/motion-roads", response={200: list[RoadOut], **PROBLEMS}, summary="Roads a motion may take", operation_id="list_roads")
def list_roads(request: HttpRequest, place: Id) -> list[RoadOut]:
    """At a place: its own and those above it first, then the ones that come with the house and are not replaced."""
    _actor, now = who(request)
    found = place_by_id(place)
    own = {(t.code, t.version): t.pk for t in RoadTemplate.objects.filter(ends_at=None)}
    return [road_out(road, own.get((road.code, road.version)) if road.version else None) for road in roads_for(found, now)]


class RoadIn(Input):
    """A whole road as in the answers, for `place` and below; without a place everywhere. `based_on`: the code it was copied from."""

    code: Annotated[str, at_most(40)]
    name_zh: Annotated[str, at_most(40)]
    name_en: Annotated[str, at_most(80)] = ""
    hint_zh: Annotated[str, at_most(200)] = ""
    hint_en: Annotated[str, at_most(300)] = ""
    tier: Annotated[str, at_most(16)]
    rung: Annotated[str, at_most(16)]
    cites: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=20)] = []
    steps: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=24)]
    place: Id | None = None
    based_on: Annotated[str, at_most(40)] = ""


@router.post("/motion-roads", response={201: RoadOut, **PROBLEMS}, summary="Put a road into force", operation_id="save_road")
def save_road(request: HttpRequest, given: RoadIn) -> Status[RoadOut]:
    """One of the same code ends now; motions that are on it keep it. What is wrong with a step is said by its number."""
    actor, now = who(request)
    data = given.dict(exclude={"place", "based_on"})
    place = place_by_id(given.place) if given.place else None
    made = setting.save_road(actor=actor, data=data, place=place, now=now, based_on=given.based_on)
    return Status(201, RoadOut(**{**made.data, "version": made.version}, template=made.pk))


@router.post("/motion-roads/{template_id}/end", response={204: None, **PROBLEMS}, summary="End a road", operation_id="end_road")
def end_road(request: HttpRequest, template_id: Path[Id]) -> Status[None]:
    actor, now = who(request)
    setting.end_road(actor=actor, template_id=template_id, now=now)
    return Status(204, None)


# --- how many must second ------------------------------------------------------------------------------------------------------------
class SecondRuleOut(Schema):
    """So many homes, or the share of them (an exact fraction), whichever is fewer, within `days`; `place` null: everywhere."""

    id: int
    tier: str
    place: int | None
    homes: int | None
    share: str | None
    days: int
    source: str
    starts_at: datetime


def second_rule_out(rule: SecondRule) -> SecondRuleOut:
    share = f"{rule.share_numerator}/{rule.share_denominator}" if rule.share_numerator else None
    same = {name: getattr(rule, name) for name in ("tier", "homes", "days", "source", "starts_at")}
    return SecondRuleOut(id=rule.pk, place=rule.place_id, share=share, **same)


def _may_set(actor: Actor) -> None:
    if not reach(actor, setting.VERB):
        raise table.refusal(actor, setting.VERB)


@router.get(
    "/seconding-rules", response={200: list[SecondRuleOut], **PROBLEMS}, summary="Rules of seconding", operation_id="list_second_rules"
)
def list_second_rules(request: HttpRequest) -> list[SecondRuleOut]:
    """Those in force. Where none is set the house's own numbers hold."""
    _may_set(who(request)[0])
    return [second_rule_out(rule) for rule in SecondRule.objects.filter(ends_at=None).order_by("tier", "pk")[:500]]


class SecondRuleIn(Input):
    tier: Literal[tuple(TIERS)]  # type: ignore[valid-type]  # the words of the rules
    place: Id | None = None
    homes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    share: Annotated[str, at_most(20)] = ""
    days: Annotated[int, Field(ge=1, le=366)] = 30
    source: Annotated[str, at_most(120)] = ""


@router.post(
    "/seconding-rules", response={201: SecondRuleOut, **PROBLEMS}, summary="Set a rule of seconding", operation_id="set_second_rule"
)
def set_second_rule(request: HttpRequest, given: SecondRuleIn) -> Status[SecondRuleOut]:
    """The one in force for exactly this place and tier ends. `share` such as 1/20 or 5%."""
    actor, now = who(request)
    told = given.dict(exclude={"place", "share"})
    share = _share(given.share)
    place = place_by_id(given.place) if given.place else None
    return Status(201, second_rule_out(setting.set_second_rule(actor=actor, place=place, share=share, now=now, **told)))


def _share(text: str) -> Fraction | None:
    """None for nothing. Raises Invalid for what is no share."""
    try:
        return parse_fraction(text) if text.strip() else None
    except UnitError as problem:
        raise Invalid("bad_share", said(problem), fields={"share": [said(problem)]}) from None


@router.post(
    "/seconding-rules/{rule_id}/end", response={204: None, **PROBLEMS}, summary="End a rule of seconding", operation_id="end_second_rule"
)
def end_second_rule(request: HttpRequest, rule_id: Path[Id]) -> Status[None]:
    actor, now = who(request)
    setting.end_second_rule(actor=actor, rule_id=rule_id, now=now)
    return Status(204, None)


# --- texts, cases, evidence ------------------------------------------------------------------------------------------------------------
class MotionTextOut(Schema):
    """One version of what is proposed; numbers that could be somebody's are hidden, as on its page."""

    number: int
    title: str
    body: str
    options: list[OptionOut]
    note: str
    who: str
    digest: str
    at: datetime


@router.get("/motions/{ref}/texts", response={200: list[MotionTextOut], **PROBLEMS}, summary="Every version", operation_id="motion_texts")
def texts(request: HttpRequest, ref: Path[Ref]) -> list[MotionTextOut]:
    """The first comes first."""
    actor, _now = who(request)
    return [
        MotionTextOut(
            number=t.number, title=scrub(t.title).text, body=scrub(t.body).text, note=scrub(t.note).text, who=t.who, digest=t.digest, at=t.at,
            options=[
                OptionOut(code=o["code"], title=scrub(o["title"]).text, text=scrub(o["text"]).text, cost_fen=o.get("cost_fen"))
                for o in t.options
            ],
        )
        for t in texts_of(motion_of_ref(actor, ref))
    ]  # fmt: skip


class MotionCaseOut(Schema):
    """What others can learn from a motion that went its whole way; no names. `figures` are counts and fen."""

    id: int
    title: str
    topic: str
    situation: str
    done: str
    lessons: str
    figures: dict[str, Any]
    published_at: datetime


class MotionCasePageOut(Schema):
    items: list[MotionCaseOut]
    next_cursor: int | None


class MotionCasesWanted(Input):
    topic: Annotated[str, at_most(20)] = ""
    text: Annotated[str, at_most(80)] = ""
    cursor: Cursor | None = None
    limit: Limit = 20


def _case_out(case: Case) -> MotionCaseOut:
    same = ("title", "topic", "situation", "done", "lessons", "figures", "published_at")
    return MotionCaseOut(id=case.pk, **{name: getattr(case, name) for name in same})


@router.get("/motion-cases", response={200: MotionCasePageOut, **PROBLEMS}, summary="The case library", operation_id="list_cases")
def list_cases(request: HttpRequest, wanted: Query[MotionCasesWanted]) -> MotionCasePageOut:
    """The latest first; with words, those that hold all of them."""
    rows = case_page(topic=wanted.topic, text=wanted.text, after=wanted.cursor, limit=wanted.limit + 1)
    shown = rows[: wanted.limit]
    return MotionCasePageOut(items=[_case_out(c) for c in shown], next_cursor=shown[-1].pk if len(rows) > wanted.limit else None)


@router.post(
    "/motions/{ref}/evidence/{decision_id}",
    response={200: None, **PROBLEMS},
    summary="The evidence of a decision",
    operation_id="take_evidence",
)
def take_evidence(request: HttpRequest, ref: Path[Ref], decision_id: Path[Id]) -> HttpResponse:
    """A zip for a court or the archive; taking it is logged."""
    actor, now = who(request)
    if not Decision.objects.filter(pk=decision_id, motion_id=motion_of_ref(actor, ref).pk).exists():
        raise NotFound("no_decision", _("没有找到这项决定。"))
    content, _decision = keeping.take_evidence(actor=actor, decision_id=decision_id, now=now)
    return HttpResponse(content, content_type="application/zip")
