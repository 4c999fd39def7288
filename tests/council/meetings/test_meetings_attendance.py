"""Who is here: signing in by phone, code or tick, leaving, proxies, and what counts for the quorum."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.kernel.access.refusals import NotAllowed, Refused
from linli.loops.council.meetings.actions import attending, registering
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import Attendee, Stay
from linli.loops.council.meetings.queries import attendance, quorum_of
from tests.council.meetings.scene import NOW, START, Scene, build_scene
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
