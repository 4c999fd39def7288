"""What happens in the demo: requests raised over the last months and brought to every point of the road, by the house's own actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from linli.demo import scenes
from linli.demo.town import Town
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.actions import add_me_too, link, merge
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Category, Clock, Matter
from linli.kernel.matters.promises import calendar
from linli.kernel.notices.actions import publish_notice
from linli.kernel.places.models import Place
from linli.loops.requests.actions import dispatch, grading, handling, intake, judging, whistle

Step = Callable[["Story"], None]


class Story:
    """One request on its way; every step takes some believable time, and none is later than now."""

    def __init__(self, town: Town, scene: int, start: datetime, now: datetime, random: Random, place: Place | None = None) -> None:
        self.town, self.now, self.random = town, now, random
        self.code, title, body, self.first, self.done = scenes.SCENES[scene]
        compound = town.compounds[scene % len(town.compounds)]
        self.place = place or random.choice(town.buildings[compound.pk][:3])
        filling = {"b": self.place.name, "n": str(random.randrange(2, 9))}
        self.title, self.body, self.done = title.format(**filling), body.format(**filling), self.done.format(**filling)
        self.category = Category.objects.get(code=self.code)
        self.at = start
        self.matter: Matter | None = None
        self.worker, self.other, self.street = (town.actors[n] for n in ("wang.fang", "li.jun", "zhou.street"))
        self.resident = random.choice(town.residents)

    def later(self, low: float, high: float) -> datetime:
        """Some hours on, moved into the daytime, but never into the future."""
        wanted = (self.at + timedelta(hours=self.random.uniform(low, high))).astimezone(ZONE)
        if not 8 <= wanted.hour < 20:
            morning = wanted.replace(hour=8, minute=self.random.randrange(5, 55), second=0)
            wanted = morning if wanted.hour < 8 else morning + timedelta(days=1)
        self.at = min(wanted, self.now - timedelta(minutes=1)) if wanted > self.at else self.at + timedelta(seconds=30)
        return self.at

    @property
    def id(self) -> int:
        assert self.matter is not None
        return self.matter.pk

    @property
    def unit(self) -> Unit:
        return self.town.units.get(self.category.department) or self.town.units["property_manager"]

    @property
    def handler(self) -> Actor:
        """Whoever of the unit has an account; else the street acts for it."""
        return next((a for a in self.town.actors.values() if self.unit.pk in a.unit_ids), self.street)

    def raised(self, channel: str = "web") -> Story:
        if channel == "web":
            self.matter = intake.raise_request(
                actor=self.resident, title=self.title, body=self.body, place=self.place, now=self.at, category=self.category
            )
        else:
            person = self.random.choice(self.town.callers)
            actor = self.town.actors["zhao.wang"] if channel == "patrol" else self.worker
            self.matter = intake.raise_request(
                actor=actor,
                title=self.title,
                body=self.body,
                place=self.place,
                now=self.at,
                category=self.category,
                channel=channel,
                raised_for=None if channel == "patrol" else person,
            )
        return self

    def met_too(self, count: int) -> Story:
        if self.matter is not None and self.matter.visibility == "private":
            return self
        others = [r for r in self.town.residents if r != self.resident]
        for neighbour in self.random.sample(others, min(count, len(others))):
            add_me_too(actor=neighbour, matter_id=self.id, now=self.later(0.1, 1))
        return self

    def accepted(self) -> Story:
        grade = "complex" if self.code in scenes.COMPLEX else "simple"
        dispatch.accept(actor=self.worker, matter_id=self.id, now=self.later(0.3, 5), category=self.category, grade=grade)
        if grade == "complex":
            self.planned()
        return self

    def planned(self) -> Story:
        """What a complex request is owed: a plan, with the day it will be done by, within a week and what is promised."""
        when = self.later(4, 20)
        promised = Clock.objects.filter(matter_id=self.id, subject="resolve", met_at=None, cancelled_at=None).get().due_at or when
        day = max(when, min(when + timedelta(days=7), promised)).astimezone(ZONE).date()
        grading.plan(actor=self.worker, matter_id=self.id, now=when, text=scenes.PLAN_WORDS.format(first=self.first), done_on=day)
        return self

    def dispatched(self) -> Story:
        dispatch.dispatch(actor=self.worker, matter_id=self.id, now=self.later(0.2, 3), unit=self.unit, category=self.category)
        return self

    def working(self) -> Story:
        handling.start(actor=self.handler, matter_id=self.id, now=self.later(0.5, 6))
        handling.answer(actor=self.handler, matter_id=self.id, now=self.later(0.2, 4), text=self.first)
        return self

    def resolved(self, low: float = 4, high: float = 40) -> Story:
        handling.resolve(actor=self.handler, matter_id=self.id, now=self.later(low, high), text=self.done)
        return self

    def rated(self, good: bool) -> Story:
        comment = self.random.choice(scenes.COMMENTS_GOOD if good else scenes.COMMENTS_BAD)
        when = self.later(3, 30)
        if self.matter is not None and self.matter.channel == "web":
            judging.rate(actor=self.resident, matter_id=self.id, now=when, answered=True, solved=good, satisfied=good, comment=comment)
        else:
            judging.record_rating(
                actor=self.other, matter_id=self.id, now=when, answered=True, solved=good, satisfied=good, comment=comment
            )
        return self

    def unreachable(self) -> Story:
        judging.record_unreachable(actor=self.other, matter_id=self.id, now=self.later(20, 40))
        judging.close(actor=self.other, matter_id=self.id, now=self.later(20, 40))
        return self


def live(town: Town, now: datetime, random: Random) -> int:
    """Let the last ten weeks happen: some eighty finished requests, then those open today. Returns how many there are."""
    made = 0
    for scene in range(len(scenes.SCENES)):
        for _again in range(2 + scene % 2):
            _finished(town, scene, now, random)
            made += 1
    made += _today(town, now, random)
    _notices(town, now)
    return made


def _finished(town: Town, scene: int, now: datetime, random: Random) -> None:
    start = now - timedelta(days=random.uniform(6, 70))
    channel = random.choices(["web", "phone", "counter"], [7, 3, 1])[0]
    story = Story(town, scene, start, now, random).raised(channel)
    if random.random() < 0.3:
        story.met_too(random.randrange(1, 7))
    story.accepted().dispatched().working().resolved(4, 90 if random.random() < 0.15 else 40)
    fate = random.random()
    if fate < 0.2:
        story.rated(good=False).resolved(4, 20).rated(good=random.random() < 0.45)
    elif fate < 0.85:
        story.rated(good=True)
    elif channel != "web":
        story.unreachable()


def _ago(now: datetime, **span: float) -> datetime:
    return now - timedelta(**span)


def _today(town: Town, now: datetime, random: Random) -> int:
    """What stands open today, one at each point of the road, some of it late."""
    building = town.buildings[town.compounds[0].pk][2]

    def story(scene: int, **span: float) -> Story:
        return Story(town, scene, _ago(now, **span), now, random)

    lift = Story(town, 0, _ago(now, hours=34), now, random, place=building)
    lift.resident = town.residents[0]
    lift.raised().met_too(17)
    lift.accepted().dispatched().working()
    _whistled(town, story(7, days=2).raised("phone"))
    story(2, hours=1).raised()
    story(20, hours=5).raised("patrol")
    story(13, hours=26).raised()
    story(3, hours=20).raised("counter").accepted()
    story(11, hours=30).raised().accepted().dispatched()
    story(15, days=8).raised().met_too(3).accepted().dispatched()
    story(18, days=3).raised().accepted().dispatched().working()
    _waiting(story(26, days=1).raised().accepted().dispatched())
    _suspended(story(8, days=9).raised().met_too(5).accepted().dispatched().working(), now)
    done = story(1, days=2)
    done.resident = town.residents[0]
    done.raised().accepted().dispatched().working().resolved(2, 6)
    story(19, days=3).raised("phone").accepted().dispatched().working().resolved(2, 10)
    bad = story(6, days=4)
    bad.resident = town.residents[0]
    bad.raised().accepted().dispatched().working().resolved(2, 6).rated(good=False)
    _coming_back(town, now, random)
    twin = story(12, hours=3).raised()
    first = story(12, hours=7).raised()
    _declined(town, story(27, days=5).raised())
    _merged(town, twin, first)
    return 21


def _coming_back(town: Town, now: datetime, random: Random) -> None:
    """One household says the same three times, tied by a worker; a fourth awaits the worker's word. One request is graded anew."""
    building, told = town.buildings[town.compounds[0].pk][1], []
    for days in (27, 19, 12):
        story = Story(town, 7, _ago(now, days=days), now, random, place=building)
        story.resident = town.residents[5]
        told.append(story.raised().accepted().dispatched().working().resolved(4, 20))
    for earlier, later in pairwise(told):
        link(actor=story.worker, source_id=later.id, target_id=earlier.id, kind="repeats", now=_ago(now, days=11))
    again = Story(town, 7, _ago(now, hours=2), now, random, place=building)
    again.resident = town.residents[5]
    again.raised()
    hard = Story(town, 23, _ago(now, days=2), now, random)
    hard.raised().met_too(9).accepted().dispatched()
    grading.regrade(actor=hard.worker, matter_id=hard.id, now=hard.later(1, 4), grade="complex", text=scenes.REGRADE_WORDS)


