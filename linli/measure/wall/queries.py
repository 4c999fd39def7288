"""
What the Wall counts. Strangers get counts of public requests and published figures, small counts hidden; whoever reads the indicators of a place gets
all that is counted there. Counts alone are read: no title, no name, but those of hot topics and places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Count, DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber

from linli.insight.measure.periods import Period
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.together import Asking, if_any
from linli.kernel.matters.models import Entry, Matter, Party, Visibility
from linli.kernel.matters.nearby import here
from linli.kernel.places.models import ORDER, Kind, Place
from linli.kernel.places.queries import ancestor_of_kind, below, kinds_above
from linli.lib.units import SHANGHAI
from linli.loops.requests.figures import at_place, in_reach
from linli.loops.requests.hot.models import Figure as Heat
from linli.loops.requests.hot.models import PublicFigure, Topic
from linli.loops.requests.hot.square_queries import shows
from linli.loops.requests.rules import HANDLING, KIND, WORKFLOW
from linli.measure.judging import median
from linli.measure.models import Entered, Figure, Published
from linli.measure.queries import LEVELS, VERB

FEWEST: Final = 5
"""Fewer than so many are not told to strangers."""
LATELY: Final = timedelta(days=30)
QUARTER: Final = timedelta(days=90)
MONTHS: Final = 13
SIMILAR: Final = 12
POINTS: Final = 400
GROUPS: Final = 5000
PLACES: Final = 400
_NOT_TOLD: Final = ("withdrawn", "merged")
# What turns a request's ring further: the last of these says since when it stands where it stands.
_STAGE: Final = {state.code: state.stage for state in WORKFLOW.states}
_TURNS: Final = tuple(sorted(m.verb for m in WORKFLOW.moves if m.target and any(_STAGE[s] != _STAGE[m.target] for s in m.sources)))


@dataclass(frozen=True)
class Viewer:
    """Who looks at what: `full` where they read the indicators of the place, else as a stranger does."""

    actor: Actor
    now: datetime
    place: Place
    full: bool

    @property
    def today(self) -> datetime:
        return self.now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def viewer(actor: Actor, place: Place, now: datetime, *, public: bool = False) -> Viewer:
    return Viewer(actor, now, place, full=not public and table.may(actor, VERB, place.path))


def own_place(actor: Actor) -> Place | None:
    """The community, street or district a reader's Wall is of: where they work, else where they live, else the lowest that holds all."""
    found = here(actor).place
    if found is None or found.kind in LEVELS:
        return found
    if ORDER.index(found.kind) > ORDER.index(Kind.COMMUNITY):
        return ancestor_of_kind(found, Kind.COMMUNITY)
    return Place.objects.filter(kind__in=LEVELS, retired_at=None, **subtree("path", found.path)).order_by("path").first()


def places_to_choose(*, limit: int = 400) -> list[Place]:
    """Every district, street and community, from the top down. One query."""
    return list(Place.objects.filter(kind__in=LEVELS, retired_at=None).order_by("path").defer("outline")[:limit])


def counted(v: Viewer) -> QuerySet[Matter]:
    """The requests this viewer's Wall counts."""
    found = Matter.objects.filter(at_place(v.place), kind=KIND)
    if v.full:
        return found.filter(in_reach(v.actor))
    return found.filter(visibility=Visibility.PUBLIC).exclude(state__in=_NOT_TOLD)


# --- today, and the loop ------------------------------------------------------------------------------------------------------
def tallied(v: Viewer) -> dict[str, int]:
    """Everything that is only counted, in one row. One query over what is open or moved in thirty days."""
    lately, rated = v.now - LATELY, Q(called_back="rated")
    moved = Q(updated_at__gte=lately)
    tomorrow = v.today + timedelta(days=1)
    row = (
        counted(v)
        .filter(Q(is_open=True) | moved)
        .aggregate(
            open=Count("pk", filter=Q(is_open=True)),
            overdue=Count("pk", filter=Q(is_open=True, due_at__lt=v.now)),
            due_today=Count("pk", filter=Q(is_open=True, due_at__gte=v.now, due_at__lt=tomorrow)),
            today=Count("pk", filter=Q(raised_at__gte=v.today)),
            hour=Count("pk", filter=Q(raised_at__gte=v.now - timedelta(hours=1))),
            stage_1=Count("pk", filter=Q(raised_at__gte=lately)),
            stage_2=Count("pk", filter=Q(state="raised")),
            stage_3=Count("pk", filter=Q(state="accepted")),
            stage_4=Count("pk", filter=Q(state__in=HANDLING)),
            stage_5=Count("pk", filter=Q(state__in=("resolved", "closed"), resolved_at__gte=lately)),
            stage_6=Count("pk", filter=Q(state="resolved")),
            stage_7=Count("pk", filter=Q(state="closed", closed_at__gte=lately)),
            asked=Count("pk", filter=rated & Q(resolved_at__gte=lately)),
            satisfied=Count("pk", filter=rated & Q(resolved_at__gte=lately, rated_satisfied=True)),
            met_too=Sum("me_too", filter=Q(raised_at__gte=lately)),
        )
    )
    return {name: value or 0 for name, value in row.items()}


