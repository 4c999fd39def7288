"""What people see of motions: the bank, one motion whole, its texts side by side, cases to learn from, how far residents decide."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from linli.insight.similar import rank_similar
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.access.together import answered, asking, beside, if_any
from linli.kernel.matters.models import Attachment, Link, Matter, Party, Pause, Rating, Visibility, WorkOrder
from linli.kernel.matters.queries import Line, entries_of, files_of, lines_of, visible_to
from linli.kernel.matters.search import matching_ids
from linli.kernel.matters.turn import parts_of
from linli.kernel.matters.workflow import Move, workflows
from linli.kernel.people.models import HelperLink
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import naming, short_names
from linli.law.roads import Road
from linli.lib.texts import is_single, query_tokens
from linli.loops.council.motions.models import (
    Announcement,
    Case,
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
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import KIND, PREPARING, WORKFLOW
from linli.loops.council.motions.standing import home_of

PAGE: Final = 20
MANY: Final = 2000  # of each kind of thing on one page: a bound for the database, out of reach for people
_INDEXED: Final = {Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to. Empty means all; `status` is "open", "closed", "overdue", one of GROUPS or a state's code."""

    place: Place | None = None
    topic: str = ""
    status: str = ""
    rung: str = ""
    text: str = ""
    holder_id: int | None = None
    mine: bool = False
    order: str = "new"


@dataclass(frozen=True)
class Row:
    """A motion in a list; `days_waiting` counts from when it was last handed on, `missing` seconders still needed."""

    motion: Motion
    matter: Matter
    title: str
    where: str
    late: bool
    missing: int
    days_waiting: int


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next_after: int | None
    wanted: Wanted = field(default_factory=Wanted)


