"""What is being decided in the demo: motions at every point of their road, lived through the house's own actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from linli.demo.town import Town
from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.loops.council.motions.actions import carrying, deciding, preparing, raising, screening, seconding
from linli.loops.council.motions.models import Announcement, Decision, SecondRule
from linli.loops.council.motions.reference import load_reference

NEEDED: Final = 8


def build(town: Town, now: datetime) -> int:
    """Let some motions of the first compound be raised, seconded, talked over, announced, carried out and done. Returns how many there are."""
    load_reference(now)
    SecondRule.objects.create(
        place=town.communities[0],
        tier="compound",
        homes=NEEDED,
        days=30,
        source="芳草社区居民议事规则",
        starts_at=now - timedelta(days=300),
    )
    told: Sequence[Callable[[Town, datetime], None]] = (
        _done,
        _carrying,
        _posted,
        _announced,
        _talked_over,
        _banked,
        _seconding,
        _building,
        _draft,
    )
    for tell in told:
        tell(town, now)
    return len(told)


class Story:
    """One motion on its way; every step is told how many days after the first it was taken, at ten in the morning, and never after now."""

    def __init__(self, town: Town, now: datetime, days_ago: float, raiser: int) -> None:
        self.town, self.now = town, now
        morning = (now - timedelta(days=days_ago)).astimezone(ZONE).replace(hour=10, minute=5, second=0, microsecond=0)
        self.start, self.raiser = min(morning, now - timedelta(hours=2)), raiser
        self.head, self.worker = town.actors["chen.ying"], town.actors["wang.fang"]
        self.id, self.late = 0, timedelta(0)

    def at(self, days: float) -> datetime:
        return min(self.start + timedelta(days=days) + self.late, self.now - timedelta(minutes=5))

    def wait(self, days: float, until: datetime) -> datetime:
        """The day of the plan, or the morning after `until` where a notice or posting ended later over days off; the rest follows later too."""
        planned = self.start + timedelta(days=days) + self.late
        if planned < until:
            self.late += until + timedelta(hours=10) - planned
        return self.at(days)

    @property
    def resident(self) -> Actor:
        return self.town.residents[self.raiser]

    def raised(self, title: str, body: str, *, road: str, topic: str, options: Sequence[dict[str, Any]] = (), place: Any = None) -> Story:
        self.id = raising.draft_motion(
            actor=self.resident,
            title=title,
            body=body,
            place=place or self.town.compounds[0],
            road=road,
            now=self.start,
            topic=topic,
            options=options,
        ).pk
        return self

    def submitted(self) -> Story:
        raising.submit(actor=self.resident, matter_id=self.id, now=self.at(0.05))
        return self

    def seconded(self, homes: int) -> Story:
        """So many homes second it, the raiser's own included."""
        others = [a for i, a in enumerate(self.town.residents) if i != self.raiser]
        for n, neighbour in enumerate(others[: homes - 1]):
            seconding.second(actor=neighbour, matter_id=self.id, now=self.at(0.1 + 0.25 * n))
        return self

    def banked(self, power: str) -> Story:
        screening.screen(actor=self.head, matter_id=self.id, now=self.at(3), power=power)
        return self

    def scheduled(self, day: float = 4) -> Story:
        preparing.schedule(
            actor=self.head,
            matter_id=self.id,
            now=self.at(day),
            on=(self.at(day) + timedelta(days=2)).date(),
            text="周六上午在居民议事厅商量。",
        )
        return self

    def announced(self, day: float) -> Story:
        preparing.give_notice(actor=self.head, matter_id=self.id, now=self.at(day))
        return self

    def decided(self, day: float, text: str, present: int) -> Story:
        stands = Announcement.objects.get(motion_id=self.id, used=False, taken_back_at=None)
        now = self.wait(day, stands.decidable_at)
        deciding.record_decision(actor=self.head, matter_id=self.id, now=now, passed=True, text=text, figures={"present": present})
        return self

    def in_force(self, day: float) -> Story:
        now = self.wait(day, Decision.objects.get(motion_id=self.id).holds_from)
        deciding.confirm(actor=self.head, matter_id=self.id, now=now)
        return self

    def watched(self, day: float, residents: Sequence[int]) -> Story:
        for person in Person.objects.filter(account_id__in=[self.town.residents[i].account_id for i in residents]).order_by("pk"):
            carrying.appoint(actor=self.head, matter_id=self.id, person=person, now=self.at(day))
        return self

    def task(self, day: float, text: str, due: float, yuan: int, line: str = "公共收益") -> Story:
        carrying.add_task(
            actor=self.head,
            matter_id=self.id,
            now=self.at(day),
            text=text,
            unit=self.town.units["property_manager"],
            due_on=(self.start + timedelta(days=due) + self.late).astimezone(ZONE).date(),
            budget_line=line,
            budget_fen=yuan * 100,
        )
        return self


