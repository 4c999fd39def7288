"""Who counts as one, with which area, and what is found wrong: pure, case by case and by property."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.kernel.rolls.drawing import (
    Decided,
    Entry,
    HomeFact,
    Known,
    PersonFact,
    Share,
    Stay,
    draw,
    look_alike,
    pair,
    same_as,
)
from linli.kernel.rolls.rules import Policy, age_on, in_force, objections_end, unknown_choices
from linli.lib.calendar import WorkCalendar, YearMissing

DAY = date(2026, 6, 10)
ZONE = ZoneInfo("Asia/Shanghai")
TEN = 1000


def home(number: int, *owners: int | str, area: int | None = 10_000, **more: Any) -> HomeFact:
    """A home of 100.00 m²; an owner is a person's id or the name of a company."""
    parts = [
        Share(o, part=Fraction(1, len(owners))) if isinstance(o, int) else Share(None, o, part=Fraction(1, len(owners))) for o in owners
    ]
    return HomeFact(number, f"C{number:05d}", f"{number}", TEN, alike=f"x {number}", area=area, shares=more.pop("shares", parts), **more)


def people(*ids: int, **one: Any) -> dict[int, PersonFact]:
    return {i: PersonFact(i, f"人{i}", home_path="C", **one) for i in ids}


def owners_of(*homes: HomeFact, decided: Decided | None = None, who: dict[int, PersonFact] | None = None, **policy: str) -> Any:
    known = {s.person for h in homes for s in h.shares if s.person}
    return draw("owners", Known(DAY, "C", Policy(**policy), decided or Decided(), people(*known) | (who or {}), homes))


def codes(outcome: Any) -> dict[str, str]:
    return {f.code: f.level for f in outcome.found}


# --- the number of owners (OWN-007) ----------------------------------------------------------------------
def test_the_worked_example_counts_nine_owners_and_eight_without_parking() -> None:
    a, b1, b2, c, d, e, f, g, x = range(1, 10)
    parking = {"use": "parking", "area": 1200}
    homes = [
        home(1, a), home(2, b1, b2), home(3, c), home(4, d), home(5, e), home(6, f), home(7, g), home(8, g), home(9, "开发公司"),
        home(10, 10), home(11, a, register_code="P1", **parking), home(12, x, register_code="P2", **parking),
    ]  # fmt: skip
    decided = Decided(states={10: "undelivered"})

    national = owners_of(*homes, decided=decided, developer="开发公司")
    ningbo = owners_of(*homes, decided=decided, developer="开发公司", parking="exclude_area")

    assert (len(national.voters), sum(u.area for v in national.voters for u in v.units)) == (9, 102_400)
    assert (len(ningbo.voters), sum(u.area for v in ningbo.voters for u in v.units)) == (8, 100_000)
    developer = next(v for v in national.voters if v.key == "dev")
    assert [(u.home.place, u.state) for u in developer.units] == [(9, "unsold"), (10, "undelivered")]


def test_one_owner_of_several_homes_is_one_and_it_is_said() -> None:
    drawn = owners_of(home(1, 7), home(2, 7), home(3, 8))

    assert [(v.key, len(v.units)) for v in drawn.voters] == [("p7", 2), ("p8", 1)]
    assert codes(drawn) == {"several_homes": "note"}


def test_joint_owners_are_one_together_and_another_one_than_each_alone() -> None:
    drawn = owners_of(home(1, 7, 8), home(2, 8, 7), home(3, 7))

    assert [(v.key, len(v.units), len(v.co_owners)) for v in drawn.voters] == [("jp7-p8", 2, 2), ("p7", 1, 0)]
    assert {p for v in drawn.voters if v.co_owners for p, _role in v.holders} == {7, 8}


