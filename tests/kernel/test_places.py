"""The tree of places: added, renamed, moved, merged, split, found by point; matters follow or stay."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.access.refusals import Invalid, NotAllowed
from linli.kernel.matters.checks import paths
from linli.kernel.matters.models import Matter
from linli.kernel.places.actions import add_place, draw_place, merge_places, move_place, rename_place, sort_key, split_place
from linli.kernel.places.models import Place, PlaceChange
from linli.kernel.places.queries import below, chain, children_of, phone_of, place_at, short_names
from linli.lib.geo import gcj02_from_wgs84
from linli.loops.requests.queries import Filter, request_page
from tests.factories import HOUSE, NOW, Cast, raised, resolved

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[104.055, 30.629], [104.057, 30.629], [104.057, 30.631], [104.055, 30.631], [104.055, 30.629]]],
}
SMALL = {
    "type": "Polygon",
    "coordinates": [[[104.0555, 30.6295], [104.0560, 30.6295], [104.0560, 30.6300], [104.0555, 30.6300], [104.0555, 30.6295]]],
}


def refs(cast: Cast, place: Place) -> set[int]:
    return {row.matter.pk for row in request_page(cast.street_officer, Filter(place=place), NOW).rows} | {
        row.matter.pk for row in request_page(cast.outside["street_officer"], Filter(place=place), NOW).rows
    }


def test_the_tree_reads_from_the_top_and_numbers_sort_by_value(cast: Cast) -> None:
    here = cast.here

    assert [p.name for p in chain(here.homes[0])][-4:] == ["芳草苑", "3 栋", "1 单元", "502"]
    assert [p.name for p in children_of(here.compound)] == ["3 栋", "10 栋"]
    assert short_names([here.homes[0]])[here.homes[0].pk] == "芳草苑 3 栋 1 单元 502"
    assert "502" not in short_names([here.homes[0]], doors=False)[here.homes[0].pk]
    assert sorted(["十一组", "二组", "10 栋", "第三网格", "3 栋"], key=sort_key) == ["二组", "3 栋", "10 栋", "十一组", "第三网格"]
    assert (sort_key("七里香苑"), phone_of(here.homes[0])) == ("七里香苑", here.community.phone)
    assert {p.pk for p in below(cast.district, "compound")} == {here.compound.pk, cast.there.compound.pk}


def test_the_same_place_is_added_once(cast: Cast) -> None:
    again = add_place(actor=HOUSE, kind="building", name=" 3 栋 ", parent=cast.here.compound, now=NOW)

    assert again == cast.here.buildings[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "castle"},
        {"name": "  "},
        {"name": "长" * 81},
        {"kind": "street"},
        {"kind": "compound"},
        {"point": (91.0, 104.0)},
        {"outline": {"type": "Polygon", "coordinates": []}},
        {"outline": {"type": "Point", "coordinates": [1, 2]}},
    ],
)
def test_a_place_that_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    before = Place.objects.count()
    with pytest.raises(Invalid):
        add_place(**{"actor": HOUSE, "kind": "building", "name": "8 栋", "parent": cast.here.compound, "now": NOW, **wrong})
    assert Place.objects.count() == before


def test_a_statistical_code_belongs_to_one_place(cast: Cast) -> None:
    with pytest.raises(Invalid) as invalid:
        add_place(actor=HOUSE, kind="street", name="另一街道", parent=cast.district, now=NOW, code=cast.here.street.code)
    assert "code" in invalid.value.fields


@pytest.mark.parametrize("who", ["resident", "community_worker", "grid_worker", "property_manager", "auditor", "security_admin"])
def test_only_those_whom_the_table_names_touch_the_tree(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        rename_place(actor=cast.inside[who], place=cast.here.compound, name="新名", now=NOW)
    with pytest.raises(NotAllowed):
        rename_place(actor=cast.outside["community_head"], place=cast.here.compound, name="新名", now=NOW)


def test_a_renamed_place_shows_todays_name_and_keeps_the_old_one(cast: Cast) -> None:
    matter = resolved(cast)

    rename_place(actor=cast.community_head, place=cast.here.compound, name="芳华苑", now=NOW)

    matter.refresh_from_db()
    assert short_names([matter.place])[matter.place_id].startswith("芳华苑")
    change = PlaceChange.objects.filter(place=cast.here.compound, verb="renamed").get()
    assert (change.before, change.after, change.by_id) == ({"name": "芳草苑"}, {"name": "芳华苑"}, cast.community_head.account_id)


def test_open_matters_follow_a_place_that_moves_and_closed_ones_stay(cast: Cast) -> None:
    here, there = cast.here, cast.there
    open_one = raised(cast)
    closed = raised(cast, title="办完了")
    Matter.objects.filter(pk=closed.pk).update(is_open=False, state="closed", stage=7)

    move_place(actor=HOUSE, place=here.compound, parent=there.community, now=NOW)

    assert refs(cast, there.community) == refs(cast, there.street) == {open_one.pk}
    assert refs(cast, here.community) == refs(cast, here.street) == {closed.pk}
    assert refs(cast, here.compound) == {open_one.pk, closed.pk}
    assert list(paths()) == []
    open_one.refresh_from_db()
    assert open_one.place_path.startswith(there.community.path)
    assert open_one.compound_id == here.compound.pk


def test_whoever_serves_the_new_place_sees_what_followed(cast: Cast) -> None:
    matter = raised(cast, visibility="private")

    move_place(actor=HOUSE, place=cast.here.compound, parent=cast.there.community, now=NOW)

    def sees(who: Any) -> bool:
        return matter.pk in {row.matter.pk for row in request_page(who, Filter(), NOW).rows}

    assert sees(cast.outside["community_worker"])
    assert not sees(cast.inside["community_worker"])


def test_a_place_is_not_moved_below_itself_nor_beside_its_namesake_nor_upwards(cast: Cast) -> None:
    add_place(actor=HOUSE, kind="building", name="3 栋", parent=cast.there.compound, now=NOW)

    for place, parent in (
        (cast.here.compound, cast.here.buildings[0]),
        (cast.here.compound, cast.here.compound),
        (cast.here.street, cast.there.community),
    ):
        with pytest.raises(Invalid):
            move_place(actor=HOUSE, place=place, parent=parent, now=NOW)
    with pytest.raises(Invalid) as taken:
        move_place(actor=HOUSE, place=cast.here.buildings[0], parent=cast.there.compound, now=NOW)
    assert taken.value.code == "name_taken"


def test_merging_brings_children_together_and_retires_the_source(cast: Cast) -> None:
    here, there = cast.here, cast.there
    matter = raised(cast)

    merge_places(actor=HOUSE, source=here.compound, target=there.compound, now=NOW)

    here.compound.refresh_from_db()
    assert (here.compound.retired_at, here.compound.merged_into) == (NOW, there.compound)
    assert [p.name for p in children_of(there.compound)] == ["3 栋", "10 栋"]
    matter.refresh_from_db()
    assert (matter.place, matter.compound_id, matter.community_id) == (there.buildings[0], there.compound.pk, there.community.pk)
    assert list(paths()) == []


def test_only_like_is_merged_with_like(cast: Cast) -> None:
    for target in (cast.here.compound, cast.here.buildings[0]):
        with pytest.raises(Invalid):
            merge_places(actor=HOUSE, source=cast.here.compound, target=target, now=NOW)


def test_splitting_moves_the_chosen_children_and_what_is_open_in_them(cast: Cast) -> None:
    here = cast.here
    stays, goes = raised(cast), raised(cast, title="10 栋漏水", place=here.buildings[1])

    fresh = split_place(actor=HOUSE, place=here.compound, name="芳草苑北区", children=[here.buildings[1]], now=NOW)

    assert refs(cast, fresh) == {goes.pk}
    assert refs(cast, here.compound) == {stays.pk}
    with pytest.raises(Invalid):
        split_place(actor=HOUSE, place=here.compound, name="芳草苑东区", children=[cast.there.buildings[0]], now=NOW)


@pytest.mark.parametrize(
    ("point", "found"),
    [((30.6297, 104.0557), "building"), ((30.6305, 104.0565), "compound"), ((30.640, 104.056), None), ((-30.63, 104.056), None)],
)
@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_point_lies_in_the_smallest_outline_that_holds_it(cast: Cast, point: tuple[float, float], found: str | None, datum: str) -> None:
    draw_place(actor=HOUSE, place=cast.here.compound, outline=SQUARE, now=NOW)
    draw_place(actor=HOUSE, place=cast.here.buildings[0], outline=SMALL, now=NOW)
    given = gcj02_from_wgs84(*point) if datum == "gcj02" else point

    spot = place_at(*given, datum=datum)

    assert (spot.place.kind if spot else None) == found


def test_what_comes_in_as_gcj02_is_stored_as_wgs84(cast: Cast) -> None:
    place = add_place(
        actor=HOUSE, kind="building", name="8 栋", parent=cast.here.compound, now=NOW, point=gcj02_from_wgs84(30.63, 104.05), datum="gcj02"
    )

    assert place.point == pytest.approx((30.63, 104.05), abs=2e-6)