def _consulted(town: Town, now: datetime, days_ago: float, raiser: int, **words: Any) -> Story:
    """On the road of four steps, seconded and in the bank, up to its scheduling."""
    return (
        Story(town, now, days_ago, raiser)
        .raised(**{"road": "four_steps", **words})
        .submitted()
        .seconded(NEEDED)
        .banked("residents")
        .scheduled()
    )


def _done(town: Town, now: datetime) -> None:
    story = _consulted(
        town,
        now,
        75,
        2,
        title="3 栋门前加一排路灯",
        body="3 栋到东门那段路晚上很暗，老人下楼倒垃圾摔过两次。希望加几盏灯。",
        topic="facility_works",
        options=[{"title": "太阳能路灯六盏", "text": "不用挖路布线，两天装好。", "cost_fen": 900_000}],
    )
    story.announced(7).decided(12, "到场 21 户，一致同意装太阳能路灯六盏，费用从公共收益里出。", 21).in_force(17).watched(17, (4, 5, 6))
    story.task(17, "采购并安装六盏太阳能路灯", 30, 9_000)
    carrying.progress(actor=story.head, matter_id=story.id, now=story.at(22), text="灯已经到货，周末开始装。", task=1)
    carrying.finish_task(
        actor=story.head, matter_id=story.id, task=1, now=story.at(27), text="装好六盏，夜里试亮三天正常。", spent_fen=876_000
    )
    carrying.deliver(actor=story.head, matter_id=story.id, now=story.at(28), text="请监督员晚上来看看亮不亮。")
    for who in (4, 5, 6):
        carrying.give_opinion(
            actor=town.residents[who], matter_id=story.id, now=story.at(29 + who / 10), accepts=True, text="亮，间距合适。"
        )
    for who, comment in ((2, "晚上下楼踏实多了"), (0, "说到做到"), (1, "")):
        carrying.rate(
            actor=town.residents[who], matter_id=story.id, now=story.at(31 + who / 10), satisfied=True, solved=True, comment=comment
        )
    carrying.close(actor=story.head, matter_id=story.id, now=story.at(34), text="灯装好了，大家满意。")
    carrying.publish_case(
        actor=story.head,
        matter_id=story.id,
        now=story.at(35),
        title="楼前夜里太暗，居民商量着装上了路灯",
        situation="一段路没有灯，晚上有老人摔倒。电网路灯不归小区管，挖路布线又贵。",
        done="按协商四步法走了一个月：八户附议，商量两次，定下装太阳能路灯六盏，费用从公共收益里出，三位居民监督员晚上到现场验收。",
        lessons="先晚上走一遍，数清楚要几盏；请监督员在天黑以后验收。",
    )


def _carrying(town: Town, now: datetime) -> None:
    story = _consulted(
        town,
        now,
        60,
        7,
        title="单元门口台阶加扶手和坡道",
        body="轮椅和婴儿车上不去，下雨天台阶滑。",
        topic="facility_works",
        options=[{"title": "六个单元都加", "text": "不锈钢扶手，防滑坡道。", "cost_fen": 2_400_000}],
    )
    story.announced(7).decided(12, "到场 17 户，同意六个单元都加。", 17).in_force(17).watched(18, (0, 3, 9))
    story.task(18, "1 栋、2 栋四个单元装扶手和坡道", 30, 16_000).task(18, "3 栋两个单元装扶手和坡道", 40, 8_000)
    carrying.finish_task(actor=story.head, matter_id=story.id, task=1, now=story.at(29), text="四个单元装好了。", spent_fen=1_580_000)
    carrying.progress(actor=story.head, matter_id=story.id, now=story.at(41), text="3 栋的坡道石材缺货，要晚一周，向大家说明。", task=2)