def test_a_company_with_and_without_its_code_is_one_and_two_codes_are_two() -> None:
    with_code = home(1, shares=[Share(None, "甲公司", "A1")])
    without = home(2, shares=[Share(None, "甲公司")])
    other = home(3, shares=[Share(None, "乙公司", "B1")])
    same_name = home(4, shares=[Share(None, "乙公司", "B2")])

    drawn = owners_of(with_code, without, other, same_name)

    assert sorted((v.organisation, v.code, len(v.units)) for v in drawn.voters) == [
        ("乙公司", "B1", 1), ("乙公司", "B2", 1), ("甲公司", "A1", 2),
    ]  # fmt: skip


def test_parking_without_a_registration_of_its_own_is_left_out_and_counted() -> None:
    drawn = owners_of(home(1, 7), home(2, 7, use="parking"), home(3, 7, use="parking"))

    assert len(drawn.voters[0].units) == 1
    assert drawn.facts["parking_left_out"] == 2


# --- what is found ---------------------------------------------------------------------------------------
def test_what_would_make_the_count_wrong_blocks() -> None:
    twins = home(5, 9), home(6, 8)
    twins[1].alike = twins[0].alike
    drawn = owners_of(home(1), home(2, 7, area=None), *twins)

    assert {c for c, level in codes(drawn).items() if level == "block"} == {"no_owner", "no_area", "alike_homes"}


def test_what_leaves_open_who_casts_only_warns_unless_the_place_requires_a_representative() -> None:
    homes = home(1, 7, 8), home(2, "甲公司"), home(3, 9)
    young = {9: PersonFact(9, "小明", date(2015, 1, 1), home_path="C")}

    optional, required = owners_of(*homes, who=young), owners_of(*homes, who=young, representative="required")

    assert codes(optional) == {"joint_without_representative": "warn", "company_without_agent": "warn", "minor_without_guardian": "warn"}
    assert codes(required)["joint_without_representative"] == codes(required)["company_without_agent"] == "block"


def test_shares_that_do_not_add_up_are_told_with_what_they_come_to() -> None:
    drawn = owners_of(home(1, shares=[Share(7, part=Fraction(1, 2)), Share(8, part=Fraction(1, 3))]))

    (found,) = [f for f in drawn.found if f.code == "bad_shares"]
    assert (found.level, found.facts["held"], found.home) == ("warn", "5/6", 1)


def test_a_home_without_an_owner_says_who_owned_it_last() -> None:
    drawn = owners_of(home(1, former=("王一", "2026-03-01")))

    (found,) = drawn.found
    assert (found.code, found.facts) == ("no_owner", {"former": "王一", "until": "2026-03-01"})


def test_a_home_kept_with_unknown_owner_counts_as_one_with_its_area() -> None:
    drawn = owners_of(home(1), home(2), decided=Decided(keep_unknown={1: "查不到", 2: "查不到"}))

    assert [(v.key, v.units[0].area) for v in drawn.voters] == [("h1", 10_000), ("h2", 10_000)]
    assert codes(drawn) == {"owner_unknown": "warn"}


def test_a_guardian_on_record_votes_for_a_minor() -> None:
    young = {9: PersonFact(9, "小明", date(2015, 1, 1), home_path="C", guardians=(7,)), 7: PersonFact(7, "妈妈", home_path="C")}

    (voter,) = owners_of(home(1, 9), who=young).voters

    assert (voter.agent, voter.agent_name, voter.agent_as) == (7, "妈妈", "guardian")
    assert (7, "agent") in voter.holders


def test_owners_who_died_or_live_elsewhere_stay_and_are_told() -> None:
    away = {8: PersonFact(8, "外地", home_path="D")}

    drawn = owners_of(home(1, 7), home(2, 8), who=away, decided=Decided(deceased={7: "死亡证明"}))

    assert len(drawn.voters) == 2
    assert codes(drawn) == {"owner_died": "warn", "lives_elsewhere": "note"}


