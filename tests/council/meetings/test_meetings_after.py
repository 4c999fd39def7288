"""After the meeting: minutes drafted from the record, corrected, confirmed, published, as files; slots and participation."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.access.together import answered
from linli.kernel.accounts.models import Account
from linli.kernel.notices.models import Message, Notice
from linli.kernel.people.models import Person
from linli.lib.groups import Share
from linli.loops.council.meetings import documents, panels
from linli.loops.council.meetings.actions import hands, minuting, noticing, noting, planning, running, slots, speaking
from linli.loops.council.meetings.actions.planning import Topic
from linli.loops.council.meetings.models import Line, Minutes, Paper, SlotAnswer, SlotPoll, State
from linli.loops.council.meetings.queries import attendance, participation
from linli.loops.council.meetings.slot_queries import poll_for, polled
from linli.loops.council.meetings.wording import line_words
from tests import factories as f
from tests.council.meetings.scene import NOW, OPENED, START, Scene, build_scene, plan_of
from tests.factories import DAY, HOUR, Cast

MINUTE = timedelta(minutes=1)
AFTER = f.at("2026-07-01 10:00")


def full_meeting(scene: Scene) -> Scene:
    scene.discussing()
    run = {"actor": scene.worker, "meeting_id": scene.pk}
    scene.asked(0, "pro")
    scene.asked(1, "contra")
    for n, gist in ((0, "先修，省钱"), (1, "换新的，安全")):
        speech = speaking.call(**run, now=OPENED + n * 3 * MINUTE)
        speaking.finish(**run, speech_id=speech.pk, now=OPENED + n * 3 * MINUTE + timedelta(seconds=65))
        speaking.note_gist(**run, speech_id=speech.pk, gist=gist, now=OPENED)
    show = hands.open_hands(**run, question="先修后换可以吗", now=OPENED + 8 * MINUTE)
    hands.show_hand(actor=scene.residents[0], meeting_id=scene.pk, hands_id=show.pk, choice="agree", now=OPENED + 8 * MINUTE)
    hands.close_hands(**run, hands_id=show.pk, now=OPENED + 9 * MINUTE, agree=1, against=1, abstain=0)
    noting.note(**run, text="先修后换", now=OPENED + 10 * MINUTE)
    noting.note(**run, kind="task", text="问三家报价", owner="物业", due_on=AFTER.date() + 9 * DAY, now=OPENED + 11 * MINUTE)
    running.end(**run, now=OPENED + 60 * MINUTE)
    scene.fresh()
    return scene


def drafted(scene: Scene) -> Minutes:
    return minuting.draft_minutes(actor=scene.worker, meeting_id=scene.pk, now=AFTER)


def signed(scene: Scene) -> None:
    planning.add_paper(actor=scene.worker, meeting_id=scene.pk, title="", link="/signed", kind="signature", now=AFTER)


# --- minutes ------------------------------------------------------------------------------------------------------------------
def test_minutes_are_drafted_from_the_record_in_the_order_things_happened(scene: Scene) -> None:
    made = drafted(full_meeting(scene))
    text = {s["key"].partition("-")[0] + str(n): s["text"] for n, s in enumerate(made.sections)}

    assert "到会 3 人，应到 4 人，开会需要 3 人" in text["attendance1"]
    lines = text["item2"].splitlines()
    assert [line.partition("（")[0] for line in lines[:2]] == ["林素珍", "r1"]
    assert "用时 1 分 05 秒）：先修，省钱" in lines[0]
    assert "同意 2，不同意 1，弃权 0（手机 1，现场 2）" in lines[2]
    assert "不计入任何正式表决" in lines[2]
    assert lines[3] == "形成意见：先修后换"
    assert lines[4].startswith("任务：问三家报价（物业，")
    assert text["item3"] == "没有议到，留待下次。"
    assert text["tasks4"].startswith("1. 问三家报价")


def test_a_meeting_without_quorum_says_in_its_minutes_that_it_decided_nothing(scene: Scene) -> None:
    scene.noticed()
    scene.come(scene.residents[0])
    running.open_meeting(actor=scene.worker, meeting_id=scene.pk, now=OPENED, without_quorum=True)
    running.end(actor=scene.worker, meeting_id=scene.pk, now=OPENED + MINUTE)

    assert "只交流，不作决定" in drafted(scene).sections[0]["text"]


def test_drafting_again_keeps_what_was_written_unless_asked_anew(scene: Scene) -> None:
    first = drafted(full_meeting(scene))
    minuting.correct_minutes(actor=scene.worker, meeting_id=scene.pk, texts={"end": "散会。"}, now=AFTER, seen=first.version)

    assert drafted(scene).sections[-1]["text"] == "散会。"
    again = minuting.draft_minutes(actor=scene.worker, meeting_id=scene.pk, now=AFTER, anew=True)
    assert again.sections[-1]["text"] != "散会。"


def test_two_writers_at_once_notice_each_other(scene: Scene) -> None:
    seen = drafted(full_meeting(scene)).version
    minuting.correct_minutes(actor=scene.worker, meeting_id=scene.pk, texts={"end": "甲"}, now=AFTER, seen=seen)

    with pytest.raises(Conflict):
        minuting.correct_minutes(actor=scene.cast.community_head, meeting_id=scene.pk, texts={"end": "乙"}, now=AFTER, seen=seen)


def test_chair_and_recorder_confirm_themselves_or_by_a_signed_sheet(cast: Cast) -> None:
    scene = full_meeting(build_scene(cast, chair_id=cast.community_head.account_id))
    drafted(scene)
    with pytest.raises(NotAllowed):
        minuting.confirm_minutes(actor=scene.worker, meeting_id=scene.pk, role="chair", now=AFTER)

    minuting.confirm_minutes(actor=cast.community_head, meeting_id=scene.pk, role="chair", now=AFTER)
    with pytest.raises(NotAllowed):
        minuting.confirm_minutes(actor=scene.worker, meeting_id=scene.pk, role="recorder", now=AFTER)
    signed(scene)
    found = minuting.confirm_minutes(actor=scene.worker, meeting_id=scene.pk, role="recorder", now=AFTER)

    assert scene.fresh().state == State.CONFIRMED
    assert found.chair_by == "王主任"
    assert "签字页" in found.recorder_by
    assert Paper.objects.get().kind == "signature"


def test_a_change_takes_confirmations_away_and_confirmed_minutes_are_fixed(scene: Scene) -> None:
    drafted(full_meeting(scene))
    signed(scene)
    confirm = {"actor": scene.worker, "meeting_id": scene.pk, "now": AFTER}
    minuting.confirm_minutes(**confirm, role="chair")
    minuting.correct_minutes(**confirm, texts={"end": "改了"})
    assert Minutes.objects.get().chair_at is None

    for role in ("chair", "recorder"):
        minuting.confirm_minutes(**confirm, role=role)
    with pytest.raises(Refused) as refused:
        minuting.correct_minutes(**confirm, texts={"end": "再改"})
    assert "不能再改" in str(refused.value)


def test_confirming_what_somebody_changed_meanwhile_is_a_conflict(scene: Scene) -> None:
    seen = drafted(full_meeting(scene)).version
    signed(scene)
    minuting.correct_minutes(actor=scene.worker, meeting_id=scene.pk, texts={"end": "改了"}, now=AFTER)

    with pytest.raises(Conflict):
        minuting.confirm_minutes(actor=scene.worker, meeting_id=scene.pk, role="chair", now=AFTER, seen=seen)


def published(scene: Scene) -> Scene:
    drafted(full_meeting(scene))
    signed(scene)
    for role in ("chair", "recorder"):
        minuting.confirm_minutes(actor=scene.worker, meeting_id=scene.pk, role=role, now=AFTER)
    minuting.publish_minutes(actor=scene.worker, meeting_id=scene.pk, now=AFTER, once="p")
    return scene


def test_published_minutes_stand_on_the_board_once(scene: Scene) -> None:
    published(scene)
    minuting.publish_minutes(actor=scene.worker, meeting_id=scene.pk, now=AFTER, once="p")

    assert scene.fresh().state == State.PUBLISHED
    assert Notice.objects.filter(title__startswith="会议纪要").count() == 1


def test_minutes_leave_as_word_and_pdf_with_the_signing_list(scene: Scene) -> None:
    published(scene)
    found = Minutes.objects.get()
    assert documents.missing() == []

    word = documents.as_file(scene.meeting, found, found.sections, "docx", attendance(scene.meeting))
    pdf = documents.as_file(scene.meeting, found, found.sections, "pdf", attendance(scene.meeting))

    body = zipfile.ZipFile(io.BytesIO(word.content)).read("word/document.xml").decode()
    assert "先修，省钱" in body
    assert "到会登记表" in body
    assert pdf.content.startswith(b"%PDF")
    assert len(pdf.content) > 5000
    assert "filename*=UTF-8''" in word["Content-Disposition"]


def test_a_house_without_the_libraries_says_so_and_the_print_page_remains(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    published(scene)
    monkeypatch.setattr(documents, "find_spec", lambda name: None)

    with pytest.raises(Refused) as refused:
        documents.as_file(scene.meeting, Minutes.objects.get(), [], "pdf")

    assert refused.value.code == "no_library"
    assert documents.missing() == ["docx", "pdf"]


def test_a_matters_page_is_told_of_its_meetings(cast: Cast) -> None:
    matter = f.raised(cast, title="电梯异响")
    assert answered(panels.panel(cast.raiser, matter, NOW, desk=False)) is None
    meeting = planning.plan_meeting(actor=cast.community_worker, plan=plan_of(cast, topics=(Topic("", ref=matter.ref),)), now=NOW)
    assert answered(panels.panel(cast.raiser, matter, NOW, desk=False)) is None

    noticing.give_notice(actor=cast.community_worker, meeting_id=meeting.pk, now=NOW)
    found = answered(panels.panel(cast.raiser, matter, NOW, desk=False))

    assert found is not None
    assert found.href == f"/meetings/{meeting.pk}/"


# --- slots -----------------------------------------------------------------------------------------------------------------------
EVENING = (f.at("2026-06-18 19:00"), f.at("2026-06-18 20:30"))
NOON = (f.at("2026-06-17 10:00"), f.at("2026-06-17 11:00"))


def poll(cast: Cast) -> SlotPoll:
    return slots.open_poll(
        actor=cast.community_worker,
        place=cast.here.compound,
        body="compound",
        title="电梯",
        slots=[NOON, EVENING],
        closes_at=NOW + 5 * DAY,
        now=NOW,
    )


def person_at(cast: Cast, name: str, n: int) -> Person:
    made, _new = f.register_person(actor=f.HOUSE, name=name, now=NOW, home_place=cast.here.homes[n])
    return made


def test_a_poll_offers_something_to_people_with_a_job(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        slots.open_poll(
            actor=cast.community_worker,
            place=cast.here.compound,
            body="compound",
            title="电梯",
            slots=[NOON, (NOON[0] + DAY, NOON[1] + DAY)],
            closes_at=NOW + DAY,
            now=NOW,
        )

    assert "上班的人" in str(refused.value.fields["slots"][0])


def test_a_resident_answers_and_answers_again(cast: Cast) -> None:
    made = poll(cast)
    noon, evening = made.slots.order_by("starts_at")

    slots.answer(actor=cast.raiser, poll_id=made.pk, slot_ids=[noon.pk], now=NOW)
    slots.answer(actor=cast.raiser, poll_id=made.pk, slot_ids=[evening.pk], now=NOW)

    assert [s.pk for s in SlotAnswer.objects.get().slots.all()] == [evening.pk]


def test_a_worker_answers_for_somebody_and_a_stranger_cannot(cast: Cast) -> None:
    made = poll(cast)
    old = person_at(cast, "周奶奶", 0)

    given = slots.answer(actor=cast.grid_worker.through("desk"), poll_id=made.pk, slot_ids=[], person_id=old.pk, now=NOW)
    assert (given.channel, given.by_id) == ("desk", cast.grid_worker.account_id)
    with pytest.raises(NotAllowed):
        slots.answer(actor=cast.raiser, poll_id=made.pk, slot_ids=[], person_id=old.pk, now=NOW)


@pytest.mark.parametrize("bad", [[987654], [-1]])
def test_a_slot_of_another_poll_is_refused(cast: Cast, bad: list[int]) -> None:
    with pytest.raises(Invalid):
        slots.answer(actor=cast.raiser, poll_id=poll(cast).pk, slot_ids=bad, now=NOW)


def test_a_closed_poll_takes_no_more_answers_and_one_time(cast: Cast) -> None:
    made = poll(cast)
    noon, evening = made.slots.order_by("starts_at")
    for _again in range(2):
        slots.choose(actor=cast.community_worker, poll_id=made.pk, slot_id=evening.pk, now=NOW)

    with pytest.raises(Conflict):
        slots.choose(actor=cast.community_head, poll_id=made.pk, slot_id=noon.pk, now=NOW)
    with pytest.raises(Refused):
        slots.answer(actor=cast.raiser, poll_id=made.pk, slot_ids=[noon.pk], now=NOW)


def test_times_are_ranked_by_those_who_were_never_at_a_meeting(cast: Cast) -> None:
    scene = build_scene(cast, entitled=None).opened(1)  # from home 0 somebody came
    running.end(actor=scene.worker, meeting_id=scene.pk, now=OPENED)
    made = slots.open_poll(
        actor=cast.community_worker,
        place=cast.here.compound,
        body="compound",
        title="再议",
        slots=[(s[0] + 20 * DAY, s[1] + 20 * DAY) for s in (NOON, EVENING)],
        closes_at=START + 5 * DAY,
        now=OPENED,
    )
    noon, evening = made.slots.order_by("starts_at")
    for person, slot in ((cast.person, noon), (person_at(cast, "同户", 0), noon), (person_at(cast, "新户", 1), evening)):
        slots.answer(actor=cast.community_worker, poll_id=made.pk, slot_ids=[slot.pk], person_id=person.pk, now=OPENED)

    found = polled(made, OPENED)

    assert [(r.slot.pk, r.count.people, r.count.fresh, r.place) for r in found.slots] == [(noon.pk, 2, 0, 2), (evening.pk, 1, 1, 1)]


def test_participation_is_by_age_and_building_and_names_homes_to_visit(cast: Cast) -> None:
    Person.objects.filter(pk=cast.person.pk).update(born_on="1952-03-04")
    scene = build_scene(cast, entitled=None).opened(1)

    found = participation(cast.here.compound, OPENED)

    assert found.bands == [Share("a60", None, 1)]  # one person of sixty: the count would be a name
    assert found.buildings == [Share("3 栋", None, 1), Share("10 栋", None, 1)]
    assert [address for _path, address in found.unreached] == ["芳草苑 10 栋 1 单元 502"]
    assert (found.homes, found.reached) == (2, 1)
    assert scene.pk


def test_a_resident_reads_no_other_polls(cast: Cast) -> None:
    with pytest.raises(NotFound):
        poll_for(cast.outside["resident"], poll(cast).pk)


def test_a_task_of_a_meeting_is_seen_through_and_warned_of_once_when_it_is_late(scene: Scene, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    scene.discussing()
    run: dict[str, Any] = {"actor": scene.worker, "meeting_id": scene.pk}
    due = (OPENED + 3 * DAY).date()
    agreed = noting.note(**run, text="先修一年", now=OPENED)
    soon, late = (noting.note(**run, kind="task", text=t, owner="物业", due_on=due, now=OPENED) for t in ("公布余额", "问三家报价"))
    running.end(**run, now=OPENED + HOUR)

    with pytest.raises(Invalid):
        noting.finish_task(**run, outcome_id=soon.pk, text=" ", now=OPENED + DAY)
    for wrong in (agreed.pk, 10**9):
        with pytest.raises(NotFound):
            noting.finish_task(**run, outcome_id=wrong, text="办了", now=OPENED + DAY)
    with pytest.raises(Refused):
        noting.finish_task(actor=scene.residents[2], meeting_id=scene.pk, outcome_id=soon.pk, text="办了", now=OPENED + DAY)
    done = noting.finish_task(**run, outcome_id=soon.pk, text="已贴在公示栏", now=OPENED + DAY)
    again = noting.finish_task(**run, outcome_id=soon.pk, text="又办了一次", now=OPENED + 2 * DAY)
    assert (again.done_at, again.done_text) == (done.done_at, "已贴在公示栏")

    assert noting.warn_late(OPENED + 3 * DAY) == 0, "its last day is not over"
    assert [noting.warn_late(OPENED + n * DAY) for n in (4, 5)] == [1, 0]
    told = Message.objects.get(key__startswith="meeting:task:")
    assert told.key.startswith(f"meeting:task:{late.pk}") and "问三家报价" in told.title

    with time_machine.travel(OPENED + 5 * DAY, tick=False):
        desk, street = Client(), Client()
        desk.force_login(Account.objects.get(pk=scene.worker.account_id))
        inside, outside = (
            c.get(a).content.decode() for c, a in ((desk, f"/desk/meetings/{scene.pk}/"), (street, f"/meetings/{scene.pk}/"))
        )
        for page in (inside, outside):
            assert "已贴在公示栏" in page
            assert "超期" in page
        sent = {"outcome_id": str(late.pk), "text": "三家都来了"}
        assert desk.post(f"/desk/meetings/{scene.pk}/task-done/", sent).status_code == 302
    late.refresh_from_db()
    assert late.done_text == "三家都来了" and "超期办完" in line_words(
        "task_done", Line.objects.get(verb="task_done", facts__late=True).facts
    )