def _posted(town: Town, now: datetime) -> None:
    story = _consulted(
        town,
        now,
        24,
        10,
        title="电动车棚统一装充电桩",
        body="现在有人从楼上拉线充电，太危险。希望车棚里统一装充电桩。",
        topic="facility_works",
    )
    story.announced(7).decided(23, "到场 19 户：18 户同意，1 户希望再比比价。同意装十个充电口，由物业比选三家报价。", 19)


def _announced(town: Town, now: datetime) -> None:
    story = _consulted(
        town,
        now,
        11,
        0,
        title="晚上十点以后中心花园不放音响",
        body="夏天夜里音响声大，孩子睡不好。商量一个大家都能接受的时间。",
        topic="public_matters",
        options=[{"title": "晚上九点半停", "text": "周末可到十点。"}, {"title": "晚上十点停", "text": "每天一样，好记。"}],
    )
    preparing.publish_draft(actor=story.head, matter_id=story.id, now=story.at(6), text="两个方案，请大家比一比。")
    story.announced(10)


def _talked_over(town: Town, now: datetime) -> None:
    story = _consulted(
        town,
        now,
        12,
        12,
        title="垃圾投放点换个位置",
        body="现在的投放点正对 2 栋一楼窗户，夏天味道大。建议挪到北墙边。",
        topic="public_matters",
    )
    preparing.deliberate(actor=story.head, matter_id=story.id, now=story.at(6), text="已约 2 栋、3 栋的住户和物业一起看现场。")
    raising.amend(
        actor=story.worker,
        matter_id=story.id,
        now=story.at(8),
        title="垃圾投放点换个位置",
        body="现在的投放点正对 2 栋一楼窗户，夏天味道大。建议挪到北墙边，加遮雨棚和洗手池，每天早晚各清运一次。",
        options=[
            {"title": "挪到北墙边", "text": "离最近的窗户 18 米。", "cost_fen": 680_000},
            {"title": "原地加遮雨棚", "cost_fen": 260_000},
        ],
        note="看过现场以后，加上遮雨棚、洗手池和清运次数",
    )


def _banked(town: Town, now: datetime) -> None:
    story = Story(town, now, 9, 14).raised(
        "地面停车位重新划线和收费规则",
        "车比车位多，晚归的车堵消防通道。请业主一起定规则：先到先停还是摇号，外来车怎么收费。",
        road="owners_assembly_written",
        topic="parking",
    )
    story.submitted().seconded(NEEDED).banked("owners")


def _seconding(town: Town, now: datetime) -> None:
    story = Story(town, now, 4, 3).raised(
        "中心花园改造：铺平地面，加一圈座椅",
        "花园地砖松动，下雨积水，老人孩子容易摔。希望铺平，加座椅和扶手。",
        road="four_steps",
        topic="facility_works",
        options=[
            {"title": "全部重铺透水砖", "text": "约 600 平方米，加 12 把座椅。", "cost_fen": 9_600_000},
            {"title": "只修坏的地方", "text": "约 120 平方米，加 6 把座椅。", "cost_fen": 2_800_000},
        ],
    )
    # The demo's own resident (the first) has not seconded it: their first page asks them to.
    raising.submit(actor=story.resident, matter_id=story.id, now=story.at(0.05))
    for n, neighbour in enumerate(town.residents[4:8]):
        seconding.second(actor=neighbour, matter_id=story.id, now=story.at(0.3 + 0.4 * n))


def _building(town: Town, now: datetime) -> None:
    building = town.buildings[town.compounds[0].pk][0]
    story = Story(town, now, 2, 1).raised(
        "1 栋楼道堆物清一清",
        "楼道里堆了旧家具和纸箱，挡着消防门。请全楼商量一个清理的日子。",
        road="building_consultation",
        topic="public_matters",
        place=building,
    )
    story.submitted()


def _draft(town: Town, now: datetime) -> None:
    Story(town, now, 1, 0).raised(
        "给小区订一份快递柜的规矩", "快递堆在门口没人管。想请大家议一议柜子放哪里、谁来管。", road="four_steps", topic="public_matters"
    )