def test_records_that_look_like_one_person_block_until_decided() -> None:
    both = {7: PersonFact(7, "王一", phone=b"1", home_path="C"), 8: PersonFact(8, "王一", phone=b"1", home_path="C", has_identity=True)}
    homes = home(1, 7), home(2, 8)

    open_, merged = owners_of(*homes, who=both), owners_of(*homes, who=both, decided=Decided(merged={(7, 8)}))
    apart = owners_of(*homes, who=both, decided=Decided(apart={(7, 8)}))

    assert codes(open_)["alike_people"] == "block"
    assert [len(v.units) for v in merged.voters] == [2]
    assert merged.voters[0].holders == {(7, "owner"), (8, "owner")}
    assert len(apart.voters) == 2
    assert "alike_people" not in codes(merged) | codes(apart)


def test_two_identity_numbers_make_two_people_whatever_else_is_the_same() -> None:
    same = {"phone": b"1", "address": b"2", "has_identity": True}

    assert list(look_alike([PersonFact(1, "王一", **same), PersonFact(2, "王一", **same)])) == []
    assert list(look_alike([PersonFact(1, "王一", phone=b"1"), PersonFact(2, "王二", phone=b"1")])) == []


def test_an_excluded_home_is_in_neither_sum_and_its_reason_is_told() -> None:
    drawn = owners_of(home(1, 7), home(2, 8), decided=Decided(excluded={"home:2": "公共用房"}))

    assert [v.key for v in drawn.voters] == ["p7"]
    assert drawn.found[0].facts == {"reason": "公共用房"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sets(st.integers(1, 6), max_size=3), st.one_of(st.none(), st.integers(1, 50_000))), min_size=1, max_size=12),
    st.sets(st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda p: p[0] < p[1]), max_size=3),
)
def test_every_home_counts_once_whoever_owns_it_and_whatever_is_merged(rows: list[Any], merged: set[Any]) -> None:
    homes = [home(n, *sorted(owners), area=area) for n, (owners, area) in enumerate(rows, start=1)]

    drawn = owners_of(*homes, decided=Decided(merged=merged), who=people(*range(1, 7)))

    placed = [u.home.place for v in drawn.voters for u in v.units]
    assert sorted(placed) == [h.place for h in homes]
    assert sum(u.area for v in drawn.voters for u in v.units) == sum(h.area or 0 for h in homes)
    assert len({v.key for v in drawn.voters}) == len(drawn.voters) <= len(homes)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda p: p[0] != p[1]), max_size=12))
def test_being_the_same_is_an_equivalence(pairs: list[tuple[int, int]]) -> None:
    same = same_as(pair(a, b) for a, b in pairs)

    assert all(same[a] == same[b] <= min(a, b) for a, b in pairs)
    assert all(same[same[one]] == same[one] for one in same)


# --- residents, households, lists ------------------------------------------------------------------------
def stays_of(kind: str, stays: list[Stay], who: dict[int, PersonFact], decided: Decided | None = None, **policy: str) -> Any:
    homes = [home(n) for n in sorted({s.place for s in stays})]
    return draw(kind, Known(DAY, "C", Policy(**policy), decided or Decided(), who, homes, stays))


AGES = {
    1: PersonFact(1, "成年", date(2008, 6, 10)),
    2: PersonFact(2, "差一天", date(2008, 6, 11)),
    3: PersonFact(3, "十五", date(2010, 12, 1)),
    4: PersonFact(4, "不详"),
}


def test_residents_are_of_age_on_the_day_and_nobody_is_guessed() -> None:
    drawn = stays_of("residents", [Stay(i, 1, 1, "family") for i in AGES], AGES)

    assert [v.person for v in drawn.voters] == [1, 4]
    assert codes(drawn) == {"sixteen": "note", "no_birth_date": "block"}
    assert drawn.facts == {"under_age": 2}


def test_those_of_sixteen_who_live_on_their_work_are_admitted_by_name() -> None:
    drawn = stays_of("residents", [Stay(i, 1, 1, "family") for i in AGES], AGES, Decided(admitted={2: "在工厂工作", 4: "见过身份证"}))

    assert [v.person for v in drawn.voters] == [1, 2, 4]
    assert codes(drawn) == {"admitted": "note"}


