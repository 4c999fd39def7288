"""The meeting itself: sign-in, quorum, one topic at a time, the queue and its clock, motions on procedure, hands, outcomes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.loops.council.meetings.actions import attending, hands, noting, registering, running, speaking
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import AgendaItem, Attendee, Hand, Hands, Line, Point, Speech, State, Stay
from linli.loops.council.meetings.queries import attendance, now_of, quorum_of, speaking_totals, waiting_in_order
from tests import factories as f
from tests.council.meetings.scene import NOW, OPENED, START, Scene, build_scene
from tests.factories import Cast

MINUTE = timedelta(minutes=1)


# --- signing in ----------------------------------------------------------------------------------------------------------
def test_a_phone_signs_in_by_the_code_of_the_room_once(scene: Scene) -> None:
    scene.noticed()

    first, again = scene.come(scene.residents[0]), scene.come(scene.residents[0], START + timedelta(seconds=30))

    assert first.pk == again.pk
    assert (first.present, first.entitled) == ("room", True)
    assert Stay.objects.get().how == "code"


def test_a_code_that_is_over_is_refused_and_says_who_helps(scene: Scene) -> None:
    scene.noticed()

    with pytest.raises(Refused) as refused:
        attending.sign_in(actor=scene.residents[0], meeting_id=scene.pk, now=START, code=scene.code(START - 5 * MINUTE))

    assert refused.value.code == "bad_code"
    assert refused.value.turn_to
    assert Attendee.objects.count() == 0


def test_who_cannot_come_signs_in_online_and_may_come_into_the_room_later(scene: Scene) -> None:
    scene.noticed()

    scene.come(scene.residents[0], online=True)
    scene.come(scene.residents[0], START + MINUTE)

    assert [(s.present, bool(s.left_at)) for s in Stay.objects.order_by("pk")] == [("online", True), ("room", False)]


def test_a_meeting_in_the_room_alone_takes_nobody_online(cast: Cast) -> None:
    scene = build_scene(cast, online="").noticed()

    with pytest.raises(Refused) as refused:
        scene.come(scene.residents[0], online=True)

    assert refused.value.code == "room_only"


def test_nobody_signs_in_hours_before(scene: Scene) -> None:
    scene.noticed()

    with pytest.raises(Refused) as refused:
        scene.come(scene.residents[0], START - 61 * MINUTE)

    assert refused.value.code == "too_early"


def test_somebody_from_elsewhere_sits_in_and_does_not_count(scene: Scene) -> None:
    scene.noticed()

    guest = scene.come(scene.cast.outside["resident"])

    assert guest.entitled is False
    assert quorum_of(scene.meeting).present == 0


def test_with_a_register_only_those_on_it_count(scene: Scene) -> None:
    registering.register(actor=scene.worker, meeting_id=scene.pk, expected=[Expected("林素珍", person=scene.cast.person)], now=NOW)
    scene.noticed()

    listed, neighbour = scene.come(scene.residents[0]), scene.come(scene.residents[1])

    assert (listed.expected, listed.entitled, neighbour.entitled) == (True, True, False)
    assert (quorum_of(scene.fresh()).present, scene.meeting.entitled) == (1, 1)


def test_a_worker_ticks_an_old_neighbour_without_a_phone(scene: Scene) -> None:
    scene.noticed()

    made = attending.tick(actor=scene.worker, meeting_id=scene.pk, now=START, person_id=scene.cast.person.pk)
    attending.tick(actor=scene.worker, meeting_id=scene.pk, now=START + MINUTE, person_id=scene.cast.person.pk)

    stay = Stay.objects.get()
    assert (stay.attendee_id, stay.how, stay.by_name) == (made.pk, "worker", scene.worker.name)


def test_a_guest_known_by_name_alone_is_ticked_once_by_one_form(scene: Scene) -> None:
    scene.noticed()

    made = [
        attending.tick(actor=scene.worker, meeting_id=scene.pk, now=START, name="物业张经理", capacity="物业", entitled=False, once="a")
        for _n in range(2)
    ]

    assert made[0].pk == made[1].pk
    assert Attendee.objects.count() == 1


def test_residents_tick_nobody_else(scene: Scene) -> None:
    scene.noticed()

    with pytest.raises(NotAllowed):
        attending.tick(actor=scene.residents[0], meeting_id=scene.pk, now=START, name="某人")


def test_the_list_for_a_court_keeps_every_coming_and_going(scene: Scene) -> None:
    scene.noticed()
    who = scene.come(scene.residents[0])
    attending.leave(actor=scene.residents[0], meeting_id=scene.pk, attendee_id=who.pk, now=START + 10 * MINUTE)
    scene.come(scene.residents[0], START + 20 * MINUTE)

    (row,) = attendance(scene.meeting)

    assert [(s.came_at, s.left_at) for s in row.stays.all()] == [(START, START + 10 * MINUTE), (START + 20 * MINUTE, None)]


def test_nobody_sends_a_neighbour_home(scene: Scene) -> None:
    scene.noticed()
    who = scene.come(scene.residents[0])
    scene.come(scene.residents[1])

    with pytest.raises(NotAllowed):
        attending.leave(actor=scene.residents[1], meeting_id=scene.pk, attendee_id=who.pk, now=START)


def test_a_proxy_counts_while_its_holder_is_here(scene: Scene) -> None:
    registering.register(
        actor=scene.worker,
        meeting_id=scene.pk,
        expected=[Expected("甲", voter_id=1), Expected("林素珍", person=scene.cast.person)],
        now=NOW,
    )
    scene.noticed()
    holder = scene.come(scene.residents[0])
    absent = Attendee.objects.get(name="甲")

    attending.give_proxy(actor=scene.worker, meeting_id=scene.pk, absent_id=absent.pk, holder_id=holder.pk, now=START, most=1)
    assert quorum_of(scene.meeting).present == 2

    attending.leave(actor=scene.residents[0], meeting_id=scene.pk, attendee_id=holder.pk, now=START + MINUTE)
    assert quorum_of(scene.meeting).present == 0


def test_a_committee_knows_no_proxies_and_names_the_rule(cast: Cast) -> None:
    scene = build_scene(cast, body="owners_committee")
    registering.register(
        actor=scene.worker, meeting_id=scene.pk, expected=[Expected("甲", voter_id=1), Expected("林素珍", person=cast.person)], now=NOW
    )
    scene.noticed()
    holder = scene.come(scene.residents[0])

    with pytest.raises(Refused) as refused:
        attending.give_proxy(
            actor=scene.worker, meeting_id=scene.pk, absent_id=Attendee.objects.get(name="甲").pk, holder_id=holder.pk, now=START
        )

    assert "指导规则" in str(refused.value.rule)


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
