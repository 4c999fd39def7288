"""One motion whole, for one reader: its text, matter and what it ever had, in a bounded number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import answered, asking, beside, if_any
from linli.kernel.matters.models import Attachment, Link, Matter, Party, Pause, Rating, Visibility, WorkOrder
from linli.kernel.matters.queries import Line, entries_of, files_of, lines_of, ties_of, visible_to
from linli.kernel.matters.workflow import Move, workflows
from linli.kernel.people.models import HelperLink
from linli.kernel.places.queries import naming
from linli.law.roads import Road
from linli.loops.council.motions.models import (
    Announcement,
    Decision,
    Document,
    Motion,
    Objection,
    Opinion,
    Second,
    Supervisor,
    Task,
    Text,
)
from linli.loops.council.motions.queries import MANY
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import KIND, WORKFLOW
from linli.loops.council.motions.standing import home_of


@dataclass(frozen=True)
class StepShown:
    """One step of the road as the page draws it: `state` is "done", "now", "coming" or "stopped"."""

    index: int
    name_zh: str
    name_en: str
    kind: str
    state: str


@dataclass(frozen=True)
class Whole:
    """Everything one motion's page shows to one reader. `may` are the verbs the reader may do now."""

    motion: Motion
    matter: Matter
    road: Road
    steps: list[StepShown]
    where: str
    inside: bool
    is_raiser: bool
    lines: list[Line]
    text: Text
    versions: int
    announced: Announcement | None
    decisions: list[Decision]
    objections: list[Objection]
    tasks: list[Task]
    supervisors: list[Supervisor]
    documents: list[Document]
    links: list[Link]
    pause: Pause | None
    ratings: tuple[int, int]
    seconded: bool
    may: frozenset[str]
    moves: list[Move]


def whole_motion(actor: Actor, matter: Matter, now: datetime, *, text: Any = None) -> Whole:
    """
    One motion for one reader, in few queries however long it lived: what it never had is not asked for; pages ask `Whole` and nothing else.
    `text` is what `text_with_facts` answered for this reader, where that was asked already.
    """
    text = text or text_with_facts(actor, matter.pk)
    text.motion.matter = matter
    motion, facts = text.motion, text
    unit_ids = frozenset(unit for unit in actor.unit_ids if getattr(facts, f"held_by_{unit}"))
    staff = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=unit_ids)
    raiser = facts.by_reader
    inside = staff or raiser
    road = road_of(motion)
    entries = entries_of(matter, inside=inside, staff=staff)
    paused = Pause.objects.filter(matter=matter, until_at=None)
    names, (announced, decisions, objections, watching, tasks, documents, links, pauses, files) = answered(
        beside(
            naming([matter.place], doors=inside),
            asking(
                if_any(facts.has_announcement, announced_of(motion)[:1]),
                if_any(facts.has_decisions, Decision.objects.filter(motion=motion).select_related("notice")[:MANY]),
                if_any(inside and facts.has_objections, Objection.objects.filter(decision__motion=motion).order_by("pk")[:MANY]),
                if_any(facts.has_supervisors, watching_over(motion)[:MANY]),
                if_any(facts.has_tasks, Task.objects.filter(motion=motion).select_related("unit", "order")[:MANY]),
                if_any(facts.has_documents, Document.objects.filter(motion=motion).select_related("file").order_by("pk")[:MANY]),
                if_any(facts.has_links, _links(actor, matter)[:20]),
                if_any(matter.state in ("blocked", "suspended"), paused[:1]),
                if_any(facts.has_files, files_of(matter)[:MANY]),
            ),
        )
    )
    for decision in decisions:
        decision.__dict__["_prefetched_objects_cache"] = {"objections": [o for o in objections if o.decision_id == decision.pk]}
    supervisors = with_opinions(watching)
    may = _may(actor, matter, facts, unit_ids=unit_ids, raiser=raiser, supervisors=supervisors, now=now)
    return Whole(
        motion=motion,
        matter=matter,
        road=road,
        steps=_steps(road, motion, matter),
        where=names[matter.place_id],
        inside=inside,
        is_raiser=raiser,
        lines=lines_of(entries, files, inside=inside),
        text=text,
        versions=motion.version,
        announced=announced[0] if announced else None,
        decisions=decisions,
        objections=[o for d in decisions for o in d.objections.all()],
        tasks=tasks,
        supervisors=supervisors,
        documents=[d for d in documents if d.public or staff],
        links=[t for t in links if (t.sees_target if t.source_id == matter.pk else t.sees_source)],
        pause=pauses[0] if pauses else None,
        ratings=(facts.rated_yes, facts.rated),
        seconded=facts.seconded,
        may=may,
        moves=[m for m in WORKFLOW.moves_from(matter.state) if m.verb in may],
    )


