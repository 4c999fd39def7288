"""A year of meetings in the first compound: one published with its minutes, one coming, one poll about when to meet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from linli.demo.town import Town
from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.loops.council.meetings.actions import attending, hands, minuting, noticing, noting, planning, running, slots, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Attendee, Meeting, SlotPoll

MINUTE = timedelta(minutes=1)
SAID = (
    ("pro", "先修轴承和钢丝绳，花得少，一个月就好。"),
    ("contra", "修了三次还坏，换新的安心。"),
    ("open", "维修资金还剩多少，请物业公布。"),
)


def build(town: Town, now: datetime, hall: str = "社区议事厅") -> dict[str, Any]:
    """Live it through the house's own actions; returns what was made. About a second in a hamlet."""
    worker, head = town.actors["wang.fang"], town.actors["chen.ying"]
    begins = evening(now, -12)
    earlier = _poll(town, worker, "电梯修还是换", now - timedelta(days=30), around=begins - timedelta(days=4))
    slots.choose(actor=worker, poll_id=earlier.pk, slot_id=earlier.slots.get(starts_at=begins).pk, now=now - timedelta(days=27))
    return {
        "past": _past(town, worker, head, now, hall, earlier),
        "coming": _coming(town, worker, now, hall),
        "poll": _poll(town, worker, "楼道堆物怎么清", now - timedelta(hours=20), until=now + timedelta(days=2)),
    }


def evening(now: datetime, days: int) -> datetime:
    """Seven in the evening, so many days from now."""
    return datetime.combine((now + timedelta(days=days)).astimezone(ZONE).date(), time(19, 0), ZONE)


def _residents(town: Town, count: int) -> list[Actor]:
    return [r for r in town.residents if r.person_id is not None][:count]


def _past(town: Town, worker: Actor, head: Actor, now: datetime, hall: str, poll: SlotPoll) -> Meeting:
    begins = evening(now, -12)
    told = begins - timedelta(days=14)  # three days of notice, and the longest holidays they may end in
    compound = town.compounds[0]
    plan = Plan(
        place=compound,
        body="compound",
        title="电梯修还是换",
        starts_at=begins,
        ends_at=begins + 90 * MINUTE,
        venue=hall,
        online="会议号 305 718",
        chair_name=head.name,
        chair_id=head.account_id,
        recorder_name=worker.name,
        recorder_id=worker.account_id,
        notice_days=3,
        topics=(
            Topic("电梯修还是换", detail="物业给了两个方案，听大家的意见。", minutes=40, speak_seconds=120),
            Topic("非机动车停放", minutes=20),
        ),
        openness="public",
        poll_id=poll.pk,
    )
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=told)
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=told)
    came = _residents(town, 9)
    run: dict[str, Any] = {"actor": worker, "meeting_id": meeting.pk}
    for n, resident in enumerate(came):
        if n % 3 == 2:
            attending.sign_in(actor=resident, meeting_id=meeting.pk, now=begins - 2 * MINUTE)
        else:
            attending.tick(**run, person_id=resident.person_id, now=begins - (9 - n) * MINUTE)
    for person in Person.objects.filter(pk__in=[c.pk for c in town.callers[:3]]):
        attending.tick(**run, person_id=person.pk, now=begins)
    running.open_meeting(**run, now=begins)
    items = list(meeting.items.all())
    running.open_item(**run, item_id=items[0].pk, now=begins + MINUTE)
    at = begins + 2 * MINUTE
    seats = list(Attendee.objects.filter(meeting=meeting).order_by("seat")[:3])
    for seat, (side, _words) in zip(seats, SAID, strict=True):
        speaking.ask(**run, attendee_id=seat.pk, side=side, now=at)
    for _n in SAID:
        speech = speaking.call(**run, now=at)
        words = next(text for side, text in SAID if side == speech.side)
        speaking.finish(**run, speech_id=speech.pk, now=at + timedelta(seconds=110))
        speaking.note_gist(**run, speech_id=speech.pk, gist=words, now=at + 2 * MINUTE)
        at += 3 * MINUTE
    show = hands.open_hands(**run, question="先修一年，再坏就换，可以吗", now=at)
    for resident in came[:5]:
        hands.show_hand(actor=resident, meeting_id=meeting.pk, hands_id=show.pk, choice="agree", now=at)
    hands.close_hands(**run, hands_id=show.pk, now=at + 2 * MINUTE, agree=3, against=2, abstain=1)
    noting.note(**run, text="先修一年，再坏就提请业主大会换新。", now=at + 3 * MINUTE)
    due = (begins + timedelta(days=21)).astimezone(ZONE).date()
    noting.note(**run, kind="task", text="公布维修资金余额，问三家报价", owner="物业秦刚", due_on=due, now=at + 4 * MINUTE)
    soon = (begins + timedelta(days=5)).astimezone(ZONE).date()
    seen_to = noting.note(**run, kind="task", text="清走 3 栋楼下的废旧自行车", owner="业委会冯秀英", due_on=soon, now=at + 4 * MINUTE)
    running.open_item(**run, item_id=items[1].pk, now=at + 5 * MINUTE)
    running.end(**run, now=begins + 70 * MINUTE)
    after = begins + timedelta(days=1)
    minuting.draft_minutes(**run, now=after)
    minuting.confirm_minutes(**run, role="recorder", now=after)
    minuting.confirm_minutes(actor=head, meeting_id=meeting.pk, role="chair", now=after + 60 * MINUTE)
    published = minuting.publish_minutes(actor=head, meeting_id=meeting.pk, now=after + 61 * MINUTE)
    noting.finish_task(**run, outcome_id=seen_to.pk, text="清走 11 辆，有主的 4 辆挪进了车棚", now=begins + timedelta(days=4))
    return published


def _coming(town: Town, worker: Actor, now: datetime, hall: str) -> Meeting:
    compound = town.compounds[0]
    plan = Plan(
        place=compound,
        body="compound",
        title="停车位怎么分",
        starts_at=evening(now, 6),
        venue=hall,
        online="会议号 305 718",
        chair_name=worker.name,
        chair_id=worker.account_id,
        recorder_name="李军",
        notice_days=3,
        topics=(Topic("停车位抽签还是轮流", minutes=40), Topic("外来车辆怎么收费", minutes=30)),
    )
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=now - timedelta(days=1))
    return noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=now - timedelta(days=1))


def _poll(
    town: Town, worker: Actor, title: str, asked: datetime, until: datetime | None = None, around: datetime | None = None
) -> SlotPoll:
    """Evenings suit those who work, mornings of free days the others; one of twelve can at no time."""
    made = slots.open_poll(
        actor=worker,
        place=town.compounds[0],
        body="compound",
        title=title,
        slots=slots.proposed(around or asked)[:7],
        closes_at=until or asked + timedelta(days=2),
        now=asked,
    )
    offered = [(s.pk, s.starts_at.astimezone(ZONE)) for s in made.slots.all()]
    for n, resident in enumerate(_residents(town, 12)):
        evenings = [pk for pk, at in offered if at.hour >= 18 and at.weekday() < 5]
        mornings = [pk for pk, at in offered if at.hour < 12]
        suits = [] if n == 11 else mornings if n % 4 == 0 else evenings[n % 2 :] + mornings[: n % 3 == 0]
        slots.answer(actor=resident, poll_id=made.pk, slot_ids=suits, now=asked + timedelta(hours=2 + n))
    return made
