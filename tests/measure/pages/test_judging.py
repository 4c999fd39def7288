"""Which target is in force, whether a figure meets it, and how sure a share is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from linli.insight.measure.definitions import Formula, Indicator, Measure, Target
from linli.measure import judging
from linli.measure.judging import Interval


def target(value: int, year: int | None = None, phase: str = "", community_type: str = "", op: str = ">=") -> Target:
    return Target(op, Fraction(value), year, phase, community_type)


@pytest.mark.parametrize(
    ("op", "value", "met"),
    [
        (">=", 95.0, True),
        (">=", 94.9, False),
        (">", 95.0, False),
        (">", 95.1, True),
        ("<=", 95.0, True),
        ("<=", 95.1, False),
        ("<", 95.0, False),
        ("<", 94.0, True),
        ("=", 95.0, True),
        ("=", 94.0, False),
    ],
)
def test_a_figure_meets_its_target_as_its_sign_says(op: str, value: float, met: bool) -> None:
    assert judging.meets(value, target(95, 2025, op=op)) is met


def test_a_third_of_three_is_a_hundred_however_it_was_divided() -> None:
    assert judging.meets(100 * (1 / 3) * 3, target(100, 2025))


def test_the_target_in_force_is_the_years_then_the_last_before_then_the_next() -> None:
    early, late, phase = target(80, 2024), target(90, 2026), target(95, phase="2027-2030")
    found = (early, late, phase)

    assert [judging.in_force(found, year) for year in (2023, 2024, 2025, 2026, 2028, 2031)] == [early, early, early, late, phase, phase]
    assert judging.in_force((), 2026) is None
    assert judging.in_force((target(60),), 2026) == target(60)


def test_a_target_for_a_kind_of_community_stands_before_one_for_all() -> None:
    every, old = target(95, 2026), target(85, 2026, community_type="old_residential")

    assert judging.in_force((every, old), 2026, "old_residential") == old
    assert judging.in_force((every, old), 2026, "rural") == every
    assert judging.in_force((every, old), 2026) == every


def share(per: int = 100) -> Indicator:
    counted = Measure("request", "raised_at")
    formula = Formula("share", counted, counted, per)
    return Indicator("x", "甲", "x", "services", "core", "community", "percent", "higher", "", "computed", formula=formula)


def test_a_share_of_few_may_be_much_else_and_a_share_of_many_may_not() -> None:
    few, many = judging.interval(share(), 8, 10), judging.interval(share(), 8000, 10000)

    # Wilson's interval of 8 in 10, as every table gives it: 49.0 % to 94.3 %.
    assert few and (round(few.low, 1), round(few.high, 1)) == (49.0, 94.3)
    assert many and many.high - many.low < 2
    assert judging.interval(share(), 0, 0) is None
    assert judging.interval(share(), 12, 10) is None


def test_places_stand_apart_only_where_two_intervals_do_not_meet() -> None:
    assert judging.apart([Interval(10, 20), Interval(21, 30)])
    assert not judging.apart([Interval(10, 20), Interval(15, 30), Interval(20, 22)])
    assert not judging.apart([])


def test_the_median_is_the_middle_or_between_the_two_in_the_middle() -> None:
    assert [judging.median(v) for v in ([], [3], [1, 9], [5, 1, 2])] == [None, 3, 5, 2]
