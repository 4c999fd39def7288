"""What staff see of motions: the list with its filters, and one motion whole for whoever works on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import answered, asking, beside, if_any
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Attachment, Clock, Link, Matter, Party, Pause, WorkOrder
from linli.kernel.matters.queries import Line, entries_of, files_of, id_of_ref, lines_of, readable, ties_of
from linli.kernel.matters.search import matching_ids
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import naming
from linli.law.roads import RUNGS as RUNG_CODES
from linli.law.roads import TIERS as TIER_CODES
from linli.law.roads import Road
from linli.loops.council.motions.models import Announcement, Decision, Document, Motion, Objection, Second, Supervisor, Task, Text
from linli.loops.council.motions.queries import MANY
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import BEFORE_VOTE, KIND, ORIGINS, TOPICS, WORKFLOW
from linli.loops.council.motions.whole import WITH_MATTER, announced_of, watching_over, with_opinions

PAGE: Final = 50
COUNT_CAP: Final = 1000
GROUPS: Final = {
    "coming": ("seconding", "screening"),
    "bank": ("banked",),
    "preparing": ("scheduled", "deliberating", "drafting", "noticed"),
    "deciding": ("balloting", "posted"),
    "carrying": ("carrying", "accepting", "rating", "suspended"),
}
SORTS: Final = {"new": "-pk", "age": "pk", "hot": "-motion__second_count", "due": "due_at", "updated": "-updated_at"}


@dataclass(frozen=True)
class Wanted:
    """
    What the list is narrowed to, as it stands in the address. `status` is "open", "closed", "overdue", "unmerged", a group of states or a state;
    `late_tasks` those with a task past its day; `since`/`until` are the days of submitting, both included.
    """

    q: str = ""
    status: str = ""
    place: Place | None = None
    topic: str = ""
    rung: str = ""
    tier: str = ""
    origin: str = ""
    holder_id: int | None = None
    late_tasks: bool = False
    since: date | None = None
    until: date | None = None
    sort: str = "new"

    @property
    def address(self) -> dict[str, str]:
        parts: dict[str, Any] = {
            "q": self.q,
            "status": self.status,
            "place": self.place.pk if self.place else "",
            "topic": self.topic,
            "rung": self.rung,
            "tier": self.tier,
            "origin": self.origin,
            "holder": self.holder_id or "",
            "tasks": "late" if self.late_tasks else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "sort": self.sort if self.sort != "new" else "",
        }
        return {name: str(value) for name, value in parts.items() if value}

    @property
    def on(self) -> int:
        """How many filters are in force."""
        return len(set(self.address) - {"sort"})

    def but(self, **changes: Any) -> str:
        return urlencode(replace(self, **changes).address)


def wanted_from(params: Mapping[str, str]) -> Wanted:
    """Read a list's address; what is unknown or malformed is left out: an old link still opens a list. At most one query."""

    def known(name: str, codes: Any) -> str:
        return value if (value := params.get(name, "")) in codes else ""

    place_id = number_in(params.get("place", ""))
    return Wanted(
        q=params.get("q", "").strip()[:80],
        status=known("status", {"open", "closed", "overdue", "unmerged", *GROUPS, *WORKFLOW.by_code}),
        place=Place.objects.filter(pk=place_id).first() if place_id else None,
        topic=known("topic", TOPICS),
        rung=known("rung", RUNG_CODES),
        tier=known("tier", TIER_CODES),
        origin=known("origin", ORIGINS),
        holder_id=number_in(params.get("holder", "")),
        late_tasks=params.get("tasks") == "late",
        since=_day(params.get("since", "")),
        until=_day(params.get("until", "")),
        sort=known("sort", SORTS) or "new",
    )


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def in_reach(actor: Actor) -> Q:
    """The motions the actor works with: in their area, or where their unit holds a task."""
    seen = Q(pk__in=[])
    for reach, standing in table.reach_of(actor, f"{KIND}.read"):
        if reach == "area":
            if not standing.path:
                return Q()
            seen |= Q(**subtree("place_path", standing.path))
        elif reach == "unit" and standing.unit_id:
            held = WorkOrder.objects.filter(unit_id=standing.unit_id).exclude(state=WorkOrder.State.RECALLED).values("matter")
            seen |= Q(pk__in=held, **subtree("place_path", standing.path))
    return seen


