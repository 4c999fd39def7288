"""What people see of motions: the bank, one motion whole, its texts side by side, cases to learn from, how far residents decide."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from linli.insight.similar import rank_similar
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.matters.models import Attachment, Matter, Party
from linli.kernel.matters.queries import visible_to
from linli.kernel.matters.search import matching_ids
from linli.kernel.matters.turn import parts_of
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names
from linli.lib.texts import is_single, query_tokens
from linli.loops.council.motions.models import (
    Case,
    Motion,
    Second,
    Task,
    Text,
)
from linli.loops.council.motions.rules import KIND, PREPARING, WORKFLOW

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
