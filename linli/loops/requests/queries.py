"""What people see of requests: lists, search, one request whole, similar ones nearby, one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from linli.insight.same.near import find_near
from linli.insight.same.reports import Found, Report
from linli.insight.similar import rank_similar
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters import promises
from linli.kernel.matters.clock import Left, left
from linli.kernel.matters.models import Category, Clock, Link, Matter, Party, Pause, Rating, Suggestion, WorkOrder
from linli.kernel.matters.queries import Line, running_clocks, ties_of, timeline, visible_to
from linli.kernel.matters.search import newest_with
from linli.kernel.matters.turn import orders_of, working_units
from linli.kernel.matters.workflow import Move
from linli.kernel.people.models import HelperLink, Person
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names
from linli.lib.geo import metres_between, neighbour_cells
from linli.loops.requests.rules import HANDLING, KIND, WORKFLOW
from linli.loops.requests.suggest import category_id_of, category_read

PAGE = 20
# Levels with an index of their own, so that a page of any of them reads about as many rows as it shows.
_INDEXED = {Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to. Empty means all; `status` is "open", "closed", "overdue", "handling" or a state's code."""

    place: Place | None = None
    category: Category | None = None
    unit_id: int | None = None
    status: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    grade: str = ""
    sort_of: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Row:
    """A request in a list. `title` is what this reader may read; `left` is None where no promise runs."""

    matter: Matter
    title: str
    where: str
    left: Left | None
    late: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next_before: int | None
    filter: Filter = field(default_factory=Filter)


def narrowed(actor: Actor, chosen: Filter, now: datetime) -> QuerySet[Matter]:
    """The requests the actor may see, narrowed by everything but the text."""
    found = Matter.objects.filter(visible_to(actor, KIND), kind=KIND)
    if chosen.place is not None:
        column = _INDEXED.get(Kind(chosen.place.kind))
        found = found.filter(**({column: chosen.place.pk} if column else subtree("place_path", chosen.place.path)))
    if chosen.category is not None:
        found = (
            found.filter(Q(category=chosen.category) | Q(category__parent=chosen.category))
            if chosen.category.parent_id is None
            else found.filter(category=chosen.category)
        )
    if chosen.unit_id:
        found = found.filter(Q(holder_id=chosen.unit_id) | Q(pk__in=WorkOrder.objects.filter(unit_id=chosen.unit_id).values("matter")))
    if chosen.status == "open":
        found = found.filter(is_open=True)
    elif chosen.status == "closed":
        found = found.filter(is_open=False)
    elif chosen.status == "overdue":
        found = found.filter(is_open=True, due_at__lt=now)
    elif chosen.status == "handling":
        found = found.filter(state__in=HANDLING)
    elif chosen.status in WORKFLOW.by_code:
        found = found.filter(state=chosen.status)
    if chosen.since:
        found = found.filter(raised_at__gte=chosen.since)
    if chosen.until:
        found = found.filter(raised_at__lt=chosen.until)
    if chosen.channel:
        found = found.filter(channel=chosen.channel)
    if chosen.grade:
        found = found.filter(grade=chosen.grade)
    if chosen.sort_of:
        found = found.filter(sort_of=chosen.sort_of)
    if chosen.mine:
        found = found.filter(pk__in=Party.objects.filter(account_id=actor.own_id).exclude(role=Party.Role.RECORDER).values("matter"))
    return found


def request_page(
    actor: Actor, chosen: Filter, now: datetime, *, before: int | None = None, limit: int = PAGE, words_for: Actor | None = None
) -> Page:
    """
    One page of requests, newest first, below id `before`. Three queries at most, however many requests there are.

    `words_for`: the rows as this reader would read them, where that is not the actor whose requests are listed.
    """
    found = narrowed(actor, chosen, now).select_related("place", "category", "holder")
    if chosen.text.strip():
        matters = newest_with(chosen.text, found, before=before, limit=limit)
    else:
        matters = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: limit + 1])
    shown = matters[:limit]
    return Page(rows_of(words_for or actor, shown, now), shown[-1].pk if len(matters) > limit else None, chosen)


def rows_of(actor: Actor, matters: Sequence[Matter], now: datetime, names: Mapping[int, str] | None = None) -> list[Row]:
    """Requests as lines of a list; one query for the names of their places, none where the caller has them."""
    if names is None:
        names = short_names([m.place for m in matters], doors=actor.is_staff)
    calendar = promises.calendar()
    rows = []
    for matter in matters:
        remaining = left(matter.due_at, "hours", now, calendar) if matter.due_at else None
        full = actor.is_staff and sees_inside_by_place(actor, matter)
        rows.append(
            Row(
                matter, matter.title if full else matter.public_title, names[matter.place_id], remaining, bool(remaining and remaining.late)
            )
        )
    return rows


