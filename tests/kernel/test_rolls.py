"""Rolls through their actions: drawn up from the register, mended, frozen for good, objected to, replaced; allowed, refused, repeated, at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.models import Event
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters.commands import verify
from linli.kernel.matters.setting_actions import enter_year
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people import actions as people
from linli.kernel.people.models import Household
from linli.kernel.places.actions import move_place
from linli.kernel.places.models import Place
from linli.kernel.rolls import checks, guard, lawful, queries
from linli.kernel.rolls.actions import draft, freezing, mending, objecting
from linli.kernel.rolls.models import Decision, Holder, Roll, RollObjection, RollProblem, Voter, VotingUnit
from linli.kernel.rolls.verify import verify_rolls
from linli.lib.holiday_notice import Day
from tests.factories import HOUSE, NOW, Cast, build_cast, later
from tests.kernel.rolls_town import TODAY, Yard, door, lives, owned, owned_by_company, person_called, with_account


@pytest.fixture
def yard(cast: Cast) -> Yard:
    return Yard(cast)


def drawn(yard: Yard, kind: str = "owners", **more: Any) -> Roll:
    more.setdefault("place", yard.building)
    more.setdefault("record_date", TODAY)
    return draft.draw_up(actor=yard.cast.community_worker, kind=kind, now=NOW, **more)


def frozen(yard: Yard, **more: Any) -> Roll:
    """A small roll of two owners, frozen."""
    yard.home("101", person_called("王一"))
    yard.home("102", person_called("李二"), area=10_050)
    return freezing.freeze(actor=yard.cast.community_worker, roll_id=drawn(yard, **more).pk, now=NOW)


@contextmanager
def refused(kind: type[Refused], code: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """What the block does is refused, for this reason and no other."""
    with pytest.raises(kind) as problem:
        yield problem
    assert problem.value.code == code


def found(roll: Roll) -> dict[str, int]:
    return {kind.code: kind.count for kind in queries.findings(roll)}


# --- drawing up ------------------------------------------------------------------------------------------
def test_a_roll_takes_what_held_on_its_record_date(yard: Yard) -> None:
    before, after = person_called("前主"), person_called("后主")
    home = yard.home("101")
    share = owned(home, before)
    people.end_ownership(actor=HOUSE, ownership=share, until_on=date(2026, 6, 1), now=NOW)
    owned(home, after, since=date(2026, 6, 1))

    names = {day: [v.name for v in drawn(yard, record_date=day).voters.all()] for day in (date(2026, 5, 31), date(2026, 6, 1))}

    assert list(names.values()) == [["前主"], ["后主"]]


def test_a_roll_of_a_building_says_doors_and_sums(yard: Yard) -> None:
    yard.home("101", person_called("王一"))
    yard.home("102", person_called("李二"), area=10_050)

    roll = drawn(yard)

    assert [(u.door, u.area, u.area_source) for u in roll.units.all()] == [
        ("6 栋 1 单元 101", 8937, "register"),
        ("6 栋 1 单元 102", 10_050, "register"),
    ]
    assert (roll.voter_count, roll.unit_count, roll.area) == (2, 2, 18_987)
    assert {v.building_id for v in roll.voters.all()} == {yard.building.pk}


def test_only_who_serves_the_place_draws_up(yard: Yard) -> None:
    args: dict[str, Any] = {"place": yard.building, "kind": "owners", "record_date": TODAY, "now": NOW}

    for actor in (yard.cast.outside["community_worker"], yard.cast.resident, yard.cast.auditor, yard.cast.property_manager):
        with pytest.raises(NotAllowed):
            draft.draw_up(actor=actor, **args)
    with pytest.raises(Invalid) as problem:
        draft.draw_up(actor=yard.cast.community_worker, **args | {"kind": "kings", "policy": {"parking": "perhaps"}})
    assert set(problem.value.fields) == {"kind", "parking"}
    with pytest.raises(Invalid):
        draft.draw_up(actor=HOUSE, **args | {"place": yard.cast.district})


def test_drawing_again_follows_the_register_and_changes_nothing_else(yard: Yard) -> None:
    home = yard.home("101")
    roll = drawn(yard)
    assert found(roll) == {"no_owner": 1}

    owned(home, person_called("王一"))
    again = draft.redraw(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, seen=roll.version)
    twice = draft.redraw(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW)

    assert found(again) == {"lives_elsewhere": 1}
    assert [(v.key, v.name) for v in twice.voters.all()] == [(v.key, v.name) for v in again.voters.all()]
    with pytest.raises(Conflict):
        draft.redraw(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, seen=roll.version)


def test_terms_may_change_while_it_is_a_draft(yard: Yard) -> None:
    yard.home("101", person_called("王一"))
    yard.home("P1", person_called("李二"), area=1200, use="parking", register_code="川001")
    roll = drawn(yard)
    assert roll.voter_count == 2

    mended = draft.set_terms(
        actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, policy={"parking": "exclude_area"}, title="六栋业主"
    )

    assert (mended.voter_count, mended.title, mended.policy["names"]) == (1, "六栋业主", "none")
    with pytest.raises(Invalid):
        draft.set_terms(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, policy={"parking": "x"})


def test_a_draft_can_be_thrown_away_and_a_frozen_roll_cannot(yard: Yard) -> None:
    roll = frozen(yard)
    other = drawn(yard)

    draft.discard(actor=yard.cast.community_worker, roll_id=other.pk, now=NOW)

    assert not Roll.objects.filter(pk=other.pk).exists()
    with refused(Refused, "roll_frozen"):
        draft.discard(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW)


# --- mending: one action for each finding ----------------------------------------------------------------
@pytest.fixture
def mend(yard: Yard) -> Callable[..., Roll]:
    def act(does: Callable[..., Roll], roll: Roll, /, **given: Any) -> Roll:
        return does(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, **given)

    return act


def test_a_home_without_owner_is_mended_in_each_of_four_ways(yard: Yard, mend: Any) -> None:
    homes = [yard.home(f"10{n}") for n in range(1, 5)]
    roll = drawn(yard)
    assert found(roll) == {"no_owner": 4}

    mend(mending.keep_unknown, roll, home_id=homes[0].place_id, reason="登记簿查无此人")
    mend(mending.mark_state, roll, home_id=homes[1].place_id, state="unsold", reason="开发商确认")
    mend(mending.exclude_home, roll, home_id=homes[2].place_id, reason="物业用房")
    owned(homes[3], person_called("王一"))
    roll = mend(draft.redraw, roll)

    assert {"no_owner", "no_area"}.isdisjoint(found(roll))
    assert [v.key[0] for v in roll.voters.all()] == ["h", "d", "p"]
    assert roll.facts["excluded"] == 1


def test_an_area_is_entered_with_its_source_and_a_reason(yard: Yard, mend: Any) -> None:
    home = yard.home("101", person_called("王一"), area=None)
    roll = drawn(yard)
    assert found(roll)["no_area"] == 1

    with refused(Invalid, "bad_area"):
        mend(mending.enter_area, roll, home_id=home.place_id, area=0, source="contract", reason="合同")
    with refused(Invalid, "missing"):
        mend(mending.enter_area, roll, home_id=home.place_id, area=9000, source="contract", reason="  ")
    roll = mend(mending.enter_area, roll, home_id=home.place_id, area=9000, source="contract", reason="买卖合同第三页")

    unit = roll.units.get()
    assert (unit.area, unit.area_source, roll.area) == (9000, "contract", 9000)
    assert "no_area" not in found(roll)


def test_joint_owners_name_one_of_themselves(yard: Yard, mend: Any) -> None:
    a, b, stranger = person_called("王一"), person_called("李二"), person_called("赵三")
    yard.home("101", a, b)
    roll = drawn(yard, policy={"representative": "required"})
    key = roll.voters.get().key
    assert {p.level for p in roll.problems.filter(code="joint_without_representative")} == {"block"}

    with refused(Refused, "not_among_them"):
        mend(mending.name_representative, roll, key=key, person=stranger)
    roll = mend(mending.name_representative, roll, key=key, person=b)

    voter = roll.voters.get()
    assert (voter.agent_id, voter.agent_as, voter.may_cast) == (b.pk, "representative", (b.pk,))
    assert found(roll) == {}


def test_a_company_names_an_agent_and_who_can_act_alone_none(yard: Yard, mend: Any) -> None:
    owned_by_company(yard.home("101"), "四川甲公司", "91510100MA6C4X8K0B")
    yard.home("102", person_called("王一"))
    agent = person_called("经理")
    roll = drawn(yard)
    company, alone = roll.voters.order_by("seq")

    with refused(Refused, "acts_alone"):
        mend(mending.name_agent, roll, key=alone.key, person=agent, reason="委托")
    with pytest.raises(NotFound):
        mend(mending.name_agent, roll, key="p999999", person=agent, reason="委托")
    roll = mend(mending.name_agent, roll, key=company.key, person=agent, reason="授权委托书 6 月 1 日")

    assert "company_without_agent" not in found(roll)
    assert roll.voters.get(key=company.key).may_cast == (agent.pk,)


def test_a_minor_acts_through_a_guardian_and_cannot_be_an_agent(yard: Yard, mend: Any) -> None:
    child = person_called("小明", born=date(2015, 1, 1))
    yard.home("101", child)
    owned_by_company(yard.home("102"), "甲公司")
    roll = drawn(yard)
    assert found(roll)["minor_without_guardian"] == 1
    with refused(Refused, "under_age"):
        mend(mending.name_agent, roll, key=roll.voters.get(organisation="甲公司").key, person=child, reason="授权")

    mother = person_called("妈妈")
    people.link_helper(actor=HOUSE, person=child, helper=mother, kind="guardian", since_on=TODAY, now=NOW)
    roll = mend(draft.redraw, roll)

    assert roll.voters.get(person=child).may_cast == (mother.pk,)
    assert found(roll)["guardian_votes"] == 1


def test_two_records_of_one_person_are_merged_or_kept_apart(yard: Yard, mend: Any) -> None:
    first, second = person_called("王一", phone="13900000001"), person_called("王一", phone="13900000002")
    people.mend_person(actor=HOUSE, person=second, now=NOW, phone="13900000001")
    yard.home("101", first)
    yard.home("102", second)
    roll = drawn(yard)
    assert found(roll)["alike_people"] == 1

    merged = mend(mending.merge_people, roll, person=first, other=second, reason="同一张身份证")
    assert (merged.voter_count, found(merged).get("alike_people")) == (1, None)
    assert {h.person_id for h in merged.holders.all()} == {first.pk, second.pk}

    apart = mend(mending.keep_apart, roll, person=second, other=first, reason="父子同名")
    assert (apart.voter_count, found(apart).get("alike_people")) == (2, None)
    assert [d.verb for d in apart.decisions.all()] == ["apart"], "the later decision replaces the earlier"


def test_two_identity_numbers_are_never_merged(yard: Yard, mend: Any) -> None:
    first = person_called("王一", identity="510107195203040022")
    second = person_called("王二", identity="11010519491231002X")
    yard.home("101", first, second)

    with refused(Refused, "two_identities"):
        mend(mending.merge_people, drawn(yard), person=first, other=second, reason="看着像")


def test_an_owner_is_never_left_off(yard: Yard, mend: Any) -> None:
    yard.home("101", person_called("王一"))
    roll = drawn(yard)

    with refused(Refused, "owner_stays"):
        mend(mending.exclude_voter, roll, key=roll.voters.get().key, reason="欠物业费")


def test_an_owner_who_died_stays_and_an_heir_may_be_named(yard: Yard, mend: Any) -> None:
    owner, heir = person_called("王一"), person_called("王小一")
    yard.home("101", owner)
    roll = mend(mending.mark_deceased, drawn(yard), person=owner, reason="死亡证明")
    assert found(roll)["owner_died"] == 1

    roll = mend(mending.name_agent, roll, key=roll.voters.get().key, person=heir, reason="继承公证书")

    assert "owner_died" not in found(roll)
    assert roll.voters.get().may_cast == (heir.pk,)


def test_the_same_door_twice_is_found_and_settled(yard: Yard, mend: Any) -> None:
    a, b = yard.home("101", person_called("王一")), yard.home("101室", person_called("李二"))
    roll = drawn(yard)
    assert found(roll)["alike_homes"] == 1

    roll = mend(mending.keep_homes_apart, roll, home_id=a.place_id, other_id=b.place_id, reason="两本证")

    assert "alike_homes" not in found(roll)


def test_residents_are_decided_one_by_one_or_all_at_once(yard: Yard, mend: Any) -> None:
    home = yard.home("101")
    young, child = person_called("小工", born=date(2009, 1, 1)), person_called("小孩", born=date(2014, 1, 1))
    for who in (person_called("成年", born=date(1980, 1, 1)), person_called("不详甲"), person_called("不详乙"), young, child):
        lives(home, who)
    roll = drawn(yard, "residents")
    assert (roll.voter_count, found(roll)) == (3, {"no_birth_date": 2, "sixteen": 1})

    roll = mend(mending.admit, roll, person=young, reason="在工厂上班，有工资单")
    with refused(Refused, "under_sixteen"):
        mend(mending.admit, roll, person=child, reason="懂事")
    with refused(Refused, "not_for_all"):
        mend(mending.settle_all, roll, code="sixteen", verb="admit", reason="都列入")
    roll = mend(mending.settle_all, roll, code="no_birth_date", verb="admit", reason="入户核对过身份证")
    roll = mend(mending.exclude_voter, roll, key=roll.voters.get(name="不详乙").key, reason="被剥夺政治权利")

    assert {v.name for v in roll.voters.all()} == {"成年", "不详甲", "小工"}
    assert found(roll) == {"admitted": 2, "excluded": 1}


def test_households_have_one_voter_each(yard: Yard, mend: Any) -> None:
    first, second = yard.home("101"), yard.home("102")
    a, b, c = (person_called(n, born=date(1980, 1, 1)) for n in ("王一", "李二", "赵三"))
    for home, who in ((first, a), (first, b), (second, c)):
        lives(home, who)
    Household.objects.filter(home=first).update(head=a)
    roll = drawn(yard, "households")
    assert (roll.voter_count, found(roll)) == (2, {"no_head": 1})

    roll = mend(mending.name_representative, roll, key=roll.voters.get(door__endswith="102").key, person=c)

    assert [v.name for v in roll.voters.all()] == ["王一", "赵三"]
    with refused(Refused, "not_among_them"):
        mend(mending.name_representative, roll, key=roll.voters.first().key, person=c)


def test_representatives_and_members_are_entered_and_bodies_add_up(yard: Yard, mend: Any) -> None:
    a = person_called("王一")
    roll = drawn(yard, "members", title="两委联席")

    mend(mending.enter, roll, person=a, bodies=["党委"])
    mend(mending.enter, roll, person=a, bodies=["居委会"])
    roll = mend(mending.enter_many, roll, entries=[{"name": "外聘顾问"}, {"name": "外聘顾问"}])

    assert [(v.name, v.note) for v in roll.voters.all()] == [("王一", "党委、居委会"), ("外聘顾问", "")]
    with pytest.raises(Invalid):
        mend(mending.enter, roll, name="  ")
    with refused(Refused, "wrong_kind"):
        mend(mending.enter, drawn(yard), person=a)
    roll = mend(mending.take_back, roll, decision_id=roll.decisions.get(person=None).pk)
    assert roll.voter_count == 1


def test_a_decision_is_kept_with_who_and_why_and_can_be_taken_back(yard: Yard, mend: Any) -> None:
    home = yard.home("101")
    roll = mend(mending.keep_unknown, drawn(yard), home_id=home.place_id, reason="查无此人")
    decision = roll.decisions.get()
    assert (decision.by_name, decision.reason) == (yard.cast.community_worker.name, "查无此人")

    roll = mend(mending.take_back, roll, decision_id=decision.pk)

    assert found(roll) == {"no_owner": 1}
    with pytest.raises(NotFound):
        mend(mending.take_back, roll, decision_id=decision.pk)


def test_homes_of_elsewhere_are_not_touched_through_a_roll(yard: Yard, mend: Any) -> None:
    with pytest.raises(NotFound):
        mend(mending.exclude_home, drawn(yard), home_id=yard.cast.there.homes[0].pk, reason="x")


# --- freezing --------------------------------------------------------------------------------------------
def test_a_frozen_roll_has_its_hash_its_notice_and_its_period(yard: Yard) -> None:
    roll = frozen(yard)

    roll.refresh_from_db()
    assert (roll.state, roll.voter_count, roll.area) == ("frozen", 2, 18_987)
    assert roll.hash.startswith("sha256:")
    assert roll.objections_until == NOW.replace(day=26, hour=0), "fifteen days from the day after, to midnight"
    assert roll.hash in roll.notice.body
    assert "6 栋 1 单元 101、6 栋 1 单元 102" in roll.notice.body
    assert "王一" not in roll.notice.body
    assert roll.notice.facts["hash"] == roll.hash
    assert roll.notice.until_at == roll.objections_until
    assert list(verify_rolls()) == []


@pytest.mark.parametrize(("names", "shown"), [("masked", "王*"), ("full", "王一")])
def test_names_are_public_only_where_the_roll_says_so(yard: Yard, names: str, shown: str) -> None:
    assert f"101（{shown}）" in frozen(yard, policy={"names": names}).notice.body


def test_a_roll_does_not_freeze_before_its_day_nor_with_findings_that_block_nor_empty(yard: Yard) -> None:
    freeze = freezing.freeze
    worker = yard.cast.community_worker
    with refused(Refused, "roll_empty"):
        freeze(actor=worker, roll_id=drawn(yard).pk, now=NOW)
    yard.home("101")
    roll = drawn(yard)

    with refused(Refused, "roll_blocked") as blocked:
        freeze(actor=worker, roll_id=roll.pk, now=NOW)
    with refused(Refused, "too_early"):
        freeze(actor=worker, roll_id=drawn(yard, record_date=TODAY + timedelta(days=1)).pk, now=NOW)
    with pytest.raises(NotAllowed):
        freeze(actor=yard.cast.auditor, roll_id=roll.pk, now=NOW)
    with refused(Invalid, "bad_period"):
        freeze(actor=worker, roll_id=roll.pk, now=NOW, objections_until=TODAY)

    assert blocked.value.details["blocks"] == 1
    roll.refresh_from_db()
    assert (roll.state, roll.hash, Notice.objects.filter(facts__has_key="roll").count()) == ("draft", "", 0)


def test_days_run_into_a_year_the_operator_entered_and_the_notice_is_in_the_places_language(yard: Yard) -> None:
    yard.home("101", person_called("王一"))
    roll, later_on = drawn(yard), NOW.replace(year=2027, month=3)
    given = {"actor": yard.cast.community_worker, "roll_id": roll.pk, "now": later_on, "objection_days": 10}
    with refused(Invalid, "calendar_missing"):
        freezing.freeze(**given)
    enter_year(actor=HOUSE, year=2027, days=[Day(date(2027, 1, 1), False, "元旦")], now=NOW)

    with translation.override("en"):
        made = freezing.freeze(**given)

    assert made.objections_until is not None and made.objections_until > later_on + timedelta(days=9)
    assert made.notice is not None and "名册" in made.notice.title
    assert all("\u3400" <= label[0] <= "\u9fff" for label, _value in made.notice.paper["facts"])


def test_freezing_looks_once_more_at_the_register(yard: Yard) -> None:
    home = yard.home("101", person_called("王一"))
    roll = drawn(yard)
    people.end_ownership(actor=HOUSE, ownership=home.ownerships.get(), until_on=TODAY, now=NOW)

    with refused(Refused, "roll_blocked"):
        freezing.freeze(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW)


def test_nothing_of_a_frozen_roll_changes_through_the_actions_not_even_for_the_house(yard: Yard) -> None:
    roll = frozen(yard)
    voter, unit = roll.voters.first(), roll.units.first()
    for act in (
        lambda: draft.redraw(actor=HOUSE, roll_id=roll.pk, now=NOW),
        lambda: draft.set_terms(actor=HOUSE, roll_id=roll.pk, now=NOW, title="x"),
        lambda: mending.exclude_home(actor=HOUSE, roll_id=roll.pk, home_id=unit.home_id, reason="x", now=NOW),
        lambda: mending.name_agent(actor=HOUSE, roll_id=roll.pk, key=voter.key, name="x", reason="x", now=NOW),
        lambda: mending.settle_all(actor=HOUSE, roll_id=roll.pk, code="no_owner", verb="exclude", reason="x", now=NOW),
        lambda: freezing.freeze(actor=HOUSE, roll_id=roll.pk, now=NOW),
    ):
        with refused(Refused, "roll_frozen"):
            act()


def test_the_database_itself_refuses_to_change_a_frozen_roll(yard: Yard) -> None:
    roll = frozen(yard)
    voter = roll.voters.first()
    copy = {"roll": roll, "seq": 99, "key": "p99"}
    for act in (
        lambda: Voter.objects.filter(pk=voter.pk).update(area=1),
        lambda: Voter.objects.filter(pk=voter.pk).update(name="别人"),
        lambda: Voter.objects.create(**copy),
        lambda: Voter.objects.filter(pk=voter.pk)._raw_delete("default"),
        lambda: VotingUnit.objects.filter(roll=roll).update(area=1),
        lambda: VotingUnit.objects.filter(roll=roll).delete(),
        lambda: Holder.objects.filter(roll=roll).delete(),
        lambda: Holder.objects.create(roll=roll, voter=voter, person=yard.cast.person, role="agent"),
        lambda: Roll.objects.filter(pk=roll.pk).update(voter_count=3),
        lambda: Roll.objects.filter(pk=roll.pk).update(hash="sha256:00"),
        lambda: Roll.objects.filter(pk=roll.pk).update(state="draft", hash="", frozen_at=None),
        lambda: Roll.objects.filter(pk=roll.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert guard.missing() == []
    assert list(verify_rolls()) == []


def test_tampering_past_the_guard_is_named(yard: Yard) -> None:
    roll = frozen(yard)
    guard.remove()
    try:
        assert guard.missing() != []
        first, second = roll.voters.all()
        Voter.objects.filter(pk=first.pk).update(name="别人")
        assert [(f.kind, f.seq) for f in verify_rolls()] == [("edited", 1)]
        Voter.objects.filter(pk=first.pk).update(name=first.name)
        VotingUnit.objects.filter(voter=second).update(area=1)
        assert [(f.kind, f.seq) for f in verify_rolls()] == [("edited", 2), ("count", None)]
        VotingUnit.objects.filter(voter=second).delete()
        Holder.objects.filter(voter=second).delete()
        RollProblem.objects.filter(voter=second).delete()
        Voter.objects.filter(pk=second.pk)._raw_delete("default")
        assert {"count", "root"} <= {f.kind for f in verify_rolls(roll.pk)}
        Roll.objects.filter(pk=roll.pk).update(about="M9")
        assert "hash" in {f.kind for f in verify_rolls(roll.pk)}
    finally:
        guard.install()
    assert guard.missing() == []


def test_a_voter_proves_being_on_the_roll_without_the_roll(yard: Yard) -> None:
    roll = queries.public_roll(frozen(yard).pk)
    proof = queries.proof_of(roll, roll.voters.get(seq=2))

    assert proof.holds()
    assert proof.hash == roll.hash
    assert "李二" in proof.who
    for change in (
        {"who": proof.who.replace("李二", "李三")},
        {"units": [[1, 1, "home", "sold"]]},
        {"seq": 1},
        {"salt": "00" * 16},
        {"previous": "x"},
    ):
        assert not type(proof)(**{**vars(proof), **change}).holds()
    assert "王一" not in str(vars(proof)), "the proof of one tells nothing of the others"


def test_an_erased_person_leaves_the_frozen_roll_and_its_hash_still_holds(yard: Yard) -> None:
    home, leaver = yard.home("101"), person_called("要走的", born=date(1980, 1, 1))
    lives(home, leaver)
    roll = freezing.freeze(actor=yard.cast.community_worker, roll_id=drawn(yard, "residents").pk, now=NOW)

    people.erase_person(actor=HOUSE, person=leaver, reason="本人申请", now=later(days=1))

    voter = roll.voters.get()
    assert (voter.name, bytes(voter.salt)) == ("", b"")
    assert list(verify_rolls()) == []
    with pytest.raises(NotFound):
        queries.proof_of(roll, voter)


def test_a_copy_of_ones_data_names_the_rolls_and_objections(yard: Yard) -> None:
    roll = frozen(yard)
    person = roll.voters.first().person
    objecting.object_for(actor=yard.cast.grid_worker, roll_id=roll.pk, person=person, kind="area", text="面积不对", now=NOW)

    told = people.export_person(actor=HOUSE, person=person, now=NOW)

    assert [(r["kind"], r["number"]) for r in told["rolls"]] == [("owners", 1)]
    assert [o["text"] for o in told["roll_objections"]] == ["面积不对"]
    assert [f["what"] for f in told["roll_findings"]] == ["业主不住在这里"]
    assert told["roll_decisions"] == []


def test_a_roll_follows_its_place_when_the_tree_moves(yard: Yard) -> None:
    roll = frozen(yard)

    move_place(actor=HOUSE, place=yard.cast.here.compound, parent=yard.cast.there.grid, now=later(days=1))

    roll.refresh_from_db()
    assert roll.place_path.startswith(yard.cast.there.grid.path)
    assert queries.roll_for_staff(yard.cast.outside["community_worker"], roll.pk).pk == roll.pk
    assert list(verify_rolls()) == []


# --- replaced --------------------------------------------------------------------------------------------
def test_a_mended_roll_replaces_the_frozen_one_and_both_hashes_hang_together(yard: Yard) -> None:
    old = frozen(yard)
    worker = yard.cast.community_worker
    objection = objecting.object_for(actor=worker, roll_id=old.pk, name="王一", kind="area", text="应为 90.00", now=NOW)
    objecting.answer(actor=yard.cast.community_head, objection_id=objection.pk, accepted=True, text="查过登记簿", now=NOW)
    new = freezing.mend_roll(actor=worker, roll_id=old.pk, why="101 面积登记有误", now=NOW)
    assert freezing.mend_roll(actor=worker, roll_id=old.pk, why="再来一次", now=NOW).pk == new.pk

    home = old.units.first().home_id
    mending.enter_area(actor=worker, roll_id=new.pk, home_id=home, area=9000, source="register", reason="登记簿", now=NOW)
    new = freezing.freeze(actor=worker, roll_id=new.pk, now=later(days=2))

    old.refresh_from_db()
    objection.refresh_from_db()
    assert (old.state, old.area, new.area) == ("replaced", 18_987, 19_050)
    assert objection.mended_in_id == new.pk
    assert old.hash in new.notice.body
    assert list(verify_rolls()) == []
    assert queries.proof_of(queries.public_roll(new.pk), new.voters.get(seq=1)).previous == old.hash
    with refused(Refused, "already_replaced"):
        freezing.mend_roll(actor=worker, roll_id=old.pk, why="x", now=NOW)


def test_mending_needs_a_reason_and_a_frozen_roll(yard: Yard) -> None:
    roll = frozen(yard)
    with pytest.raises(Invalid):
        freezing.mend_roll(actor=yard.cast.community_worker, roll_id=roll.pk, why=" ", now=NOW)
    with refused(Refused, "still_draft"):
        freezing.mend_roll(actor=yard.cast.community_worker, roll_id=drawn(yard).pk, why="x", now=NOW)
    with pytest.raises(NotAllowed):
        freezing.mend_roll(actor=yard.cast.outside["community_worker"], roll_id=roll.pk, why="x", now=NOW)


def test_whoever_relies_on_a_roll_may_refuse_that_it_is_replaced(yard: Yard) -> None:
    old = frozen(yard)
    new = freezing.mend_roll(actor=yard.cast.community_worker, roll_id=old.pk, why="x", now=NOW)

    def running(sender: Any, **_kwargs: Any) -> None:
        raise Refused("ballot_open", "投票已经开始")

    freezing.roll_replaced.connect(running)
    try:
        with refused(Refused, "ballot_open"):
            freezing.freeze(actor=yard.cast.community_worker, roll_id=new.pk, now=NOW)
    finally:
        freezing.roll_replaced.disconnect(running)
    assert set(Roll.objects.values_list("state", flat=True)) == {"frozen", "draft"}


# --- objections ------------------------------------------------------------------------------------------
def owner_with_account(roll: Roll) -> Any:
    person = roll.voters.first().person
    return actor_of(with_account(person, "wang.yi"), now=NOW)


def test_somebody_on_the_roll_objects_and_is_answered_with_a_reason(yard: Yard) -> None:
    roll = frozen(yard)
    owner = owner_with_account(roll)

    made = objecting.object_to(actor=owner, roll_id=roll.pk, kind="area", text="我家是 90.00", now=NOW)
    again = objecting.object_to(actor=owner, roll_id=roll.pk, kind="area", text="我家是 90.00", now=NOW)
    assert made.pk == again.pk
    answered = objecting.answer(
        actor=yard.cast.community_head, objection_id=made.pk, accepted=False, text="登记簿上是 89.37", now=later(days=1)
    )

    assert (answered.state, answered.answered_by_name) == ("rejected", yard.cast.community_head.name)
    assert "89.37" in Message.objects.get(key__startswith="roll-objection").body
    for act in (
        lambda: objecting.answer(actor=yard.cast.community_head, objection_id=made.pk, accepted=True, text="改主意", now=later(days=2)),
        lambda: objecting.withdraw(actor=owner, objection_id=made.pk, now=later(days=2)),
    ):
        with refused(Refused, "objection_closed"):
            act()


def test_strangers_and_the_anonymous_do_not_object(yard: Yard) -> None:
    roll = frozen(yard)
    with pytest.raises(NotAllowed):
        objecting.object_to(actor=yard.cast.outside["resident"], roll_id=roll.pk, kind="area", text="不对不对", now=NOW)
    with pytest.raises(NotFound):
        objecting.object_to(actor=owner_with_account(roll), roll_id=drawn(yard).pk, kind="area", text="不对不对", now=NOW)
    with pytest.raises(NotAllowed):
        objecting.object_for(actor=yard.cast.resident, roll_id=roll.pk, name="王一", kind="area", text="不对", now=NOW)


def test_objections_end_with_the_period_and_name_what_is_missing(yard: Yard) -> None:
    roll = frozen(yard)
    owner, grid = owner_with_account(roll), yard.cast.grid_worker
    assert roll.objections_until is not None
    last = roll.objections_until - timedelta(seconds=1)

    objecting.object_to(actor=owner, roll_id=roll.pk, kind="other", text="最后一刻", now=last)
    with refused(Refused, "objections_over"):
        objecting.object_to(actor=owner, roll_id=roll.pk, kind="other", text="晚了", now=roll.objections_until)
    with pytest.raises(Invalid) as missing:
        objecting.object_to(actor=owner, roll_id=roll.pk, kind="?", text=" ", now=NOW)
    assert set(missing.value.fields) == {"kind", "text"}
    with pytest.raises(Invalid) as missing:
        objecting.object_for(actor=grid, roll_id=roll.pk, kind="area", text="不对", channel="web", now=NOW)
    assert set(missing.value.fields) == {"name", "channel"}


def test_the_electors_of_a_village_object_for_five_days_and_are_decided_within_three(yard: Yard) -> None:
    """VIL-005: NOW is Wednesday 10 June 2026; the fifth day after is Monday 15 June."""
    worker = yard.cast.community_worker
    who = person_called("王一", born=date(1980, 1, 1))
    lives(yard.home("101", who), who)
    roll = drawn(yard, kind="residents", policy={"purpose": "village_election"})
    for days in (2, 6):
        with pytest.raises(Invalid) as unlawful:
            freezing.freeze(actor=worker, roll_id=roll.pk, now=NOW, objection_days=days)
        assert "5 天" in str(unlawful.value.text) and "村民委员会组织法" in str(unlawful.value.text)
    roll = freezing.freeze(actor=worker, roll_id=roll.pk, now=NOW)
    assert roll.objections_until == NOW.replace(day=16, hour=0, minute=0)

    made = objecting.object_for(actor=worker, roll_id=roll.pk, name="老张", kind="missing", text="没有我家", now=NOW)

    assert "村民委员会组织法" in Message.objects.get(key__contains="-due").body
    due = lawful.answer_due(made)
    assert due is not None and due[0] == NOW.replace(day=16, hour=0, minute=0), "the third day is a Saturday, so Monday ends it"
    objecting.answer(actor=yard.cast.community_head, objection_id=made.pk, accepted=True, text="补上", now=due[0])
    assert Event.objects.get(kind="roll_objection_answered").details["late"] is True


def test_where_the_place_posts_rolls_for_longer_less_is_refused_with_its_article(yard: Yard) -> None:
    Place.objects.filter(pk=yard.building.pk).update(code="110105")
    yard.home("101", person_called("王一"))
    roll = drawn(yard, place=Place.objects.get(pk=yard.building.pk))
    with pytest.raises(Invalid) as short:
        freezing.freeze(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, objection_days=14)
    assert "15 天" in str(short.value.text) and "objection_days" in short.value.fields
    assert freezing.freeze(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW, objection_days=20).state == "frozen"


def test_an_objection_at_the_counter_keeps_who_recorded_it(yard: Yard) -> None:
    roll = frozen(yard)

    made = objecting.object_for(
        actor=yard.cast.grid_worker, roll_id=roll.pk, name="老张", kind="missing", text="没有我家", channel="visit", now=NOW
    )

    assert (made.name, made.channel, made.recorder_name, made.account_id) == ("老张", "visit", yard.cast.grid_worker.name, None)


def test_nobody_answers_their_own_objection_nor_without_a_reason(yard: Yard) -> None:
    roll = frozen(yard)
    own = objecting.object_to(actor=yard.cast.community_head, roll_id=roll.pk, kind="other", text="我也有意见", now=NOW)

    with refused(Refused, "own_objection"):
        objecting.answer(actor=yard.cast.community_head, objection_id=own.pk, accepted=True, text="是的", now=NOW)
    with pytest.raises(Invalid):
        objecting.answer(actor=yard.cast.community_worker, objection_id=own.pk, accepted=True, text="", now=NOW)
    with pytest.raises(NotAllowed):
        objecting.answer(actor=yard.cast.resident, objection_id=own.pk, accepted=True, text="是的", now=NOW)


def test_an_objection_can_be_taken_back_by_who_made_it(yard: Yard) -> None:
    roll = frozen(yard)
    owner = owner_with_account(roll)
    made = objecting.object_to(actor=owner, roll_id=roll.pk, kind="area", text="看错了", now=NOW)

    with pytest.raises(NotFound):
        objecting.withdraw(actor=yard.cast.resident, objection_id=made.pk, now=NOW)
    assert objecting.withdraw(actor=owner, objection_id=made.pk, now=NOW).state == "withdrawn"
    assert objecting.withdraw(actor=owner, objection_id=made.pk, now=NOW).state == "withdrawn"


# --- queries ---------------------------------------------------------------------------------------------
def test_the_reader_sees_their_own_entry_and_whether_another_must_vote(yard: Yard) -> None:
    a, b = person_called("王一"), person_called("李二")
    yard.home("101", a, b)
    yard.home("102", a)
    roll = drawn(yard)
    key = roll.voters.get(seq=1).key
    mending.name_representative(actor=yard.cast.community_worker, roll_id=roll.pk, key=key, person=b, now=NOW)
    roll = freezing.freeze(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW)
    first, second = (actor_of(with_account(who, f"u{who.pk}"), now=NOW) for who in (a, b))

    assert [(m.role, m.votes, m.other, [u.door for u in m.units]) for m in queries.mine(first, roll)] == [
        ("co_owner", False, "李二", ["6 栋 1 单元 101"]),
        ("owner", True, "", ["6 栋 1 单元 102"]),
    ]
    assert [(m.role, m.votes) for m in queries.mine(second, roll)] == [("co_owner", True)]
    assert queries.mine(yard.cast.resident, roll) == []
    assert [v.seq for v in queries.voters_cast_by(roll, a.pk)] == [2]


def test_voters_are_found_by_door_name_and_number(yard: Yard) -> None:
    roll = frozen(yard)

    assert [[r.voter.name for r in queries.find_voters(roll, text)] for text in ("102", "6 栋 101", "王", "#2", "李二", "")] == [
        ["李二"], ["王一"], ["王一"], ["李二"], ["李二"], [],
    ]  # fmt: skip


def test_a_roll_is_read_by_building_in_pages(yard: Yard) -> None:
    other = door(yard.cast.here.buildings[0], "9")
    owned(other, person_called("赵三"))
    for n in range(5):
        yard.home(f"20{n}", person_called(f"人{n}"))
    roll = drawn(yard, place=yard.cast.here.compound)

    rows = queries.buildings(roll)
    page, more = queries.voter_page(roll, building=yard.building.pk, everywhere=False, limit=3)
    rest, end = queries.voter_page(roll, building=yard.building.pk, everywhere=False, after=more, limit=3)

    by_name = {b.name: (b.voters, b.units, b.area) for b in rows}
    assert by_name["芳草苑 6 栋"] == (5, 5, 5 * 8937)
    assert [r.voter.name for r in (*page, *rest)] == [f"人{n}" for n in range(5)]
    assert end == 0


def test_the_case_speaks_the_words_of_the_counting_core(yard: Yard) -> None:
    a, b = person_called("王一"), person_called("李二")
    yard.home("101", a, b)
    empty = yard.home("102")
    yard.home("P1", a, area=1200, use="parking", register_code="川001")
    roll = drawn(yard, policy={"developer": "开发公司"})
    roll = mending.mark_state(actor=HOUSE, roll_id=roll.pk, home_id=empty.place_id, state="undelivered", reason="未交付", now=NOW)

    case = queries.case_of(roll, profile="owners.civil_code.ordinary", ballots=[{"owner": "V1", "choice": "agree"}])

    assert [(u["area"], u["owner"], u["kind"], u["state"], u.get("co_owners")) for u in case["units"]] == [
        ("89.37", "V1", "home", "sold", ["V1.1", "V1.2"]),
        ("89.37", "V2", "home", "sold_not_delivered", None),
        ("12.00", "V3", "registered_parking", "sold", None),
    ]
    assert case["policies"] == {"parking": "count_area_if_registered"}
    members = draft.draw_up(actor=HOUSE, place=yard.building, kind="members", record_date=TODAY, now=NOW)
    mending.enter(actor=HOUSE, roll_id=members.pk, person=a, now=NOW)
    assert queries.case_of(members, profile="committee.guide_rules")["entitled"] == ["V1"]


def test_rolls_are_read_by_who_serves_the_place_and_drafts_by_nobody_else(yard: Yard) -> None:
    roll, cast = drawn(yard), yard.cast

    assert [r.pk for r in queries.rolls_in_reach(cast.street_officer)] == [roll.pk]
    assert queries.rolls_in_reach(cast.outside["community_worker"]) == []
    with pytest.raises(NotAllowed):
        queries.rolls_in_reach(cast.resident)
    with pytest.raises(NotFound):
        queries.roll_for_staff(cast.outside["street_officer"], roll.pk)
    with pytest.raises(NotFound):
        queries.public_roll(roll.pk)
    assert queries.public_rolls(cast.here.compound) == []


# --- at once ---------------------------------------------------------------------------------------------
def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, all let go together; what each came to."""
    ready, came = threading.Barrier(len(acts)), [None] * len(acts)

    def run(at: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait(10)
            came[at] = act()
        except Exception as problem:
            came[at] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at, act)) for at, act in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return came