def narrowed(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[Matter]:
    """The motions in the actor's reach that are wanted, by everything but the words."""
    # The second condition is the first again: it leads the database to the few motions rather than through every matter of a place.
    found = Matter.objects.filter(in_reach(actor), kind=KIND, pk__in=Motion.objects.values("matter"))
    if wanted.place is not None:
        found = found.filter(**subtree("place_path", wanted.place.path))
    same = {"motion__topic": wanted.topic, "motion__rung": wanted.rung, "motion__tier": wanted.tier, "motion__origin": wanted.origin}
    found = found.filter(**{column: value for column, value in same.items() if value})
    if wanted.holder_id:
        found = found.filter(holder_id=wanted.holder_id)
    if wanted.late_tasks:
        late = Task.objects.filter(done_at=None, order__due_at__lt=now, motion__matter__is_open=True)
        found = found.filter(pk__in=late.values("motion"))
    if wanted.since:
        found = found.filter(motion__submitted_at__gte=start_of(wanted.since))
    if wanted.until:
        found = found.filter(motion__submitted_at__lt=start_of(wanted.until + timedelta(days=1)))
    return _of_status(found, wanted.status, now)


def _of_status(found: QuerySet[Matter], status: str, now: datetime) -> QuerySet[Matter]:
    if status in ("open", "closed"):
        return found.filter(is_open=status == "open")
    if status == "overdue":
        return found.filter(is_open=True, due_at__lt=now)
    if status == "unmerged":
        return found.exclude(state="merged")
    if status in GROUPS:
        return found.filter(state__in=GROUPS[status])
    return found.filter(state=status) if status else found


@dataclass(frozen=True)
class DeskPage:
    """One page of the list; `next_after` is how many rows stand before the next one, 0 at the end; `count` stops at `COUNT_CAP`."""

    matters: list[Matter]
    next_after: int
    count: int


def desk_page(actor: Actor, wanted: Wanted, now: datetime, *, after: int = 0, limit: int = PAGE) -> DeskPage:
    """One page in the order wanted. Two queries, three with words. Lists of motions are short: pages are counted off, not cursored."""
    found = narrowed(actor, wanted, now)
    if wanted.q:
        found = found.filter(pk__in=matching_ids(wanted.q, before=None, limit=COUNT_CAP))
    if wanted.sort == "due":
        found = found.filter(due_at__isnull=False)
    count = len(found.order_by().values_list("pk")[: COUNT_CAP + 1])
    ordered = found.select_related("motion", "place", "holder").order_by(SORTS[wanted.sort], "-pk")
    matters = list(ordered[after : after + limit + 1])
    return DeskPage(matters[:limit], after + limit if len(matters) > limit else 0, count)


# --- one motion, for those who work on it ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class AtDesk:
    """Everything the Desk shows of one motion. What its timeline never spoke of is not asked for."""

    matter: Matter
    motion: Motion
    road: Road
    inside: bool
    where: str
    lines: list[Line]
    texts: list[Text]
    clocks: list[Clock]
    pause: Pause | None
    announced: Announcement | None
    decisions: list[Decision]
    objections: list[Objection]
    tasks: list[Task]
    supervisors: list[Supervisor]
    documents: list[Document]
    links: list[Link]
    parties: list[Party]
    seconders: list[tuple[str, int]]
    verbs: frozenset[str]
    working: frozenset[int]

    @property
    def text(self) -> Text:
        """The text in force."""
        return next(t for t in self.texts if t.number == self.motion.version)

    @property
    def decision(self) -> int | None:
        """The index of the decision it is on its way to; None behind the last."""
        return self.road.decision_after(self.motion.step)


def at_desk(actor: Actor, ref: str) -> AtDesk:
    """
    One motion whole, in few queries however long it lived: what it never had is not asked for. Raises NotFound, also for what is another
    kind or out of sight.
    """
    texts = _texts_with_facts(actor, id_of_ref(ref))
    if not texts:
        raise NotFound("no_matter", _("没有找到这个议题。"))
    facts, motion = texts[-1], texts[-1].motion
    matter = readable(actor, motion.matter)
    concerned = frozenset(unit for unit in actor.unit_ids if getattr(facts, f"held_by_{unit}"))
    busy = frozenset(unit for unit in actor.unit_ids if getattr(facts, f"open_with_{unit}"))
    working = busy | {matter.holder_id} if matter.holder_id else busy
    inside = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=concerned)
    entries = entries_of(matter, inside=inside, staff=inside)
    told = {entry.verb for entry in entries}
    moves = (m.verb for m in WORKFLOW.moves_from(matter.state) if table.may(actor, f"{KIND}.{m.verb}", matter.place_path, unit_ids=working))
    of_it = {"motion": motion}
    documents = Document.objects.filter(**of_it).select_related("file").order_by("pk")
    # Where those stand who want it decided matters until it is.
    wanted = motion.second_count and matter.state in BEFORE_VOTE
    names, (decisions, files, clocks, pauses, announced, objections, tasks, watching, papers, links, parties, seconds) = answered(
        beside(
            naming([matter.place]),
            asking(
                if_any(
                    "record_decision" in told,
                    Decision.objects.filter(**of_it).select_related("notice", "evidence").defer("evidence__kept")[:MANY],
                ),
                if_any(facts.has_files, files_of(matter)[:MANY]),
                if_any(facts.has_clocks, _clocks(matter)[:MANY]),
                if_any(matter.state in ("blocked", "suspended"), matter.pauses.filter(until_at=None)[:1]),
                if_any(facts.has_announcement, announced_of(motion)[:1]),
                if_any("object" in told, Objection.objects.filter(decision__motion=motion).order_by("pk")[:MANY]),
                if_any("add_task" in told, Task.objects.filter(**of_it).select_related("unit", "order")[:MANY]),
                if_any("appoint" in told, watching_over(motion)[:MANY]),
                if_any("file_document" in told, documents[:MANY]),
                if_any(facts.has_links, ties_of(matter)[:MANY]),
                matter.parties.select_related("person", "account").order_by("id")[:60],
                if_any(wanted, _seconding(motion)[: 10 * MANY]),
            ),
        )
    )
    return AtDesk(
        matter=matter,
        motion=motion,
        road=road_of(motion),
        inside=inside,
        where=names[matter.place_id],
        lines=lines_of(entries, files, inside=inside),
        texts=texts,
        clocks=clocks,
        pause=pauses[0] if pauses else None,
        announced=announced[0] if announced else None,
        decisions=decisions,
        objections=objections,
        tasks=tasks,
        supervisors=with_opinions(watching),
        documents=papers,
        links=links,
        parties=parties,
        seconders=list(Counter(_building_of(*row) for row in seconds).items()),
        verbs=frozenset(moves),
        working=working,
    )


