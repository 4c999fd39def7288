"""The minutes of a meeting hold the formal votes on its agenda: question, rule, exact figures, passed or not, and where they are found again."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Matter, Visibility
from linli.kernel.rolls.models import VotingUnit
from linli.kernel.rolls.wording import area_words
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.meetings import documents
from linli.loops.council.meetings.actions import attending, minuting, noticing, planning, registering, running
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Meeting
from linli.loops.council.meetings.queries import areas_present
from tests.council.factories import CLOSES, OPENS, Council, cast, council_again, counted, frozen_roll, opened, posted
from tests.factories import DAY, HOUR

EVENING = OPENS.replace(hour=19)


@pytest.fixture
def council(db: None) -> Council:
    return council_again()


def met(council: Council, *refs: str, starts: Any = EVENING) -> Meeting:
    """A meeting of the assembly with these on its agenda, held and ended."""
    plan = Plan(
        place=council.compound, body="owners_assembly", title="业主大会", starts_at=starts, venue="议事厅", chair_name="王", recorder_name="李",
        topics=[Topic("", ref=ref) for ref in refs],
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=council.worker, plan=plan, now=starts - 19 * DAY)
    act: dict[str, Any] = {"actor": council.worker, "meeting_id": meeting.pk}
    noticing.give_notice(**act, now=starts - 19 * DAY)
    running.open_meeting(**act, now=starts)
    running.end(**act, now=starts + HOUR)
    meeting.refresh_from_db()
    return meeting


def votes_of(meeting: Meeting) -> str:
    found = next((s for s in meeting.minutes.sections if s["key"] == "votes"), None)
    return found["text"] if found else ""


def voted(council: Council, yes: int = 24, no: int = 10) -> Ballot:
    ballot = opened(council)
    for who in range(yes + no):
        cast(council, ballot, who, "agree" if who < yes else "against")
    return ballot


def test_a_ballot_opened_by_the_meeting_is_in_its_minutes_and_its_result_is_taken_up_later(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    ballot = voted(council)
    meeting = met(council, ballot.motion.matter.ref)
    minuting.draft_minutes(actor=council.worker, meeting_id=meeting.pk, now=EVENING + DAY)
    keys = [s["key"].partition("-")[0] for s in meeting.minutes.sections]
    early = votes_of(meeting)

    assert keys == ["head", "attendance", "item", "votes", "tasks", "end"]
    for words in (
        f"议题 {ballot.motion.matter.ref}“1 栋加装电梯”的第 {ballot.pk} 号表决",
        "表决什么：1 栋加装电梯。同意、反对、弃权，记名。",
        "40 名业主",
        ballot.roll.hash[:24],
        "参加：专有部分面积达到 2/3",
        "《中华人民共和国民法典》第278条第2款",
        "还没有计票",
        ballot.frozen_hash[:24],
        f"/ballots/{ballot.pk}/",
    ):
        assert words in early

    corrected = {s["key"]: s["text"] + "（补充）" for s in meeting.minutes.sections if s["key"] == "head"}
    minuting.correct_minutes(actor=council.worker, meeting_id=meeting.pk, texts=corrected, now=EVENING + DAY)
    ballot = counted(council, ballot)
    clerk = Client()
    clerk.force_login(Account.objects.get(pk=council.worker.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    with time_machine.travel(CLOSES + HOUR, tick=False):
        hint = "有正式表决出了结果"
        assert hint in clerk.get(f"/desk/meetings/{meeting.pk}/minutes/").content.decode()
        assert clerk.post(f"/desk/meetings/{meeting.pk}/take-up-votes/", {"back": "minutes/", "once": "v1"}).status_code == 302
        assert clerk.post(f"/desk/meetings/{meeting.pk}/take-up-votes/", {"back": "minutes/", "once": "v1"}).status_code == 302
        after = clerk.get(f"/desk/meetings/{meeting.pk}/minutes/").content.decode()
        assert hint not in after
    meeting = Meeting.objects.get(pk=meeting.pk)
    late, law = votes_of(meeting), ballot.result["law"]

    assert meeting.minutes.sections[0]["text"].endswith("（补充）"), "what was corrected stays"
    assert "表决通过。" in late
    assert "还没有计票" not in late
    for name, heads in (("名册合计", 40), ("参加", 34), ("同意", 24), ("反对", 10)):
        area = {"名册合计": law["total"], "参加": law["participating"], "同意": law["agree"], "反对": law["against"]}[name]["area"]
        assert f"{name}：{heads} 人，{int(area.partition('.')[0]):,}.{area.partition('.')[2]} 平方米。" in late
    for row in law["explain"]:
        assert row["zh"] in late

    word = documents.as_file(meeting, meeting.minutes, meeting.minutes.sections, "docx")
    inside = zipfile.ZipFile(io.BytesIO(word.content)).read("word/document.xml").decode()
    assert "同意：24 人" in inside
    assert documents.as_file(meeting, meeting.minutes, meeting.minutes.sections, "pdf").content.startswith(b"%PDF")


def test_a_decision_taken_in_the_meeting_and_no_others_are_in_its_minutes(council: Council) -> None:
    matter = posted(council)
    decision = matter.motion.decisions.get()
    meeting = met(council, matter.ref, starts=decision.decided_at + HOUR)
    minuting.draft_minutes(actor=council.worker, meeting_id=meeting.pk, now=decision.decided_at + DAY)

    assert votes_of(meeting).splitlines()[1:3] == ["结果：通过。", "人数：到会 18 人。"]
    with translation.override("en"):
        minuting.take_up_votes(actor=council.worker, meeting_id=meeting.pk, now=decision.decided_at + DAY)
    assert votes_of(Meeting.objects.get(pk=meeting.pk)) == votes_of(meeting), "in the place's language whoever takes them up"

    later = met(council, matter.ref, starts=decision.decided_at + 9 * DAY)
    with translation.override("en"):
        minuting.draft_minutes(actor=council.worker, meeting_id=later.pk, now=decision.decided_at + 10 * DAY)
    assert votes_of(later) == "", "not of another day"

    Matter.objects.filter(pk=matter.pk).update(visibility=Visibility.PRIVATE)
    minuting.draft_minutes(actor=council.worker, meeting_id=meeting.pk, now=decision.decided_at + DAY, anew=True)
    assert votes_of(Meeting.objects.get(pk=meeting.pk)) == "", "nor of a motion that is not public"


def test_an_owners_assembly_shows_how_much_area_came_beside_what_the_law_asks(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    roll = frozen_roll(council)
    plan = Plan(
        place=council.compound, body="owners_assembly", title="业主大会", starts_at=EVENING, venue="议事厅", chair_name="王", recorder_name="李",
        topics=[Topic("电梯")],
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=council.worker, plan=plan, now=EVENING - 19 * DAY)
    act: dict[str, Any] = {"actor": council.worker, "meeting_id": meeting.pk}
    registering.register_roll(**act, roll_id=roll.pk, now=EVENING - 19 * DAY)
    noticing.give_notice(**act, now=EVENING - 19 * DAY)
    for person in council.owners[:10]:
        attending.tick(**act, person_id=person.pk, now=EVENING)
    here = sum(unit.area for unit in VotingUnit.objects.filter(roll=roll, voter__person__in=council.owners[:10]))

    meeting = Meeting.objects.get(pk=meeting.pk)
    assert areas_present(meeting) == (here, roll.area)
    with time_machine.travel(EVENING, tick=False):
        desk, street = Client(), Client()
        desk.force_login(Account.objects.get(pk=council.worker.account_id))
        running_page = desk.get(f"/desk/meetings/{meeting.pk}/run/").content.decode()
        assert "三分之二以上的业主参与表决" in running_page
        assert area_words(here) in running_page
        assert "参与表决" not in street.get(f"/meetings/{meeting.pk}/").content.decode(), "by the step a neighbour's area could be read"
