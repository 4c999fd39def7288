"""Standards, hours and the exit rule as arithmetic: no database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law.venues import Standard, items, standard_from, standards
from linli.lib.problems import InputProblem
from linli.loops.venues import hours
from linli.loops.venues.rules import ExitTerms, Facts, Finding, Yearly, evaluate, exit_case, summary, terms_of, years_below
from tests.factories import NOW, ZONE, at


def found(code: str, facts: Facts) -> Finding:
    return next(f for f in evaluate(standards(), facts) if f.standard.code == code)


# --- the pack ----------------------------------------------------------------------------------------------------------------
def test_every_standard_of_the_pack_has_a_source_and_reads_back_as_itself() -> None:
    for standard in standards():
        assert standard.cites
        assert standard_from(standard.data()) == standard
        assert standard.item in items() or not standard.item


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": "viel"}, "value"),
        ({"value": "-1"}, "value"),
        ({"op": "has"}, "op"),
        ({"op": "between", "most": "3"}, "most"),
        ({"households_from": 9, "households_to": 3}, "households_to"),
        ({"measure": "zone", "op": "has", "item": "eq_ramp"}, "item"),
        ({"code": "Große Fläche"}, "code"),
        ({"types": ["mars"]}, "types"),
        ({"name_zh": " "}, "name_zh"),
    ],
)
def test_a_standard_that_cannot_be_used_is_refused_on_the_field_that_is_wrong(change: dict[str, Any], field: str) -> None:
    plain = {"code": "own_area", "group": "area", "measure": "area", "op": ">=", "name_zh": "面积", "value": "60"}

    with pytest.raises(InputProblem) as problem:
        standard_from({**plain, **change})

    assert problem.value.code == field


# --- area against households -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("households", "applies"),
    [(1, "area_under_500"), (499, "area_under_500"), (500, "area_500_1000"), (1000, "area_500_1000"), (1001, "area_over_1000")],
)
def test_exactly_one_step_of_area_applies_at_the_edges(households: int, applies: str) -> None:
    facts = Facts(area=5000, households=households)
    steps = ("area_under_500", "area_500_1000", "area_over_1000")

    assert [c for c in steps if found(c, facts).state != "not_applicable"] == [applies]


def test_a_hundredth_of_a_square_metre_decides_and_what_is_missing_is_exact() -> None:
    short = found("area_500_1000", Facts(area=4999, households=700))
    enough = found("area_500_1000", Facts(area=5000, households=700))

    assert (short.state, short.short) == ("misses", Fraction(1, 100))
    assert (enough.state, enough.short, enough.over) == ("meets", 0, 0)


def test_a_new_estate_needs_fifty_whatever_its_size_instead_of_the_step_of_thirty() -> None:
    facts = Facts(area=4000, households=300, types=frozenset({"new_commercial"}))

    assert (found("area_new_estate", facts).state, found("area_new_estate", facts).short) == ("misses", 10)
    assert (found("area_under_500", facts).state, found("area_under_500", facts).why) == ("not_applicable", "overridden")


def test_what_is_not_known_is_neither_met_nor_missed() -> None:
    nothing = Facts(type_known=False)

    assert {f.state for f in evaluate(standards(), nothing)} <= {"unknown", "not_applicable"}
    assert found("area_under_500", Facts(area=9000)).why == "households"
    assert found("area_new_estate", Facts(area=9000, type_known=False)).why == "type"
    assert found("zone_mediation", Facts(has={"zone_mediation": False})).state == "misses"
    assert found("zone_mediation", Facts(has={"zone_mediation": True})).state == "meets"


def test_the_running_cost_may_be_too_little_and_too_much() -> None:
    assert found("running_cost", Facts(cost_fen=7_999_999)).short == Fraction(1, 100)
    assert found("running_cost", Facts(cost_fen=8_000_000)).state == "meets"
    assert found("running_cost", Facts(cost_fen=12_000_001)).over == Fraction(1, 100)
    assert found("running_cost", Facts(cost_fen=12_000_001)).state == "misses"


def test_an_old_neighbourhood_needs_a_point_in_each_courtyard() -> None:
    facts = Facts(types=frozenset({"old_residential"}), courtyards=3, with_point=1)

    assert (found("area_old_estate", facts).need, found("area_old_estate", facts).short) == (3, 2)


def test_area_for_each_household_is_an_exact_fraction() -> None:
    own = Standard("own", "area", "area_per_household", ">=", "每户", "", value=Fraction(1, 3))

    (finding,) = evaluate([own], Facts(area=10_000, households=300))

    assert (finding.state, finding.have) == ("meets", Fraction(1, 3))


@given(st.integers(0, 10_000_000), st.integers(1, 2000), st.integers(0, 10_000_000))
def test_more_area_never_makes_it_worse(area: int, households: int, more: int) -> None:
    def misses(a: int) -> int:
        return summary(evaluate(standards(), Facts(area=a, households=households))).misses

    assert misses(area + more) <= misses(area)


# --- hours -----------------------------------------------------------------------------------------------------------------------
WEEK = hours.read_week("周一至周五 09:00-12:00 14:00-17:30；周六 19:00-21:00")


def test_a_week_is_read_as_people_write_it_and_written_back() -> None:
    assert hours.weekly_minutes(WEEK) == 5 * 390 + 120
    assert (hours.evening_minutes(WEEK), hours.weekend_minutes(WEEK)) == (120, 120)
    assert hours.read_week(hours.week_text(WEEK)) == WEEK
    assert hours.read_week("Mon-Fri 09:00-12:00 14:00-17:30; Sat 19:00-21:00") == WEEK
    assert hours.read_week("每天 8-20") == ((((480, 1200)),),) * 7
    assert hours.read_week("周一、周三 9:00-10:00")[2] == ((540, 600),)
    assert hours.read_day("０９：００～１２：００、14:00—17:30") == ((540, 720), (840, 1050))
    assert hours.read_day("休息") == ()


@pytest.mark.parametrize("text", ["9", "12:00-09:00", "09:00-25:00", "09:00-12:00 11:00-13:00", "早上", "09:60-10:00", "22:00-02:00"])
def test_hours_that_cannot_be_are_refused_with_how_to_write_them(text: str) -> None:
    with pytest.raises(InputProblem) as problem:
        hours.read_day(text)
    assert problem.value.text_zh


@pytest.mark.parametrize("text", ["", "天天", "周五至周一 09:00-12:00", "周一 09:00-10:00；周一 11:00-12:00"])
def test_a_week_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InputProblem):
        hours.read_week(text)


spans = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)), max_size=4)


@given(st.lists(spans, min_size=7, max_size=7))
def test_whatever_week_is_accepted_reads_back_as_itself(days: list[list[tuple[int, int]]]) -> None:
    try:
        week = hours.week_from(days)
    except InputProblem:
        return
    assert hours.week_from([[list(s) for s in d] for d in week]) == week
    if any(week):
        assert hours.read_week(hours.week_text(week)) == week


PROMISE = hours.Promise([hours.Plan(WEEK, date(2026, 1, 1))], {date(2026, 6, 11): ()})  # Thursday 11 June is closed


def test_a_day_that_differs_stands_before_the_week() -> None:
    assert PROMISE.on(date(2026, 6, 10)) == ((540, 720), (840, 1050))
    assert PROMISE.on(date(2026, 6, 11)) == ()
    assert PROMISE.on(date(2025, 12, 31)) is None
    current, following = PROMISE.around(at("2026-06-10 17:30"), ZONE)
    assert current is None
    assert following is not None
    assert following[0] == at("2026-06-12 09:00")


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, "2026-06-10 10:00", (True, "hours")),
        (None, "2026-06-10 12:00", (False, "hours")),  # the moment it closes it is closed
        (("2026-06-10 08:50", None), "2026-06-10 08:55", (True, "log")),  # before the promised hours
        (("2026-06-10 09:00", "2026-06-10 10:30"), "2026-06-10 11:00", (False, "log")),  # closed early
        (("2026-06-10 09:00", "2026-06-10 12:05"), "2026-06-10 15:00", (True, "hours")),
        (("2026-06-09 09:00", None), "2026-06-10 20:00", (False, "hours")),  # forgotten yesterday
    ],
)
def test_open_now_believes_the_log_and_else_the_promise(last: Any, now: str, expected: tuple[bool, str]) -> None:
    logged = None if last is None else (at(last[0]), at(last[1]) if last[1] else None)

    stand = hours.standing(PROMISE, logged, at(now), ZONE)

    assert (stand.open, stand.by) == expected


def test_the_promise_is_compared_with_what_was_really_open() -> None:
    promised = PROMISE.moments(date(2026, 6, 10), date(2026, 6, 12), ZONE)
    real = [(at("2026-06-10 09:30"), at("2026-06-10 12:30")), (at("2026-06-11 09:00"), at("2026-06-11 10:00"))]

    kept = hours.kept(promised, real)

    assert (kept.promised, kept.kept, kept.missed, kept.beyond) == (780, 150, 630, 90)


moments = st.integers(0, 5000).flatmap(lambda a: st.integers(1, 600).map(lambda n: (a, a + n)))


@given(st.lists(moments, max_size=6), st.lists(moments, max_size=6))
def test_what_was_kept_is_never_more_than_promised_nor_than_real(promised: list[tuple[int, int]], real: list[tuple[int, int]]) -> None:
    def apart(listed: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
        made: list[tuple[int, int]] = []
        for a, b in sorted(listed):
            if not made or a >= made[-1][1]:
                made.append((a, b))
        return [(NOW + timedelta(minutes=a), NOW + timedelta(minutes=b)) for a, b in made]

    one, two = apart(promised), apart(real)
    kept = hours.kept(one, two)
    assert 0 <= kept.kept <= kept.promised
    assert kept.kept + kept.beyond == sum(int((b - a).total_seconds()) // 60 for a, b in two)


# --- the exit rule -----------------------------------------------------------------------------------------------------------------
TERMS = ExitTerms()
BAD, GOOD, FEW = Yearly(59, 100), Yearly(60, 100), Yearly(0, 19)


@pytest.mark.parametrize(
    ("years", "after", "case"),
    [
        ([(2024, BAD), (2025, BAD)], 0, [2024, 2025]),
        ([(2023, BAD), (2024, BAD), (2025, BAD)], 0, [2023, 2024, 2025]),
        ([(2024, GOOD), (2025, BAD)], 0, []),  # sixty is not below sixty
        ([(2024, BAD), (2025, GOOD)], 0, []),
        ([(2024, BAD), (2025, FEW)], 0, []),  # nineteen answers are no judgement
        ([(2023, BAD), (2024, Yearly(0, 0)), (2025, BAD)], 0, []),
        ([(2024, BAD), (2025, BAD)], 2025, []),  # each year is counted once
        ([(2023, BAD), (2024, BAD), (2025, BAD)], 2024, []),
        ([(2023, BAD), (2024, BAD), (2025, BAD), (2026, BAD)], 2024, [2025, 2026]),
        ([], 0, []),
    ],
)
def test_a_case_is_two_complete_years_in_a_row_below_sixty_per_cent(years: Any, after: int, case: list[int]) -> None:
    assert exit_case(years, TERMS, after) == case


def test_the_exit_rule_follows_the_standards_in_force() -> None:
    stricter = [Standard("exit_threshold", "exit", "satisfaction", ">=", "满意率", "", value=Fraction(70))]

    assert terms_of(standards()) == TERMS
    assert years_below([(2025, Yearly(65, 100))], terms_of(stricter)) == [2025]