def stays(v: Viewer) -> QuerySet[Matter, Any]:
    """How long what waits in each stage has been there: (stage, seconds) of the middle ones, as the database ranks them."""
    turned = Entry.objects.filter(matter=OuterRef("pk"), verb__in=_TURNS).order_by("-seq").values("at")[:1]
    since = Case(
        When(state="raised", then=F("raised_at")),
        When(state="resolved", then=F("resolved_at")),
        default=Coalesce(Subquery(turned), F("accepted_at"), F("raised_at")),
        output_field=DateTimeField(),
    )
    ranked = (
        counted(v)
        .filter(is_open=True)
        .annotate(
            since=since,
            rank=Window(RowNumber(), partition_by=[F("stage")], order_by=[since.asc(), F("pk").asc()]),
            of=Window(Count("pk"), partition_by=[F("stage")]),
        )
    )
    middle = Q(rank=(F("of") + 1) / 2)
    return ranked.filter(middle).order_by("stage").values_list("stage", "since")[:10]


def took(v: Viewer) -> QuerySet[Matter, Any]:
    """When what was resolved in thirty days was raised, resolved and closed; the newest thousand."""
    found = counted(v).filter(resolved_at__gte=v.now - LATELY, state__in=("resolved", "closed"))
    return found.order_by("-resolved_at").values_list("raised_at", "resolved_at", "closed_at")[:1000]


@dataclass(frozen=True)
class Loop:
    """`waits` holds the median stay in each stage where something stands; `resolve` and `close` the median from raising, in minutes."""

    waits: dict[int, timedelta] = field(default_factory=dict)
    resolve: timedelta | None = None
    close: timedelta | None = None


def loop_of(v: Viewer) -> Asking[Loop]:
    middle, ended = yield [stays(v), took(v)]
    resolved = median((done - raised).total_seconds() for raised, done, _closed in ended)
    closed = median((end - raised).total_seconds() for raised, _done, end in ended if end)
    return Loop(
        {stage: v.now - since for stage, since in middle},
        timedelta(seconds=resolved) if resolved is not None else None,
        timedelta(seconds=closed) if closed is not None else None,
    )


# --- the map ------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ground:
    """What lies where: the ground and the places on it, how many open requests in each, and (for those who work there) where single ones lie."""

    ground: Place | None
    under: list[Place]
    counts: dict[int, int]
    points: list[tuple[int, float, float, bool]]


def ground_of(v: Viewer) -> Asking[Ground]:
    """The communities of a street or district; the compounds of a community, or its buildings where it has none."""
    open_now = counted(v).filter(is_open=True).order_by()
    in_community = v.place.kind == Kind.COMMUNITY
    column, step = ("compound_id", Kind.COMPOUND) if in_community else ("community_id", Kind.COMMUNITY)
    groups = open_now.values(column).annotate(n=Count("pk")).values_list(column, "n")[:GROUPS]
    exact = open_now.filter(latitude__isnull=False).order_by("-pk").values_list("pk", "longitude", "latitude", "due_at")[:POINTS]
    own, under, counts, points = yield [
        Place.objects.filter(pk=v.place.pk)[:1],
        below(v.place, step)[:PLACES],
        groups,
        if_any(v.full and in_community, exact),
    ]
    found = {int(pk): n for pk, n in counts if pk}
    if in_community and not under:
        paths = open_now.values("place_path").annotate(n=Count("pk")).values_list("place_path", "n")[:GROUPS]
        under, counts = yield [below(v.place, Kind.BUILDING)[:PLACES], paths]
        found = {p.pk: total for p in under if (total := sum(n for path, n in counts if path.startswith(p.path)))}
    spots = [(pk, lon / 1_000_000, lat / 1_000_000, due is not None and due < v.now) for pk, lon, lat, due in points]
    return Ground(own[0] if own else None, list(under), found, spots)


