"""
Coordinates on the ground: the three datums met in China, distances, outlines, and a grid for "what is near".

Positions are degrees, latitude first, except inside GeoJSON (longitude first, RFC 7946). Stored coordinates are WGS-84;
GCJ-02 is what Chinese phone maps show, BD-09 what Baidu shows. Conversions are the published approximations of GCJ-02.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from linli.lib.problems import InputProblem

Position = tuple[float, float]
"""Latitude, longitude in degrees."""
Rings = Sequence[Sequence[Sequence[float]]]
"""The rings of one GeoJSON polygon: the outer one, then its holes; each a closed line of [lon, lat]."""

EARTH_METRES: Final = 6_371_008.8
_AXIS: Final = 6_378_245.0  # Krasovsky 1940, as GCJ-02 uses it
_ECCENTRICITY: Final = 0.00669342162296594323
_BD: Final = math.pi * 3000.0 / 180.0
_CELL: Final = 0.00135  # degrees of latitude: 150.1 m
_ROWS: Final = math.ceil(180 / _CELL)
_MOST_POINTS: Final = 20_000


class GeoError(InputProblem):
    """An outline or coordinate that cannot be used; the texts say how to mend it."""


def gcj02_from_wgs84(lat: float, lon: float) -> Position:
    """GCJ-02 of a WGS-84 position; outside China the two are the same."""
    if _abroad(lat, lon):
        return lat, lon
    dlat, dlon = _shift(lat, lon)
    return lat + dlat, lon + dlon


def wgs84_from_gcj02(lat: float, lon: float) -> Position:
    """WGS-84 of a GCJ-02 position, by iteration: exact to less than 1e-9 degrees (0.1 mm)."""
    if _abroad(lat, lon):
        return lat, lon
    found_lat, found_lon = lat, lon
    for _round in range(30):
        dlat, dlon = _shift(found_lat, found_lon)
        next_lat, next_lon = lat - dlat, lon - dlon
        moved = abs(next_lat - found_lat) + abs(next_lon - found_lon)
        found_lat, found_lon = next_lat, next_lon
        if moved < 1e-12:
            break
    return found_lat, found_lon


def bd09_from_gcj02(lat: float, lon: float) -> Position:
    """BD-09 (Baidu) of a GCJ-02 position."""
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def gcj02_from_bd09(lat: float, lon: float) -> Position:
    """GCJ-02 of a BD-09 position, by iteration."""
    found_lat, found_lon = lat - 0.006, lon - 0.0065
    for _round in range(30):
        there_lat, there_lon = bd09_from_gcj02(found_lat, found_lon)
        found_lat, found_lon = found_lat + lat - there_lat, found_lon + lon - there_lon
        if abs(lat - there_lat) + abs(lon - there_lon) < 1e-12:
            break
    return found_lat, found_lon


def bd09_from_wgs84(lat: float, lon: float) -> Position:
    """BD-09 (Baidu) of a WGS-84 position."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lat, lon))


def wgs84_from_bd09(lat: float, lon: float) -> Position:
    """WGS-84 of a BD-09 (Baidu) position."""
    return wgs84_from_gcj02(*gcj02_from_bd09(lat, lon))


def metres_between(a: Position, b: Position) -> float:
    """Great-circle distance in metres between two (lat, lon) positions (haversine, mean earth radius)."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(value) for value in (*a, *b))
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(chord)))


def point_in_polygon(lat: float, lon: float, rings: Any) -> bool:
    """
    Whether the position lies inside. `rings` are GeoJSON coordinates of a Polygon or of a MultiPolygon (lon, lat order), or
    the GeoJSON object itself. Holes are outside; a point on the outer edge counts as inside, one on a hole's edge too.
    """
    return any(_inside(lat, lon, polygon) for polygon in _polygons(rings))


def bounds(geojson: Any) -> tuple[float, float, float, float]:
    """South, west, north, east of a Polygon, MultiPolygon or Feature (or bare coordinates). Raises GeoError when it is empty."""
    points = [point for polygon in _polygons(geojson) for ring in polygon for point in ring]
    if not points:
        raise _empty()
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return min(lats), min(lons), max(lats), max(lons)


def check_position(lat: float, lon: float) -> Position:
    """The position, or GeoError when it is out of range or not a number."""
    if not (_is_number(lat) and _is_number(lon) and -90 <= lat <= 90 and -180 <= lon <= 180):
        raise GeoError(
            "range",
            "坐标超出范围：纬度在 -90 到 90 之间，经度在 -180 到 180 之间，请检查是否填反。",
            "Out of range: latitude is from -90 to 90, longitude from -180 to 180; check whether they are swapped.",
        )
    return float(lat), float(lon)


def check_outline(obj: Any) -> dict[str, Any]:
    """
    A clean GeoJSON Polygon or MultiPolygon from a Polygon, MultiPolygon or Feature of one; everything else is dropped.

    Raises GeoError: type, empty, ring (fewer than four points), open (first and last differ), range, size.
    """
    if isinstance(obj, Mapping) and obj.get("type") == "FeatureCollection":
        features = obj.get("features")
        obj = features[0] if isinstance(features, list) and len(features) == 1 else obj
    if isinstance(obj, Mapping) and obj.get("type") == "Feature":
        obj = obj.get("geometry")
    kind = obj.get("type") if isinstance(obj, Mapping) else None
    if not isinstance(obj, Mapping) or kind not in ("Polygon", "MultiPolygon"):
        raise GeoError(
            "type",
            "轮廓应为 GeoJSON 的 Polygon 或 MultiPolygon（也可以是只含一个面的 Feature），请重新导出。",
            "An outline is a GeoJSON Polygon or MultiPolygon (or a Feature of one); export it again.",
        )
    coordinates = obj.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise _empty()
    clean = [_clean_polygon(polygon) for polygon in polygons]
    if sum(len(ring) for polygon in clean for ring in polygon) > _MOST_POINTS:
        raise GeoError(
            "size",
            f"轮廓的点超过 {_MOST_POINTS} 个，请先简化再导入。",
            f"The outline has more than {_MOST_POINTS} points; simplify it first.",
        )
    return {"type": kind, "coordinates": clean[0] if kind == "Polygon" else clean}


def geocell(lat: float, lon: float) -> str:
    """
    The key of the grid cell of about 150 m × 150 m that holds the position, such as "2d3k-1zq9".

    Cells are at least 150 m wide and high, so everything within 150 m of a position lies in its `neighbour_cells`.
    """
    row = _row(lat)
    return _cell(row, _column(row, lon))


def neighbour_cells(lat: float, lon: float) -> tuple[str, ...]:
    """The nine cells (own one first) around a position; six at a pole. For `cell IN (…)` on an index, then exact distance."""
    own = _row(lat)
    rows = [row for row in (own, own - 1, own + 1) if 0 <= row < _ROWS]
    return tuple(_cell(row, (_column(row, lon) + step) % _columns(row)) for row in rows for step in (0, -1, 1))


def _abroad(lat: float, lon: float) -> bool:
    return not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347)


def _shift(lat: float, lon: float) -> Position:
    """Degrees by which GCJ-02 moves a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    dlat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    dlat += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    dlon += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    dlon += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    sine = math.sin(math.radians(lat))
    flat = 1 - _ECCENTRICITY * sine * sine
    return (
        math.degrees(dlat / (_AXIS * (1 - _ECCENTRICITY) / (flat * math.sqrt(flat)))),
        math.degrees(dlon / (_AXIS / math.sqrt(flat) * math.cos(math.radians(lat)))),
    )