@pytest.fixture
def town(transactional_db: None) -> Iterator[Yard]:
    yield Yard(build_cast())


def test_of_two_who_freeze_at_once_one_wins_and_there_is_one_notice(town: Yard) -> None:
    town.home("101", person_called("王一"))
    roll = drawn(town)

    came = at_once(*(lambda: freezing.freeze(actor=town.cast.community_worker, roll_id=roll.pk, now=NOW) for _ in range(2)))

    assert sorted(type(one).__name__ for one in came) == ["Refused", "Roll"]
    assert Notice.objects.filter(facts__has_key="roll").count() == 1
    assert list(verify_rolls()) == []


def test_a_mend_and_a_freeze_at_once_leave_a_roll_that_verifies(town: Yard) -> None:
    home = town.home("101", person_called("王一"))
    roll = drawn(town)

    came = at_once(
        lambda: freezing.freeze(actor=town.cast.community_worker, roll_id=roll.pk, now=NOW),
        lambda: mending.enter_area(
            actor=town.cast.community_worker, roll_id=roll.pk, home_id=home.place_id, area=9000, source="contract", reason="x", now=NOW
        ),
    )

    roll.refresh_from_db()
    assert roll.state == "frozen"
    assert not isinstance(came[0], Exception)
    assert (roll.area, Decision.objects.count()) in ([(9000, 1)] if isinstance(came[1], Roll) else [(8937, 0)])
    assert list(verify_rolls()) == []


