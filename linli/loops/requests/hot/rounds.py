"""Whose turn it is: each root's topics once a day, by one worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.util import find_spec

from django.db import IntegrityError, transaction

from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import ancestor_of_kind
from linli.loops.requests.hot.counting import drop_hidden
from linli.loops.requests.hot.gathering import gather
from linli.loops.requests.hot.models import Round
from linli.loops.requests.hot.reading import local_day, window_begins
from linli.loops.requests.rules import KIND

LEASE = timedelta(minutes=30)


def able() -> bool:
    """Are the libraries there?"""
    return all(find_spec(name) is not None for name in ("numpy", "scipy"))


def roots(now: datetime) -> list[Place]:
    """The streets in which something was raised within the window; communities that stand in no street."""
    recent = Matter.objects.filter(kind=KIND, raised_at__gte=window_begins(local_day(now)))
    streets = recent.filter(street_id__isnull=False).order_by().values_list("street_id", flat=True).distinct()
    alone = recent.filter(street_id=None, community_id__isnull=False).order_by().values_list("community_id", flat=True).distinct()
    wanted = [pk for pk in (*streets, *alone) if pk is not None]
    return list(Place.objects.filter(pk__in=wanted).order_by("path"))


def root_of(place: Place) -> Place:
    """The root whose topics cover a place: its street, else its community, else itself."""
    return ancestor_of_kind(place, Kind.STREET) or ancestor_of_kind(place, Kind.COMMUNITY) or place


def any_waits(now: datetime) -> bool:
    """Is there a root whose turn it is?"""
    return able() and any(is_on("hot", root) and not _settled(Round.objects.filter(root=root).first(), now) for root in roots(now))


def gather_due(now: datetime) -> int:
    """Gather for every root that has not been today and where the function is on; returns how many roots."""
    if not able():
        return 0
    drop_hidden()
    return sum(gather_one(root, now) for root in roots(now) if is_on("hot", root))


def gather_one(root: Place, now: datetime) -> bool:
    """One root, unless it is done for today or another worker is at it."""
    today = local_day(now)
    if not _claimed(root, now):
        return False
    read = gather(root, now)
    Round.objects.filter(root=root, for_day=today).update(done_at=now, read=read)
    return True


def _settled(standing: Round | None, now: datetime) -> bool:
    """Done for today, or another worker is at it."""
    if standing is None or standing.for_day < local_day(now):
        return False
    return standing.done_at is not None or standing.begun_at > now - LEASE


def _claimed(root: Place, now: datetime) -> bool:
    today = local_day(now)
    standing = Round.objects.filter(root=root).first()
    if standing is None:
        try:
            with transaction.atomic():
                Round.objects.create(root=root, for_day=today, begun_at=now)
            return True
        except IntegrityError:
            return False
    if _settled(standing, now):
        return False
    taken = Round.objects.filter(root=root, for_day=standing.for_day, begun_at=standing.begun_at)
    return bool(taken.update(for_day=today, begun_at=now, done_at=None))
