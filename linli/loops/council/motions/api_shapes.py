"""What a motion looks like in JSON: its shapes, and a whole one told to this reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.utils.translation import get_language
from ninja import Schema
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.tongue import as_read
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import reread
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.lib.masking import scrub
from linli.loops.council.motions import rules
from linli.loops.council.motions.contesting import last_day_to_challenge
from linli.loops.council.motions.models import Challenge, Motion, Suspension
from linli.loops.council.motions.queries import Row
from linli.loops.council.motions.whole import Whole
from linli.web.jsonapi import Input, at_most

Ref = Annotated[str, Field(pattern=r"^[Mm][1-9][0-9]{0,17}$", description="Reference of a motion, such as M12.")]
Fen = Annotated[int, Field(ge=0, le=10**13, description="Hundredths of a yuan.")]
Topic = Literal["public_matters", "property_quality", "facility_works", "lift", "parking", "money", "election", "other"]
Rung = Literal["told", "asked", "together", "deciding"]
Tier = Literal["building", "compound", "community", "street"]
Status_ = Literal[
    "open", "closed", "overdue", "seconding", "in_bank", "deciding", "carrying_out", "done",
    "draft", "screening", "banked", "scheduled", "deliberating", "drafting", "noticed", "balloting", "posted", "carrying", "accepting", "rating",
    "suspended", "blocked", "failed", "declined", "lapsed", "turned", "annulled", "withdrawn", "merged",
]  # fmt: skip


# --- shapes ------------------------------------------------------------------------------------------------
class MotionPlaceOut(Schema):
    id: int
    kind: str
    name: str


class MotionUnitOut(Schema):
    id: int
    name: str
    kind: str


class MotionOut(Schema):
    """A motion as this caller may read it; times are UTC, `seconds_needed` 0 where its road asks for no seconders."""

    ref: str
    title: str
    body: str
    state: str
    state_label: str
    stage: int
    is_open: bool
    topic: str
    tier: str
    rung: str
    origin: str
    road: str
    step: int
    place: MotionPlaceOut
    where: str
    holder: MotionUnitOut | None
    seconds: int
    seconds_needed: int
    homes: int
    seconds_due_at: datetime | None
    budget_fen: int | None
    raised_at: datetime
    submitted_at: datetime | None
    banked_at: datetime | None
    due_at: datetime | None
    due_for: str
    late: bool
    updated_at: datetime
    merged_into: str | None
    text_version: int
    version: int


class MotionPageOut(Schema):
    items: list[MotionOut]
    next_cursor: int | None


class OptionOut(Schema):
    code: str
    title: str
    text: str
    cost_fen: int | None


class RoadStepOut(Schema):
    name: str
    kind: str
    state: str


class AnnouncementOut(Schema):
    text_version: int
    days: int
    published_at: datetime
    decidable_at: datetime
    notice_id: int


class SuspensionOut(Schema):
    """A decision that is not carried out for a while; `until_at` null: still."""

    ground: str
    rule: str
    text: str
    review_on: date
    from_at: datetime
    until_at: datetime | None
    why_ended: str


class ChallengeOut(Schema):
    """
    Somebody asks to have the decision annulled. `last_day` is the last of the year from `known_on` (Civil Code 280); whether it was kept is for the court
    to say. `outcome` empty: it runs.
    """

    id: int
    forum: str
    who: str
    case_number: str
    text: str
    known_on: date
    filed_on: date
    last_day: date
    in_time: bool
    outcome: str
    ended_at: datetime | None
    ruling: str


class ObjectionOut(Schema):
    """An objection to the result, for those who work on the motion; `outcome` empty: not answered yet."""

    id: int
    text: str
    channel: str
    at: datetime
    outcome: str
    answer: str


class DecisionOut(Schema):
    """
    `figures` as the count gave them: exact numbers and fractions as text. `posted_until` is through which day anybody the result was posted before may
    challenge it; of an annulled one `why_annulled` says by whom and why.
    """

    id: int
    body: str
    how: str
    passed: bool
    text: str
    figures: dict[str, str]
    decided_at: datetime
    holds_from: datetime
    confirmed_at: datetime | None
    annulled_at: datetime | None
    why_annulled: str
    posted_until: date
    resolution_number: str
    bundle: str
    suspensions: list[SuspensionOut]
    challenges: list[ChallengeOut]
    objections: list[ObjectionOut]


class TaskOut(Schema):
    number: int
    title: str
    unit: MotionUnitOut
    due_on: str
    budget_line: str
    budget_fen: int | None
    spent_fen: int | None
    done_at: datetime | None
    late: bool


class MotionEntryOut(Schema):
    seq: int
    at: datetime
    verb: str
    text: str
    who: str
    public: bool


class WholeMotionOut(Schema):
    """One motion with its text, road, notice, decisions, tasks and timeline; `may` are the verbs open to the caller now."""

    motion: MotionOut
    options: list[OptionOut]
    steps: list[RoadStepOut]
    announcement: AnnouncementOut | None
    decisions: list[DecisionOut]
    tasks: list[TaskOut]
    timeline: list[MotionEntryOut]
    may: list[str]


def utc(moment: datetime | None) -> Any:
    return moment.astimezone(UTC) if moment else None


def unit_out(unit: Unit | None) -> MotionUnitOut | None:
    return brief(unit) if unit else None


def brief(unit: Unit) -> MotionUnitOut:
    return MotionUnitOut(id=unit.pk, name=unit.name, kind=unit.kind)


def motion_out(motion: Motion, matter: Matter, *, where: str, late: bool, inside: bool = False) -> MotionOut:
    state = rules.WORKFLOW.by_code[matter.state]
    place: Place = matter.place
    return MotionOut(
        ref=matter.ref,
        title=matter.title if inside else matter.public_title,
        body=matter.body if inside else matter.public_body,
        state=matter.state,
        state_label=str(state.label),
        stage=state.stage,
        is_open=matter.is_open,
        topic=motion.topic,
        tier=motion.tier,
        rung=motion.rung,
        origin=motion.origin,
        road=motion.road_code,
        step=motion.step,
        place=MotionPlaceOut(id=place.pk, kind=place.kind, name=place.name),
        where=where,
        holder=unit_out(matter.holder),
        seconds=motion.second_count,
        seconds_needed=motion.seconds_needed,
        homes=motion.home_count,
        seconds_due_at=utc(motion.seconds_due_at),
        budget_fen=motion.budget_fen,
        raised_at=utc(matter.raised_at),
        submitted_at=utc(motion.submitted_at),
        banked_at=utc(motion.banked_at),
        due_at=utc(matter.due_at),
        due_for=matter.due_for,
        late=late,
        updated_at=utc(matter.updated_at),
        merged_into=f"M{matter.merged_into_id}" if matter.merged_into_id else None,
        text_version=motion.version,
        version=matter.version,
    )


def row_out(row: Row) -> MotionOut:
    return motion_out(row.motion, row.matter, where=row.where, late=row.late)


def one_out(actor: Actor, matter: Matter, now: datetime) -> MotionOut:
    """As the page of one motion shows it to this caller after an act."""
    fresh = reread(matter)
    late = bool(fresh.is_open and fresh.due_at and fresh.due_at < now)
    return motion_out(Motion.objects.get(pk=matter.pk), fresh, where=short_names([fresh.place])[fresh.place_id], late=late)


def decisions_out(whole: Whole, told: Callable[[str], str]) -> list[DecisionOut]:
    """The decisions with what came after them; what the timeline never spoke of is not asked for: two queries at most."""
    verbs, ids = {line.entry.verb for line in whole.lines}, [d.pk for d in whole.decisions]
    suspended = list(Suspension.objects.filter(decision__in=ids).order_by("pk")) if "suspend" in verbs else []
    challenged = list(Challenge.objects.filter(decision__in=ids).order_by("pk")) if "challenge" in verbs else []
    return [
        DecisionOut(
            id=d.pk,
            body=d.body,
            how=d.how,
            passed=d.passed,
            text=told(d.text),
            figures={k: str(v) for k, v in d.figures.items()},
            decided_at=utc(d.decided_at),
            holds_from=utc(d.holds_from),
            confirmed_at=utc(d.confirmed_at),
            annulled_at=utc(d.annulled_at),
            why_annulled=told(d.why_annulled),
            posted_until=last_day_to_challenge(d.posted_at.astimezone(ZONE).date()),
            resolution_number=d.resolution_number,
            bundle=d.bundle,
            suspensions=[suspension_out(s, told) for s in suspended if s.decision_id == d.pk],
            challenges=[challenge_out(c, told) for c in challenged if c.decision_id == d.pk],
            objections=[
                ObjectionOut(id=o.pk, text=told(o.text), channel=o.channel, at=utc(o.at), outcome=o.outcome, answer=told(o.answer))
                for o in whole.objections
                if o.decision_id == d.pk
            ],
        )
        for d in whole.decisions
    ]


def suspension_out(one: Suspension, told: Callable[[str], str]) -> SuspensionOut:
    return SuspensionOut(
        ground=one.ground, rule=one.rule, text=told(one.text), review_on=one.review_on, from_at=utc(one.from_at), until_at=utc(one.until_at),
        why_ended=as_read(told(one.why_ended)),
    )  # fmt: skip


def challenge_out(one: Challenge, told: Callable[[str], str]) -> ChallengeOut:
    return ChallengeOut(
        id=one.pk, forum=one.forum, who=one.who, case_number=one.case_number, text=told(one.text), known_on=one.known_on, filed_on=one.filed_on,
        last_day=one.last_day, in_time=one.in_time, outcome=one.outcome, ended_at=utc(one.ended_at), ruling=told(one.ruling),
    )  # fmt: skip


def whole_out(whole: Whole, now: datetime) -> WholeMotionOut:
    matter, found = whole.matter, whole.announced
    late = bool(matter.is_open and matter.due_at and matter.due_at < now)
    language = get_language() or "zh-hans"

    def told(text: str) -> str:
        return text if whole.inside else scrub(text).text

    return WholeMotionOut(
        motion=motion_out(whole.motion, matter, where=whole.where, late=late, inside=whole.inside),
        options=[OptionOut(**{k: o.get(k) for k in ("code", "title", "text", "cost_fen")}) for o in whole.text.options],
        steps=[RoadStepOut(name=whole.road.steps[s.index].name(language), kind=s.kind, state=s.state) for s in whole.steps],
        announcement=AnnouncementOut(
            text_version=found.text.number,
            days=found.days,
            published_at=utc(found.published_at),
            decidable_at=utc(found.decidable_at),
            notice_id=found.notice_id,
        )
        if found is not None and not found.used
        else None,
        decisions=decisions_out(whole, told),
        tasks=[
            TaskOut(
                number=t.number,
                title=t.title,
                unit=brief(t.unit),
                due_on=t.due_on.isoformat(),
                budget_line=t.budget_line,
                budget_fen=t.budget_fen,
                spent_fen=t.spent_fen,
                done_at=utc(t.done_at),
                late=bool(t.order.due_at and (t.done_at or now) > t.order.due_at),
            )
            for t in whole.tasks
        ],
        timeline=[
            MotionEntryOut(
                seq=x.entry.seq, at=utc(x.entry.at), verb=x.entry.verb, text=told(x.text), who=x.entry.who, public=x.entry.public
            )
            for x in whole.lines
        ],
        may=sorted(whole.may),
    )


# --- raising and taking part -----------------------------------------------------------------------------------
class OptionIn(Input):
    title: Annotated[str, at_most(80, shortest=1)]
    text: Annotated[str, at_most(2000)] = ""
    cost_fen: Fen | None = None
