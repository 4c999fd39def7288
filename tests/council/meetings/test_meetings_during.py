"""The meeting from its opening to its end: quorum, one topic at a time, outcomes, what every act leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.loops.council.meetings.actions import attending, noting, running
from linli.loops.council.meetings.models import AgendaItem, Attendee, Line, Speech, State, Stay
from linli.loops.council.meetings.queries import now_of
from tests import factories as f
from tests.council.meetings.scene import OPENED, START, Scene, build_scene
from tests.factories import Cast

MINUTE = timedelta(minutes=1)


# --- opening, topics, the end -------------------------------------------------------------------------------------------
def test_without_quorum_it_opens_only_to_talk_and_says_so(scene: Scene) -> None:
    scene.noticed()
    scene.come(scene.residents[0])

    with pytest.raises(Refused) as refused:
        running.open_meeting(actor=scene.worker, meeting_id=scene.pk, now=OPENED)
    assert "还差 2 人" in str(refused.value)

    running.open_meeting(actor=scene.worker, meeting_id=scene.pk, now=OPENED, without_quorum=True)
    assert Line.objects.get(verb="open").facts["reached"] is False


def test_one_topic_at_a_time(scene: Scene) -> None:
    scene.discussing()
    first, second = scene.items
    scene.asked(0)

    running.open_item(actor=scene.worker, meeting_id=scene.pk, item_id=second.pk, now=OPENED + MINUTE, after=first.pk)

    assert [i.state for i in scene.items] == ["done", "open"]
    assert Speech.objects.get().state == Speech.State.CLOSED
    with pytest.raises(IntegrityError), transaction.atomic():
        AgendaItem.objects.filter(pk=first.pk).update(state="open")


def test_two_chairs_at_once_move_on_once(scene: Scene) -> None:
    scene.discussing()
    first, second = scene.items
    running.open_item(actor=scene.worker, meeting_id=scene.pk, item_id=second.pk, now=OPENED, after=first.pk)

    with pytest.raises(Conflict):
        running.close_item(actor=scene.cast.community_head, meeting_id=scene.pk, now=OPENED, after=first.pk)

    assert [i.state for i in scene.items] == ["done", "open"]


def test_the_end_sends_everybody_home_and_leaves_what_was_not_reached(scene: Scene) -> None:
    scene.ended()

    assert scene.meeting.state == State.ENDED
    assert [i.state for i in scene.items] == ["done", "deferred"]
    assert not Stay.objects.filter(left_at=None).exists()
    assert not Attendee.objects.exclude(present="").exists()
    assert Speech.objects.get().used_ms == 88 * 60 * 1000


def test_ending_twice_by_one_form_ends_once(scene: Scene) -> None:
    scene.discussing()
    for _again in range(2):
        running.end(actor=scene.worker, meeting_id=scene.pk, now=OPENED + MINUTE, once="e")

    assert Line.objects.filter(verb="end").count() == 1


def test_a_break_keeps_the_topic(scene: Scene) -> None:
    scene.discussing()

    running.adjourn(actor=scene.worker, meeting_id=scene.pk, now=OPENED, reason="茶歇")
    with pytest.raises(Refused):
        scene.asked(0)
    running.resume(actor=scene.worker, meeting_id=scene.pk, now=OPENED + MINUTE)

    assert scene.fresh().current_id == scene.items[0].pk


@pytest.mark.parametrize("who", ["grid_worker", "resident", "department_handler", "auditor"])
def test_only_the_chair_and_those_who_run_meetings_run_it(scene: Scene, who: str) -> None:
    scene.noticed()

    with pytest.raises(NotAllowed):
        running.open_meeting(actor=scene.cast.inside[who], meeting_id=scene.pk, now=OPENED)


def test_a_resident_who_chairs_runs_their_meeting(cast: Cast) -> None:
    scene = build_scene(cast, chair_id=cast.raiser.account_id, entitled=None).noticed()

    assert running.open_meeting(actor=cast.raiser, meeting_id=scene.pk, now=OPENED).state == State.OPEN


# --- outcomes ---------------------------------------------------------------------------------------------------------------
def test_a_task_has_an_owner_and_a_date(scene: Scene) -> None:
    scene.discussing()

    with pytest.raises(Invalid) as refused:
        noting.note(actor=scene.worker, meeting_id=scene.pk, kind="task", text="问三家报价", now=OPENED)
    assert set(refused.value.fields) == {"owner", "due_on"}

    made = [
        noting.note(
            actor=scene.worker,
            meeting_id=scene.pk,
            kind="task",
            text="问三家报价",
            owner="物业",
            due_on=f.at("2026-07-10 00:00").date(),
            now=OPENED,
            once="t",
        ).pk
        for _n in range(2)
    ]
    assert made[0] == made[1]


def test_what_was_noted_wrongly_is_struck_and_the_record_keeps_both(scene: Scene) -> None:
    scene.discussing()
    made = noting.note(actor=scene.worker, meeting_id=scene.pk, text="先修", now=OPENED)

    noting.strike(actor=scene.worker, meeting_id=scene.pk, outcome_id=made.pk, reason="听错了", now=OPENED)

    assert now_of(scene.fresh()).outcomes == []
    assert [line.verb for line in Line.objects.filter(verb__in=["note", "strike"])] == ["note", "strike"]


def test_every_act_moves_the_version_on_and_a_refused_one_does_not(scene: Scene) -> None:
    scene.discussing()
    before = scene.fresh().version
    scene.asked(0)
    assert scene.fresh().version == before + 1

    with pytest.raises(Invalid):
        scene.asked(1, "sideways")
    assert scene.fresh().version == before + 1


def test_strangers_find_no_meeting_that_is_not_theirs(scene: Scene) -> None:
    with pytest.raises(NotFound):
        attending.sign_in(actor=ANONYMOUS, meeting_id=scene.pk, now=START)
