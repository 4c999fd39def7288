"""A resident's own page leads to what of theirs is under way in every room, and to what waits for them, within twelve questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import answered
from linli.kernel.accounts.models import Account
from linli.kernel.matters.mine import Whole, mine_of
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.meetings.actions import minuting, noticing, planning, registering, running
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import Meeting, State
from linli.loops.council.motions.actions import carrying
from linli.loops.council.talks.actions import opening as talks
from linli.loops.council.talks.actions import saying
from tests.council.draws.scene import applied
from tests.council.draws.scene import opened as draw_opened
from tests.council.factories import CLOSES, OPENS, Council, cast, delivered, opened, submitted
from tests.council.meetings.scene import plan_of
from tests.factories import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db


def whole(actor: Actor, now: Any) -> Whole:
    return answered(mine_of(actor, now))


def waits(actor: Actor, now: Any) -> list[str]:
    return [str(row["title"]).partition("：")[0] for row in whole(actor, now).waits]


def a_meeting(council: Council, **more: Any) -> Meeting:
    plan = plan_of(council.cast, place=council.compound, notice_days=0, starts_at=NOW + DAY, entitled=None, **more)
    meeting = planning.plan_meeting(actor=council.worker, plan=plan, now=NOW)
    expected = [Expected("邻居0", person=council.owners[0], account_id=council.residents[0].account_id)]
    registering.register(actor=council.worker, meeting_id=meeting.pk, expected=expected, now=NOW, count=False)
    noticing.give_notice(actor=council.worker, meeting_id=meeting.pk, now=NOW)
    return meeting


def client_of(actor: Actor) -> Client:
    made = Client()
    made.force_login(Account.objects.get(pk=actor.account_id))
    return made


def test_what_waits_in_every_room_and_what_is_mine_stands_on_my_page(
    council: Council, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    me, other = council.residents[0], council.residents[1]
    assert whole(me, NOW) == Whole([], []) == whole(Actor(), NOW)
    mine_raised = submitted(council, title="门口装路灯", who=0)
    seconds = submitted(council, title="楼道刷墙", who=1)
    meeting = a_meeting(council)
    draw = draw_opened(council)
    applied(council, draw, 0)
    talk = talks.open_talk(actor=council.worker, matter_id=mine_raised.pk, question="先修哪一盏？", closes_at=NOW + 9 * DAY, now=NOW)
    saying.say(actor=me, talk_id=talk.pk, kind="statement", text="先修东门的。", now=NOW)
    ballot = opened(council)
    now = OPENS + HOUR

    found = whole(me, now)
    titles = [str(row["title"]) for row in found.waits]
    assert f"等您投票：{ballot.motion.matter.public_title}" in titles
    assert f"等您附议：{seconds.public_title}" in titles
    assert not any(mine_raised.public_title in title for title in titles), "one's own motion needs no second of one's own"
    assert [part.title for part in found.parts] == ["我的投票", "我的议题", "我的会议", "我的交流", "我的抽签"]
    assert {row["href"] for part in found.parts for row in part.rows if isinstance(row, dict)} >= {
        f"/ballots/{ballot.pk}/", f"/meetings/{meeting.pk}/", f"/talks/{talk.pk}/mine/", f"/draws/{draw.pk}/#mine",
    }  # fmt: skip
    cast(council, ballot, 0)
    assert "等您投票" not in waits(me, now) and "等您投票" in waits(other, now)
    assert "等您投票" not in waits(me, CLOSES) and Ballot.objects.get(pk=ballot.pk).state == "open"

    with time_machine.travel(now, tick=False):
        client = client_of(me)
        client.get("/me/")
        with django_assert_max_num_queries(12):
            page = client.get("/me/").content.decode()
    assert all(words in page for words in ("等您的", "楼道刷墙", "我的议题", "我的抽签", "电梯怎么修"))


def test_supervisors_are_asked_to_accept_until_they_have_spoken(council: Council) -> None:
    matter = delivered(council, supervisors=1)
    now = NOW + 17 * DAY
    assert waits(council.residents[0], now) == ["请您验收"] and waits(council.residents[1], now) == []
    carrying.give_opinion(actor=council.residents[0], matter_id=matter.pk, now=now, accepts=True)
    assert "请您验收" not in waits(council.residents[0], now)


def test_a_resident_who_chaired_confirms_the_minutes_on_their_own_screen(council: Council) -> None:
    chair = council.residents[2]
    meeting = a_meeting(council, chair_id=chair.account_id, chair_name="邻居2")
    at = NOW + DAY
    running.open_meeting(actor=council.worker, meeting_id=meeting.pk, now=at)
    assert waits(council.residents[0], at) == ["正在开会"]
    running.end(actor=council.worker, meeting_id=meeting.pk, now=at + HOUR)
    minuting.draft_minutes(actor=council.worker, meeting_id=meeting.pk, now=at + HOUR)
    assert waits(chair, at + HOUR) == ["纪要等您确认"]

    with time_machine.travel(at + HOUR, tick=False):
        client = client_of(chair)
        page = client.get(f"/meetings/{meeting.pk}/minutes/").content.decode()
        assert "以主持人身份确认" in page and "以记录人身份确认" not in page
        assert client_of(council.residents[3]).get(f"/meetings/{meeting.pk}/minutes/").status_code == 404
        sent = client.post(f"/meetings/{meeting.pk}/do/confirm/", {"role": "chair", "seen": "1"})
    assert sent.status_code == 302 and sent["Location"].endswith("/minutes/")
    meeting.refresh_from_db()
    assert meeting.minutes.chair_at == at + HOUR and meeting.state == State.ENDED
    assert waits(chair, at + HOUR) == []
