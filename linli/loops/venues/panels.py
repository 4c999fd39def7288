"""What a request's page is told of venues: where near it people can sit down together about it, and whether it is open."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F, Q, Subquery
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors
from linli.kernel.access.together import Asking, knowing
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.kernel.places.models import Place
from linli.lib.geo import metres_between
from linli.lib.remembered import Remembered
from linli.loops.venues import hours
from linli.loops.venues.models import HoursException, HoursPlan, Opening, State, Venue
from linli.loops.venues.pages import listed_row
from linli.loops.venues.queries import Listed
from linli.loops.venues.standing import last_of, promises_of, standing_of, today_of, with_last_opening

MOST: Final = 2
_near: Remembered[list[tuple[Venue, hours.Promise]]] = Remembered(30, most=200)
for _signal in (post_save, post_delete):
    for _model in (Venue, HoursPlan, HoursException, Opening):
        _signal.connect(_near.forget, sender=_model, weak=False, dispatch_uid=f"forget-venues-near-{_model.__name__}")


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """
    The nearest venues in use of the matter's community, or of a place around it; None without any, and for what is over. No query as a rule: a
    community's venues are remembered for half a minute.
    """
    return knowing(_nearest(matter, now) if matter.is_open else None)


def _nearest(matter: Matter, now: datetime) -> Panel | None:
    around = matter.community_id or matter.place_path
    found = sorted(_near.get(around, lambda: _read(matter, now)), key=lambda one: _distance(matter, one[0]))[:MOST]
    if not found:
        return None
    rows = [listed_row(Listed(v, promise, standing_of(v, promise, last_of(v), now), _metres(matter, v)), now) for v, promise in found]
    return Panel(_("附近可以坐下来谈的地方"), "venues/panel.html", {"rows": rows}, "/venues/", _("全部场地"))


def _read(matter: Matter, now: datetime) -> list[tuple[Venue, hours.Promise]]:
    """One query, and two where there are venues."""
    community = Place.objects.filter(pk=matter.community_id or matter.place_id).values("path")
    here = Q(place__path__startswith=F("root")) | Q(place__path__in=ancestors(matter.place_path))
    found = Venue.objects.annotate(root=Subquery(community[:1])).filter(here, state=State.IN_USE)
    rows = with_last_opening(found, now).select_related("place").order_by("pk")
    venues = list(rows[:50])
    promises = promises_of(venues, today_of(now)) if venues else {}
    return [(venue, promises[venue.pk]) for venue in venues]


def _metres(matter: Matter, venue: Venue) -> int | None:
    if matter.latitude is None or matter.longitude is None or venue.point is None:
        return None
    return round(metres_between((matter.latitude / 1_000_000, matter.longitude / 1_000_000), venue.point))


def _distance(matter: Matter, venue: Venue) -> tuple[bool, int, int, int]:
    """Those whose distance is known first, the nearest first; of the others those that share most of the place's path."""
    metres = _metres(matter, venue)
    shared = len(set(ancestors(matter.place_path)) & set(ancestors(venue.place.path)))
    return metres is None, metres or 0, -shared, venue.pk