def _whistled(town: Town, story: Story) -> None:
    units = [town.units[k] for k in ("water_affairs", "urban_management", "property_manager")]
    whistle.whistle(
        actor=town.actors["zhou.street"],
        matter_id=story.id,
        now=story.later(1, 2),
        lead=units[0],
        others=units[1:],
        text=scenes.WHISTLE_WORDS,
    )
    whistle.report_in(actor=town.actors["ma.water"], matter_id=story.id, now=story.later(1, 2), text="带抽排车到场。")
    whistle.report_in(actor=town.actors["he.city"], matter_id=story.id, now=story.later(0.2, 1))
    whistle.answer_whistle(
        actor=town.actors["ma.water"], matter_id=story.id, now=story.later(1, 2), text="堵点在 7 号井，已抽排，明早高压清洗管道。"
    )


def _waiting(story: Story) -> None:
    handling.ask(actor=story.handler, matter_id=story.id, now=story.later(1, 2), text=scenes.ASK_WORDS)


def _suspended(story: Story, now: datetime) -> None:
    until = now.date() + timedelta(days=18)
    while not calendar().is_working_day(until):
        until += timedelta(days=1)
    handling.suspend(actor=story.handler, matter_id=story.id, now=story.later(1, 5), text=scenes.SUSPEND_WORDS, review_on=until)


