"""The floor: the queue and its clock, motions on procedure, shows of hands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, Refused
from linli.loops.council.meetings.actions import hands, running, speaking
from linli.loops.council.meetings.models import Hand, Hands, Line, Point, Speech, State
from linli.loops.council.meetings.queries import now_of, speaking_totals, waiting_in_order
from tests.council.meetings.scene import OPENED, Scene

MINUTE = timedelta(minutes=1)


# --- the queue and its clock ----------------------------------------------------------------------------------------------
def test_asking_twice_keeps_one_place_and_may_change_sides(scene: Scene) -> None:
    scene.discussing()

    first = scene.asked(0, "pro")
    assert scene.asked(0, "contra") == first

    assert Speech.objects.get().side == "contra"


def test_nobody_speaks_who_is_not_here_or_between_topics(scene: Scene) -> None:
    scene.opened()
    with pytest.raises(Refused) as between:
        scene.asked(0)
    running.open_item(actor=scene.worker, meeting_id=scene.pk, item_id=scene.items[0].pk, now=OPENED)
    with pytest.raises(Refused) as away:
        speaking.ask(actor=scene.residents[4], meeting_id=scene.pk, now=OPENED)

    assert (between.value.code, away.value.code) == ("no_topic", "not_present")


def test_sides_take_turns_and_first_speakers_come_before_second(scene: Scene) -> None:
    scene.discussing()
    one, two, three = scene.asked(0, "pro"), scene.asked(1, "pro"), scene.asked(2, "contra")
    order = []
    for n in range(3):
        order.append(speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED + n * MINUTE).pk)
        if n == 0:
            again = scene.asked(0, "contra")

    assert order == [one, three, two]
    assert [s.pk for s in waiting_in_order(scene.fresh())] == [again]


def test_the_clock_runs_stops_and_goes_on_where_it_was(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    speech = speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED)

    stop = {"actor": scene.worker, "meeting_id": scene.pk, "speech_id": speech.pk}
    speaking.clock(**stop, running=False, now=OPENED + timedelta(seconds=40))
    speaking.clock(**stop, running=False, now=OPENED + timedelta(seconds=50))
    speaking.clock(**stop, running=True, now=OPENED + timedelta(seconds=60))
    done = speaking.finish(**stop, now=OPENED + timedelta(seconds=70))

    assert done.used_ms == 50_000
    assert speaking.finish(**stop, now=OPENED + MINUTE * 5).used_ms == 50_000


def test_two_chairs_who_press_at_once_call_one_speaker(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    scene.asked(1)
    speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED, after=0)

    with pytest.raises(Conflict):
        speaking.call(actor=scene.cast.community_head, meeting_id=scene.pk, now=OPENED, after=0)

    assert Speech.objects.filter(state="speaking").count() == 1
    assert Speech.objects.filter(state="waiting").count() == 1


def test_the_same_press_sent_twice_calls_one_speaker(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    scene.asked(1)

    calls = [speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED, once="n1").pk for _n in range(2)]

    assert calls[0] == calls[1]


def test_out_of_turn_needs_a_reason_that_the_record_keeps(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    late = scene.asked(1)

    with pytest.raises(Invalid):
        speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED, speech_id=late)
    speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED, speech_id=late, reason="要先接孩子")

    assert Line.objects.get(verb="call").facts["reason"] == "要先接孩子"


def test_everybody_speaks_as_long_and_totals_are_facts(scene: Scene) -> None:
    scene.discussing()
    for n, seconds in ((0, 30), (1, 45)):
        scene.asked(n)
        speech = speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED)
        assert speech.limit_ms == 180_000
        speaking.finish(actor=scene.worker, meeting_id=scene.pk, speech_id=speech.pk, now=OPENED + timedelta(seconds=seconds))

    assert [(n, ms) for _who, n, ms in speaking_totals(scene.meeting)] == [(1, 30_000), (1, 45_000)]


# --- motions on procedure, hands -------------------------------------------------------------------------------------------
def point(scene: Scene, kind: str, n: int = 1) -> Point:
    return speaking.raise_point(actor=scene.residents[n], meeting_id=scene.pk, kind=kind, now=OPENED)


def carry(scene: Scene, made: Point, agree: int, against: int) -> Hands:
    put = speaking.put_point(actor=scene.worker, meeting_id=scene.pk, point_id=made.pk, now=OPENED)
    return hands.close_hands(actor=scene.worker, meeting_id=scene.pk, hands_id=put.pk, now=OPENED, agree=agree, against=against, abstain=0)


def test_a_motion_on_procedure_comes_before_everybody(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)
    point(scene, "end_debate")

    with pytest.raises(Refused) as refused:
        speaking.call(actor=scene.worker, meeting_id=scene.pk, now=OPENED)

    assert refused.value.code == "point_first"


def test_ending_the_debate_closes_the_queue_when_hands_carry_it(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)

    carry(scene, point(scene, "end_debate"), 2, 1)

    assert Speech.objects.get().state == Speech.State.CLOSED
    with pytest.raises(Refused) as refused:
        scene.asked(2)
    assert refused.value.code == "debate_closed"


def test_a_motion_that_does_not_carry_changes_nothing(scene: Scene) -> None:
    scene.discussing()
    scene.asked(0)

    carry(scene, point(scene, "end_debate"), 1, 1)

    assert Speech.objects.get().state == Speech.State.WAITING
    assert Point.objects.get().state == Point.State.REJECTED


def test_moving_on_takes_up_the_next_topic(scene: Scene) -> None:
    scene.discussing()

    carry(scene, point(scene, "move_on"), 3, 0)

    assert [i.state for i in scene.items] == ["done", "open"]
    assert scene.fresh().current_id == scene.items[1].pk


def test_adjourning_by_hands_adjourns(scene: Scene) -> None:
    scene.discussing()

    carry(scene, point(scene, "adjourn"), 2, 0)

    assert scene.fresh().state == State.ADJOURNED


def test_the_chair_rules_out_with_a_reason_and_the_mover_may_withdraw(scene: Scene) -> None:
    scene.discussing()
    first = point(scene, "end_debate")
    with pytest.raises(Invalid):
        speaking.rule_out(actor=scene.worker, meeting_id=scene.pk, point_id=first.pk, reason="", now=OPENED)
    speaking.rule_out(actor=scene.worker, meeting_id=scene.pk, point_id=first.pk, reason="刚开始议", now=OPENED)
    second = point(scene, "end_debate")
    with pytest.raises(NotAllowed):
        speaking.withdraw_point(actor=scene.residents[0], meeting_id=scene.pk, point_id=second.pk, now=OPENED)
    speaking.withdraw_point(actor=scene.residents[1], meeting_id=scene.pk, point_id=second.pk, now=OPENED)

    assert [p.state for p in Point.objects.all()] == ["ruled_out", "withdrawn"]


def opened_hands(scene: Scene) -> Hands:
    return hands.open_hands(actor=scene.worker, meeting_id=scene.pk, question="先修后换，可以吗", now=OPENED)


def test_phones_and_the_room_are_counted_apart_and_only_sums_are_kept(scene: Scene) -> None:
    scene.discussing()
    show = opened_hands(scene)
    for choice in ("against", "agree", "agree"):
        hands.show_hand(actor=scene.residents[0], meeting_id=scene.pk, hands_id=show.pk, choice=choice, now=OPENED)
    assert now_of(scene.fresh()).shown == {"agree": 1, "against": 0, "abstain": 0}

    hands.count_room(actor=scene.worker, meeting_id=scene.pk, hands_id=show.pk, agree=1, against=1, abstain=0, now=OPENED)
    hands.close_hands(actor=scene.worker, meeting_id=scene.pk, hands_id=show.pk, now=OPENED)

    show.refresh_from_db()
    assert (show.phone_agree, show.room_agree, show.room_against) == (1, 1, 1)
    assert Hand.objects.count() == 0


def test_more_hands_than_people_are_refused_and_nothing_is_kept(scene: Scene) -> None:
    scene.discussing()
    show = opened_hands(scene)
    hands.show_hand(actor=scene.residents[0], meeting_id=scene.pk, hands_id=show.pk, choice="agree", now=OPENED)

    with pytest.raises(Invalid) as refused:
        hands.close_hands(actor=scene.worker, meeting_id=scene.pk, hands_id=show.pk, now=OPENED, agree=3, against=0, abstain=0)

    assert refused.value.code == "too_many_hands"
    assert Hands.objects.get().closed_at is None


def test_a_hand_after_the_count_is_a_conflict(scene: Scene) -> None:
    scene.discussing()
    show = opened_hands(scene)
    for _again in range(2):
        hands.close_hands(actor=scene.worker, meeting_id=scene.pk, hands_id=show.pk, now=OPENED)

    with pytest.raises(Conflict):
        hands.show_hand(actor=scene.residents[0], meeting_id=scene.pk, hands_id=show.pk, choice="agree", now=OPENED)
    assert Line.objects.filter(verb="hands_down").count() == 1


def test_one_question_at_a_time(scene: Scene) -> None:
    scene.discussing()
    opened_hands(scene)

    with pytest.raises(Refused) as refused:
        opened_hands(scene)

    assert refused.value.code == "hands_up"


def test_guests_have_no_hand_on_procedure(scene: Scene) -> None:
    scene.discussing()
    guest = scene.cast.outside["resident"]
    scene.come(guest, OPENED)
    put = speaking.put_point(actor=scene.worker, meeting_id=scene.pk, point_id=point(scene, "end_debate").pk, now=OPENED)

    with pytest.raises(Refused) as refused:
        hands.show_hand(actor=guest, meeting_id=scene.pk, hands_id=put.pk, choice="agree", now=OPENED)

    assert refused.value.code == "sits_in"
