"""What people see of motions: the bank, one motion whole, its texts side by side, cases to learn from, how far residents decide."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q, QuerySet

from linli.insight.similar import rank_similar
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.matters.models import Attachment, Link, Matter, Party, Pause, Rating, WorkOrder
from linli.kernel.matters.queries import Line, timeline, visible_to
from linli.kernel.matters.search import matching_ids
from linli.kernel.matters.workflow import Move
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names
from linli.law.roads import Road
from linli.lib.texts import query_tokens
from linli.loops.council.motions.models import Announcement, Case, Decision, Document, Motion, Objection, Second, Supervisor, Task, Text
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import KIND, WORKFLOW
from linli.loops.council.motions.standing import home_of

PAGE: Final = 20
_INDEXED: Final = {Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to. Empty means all; `status` is "open", "closed", "bank", "overdue" or a state's code."""

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
    found = Matter.objects.filter(visible_to(actor, KIND), kind=KIND)
    if not actor.is_staff:
        own = Party.objects.filter(account_id=actor.own_id).values("matter")
        found = found.exclude(Q(state="draft") & ~Q(pk__in=own))
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


def _of_status(found: QuerySet[Matter], status: str, now: datetime) -> QuerySet[Matter]:
    if status == "open":
        return found.filter(is_open=True)
    if status == "closed":
        return found.filter(is_open=False)
    if status == "bank":
        return found.filter(state__in=("banked", "screening", "seconding"))
    if status == "overdue":
        return found.filter(is_open=True, due_at__lt=now)
    return found.filter(state=status) if status in WORKFLOW.by_code else found


