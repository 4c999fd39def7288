"""Pages of meetings: who sees what, in how many queries, without script, with bad input, and the news that phones ask for."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account, Event
from linli.kernel.files.actions import store_paper
from linli.kernel.notices.models import Message
from linli.kernel.places.forms import shown
from linli.lib import remembered
from linli.loops.council.meetings import codes, live
from linli.loops.council.meetings.actions import hands, registering, speaking
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import Attendee, Meeting, Outcome, Paper, SlotAnswer, Speech, State
from tests.council.meetings.scene import NOW, OPENED, START, Scene, build_scene
from tests.council.meetings.test_meetings_after import poll, published
from tests.factories import Cast
from tests.papers import pdf

MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> Iterator[None]:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(OPENED, tick=False):
        yield


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(Account.objects.get(pk=actor.account_id))
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def live_path(scene: Scene, level: str = "public", language: str = "zh-hans") -> str:
    return f"/meetings/{scene.pk}/live/{level}/{codes.live_key(scene.pk, level)}/{language}/"


# --- every page opens, in few queries -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages_in_few_queries(cast: Cast, language: str) -> None:
    scene = published(build_scene(cast, online="https://meet.example.cn/1"))
    running_one = build_scene(cast, rotating=False).discussing()
    running_one.asked(0, "pro")
    running_one.asked(1, "contra")
    speaking.call(actor=scene.worker, meeting_id=running_one.pk, now=OPENED)
    hands.open_hands(actor=scene.worker, meeting_id=running_one.pk, question="可以吗", now=OPENED)
    asked = poll(cast)
    m, d = f"/meetings/{running_one.pk}/", f"/desk/meetings/{running_one.pk}/"
    old, desk_old = f"/meetings/{scene.pk}/", f"/desk/meetings/{scene.pk}/"
    pages = {
        None: ["/meetings/", m, old, f"{m}notice/", f"{m}notice/?size=a3", f"{m}sign-in/", f"{old}minutes/", f"{old}minutes/print/"],
        scene.residents[0]: ["/meetings/", m, f"{m}sign-in/", f"/meetings/slots/{asked.pk}/", f"{old}minutes/"],
        scene.worker: [
            "/desk/meetings/", "/desk/meetings/new/", f"{d}", f"{d}edit/", f"{d}run/", f"{d}run/?q=林", f"{d}board/", f"{d}code/",
            f"{d}code-sheet/", f"{d}attendance/", f"{desk_old}minutes/", f"{desk_old}minutes/print/", "/desk/meetings/slots/new/",
            f"/desk/meetings/slots/{asked.pk}/?q=林", f"/desk/meetings/participation/?place={cast.here.compound.pk}",
            f"/desk/meetings/participation/visits/?place={cast.here.compound.pk}",
        ],
    }  # fmt: skip
    for actor, paths in pages.items():
        client = browser(actor)
        client.cookies["django_language"] = language
        for path in paths:
            client.get(path)  # the first page of a reader fills what is remembered
            with CaptureQueriesContext(
                connection,
            ) as found:
                answer = client.get(path)
            assert answer.status_code == 200, path
            asked_for = [q["sql"] for q in found.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
            assert len(asked_for) <= MOST_QUERIES, (path, len(asked_for))


def test_a_running_meeting_with_many_people_is_read_once_for_all(scene: Scene) -> None:
    registering.register(actor=scene.worker, meeting_id=scene.pk, expected=[Expected(f"户{n}", voter_id=n) for n in range(1, 40)], now=NOW)
    scene.meeting.refresh_from_db()
    Meeting.objects.filter(pk=scene.pk).update(entitled=None)
    scene.discussing()
    for n in range(3):
        scene.asked(n)
    client = browser(scene.residents[0])
    client.get("/meetings/")  # fills what is remembered of places and units
    with CaptureQueriesContext(connection) as first:
        client.get(f"/meetings/{scene.pk}/")
    with CaptureQueriesContext(connection) as next_one:
        client.get(f"/meetings/{scene.pk}/")

    # Whoever opens the page first after an act reads the state for all who follow in this process.
    assert len(first) <= MOST_QUERIES
    assert len(next_one) <= 7


# --- the Square ----------------------------------------------------------------------------------------------------------------
def test_the_public_reads_masked_names_and_the_room_reads_them_in_full(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)

    assert "林素珍" not in text_of(browser(None).get(f"/meetings/{scene.pk}/"))
    assert "林**" in text_of(browser(None).get(f"/meetings/{scene.pk}/"))
    assert "林素珍" in text_of(browser(scene.residents[1]).get(f"/meetings/{scene.pk}/"))


def test_a_scanned_code_signs_in_with_one_press(scene: Scene) -> None:
    scene.noticed()
    client = browser(scene.residents[0])
    with time_machine.travel(START, tick=False):
        page = client.get(f"/meetings/{scene.pk}/sign-in/?code={scene.code()}")
        assert Attendee.objects.count() == 0
        assert "签到码没问题" in text_of(page)
        client.post(f"/meetings/{scene.pk}/sign-in/", {"once": "x"})

    assert Attendee.objects.get().present == "room"


def test_who_must_sign_in_first_need_not_scan_again(scene: Scene) -> None:
    scene.noticed()
    client = Client()
    with time_machine.travel(START, tick=False):
        answer = client.get(f"/meetings/{scene.pk}/sign-in/?code={scene.code()}")
        assert answer.status_code == 302
        account = Account.objects.get(pk=scene.residents[0].account_id)
    with time_machine.travel(START.replace(minute=10), tick=False):
        from django.contrib.auth import login
        from django.http import HttpRequest

        request = HttpRequest()
        request.session = client.session
        login(request, account, backend="allauth.account.auth_backends.AuthenticationBackend")
        request.session.save()
        client.cookies["sessionid"] = str(request.session.session_key)
        client.post(f"/meetings/{scene.pk}/sign-in/", {})

    assert Attendee.objects.get().present == "room"


def test_a_wrong_code_keeps_the_page_and_says_who_helps(scene: Scene) -> None:
    scene.opened()

    answer = browser(scene.residents[4]).post(f"/meetings/{scene.pk}/sign-in/", {"code": "000000"})

    assert answer.status_code == 409
    assert "签到码不对" in text_of(answer)
    assert 'value="000000"' in text_of(answer)


def test_a_phone_asks_to_speak_and_raises_its_hand_without_script(scene: Scene) -> None:
    scene.discussing()
    show = hands.open_hands(actor=scene.worker, meeting_id=scene.pk, question="可以吗", now=OPENED)
    client = browser(scene.residents[0])

    assert client.post(f"/meetings/{scene.pk}/do/ask/", {"side": "pro"}).status_code == 302
    assert client.post(f"/meetings/{scene.pk}/do/hand/", {"hands_id": show.pk, "choice": "agree"}).status_code == 302
    page = text_of(client.get(f"/meetings/{scene.pk}/"))

    assert "下一位就是您" in page
    assert 'value="agree" aria-pressed="true"' in page


def test_nobody_speaks_for_a_neighbour_by_bending_a_form(scene: Scene) -> None:
    scene.discussing()
    other = Attendee.objects.get(account_id=scene.residents[1].account_id)

    browser(scene.residents[0]).post(f"/meetings/{scene.pk}/do/ask/", {"side": "pro", "attendee_id": other.pk})
    browser(scene.residents[0]).post(f"/meetings/{scene.pk}/do/leave/", {"attendee_id": other.pk})

    other.refresh_from_db()
    assert other.present == "room"
    assert not Speech.objects.filter(attendee=other).exists()


@pytest.mark.parametrize(
    ("verb", "sent", "status"),
    [("hand", {"hands_id": "abc", "choice": "agree"}, 422), ("hand", {}, 422), ("ask", {"side": "x"}, 422), ("point", {"kind": "other"}, 422),
     ("hand", {"hands_id": "99999999999999999999", "choice": "agree"}, 422), ("nothing", {}, 404)],
)  # fmt: skip
def test_bad_input_from_a_phone_is_told_in_words(scene: Scene, verb: str, sent: dict[str, str], status: int) -> None:
    scene.discussing()
    client = browser(scene.residents[0])

    assert client.post(f"/meetings/{scene.pk}/do/{verb}/", sent).status_code == status
    answer = client.post(f"/meetings/{scene.pk}/do/{verb}/", sent, headers={"accept": "application/json"})
    assert answer.status_code == status
    if status == 422:
        assert json.loads(answer.content)["words"]


def test_signed_sheets_stay_with_those_who_work_here(scene: Scene) -> None:
    published(scene)
    sheet = Paper.objects.get(kind="signature")

    assert browser(None).get(f"/meetings/{scene.pk}/papers/{sheet.pk}/").status_code == 404


def test_a_signed_sheet_may_be_a_pdf_and_who_takes_it_at_the_desk_is_written_down(scene: Scene, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    published(scene)
    sheet = Paper.objects.get(kind="signature")
    sheet.file = store_paper(actor=scene.worker, upload=io.BytesIO(pdf()), name="签字页.pdf", now=NOW)
    sheet.save()
    answer = browser(scene.cast.community_head).get(f"/desk/meetings/{scene.pk}/papers/{sheet.pk}/")
    assert answer.content == pdf() and answer["Content-Disposition"].startswith("attachment")
    assert Event.objects.get(kind="file_read").account_id == scene.cast.community_head.account_id
    assert browser(None).get(f"/meetings/{scene.pk}/papers/{sheet.pk}/").status_code == 404


def test_published_minutes_mask_residents_for_strangers(scene: Scene) -> None:
    published(scene)

    assert "林素珍" not in text_of(browser(None).get(f"/meetings/{scene.pk}/minutes/"))
    assert "林素珍" in text_of(browser(scene.worker).get(f"/meetings/{scene.pk}/minutes/"))
    assert browser(None).get(f"/meetings/{scene.pk}/minutes.docx")["Content-Type"].endswith("document")


def test_a_resident_marks_when_they_can_come(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        made = poll(cast)
        client = browser(cast.raiser)
        assert client.post(f"/meetings/slots/{made.pk}/", {}).status_code == 422
        assert client.post(f"/meetings/slots/{made.pk}/", {"slots": [made.slots.first().pk]}).status_code == 302

    assert SlotAnswer.objects.get().person_id == cast.person.pk


def test_what_residents_answered_is_proposed_next_and_the_chosen_time_reaches_them_and_becomes_the_meeting(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        made = poll(cast)
        slot = made.slots.first()
        browser(cast.raiser).post(f"/meetings/slots/{made.pk}/", {"slots": [slot.pk]})
        worker = browser(cast.community_worker)
        again = text_of(worker.get("/desk/meetings/slots/new/"))
        assert "问过 1 人，1 人能来" in again
        assert again.count(" checked") >= 1
        worker.post(f"/desk/meetings/slots/{made.pk}/", {"act": "choose", "slot": slot.pk})
        told = Message.objects.get(key__startswith=f"meeting:slot:{made.pk}")
        assert "开会时间定了" in told.title
        sent = {
            "place": shown(made.place), "body": "compound", "title": made.title, "starts_at": "2026-07-20T19:00", "venue": "议事厅", "topics": "楼道（30 分钟，每人 2 分钟）\n停车（20 分钟）",
            "chair_name": "王芳", "recorder_name": "李军", "notice_days": "0", "speak_seconds": "180", "openness": "public",
        }  # fmt: skip
        answer = worker.post(f"/desk/meetings/new/?poll={made.pk}", sent)
        assert answer.status_code == 302, text_of(answer)
        made.refresh_from_db()
        assert made.meeting is not None
        assert f"/desk/meetings/{made.meeting_id}/" in text_of(worker.get(f"/desk/meetings/slots/{made.pk}/"))
        edit = text_of(worker.get(f"/desk/meetings/{made.meeting_id}/edit/"))
        assert "楼道（30 分钟，每人 2 分钟）\n停车（20 分钟）" in edit
        wrong = worker.post(f"/desk/meetings/{made.meeting_id}/edit/", {**sent, "topics": "楼道（700 分钟）", "version": "1"})
        assert wrong.status_code == 422
        assert "每个议题的时间请填 1 到 600 分钟。" in text_of(wrong)
    assert [(i.title, i.minutes, i.speak_seconds) for i in made.meeting.items.all()] == [("楼道", 30, 120), ("停车", 20, None)]


def test_everybody_sees_how_long_each_side_has_spoken_on_the_topic(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0, "pro")
    scene.asked(1, "contra")
    for seconds in (100, 40):
        speech = speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED)
        speaking.finish(actor=scene.worker, meeting_id=scene.pk, speech_id=speech.pk, now=OPENED + timedelta(seconds=seconds))
    words = "赞成 1 次，1 分 40 秒；反对 1 次，40 秒"
    with time_machine.travel(OPENED, tick=False):
        for path in (f"/desk/meetings/{scene.pk}/run/", f"/desk/meetings/{scene.pk}/board/"):
            assert words in text_of(browser(scene.worker).get(path))
        assert words in text_of(browser(None).get(f"/meetings/{scene.pk}/"))


# --- news -------------------------------------------------------------------------------------------------------------------------
def test_news_are_given_once_and_then_304_without_a_session(scene: Scene) -> None:
    scene.discussing()
    client = Client()
    first = client.get(live_path(scene))
    assert first.status_code == 200

    with CaptureQueriesContext(connection) as found:
        again = client.get(live_path(scene), headers={"if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert len(found) == 0
    assert again["Linli-Now"] == str(int(OPENED.timestamp() * 1000))


def test_an_act_is_in_the_next_news_of_the_same_process(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    scene.discussing()
    first = Client().get(live_path(scene))
    with django_capture_on_commit_callbacks(execute=True):
        scene.asked(0, "pro")

    answer = Client().get(live_path(scene), headers={"if-none-match": first["ETag"]})

    news = json.loads(answer.content)
    assert news["queue"] == [1]
    assert "林**" in news["regions"]["queue"]


def test_another_process_is_seen_within_half_a_second(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.discussing()
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(remembered, "time", clock)
    assert live.version_of(scene.pk) == scene.fresh().version
    Meeting.objects.filter(pk=scene.pk).update(version=99)

    clock.now += live.FRESH / 2
    assert live.version_of(scene.pk) != 99
    clock.now += live.FRESH
    assert live.version_of(scene.pk) == 99
    assert live.FRESH <= 0.5


@pytest.mark.parametrize(
    ("state", "present", "wait"), [("open", 3, 1000), ("open", 300, 1500), ("noticed", 300, 5000), ("ended", 0, 30_000)]
)
def test_pages_are_told_how_often_to_ask(state: str, present: int, wait: int) -> None:
    assert live.pace(state, present) == wait


def test_the_key_of_one_level_opens_no_other(scene: Scene) -> None:
    scene.discussing()
    key = codes.live_key(scene.pk, "public")

    assert Client().get(f"/meetings/{scene.pk}/live/room/{key}/zh-hans/").status_code == 404
    assert Client().get(f"/meetings/{scene.pk + 1}/live/public/{key}/zh-hans/").status_code == 404
    assert Client().get(f"/meetings/{scene.pk}/live/public/{key}/fr/").status_code == 404
    assert Client().get(live_path(scene, "desk")).status_code == 200


def test_the_clock_of_the_page_is_right_after_a_reload(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED)
    with time_machine.travel(OPENED.replace(second=50), tick=False):
        page = text_of(browser(None).get(f"/meetings/{scene.pk}/"))

    assert ">02:10</p>" in page


# --- the Desk ------------------------------------------------------------------------------------------------------------------
def test_a_worker_plans_notices_runs_and_ends_a_meeting_by_forms_alone(cast: Cast) -> None:
    client = browser(cast.community_worker)
    with time_machine.travel(NOW, tick=False):
        bad = client.post("/desk/meetings/new/", {"title": "电梯"})
        assert bad.status_code == 422
        assert 'value="电梯"' in text_of(bad)
        sent = {
            "place": "芳草苑", "body": "compound", "title": "电梯", "starts_at": "2026-06-30T19:00", "venue": "议事厅", "topics": "1. 电梯\n停车",
            "chair_name": "王", "recorder_name": "李", "notice_days": "15", "speak_seconds": "180", "quorum": ">1/2", "openness": "public",
            "rotating": "on", "alternate": "on",
        }  # fmt: skip
        answer = client.post("/desk/meetings/new/", sent)
        assert answer.status_code == 302, text_of(answer)
        meeting = Meeting.objects.get()
        base = f"/desk/meetings/{meeting.pk}/"
        client.post(f"{base}register/", {"names": "林素珍 3 栋\n周奶奶"})
        client.post(f"{base}notice/", {"once": "n"})
        assert client.post(f"{base}edit/", {**sent, "venue": "门卫室"}).status_code == 409
    with time_machine.travel(OPENED, tick=False):
        client = browser(cast.community_worker)  # twenty days idle: signed out
        for who in Attendee.objects.all():
            client.post(f"{base}tick/?attendee_id={who.pk}", {"back": "run/"})
        client.post(f"{base}open/", {"back": "run/"})
        client.post(f"{base}item/?item_id={meeting.items.first().pk}&after_item=0", {"back": "run/"})
        client.post(f"{base}ask/", {"attendee_id": Attendee.objects.first().pk, "side": "pro"})
        client.post(f"{base}call/", {"after": "0", "back": "run/"})
        client.post(f"{base}finish/?speech_id={Speech.objects.get().pk}", {"back": "run/"})
        refused = client.post(f"{base}note/", {"kind": "task", "text": "问三家报价", "back": "run/"})
        assert refused.status_code == 422
        assert 'value="问三家报价"' in text_of(refused)
        client.post(f"{base}note/", {"kind": "task", "text": "问三家报价", "owner": "物业", "due_on": "2026-07-10", "back": "run/"})
        client.post(f"{base}end/", {"back": "run/"})
        client.post(f"{base}draft/", {"back": "minutes/"})
        page = text_of(client.get(f"{base}minutes/"))

    meeting.refresh_from_db()
    assert meeting.state == State.ENDED
    assert "问三家报价（物业" in page
    assert Outcome.objects.count() == 1


def test_two_writers_of_minutes_see_each_others_words(scene: Scene) -> None:
    scene.ended()
    client = browser(scene.worker)
    client.post(f"/desk/meetings/{scene.pk}/draft/", {"back": "minutes/"})
    client.post(f"/desk/meetings/{scene.pk}/minutes/", {"version": "1", "text-end": "甲的话"})

    answer = client.post(f"/desk/meetings/{scene.pk}/minutes/", {"version": "1", "text-end": "乙的话"})

    assert answer.status_code == 409
    assert "甲的话" in text_of(answer)
    assert "乙的话" in text_of(answer)


def test_the_agenda_on_the_edit_page_comes_back_as_it_was(scene: Scene) -> None:
    client = browser(scene.worker)
    with time_machine.travel(NOW, tick=False):
        page = text_of(client.get(f"/desk/meetings/{scene.pk}/edit/"))

    assert "电梯大修\n停车收费" in page


@pytest.mark.parametrize("who", ["department_handler", "system_admin", "property_manager"])
def test_staff_who_have_nothing_to_do_with_meetings_are_told_so(scene: Scene, who: str) -> None:
    assert browser(scene.cast.inside[who]).get("/desk/meetings/").status_code == 403
    assert browser(scene.cast.inside[who]).get(f"/desk/meetings/{scene.pk}/").status_code in (403, 404)


def test_who_took_part_is_not_shown_of_groups_of_one_or_two(cast: Cast) -> None:
    scene = build_scene(cast, entitled=None).opened(1)
    page = text_of(browser(scene.worker).get(f"/desk/meetings/participation/?place={scene.cast.here.compound.pk}"))

    assert page.count("不足 3，不显示") >= 2
    assert "人数太少的不显示" in page
