"""What staff see of requests in lists: dense filters, sorts with cursors, search by words, reference and exact phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.accounts.actions import log_event, phone_index
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Category, Clock, Grade, Link, Matter, Party, Pause, Rating, Suggestion, WorkOrder
from linli.kernel.matters.queries import Line, id_of_ref, running_clocks, ties_of, timeline
from linli.kernel.matters.search import newest_with
from linli.kernel.matters.turn import working_units
from linli.kernel.people.queries import people_in_reach
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names
from linli.lib.codes import CodeError, check_phone
from linli.lib.masking import mask_phone
from linli.loops.requests import figures
from linli.loops.requests.rules import CHANNELS, HANDLING, KIND, WORKFLOW

PAGE: Final = 50
COUNT_CAP: Final = 1000
SORTS: Final = {
    "new": ("pk", True),
    "old": ("pk", False),
    "due": ("due_at", False),
    "-due": ("due_at", True),
    "updated": ("updated_at", False),
    "-updated": ("updated_at", True),
}
_REF: Final = re.compile(r"\s*[Rr]\s*\d{1,18}\s*")


@dataclass(frozen=True)
class Wanted:
    """
    What a list is narrowed to, as it stands in the address. Days are local and both included; with `behind` they are the period
    of a figure, else the days of raising.
    """

    q: str = ""
    status: str = ""
    place: Place | None = None
    exact: bool = False
    category: Category | None = None
    holder_id: int | None = None
    unit_id: int | None = None
    channel: str = ""
    urgency: str = ""
    grade: str = ""
    behind: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "new"

    @property
    def address(self) -> dict[str, str]:
        """The parts of the address that say this, in a fixed order: what is kept, sent to somebody, or given to the export."""
        parts: dict[str, Any] = {
            "q": self.q,
            "status": self.status,
            "place": self.place.pk if self.place else "",
            "exact": "1" if self.exact else "",
            "category": self.category.code if self.category else "",
            "holder": self.holder_id or "",
            "unit": self.unit_id or "",
            "channel": self.channel,
            "urgency": self.urgency,
            "grade": self.grade,
            "behind": self.behind,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "sort": self.sort if self.sort != "new" else "",
        }
        return {name: str(value) for name, value in parts.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.address)

    @property
    def on(self) -> int:
        """How many filters are in force."""
        return len(set(self.address) - {"sort", "exact"})

    def but(self, **changes: Any) -> str:
        """The address with something changed."""
        return urlencode(replace(self, **changes).address)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)


def wanted_from(params: Mapping[str, str]) -> Wanted:
    """Read a list's address. What is unknown or malformed is left out: an old link still opens a list. At most two queries."""
    place_id, code = number_in(params.get("place", "")), params.get("category", "")[:40]
    status = params.get("status", "")
    behind = params.get("behind", "")
    return Wanted(
        q=params.get("q", "").strip()[:80],
        status=status if status in ("open", "closed", "overdue", "handling") or status in WORKFLOW.by_code else "",
        place=Place.objects.filter(pk=place_id).first() if place_id else None,
        exact=params.get("exact") == "1",
        category=Category.objects.filter(code=code).first() if code else None,
        holder_id=number_in(params.get("holder", "")),
        unit_id=number_in(params.get("unit", "")),
        channel=params.get("channel", "") if params.get("channel", "") in CHANNELS else "",
        urgency=params.get("urgency", "") if params.get("urgency", "") in ("ordinary", "urgent", "emergency") else "",
        grade=params.get("grade", "") if params.get("grade", "") in (*Grade.values, "none") else "",
        behind=behind,
        since=_day(params.get("since", "")),
        until=_day(params.get("until", "")),
        sort=params.get("sort", "") if params.get("sort", "") in SORTS else "new",
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def narrowed(actor: Actor, wanted: Wanted, now: datetime) -> QuerySet[Matter]:
    """The requests in the actor's reach that are wanted, by everything but the words. Raises NotFound for an unknown figure."""
    found = Matter.objects.filter(figures.in_reach(actor), kind=KIND)
    if wanted.place is not None:
        found = found.filter(figures.at_place(wanted.place, exact=wanted.exact))
    if wanted.category is not None:
        found = found.filter(figures.of_category(wanted.category))
    if wanted.holder_id:
        found = found.filter(holder_id=wanted.holder_id)
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    if wanted.urgency:
        found = found.filter(urgency=wanted.urgency)
    if wanted.grade:
        found = found.filter(grade="" if wanted.grade == "none" else wanted.grade)
    return _timed(_of_status(found, wanted.status, now), wanted, now)


def _of_status(found: QuerySet[Matter], status: str, now: datetime) -> QuerySet[Matter]:
    if status == "open":
        return found.filter(is_open=True)
    if status == "closed":
        return found.filter(is_open=False)
    if status == "overdue":
        return found.filter(is_open=True, due_at__lt=now)
    if status == "handling":
        return found.filter(state__in=HANDLING)
    return found.filter(state=status) if status else found


def _timed(found: QuerySet[Matter], wanted: Wanted, now: datetime) -> QuerySet[Matter]:
    since = start_of(wanted.since) if wanted.since else None
    until = start_of(wanted.until + timedelta(days=1)) if wanted.until else None
    if wanted.behind:
        first = since or now - timedelta(days=30)
        return found.filter(figures.behind(wanted.behind, first, until or now, wanted.unit_id), updated_at__gte=first)
    if since:
        found = found.filter(raised_at__gte=since)
    return found.filter(raised_at__lt=until) if until else found


@dataclass(frozen=True)
class DeskPage:
    """One page of the list; `next_after` is the cursor of the page after it, empty at the end."""

    matters: list[Matter]
    next_after: str
    count: int | None


def desk_page(actor: Actor, wanted: Wanted, now: datetime, *, after: str = "", limit: int = PAGE) -> DeskPage:
    """
    One page of requests in the order wanted, and how many there are, counted no further than `COUNT_CAP` (None with words: a
    search is read page by page). At most five queries, whatever the number of requests.
    """
    found = narrowed(actor, wanted, now)
    related = found.select_related("place", "category", "holder")
    phone = phone_in(wanted.q)
    if wanted.q and phone is None:
        before = number_in(after)
        matters = newest_with(wanted.q, related, before=before, limit=limit)
        return DeskPage(matters[:limit], str(matters[limit - 1].pk) if len(matters) > limit else "", None)
    if phone is not None:
        mine = Q(parties__person__in=_people_with(actor, phone, now), parties__role=Party.Role.RAISER)
        found, related = found.filter(mine).distinct(), related.filter(mine).distinct()
    matters = _sorted(related, wanted.sort, after, limit)
    count = len(found.order_by().values_list("pk")[: COUNT_CAP + 1])
    return DeskPage(matters[:limit], _token(matters[limit - 1], wanted.sort) if len(matters) > limit else "", count)


def phone_in(text: str) -> str | None:
    """The canonical phone number, when the whole text is one."""
    if len(re.sub(r"\D", "", text)) < 7 or not re.fullmatch(r"[\d\s+\-()]+", text):
        return None
    try:
        return check_phone(text)
    except CodeError:
        return None


def _people_with(actor: Actor, phone: str, now: datetime) -> list[int]:
    """People in reach with exactly this number; that it was asked is written to the security log."""
    log_event("phone_searched", now=now, actor=actor, about=mask_phone(phone))
    return list(people_in_reach(actor).filter(phone_blind=phone_index(phone)).values_list("pk", flat=True)[:50])


def _sorted(found: QuerySet[Matter], sort: str, after: str, limit: int) -> list[Matter]:
    column, down = SORTS[sort]
    sign = "-" if down else ""
    if column == "due_at":
        found = found.filter(due_at__isnull=False)
    condition = _after(column, "lt" if down else "gt", after)
    if condition is not None:
        found = found.filter(condition)
    order = [f"{sign}pk"] if column == "pk" else [f"{sign}{column}", f"{sign}pk"]
    return list(found.order_by(*order)[: limit + 1])


def _after(column: str, beyond: str, after: str) -> Q | None:
    value, _tilde, pk = after.partition("~")
    number = number_in(pk or value)
    if number is None:
        return None
    if column == "pk":
        return Q(**{f"pk__{beyond}": number})
    try:
        moment = parse_datetime(value)
    except ValueError:
        return None
    return Q(**{f"{column}__{beyond}": moment}) | Q(**{column: moment, f"pk__{beyond}": number}) if moment else None


def _token(matter: Matter, sort: str) -> str:
    column, _down = SORTS[sort]
    return str(matter.pk) if column == "pk" else f"{getattr(matter, column).isoformat()}~{matter.pk}"


def is_reference(text: str) -> bool:
    return bool(_REF.fullmatch(text))


# --- places, as people say them ------------------------------------------------------------------------------------------
_SAID: Final = re.compile(r"\d+[^\d\s]*|[^\d\s]+")


def find_places(actor: Actor, text: str, *, limit: int = 8) -> list[Place]:
    """
    Places the actor may record for that "芳草苑3栋" may mean: the last part begins the place's own name, the parts before it
    stand in the names above. Two queries.
    """
    # "3 栋" is one part, however it is spaced.
    parts = _SAID.findall(re.sub(r"(\d)\s+(?=[^\W\d])", r"\1", text.strip()))[:6]
    if not parts:
        return []
    scope = Q(pk__in=[])
    for reach, standing in table.reach_of(actor, f"{KIND}.raise_for"):
        if reach == "area":
            scope |= Q(**subtree("path", standing.path)) if standing.path else Q(path__gte="")
    last = parts[-1]
    spaced = re.sub(r"^(\d+)(?=\D)", r"\1 ", last)
    named = Q(name__startswith=last) | Q(name__startswith=spaced)
    found = list(Place.objects.filter(scope, named, retired_at=None).order_by("path")[:200])
    above = {
        p.path: p.name.replace(" ", "")
        for p in Place.objects.filter(path__in={a for f in found for a in ancestors(f.path)[:-1]}).only("path", "name")
    }
    fitting = [f for f in found if all(any(part in above.get(a, "") for a in ancestors(f.path)[:-1]) for part in parts[:-1])]
    whole = [f for f in fitting if f.name.replace(" ", "") == last]
    return (whole or fitting)[:limit]


def places_of_patrol(actor: Actor, *, limit: int = 300) -> list[tuple[str, list[tuple[int, str]]]]:
    """The buildings of the actor's grid by compound, small enough to be kept on a phone. Two queries."""
    scope = Q(pk__in=[])
    for reach, standing in table.reach_of(actor, f"{KIND}.raise_for"):
        if reach == "area" and standing.path:
            scope |= Q(**subtree("path", standing.path))
    kinds = (Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING)
    rows = list(
        Place.objects.filter(scope, kind__in=kinds, retired_at=None).order_by("path").only("pk", "name", "path", "kind", "sort_key")[:limit]
    )
    tops = {p.path: p for p in rows if p.kind != Kind.BUILDING}
    grouped: dict[str, list[tuple[int, str]]] = {p.path: [(p.pk, p.name)] for p in tops.values()}
    for building in sorted((p for p in rows if p.kind == Kind.BUILDING), key=lambda p: p.sort_key):
        home = next((a for a in reversed(ancestors(building.path)[:-1]) if a in tops), None)
        if home is not None:
            grouped[home].append((building.pk, building.name))
    return [(tops[path].name, members) for path, members in grouped.items()]


# --- one request, for those who work on it -------------------------------------------------------------------------------
@dataclass(frozen=True)
class AtDesk:
    """
    Everything the Desk shows of one request. `verbs` are the workflow's moves that state and permission table allow the reader;
    what a state cannot have (ratings before the end, a pause outside of one) is not asked for.
    """

    matter: Matter
    inside: bool
    where: str
    lines: list[Line]
    clocks: list[Clock]
    pause: Pause | None
    orders: list[WorkOrder]
    links: list[Link]
    ratings: list[Rating]
    suggestions: list[Suggestion]
    repeats: Matter | None
    parties: list[Party]
    verbs: frozenset[str]
    concerned: frozenset[int]
    working: frozenset[int]


_TIED: Final = frozenset({"link", "linked_from", "merge", "unmerge", "merged_in", "unmerged"})
_SUGGESTED_IN: Final = ("raised", "accepted", "dispatched")


def _repeated(actor: Actor, suggestions: list[Suggestion]) -> Matter | None:
    """The earlier request of the same household that awaits the worker's word, when they work with that one too."""
    waiting = next((s for s in suggestions if s.field == "repeats" and not s.chosen), None)
    if waiting is None:
        return None
    return Matter.objects.filter(figures.in_reach(actor), pk=id_of_ref(waiting.suggested)).select_related("category").first()


def at_desk(actor: Actor, matter: Matter) -> AtDesk:
    """One request whole, in at most ten queries beside its own."""
    orders = list(matter.orders.select_related("unit").order_by("id"))
    concerned = frozenset(o.unit_id for o in orders if o.state != WorkOrder.State.RECALLED)
    working = working_units(matter, orders)
    inside = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=concerned)
    lines = timeline(matter, inside=inside, staff=inside, files=getattr(matter, "has_files", True))
    ended = matter.state in ("closed", "declined", "withdrawn", "merged")
    tied = any(line.entry.verb in _TIED for line in lines)
    suggestions = list(matter.suggestions.all()) if matter.state in _SUGGESTED_IN else []
    moves = (m.verb for m in WORKFLOW.moves_from(matter.state) if table.may(actor, f"{KIND}.{m.verb}", matter.place_path, unit_ids=working))
    return AtDesk(
        matter=matter,
        inside=inside,
        where=short_names([matter.place])[matter.place_id],
        lines=lines,
        clocks=[] if ended else running_clocks(matter),
        pause=matter.pauses.filter(until_at=None).first() if matter.state in ("waiting", "suspended") else None,
        orders=orders,
        links=list(ties_of(matter)) if tied else [],
        ratings=list(matter.ratings.order_by("id")) if matter.state in ("resolved", "closed") or matter.reopened else [],
        suggestions=suggestions,
        repeats=_repeated(actor, suggestions),
        parties=list(matter.parties.select_related("person", "account").order_by("id")[:60]),
        verbs=frozenset(moves),
        concerned=concerned,
        working=working,
    )