def motion_page(actor: Actor, wanted: Wanted, now: datetime, *, after: int | None = None, limit: int = PAGE) -> Page:
    """
    One page of motions; at most three queries. `order`: "new" (newest first), "hot" (most seconders first), "age" (longest waiting first).

    `after` is the id of the last row seen; a page of the hot list begins behind that motion's place in it.
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
    rows = rows_of(actor, matters[:limit], now)
    return Page(rows, matters[limit - 1].pk if len(matters) > limit else None, wanted)


def _behind_hot(found: QuerySet[Matter], after: int | None) -> QuerySet[Matter]:
    last = Motion.objects.filter(pk=after).first() if after else None
    if last is None:
        return found
    return found.filter(Q(motion__second_count__lt=last.second_count) | Q(motion__second_count=last.second_count, pk__lt=last.pk))


def rows_of(actor: Actor, matters: Sequence[Matter], now: datetime) -> list[Row]:
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
    orders: list[WorkOrder]
    links: list[Link]
    pause: Pause | None
    ratings: tuple[int, int]
    seconded: bool
    may: frozenset[str]
    moves: list[Move]


def whole_motion(actor: Actor, matter: Matter, now: datetime) -> Whole:
    """One motion for one reader, in at most sixteen queries however long it lived; pages ask `Whole` and nothing else."""
    motion = Motion.objects.get(pk=matter.pk)
    motion.matter = matter
    orders = list(matter.orders.select_related("unit").order_by("pk"))
    unit_ids = frozenset(o.unit_id for o in orders if o.state != WorkOrder.State.RECALLED)
    staff = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=unit_ids)
    raiser = not actor.is_anonymous and Party.objects.filter(matter=matter, account_id=actor.own_id, role=Party.Role.RAISER).exists()
    inside = staff or raiser
    road = road_of(motion)
    decisions = list(Decision.objects.filter(motion=motion).select_related("notice"))
    objections = list(Objection.objects.filter(decision__in=decisions).order_by("pk")) if inside and decisions else []
    supervisors = list(Supervisor.objects.filter(motion=motion, until_at=None).select_related("person").prefetch_related("opinions"))
    seconded = not actor.is_anonymous and Second.objects.filter(motion=motion, account_id=actor.own_id).exists()
    rated = Rating.objects.filter(matter=matter, outcome="rated").aggregate(n=Count("pk"), yes=Count("pk", filter=Q(satisfied=True)))
    may = _may(actor, matter, motion, unit_ids=unit_ids, raiser=raiser, seconded=seconded, supervisors=supervisors, now=now)
    return Whole(
        motion=motion,
        matter=matter,
        road=road,
        steps=_steps(road, motion, matter),
        where=short_names([matter.place], doors=inside)[matter.place_id],
        inside=inside,
        is_raiser=raiser,
        lines=timeline(matter, inside=inside, staff=staff),
        text=Text.objects.get(motion=motion, number=motion.version),
        versions=motion.version,
        announced=Announcement.objects.filter(motion=motion, taken_back_at=None).select_related("text", "notice").order_by("-pk").first(),
        decisions=decisions,
        objections=objections,
        tasks=list(Task.objects.filter(motion=motion).select_related("unit", "order")),
        supervisors=supervisors,
        documents=[d for d in Document.objects.filter(motion=motion).select_related("file").order_by("pk") if d.public or staff],
        orders=orders,
        links=list(
            Link.objects.filter(Q(source=matter) | Q(target=matter), ended_at=None).select_related("source", "target").order_by("pk")
        ),
        pause=Pause.objects.filter(matter=matter, until_at=None).first(),
        ratings=(rated["yes"], rated["n"]),
        seconded=seconded,
        may=may,
        moves=[m for m in WORKFLOW.moves_from(matter.state) if m.verb in may],
    )


def _steps(road: Road, motion: Motion, matter: Matter) -> list[StepShown]:
    over = matter.state == "closed"
    ended = not matter.is_open and not over

    def state(i: int) -> str:
        if over or i < motion.step:
            return "done"
        if i > motion.step:
            return "coming"
        return "stopped" if ended or matter.state == "blocked" else "now"

    return [StepShown(i, s.name_zh, s.name_en, s.kind, state(i)) for i, s in enumerate(road.steps)]


# What a resident's own part decides, beside what the table says of the verb.
_RAISERS: Final = frozenset({"submit", "amend", "withdraw"})
_SILENT: Final = frozenset({"reach", "lapse", "send_back", "pass_work", "next_body", "fail"})


def _may(
    actor: Actor,
    matter: Matter,
    motion: Motion,
    *,
    unit_ids: frozenset[int],
    raiser: bool,
    seconded: bool,
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
        found -= {"second"} if seconded else {"unsecond"}
        if "second" in found and not seconded and home_of(actor, matter.place, now) is None:
            found.discard("second")
    me = next((s for s in supervisors if s.account_id == actor.account_id), None)
    if me is None or any(o.round == motion.round for o in me.opinions.all()):
        found.discard("accept_work")
    if (not raiser and not seconded) or Rating.objects.filter(matter=matter, account_id=actor.own_id, outcome="rated").exists():
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
        found = found.filter(words__contains=f" {token} ")
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


def resident_share(actor: Actor, place: Place | None, since: datetime, until: datetime) -> tuple[int, int]:
    """Motions raised by residents, of all submitted in the period (processes.yaml demand_direct_line)."""
    found = narrowed(actor, Wanted(place=place), until).filter(motion__submitted_at__gte=since, motion__submitted_at__lt=until)
    return found.filter(motion__origin="resident").count(), found.count()


def late_tasks(actor: Actor, now: datetime, *, limit: int = 50) -> list[Task]:
    """Tasks of resolutions past their day, the latest first, in the actor's reach."""
    return list(
        Task.objects.filter(done_at=None, order__due_at__lt=now, motion__matter__in=narrowed(actor, Wanted(), now))
        .select_related("motion__matter", "unit", "order")
        .order_by("order__due_at")[:limit]
    )


def raised_files(matter: Matter) -> list[Attachment]:
    return list(Attachment.objects.filter(matter=matter, seq=1).select_related("file"))


def due_for_supervision(now: datetime, *, quiet_days: int = 30) -> QuerySet[Motion]:
    """Resolutions whose work said nothing for so many days: whoever watches is reminded."""
    return Motion.objects.filter(matter__state="carrying", matter__updated_at__lt=now - timedelta(days=quiet_days)).annotate(
        last=F("matter__updated_at")
    )