def sees_inside_by_place(actor: Actor, matter: Matter) -> bool:
    """Does a grant on the place itself let the actor read what is not public?"""
    return any(reach == "area" and matter.place_path.startswith(s.path) for reach, s in table.reach_of(actor, f"{KIND}.read"))


@dataclass(frozen=True)
class ClockLine:
    clock: Clock
    left: Left | None


@dataclass(frozen=True)
class Whole:
    """
    Everything one request's page shows to one reader. `inside` readers (staff concerned, parties) see all of it; `moves` are what the
    reader may do now.
    """

    matter: Matter
    inside: bool
    is_party: bool
    where: str
    lines: list[Line]
    clocks: list[ClockLine]
    pause: Pause | None
    orders: list[WorkOrder]
    links: list[Link]
    ratings: list[Rating]
    suggestions: list[Suggestion]
    raiser: Person | None
    moves: list[Move]
    me_too_done: bool
    rated_now: bool


def whole_request(actor: Actor, matter: Matter, now: datetime) -> Whole:
    """One request for one reader, in a fixed number of queries (eight for the public, ten inside)."""
    orders = orders_of(matter)
    unit_ids = frozenset(o.unit_id for o in orders if o.state != WorkOrder.State.RECALLED)
    parties = list(matter.parties.select_related("person")) if not actor.is_anonymous else []
    mine = _parts(actor, parties)
    party = bool(mine)
    staff = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=unit_ids)
    # A neighbour who met the same is told and may rate, but does not read what the raiser wrote for the staff alone.
    inside = staff or any(p.role == Party.Role.RAISER for p in mine)
    working = working_units(matter, orders)
    calendar = promises.calendar()
    ratings = list(matter.ratings.order_by("id"))
    ties = ties_of(matter)
    # Who reads that one repeats the other reads that one household raised both.
    ties = ties if inside else ties.exclude(kind=Link.Kind.REPEATS)
    raiser = next((p.person for p in parties if p.role == Party.Role.RAISER and p.person), None)
    return Whole(
        matter=matter,
        inside=inside,
        is_party=party,
        where=short_names([matter.place], doors=inside)[matter.place_id],
        lines=timeline(matter, inside=inside, staff=staff),
        clocks=[ClockLine(c, left(c.due_at, c.unit, now, calendar) if c.due_at else None) for c in running_clocks(matter)],
        pause=matter.pauses.filter(until_at=None).first() if matter.state in ("waiting", "suspended") else None,
        orders=orders,
        links=list(ties),
        ratings=ratings,
        suggestions=list(matter.suggestions.all()) if staff else [],
        raiser=raiser if inside else None,
        moves=[
            m
            for m in WORKFLOW.moves_from(matter.state)
            if table.may(actor, f"{KIND}.{m.verb}", matter.place_path, unit_ids=working, own=party)
        ],
        me_too_done=any(p.account_id == actor.account_id for p in parties) if actor.account_id else False,
        rated_now=any(r.account_id == actor.account_id and r.round == matter.reopened for r in ratings) if actor.account_id else False,
    )


def _parts(actor: Actor, parties: Sequence[Party]) -> list[Party]:
    """The actor's own parts among `parties`, and those of the people they help (see turn.parts_of)."""
    if actor.account_id is None:
        return []
    people = {actor.person_id} if actor.person_id else set()
    if actor.person_id and any(p.person_id for p in parties):
        people |= set(HelperLink.objects.filter(helper_id=actor.person_id, until_on=None).values_list("person_id", flat=True))
    return [p for p in parties if p.role != Party.Role.RECORDER and (p.account_id == actor.account_id or p.person_id in people)]


@dataclass(frozen=True)
class Similar:
    """
    A request that may be the same matter. `found` says how likely and why; None where the machine's judgement is switched off and likeness
    of words alone chose it.
    """

    matter: Matter
    where: str
    metres: int | None
    words: tuple[str, ...]
    found: Found | None = None


_LOOKED_AT = 120
_INSIDE = (Kind.HOME, Kind.ENTRANCE, Kind.BUILDING)
_DOORS = (Kind.HOME, Kind.ENTRANCE)
LIKELY = 0.3
"""From this chance on one is worth a person's look (see docs/methods/same.md)."""


