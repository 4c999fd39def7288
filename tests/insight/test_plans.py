"""What a lift or a levy costs each home: exact sums, nobody more than a fen off, and clear words where something lacks."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.shares import FloorScheme
from linli.insight.plans import (
    KEY_UNIT,
    Key,
    PlanProblem,
    Subsidy,
    Unit,
    by_floor,
    floor_of_door,
    fund_after,
    lack_words,
    lacking,
    net_of,
    share_out,
    summed,
)
from linli.law.lifts import lift_scheme

GUANGZHOU = Key("floor", lift_scheme("guangzhou_reference").floors)
STAIRWELL = [Unit(f"{floor}0{door}", floor, 8000) for floor in range(1, 7) for door in (1, 2)]
UNITS = st.lists(
    st.builds(
        Unit, st.text("abcdefgh", min_size=1, max_size=4), st.sampled_from([-1, *range(1, 30)]), st.integers(1, 50_000), st.integers(1, 10 * KEY_UNIT)
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda unit: unit.id,
)  # fmt: skip
KEYS = st.one_of(
    st.just(Key("area")),
    st.just(Key("home")),
    st.just(Key("key")),
    st.builds(Key, st.just("area"), st.none(), st.integers(1, 3), st.integers(0, 10**7)),
    st.builds(
        lambda base, step, by: Key("floor", FloorScheme(base, step, by=by)),
        st.fractions(Fraction(1, 10), 3),
        st.fractions(0, 1),
        st.sampled_from(["home", "area"]),
    ),
)
TOTALS = st.integers(0, 10**10)


# --- the worked example of the facts ---------------------------------------------------------------------
def test_the_guangzhou_key_gives_the_worked_example_to_the_fen() -> None:
    """TV-G: six floors of two homes of 80 m², 600,000 yuan with 150,000 of subsidy."""
    net = net_of(60_000_000, [Subsidy("补贴", "fixed", 15_000_000, source="市住建局")])

    shared = share_out(net.net_fen, STAIRWELL, GUANGZHOU)

    assert net.net_fen == 45_000_000
    assert [shared.shares[f"{floor}01"].fen for floor in range(1, 7)] == [0, 2_205_882, 4_411_765, 4_852_941, 5_294_118, 5_735_294]
    assert sum(share.fen for share in shared.shares.values()) == 45_000_000


# --- properties -----------------------------------------------------------------------------------------------
def able(units: list[Unit], key: Key) -> bool:
    return any(key.weight(unit) for unit in units)


@given(TOTALS, UNITS, KEYS)
def test_shares_add_up_to_the_fen_by_any_key(total, units, key) -> None:
    if not able(units, key):
        with pytest.raises(PlanProblem):
            share_out(total, units, key)
        return

    shared = share_out(total, units, key)

    assert sum(share.fen for share in shared.shares.values()) == total
    assert all(abs(share.fen - share.exact) < 1 for share in shared.shares.values())
    assert all(shared.shares[u.id].fen == -key.paid_fen for u in units if key.is_free(u))


@given(TOTALS, UNITS, KEYS, st.randoms())
def test_the_order_of_homes_is_irrelevant(total, units, key, chance) -> None:
    if not able(units, key):
        return
    mixed = list(units)
    chance.shuffle(mixed)

    assert share_out(total, mixed, key).shares == share_out(total, units, key).shares


@given(TOTALS, UNITS)
def test_more_area_never_pays_less(total, units) -> None:
    shared = share_out(total, units, Key("area"))

    ordered = sorted(units, key=lambda unit: unit.area or 0)
    assert all(shared.shares[a.id].fen <= shared.shares[b.id].fen for a, b in pairwise(ordered) if a.area != b.area)


@given(TOTALS, UNITS, KEYS)
def test_the_lines_by_floor_add_up_to_all(total, units, key) -> None:
    if not able(units, key):
        return
    shared = share_out(total, units, key)

    lines = [summed(some, shared) for some in by_floor(units).values()]

    assert sum(line.sum_fen for line in lines) == total
    assert sum(line.homes for line in lines) == len(units)
    assert all(line.least_fen <= line.most_fen for line in lines)


# --- subsidies -------------------------------------------------------------------------------------------------
def test_subsidies_are_fixed_for_each_lift_or_a_capped_share() -> None:
    found = net_of(
        100_000_001,
        [
            Subsidy("市", "fixed", 10_000_000),
            Subsidy("区", "per_lift", 5_000_000),
            Subsidy("街道", "share", share=Fraction(1, 3), cap_fen=20_000_000),
            Subsidy("公积金", "share", share=Fraction(1, 10)),
        ],
        lifts=2,
    )

    assert [fen for _one, fen in found.subsidies] == [10_000_000, 10_000_000, 20_000_000, 10_000_000]
    assert found.net_fen == 50_000_001


@pytest.mark.parametrize(
    ("cost", "subsidy", "code"),
    [(0, 0, "no_cost"), (-5, 0, "no_cost"), (100, 101, "subsidy_over_cost"), (10**13 + 1, 0, "cost_too_large")],
)
def test_costs_that_cannot_be_shared_say_how_to_mend_them(cost, subsidy, code) -> None:
    with pytest.raises(PlanProblem) as found:
        net_of(cost, [Subsidy("补贴", "fixed", subsidy)] if subsidy else [])

    assert found.value.code == code
    assert "请" in found.value.text_zh


def test_a_subsidy_of_the_whole_cost_leaves_nothing_to_pay() -> None:
    net = net_of(100, [Subsidy("全额", "fixed", 100)])

    assert {s.fen for s in share_out(net.net_fen, STAIRWELL, Key("home")).shares.values()} == {0}


# --- the ground floor ---------------------------------------------------------------------------------------
def test_a_paid_ground_floor_receives_what_the_others_bring_up_on_top() -> None:
    key = Key("floor", GUANGZHOU.scheme, 1, 1_000_000)

    shared = share_out(45_000_000, STAIRWELL, key)

    assert shared.shares["101"].fen == shared.shares["102"].fen == -1_000_000
    assert shared.paid_fen == 2_000_000
    assert sum(s.fen for s in shared.shares.values() if s.fen > 0) == 47_000_000
    assert share_out(720_000, STAIRWELL, key.every_year).shares["101"].fen == 0


def test_floors_that_are_free_pay_nothing_by_any_key() -> None:
    assert share_out(1000, STAIRWELL, Key("area", free_up_to=1)).shares["101"].fen == 0
    assert share_out(1000, STAIRWELL, Key("home", free_up_to=2)).shares["202"].fen == 0


# --- what lacks -----------------------------------------------------------------------------------------------
def test_homes_without_area_or_floor_are_named_and_never_guessed() -> None:
    units = [Unit("a", 1, 5000), Unit("b", None, 5000), Unit("c", 3, None), Unit("d", 4, 0)]

    found = lacking(units, GUANGZHOU)

    assert found == {"floor": ["b"], "area": ["c", "d"]}
    assert [p.code for p in lack_words(found)] == ["no_area", "no_floor"]
    assert all("请" in p.text_zh for p in lack_words(found))
    with pytest.raises(PlanProblem):
        share_out(100, units, GUANGZHOU)
    assert lacking(units, Key("home")) == {}


def test_a_key_by_which_nobody_pays_is_refused() -> None:
    with pytest.raises(PlanProblem) as found:
        share_out(100, [Unit("a", 1, 5000)], GUANGZHOU)

    assert found.value.code == "nobody_pays"


def test_no_homes_are_refused() -> None:
    with pytest.raises(PlanProblem) as found:
        share_out(100, [], Key("home"))

    assert found.value.code == "no_homes"


# --- the maintenance fund -------------------------------------------------------------------------------------
def test_the_fund_tells_what_is_left_who_falls_short_and_whose_balance_is_unknown() -> None:
    units = [Unit("a", 1, 100, balance_fen=1000), Unit("b", 1, 100, balance_fen=200), Unit("c", 1, 100)]

    fund = fund_after(units, share_out(900, units, Key("home")))

    assert fund.left == {"a": 700, "b": -100}
    assert (fund.short, fund.unknown) == (("b",), ("c",))
    assert (fund.balance_fen, fund.short_fen) == (1200, 100)


# --- floors from doors ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("door", "floor"),
    [
        ("301", 3), ("0301", 3), ("0301室", 3), ("1203", 12), ("3-301", 3), ("2-1-502", 5), ("B101", -1), ("负101", -1), ("地下201", -2), ("-101", -1),
        ("5层东户", 5), ("5楼", 5), ("负1层", -1), ("12F", 12), ("A座1502", 15), ("东户", None), ("001", None), ("12", None), ("商铺3", None),
        ("20305", None), ("", None),
    ],
)  # fmt: skip
def test_a_door_tells_its_floor_or_nothing(door, floor) -> None:
    assert floor_of_door(door) == floor