def _polygons(shape: Any) -> Iterator[Rings]:
    if isinstance(shape, Mapping):
        if shape.get("type") == "Feature":
            shape = shape.get("geometry") or {}
        shape = shape.get("coordinates") or []
    if shape and shape[0] and shape[0][0] and not isinstance(shape[0][0][0], int | float):
        yield from shape
    elif shape:
        yield shape


def _inside(lat: float, lon: float, rings: Rings) -> bool:
    edge = [_on_edge(lat, lon, ring) for ring in rings]
    if any(edge):
        return edge[0] or _crossings_odd(lat, lon, rings[0])
    return _crossings_odd(lat, lon, rings[0]) and not any(_crossings_odd(lat, lon, hole) for hole in rings[1:])


def _crossings_odd(lat: float, lon: float, ring: Sequence[Sequence[float]]) -> bool:
    inside = False
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise((point[0], point[1]) for point in ring):
        if (lat_a > lat) != (lat_b > lat) and lon < (lon_b - lon_a) * (lat - lat_a) / (lat_b - lat_a) + lon_a:
            inside = not inside
    return inside


def _on_edge(lat: float, lon: float, ring: Sequence[Sequence[float]]) -> bool:
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise((point[0], point[1]) for point in ring):
        if (lon_b - lon_a) * (lat - lat_a) == (lat_b - lat_a) * (lon - lon_a) and (
            min(lon_a, lon_b) <= lon <= max(lon_a, lon_b) and min(lat_a, lat_b) <= lat <= max(lat_a, lat_b)
        ):
            return True
    return False


def _clean_polygon(polygon: Any) -> list[list[list[float]]]:
    if not isinstance(polygon, list) or not polygon:
        raise _empty()
    return [_clean_ring(ring) for ring in polygon]


def _clean_ring(ring: Any) -> list[list[float]]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise GeoError(
            "ring",
            "轮廓的每一圈至少要有 4 个点（首尾相同），请补全。",
            "Each ring needs at least four points (the last repeats the first); complete it.",
        )
    points = []
    for point in ring:
        if not isinstance(point, list) or len(point) < 2:
            raise GeoError("range", "轮廓的点应写成 [经度, 纬度]。", "Each point of an outline is [longitude, latitude].")
        lat, lon = check_position(point[1], point[0])
        points.append([lon, lat])
    if points[0] != points[-1]:
        raise GeoError(
            "open",
            "轮廓没有闭合：最后一点应与第一点相同。",
            "The outline is not closed: the last point must repeat the first.",
        )
    if len({(lon, lat) for lon, lat in points}) < 3:
        raise GeoError("ring", "轮廓的点重合，围不成面。", "The points of the outline coincide and enclose nothing.")
    return points


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _empty() -> GeoError:
    return GeoError("empty", "轮廓里没有坐标，请重新导出。", "The outline holds no coordinates; export it again.")


def _row(lat: float) -> int:
    return min(_ROWS - 1, max(0, math.floor((lat + 90) / _CELL)))


def _columns(row: int) -> int:
    """How many equal cells go round the earth in this row, none narrower than the cell is high, on its narrower edge."""
    edge = max(abs(row * _CELL - 90), abs((row + 1) * _CELL - 90))
    return max(3, math.floor(360 * math.cos(math.radians(min(edge, 89.99))) / _CELL))


def _column(row: int, lon: float) -> int:
    columns = _columns(row)
    return math.floor((lon + 180) / 360 * columns) % columns


def _cell(row: int, column: int) -> str:
    return f"{_base36(row)}-{_base36(column)}"


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not number:
            return digits
