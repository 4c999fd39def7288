"""Places with an outline as shapes for the plan component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import Q

from linli.kernel.access.paths import ancestors, within
from linli.kernel.places.models import Kind, Place
from linli.web.drawing import Outline


def outer_ring(outline: Any) -> list[list[float]]:
    """The outer ring of a GeoJSON polygon, or of the first part of several; empty for anything else."""
    shape = outline.get("geometry", outline) if isinstance(outline, dict) else {}
    rings = shape.get("coordinates") or []
    if shape.get("type") == "MultiPolygon":
        rings = rings[0] if rings else []
    return list(rings[0]) if rings and shape.get("type") in ("Polygon", "MultiPolygon") else []


def outlines(
    places: Iterable[Place], ground: Place | None = None, hrefs: Mapping[int, str] | None = None, counts: Mapping[int, int] | None = None
) -> list[Outline]:
    """The places that have been drawn, each with its link and count; `ground` is what they stand on."""
    drawn = [
        Outline(str(p.pk), p.name, ring, (hrefs or {}).get(p.pk, ""), (counts or {}).get(p.pk, 0))
        for p in places
        if (ring := outer_ring(p.outline))
    ]
    if drawn and ground is not None and (ring := outer_ring(ground.outline)):
        drawn.insert(0, Outline(f"ground-{ground.pk}", ground.name, ring, kind="ground"))
    return drawn


# How far from the only thing known one can draw, in millionths of a degree (about 100 m); the half of a dot that stands for a point.
_AROUND: Final = 1000
_DOT: Final = 25
# No plan shows more neighbours than can be told apart.
MOST_NEIGHBOURS: Final = 300


def surroundings(place: Place) -> list[Outline]:
    """
    What is known around a place, to draw its outline on: what it lies in, its neighbours, what stands in it (grids have no walls: what lies in
    one counts as lying beside it), itself as it is now. Those with a point alone are dots. Empty where not one coordinate is known. Two queries.
    """
    above = list(Place.objects.filter(path__in=ancestors(place.path)[:-1]).order_by("-path"))
    near = Q(parent=place) | Q(parent__parent=place, parent__kind=Kind.GRID)
    if above:
        near |= Q(parent=above[0])
        if above[0].kind == Kind.GRID:
            near |= Q(parent__parent=above[0].parent_id, parent__kind=Kind.GRID)
    known = Q(outline__isnull=False) | Q(latitude__isnull=False)
    found = Place.objects.filter(near, known, retired_at=None).exclude(pk=place.pk).order_by("sort_key", "id")[:MOST_NEIGHBOURS]
    shapes = [_near(p, "building" if p.kind == Kind.BUILDING or within(p.path, place.path) else "near") for p in found]
    if place.outline or place.point:
        shapes.append(_near(place, "now"))
    grounds = [p for p in above if p.outline or p.point]
    if grounds and (grounds[0] == above[0] or not shapes):
        shapes.insert(0, _near(grounds[0], "ground"))
    return [_frame(shapes), *shapes] if shapes else []


def _near(place: Place, kind: str) -> Outline:
    ring = outer_ring(place.outline)
    if not ring and place.point:
        latitude, longitude = place.point
        away = _DOT / 1_000_000
        ring = [[longitude - away, latitude], [longitude, latitude + away], [longitude + away, latitude], [longitude, latitude - away]]
    return Outline(str(place.pk), place.name, ring, kind=kind)


def _frame(shapes: Sequence[Outline]) -> Outline:
    """The box of everything, with room around it."""
    corners = [point for shape in shapes for point in shape.points]
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    least = _AROUND / 1_000_000
    x, y = max(least - (max(xs) - min(xs)) / 2, (max(xs) - min(xs)) * 0.1), max(least - (max(ys) - min(ys)) / 2, (max(ys) - min(ys)) * 0.1)
    west, east, south, north = min(xs) - x, max(xs) + x, min(ys) - y, max(ys) + y
    return Outline("frame", "", [[west, south], [east, south], [east, north], [west, north]], kind="frame")
