"""A sum is split so that it adds up to the fen and nobody is more than a fen off."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.shares import FloorScheme, Home, ShareProblem, by_area, by_floor, by_home, split

WEIGHTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 20_000) | st.fractions(0, 5), min_size=1).filter(
    lambda weights: any(weights.values())
)


@given(st.integers(0, 10**12), WEIGHTS)
def test_shares_add_up_and_are_within_a_fen(total, weights) -> None:
    shares = split(total, weights)

    assert sum(share.fen for share in shares.values()) == total
    assert sum(share.exact for share in shares.values()) == total
    assert all(abs(share.fen - share.exact) < 1 for share in shares.values())
    assert all(not share.fen for one, share in shares.items() if not weights[one])


@given(st.integers(0, 10**9), WEIGHTS, st.randoms())
def test_the_order_of_homes_is_irrelevant_and_more_weight_never_pays_less(total, weights, chance) -> None:
    mixed = list(weights.items())
    chance.shuffle(mixed)

    shares = split(total, weights)

    assert split(total, dict(mixed)) == shares
    ordered = sorted(weights, key=lambda one: weights[one])
    assert all(shares[a].fen <= shares[b].fen for a, b in pairwise(ordered) if weights[a] < weights[b])


def test_fen_left_over_go_to_the_largest_fractions() -> None:
    assert {one: share.fen for one, share in split(100, {"a": 1, "b": 1, "c": 1}).items()} == {"a": 34, "b": 33, "c": 33}
    assert {one: share.fen for one, share in by_area(1000, {"101": 8937, "102": 11250, "103": 5000}).items()} == {
        "101": 355,
        "102": 447,
        "103": 198,
    }
    assert [share.fen for share in by_home(10, ["1", "2", "3", "4"]).values()] == [3, 3, 2, 2]


def test_a_lift_is_paid_by_floor() -> None:
    scheme = FloorScheme(base=Fraction(1), step=Fraction(1, 10), base_floor=3, free_up_to=1, table={2: Fraction(1, 2)})
    homes = {f"{floor}01": Home(floor, 8000) for floor in range(1, 7)}

    shares = by_floor(500_000_00, homes, scheme)

    # 0, 0.5, 1, 1.1, 1.2, 1.3 of 5.1
    assert shares["101"].fen == 0
    assert shares["601"].exact == Fraction(500_000_00 * 13, 51)
    assert sum(share.fen for share in shares.values()) == 500_000_00


def test_a_lift_can_be_paid_by_floor_and_area() -> None:
    scheme = FloorScheme(base=Fraction(1), step=Fraction(0), base_floor=1, free_up_to=0, by="area")

    shares = by_floor(300, {"a": Home(2, 10000), "b": Home(5, 20000)}, scheme)

    assert [share.fen for share in shares.values()] == [100, 200]


def test_coefficients_never_fall_below_zero() -> None:
    assert FloorScheme(Fraction(1), Fraction(1, 2), base_floor=5).coefficient(2) == 0


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: split(-1, {"a": 1}), "negative_total"),
        (lambda: split(1, {}), "no_weights"),
        (lambda: split(1, {"a": 0}), "no_weights"),
        (lambda: split(1, {"a": 2, "b": -1}), "no_weights"),
        (lambda: by_home(1, ["a", "a"]), "home_twice"),
        (lambda: by_floor(1, {"a": Home(1, 1)}, FloorScheme(Fraction(1), Fraction(0))), "no_weights"),
    ],
)
def test_what_cannot_be_split_is_refused(act, code) -> None:
    with pytest.raises(ShareProblem) as refused:
        act()

    assert refused.value.code == code
