"""What people see of hot topics: the list of a place, one topic with its requests. A bounded number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, within
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Kind, Place
from linli.loops.requests import figures
from linli.loops.requests.hot.models import Change, Figure, Round, Topic, Trace
from linli.loops.requests.hot.placing import with_undo

VERB = "hot.read"
PAGE = 30
MEMBERS = 30


def places_for(actor: Actor) -> list[Place]:
    """The streets and communities the reader may see topics of, streets first. One query."""
    paths = [s.path for reach, s in table.reach_of(actor, VERB) if reach == "area"]
    if not paths:
        return []
    found = Place.objects.filter(kind__in=(Kind.STREET, Kind.COMMUNITY), retired_at=None).order_by("path")
    return [p for p in found.only("pk", "name", "kind", "path", "outline")[:2000] if any(within(p.path, path) for path in paths)]


def place_for(actor: Actor, place_id: int | None, places: Sequence[Place]) -> Place | None:
    """The place asked for, else the widest the reader works at. Raises NotFound for one outside of it."""
    if place_id is None:
        return places[0] if places else None
    place = next((p for p in places if p.pk == place_id), None)
    if place is None:
        raise NotFound("no_place", _("没有这个地点，或者不在您的范围里。"))
    return place


def hottest(place: Place, *, dismissed: bool = False, limit: int | None = PAGE, after: int = 0) -> list[Figure]:
    """The topics at a place, hottest first, from the `after`th on; one query."""
    state = Topic.State.DISMISSED if dismissed else Topic.State.LIVE
    found = Figure.objects.filter(place=place, topic__state=state).select_related("topic", "place").order_by("-heat", "topic_id")
    return list(found[after : after + limit] if limit else found[after:])


def round_of(place: Place) -> Round | None:
    """When the topics a place belongs to were last gathered. One query."""
    return Round.objects.filter(root__path__in=ancestors(place.path)).order_by("-root__path").first()


@dataclass(frozen=True)
class Whole:
    """One topic at one place: `members` are its newest requests the reader works with, `more` how many there are beside them."""

    topic: Topic
    figure: Figure | None
    members: list[Matter]
    more: int
    changes: list[Change]


def topic_for(actor: Actor, topic_id: int) -> Topic:
    """A topic with figures at some place the reader may see. Raises NotFound. At most two queries."""
    topic = Topic.objects.select_related("root", "into", "lead").filter(pk=topic_id).first()
    if topic is None:
        raise NotFound("no_topic", _("没有这个热点。"))
    if not table.may(actor, VERB, topic.root.path):
        seen = Figure.objects.filter(topic=topic.into_id or topic.pk).values_list("place__path", flat=True)
        if not any(table.may(actor, VERB, path) for path in seen):
            raise NotFound("no_topic", _("没有这个热点。"))
    return topic


def figure_of(actor: Actor, topic: Topic) -> Figure | None:
    """Its figure at the widest place the reader may see. One query."""
    found = Figure.objects.filter(topic=topic).select_related("place").order_by("place__path")
    return next((figure for figure in found if table.may(actor, VERB, figure.place.path)), None)


def members_of(actor: Actor, topic: Topic) -> QuerySet[Matter]:
    """The requests behind a topic that the reader works with, newest first."""
    mine = Trace.objects.filter(topic=topic).values("matter")
    return Matter.objects.filter(figures.in_reach(actor), pk__in=mine).select_related("place", "category", "holder").order_by("-pk")


def whole(actor: Actor, topic: Topic, *, before: int | None = None) -> Whole:
    """One topic for its page, in four queries."""
    found = members_of(actor, topic)
    members = list((found.filter(pk__lt=before) if before else found)[: MEMBERS + 1])
    return Whole(topic, figure_of(actor, topic), members[:MEMBERS], len(members) - MEMBERS, changes_of(topic))


def changes_of(topic: Topic, limit: int = 50) -> list[Change]:
    """What became of it, the newest first, each knowing whether it can be undone. One query."""
    return list(with_undo(topic.changes.select_related("by", "other", "matter")).order_by("-at", "-pk")[:limit])


def others(topic: Topic) -> list[Topic]:
    """The topics it could be joined with: those of its street that stand. One query."""
    found = Topic.objects.filter(root_id=topic.root_id, state=Topic.State.LIVE).exclude(pk=topic.pk)
    return list(found.annotate(size=Count("traces")).filter(size__gt=0).order_by("-size", "pk")[:100])


def lead_place(topic: Topic) -> Place:
    """Where a request that leads would stand: the narrowest of the places its figure tells, when most of it is there, else its root's. One query."""
    figure = Figure.objects.filter(topic=topic, place_id=topic.root_id).first()
    rows = figure.by_place if figure else []
    if rows and figure is not None and rows[0][1] * 5 >= figure.people * 4:
        inner = Figure.objects.filter(topic=topic, place_id=rows[0][0]).first()
        narrow = inner.by_place[0][0] if inner and inner.by_place and inner.by_place[0][1] * 5 >= inner.people * 4 else rows[0][0]
        return Place.objects.get(pk=narrow)
    return topic.root