# --- topics, participation --------------------------------------------------------------------------------------------------------
def topics_of(v: Viewer) -> Asking[list[Any]]:
    """The hottest topics: those at the Desk for whoever reads them there, else the public ones."""
    if v.full and table.may(v.actor, "hot.read", v.place.path):
        mine = Heat.objects.filter(topic__state=Topic.State.LIVE).select_related("topic").order_by("-heat", "topic_id")
        level = mine.filter(place=v.place) if v.place.kind != Kind.DISTRICT else mine.filter(place__parent=v.place, place=F("topic__root"))
        (found,) = yield [level[:6]]
        return list(found)
    public = PublicFigure.objects.filter(topic__state=Topic.State.LIVE, people__gte=FEWEST).select_related("topic", "place")
    level_public = (
        public.filter(place=v.place) if v.place.kind != Kind.DISTRICT else public.filter(place__parent=v.place, place=F("topic__root"))
    )
    (told,) = yield [level_public.order_by("-heat", "topic_id")[:6]]
    return [one for one in told if shows(one.place)]


@dataclass(frozen=True)
class Taking:
    """How many different people raised something or met the same in ninety days, and motions under way."""

    raisers: int
    met_too: int
    motions: int


def taking_of(v: Viewer) -> Asking[Taking]:
    since = v.now - QUARTER
    mine = counted(v).filter(raised_at__gte=since)
    parties = Party.objects.filter(matter__in=mine.values("pk"), role__in=(Party.Role.RAISER, Party.Role.ME_TOO))
    by_role = (
        parties.order_by()
        .values("role")
        .annotate(n=Count(Coalesce(F("person"), -F("account")), distinct=True))
        .values_list("role", "n")[:4]
    )
    motions = Matter.objects.filter(at_place(v.place), kind="motion", is_open=True, visibility=Visibility.PUBLIC).order_by()
    under_way = motions.annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values_list("n")[:1]
    roles, ways = yield [by_role, under_way]
    counts = dict(roles)
    return Taking(counts.get("raiser", 0), counts.get("me_too", 0), ways[0][0] if ways else 0)


# --- indicators ---------------------------------------------------------------------------------------------------------------------
def similar(v: Viewer) -> QuerySet[Place]:
    """Places of the same kind (of communities: the same type) in the same district, in their own order."""
    district = v.place.path if v.place.kind == Kind.DISTRICT else _district_path(v.place.path)
    found = Place.objects.filter(kind=v.place.kind, retired_at=None)
    if v.place.kind == Kind.COMMUNITY:
        found = found.filter(community_type=v.place.community_type)
    if v.place.kind != Kind.DISTRICT:
        found = found.filter(**subtree("path", district))
    return found.only("pk", "name", "kind", "path", "sort_key", "community_type").order_by("sort_key", "path")


def _district_path(path: str) -> str:
    """The path of the district a place lies in; its own where it lies in none."""
    above = zip(ancestors(path), kinds_above(path), strict=True)
    return next((step for step, (kind, _pk) in above if kind == Kind.DISTRICT), path)


def newest_published(places: Sequence[int], since: str = "") -> QuerySet[Published]:
    """The last published figure of each place, code and period; one row each."""
    last = (
        Published.objects.filter(place__in=places, period__gte=since).order_by().values("place", "code", "period").annotate(last=Max("pk"))
    )
    return Published.objects.filter(pk__in=last.values("last")).order_by("period", "pk")


def prepared_of(place: Place, others: Sequence[int], spans: Sequence[Period]) -> QuerySet[Figure]:
    """The prepared figures of a place over time, and of others in the last of these periods."""
    mine = Q(place=place, period__in=[str(s) for s in spans])
    return Figure.objects.filter(mine | Q(place__in=list(others), period=str(spans[-1]))).order_by("pk")


def entered_of(places: Sequence[int], spans: Sequence[Period]) -> QuerySet[Entered]:
    """What documents say of these places; of several entries of one period the last comes last."""
    return Entered.objects.filter(place__in=list(places), period__in=[str(s) for s in spans]).order_by("pk")