def test_of_two_answers_at_once_one_is_told(town: Yard) -> None:
    town.home("101", person_called("王一"))
    roll = freezing.freeze(actor=town.cast.community_worker, roll_id=drawn(town).pk, now=NOW)
    made = objecting.object_for(actor=town.cast.grid_worker, roll_id=roll.pk, name="王一", kind="area", text="不对", now=NOW)

    came = at_once(
        *(
            lambda accepted=accepted: objecting.answer(  # type: ignore[misc]
                actor=town.cast.community_head, objection_id=made.pk, accepted=accepted, text="查过", now=NOW
            )
            for accepted in (True, False)
        )
    )

    assert sorted(type(one).__name__ for one in came) == ["Refused", "RollObjection"]


def test_problems_of_a_frozen_roll_are_kept_for_the_reader(yard: Yard) -> None:
    yard.home("101", person_called("王一"), person_called("李二"))
    roll = freezing.freeze(actor=yard.cast.community_worker, roll_id=drawn(yard).pk, now=NOW)

    assert "共有人还没有推选代表：1 处。" in roll.notice.body
    assert RollProblem.objects.filter(roll=roll, level="warn").count() == 1
    assert RollObjection.objects.count() == 0


def test_rolls_are_verified_from_the_terminal(yard: Yard) -> None:
    roll = frozen(yard)

    def run(*words: str) -> Any:
        return CliRunner().invoke(verify, ["roll", *words])

    honest, unknown = run(), run("999999")
    assert (honest.exit_code, honest.output) == (0, "全部一致：1 份名册。\n")
    assert (unknown.exit_code, "999999" in unknown.output) == (1, True)
    guard.remove()
    try:
        VotingUnit.objects.filter(roll=roll).update(area=1)
        told = run(str(roll.pk))
    finally:
        guard.install()
    assert told.exit_code == 1
    assert f"{roll.pk} #1  [edited]" in told.output


def test_the_check_of_the_house_names_a_missing_trigger(yard: Yard) -> None:
    assert list(checks.guarded()) == []
    guard.remove()
    try:
        assert len(list(checks.guarded())) == 11
    finally:
        guard.install()
    frozen(yard)
    assert [*checks.noticed(), *checks.replaced()] == []