WITH_MATTER: Final = tuple(f"motion__matter__{name}" for name in ("place", "category", "holder", "owner_unit", "merged_into"))


def text_with_facts(actor: Actor, pk: int) -> Any:
    """
    The text in force with its motion and matter, and what decides which further questions are worth asking: one query instead of a dozen,
    most of which would find nothing. None when there is no such motion; that the reader may read it is not asked here.
    """
    here = OuterRef("motion_id")
    working = WorkOrder.objects.filter(matter=here).exclude(state=WorkOrder.State.RECALLED)
    rated = Rating.objects.filter(matter=here, outcome="rated")
    mine = Q(account_id=actor.own_id)
    if actor.person_id:
        helped = HelperLink.objects.filter(helper_id=actor.person_id, until_on=None).values("person")
        mine |= Q(person_id=actor.person_id) | Q(person__in=helped)
    nobody = Value(value=False)

    def own(rows: Any) -> Any:
        return nobody if actor.is_anonymous else Exists(rows)

    text: Any = (
        Text.objects.filter(motion=pk, number=F("motion__version"))
        .select_related(*WITH_MATTER)
        .annotate(
            **{f"held_by_{unit}": Exists(working.filter(unit=unit)) for unit in actor.unit_ids},
            by_reader=own(Party.objects.filter(mine, matter=here, role=Party.Role.RAISER)),
            seconded=own(Second.objects.filter(motion=here, account_id=actor.own_id)),
            rated_by_reader=own(rated.filter(account_id=actor.own_id)),
            has_tasks=Exists(Task.objects.filter(motion=here)),
            has_supervisors=Exists(Supervisor.objects.filter(motion=here, until_at=None)),
            has_documents=Exists(Document.objects.filter(motion=here)),
            has_announcement=Exists(Announcement.objects.filter(motion=here, taken_back_at=None, used=False)),
            has_decisions=Exists(Decision.objects.filter(motion=here)),
            has_objections=Exists(Objection.objects.filter(decision__motion=here)),
            has_files=Exists(Attachment.objects.filter(matter=here)),
            has_links=Exists(Link.objects.filter(Q(source=here) | Q(target=here), ended_at=None)),
            rated=_count_of(rated),
            rated_yes=_count_of(rated.filter(satisfied=True)),
        )
        .first()
    )
    return text


def _count_of(rows: QuerySet[Any]) -> Any:
    counted = rows.order_by().values("matter").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def announced_of(motion: Motion) -> QuerySet[Announcement]:
    """The notice in force, the first; one under which was decided is past."""
    found = Announcement.objects.filter(motion=motion, taken_back_at=None, used=False).select_related("text", "notice")
    return found.order_by("-pk")


def watching_over(motion: Motion) -> QuerySet[Any]:
    """Who watches the work, once for each opinion they gave: see `with_opinions`."""
    said = {f"said_{name}": F(f"opinions__{name}") for name in ("id", "round", "accepts", "text", "channel", "at")}
    rows: Any = Supervisor.objects.filter(motion=motion, until_at=None).select_related("person").annotate(**said)
    return rows.order_by("pk", "opinions__round")


