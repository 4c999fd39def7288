"""Geometry of the small drawings (plan, bars, spark line): numbers in, SVG coordinates out; the templates only write them down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """
    One shape of a plan. ``points`` are (x, y) or (longitude, latitude), open or closed rings.

    ``kind`` is "building" (drawn and labelled), "ground" (the compound itself), "water", "green", "near" (what stands around), "now" (as it is
    until it is drawn anew), "road" (drawn as a line) or "frame" (not drawn: room to draw in).
    """

    key: str
    label: str
    points: Sequence[Sequence[float]]
    href: str = ""
    count: int = 0
    kind: str = "building"
    note: str = ""


@dataclass(frozen=True)
class Drawn:
    key: str
    label: str
    path: str
    href: str
    count: int
    kind: str
    note: str
    x: float
    y: float
    right: float
    top: float


@dataclass(frozen=True)
class Plan:
    width: int
    height: int
    shapes: list[Drawn]
    scale_metres: int
    scale_width: float
    # Longitude at the left edge and a unit's part of it, latitude at the top edge and a unit's part of it.
    frame: tuple[float, float, float, float] = (0, 0, 0, 0)
    points: list[tuple[float, float, bool]] = field(default_factory=list)


def _read(shape: Any) -> Outline:
    if isinstance(shape, Outline):
        return shape
    return Outline(**shape)


def _centre(points: Sequence[Point]) -> Point:
    """Centroid of a ring by the shoelace formula; the mean of the corners when it has no area."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        cross = x0 * y1 - x1 * y0
        area += cross
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    if abs(area) < 1e-9:
        return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    return x / (3 * area), y / (3 * area)


def _inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies within a ring, by counting crossings."""
    x, y = point
    within = False
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            within = not within
    return within


def _margin(point: Point, ring: Sequence[Point]) -> float:
    """Distance from a point to the nearest side."""
    nearest = math.inf
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        dx, dy = x1 - x0, y1 - y0
        t = max(0.0, min(1.0, ((point[0] - x0) * dx + (point[1] - y0) * dy) / ((dx * dx + dy * dy) or 1)))
        nearest = min(nearest, math.hypot(point[0] - x0 - t * dx, point[1] - y0 - t * dy))
    return nearest


def _label_place(ring: Sequence[Point]) -> Point:
    """Where a label sits: the centroid, or for a bent shape the roomiest of a grid of points within it."""
    centre = _centre(ring)
    if len(ring) < 3 or (_inside(centre, ring) and (len(ring) <= 4 or _margin(centre, ring) > 12)):
        return centre
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    grid = [(min(xs) + (max(xs) - min(xs)) * i / 14, min(ys) + (max(ys) - min(ys)) * j / 14) for i in range(1, 14) for j in range(1, 14)]
    return max((p for p in grid if _inside(p, ring)), key=lambda p: _margin(p, ring), default=centre)


def _nice(metres: float) -> int:
    """The largest of 1, 2, 5 × 10ⁿ that is not more."""
    if metres < 1:
        return 1
    power = 10 ** int(math.log10(metres))
    return int(max(step * power for step in (1, 2, 5) if step * power <= metres))


def plan(
    shapes: Iterable[Outline | dict[str, Any]],
    width: int = 640,
    geographic: bool | None = None,
    margin: int = 24,
    points: Iterable[tuple[Any, float, float, bool]] = (),
) -> Plan:
    """
    Fits outlines into a drawing ``width`` units wide, north up.

    Coordinates within ±180/±90 are taken as degrees unless ``geographic`` says otherwise; others as metres with y to the north.
    An empty list gives an empty plan of 3:2. ``points`` (key, x, y, marked) are placed where they lie; those outside of the drawing are left out.
    """
    outlines = [s for s in map(_read, shapes) if len(s.points) >= 2]
    corners = [(float(p[0]), float(p[1])) for s in outlines for p in s.points]
    if not corners:
        return Plan(width, width * 2 // 3, [], 0, 0)
    if geographic is None:
        geographic = all(abs(x) <= 180 and abs(y) <= 90 for x, y in corners) and max(x for x, _ in corners) - min(x for x, _ in corners) < 1
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    per_x = 111_320 * math.cos(math.radians((south + north) / 2)) if geographic else 1.0
    per_y = 110_574.0 if geographic else 1.0
    span_x, span_y = max((east - west) * per_x, 1e-6), max((north - south) * per_y, 1e-6)
    scale = min((width - 2 * margin) / span_x, (width * 1.1 - 2 * margin) / span_y)
    height = max(int(span_y * scale + 2 * margin), width // 4)
    left, top = (width - span_x * scale) / 2, (height - span_y * scale) / 2

    def place(point: Sequence[float]) -> Point:
        return round(left + (float(point[0]) - west) * per_x * scale, 1), round(top + (north - float(point[1])) * per_y * scale, 1)

    drawn = []
    for shape in outlines:
        ring = [place(p) for p in shape.points]
        if shape.kind != "road" and len(ring) > 2 and ring[0] == ring[-1]:
            ring = ring[:-1]
        x, y = _centre(ring) if shape.kind == "road" else _label_place(ring)
        path = "M" + " ".join(f"{px:g},{py:g}" for px, py in ring) + ("" if shape.kind == "road" else "Z")
        drawn.append(
            Drawn(
                shape.key,
                shape.label,
                path,
                shape.href,
                shape.count,
                shape.kind,
                shape.note,
                round(x, 1),
                round(y, 1),
                max(p[0] for p in ring),
                min(p[1] for p in ring),
            )
        )
    order = {"frame": 0, "ground": 0, "near": 1, "green": 1, "water": 1, "road": 2, "building": 3}
    drawn.sort(key=lambda d: order.get(d.kind, 3))
    metres = _nice(width * 0.28 / scale)
    unit_x, unit_y = 1 / (per_x * scale), 1 / (per_y * scale)
    frame = (west - left * unit_x, unit_x, north + top * unit_y, unit_y)
    placed = [(*place((x, y)), marked) for _key, x, y, marked in points if west <= x <= east and south <= y <= north]
    return Plan(width, height, drawn, metres, round(metres * scale, 1), frame, placed)


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    text: str
    href: str
    width: float
    y: float


def bars(rows: Iterable[dict[str, Any]], most: float | None = None, target: float | None = None, step: int = 34) -> dict[str, Any]:
    """Bars on a track of 100 units: rows of ``label, value`` and, if wanted, ``text, href``; ``target`` on the same scale."""
    listed = list(rows)
    top = most or max([float(r["value"]) for r in listed] + [float(target or 0), 1e-9])
    made = [
        Bar(
            str(r["label"]),
            float(r["value"]),
            str(r.get("text", r["value"])),
            str(r.get("href", "")),
            round(100 * min(float(r["value"]) / top, 1), 2),
            i * step,
        )
        for i, r in enumerate(listed)
    ]
    return {
        "bars": made,
        "height": len(made) * step,
        "target": None if target is None else round(100 * min(target / top, 1), 2),
        "step": step,
    }


def spark(values: Sequence[float | None], width: int = 120, height: int = 32) -> dict[str, Any]:
    """A line through the values, left to right; a missing value breaks it."""
    known = [v for v in values if v is not None]
    low, high = (min(known), max(known)) if known else (0, 1)
    span = (high - low) or 1
    pace = (width - 8) / max(len(values) - 1, 1)
    pieces, last, pen = [], None, "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        last = (round(4 + i * pace, 1), round(height - 5 - (value - low) / span * (height - 10), 1))
        pieces.append(f"{pen}{last[0]:g},{last[1]:g}")
        pen = "L"
    return {"path": " ".join(pieces), "last": last, "width": width, "height": height}


@dataclass(frozen=True)
class Trend:
    """A line over time with its ground: points (x, y, label, text), grid lines (y, text), the target's height, labels along the foot (x, text)."""

    width: int
    height: int
    path: str
    points: list[tuple[float, float, str, str]]
    grid: list[tuple[float, str]]
    target: float | None
    feet: list[tuple[float, str]]
    left: int


