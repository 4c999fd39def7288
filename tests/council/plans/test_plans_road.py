"""A plan from its first figures to the text that is voted on: drawn, mended, shown, adopted, and the money a voter sees of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.people.models import Home
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from linli.loops.council.ballots.square_queries import own_shares, text_of
from linli.loops.council.motions.actions import preparing, raising
from linli.loops.council.motions.models import Announcement, Motion, Text
from linli.loops.council.plans import checks
from linli.loops.council.plans.actions import adopting, drafting, schemes, showing
from linli.loops.council.plans.actions.drafting import Entered, Terms, Way
from linli.loops.council.plans.models import Adoption, Alternative, How, Line, Plan, PlanHome, State
from linli.loops.council.plans.queries import my_homes, plan_for, plans_of_mine, public_plans, schemes_at
from linli.loops.council.plans.reckoning import figures_of
from linli.web.checks import Problem
from tests.council.factories import HOMES, OPTIONS, Council, announced, frozen_roll, scheduled
from tests.factories import DAY, HOUSE, NOW

COST, GRANT = 60_000_000, 15_000_000
TERMS = Terms(
    "1 单元加装电梯", COST, "安和电梯 2026-05 报价",
    subsidies=[{"name": "市级补贴", "kind": "fixed", "fen": GRANT, "source": "市住建局通知"}],
    running=[{"name": "电费", "fen": 360_000}, {"name": "维护保养", "fen": 600_000}],
)  # fmt: skip


def entrance_of(council: Council) -> Place:
    return Place.objects.get(parent__parent=council.compound, kind="entrance")


def lift(council: Council, **change: Any) -> Plan:
    change.setdefault("place", entrance_of(council))
    return drafting.start(actor=council.worker, kind="lift", terms=change.pop("terms", TERMS), now=NOW, **change)


def shown_lift(council: Council, **change: Any) -> Plan:
    return showing.show(actor=council.worker, plan_id=lift(council, **change).pk, now=NOW)


def levy(council: Council, **change: Any) -> Plan:
    terms = Terms("外墙维修", 1_000_001, "三家报价", from_fund=change.pop("from_fund", True))
    return drafting.start(actor=council.worker, kind="levy", place=council.compound, terms=terms, now=NOW, **change)


def adopted_lift(council: Council, numbers: tuple[int, ...] = (1,)) -> Adoption:
    matter = scheduled(council)
    return adopting.adopt(actor=council.head, plan_id=shown_lift(council, matter=matter).pk, numbers=numbers, now=NOW)


def problems_of(check: Any) -> list[Problem]:
    return list(check())


# --- drawing up ---------------------------------------------------------------------------------------------
def test_a_lift_is_drawn_from_the_register_with_floors_read_from_the_doors(council: Council) -> None:
    plan = lift(council)

    homes = list(plan.homes.all())
    assert len(homes) == HOMES
    assert [(h.door, h.floor, h.area) for h in homes[:5]] == [
        ("0101", 1, 8000), ("0102", 1, 8325), ("0103", 1, 8650), ("0104", 1, 8975), ("0201", 2, 8000),
    ]  # fmt: skip
    assert [a.how for a in plan.alternatives.all()] == ["floor", "floor", "area"]
    assert all(a.scheme.get("confidence") != "example" for a in plan.alternatives.all())


def test_every_alternative_shares_the_net_cost_and_the_running_cost_to_the_fen(council: Council) -> None:
    found = figures_of(lift(council))

    assert found.net is not None
    assert found.net.net_fen == COST - GRANT
    for one in found.alternatives:
        assert one.shared is not None
        assert one.yearly is not None
        assert sum(s.fen for s in one.shared.shares.values()) == COST - GRANT
        assert sum(s.fen for s in one.yearly.shares.values()) == 960_000
        assert one.fen(council.homes[0].pk) == 0, "the ground floor pays nothing by any of them"


def test_a_plan_takes_its_homes_and_areas_from_a_frozen_roll(council: Council) -> None:
    roll = frozen_roll(council)
    Home.objects.filter(place=council.homes[0]).update(exclusive_area=9999)

    plan = lift(council, roll=roll)

    assert plan.homes.get(home=council.homes[0]).area == 8000


def test_a_place_without_homes_is_refused_with_what_to_do(council: Council) -> None:
    empty = add_place(actor=HOUSE, kind="building", name="9 栋", parent=council.compound, now=NOW)

    with pytest.raises(Invalid) as found:
        lift(council, place=empty)

    assert found.value.code == "no_homes"
    assert "请先" in str(found.value)
    assert not Plan.objects.exists()


def test_only_places_that_hold_homes_can_have_a_plan(council: Council) -> None:
    with pytest.raises(Invalid) as found:
        lift(council, place=council.cast.here.community)

    assert found.value.code == "bad_place"


def test_residents_and_strangers_may_not_draw_up_a_plan(council: Council) -> None:
    for actor in (council.residents[0], council.cast.outside["community_worker"]):
        with pytest.raises(NotAllowed):
            drafting.start(actor=actor, kind="lift", place=entrance_of(council), terms=TERMS, now=NOW)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": ""}, "title", "名称"),
        ({"cost_fen": -1}, "cost", "总金额"),
        ({"subsidies": [{"name": "补贴", "kind": "fixed", "fen": COST + 1, "source": "市"}]}, "subsidies", "补贴合计超过"),
        ({"subsidies": [{"name": "补贴", "kind": "fixed", "fen": 5}]}, "subsidies", "来源"),
        ({"subsidies": [{"name": "补贴", "kind": "fixed", "fen": 0, "source": "市"}]}, "subsidies", "大于零"),
        ({"subsidies": [{"name": "补贴", "kind": "share", "share": "3/2", "source": "市"}]}, "subsidies", "百分比"),
        ({"subsidies": [{"name": "补贴", "kind": "luck", "source": "市"}]}, "subsidies", "怎么补"),
        ({"running": [{"name": "", "fen": 5}]}, "running", "运行费"),
        ({"lifts": 0}, "lifts", "电梯数量"),
    ],
)
def test_terms_that_cannot_be_used_name_the_field_and_the_mend(council: Council, change: dict[str, Any], field: str, words: str) -> None:
    terms = Terms(**{"title": "加装电梯", "cost_fen": COST, **change})

    with pytest.raises(Invalid) as found:
        lift(council, terms=terms)

    assert words in str(found.value.fields[field][0])


def test_a_motion_of_somewhere_else_is_refused(council: Council) -> None:
    far = raising.draft_motion(
        actor=council.cast.outside["community_worker"], title="别处的事", place=council.cast.there.compound, road="four_steps", now=NOW
    )

    with pytest.raises(Invalid) as found:
        lift(council, matter=far)

    assert found.value.code == "bad_matter"


# --- homes ------------------------------------------------------------------------------------------------------
def test_what_is_entered_stays_when_the_homes_are_drawn_again(council: Council) -> None:
    plan = lift(council)
    first, second = council.homes[0].pk, council.homes[1].pk
    drafting.enter(
        actor=council.worker, plan_id=plan.pk, now=NOW, rows=[Entered(first, {"floor": 2, "area": 7000}), Entered(second, {"key": 15_000})]
    )
    Home.objects.filter(place_id__in=[first, second]).update(exclusive_area=6000)

    drafting.redraw(actor=council.worker, plan_id=plan.pk, now=NOW)

    found = {h.home_id: h for h in plan.homes.all()}
    assert (found[first].floor, found[first].area) == (2, 7000)
    assert (found[second].key, found[second].area) == (15_000, 6000)
    assert len(found) == HOMES


def test_a_home_left_out_shares_nothing_and_says_why(council: Council) -> None:
    plan = lift(council)
    home = council.homes[20].pk

    with pytest.raises(Invalid) as found:
        drafting.enter(actor=council.worker, plan_id=plan.pk, now=NOW, rows=[Entered(home, {"left_out": True})])
    drafting.enter(actor=council.worker, plan_id=plan.pk, now=NOW, rows=[Entered(home, {"left_out": True, "why_left_out": "独立出入口"})])

    assert "原因" in str(found.value.fields["homes"][0])
    lead = figures_of(plan).lead
    assert lead is not None
    assert lead.fen(home) is None
    assert lead.shared is not None
    assert sum(s.fen for s in lead.shared.shares.values()) == COST - GRANT


@pytest.mark.parametrize("given", [{"floor": 0}, {"floor": 500}, {"area": -1}, {"key": -1}, {"balance_fen": -1}])
def test_values_that_cannot_be_are_refused_by_door_and_nothing_is_written(council: Council, given: dict[str, int]) -> None:
    plan = lift(council)
    rows = [Entered(council.homes[0].pk, {"area": 1234}), Entered(council.homes[1].pk, given)]

    with pytest.raises(Invalid) as found:
        drafting.enter(actor=council.worker, plan_id=plan.pk, rows=rows, now=NOW)

    assert str(found.value.fields["homes"][0]).startswith("0102：")
    assert plan.homes.get(home=council.homes[0]).area == 8000


def test_two_who_change_a_plan_at_once_do_not_overwrite_each_other(council: Council) -> None:
    plan = lift(council)
    drafting.lead_with(actor=council.worker, plan_id=plan.pk, number=2, now=NOW, seen=1)

    with pytest.raises(Conflict):
        drafting.lead_with(actor=council.head, plan_id=plan.pk, number=3, now=NOW, seen=1)

    plan.refresh_from_db()
    assert (plan.lead, plan.version) == (2, 2)


# --- alternatives ---------------------------------------------------------------------------------------------
def test_a_paid_ground_floor_is_brought_up_by_the_others(council: Council) -> None:
    plan = lift(council)
    known = dict(schemes_at(plan.place_path))
    way = Way("补偿一层", "floor", known["pack:guangzhou_reference"].data(), 1, 500_000)

    made = drafting.offer(actor=council.worker, plan_id=plan.pk, way=way, now=NOW)

    one = figures_of(plan).by_number(made.number)
    assert one is not None
    assert one.shared is not None
    assert one.fen(council.homes[0].pk) == -500_000
    assert sum(s.fen for s in one.shared.shares.values()) == COST - GRANT


@pytest.mark.parametrize(
    ("way", "field"),
    [
        (Way("", "area"), "name"), (Way("x", "luck"), "how"), (Way("x", "floor", {}), "scheme"), (Way("x", "area", {}, 0), "free_up_to"),
        (Way("x", "area", {}, None, 100), "free_up_to"), (Way("x", "area", {}, 1, -1), "paid"),
    ],
)  # fmt: skip
def test_a_way_that_cannot_be_used_names_its_field(council: Council, way: Way, field: str) -> None:
    plan = lift(council)

    with pytest.raises(Invalid) as found:
        drafting.offer(actor=council.worker, plan_id=plan.pk, way=way, now=NOW)

    assert field in found.value.fields


def test_the_last_way_stays_and_there_are_at_most_eight(council: Council) -> None:
    plan = levy(council)
    drafting.take_away(actor=council.worker, plan_id=plan.pk, number=1, now=NOW)

    with pytest.raises(Refused) as last:
        drafting.take_away(actor=council.worker, plan_id=plan.pk, number=2, now=NOW)
    for n in range(7):
        drafting.offer(actor=council.worker, plan_id=plan.pk, way=Way(f"办法{n}", "home"), now=NOW)
    with pytest.raises(Refused) as many:
        drafting.offer(actor=council.worker, plan_id=plan.pk, way=Way("再一个", "home"), now=NOW)

    assert (last.value.code, many.value.code) == ("last_way", "too_many_ways")
    plan.refresh_from_db()
    assert plan.lead == 2


def test_an_operators_own_key_can_be_taken_and_ending_it_changes_no_plan(council: Council) -> None:
    data = {
        "by": "home",
        "base": "1",
        "step": "0.2",
        "table": {"1": "0", "2": "0.4", "3": "1"},
        "base_floor": 3,
        "source_zh": "楼栋会议 2026-05",
    }
    made = schemes.enter_scheme(actor=council.head, name="本楼商定", data=data, place=council.compound, now=NOW)
    plan = lift(council)
    known = dict(schemes_at(plan.place_path))
    way = Way("商定", "floor", known[f"own:{made.pk}"].data())
    number = drafting.offer(actor=council.worker, plan_id=plan.pk, way=way, now=NOW).number

    schemes.end_scheme(actor=council.head, scheme_id=made.pk, now=NOW)

    assert f"own:{made.pk}" not in dict(schemes_at(plan.place_path))
    one = figures_of(plan).by_number(number)
    assert one is not None
    assert one.shared is not None
    assert one.alternative.scheme["source_zh"] == "楼栋会议 2026-05"


def test_a_key_needs_its_source_and_a_name_of_its_own(council: Council) -> None:
    data = {"by": "home", "base": "1", "step": "0", "table": {"1": "1"}}
    with pytest.raises(Invalid) as found:
        schemes.enter_scheme(actor=council.head, name="商定", data=data, place=council.compound, now=NOW)
    schemes.enter_scheme(actor=council.head, name="商定", data={**data, "source_zh": "会议"}, place=council.compound, now=NOW)
    with pytest.raises(Invalid) as twice:
        schemes.enter_scheme(actor=council.head, name="商定", data={**data, "source_zh": "会议"}, place=council.compound, now=NOW)
    with pytest.raises(NotAllowed):
        schemes.enter_scheme(actor=council.worker, name="别的", data={**data, "source_zh": "会议"}, place=council.compound, now=NOW)

    assert "source" in found.value.fields
    assert twice.value.code == "name_taken"


# --- shown ------------------------------------------------------------------------------------------------------
def test_half_a_plan_is_not_shown_and_says_all_that_lacks(council: Council) -> None:
    plan = lift(council, terms=Terms("加装电梯"))

    with pytest.raises(Refused) as found:
        showing.show(actor=council.worker, plan_id=plan.pk, now=NOW)

    assert found.value.code == "incomplete"
    assert "总金额是零" in str(found.value)


def test_homes_without_area_or_floor_keep_a_plan_from_being_shown(council: Council) -> None:
    Home.objects.filter(place=council.homes[7]).update(exclusive_area=None)
    plan = lift(council)
    PlanHome.objects.filter(plan=plan, home=council.homes[9]).update(floor=None)

    with pytest.raises(Refused) as found:
        showing.show(actor=council.worker, plan_id=plan.pk, now=NOW)

    assert "1 户没有面积" in str(found.value)
    assert "1 户不知道在几层" in str(found.value)


def test_a_shown_plan_is_seen_by_all_and_a_draft_by_the_desk_alone(council: Council) -> None:
    draft, public = lift(council), shown_lift(council)

    assert plan_for(council.residents[0], public.pk) == public
    assert plan_for(council.worker, draft.pk) == draft
    with pytest.raises(NotFound):
        plan_for(council.residents[0], draft.pk)
    assert public_plans(council.compound) == [public]


def test_each_household_finds_its_own_home_and_no_other(council: Council) -> None:
    plan = shown_lift(council)

    assert [h.home_id for h in my_homes(council.residents[3], plan, NOW)] == [council.homes[3].pk]
    assert list(plans_of_mine(council.residents[3], NOW)) == [plan]
    assert my_homes(council.cast.neighbour, plan, NOW) == []
    assert my_homes(council.worker, plan, NOW) == []


def test_a_plan_is_taken_back_and_dropped_only_with_a_reason(council: Council) -> None:
    plan = shown_lift(council)
    showing.take_back(actor=council.worker, plan_id=plan.pk, now=NOW)
    with pytest.raises(Invalid):
        showing.drop(actor=council.worker, plan_id=plan.pk, text=" ", now=NOW)

    showing.drop(actor=council.worker, plan_id=plan.pk, text="改为整栋一起装", now=NOW)

    plan.refresh_from_db()
    assert plan.state == State.DROPPED
    with pytest.raises(Refused) as found:
        drafting.redraw(actor=council.worker, plan_id=plan.pk, now=NOW)
    assert found.value.code == "plan_fixed"
    assert str(found.value.turn_to)


# --- adopted ------------------------------------------------------------------------------------------------------
def test_the_chosen_way_becomes_the_motions_text_with_exact_figures_and_the_digest(council: Council) -> None:
    made = adopted_lift(council)

    text = Text.objects.get(motion=made.motion, number=made.text_number)
    assert text.number == 2
    assert text.body == Text.objects.get(motion=made.motion, number=1).body
    option = text.options[0]
    assert option["cost_fen"] == COST
    assert "600,000 元，减去市级补贴 150,000 元（市住建局通知），由 40 户分摊 450,000 元" in option["text"]
    assert "1 层（4 户）每户：不用出钱。" in option["text"]
    assert made.digest in option["text"]
    assert "每年运行费 9,600 元" in option["text"]
    assert problems_of(checks.calculations) == problems_of(checks.texts) == []
    plan = Plan.objects.get(pk=made.plan_id)
    assert plan.state == State.ADOPTED
    assert Line.objects.filter(plan=plan, verb="adopt").get().facts["version"] == 2


def test_a_plan_is_shown_before_it_is_adopted_and_then_stands_still(council: Council) -> None:
    plan = lift(council, matter=scheduled(council))
    with pytest.raises(Refused) as early:
        adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=[1], now=NOW)
    showing.show(actor=council.worker, plan_id=plan.pk, now=NOW)
    adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=[1], now=NOW)

    assert early.value.code == "not_shown"
    changes: list[Any] = [
        lambda: drafting.change_terms(actor=council.head, plan_id=plan.pk, terms=TERMS, now=NOW),
        lambda: drafting.enter(actor=council.head, plan_id=plan.pk, rows=[Entered(council.homes[0].pk, {"area": 1})], now=NOW),
        lambda: drafting.offer(actor=council.head, plan_id=plan.pk, way=Way("x", "home"), now=NOW),
        lambda: drafting.take_away(actor=council.head, plan_id=plan.pk, number=2, now=NOW),
        lambda: showing.take_back(actor=council.head, plan_id=plan.pk, now=NOW),
        lambda: showing.drop(actor=council.head, plan_id=plan.pk, text="不要了", now=NOW),
        lambda: adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=[2], now=NOW),
    ]
    for change in changes:
        with pytest.raises(Refused) as found:
            change()
        assert found.value.code == "plan_fixed"


@pytest.mark.parametrize(("numbers", "code"), [((), "no_way"), ((9,), "no_way"), ((1, 9), "no_way")])
def test_adopting_nothing_or_something_unknown_is_refused(council: Council, numbers: tuple[int, ...], code: str) -> None:
    plan = shown_lift(council, matter=scheduled(council))

    with pytest.raises(Invalid) as found:
        adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=numbers, now=NOW)

    assert found.value.code == code
    assert Text.objects.count() == 1


def test_adopting_without_a_motion_asks_for_one(council: Council) -> None:
    with pytest.raises(Invalid) as found:
        adopting.adopt(actor=council.head, plan_id=shown_lift(council).pk, numbers=[1], now=NOW)

    assert "matter" in found.value.fields


def test_adopting_takes_back_a_notice_already_given(council: Council) -> None:
    ballot = announced(council)
    plan = shown_lift(council, matter=ballot.motion.matter)

    adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=[1], now=NOW)

    assert Announcement.objects.get(motion=ballot.motion).taken_back_at is not None


def test_a_copy_of_an_adopted_plan_can_be_changed_and_leaves_it_alone(council: Council) -> None:
    made = adopted_lift(council)

    again = drafting.copy(actor=council.worker, plan_id=made.plan_id, now=NOW)

    assert (again.state, again.follows_id, again.homes.count()) == (State.DRAFT, made.plan_id, HOMES)
    drafting.offer(actor=council.worker, plan_id=again.pk, way=Way("平均", "home"), now=NOW)
    assert Alternative.objects.filter(plan_id=made.plan_id).count() == 3


# --- the money on the ballot ---------------------------------------------------------------------------------------
def voted_on(council: Council, made: Adoption, **terms: Any) -> Any:
    return announced(council, matter=made.motion.matter, **terms)


def test_a_voter_sees_the_plans_share_of_their_own_home_before_voting(council: Council) -> None:
    made = adopted_lift(council)
    ballot = voted_on(council, made)
    text = text_of(ballot)
    assert text is not None
    shares = {}
    for voter in ballot.roll.voters.prefetch_related("units"):
        rows = own_shares(ballot, text.options, list(voter.units.all()))
        assert len(rows) == 1
        shares[voter.units.all()[0].home_id] = rows[0]

    lead = figures_of(made.plan).by_number(1)
    assert lead is not None
    assert sum(s.share_fen or 0 for s in shares.values()) == COST - GRANT
    assert sum(s.yearly_fen for s in shares.values()) == 960_000
    assert all(s.share_fen == lead.fen(home) for home, s in shares.items())
    assert shares[council.homes[0].pk].share_fen == 0
    assert f"/plans/{made.plan_id}/" in shares[council.homes[0].pk].href


def test_several_ways_become_options_each_with_its_own_share(council: Council) -> None:
    made = adopted_lift(council, (1, 3))
    ballot = voted_on(council, made, kind="approval")

    units = list(ballot.roll.voters.get(person=council.owners[39]).units.all())
    rows = own_shares(ballot, ballot.question["options"], units)

    found = figures_of(made.plan)
    assert [r.share_fen for r in rows] == [found.by_number(n).fen(council.homes[39].pk) for n in (1, 3)]
    assert rows[0].share_fen != rows[1].share_fen


def test_a_text_changed_by_hand_afterwards_promises_nobody_the_plans_figures(council: Council) -> None:
    made = adopted_lift(council)
    changed = [{**OPTIONS[0], "text": "改了，不按方案。"}]
    raising.amend(actor=council.head, matter_id=made.motion_id, title="加装电梯", body="另议", options=changed, now=NOW)

    ballot = voted_on(council, made)

    assert own_shares(ballot, text_of(ballot).options, list(ballot.roll.voters.get(person=council.owners[5]).units.all())) == []


def test_homes_outside_the_plan_are_told_so(council: Council) -> None:
    plan = lift(council, matter=scheduled(council))
    drafting.enter(
        actor=council.worker, plan_id=plan.pk, now=NOW, rows=[Entered(council.homes[5].pk, {"left_out": True, "why_left_out": "商铺"})]
    )
    showing.show(actor=council.worker, plan_id=plan.pk, now=NOW)
    made = adopting.adopt(actor=council.head, plan_id=plan.pk, numbers=[1], now=NOW)
    ballot = voted_on(council, made)

    rows = own_shares(ballot, text_of(ballot).options, list(ballot.roll.voters.get(person=council.owners[5]).units.all()))

    assert rows[0].share_fen is None


# --- levies ---------------------------------------------------------------------------------------------------------
def test_a_levy_by_area_by_home_and_by_an_own_key_adds_up(council: Council) -> None:
    plan = levy(council)
    rows = [Entered(h.pk, {"key": 10_000 + n, "balance_fen": 20_000 + n * 200}) for n, h in enumerate(council.homes)]
    drafting.enter(actor=council.worker, plan_id=plan.pk, rows=rows, now=NOW)
    drafting.offer(actor=council.worker, plan_id=plan.pk, way=Way("按自定系数", "key"), now=NOW)

    found = figures_of(plan)

    assert [a.alternative.how for a in found.alternatives] == [How.AREA, How.HOME, How.KEY]
    for one in found.alternatives:
        assert one.shared is not None
        assert sum(s.fen for s in one.shared.shares.values()) == 1_000_001
    by_home = found.alternatives[1]
    assert {s.fen for s in by_home.shared.shares.values()} == {25_000, 25_001}
    assert by_home.fund is not None
    assert len(by_home.fund.short) == 25
    assert by_home.fund.unknown == ()


def test_without_a_key_of_its_own_each_home_is_named_as_lacking(council: Council) -> None:
    plan = levy(council)
    drafting.offer(actor=council.worker, plan_id=plan.pk, way=Way("按自定系数", "key"), now=NOW)

    assert "40 户没有自定系数" in figures_of(plan).problems[0].text_zh


def test_levies_of_a_compound_are_summed_by_building(council: Council) -> None:
    from linli.loops.council.plans.shown import group_names, side_by_side

    found = figures_of(levy(council))

    _columns, rows = side_by_side(found, group_names(found.homes))

    assert [(r["name"], r["homes"]) for r in rows] == [("1 栋", 40)]


# --- what the house checks -------------------------------------------------------------------------------------------
def test_a_calculation_changed_in_the_database_is_found(council: Council) -> None:
    made = adopted_lift(council)
    forged = json.loads(json.dumps(made.calculation))
    forged["alternatives"][0]["shares"][8][1] += 1
    Adoption.objects.filter(pk=made.pk).update(calculation=forged)

    found = problems_of(checks.calculations)

    assert any("differs from its digest" in str(p) for p in found)
    assert any("do not add up" in str(p) for p in found)


def test_a_deliberation_may_still_go_on_after_the_text_came_from_a_plan(council: Council) -> None:
    made = adopted_lift(council)

    preparing.deliberate(actor=council.head, matter_id=made.motion_id, now=NOW + DAY)

    assert Motion.objects.get(pk=made.motion_id).version == 2
