"""After the result: every notice in the official pattern, suspension, challenge within the year, annulment, evidence kept that long."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.models import Event
from linli.kernel.matters.models import Matter
from linli.kernel.notices.models import Notice
from linli.kernel.people.actions import erase_person
from linli.kernel.people.models import Ownership
from linli.loops.council.motions.actions import carrying, contesting, deciding, keeping, preparing
from linli.loops.council.motions.contesting import held, kept_until, last_day_to_challenge
from linli.loops.council.motions.models import Challenge, Decision, Evidence, Suspension
from tests.council.factories import Council, announced, carrying_out, cast, counted, opened, posted, scheduled
from tests.factories import DAY, HOUSE, NOW
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]
LATER = NOW + 9 * DAY


def forms(matter: Matter) -> list[str]:
    return list(Notice.objects.filter(facts__ref=matter.ref).order_by("pk").values_list("form", flat=True))


def last(matter: Matter, form: str) -> Notice:
    return Notice.objects.filter(facts__ref=matter.ref, form=form).latest("pk")


def decision(matter: Matter) -> Decision:
    return Decision.objects.filter(motion_id=matter.pk).latest("pk")


def suspended(council: Council, matter: Matter, **more: Any) -> Matter:
    terms: dict[str, Any] = {
        "text": "法院裁定先停工。",
        "ground": "court",
        "rule": "（2026）川0107民初1号裁定",
        "review_on": (LATER + 30 * DAY).date(),
    }
    return contesting.suspend(actor=council.head, matter_id=matter.pk, **{"now": LATER, **terms, **more})


def challenged(council: Council, matter: Matter, **more: Any) -> Challenge:
    terms: dict[str, Any] = {
        "text": "没有收到通知，请求撤销。", "forum": "court", "who": "一名业主", "known_on": (NOW + 5 * DAY).date(), "filed_on": LATER.date(),
        "case_number": "（2026）川0107民初1号",
    }  # fmt: skip
    return contesting.challenge(actor=council.head, matter_id=matter.pk, **{"now": LATER, **terms, **more})


# --- notices ------------------------------------------------------------------------------------------------
def test_a_motion_puts_up_a_notice_at_every_turn_of_its_road(council: Council) -> None:
    matter = carrying_out(council)
    carrying.progress(actor=council.head, matter_id=matter.pk, now=LATER, text="材料到了，13800138001 王师傅负责。")
    assert forms(matter) == ["decision", "result", "resolution", "progress"]
    assert "13800138001" not in last(matter, "progress").body


def test_a_ballots_notice_says_who_decides_by_which_text_and_until_when_to_object(council: Council) -> None:
    ballot = announced(council)
    notice = last(ballot.motion.matter, "ballot")

    assert notice.paper["heading"] == "关于“1 栋加装电梯”表决的公告"
    assert notice.paper["to"] == "全体业主"
    assert ["最早哪天决定", "2026 年 6 月 26 日周五 00:00"] in notice.paper["facts"]
    assert notice.paper["days"] == {
        "trigger": "2026-06-10",
        "first_day": "2026-06-11",
        "last_day_plain": "2026-06-25",
        "last_day": "2026-06-25",
    }
    assert "2026年6月25日24时以前" in notice.paper["object_to"]
    assert ballot.announcement is not None
    assert notice.until_at == ballot.announcement.decidable_at


def test_a_draft_is_published_for_opinions_without_freezing_anything(council: Council) -> None:
    matter = scheduled(council)
    with pytest.raises(Invalid):
        preparing.publish_draft(actor=council.head, matter_id=matter.pk, now=NOW, days=0)
    preparing.publish_draft(actor=council.worker, matter_id=matter.pk, now=NOW, days=7, text="图纸在居委会。")
    matter.refresh_from_db()

    notice = last(matter, "draft")
    assert (matter.state, notice.paper["days"]["last_day"]) == ("scheduled", "2026-06-17")
    assert "加装一部电梯" in notice.body
    assert "图纸在居委会。" in notice.body


def test_a_notice_taken_back_leaves_board_and_screen_and_says_so(council: Council) -> None:
    matter = scheduled(council, road="four_steps")
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    preparing.take_back_notice(actor=council.head, matter_id=matter.pk, now=NOW + DAY, text="图纸有误")

    assert last(matter, "decision").until_at == NOW + DAY
    assert "图纸有误" in last(matter, "withdrawal").body


def test_a_committee_gives_notice_though_it_may_not_publish_anything_else(council: Council) -> None:
    member = council.cast.inside["committee_member"]
    matter = scheduled(council, road="four_steps")
    assert preparing.give_notice(actor=member, matter_id=matter.pk, now=NOW).state == "noticed"


def test_a_resolution_names_its_number_and_the_year_to_challenge_it(council: Council) -> None:
    matter = carrying_out(council)
    notice = last(matter, "resolution")
    assert notice.paper["number"] == f"决议 2026-{matter.ref} 号"
    assert "民法典第二百八十条" in notice.body


def test_a_place_that_asks_for_a_longer_posting_gets_it(council: Council) -> None:
    ballot = opened(council, jurisdiction="CN-44")
    for who in range(8):
        cast(council, ballot, who)
    counted(council, ballot)
    at_home = decision(ballot.motion.matter)
    assert at_home.post_days == 0

    from linli.law import voting

    assert voting.place("CN-44-QY").days("result_posting_days") == 15


# --- suspension -----------------------------------------------------------------------------------------------
def test_a_suspended_decision_stands_still_and_goes_on_where_it_was(council: Council) -> None:
    matter = carrying_out(council)
    task = carrying.add_task(
        actor=council.head,
        matter_id=matter.pk,
        now=LATER,
        text="装灯",
        unit=council.cast.here.units["property"],
        due_on=(LATER + 10 * DAY).date(),
    )
    due = task.order.due_at
    suspended(council, matter)
    matter.refresh_from_db()
    assert (matter.state, matter.stage, matter.is_open) == ("suspended", 6, True)
    with pytest.raises(Refused):
        carrying.finish_task(actor=council.head, matter_id=matter.pk, task=1, now=LATER, text="装了")
    assert "暂缓执行" in last(matter, "suspension").paper["heading"]

    contesting.resume(actor=council.head, matter_id=matter.pk, now=LATER + 4 * DAY, text="裁定撤销了。")
    matter.refresh_from_db()
    task.order.refresh_from_db()
    assert matter.state == "carrying"
    assert due is not None
    assert task.order.due_at == due + 4 * DAY
    found = Suspension.objects.get()
    assert (found.until_at, found.why_ended) == (LATER + 4 * DAY, "裁定撤销了。")
    assert forms(matter)[-2:] == ["suspension", "resumption"]
    assert last(matter, "suspension").until_at == LATER + 4 * DAY


def test_a_posted_result_does_not_come_to_hold_while_it_is_suspended(council: Council) -> None:
    matter = posted(council)
    suspended(council, matter, now=NOW + 5 * DAY, ground="objection", text="正在核实名册。")
    assert deciding.confirm_due(NOW + 30 * DAY) == 0
    contesting.resume(actor=council.head, matter_id=matter.pk, now=NOW + 31 * DAY, text="名册无误。")
    assert deciding.confirm_due(NOW + 31 * DAY) == 1


@pytest.mark.parametrize("wrong", [{"ground": "mood"}, {"review_on": None}, {"review_on": LATER.date()}, {"rule": ""}, {"text": ""}])
def test_a_suspension_without_ground_rule_or_day_is_sent_back(council: Council, wrong: dict[str, Any]) -> None:
    matter = carrying_out(council)
    with pytest.raises(Invalid):
        suspended(council, matter, **wrong)
    assert not Suspension.objects.exists()


def test_nothing_is_suspended_twice_or_by_a_neighbour(council: Council) -> None:
    matter = carrying_out(council)
    with pytest.raises(NotAllowed):
        contesting.suspend(
            actor=council.residents[3],
            matter_id=matter.pk,
            now=LATER,
            text="停",
            ground="error",
            rule="规约",
            review_on=(LATER + DAY).date(),
        )
    suspended(council, matter)
    with pytest.raises(Refused):
        suspended(council, matter)


# --- challenge and annulment --------------------------------------------------------------------------------------
def test_the_year_runs_from_knowledge_and_ends_on_a_working_day() -> None:
    assert last_day_to_challenge(date(2025, 6, 10)) == date(2026, 6, 10)
    assert last_day_to_challenge(date(2025, 10, 3)) == date(2026, 10, 8)  # inside a holiday


def test_a_challenge_in_time_and_one_too_late_are_both_recorded(council: Council) -> None:
    matter = carrying_out(council)
    in_time = challenged(council, matter)
    late = challenged(council, matter, now=NOW + 800 * DAY, filed_on=(NOW + 800 * DAY).date())

    assert (in_time.in_time, in_time.last_day) == (True, date(2027, 6, 15))
    assert not late.in_time
    with time_machine.travel(NOW + 800 * DAY, tick=False):
        page = reader().get(f"/motions/{matter.ref}/").content.decode()
    assert "一名业主向人民法院请求撤销" in page
    assert "提出时一年已经过了" in page


@pytest.mark.parametrize(
    "wrong", [{"forum": "friends"}, {"who": ""}, {"known_on": None}, {"filed_on": (LATER + DAY).date()}, {"filed_on": NOW.date()}, {"known_on": NOW.date() - timedelta(1)}]
)  # fmt: skip
def test_days_that_cannot_be_are_sent_back(council: Council, wrong: dict[str, Any]) -> None:
    matter = carrying_out(council)
    with pytest.raises(Invalid):
        challenged(council, matter, **wrong)


def test_a_dismissed_challenge_changes_nothing_and_ends_once(council: Council) -> None:
    matter = carrying_out(council)
    found = challenged(council, matter)
    end = {"actor": council.head, "challenge_id": found.pk, "now": LATER + DAY, "text": "驳回请求。"}
    with pytest.raises(NotFound):
        contesting.end_challenge(**{**end, "challenge_id": 0}, outcome="dismissed")
    contesting.end_challenge(**end, outcome="dismissed")
    with pytest.raises(Refused) as twice:
        contesting.end_challenge(**end, outcome="annulled")
    matter.refresh_from_db()
    assert (twice.value.code, matter.state) == ("challenge_ended", "carrying")


def test_a_court_that_annuls_stops_the_work_and_the_board_says_so(council: Council) -> None:
    matter = carrying_out(council)
    found = challenged(council, matter)
    end: dict[str, Any] = {"challenge_id": found.pk, "now": LATER + DAY, "text": "判决撤销。", "outcome": "annulled"}
    with pytest.raises(NotAllowed):
        contesting.end_challenge(actor=council.head, **end)
    found.refresh_from_db()
    assert found.outcome == ""  # all of it, or nothing

    contesting.end_challenge(actor=council.cast.street_officer, **end)
    matter.refresh_from_db()
    assert (matter.state, matter.is_open, matter.motion.archive_number) == ("annulled", False, f"2026-{matter.ref}")
    assert "川0107民初1号" in str(last(matter, "annulment").paper["facts"])
    assert last(matter, "resolution").until_at == LATER + DAY
    assert decision(matter).annulled_at == LATER + DAY


def test_a_motion_that_failed_has_an_archive_number_too(council: Council) -> None:
    matter = posted(council, passed=False)
    deciding.confirm(actor=council.head, matter_id=matter.pk, now=NOW + 8 * DAY)
    assert Matter.objects.get(pk=matter.pk).motion.archive_number == f"2026-{matter.ref}"


# --- evidence -----------------------------------------------------------------------------------------------------
def voted_on(council: Council) -> Matter:
    ballot = opened(council)
    for who in range(30):
        cast(council, ballot, who)
    counted(council, ballot)
    matter = ballot.motion.matter
    from linli.loops.council.ballots.actions.publishing import build_due

    when = ballot.closes_at + 10 * DAY
    assert keeping.fix_due(when) == 0  # not final yet
    assert deciding.confirm_due(when) == 1
    assert keeping.fix_due(when) == 0  # the bundle is not made yet
    assert build_due(when) == 1
    return Matter.objects.get(pk=matter.pk)


def test_the_evidence_is_fixed_with_a_hash_for_every_part(council: Council) -> None:
    matter = voted_on(council)
    when = NOW + 60 * DAY
    assert keeping.fix_due(when) == 1
    assert keeping.fix_due(when) == 0
    found = Evidence.objects.get(decision__motion_id=matter.pk)
    content, _decision = keeping.take_evidence(actor=council.head, decision_id=found.pk, now=when)

    assert found.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    with zipfile.ZipFile(io.BytesIO(content)) as opened_file:
        names = opened_file.namelist()
        listed = json.loads(opened_file.read("contents.json"))
        for part in listed:
            assert hashlib.sha256(opened_file.read(part["name"])).hexdigest() == part["sha256"]
        bundle = next(n for n in names if n.endswith("bundle.json"))
        assert json.loads(opened_file.read(bundle))["fingerprint"]
    assert {"decision.json", "timeline.json", "notices.json", "verify_bundle.py"} <= set(names)
    assert any(n.endswith("deliveries.csv") for n in names)
    assert b"PK" not in bytes(Evidence.objects.get(pk=found.pk).kept.blob)[:40]  # sealed
    assert Event.objects.filter(kind="evidence_taken").count() == 1


def test_taking_the_evidence_is_for_those_of_the_place(council: Council) -> None:
    matter = carrying_out(council)
    for actor in (council.residents[0], council.worker, council.cast.outside["community_head"]):
        with pytest.raises(NotAllowed):
            keeping.take_evidence(actor=actor, decision_id=decision(matter).pk, now=LATER)
    with pytest.raises(NotFound):
        keeping.take_evidence(actor=council.head, decision_id=0, now=LATER)


def test_the_evidence_stays_a_year_and_a_year_beyond_every_challenge(council: Council) -> None:
    matter = carrying_out(council)
    one = decision(matter)
    keeping.fix_due(LATER)
    first = kept_until(one.posted_at, [])
    assert first == date(2027, 6, 14)
    assert keeping.let_go_due(NOW + 369 * DAY) == 0

    found = challenged(council, matter)
    assert kept_until(one.posted_at, list(Challenge.objects.all())) is None
    assert keeping.fix_due(LATER + DAY) == 1  # the challenge stands in it now
    assert keeping.let_go_due(NOW + 900 * DAY) == 0
    contesting.end_challenge(actor=council.head, challenge_id=found.pk, now=NOW + 900 * DAY, outcome="withdrawn", text="撤诉")
    assert held([matter.pk], NOW + 901 * DAY) == {matter.pk}
    keeping.fix_due(NOW + 901 * DAY)
    assert keeping.let_go_due(NOW + 1300 * DAY) == 1
    with pytest.raises(Refused) as gone:
        keeping.take_evidence(actor=council.head, decision_id=one.pk, now=NOW + 1300 * DAY)
    assert gone.value.code == "let_go"
    kept = Evidence.objects.get()
    assert kept.digest.startswith("sha256:")
    assert not kept.kept


def test_notes_of_an_erased_person_stay_while_the_decision_can_be_challenged(council: Council) -> None:
    from linli.kernel.rolls.models import Voter
    from linli.loops.council.ballots.actions import delivering
    from linli.loops.council.ballots.actions.forgetting import forget_notes
    from linli.loops.council.ballots.models import Delivery

    ballot = opened(council)
    seq = Voter.objects.get(roll=ballot.roll, person=council.owners[20]).seq
    delivering.record_delivery(
        actor=council.worker, ballot_id=ballot.pk, seq=seq, how="door", outcome="unreachable", note="邻居说搬走了", now=ballot.opens_at
    )
    cast(council, ballot, 1)
    counted(council, ballot)
    after = ballot.closes_at + 10 * DAY
    deciding.confirm_due(after)
    Ownership.objects.filter(person=council.owners[20]).update(until_on=after.date())  # they sold
    erase_person(actor=HOUSE, person=council.owners[20], reason="本人要求", now=after)

    assert Delivery.objects.get().note == "邻居说搬走了"
    assert forget_notes(after + DAY) == 0
    assert forget_notes(after + 400 * DAY) == 1
    assert Delivery.objects.get().note == ""


# --- at the Desk -----------------------------------------------------------------------------------------------------
def test_the_desk_suspends_challenges_and_hands_out_the_evidence(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    matter = carrying_out(council)
    with time_machine.travel(LATER, tick=False):
        client = reader(council.head)
        shown = client.get(f"/desk/motions/{matter.ref}/").content.decode()
        assert "证据至少保存到 2027年6月14日" in shown
        version = Matter.objects.get(pk=matter.pk).version
        sent = {
            "version": version,
            "forum": "court",
            "who": "一名业主",
            "known_on": "2026-06-15",
            "filed_on": "2026-06-19",
            "text": "请求撤销",
        }
        assert client.post(f"/desk/motions/{matter.ref}/challenge/", sent).status_code == 302
        version = Matter.objects.get(pk=matter.pk).version
        sent = {"version": version, "ground": "court", "rule": "裁定", "text": "停工", "review_on": ""}
        wrong = client.post(f"/desk/motions/{matter.ref}/suspend/", sent)
        assert wrong.status_code == 422
        assert "停工" in wrong.content.decode()
        assert client.post(f"/desk/motions/{matter.ref}/suspend/", {**sent, "review_on": "2026-07-20"}).status_code == 302
        shown = client.get(f"/desk/motions/{matter.ref}/").content.decode()
        assert "撤销请求还没有结果" in shown
        assert "恢复执行" in shown
        answer = client.get(f"/desk/motions/{matter.ref}/evidence/{decision(matter).pk}/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