def _texts_with_facts(actor: Actor, pk: int) -> list[Any]:
    """Every version up to the one in force, with motion and matter, and what decides which further questions are worth asking. One query."""
    here = OuterRef("motion_id")
    orders = WorkOrder.objects.filter(matter=here)
    held = {f"held_by_{unit}": Exists(orders.filter(unit=unit).exclude(state=WorkOrder.State.RECALLED)) for unit in actor.unit_ids}
    busy = {f"open_with_{unit}": Exists(orders.filter(unit=unit, state=WorkOrder.State.OPEN)) for unit in actor.unit_ids}
    found = Text.objects.filter(motion=pk, number__lte=F("motion__version")).select_related(*WITH_MATTER)
    return list(
        found.annotate(
            **held,
            **busy,
            has_files=Exists(Attachment.objects.filter(matter=here)),
            has_clocks=Exists(Clock.objects.filter(matter=here, met_at=None, cancelled_at=None)),
            has_links=Exists(Link.objects.filter(Q(source=here) | Q(target=here), ended_at=None)),
            has_announcement=Exists(Announcement.objects.filter(motion=here, taken_back_at=None, used=False)),
        ).order_by("number")
    )


def _clocks(matter: Matter) -> QuerySet[Clock]:
    """What runs, with whose it is; what is due first first."""
    found = Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).select_related("order__unit")
    return found.order_by("due_at", "id")


def _seconding(motion: Motion) -> QuerySet[Second, tuple[Any, ...]]:
    """The homes that second it, in order, as `_building_of` takes them; who lives there stays unsaid."""
    columns = ("home__name", "home__parent__name", "home__parent__kind", "home__parent__parent__name")
    return Second.objects.filter(motion=motion).order_by("pk").values_list(*columns)


def _building_of(home: str, stair: str | None, kind: str | None, above: str | None) -> str:
    """The building a home stands in: its parent, or its stair's; elsewhere the place it lies in."""
    return (above if kind == Kind.ENTRANCE and above else stair) or home
