"""Places with an outline as shapes for the plan component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linli.kernel.places.models import Place
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