def _declined(town: Town, story: Story) -> None:
    dispatch.decline(
        actor=story.worker,
        matter_id=story.id,
        now=story.later(1, 4),
        reason="statutory_channel",
        text="入学划片争议已进入行政复议，应按复议程序处理。",
        turn_to="区教育局行政复议窗口，028-85559876",
    )


def _merged(town: Town, twin: Story, first: Story) -> None:
    merge(
        actor=town.actors["wang.fang"], source_id=twin.id, target_id=first.id, now=twin.later(0.2, 0.5), text="与前一件是同一处路面塌陷。"
    )


def _notices(town: Town, now: datetime) -> None:
    head, community = town.actors["chen.ying"], town.communities[0]
    publish_notice(
        actor=head,
        place=community,
        now=_ago(now, days=3),
        until_at=now + timedelta(days=11),
        title="二次供水水箱清洗停水安排",
        body="芳草苑 1 至 6 栋本周六上午八点至下午两点清洗水箱，其间停水，请提前储水。行动不便的住户可拨打社区电话，由网格员送水上门。",
    )
    publish_notice(
        actor=head,
        place=community,
        now=_ago(now, days=12),
        until_at=now + timedelta(days=18),
        title="冬季消防通道集中整治",
        body="本月起每晚八点后巡查消防通道。占用通道的车辆先电话提醒，三次不改的请交警处理。通道划线图已张贴在各单元门口。",
    )