def similar_nearby(
    actor: Actor,
    text: str,
    place: Place | None,
    point: tuple[float, float] | None,
    now: datetime,
    *,
    top: int = 3,
    category_id: int | None = None,
    own: Matter | None = None,
) -> list[Similar]:
    """
    Open requests near the point (or in the same compound) of the last 60 days that may be the same matter as `text`, and that the actor
    may see; with `own`, the request they are compared for, it and those resolved are left out. Two queries, one more where some were not sorted
    yet, and one every few seconds for the switch.
    """
    if len(text.strip()) < 2 or (place is None and point is None):
        return []
    point = point or (place.point if place else None)
    candidates = [m for m in _open_near(actor, place, point, now) if own is None or (m.pk != own.pk and m.state != "resolved")]
    distances = {m.pk: _metres(m, point) for m in candidates}
    judged = is_on("same", place)
    rows = _judged(text, candidates, place, point, now, top, category_id, own) if judged else _alike(text, candidates, distances, now, top)
    by_id = {m.pk: m for m in candidates}
    names = short_names([by_id[pk].place for pk, _words, _found in rows], doors=actor.is_staff)
    made = []
    for pk, words, found in rows:
        away = distances[pk]
        made.append(Similar(by_id[pk], names[by_id[pk].place_id], round(away) if away is not None else None, words, found))
    return made


def same_as(actor: Actor, matter: Matter, now: datetime, *, top: int = 3) -> list[Similar]:
    """
    Requests near `matter` that may be the same as it, likeliest first, as `similar_nearby`; not those resolved already: after them it came
    back, which is another word (`actions.repeats`).
    """
    point = _point_of(matter)
    text = f"{matter.public_title}\n{matter.public_body}"
    return similar_nearby(actor, text, matter.place, point, now, top=top, category_id=matter.category_id, own=matter)


_Chosen = tuple[int, tuple[str, ...], Found | None]


def _open_near(actor: Actor, place: Place | None, point: tuple[float, float] | None, now: datetime) -> list[Matter]:
    near = Q(cell__in=neighbour_cells(*point)) if point else Q()
    if place is not None:
        above = place.path[:-6] if place.kind in _INSIDE else place.path
        near |= Q(**subtree("place_path", above))
    open_ones = Matter.objects.filter(near, visible_to(actor, KIND), kind=KIND, is_open=True, raised_at__gt=now - timedelta(days=60))
    return list(open_ones.select_related("place").order_by("-pk")[:_LOOKED_AT])


def _judged(
    text: str,
    candidates: list[Matter],
    place: Place | None,
    point: tuple[float, float] | None,
    now: datetime,
    top: int,
    category_id: int | None,
    own: Matter | None,
) -> list[_Chosen]:
    """By text, place, time and category together, those worth a look; of a text that has no category yet, by the one it surely reads as."""
    if category_id is None:
        category_id = category_read(text, place) if own is None else _read_as([own]).get(own.pk)
    read = _read_as(candidates, category_id)
    asked = Report(
        id="",
        text=text,
        at=int((own.raised_at if own is not None else now).timestamp()),
        point=_exact(point, place),
        kind=str(category_id or ""),
        spot=_spot(place, point),
    )
    found = find_near(asked, [_report(m, read.get(m.pk)) for m in candidates], top=top, least=LIKELY)
    return [(int(one.id), one.words, one) for one in found]


def _read_as(matters: Sequence[Matter], asked: int | None = None) -> dict[int, int]:
    """
    The category that was suggested for those nobody has sorted yet, by matter: where the machine was sure, or where it is the one `asked` (what
    it doubted may speak for being the same, not against it). One query, none where all are sorted.
    """
    unsorted = [m.pk for m in matters if m.category_id is None]
    if not unsorted:
        return {}
    told = Suggestion.objects.filter(matter__in=unsorted, field="category").values_list("matter_id", "suggested", "sure")
    known = [(pk, category_id_of(code), sure) for pk, code, sure in told]
    return {pk: category for pk, category, sure in known if category is not None and (sure or category == asked)}


def _report(matter: Matter, read: int | None = None) -> Report:
    return Report(
        id=str(matter.pk),
        text=f"{matter.public_title}\n{matter.public_body}",
        at=int(matter.raised_at.timestamp()),
        point=_exact(_point_of(matter), matter.place),
        kind=str(matter.category_id or read or ""),
        spot=_spot(matter.place, _point_of(matter)),
    )


def _point_of(matter: Matter) -> tuple[float, float] | None:
    return None if matter.latitude is None or matter.longitude is None else (matter.latitude / 1_000_000, matter.longitude / 1_000_000)