def with_opinions(rows: Iterable[Any]) -> list[Supervisor]:
    """What `watching_over` found: each once, with every opinion they gave."""
    found: dict[int, Supervisor] = {}
    for row in rows:
        one = found.setdefault(row.pk, row)
        given = one.__dict__.setdefault("_prefetched_objects_cache", {}).setdefault("opinions", [])
        if row.said_id is not None:
            given.append(
                Opinion(pk=row.said_id, supervisor=one, round=row.said_round, accepts=row.said_accepts, text=row.said_text,
                        channel=row.said_channel, at=row.said_at)
            )  # fmt: skip
    return list(found.values())


def _links(actor: Actor, matter: Matter) -> QuerySet[Any]:
    """Ties to other matters with whether the reader may know of either end; that one repeats the other is for nobody here."""
    ties = ties_of(matter).exclude(kind=Link.Kind.REPEATS)
    may_see = Q(visibility=Visibility.PUBLIC)
    for workflow in workflows():
        may_see |= Q(visible_to(actor, workflow.kind), kind=workflow.kind)
    seen = {f"sees_{end}": Exists(Matter.objects.filter(may_see, pk=OuterRef(end))) for end in ("source", "target")}
    return ties.annotate(**seen)


def _steps(road: Road, motion: Motion, matter: Matter) -> list[StepShown]:
    at = position_of(road, motion, matter)
    over = matter.state == "closed"
    ended = not matter.is_open and not over

    def state(i: int) -> str:
        if over or i < at:
            return "done"
        if i > at:
            return "coming"
        return "stopped" if ended or matter.state in ("blocked", "suspended") else "now"

    return [StepShown(i, s.name_zh, s.name_en, s.kind, state(i)) for i, s in enumerate(road.steps)]


def position_of(road: Road, motion: Motion, matter: Matter) -> int:
    """Where on its road it stands: the step in force, or the one its state is waiting in (seconding, a posted result)."""
    waiting = {"seconding": "second", "lapsed": "second", "posted": "publish"}.get(matter.state)
    following = road.next_of(waiting, motion.step) if waiting else None
    return motion.step if following is None else following


# What a resident's own part decides, beside what the table says of the verb.
_RAISERS: Final = frozenset({"submit", "amend", "withdraw"})
_SILENT: Final = frozenset({"reach", "lapse", "send_back", "pass_work", "next_body", "fail"})


def _may(
    actor: Actor,
    matter: Matter,
    facts: Any,
    *,
    unit_ids: frozenset[int],
    raiser: bool,
    supervisors: Sequence[Supervisor],
    now: datetime,
) -> frozenset[str]:
    if actor.is_anonymous:
        return frozenset({"second"}) if matter.state == "seconding" else frozenset()
    found = {
        move.verb
        for move in WORKFLOW.moves_from(matter.state)
        if move.verb not in _SILENT and table.may(actor, f"{KIND}.{move.verb}", matter.place_path, unit_ids=unit_ids, own=raiser)
    }
    staff = any(s.role != "resident" and matter.place_path.startswith(s.path) for s in actor.standings)
    if not raiser and not staff:
        found -= _RAISERS
    if matter.state == "seconding":
        found -= {"second"} if facts.seconded else {"unsecond"}
        if "second" in found and not facts.seconded and home_of(actor, matter.place, now) is None:
            found.discard("second")
    me = next((s for s in supervisors if s.account_id == actor.account_id), None)
    if me is None or any(o.round == facts.motion.round for o in me.opinions.all()):
        found.discard("accept_work")
    if (not raiser and not facts.seconded) or facts.rated_by_reader:
        found.discard("rate")
    for on_behalf in ("second_for", "object_for", "opinion_for", "rate_for"):
        if table.may(actor, f"{KIND}.{on_behalf}", matter.place_path):
            found.add(on_behalf)
    return frozenset(found)
