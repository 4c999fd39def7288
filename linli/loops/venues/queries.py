"""What people see of venues: lists with their filters, one venue, its log, what visitors said. Each in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Place
from linli.lib.geo import metres_between, wgs84_from_gcj02
from linli.lib.texts import fold
from linli.loops.venues import hours
from linli.loops.venues.models import ExitCase, Opening, State, Venue, VisitRating
from linli.loops.venues.standing import last_of as last_opening_of
from linli.loops.venues.standing import promises_of, standing_of, today_of, with_last_opening

PAGE: Final = 30
LOOKED_AT: Final = 600
LOG_DAYS: Final = 28


@dataclass(frozen=True)
class Wanted:
    """
    What a reader looks for; empty values ask for nothing. `near` is (latitude, longitude) in WGS-84 degrees: then the nearest come first.
    """

    q: str = ""
    place: Place | None = None
    open_now: bool = False
    access: bool = False
    evening: bool = False
    weekend: bool = False
    near: tuple[float, float] | None = None

    @property
    def on(self) -> int:
        """How many conditions are in force."""
        return sum(bool(v) for v in (self.q, self.place, self.open_now, self.access, self.evening, self.weekend, self.near))


@dataclass(frozen=True)
class Listed:
    """A venue in a public list: its hours, whether it is open, how far it is in metres (None: unknown or not asked)."""

    venue: Venue
    promise: hours.Promise
    now: hours.Standing
    metres: int | None = None


@dataclass(frozen=True)
class Found:
    rows: list[Listed] = field(default_factory=list)
    next_after: int | None = None


def near_from(latitude: str, longitude: str, datum: str = "wgs84") -> tuple[float, float] | None:
    """A point as an address carries it; None for what is no point on earth."""
    try:
        lat, lon = float(latitude), float(longitude)
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return wgs84_from_gcj02(lat, lon) if datum == "gcj02" else (lat, lon)


def public_venues(wanted: Wanted, now: datetime, *, after: int = 0, limit: int = PAGE) -> Found:
    """
    Venues in use that answer what is wanted, in the order they were entered, behind id `after`; with `near` the nearest `limit`, nearest first.
    Three queries for each six hundred looked at.
    """
    rows = _narrowed(Venue.objects.filter(state=State.IN_USE), wanted)
    found: list[Listed] = []
    while True:
        venues = list(with_last_opening(rows.filter(pk__gt=after), now).select_related("place").order_by("pk")[:LOOKED_AT])
        if not venues:
            break
        after = venues[-1].pk
        promises = promises_of(venues, today_of(now))
        found += [one for v in venues if (one := _listed(v, promises[v.pk], wanted, now)) is not None]
        if wanted.near is None and len(found) > limit:
            return Found(found[:limit], found[limit - 1].venue.pk)
    if wanted.near is not None:
        found.sort(key=lambda one: (one.metres is None, one.metres or 0, one.venue.pk))
    return Found(found[:limit])


def _narrowed(rows: QuerySet[Venue], wanted: Wanted) -> QuerySet[Venue]:
    if wanted.place is not None:
        rows = rows.filter(**subtree("place__path", wanted.place.path))
    if wanted.access:
        rows = rows.filter(Q(has__ft_step_free=True) | Q(has__eq_ramp=True))
    for word in fold(wanted.q).split()[:6]:
        rows = rows.filter(Q(name__icontains=word) | Q(address__icontains=word) | Q(place__name__icontains=word))
    return rows


def _listed(venue: Venue, promise: hours.Promise, wanted: Wanted, now: datetime) -> Listed | None:
    stand = standing_of(venue, promise, last_opening_of(venue), now)
    week = promise.week_on(today_of(now)) or hours.NEVER
    if (
        (wanted.open_now and not stand.open)
        or (wanted.evening and not hours.evening_minutes(week))
        or (wanted.weekend and not hours.weekend_minutes(week))
    ):
        return None
    metres = round(metres_between(wanted.near, venue.point)) if wanted.near is not None and venue.point is not None else None
    return Listed(venue, promise, stand, metres)


def desk_venues(
    actor: Actor, wanted: Wanted, now: datetime, *, state: str = "", after: int = 0, limit: int = PAGE
) -> tuple[list[Venue], int | None]:
    """Venues in the worker's reach, whatever their state; (rows, id to go on behind). One query."""
    reach = Q(pk__in=[])
    for way, standing in table.reach_of(actor, "venue.read"):
        if way == "area":
            reach |= Q(**subtree("place__path", standing.path)) if standing.path else Q(pk__isnull=False)
    rows = _narrowed(Venue.objects.filter(reach), wanted)
    rows = rows.filter(state=state) if state in State.values else rows.exclude(state=State.CLOSED)
    found = list(with_last_opening(rows.filter(pk__gt=after), now).select_related("place").order_by("pk")[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def venue_for(actor: Actor, venue_id: int, now: datetime, verb: str = "") -> Venue:
    """
    One venue with its place, picture and last opening: any but one that is being prepared for everybody, and with `verb` only for those who may do
    it there. Raises NotFound, NotAllowed.
    """
    rows = with_last_opening(Venue.objects.filter(pk=venue_id), now)
    found = rows.select_related("place", "photo").first()
    if found is not None and verb:
        table.require(actor, verb, found.place.path)
        return found
    if found is None or (found.state == State.PREPARING and not table.may(actor, "venue.read", found.place.path)):
        raise NotFound("no_venue", _("没有找到这处场地。"))
    return found


def cases_of(venue: Venue) -> list[ExitCase]:
    """What the exit rule raised, newest first; one query."""
    return list(ExitCase.objects.filter(venue=venue).select_related("matter"))


def log_of(venue: Venue, now: datetime, *, limit: int = 60) -> list[Opening]:
    """The newest rows of the log, struck ones too; one query."""
    return list(Opening.objects.filter(venue=venue, opened_at__lte=now).select_related("by")[:limit])


def log_since(now: datetime) -> datetime:
    """From when the log is compared with the promise: the beginning of the day four weeks ago."""
    return datetime.combine(today_of(now) - timedelta(days=LOG_DAYS), time(), ZONE)


def papers_of(venue: Venue, *, limit: int = 12) -> list[VisitRating]:
    """Forms keyed in, newest first; one query."""
    return list(VisitRating.objects.filter(venue=venue, channel="paper")[:limit])


def comments_of(venue: Venue, *, limit: int = 20) -> list[VisitRating]:
    """The newest words of visitors, without who said them; one query."""
    return list(VisitRating.objects.filter(venue=venue, struck_at=None).exclude(comment="")[:limit])


def own_rating(actor: Actor, venue: Venue, now: datetime) -> VisitRating | None:
    """What the reader said this month; no query for strangers."""
    if actor.account_id is None:
        return None
    month = f"{today_of(now):%Y-%m}"
    return VisitRating.objects.filter(venue=venue, account_id=actor.account_id, month=month, struck_at=None).first()