def _spot(place: Place | None, point: tuple[float, float] | None) -> str:
    """The door, or the building where no point says so; a building beside its point would count twice."""
    return str(place.pk) if place is not None and (place.kind in _DOORS or (place.kind == Kind.BUILDING and point is None)) else ""


def _exact(point: tuple[float, float] | None, place: Place | None) -> tuple[float, float] | None:
    """The point where it says more than "somewhere in this compound": all that is reported of a compound has the compound's own point."""
    if point is None or place is None or place.kind in _INSIDE or place.point is None:
        return point
    return None if all(abs(a - b) < 1e-5 for a, b in zip(point, place.point, strict=True)) else point


def _alike(text: str, candidates: list[Matter], distances: dict[int, float | None], now: datetime, top: int) -> list[_Chosen]:
    """By likeness of words, tempered by distance and age: how it is done where the judgement is switched off."""
    texts = [
        (m.pk, f"{m.public_title} {m.public_body[:60]}", distances[m.pk], (now - m.raised_at) / timedelta(hours=1)) for m in candidates
    ]
    return [(int(match.id), match.reason, None) for match in rank_similar(text, texts, top=top)]


def _metres(matter: Matter, point: tuple[float, float] | None) -> float | None:
    if point is None or matter.latitude is None or matter.longitude is None:
        return None
    return metres_between(point, (matter.latitude / 1_000_000, matter.longitude / 1_000_000))


def category_tree(*, active_only: bool = True) -> list[tuple[Category, list[Category]]]:
    """The tree's tops with their leaves, in order; one query."""
    rows = list(Category.objects.filter(active=True) if active_only else Category.objects.all())
    return [(top, [c for c in rows if c.parent_id == top.pk]) for top in rows if top.parent_id is None]


@dataclass(frozen=True)
class ComingBack:
    """A matter that was raised again and again: the first request and those tied to it as repeats, oldest first."""

    first: Matter
    again: list[Matter]

    @property
    def times(self) -> int:
        return 1 + len(self.again)

    @property
    def last_at(self) -> datetime:
        return self.again[-1].raised_at


def coming_back(place: Place | None, since: datetime, now: datetime, *, least: int | None = None) -> list[ComingBack]:
    """
    The requests at a place (None: everywhere) that keep coming back, the most often raised first: raised `least` times or more
    (`COMING_BACK_TIMES` unless given), counting those that workers tied as repeats and that were raised from `since` until `now`.

    For the house's own use (figures, the council's agenda): it reads past visibility, so show public titles only. Two queries.
    """
    ties = Link.objects.filter(kind=Link.Kind.REPEATS, ended_at=None, source__kind=KIND, source__raised_at__lte=now)
    if place is not None:
        ties = ties.filter(**subtree("source__place_path", place.path))
    group: dict[int, int] = {}
    for source, target in ties.order_by("pk").values_list("source_id", "target_id"):
        low, high = sorted((_first_of(group, source), _first_of(group, target)))
        group[high] = low
    members = (
        Matter.objects.filter(pk__in={*group, *group.values()}, kind=KIND).select_related("place", "category").order_by("raised_at", "pk")
    )
    found: dict[int, list[Matter]] = {}
    for matter in members:
        found.setdefault(_first_of(group, matter.pk), []).append(matter)
    needed = settings.COMING_BACK_TIMES if least is None else least
    rows = [ComingBack(line[0], [m for m in line[1:] if m.raised_at >= since]) for line in found.values()]
    kept = [row for row in rows if row.again and row.times >= needed]
    return sorted(kept, key=lambda row: (-row.times, -row.last_at.timestamp(), row.first.pk))


def _first_of(group: dict[int, int], pk: int) -> int:
    while pk in group and group[pk] != pk:
        pk = group[pk]
    return pk


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def as_public(matter: Matter) -> dict[str, Any]:
    """The public facts of a request, as the API, Open311 and feeds show them. No query beyond what is loaded."""
    return {
        "ref": matter.ref,
        "title": matter.public_title,
        "body": matter.public_body,
        "state": matter.state,
        "stage": matter.stage,
        "category": matter.category.code if matter.category else None,
        "grade": matter.grade,
        "place": "" if matter.place.kind == Kind.HOME else matter.place.name,
        "holder": matter.holder.name if matter.holder else None,
        "raised_at": matter.raised_at,
        "due_at": matter.due_at,
        "updated_at": matter.updated_at,
        "me_too": matter.me_too,
    }