def test_somebody_with_two_homes_is_one_resident_and_tenants_count_as_the_place_says() -> None:
    stays = [Stay(1, 1, 1, "owner"), Stay(1, 2, 2, "owner"), Stay(5, 3, 3, "tenant")]
    who = AGES | {5: PersonFact(5, "租客", date(1990, 1, 1))}

    assert [v.person for v in stays_of("residents", stays, who).voters] == [1, 5]
    assert [v.person for v in stays_of("residents", stays, who, tenants="excluded").voters] == [1]


def test_a_household_speaks_through_its_head_or_the_member_named() -> None:
    who = {i: PersonFact(i, f"人{i}", date(1980, 1, 1)) for i in range(1, 6)} | {6: PersonFact(6, "童", date(2020, 1, 1))}
    stays = [Stay(1, 1, 10, "owner", head=True), Stay(2, 1, 10, "family"), Stay(3, 2, 20, "owner"), Stay(6, 3, 30, "owner", head=True)]

    drawn = stays_of("households", stays, who)
    named = stays_of("households", stays, who, Decided(agents={"f10": (2, "人2"), "f20": (3, "人3"), "f30": (1, "外人")}))

    assert [(v.household, v.person) for v in drawn.voters] == [(10, 1), (20, None), (30, None)]
    assert [f.voter for f in drawn.found if f.code == "no_head"] == ["f20", "f30"]
    assert [(v.household, v.person) for v in named.voters] == [(10, 2), (20, 3), (30, None)]


def test_whoever_is_entered_twice_counts_once_and_sits_in_both_bodies() -> None:
    entries = [Entry("person:1", 1, "人1", ("党委", "居委会")), Entry("name:外人", None, "外人"), Entry("person:2", 2, "人2", ("居委会",))]
    who = people(1, 2)

    drawn = draw("members", Known(DAY, "C", Policy(), Decided(), who, entries=entries))

    assert [(v.key[0], v.name, v.note) for v in drawn.voters] == [("p", "人1", "党委、居委会"), ("e", "外人", ""), ("p", "人2", "居委会")]
    assert codes(drawn) == {"not_registered": "warn", "two_bodies": "note"}


def test_the_erased_and_the_young_on_a_list_block() -> None:
    who = {1: PersonFact(1, "x", erased=True), 2: PersonFact(2, "小", date(2012, 1, 1))}

    drawn = draw("list", Known(DAY, "C", Policy(), Decided(), who, entries=[Entry("person:1", 1, "老王"), Entry("person:2", 2, "小")]))

    assert codes(drawn) == {"entry_erased": "block", "entry_minor": "block"}
    assert drawn.voters[0].name == "老王"


# --- small rules -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 6, 10), date(2026, 6, 10), 18),
        (date(2008, 6, 10), date(2026, 6, 9), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_a_birthday_counts_on_its_day(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def test_what_is_dated_begins_on_its_first_day_and_has_ended_on_its_last() -> None:
    since, until = date(2026, 1, 1), date(2026, 6, 10)

    assert [in_force(since, until, d) for d in (date(2025, 12, 31), since, date(2026, 6, 9), until)] == [False, True, True, False]


def test_the_objection_period_is_counted_from_the_day_after_and_does_not_end_on_a_day_off() -> None:
    published = datetime(2026, 9, 11, 10, tzinfo=ZONE)

    assert objections_end(published, 15, WorkCalendar(), ZONE) == datetime(2026, 9, 29, tzinfo=ZONE), "TV-J: the 28th is the last day"
    assert objections_end(published, 5, WorkCalendar(), ZONE) == datetime(2026, 9, 17, tzinfo=ZONE)
    with pytest.raises(YearMissing):
        objections_end(datetime(2039, 9, 11, 10, tzinfo=ZONE), 15, WorkCalendar(), ZONE)


def test_a_choice_nobody_knows_is_named() -> None:
    assert unknown_choices({"parking": "maybe", "colour": "red", "developer": "甲公司", "names": "none"}) == ["parking", "colour"]