def narrowed(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[Matter]:
    """The motions the actor may see, narrowed by everything but the words. Drafts are their writer's and the staff's alone."""
    # The second condition is the first again: it leads the database to the few motions rather than through every matter there is.
    found = Matter.objects.filter(visible_to(actor, KIND), kind=KIND, pk__in=Motion.objects.values("matter"))
    found = found.filter(Q(motion__submitted_at__isnull=False) | _drafts_of(actor))
    if wanted.place is not None:
        column = _INDEXED.get(Kind(wanted.place.kind))
        found = found.filter(**({column: wanted.place.pk} if column else subtree("place_path", wanted.place.path)))
    if wanted.topic:
        found = found.filter(motion__topic=wanted.topic)
    if wanted.rung:
        found = found.filter(motion__rung=wanted.rung)
    if wanted.holder_id:
        found = found.filter(holder_id=wanted.holder_id)
    if wanted.mine:
        found = found.filter(
            Q(pk__in=Party.objects.filter(account_id=actor.own_id).exclude(role=Party.Role.RECORDER).values("matter"))
            | Q(pk__in=Second.objects.filter(account_id=actor.own_id).values("motion"))
        )
    return _of_status(found, wanted.status, now)


def _drafts_of(actor: Actor) -> Q:
    """What was never handed in is read by whoever wrote it and by the staff of the place."""
    seen = Q(pk__in=parts_of(actor).values("matter")) | Q(pk__in=Party.objects.filter(account_id=actor.own_id).values("matter"))
    for reach, standing in table.reach_of(actor, f"{KIND}.read"):
        if reach == "area":
            seen |= Q(**subtree("place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return seen


# What the tabs of the list hold; those withdrawn, merged, turned, declined, lapsed or failed are found among "closed" and by their state.
GROUPS: Final = {
    "seconding": ("seconding",),
    "in_bank": ("screening", "banked"),
    "deciding": (*PREPARING, "balloting", "posted", "blocked"),
    "carrying_out": ("carrying", "accepting", "rating", "suspended"),
    "done": ("closed",),
    "bank": ("banked", "screening", "seconding"),
}


def _of_status(found: QuerySet[Matter], status: str, now: datetime) -> QuerySet[Matter]:
    if status == "open":
        return found.filter(is_open=True)
    if status == "closed":
        return found.filter(is_open=False)
    if status in GROUPS:
        return found.filter(state__in=GROUPS[status])
    if status == "overdue":
        return found.filter(is_open=True, due_at__lt=now)
    return found.filter(state=status) if status in WORKFLOW.by_code else found


def motion_page(
    actor: Actor, wanted: Wanted, now: datetime, *, after: int | None = None, limit: int = PAGE, words_for: Actor | None = None
) -> Page:
    """
    One page of motions; at most three queries. `order`: "new" (newest first), "hot" (most seconders first), "age" (longest waiting first).

    `after` is the id of the last row seen; a page of the hot list begins behind that motion's place in it. `words_for`: the rows as this
    reader would read them, where that is not the actor whose motions are listed.
    """
    found = narrowed(actor, wanted, now).select_related("motion", "place", "holder")
    if wanted.text.strip():
        found = found.filter(pk__in=matching_ids(wanted.text, before=None, limit=1000))
    if wanted.order == "hot":
        found = _behind_hot(found, after).order_by("-motion__second_count", "-pk")
    elif wanted.order == "age":
        found = (found.filter(pk__gt=after) if after else found).order_by("pk")
    else:
        found = (found.filter(pk__lt=after) if after else found).order_by("-pk")
    matters = list(found[: limit + 1])
    rows = rows_of(words_for or actor, matters[:limit], now)
    return Page(rows, matters[limit - 1].pk if len(matters) > limit else None, wanted)


def _behind_hot(found: QuerySet[Matter], after: int | None) -> QuerySet[Matter]:
    last = Motion.objects.filter(pk=after).first() if after else None
    if last is None:
        return found
    return found.filter(Q(motion__second_count__lt=last.second_count) | Q(motion__second_count=last.second_count, pk__lt=last.pk))


def rows_of(actor: Actor, matters: Sequence[Matter], now: datetime, names: Mapping[int, str] | None = None) -> list[Row]:
    """Motions as lines of a list; one query for the names of their places, none where the caller has them."""
    if names is None:
        names = short_names([m.place for m in matters], doors=actor.is_staff)
    return [
        Row(
            motion=m.motion,
            matter=m,
            title=m.public_title,
            where=names[m.place_id],
            late=bool(m.is_open and m.due_at and m.due_at < now),
            missing=max(0, m.motion.seconds_needed - m.motion.second_count) if m.state == "seconding" else 0,
            days_waiting=(now - (m.motion.banked_at or m.motion.submitted_at or m.raised_at)).days,
        )
        for m in matters
    ]


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
    ties = Link.objects.filter(Q(source=matter) | Q(target=matter), ended_at=None).exclude(kind=Link.Kind.REPEATS)
    may_see = Q(visibility=Visibility.PUBLIC)
    for workflow in workflows():
        may_see |= Q(visible_to(actor, workflow.kind), kind=workflow.kind)
    seen = {f"sees_{end}": Exists(Matter.objects.filter(may_see, pk=OuterRef(end))) for end in ("source", "target")}
    return ties.annotate(**seen).select_related("source", "target").order_by("pk")


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


# --- texts ---------------------------------------------------------------------------------------------
def texts_of(matter: Matter) -> list[Text]:
    return list(Text.objects.filter(motion_id=matter.pk).order_by("number"))


@dataclass(frozen=True)
class Piece:
    """A run of characters of a comparison: `kind` is "same", "gone" or "new"."""

    kind: str
    text: str


def compared(before: str, after: str) -> list[Piece]:
    """What was taken out and put in, by characters, as a reader of Chinese sees it; runs of one kind are joined."""
    pieces: list[Piece] = []
    for code, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if code == "equal":
            pieces.append(Piece("same", before[i:j]))
            continue
        if i < j:
            pieces.append(Piece("gone", before[i:j]))
        if k < m:
            pieces.append(Piece("new", after[k:m]))
    return pieces


# --- twins and cases -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Twin:
    """A motion much like another: how alike (0 to 1), and the words they share."""

    matter: Matter
    score: float
    words: tuple[str, ...]


def twins_of(matter: Matter, now: datetime, *, limit: int = 5) -> list[Twin]:
    """Open motions at the same or a nearby place whose words are much alike, the likest first, for whoever screens."""
    near = Matter.objects.filter(kind=KIND, is_open=True, **subtree("place_path", matter.place_path[:-WIDTH] or matter.place_path))
    others = {m.pk: m for m in near.exclude(pk=matter.pk).exclude(state="draft").order_by("-pk")[:300]}
    candidates = ((m.pk, f"{m.title} {m.body}", None, (now - m.raised_at).total_seconds() / 3600) for m in others.values())
    found = rank_similar(f"{matter.title} {matter.body}", candidates, top=limit)
    return [Twin(others[int(match.id)], match.score, match.reason) for match in found]


def case_page(*, topic: str = "", text: str = "", after: int | None = None, limit: int = PAGE) -> list[Case]:
    """Cases, the latest first; with words, those that hold all of them."""
    found = Case.objects.select_related("motion__matter__place")
    if topic:
        found = found.filter(topic=topic)
    for token in query_tokens(text)[:8]:
        found = found.filter(words__contains=f" {token}" if is_single(token) else f" {token} ")
    if after:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:limit])


# --- facts -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ladder:
    """How many motions stand on each rung of participation, of how many: a fact for indicators, opened by the list it counts."""

    by_rung: dict[str, int]
    total: int


def ladder(actor: Actor, place: Place | None, since: datetime, until: datetime) -> Ladder:
    found = narrowed(actor, Wanted(place=place), until).filter(motion__banked_at__gte=since, motion__banked_at__lt=until)
    counted = dict(found.values_list("motion__rung").annotate(n=Count("pk")).order_by())
    return Ladder(counted, sum(counted.values()))


def late_tasks(actor: Actor, now: datetime, *, limit: int = 50) -> list[Task]:
    """Tasks of resolutions past their day, the latest first, in the actor's reach."""
    return list(
        Task.objects.filter(done_at=None, order__due_at__lt=now, motion__matter__in=narrowed(actor, Wanted(), now))
        .select_related("motion__matter", "unit", "order")
        .order_by("order__due_at")[:limit]
    )


def raised_files(matter: Matter) -> list[Attachment]:
    return list(Attachment.objects.filter(matter=matter, seq=1).select_related("file"))
