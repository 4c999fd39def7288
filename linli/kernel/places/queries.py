"""What people see of places: chains of names, children, the place at a point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.places.models import ORDER, Kind, Place, PlaceChange
from linli.lib.geo import point_in_polygon, wgs84_from_gcj02

MICRO = 1_000_000


def place_by_id(place_id: int) -> Place:
    """Raises NotFound for an unknown id."""
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise NotFound("no_place", _("没有找到这个地点。"))
    return place


def place_by_code(code: str) -> Place:
    """The place in force with the statistical (or own) code. Raises NotFound."""
    place = Place.objects.filter(code=code, retired_at=None).first()
    if place is None:
        raise NotFound("no_place", _("没有代码为 %(code)s 的地点。") % {"code": code})
    return place


def children_of(place: Place | None, kinds: Iterable[str] = ()) -> list[Place]:
    """Places in force directly below, numbers in names sorted by value."""
    found = Place.objects.filter(parent=place, retired_at=None)
    if kinds:
        found = found.filter(kind__in=list(kinds))
    return list(found.order_by("sort_key", "id"))


def below(place: Place, kind: str) -> QuerySet[Place]:
    """Places of `kind` in force anywhere under `place` (itself included)."""
    return Place.objects.filter(kind=kind, retired_at=None, **subtree("path", place.path)).order_by("sort_key", "id")


def chain(place: Place) -> list[Place]:
    """From the top down to `place` itself, one query."""
    return list(Place.objects.filter(path__in=ancestors(place.path)).order_by("path"))


def ancestor_of_kind(place: Place, kind: str) -> Place | None:
    return Place.objects.filter(path__in=ancestors(place.path), kind=kind).first()


def short_names(places: Sequence[Place]) -> dict[int, str]:
    """
    A name a neighbour would use for each place, by id: from the compound down ("芳草苑 3 栋 2 单元"), or the place's own name
    above it. One query for all of them.
    """
    paths = {p for place in places for p in ancestors(place.path)}
    by_path = {row.path: row for row in Place.objects.filter(path__in=paths).only("path", "name", "kind")}
    names = {}
    for place in places:
        line = [by_path[p] for p in ancestors(place.path) if p in by_path]
        near = [row.name for row in line if row.kind in (Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE, Kind.HOME)]
        names[place.pk] = " ".join(near) if near else place.name
    return names


@dataclass(frozen=True)
class Spot:
    """Where a point lies: the smallest drawn place that holds it, or the nearest known one within reach."""

    place: Place
    inside: bool


def place_at(latitude: float, longitude: float, *, datum: str = "wgs84") -> Spot | None:
    """
    The smallest place whose outline holds the point, by bounding box and then exactly; None when no outline does.

    Degrees in `datum` "wgs84" or "gcj02".
    """
    if datum == "gcj02":
        latitude, longitude = wgs84_from_gcj02(latitude, longitude)
    north, east = round(latitude * MICRO), round(longitude * MICRO)
    boxed = Place.objects.filter(retired_at=None, south__lte=north, north__gte=north, west__lte=east, east__gte=east)
    holding = [p for p in boxed if p.outline and point_in_polygon(latitude, longitude, p.outline)]
    if not holding:
        return None
    return Spot(max(holding, key=lambda p: (ORDER.index(p.kind), len(p.path))), inside=True)


def history_of(place: Place) -> list[PlaceChange]:
    return list(place.changes.select_related("by"))
