"""
What strangers read of hot topics: those enough different people raised in public, where the place shows them. The same for everybody, signed in or
not, so that nothing a neighbour may see of a request comes into it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.judgement.models import Function
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Matter, Visibility
from linli.kernel.places.models import ORDER, Kind, Place
from linli.kernel.places.queries import ancestor_of_kind
from linli.lib.masking import scrub
from linli.loops.requests.hot.models import PublicFigure, Topic, Trace

PAGE: Final = 20
MEMBERS: Final = 20
_DONE: Final = ("resolved", "closed")


@dataclass(frozen=True)
class Going:
    """How far the public requests of a topic are: done, being dealt with."""

    done: int = 0
    under_way: int = 0


def shows(place: Place | None) -> bool:
    """Does this place show its topics in public?"""
    return is_on(Function.TOPICS, place) and is_on(Function.HOT, place)


def level_of(place: Place | None) -> Place | None:
    """The place whose topics stand for `place`: itself from a community up, else its community. None: everywhere."""
    if place is None or ORDER.index(place.kind) <= ORDER.index(Kind.COMMUNITY):
        return place
    return ancestor_of_kind(place, Kind.COMMUNITY) or place


def _public() -> QuerySet[PublicFigure]:
    enough = max(settings.HOT_PEOPLE, settings.HOT_PUBLIC_PEOPLE)
    found = PublicFigure.objects.filter(topic__state=Topic.State.LIVE, people__gte=enough)
    return found.select_related("topic", "place", "topic__lead", "topic__lead__category", "topic__lead__holder", "topic__lead__place")


def hottest(place: Place | None, *, limit: int = PAGE, after: int = 0) -> list[PublicFigure]:
    """
    The topics at a place, hottest first, from the `after`th on; of what is wider than a street those of its streets. One query.
    """
    found = _public().order_by("-heat", "topic_id")
    if place is not None and place.kind in (Kind.STREET, Kind.COMMUNITY):
        if not shows(place):
            return []
        return list(found.filter(place=place)[after : after + limit])
    found = found.filter(place=F("topic__root"), **(subtree("place__path", place.path) if place else {}))
    return [figure for figure in found[after : after + limit] if shows(figure.place)]


def topic_in_public(topic_id: int) -> PublicFigure:
    """One topic at the widest place that shows it. Raises NotFound: the same words whether there is none, or none for strangers. One query."""
    into = Topic.objects.filter(joined=topic_id).values("pk")
    found = _public().filter(Q(topic=topic_id) | Q(topic__in=into)).order_by("place__path")
    figure = next((figure for figure in found if shows(figure.place)), None)
    if figure is None:
        raise NotFound("no_topic", _("没有这个热点，或者它不公开。"))
    return figure


def title_of(figure: PublicFigure) -> str:
    """The name a worker gave it, else the machine's line from public titles; nobody's personal details in either."""
    name = figure.topic.name
    return (scrub(name, named=True).text if name else figure.line) or _("（还没有名称）")


def going(figures: Sequence[PublicFigure]) -> dict[int, Going]:
    """How far each topic's public requests are, by topic. One query."""
    if not figures:
        return {}
    mine = Trace.objects.filter(topic__in=[f.topic_id for f in figures], matter__visibility=Visibility.PUBLIC)
    done, under = Q(matter__state__in=_DONE), Q(matter__is_open=True) & ~Q(matter__state__in=_DONE)
    rows = mine.order_by().values("topic").annotate(done=Count("pk", filter=done), under=Count("pk", filter=under))
    return {row["topic"]: Going(row["done"], row["under"]) for row in rows}


def public_lead(topic: Topic) -> Matter | None:
    """The request that leads, where strangers may read it."""
    lead = topic.lead
    return lead if lead is not None and lead.visibility == Visibility.PUBLIC and lead.state != "withdrawn" else None


def public_members(topic: Topic) -> QuerySet[Matter]:
    """The public requests behind a topic, newest first."""
    mine = Trace.objects.filter(topic=topic).values("matter")
    found = Matter.objects.filter(pk__in=mine, visibility=Visibility.PUBLIC).exclude(state="withdrawn")
    return found.select_related("place", "category", "holder").order_by("-pk")


def names_of(places: Collection[int]) -> dict[int, str]:
    """One query, none without places."""
    return dict(Place.objects.filter(pk__in=places).values_list("pk", "name")) if places else {}
