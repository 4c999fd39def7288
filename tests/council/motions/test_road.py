"""The motion's road from the first idea to accepted work: what each step needs, refuses, tells and records."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, Refused
from linli.kernel.matters.models import Clock, Link, Matter, WorkOrder
from linli.kernel.matters.opening import open_from
from linli.kernel.matters.verify import verify_timelines
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.actions import register_person
from linli.loops.council.motions.actions import carrying, contesting, deciding, holding, preparing, raising, screening, seconding
from linli.loops.council.motions.figures import figures_of
from linli.loops.council.motions.models import Announcement, Case, Decision, Motion, Second, Task, Text
from linli.loops.council.motions.queries import Wanted, case_page, compared, ladder, motion_page, twins_of
from linli.loops.council.motions.whole import whole_motion
from tests.council.factories import (
    OPTIONS,
    Council,
    banked,
    carrying_out,
    delivered,
    drafted,
    posted,
    scheduled,
    seconded,
    submitted,
)
from tests.factories import DAY, HOUSE, NOW, raised


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


# --- raising and seconding -----------------------------------------------------------------------------
def test_a_draft_is_its_writers_until_it_is_submitted(council: Council) -> None:
    matter = drafted(council)

    assert matter.state == "draft"
    assert motion_page(council.residents[1], Wanted(), NOW).rows == []
    assert [r.matter.pk for r in motion_page(council.residents[0], Wanted(), NOW).rows] == [matter.pk]


def test_submitting_fixes_how_many_homes_must_second_and_counts_the_raisers_own(council: Council) -> None:
    matter = submitted(council)
    motion = Motion.objects.get(pk=matter.pk)

    assert matter.state == "seconding"
    assert (motion.home_count, motion.seconds_needed, motion.second_count) == (40, 2, 1)
    assert Clock.objects.get(matter=matter, subject="second").due_at == NOW + 30 * DAY


def test_enough_seconders_open_the_screening_and_everybody_is_told(council: Council) -> None:
    matter = seconded(council)

    assert matter.state == "screening"
    assert WorkOrder.objects.get(matter=matter, state="open").task == "screen"
    assert Message.objects.filter(about=matter.ref, account_id=council.residents[0].account_id).exists()


def test_a_home_seconds_once_whoever_of_it_does(council: Council) -> None:
    matter = submitted(council, place=council.cast.here.community, tier="community", road="residents_assembly")
    seconding.second(actor=council.residents[1], matter_id=matter.pk, now=NOW)
    wife, _new = register_person(actor=HOUSE, name="同住人", phone="13777777777", now=NOW, home_place=council.homes[1])

    with pytest.raises(Refused) as again:
        seconding.second(actor=council.residents[1], matter_id=matter.pk, now=NOW)
    with pytest.raises(Refused) as same_home:
        seconding.second_for(actor=council.worker, matter_id=matter.pk, person=wife, channel="counter", now=NOW)

    assert code_of(again) == code_of(same_home) == "home_already"


def test_a_stranger_does_not_second_and_is_told_where_to_turn(council: Council) -> None:
    matter = submitted(council)

    with pytest.raises(Refused) as refused:
        seconding.second(actor=council.cast.neighbour, matter_id=matter.pk, now=NOW)

    assert code_of(refused) == "no_home_here"
    assert refused.value.turn_to


def test_seconding_on_paper_is_recorded_with_its_door_and_recorder(council: Council) -> None:
    matter = submitted(council)
    seconding.second_for(actor=council.worker, matter_id=matter.pk, person=council.owners[30], channel="paper", now=NOW)

    row = Second.objects.get(motion_id=matter.pk, home=council.homes[30])
    assert (row.channel, row.recorded_by_id) == ("paper", council.worker.account_id)


def test_taking_back_a_seconding_twice_changes_nothing_more(council: Council) -> None:
    matter = submitted(council, place=council.cast.here.community, tier="community", road="residents_assembly")
    for _again in range(2):
        seconding.unsecond(actor=council.residents[0], matter_id=matter.pk, now=NOW)

    assert Motion.objects.get(pk=matter.pk).second_count == 0


def test_too_few_seconders_in_time_end_the_search_and_say_how_many_were_missing(council: Council) -> None:
    matter = submitted(council)

    assert seconding.lapse_due(NOW + 29 * DAY) == 0
    assert seconding.lapse_due(NOW + 31 * DAY) == 1
    assert seconding.lapse_due(NOW + 31 * DAY) == 0
    matter.refresh_from_db()
    assert (matter.state, matter.is_open) == ("lapsed", False)
    assert "还差 1 户" in Message.objects.filter(about=matter.ref).latest("pk").body


def test_adoption_takes_it_up_without_seconders_with_a_public_reason(council: Council) -> None:
    matter = submitted(council)

    with pytest.raises(Invalid):
        seconding.adopt(actor=council.head, matter_id=matter.pk, now=NOW, text="")
    with pytest.raises(NotAllowed):
        seconding.adopt(actor=council.residents[2], matter_id=matter.pk, now=NOW, text="我要")
    assert seconding.adopt(actor=council.head, matter_id=matter.pk, now=NOW, text="三次接到同样诉求").state == "screening"


def test_a_request_that_keeps_coming_back_becomes_a_motion_and_both_say_so(council: Council) -> None:
    request = raised(council.cast, place=council.homes[0], actor=council.residents[0])

    motion = open_from(actor=council.head, kind="motion", parent=request, title=request.title, body=request.body, now=NOW)

    assert motion.kind == "motion"
    assert motion.place == council.compound
    assert Motion.objects.get(pk=motion.pk).origin == "request"
    assert Link.objects.get(source=motion).target == request


# --- texts --------------------------------------------------------------------------------------------
def test_each_version_of_the_text_is_kept_and_shows_what_changed(council: Council) -> None:
    matter = scheduled(council)
    raising.amend(
        actor=council.head, matter_id=matter.pk, now=NOW, title="1 栋加装电梯", body="楼里老人多。建议加装两部电梯。", options=OPTIONS
    )

    first, second = Text.objects.filter(motion_id=matter.pk)
    assert first.digest != second.digest
    assert {p.text for p in compared(first.body, second.body) if p.kind == "new"} >= {"两"}


def test_the_same_text_again_is_no_new_version(council: Council) -> None:
    matter = drafted(council)
    with pytest.raises(Refused) as refused:
        raising.amend(actor=council.residents[0], matter_id=matter.pk, now=NOW, title=matter.title, body=matter.body, options=OPTIONS)
    assert code_of(refused) == "nothing_changed"


def test_words_neighbours_have_seconded_stand_still_while_they_second(council: Council) -> None:
    matter = submitted(council)
    with pytest.raises(Refused) as refused:
        raising.amend(actor=council.residents[0], matter_id=matter.pk, now=NOW, title="换个标题", body="换个内容", options=[])
    assert code_of(refused) == "wrong_state"


@pytest.mark.parametrize(
    "options",
    [
        [{"title": ""}],
        [{"title": "一", "cost_fen": -1}],
        [{"title": "一", "cost_fen": 1.5}],
        [{"title": "长" * 81}],
        [{"title": str(i)} for i in range(13)],
    ],
)
def test_options_that_cannot_be_used_are_named(council: Council, options: list[dict[str, Any]]) -> None:
    with pytest.raises(Invalid) as invalid:
        drafted(council, options=options)
    assert "options" in invalid.value.fields
    assert Matter.objects.filter(kind="motion").count() == 0


# --- screening --------------------------------------------------------------------------------------------
def test_twins_are_found_and_merged_with_their_seconders_each_home_once(council: Council) -> None:
    first = seconded(council)
    twin = submitted(council, who=3, title="1 栋想加装电梯", body="老人上下楼难，请加装电梯")
    assert twins_of(first, NOW)[0].matter.pk == twin.pk

    screening.merge_twin(actor=council.head, source_id=twin.pk, target_id=first.pk, now=NOW)

    motion = Motion.objects.get(pk=first.pk)
    assert set(Second.objects.filter(motion=motion).values_list("home", flat=True)) == {council.homes[i].pk for i in (0, 1, 3)}
    assert motion.second_count == 3
    screening.unmerge_twin(actor=council.head, source_id=twin.pk, now=NOW)
    assert Motion.objects.get(pk=first.pk).second_count == 2
    assert Matter.objects.get(pk=twin.pk).state == "seconding"
    assert list(verify_timelines()) == []


def test_declining_needs_a_reason_and_a_way_on(council: Council) -> None:
    matter = seconded(council)
    with pytest.raises(Invalid):
        screening.decline(actor=council.head, matter_id=matter.pk, now=NOW, text="不归我们", turn_to="")
    declined = screening.decline(actor=council.head, matter_id=matter.pk, now=NOW, text="属于规划许可", turn_to="区规划分局")
    assert not declined.is_open


def test_a_motion_goes_up_a_tier_and_its_tasks_with_it(council: Council) -> None:
    matter = banked(council)
    moved = screening.move_tier(actor=council.head, matter_id=matter.pk, now=NOW, tier="community", text="全社区的事")

    assert moved.place == council.cast.here.community
    assert Motion.objects.get(pk=matter.pk).tier == "community"
    with pytest.raises(Invalid):
        screening.move_tier(
            actor=council.head, matter_id=matter.pk, now=NOW, tier="building", text="下放", place_id=council.cast.there.buildings[0].pk
        )


def test_what_needs_no_decision_goes_on_as_a_request(council: Council) -> None:
    matter = seconded(council)
    request = screening.to_request(actor=council.head, matter_id=matter.pk, now=NOW, text="物业合同里有，直接办")

    assert request.kind == "request"
    assert WorkOrder.objects.filter(matter=request, state="open").exists()
    assert Matter.objects.get(pk=matter.pk).state == "turned"


# --- notice and decision ------------------------------------------------------------------------------
def test_a_ballot_cannot_be_announced_before_it_is_set_up(council: Council) -> None:
    matter = scheduled(council)
    with pytest.raises(Refused) as refused:
        preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    assert code_of(refused) == "missing"
    assert "ballot" in refused.value.details["missing"]


def test_nothing_is_decided_before_the_notice_has_stood_its_days(council: Council) -> None:
    matter = scheduled(council, road="four_steps")
    decide = {"actor": council.head, "matter_id": matter.pk, "passed": True, "text": "一致同意"}
    with pytest.raises(Refused) as unannounced:
        deciding.record_decision(now=NOW, **decide)
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    with pytest.raises(Refused) as early:
        deciding.record_decision(now=NOW + 5 * DAY, **decide)  # the third day is a Saturday: it ends on Monday (Civil Code 203)

    assert code_of(unannounced) == "not_announced"
    assert code_of(early) == "too_early"
    assert deciding.record_decision(now=NOW + 6 * DAY, **decide).state == "posted"


def test_changing_the_text_takes_the_notice_back_and_the_days_begin_anew(council: Council) -> None:
    matter = scheduled(council, road="four_steps")
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    raising.amend(actor=council.head, matter_id=matter.pk, now=NOW + 2 * DAY, title="改过的标题", body="改过的正文", options=[])
    matter.refresh_from_db()

    assert matter.state == "drafting"
    assert Announcement.objects.get(motion_id=matter.pk).taken_back_at is not None
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW + 2 * DAY)
    with pytest.raises(Refused) as early:
        deciding.record_decision(actor=council.head, matter_id=matter.pk, now=NOW + 5 * DAY, passed=True, text="同意")
    assert code_of(early) == "too_early"


def test_a_result_holds_only_after_its_posting_and_every_objection(council: Council) -> None:
    matter = posted(council)
    now = NOW + 4 * DAY
    objection = deciding.object_to(actor=council.residents[4], matter_id=matter.pk, now=now, text="没有通知到我")

    with pytest.raises(Refused) as still:
        deciding.confirm(actor=council.head, matter_id=matter.pk, now=now + DAY)
    assert deciding.confirm_due(now + 4 * DAY) == 0
    with pytest.raises(Refused) as objected:
        deciding.confirm(actor=council.head, matter_id=matter.pk, now=now + 4 * DAY)
    deciding.settle_objection(actor=council.head, objection_id=objection.pk, now=now + 4 * DAY, upheld=False, answer="送达单在此")
    with pytest.raises(Refused) as twice:
        deciding.settle_objection(actor=council.head, objection_id=objection.pk, now=now + 4 * DAY, upheld=True, answer="再答")

    assert [code_of(x) for x in (still, objected, twice)] == ["still_posted", "objections_open", "already_answered"]
    assert deciding.confirm_due(now + 4 * DAY) == 1
    matter.refresh_from_db()
    assert matter.state == "carrying"
    assert Decision.objects.get(motion_id=matter.pk).resolution_number == f"2026-{matter.ref}"


def test_a_decision_by_ballot_is_never_entered_by_hand(council: Council) -> None:
    matter = scheduled(council)
    with pytest.raises(Refused) as refused:
        deciding.record_decision(actor=council.head, matter_id=matter.pk, now=NOW, passed=True, text="同意")
    assert code_of(refused) == "by_ballot_only"


def test_four_deliberations_go_from_body_to_body_and_skip_none(council: Council) -> None:
    matter = raising.draft_motion(
        actor=council.head, title="修活动室", place=council.cast.here.community, road="four_discuss_two_open", now=NOW, body="党支部提议"
    )
    raising.submit(actor=council.head, matter_id=matter.pk, now=NOW)
    screening.screen(actor=council.head, matter_id=matter.pk, now=NOW, power="residents")
    preparing.schedule(actor=council.head, matter_id=matter.pk, now=NOW, on=NOW.date())
    assert (
        deciding.record_decision(actor=council.head, matter_id=matter.pk, now=NOW, passed=True, text="两委 7 人到会 7 人同意").state
        == "scheduled"
    )
    assert deciding.record_decision(actor=council.head, matter_id=matter.pk, now=NOW, passed=True, text="党员大会同意").state == "scheduled"
    with pytest.raises(Refused) as refused:
        deciding.record_decision(actor=council.head, matter_id=matter.pk, now=NOW, passed=True, text="居民会议同意")

    assert code_of(refused) == "by_ballot_only"
    assert [d.body for d in Decision.objects.filter(motion_id=matter.pk)] == ["two_committees", "party_members"]


def test_what_a_body_refuses_has_failed_there(council: Council) -> None:
    matter = posted(council, passed=False)
    failed = deciding.confirm(actor=council.head, matter_id=matter.pk, now=NOW + 8 * DAY)
    assert (failed.state, failed.is_open) == ("failed", False)


def test_a_correction_is_public_and_posted_anew(council: Council) -> None:
    matter = posted(council)
    deciding.correct(actor=council.head, matter_id=matter.pk, now=NOW + 5 * DAY, passed=False, text="漏计两张反对票")

    first, second = Notice.objects.filter(form__in=("result", "correction")).order_by("pk")
    assert (first.form, first.until_at) == ("result", NOW + 5 * DAY)  # it leaves the board
    assert "此前公示为“通过”，现更正为“未通过”" in second.body
    with pytest.raises(Refused):
        deciding.confirm(actor=council.head, matter_id=matter.pk, now=NOW + 8 * DAY)
    assert deciding.confirm(actor=council.head, matter_id=matter.pk, now=NOW + 9 * DAY).state == "failed"


def test_only_the_street_annuls_and_names_the_rule(council: Council) -> None:
    matter = carrying_out(council)
    with pytest.raises(NotAllowed):
        contesting.annul(actor=council.head, matter_id=matter.pk, now=NOW + 9 * DAY, text="法院判决", rule="民法典 280")
    gone = contesting.annul(actor=council.cast.street_officer, matter_id=matter.pk, now=NOW + 9 * DAY, text="法院判决", rule="民法典 280")
    assert gone.state == "annulled"


# --- carrying out -------------------------------------------------------------------------------------
def test_a_late_task_is_warned_and_stays_marked_late(council: Council) -> None:
    from linli.kernel.matters.duties import warn

    matter = carrying_out(council)
    task = carrying.add_task(
        actor=council.head,
        matter_id=matter.pk,
        now=NOW + 9 * DAY,
        text="装好路灯",
        unit=council.cast.here.units["property"],
        due_on=(NOW + 12 * DAY).date(),
    )
    assert warn(NOW + 13 * DAY) >= 1
    assert Message.objects.filter(unit_id=task.unit_id, title__contains="已经超期").exists()
    carrying.finish_task(actor=council.head, matter_id=matter.pk, task=1, now=NOW + 14 * DAY, text="装好了")
    assert Task.objects.get(pk=task.pk).order.was_late
    assert not Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None).exists()


def test_work_is_delivered_only_when_tasks_are_done_and_somebody_watches(council: Council) -> None:
    matter = carrying_out(council)
    now = NOW + 9 * DAY
    with pytest.raises(Refused) as none:
        carrying.deliver(actor=council.head, matter_id=matter.pk, now=now, text="请验收")
    unit = council.cast.here.units["property"]
    carrying.add_task(actor=council.head, matter_id=matter.pk, now=now, text="装灯", unit=unit, due_on=(now + 5 * DAY).date())
    with pytest.raises(Refused) as open_task:
        carrying.deliver(actor=council.head, matter_id=matter.pk, now=now, text="请验收")
    carrying.finish_task(actor=council.head, matter_id=matter.pk, task=1, now=now, text="好了")
    with pytest.raises(Refused) as unwatched:
        carrying.deliver(actor=council.head, matter_id=matter.pk, now=now, text="请验收")
    assert [code_of(x) for x in (none, open_task, unwatched)] == ["no_tasks", "tasks_open", "no_supervisors"]


def test_supervisors_send_work_back_and_accept_it_in_the_next_round(council: Council) -> None:
    matter = delivered(council)
    now = NOW + 17 * DAY
    with pytest.raises(Refused):
        carrying.give_opinion(actor=council.residents[5], matter_id=matter.pk, now=now, accepts=True)
    with pytest.raises(Invalid):
        carrying.give_opinion(actor=council.residents[0], matter_id=matter.pk, now=now, accepts=False)
    carrying.give_opinion(actor=council.residents[0], matter_id=matter.pk, now=now, accepts=False, text="还暗着两盏")
    matter = carrying.give_opinion(
        actor=council.worker, matter_id=matter.pk, now=now, accepts=False, text="同上", person=council.owners[1], channel="phone"
    )
    assert matter.state == "carrying"
    carrying.deliver(actor=council.head, matter_id=matter.pk, now=now, text="换好了")
    for i in range(3):
        matter = carrying.give_opinion(actor=council.residents[i], matter_id=matter.pk, now=now, accepts=True)
    assert matter.state == "rating"


def test_satisfaction_closes_it_and_the_case_library_learns_without_numbers(council: Council) -> None:
    matter = delivered(council)
    now = NOW + 17 * DAY
    for i in range(3):
        carrying.give_opinion(actor=council.residents[i], matter_id=matter.pk, now=now, accepts=True)
    with pytest.raises(Refused) as silent:
        carrying.close(actor=council.head, matter_id=matter.pk, now=now)
    with pytest.raises(Refused) as stranger:
        carrying.rate(actor=council.residents[6], matter_id=matter.pk, now=now, satisfied=True)
    carrying.rate(actor=council.residents[0], matter_id=matter.pk, now=now, satisfied=True, comment="亮堂了")
    closed = carrying.close(actor=council.head, matter_id=matter.pk, now=now)
    case = carrying.publish_case(
        actor=council.head, matter_id=matter.pk, now=now, title="路灯", situation="打 13812345678 找人", done="装了六盏灯"
    )

    assert [code_of(x) for x in (silent, stranger)] == ["not_asked", "not_a_party"]
    assert closed.state == "closed"
    assert "13812345678" not in case.situation
    assert case_page(text="六盏灯") == [case] == list(Case.objects.all())
    assert case.figures["satisfied"] == 1
    assert not WorkOrder.objects.filter(matter=matter, state="open").exists()


# --- holding, reading, racing --------------------------------------------------------------------------
def test_a_block_is_public_and_the_motion_goes_on_where_it_stood(council: Council) -> None:
    matter = banked(council)
    held = holding.block(actor=council.head, matter_id=matter.pk, now=NOW, text="等规划意见", review_on=(NOW + 10 * DAY).date())
    assert (held.state, held.stage) == ("blocked", 3)
    assert holding.unblock(actor=council.head, matter_id=matter.pk, now=NOW + 9 * DAY, text="意见到了").state == "banked"


def test_neighbours_who_seconded_keep_it_from_being_taken_back(council: Council) -> None:
    matter = seconded(council)
    with pytest.raises(Refused) as refused:
        holding.withdraw(actor=council.residents[0], matter_id=matter.pk, now=NOW)
    assert code_of(refused) == "others_too"
    assert holding.withdraw(actor=council.head, matter_id=matter.pk, now=NOW, text="重复").state == "withdrawn"


def test_two_workers_screen_at_once_and_one_is_told(council: Council) -> None:
    matter = seconded(council)
    screening.screen(actor=council.head, matter_id=matter.pk, now=NOW, power="owners", seen=matter.version)
    with pytest.raises(Conflict):
        screening.screen(actor=council.worker, matter_id=matter.pk, now=NOW, power="property", seen=matter.version)


def test_a_ballot_opens_while_its_motion_is_still_talked_over(council: Council) -> None:
    """On a road whose notice comes before the meeting: talking changes no text, so the notice stands."""
    from linli.loops.council.ballots.actions import setting_up
    from tests.council.factories import announced, scheduled

    ballot = announced(council, matter=scheduled(council, road="owners_assembly_meeting"))
    assert preparing.deliberate(actor=council.head, matter_id=ballot.motion_id, now=NOW + DAY).state == "deliberating"
    with pytest.raises(Refused):
        setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=NOW + 5 * DAY)
    assert setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at).state == "open"
    assert Matter.objects.get(pk=ballot.motion_id).state == "balloting"


def test_what_is_over_or_short_is_counted_from_the_least_that_would_do() -> None:
    sums = {"total_area": "400.00", "total_owners": 40, "participating_area": "400.00", "participating_owners": 40}
    rows = figures_of({**sums, "agree_area": "200.00", "agree_owners": 21}, "owners.civil_code.ordinary")
    said = [(row.label, row.met, row.gap) for row in rows if row.label.startswith("同意")]
    assert said == [("同意（专有面积）", False, "还差 0.01 平方米"), ("同意（业主人数）", True, "正好")]


def test_the_page_of_a_motion_asks_a_bounded_number_of_queries(council: Council, django_assert_max_num_queries: Any) -> None:
    matter = delivered(council)
    with django_assert_max_num_queries(6):
        whole = whole_motion(council.residents[0], matter, NOW + 17 * DAY)
    assert "accept_work" in whole.may
    assert [s.state for s in whole.steps][:2] == ["done", "done"]


def test_the_share_on_each_rung_is_counted_from_motions_that_were_screened(council: Council) -> None:
    banked(council)
    banked(council, road="four_steps", title="修路灯", body="路灯暗")
    found = ladder(council.head, council.compound, NOW - DAY, NOW + DAY)
    assert (found.by_rung, found.total) == ({"deciding": 1, "together": 1}, 2)
