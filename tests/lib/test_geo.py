"""Coordinates convert there and back, outlines are checked, and the grid finds everything near."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import geo
from linli.lib.geo import GeoError

SQUARE = [[[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 1.0], [1.0, 1.0]]]
china = st.tuples(st.floats(18.5, 53.0), st.floats(74.0, 134.0))
world = st.tuples(st.floats(-85, 85), st.floats(-180, 180))


def test_a_known_point_is_moved_as_published() -> None:
    lat, lon = geo.gcj02_from_wgs84(39.908692, 116.397477)  # Tiananmen, as the common open conversions give it
    assert geo.metres_between((lat, lon), (39.910095, 116.403720)) < 1.0
    assert 400 < geo.metres_between((lat, lon), (39.908692, 116.397477)) < 700


@given(china)
def test_gcj02_comes_back_to_less_than_a_tenth_of_a_metre(position: geo.Position) -> None:
    lat, lon = geo.wgs84_from_gcj02(*geo.gcj02_from_wgs84(*position))
    assert abs(lat - position[0]) < 1e-7
    assert abs(lon - position[1]) < 1e-7


@given(china)
def test_bd09_comes_back_too(position: geo.Position) -> None:
    assert geo.metres_between(geo.wgs84_from_bd09(*geo.bd09_from_wgs84(*position)), position) < 0.1


def test_outside_china_nothing_moves() -> None:
    assert geo.gcj02_from_wgs84(48.85, 2.35) == (48.85, 2.35)
    assert geo.wgs84_from_gcj02(48.85, 2.35) == (48.85, 2.35)


def test_a_degree_of_latitude_is_as_long_as_it_is() -> None:
    assert abs(geo.metres_between((30.0, 104.0), (31.0, 104.0)) - 111_195) < 1
    assert geo.metres_between((30.0, 104.0), (30.0, 104.0)) == 0


@pytest.mark.parametrize(
    ("lat", "lon", "inside"), [(0.5, 0.5, True), (2.0, 2.0, False), (5.0, 2.0, False), (0.0, 2.0, True), (4.0, 4.0, True), (1.0, 2.0, True)]
)
def test_holes_are_outside_and_edges_inside(lat: float, lon: float, inside: bool) -> None:
    assert geo.point_in_polygon(lat, lon, SQUARE) is inside
    assert geo.point_in_polygon(lat, lon, [SQUARE]) is inside
    assert geo.point_in_polygon(lat, lon, {"type": "Polygon", "coordinates": SQUARE}) is inside


def test_any_part_of_a_multipolygon_counts() -> None:
    far = [[[10.0, 10.0], [11.0, 10.0], [11.0, 11.0], [10.0, 10.0]]]
    assert geo.point_in_polygon(10.2, 10.8, [SQUARE, far])
    assert not geo.point_in_polygon(8.0, 8.0, [SQUARE, far])
    assert geo.bounds({"type": "MultiPolygon", "coordinates": [SQUARE, far]}) == (0.0, 0.0, 11.0, 11.0)


def test_a_feature_becomes_its_clean_geometry() -> None:
    with_height = [[[x, y, 500.0] for x, y in SQUARE[0]]]
    feature = {"type": "Feature", "properties": {"secret": 1}, "geometry": {"type": "Polygon", "coordinates": with_height}}
    assert geo.check_outline(feature) == {"type": "Polygon", "coordinates": [SQUARE[0]]}
    assert geo.check_outline({"type": "FeatureCollection", "features": [feature]})["type"] == "Polygon"


@pytest.mark.parametrize(
    ("outline", "code"),
    [
        (None, "type"),
        ([], "type"),
        ({"type": "Point", "coordinates": [1, 2]}, "type"),
        ({"type": "Feature", "geometry": None}, "type"),
        ({"type": "Polygon"}, "empty"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "empty"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "ring"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0], [0, 0]]]}, "ring"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "open"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 91], [0, 0]]]}, "range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], ["1", 1], [0, 0]]]}, "range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [float("nan"), 1], [0, 0]]]}, "range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [True, 1], [0, 0]]]}, "range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], 7, [0, 0]]]}, "range"),
        ({"type": "Polygon", "coordinates": [[[0, n / 1e6] for n in range(20_001)] + [[1, 0], [0, 0]]]}, "size"),
    ],
)
def test_a_faulty_outline_is_refused_with_the_reason(outline: Any, code: str) -> None:
    with pytest.raises(GeoError) as caught:
        geo.check_outline(outline)
    assert caught.value.code == code
    assert caught.value.text("zh-hans") != caught.value.text("en")


@given(world, st.floats(-149, 149), st.floats(-149, 149))
def test_everything_within_150_metres_lies_in_the_nine_cells(position: geo.Position, north: float, east: float) -> None:
    lat, lon = position
    near = (lat + north / 111_195 / 1.42, lon + east / 1.42 / 111_195 / max(0.05, math.cos(math.radians(lat))))
    if geo.metres_between(position, near) <= 150:
        assert geo.geocell(*near) in geo.neighbour_cells(lat, lon)


@given(world)
def test_there_are_nine_different_cells_and_the_own_one_is_first(position: geo.Position) -> None:
    cells = geo.neighbour_cells(*position)
    assert len(set(cells)) == 9
    assert cells[0] == geo.geocell(*position)
    assert len(cells[0]) <= 12


def test_the_grid_closes_at_the_date_line_and_the_poles() -> None:
    assert geo.geocell(30.0, 180.0) == geo.geocell(30.0, -180.0)
    assert geo.geocell(30.0, -179.9999) in geo.neighbour_cells(30.0, 179.9999)
    assert len(geo.neighbour_cells(90.0, 0.0)) == 6
