"""A meeting of a compound about the lift, from its plan to its end, made through the house's own actions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of
from linli.loops.council.meetings.actions import attending, noticing, planning, running, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.codes import code_at
from linli.loops.council.meetings.models import AgendaItem, Attendee, Meeting
from tests import factories as f
from tests.factories import DAY, NOW, Cast
from tests.worlds import laid_down_again

START = f.at("2026-06-30 19:00")
OPENED = f.at("2026-06-30 19:02")


def plan_of(cast: Cast, **change: Any) -> Plan:
    plan = Plan(
        place=cast.here.compound,
        body="compound",
        title="电梯怎么修",
        starts_at=START,
        venue="议事厅",
        online="https://meet.example.cn/88",
        chair_name="王主任",
        recorder_name="小李",
        notice_days=15,
        notice_rule="《物业管理条例》第十四条",
        entitled=4,
        topics=(Topic("电梯大修", detail="修还是换"), Topic("停车收费")),
    )
    return replace(plan, **change)


@dataclass
class Scene:
    """`meeting` is planned; the helpers take it further."""

    cast: Cast
    worker: Actor
    meeting: Meeting
    residents: list[Actor]

    @property
    def pk(self) -> int:
        return self.meeting.pk

    def fresh(self) -> Meeting:
        self.meeting = Meeting.objects.select_related("place", "current").get(pk=self.meeting.pk)
        return self.meeting

    @property
    def items(self) -> list[AgendaItem]:
        return list(AgendaItem.objects.filter(meeting=self.meeting))

    def code(self, now: datetime = START) -> str:
        return code_at(self.meeting.secret, now, rotating=self.meeting.rotating)

    def noticed(self) -> Scene:
        noticing.give_notice(actor=self.worker, meeting_id=self.pk, now=NOW)
        return self

    def come(self, actor: Actor, now: datetime = START, *, online: bool = False) -> Attendee:
        return attending.sign_in(actor=actor, meeting_id=self.pk, now=now, code="" if online else self.code(now))

    def opened(self, present: int = 3) -> Scene:
        self.noticed()
        for actor in self.residents[:present]:
            self.come(actor)
        running.open_meeting(actor=self.worker, meeting_id=self.pk, now=OPENED)
        return self

    def discussing(self, present: int = 3) -> Scene:
        self.opened(present)
        running.open_item(actor=self.worker, meeting_id=self.pk, item_id=self.items[0].pk, now=OPENED)
        self.fresh()
        return self

    def asked(self, n: int, side: str = "open", now: datetime = OPENED) -> int:
        return speaking.ask(actor=self.residents[n], meeting_id=self.pk, side=side, now=now).pk

    def ended(self) -> Scene:
        self.discussing()
        self.asked(0, "pro")
        speaking.call(actor=self.worker, meeting_id=self.pk, now=OPENED)
        running.end(actor=self.worker, meeting_id=self.pk, now=f.at("2026-06-30 20:30"))
        self.fresh()
        return self


def resident(cast: Cast, name: str) -> Actor:
    known = Account.objects.filter(username=name).first()
    return actor_of(known, now=NOW) if known else f.resident_at(cast, name)


def build_scene(cast: Cast, **change: Any) -> Scene:
    worker = cast.community_worker
    meeting = planning.plan_meeting(actor=worker, plan=plan_of(cast, **change), now=NOW)
    residents = [cast.raiser, *(resident(cast, f"r{n}") for n in range(1, 6))]
    return Scene(cast, worker, meeting, residents)


@laid_down_again
def scene_again() -> Scene:
    """The cast with a meeting that is planned, made once a run."""
    return build_scene(f.build_cast())


__all__ = ["DAY", "NOW", "OPENED", "START", "Scene", "build_scene", "plan_of", "scene_again"]
