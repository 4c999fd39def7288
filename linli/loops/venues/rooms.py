"""Venues as rooms others meet in, by their reference (V12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.rooms import Room
from linli.loops.venues.models import State, Venue
from linli.loops.venues.standing import promises_of, today_of


def find(code: str, at: datetime | None) -> Room | None:
    """The venue of that reference; with `at`, whether its hours cover that time. One query, three with a time."""
    venue = Venue.objects.select_related("place").filter(pk=int(code[1:])).exclude(state=State.CLOSED).first()
    if venue is None:
        return None
    covered = None
    if at is not None and venue.state == State.IN_USE:
        promise = promises_of([venue], today_of(at))[venue.pk]
        covered = promise.around(at, ZONE)[0] is not None if promise.on(today_of(at)) is not None else None
    return Room(venue.ref, venue.name, venue.address or venue.place.name, f"/venues/{venue.pk}/", covered)


def offer(paths: Sequence[str]) -> list[str]:
    """Venues in use in the subtrees and of the places above them, as a box holds them. One query."""
    scope = Q(pk__in=[])
    for path in paths:
        scope |= Q(**subtree("place__path", path)) | Q(place__path__in=ancestors(path))
    found = Venue.objects.filter(scope, state=State.IN_USE).order_by("place__path", "name")[:100]
    return [f"{v.name} {v.ref}" for v in found]