def _step(span: float, most: int = 4) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that cuts a span into at most so many pieces."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(step * power for step in (1, 2, 5, 10) if span / (step * power) <= most + 1e-9)


def trend(
    rows: Sequence[tuple[str, float | None, str]], target: float | None = None, width: int = 960, height: int = 280, feet: int = 6
) -> Trend:
    """
    Fits rows of (label, value, text) into a drawing, left to right; a missing value breaks the line. The scale begins at nothing unless
    all values lie far from it, and always holds the target.
    """
    known = [v for _label, v, _text in rows if v is not None] + ([target] if target is not None else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low > 0:
        # A small difference must not look like a large one.
        low = 0.0 if low < high * 0.7 else min(low, high * 0.8)
    span = (high - low) or abs(high) or 1.0
    step = _step(span)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    if bottom == top:
        top = bottom + step
    left, foot, head = 64, 36, 14
    pace = (width - left - 56) / max(len(rows) - 1, 1)

    def across(n: int) -> float:
        return round(left + n * pace, 1)

    def up(value: float) -> float:
        return round(head + (top - value) / (top - bottom) * (height - head - foot), 1)

    pieces, points, pen = [], [], "M"
    for n, (label, value, text) in enumerate(rows):
        if value is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{across(n):g},{up(value):g}")
        points.append((across(n), up(value), label, text))
        pen = "L"
    lines = [bottom + k * step for k in range(round((top - bottom) / step) + 1)]
    every = max(-(-len(rows) // feet), 1)
    return Trend(
        width,
        height,
        " ".join(pieces),
        points,
        [(up(y), f"{y:g}") for y in lines],
        None if target is None else up(target),
        [(across(n), label) for n, (label, _v, _t) in enumerate(rows) if (len(rows) - 1 - n) % every == 0],
        left,
    )


@dataclass(frozen=True)
class Span:
    """One line of `spans`: where the value stands and how far its uncertainty reaches, on a track of 100 units."""

    label: str
    text: str
    href: str
    at: float | None
    low: float | None
    high: float | None
    note: str


def spans(rows: Iterable[dict[str, Any]], target: float | None = None) -> dict[str, Any]:
    """Values beside each other on one scale: rows of ``label, value`` (None: none to show) and, if wanted, ``text, href, low, high, note``."""
    listed = list(rows)
    ends = [float(r[k]) for r in listed for k in ("value", "low", "high") if r.get(k) is not None] + (
        [float(target)] if target is not None else []
    )
    bottom, top = min([0.0, *ends]), max([*ends, 1e-9])

    def across(value: Any) -> float | None:
        return None if value is None else round(2 + 96 * (float(value) - bottom) / (top - bottom), 2)

    made = [
        Span(
            str(r["label"]),
            str(r.get("text", r["value"])),
            str(r.get("href", "")),
            across(r["value"]),
            across(r.get("low")),
            across(r.get("high")),
            str(r.get("note", "")),
        )
        for r in listed
    ]
    return {"rows": made, "target": across(target)}
