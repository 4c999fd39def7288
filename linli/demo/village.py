"""
A village in the demo (农村社区): its committee and representatives, a meeting of each kind the law knows, and a question all villagers vote on.

What the law asks (Organic Law of the Villagers' Committees 21, 22, 25, 26, 28: law.yaml VIL-001 to VIL-003) is not written here: electorate, days of
notice and quorum come from the house, as for everybody who plans such a meeting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from linli.demo.meetings import evening
from linli.demo.town import Town
from linli.demo.villagers import Village, build_village
from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Category, Matter
from linli.kernel.notices.actions import publish_notice
from linli.kernel.places.models import Place
from linli.kernel.rolls.actions import draft, freezing, mending
from linli.kernel.rolls.models import Roll, RollKind
from linli.loops.council.ballots.actions import setting_up
from linli.loops.council.meetings.actions import attending, hands, minuting, noticing, noting, planning, registering, running, speaking
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.models import Attendee, Body, Meeting
from linli.loops.council.motions.actions import preparing, raising, screening, seconding
from linli.loops.council.motions.models import Motion, SecondRule
from linli.loops.requests.actions import dispatch, handling, intake, judging

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
HALL: Final = "石桥村党群服务中心二楼"
RULES: Final = "石桥村村民自治章程"
SECONDS: Final = 5
REQUESTS: Final = 3
# A committee of three and so many representatives: four fifths of the assembly at least, one of five to fifteen households (VIL-002).
PER_GROUP: Final = (3, 2, 3, 2, 2, 2)
ROAD: Final = (
    "一组到村口的路硬化和装路灯",
    (
        "一组到村口 1.2 公里是土路，下雨车进不来，夜里没有灯。拟硬化路面、装 24 盏太阳能路灯。上级补助 42 万元，"
        "余下按一事一议筹资：每人一次 60 元，五保户和困难户免交；筹劳自愿，不以资代劳。"
    ),
    [{"title": "硬化路面并装路灯", "text": "宽 3.5 米、厚 18 厘米混凝土，太阳能路灯 24 盏。", "cost_fen": 58_800_000}],
)
POND: Final = ("三组晒坝改成小广场", "晒坝现在少有人晒粮，想铺平、装健身器材，农忙时仍可晒粮。请大家议一议。")
SPOKEN: Final = (
    ("pro", "水渠年年修、年年漏，这次从取水口修起，值。"),
    ("contra", "占了我家田边一米，先说好怎么补。"),
    ("open", "三资账上还剩多少，年底前能不能贴出来？"),
)


def build(town: Town, now: datetime) -> Village:
    """Live it through the house's own actions. Needs the roads motions may take, which the council's own story loads."""
    village = build_village(town, now)
    SecondRule.objects.create(place=village.place, tier="community", homes=SECONDS, days=30, source=RULES, starts_at=now - 300 * DAY)
    _requests(village, now)
    _notice(village, now)
    _households_met(village, now)
    _representatives_met(village, now)
    _villagers_vote(village, now)
    _group_plans(village, now)
    _seconding(village, now)
    return village


def _morning(now: datetime, days: float) -> datetime:
    return (now + days * DAY).astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)


def _roll(village: Village, place: Place, kind: str, now: datetime, entries: Sequence[dict[str, Any]] = ()) -> Roll:
    """A roll of the place, frozen and posted by the head of the committee."""
    head, _worker = village.staff
    roll = draft.draw_up(actor=head, place=place, kind=kind, record_date=now.astimezone(ZONE).date(), now=now)
    if entries:
        mending.enter_many(actor=head, roll_id=roll.pk, entries=entries, now=now)
    return freezing.freeze(actor=head, roll_id=roll.pk, now=now, objection_days=5)


def _planned(village: Village, body: str, roll: Roll, now: datetime, place: Place | None = None, **terms: Any) -> Meeting:
    """A meeting with the voters of the roll on its register, led by the head and written by the worker."""
    head, worker = village.staff
    plan = Plan(
        place=place or village.place, body=body, venue=HALL, chair_name=head.name, chair_id=head.account_id,
        recorder_name=worker.name, recorder_id=worker.account_id, **terms,
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=now)
    registering.register_roll(actor=worker, meeting_id=meeting.pk, roll_id=roll.pk, now=now)
    return meeting


def _representatives(village: Village) -> list[dict[str, Any]]:
    """The committee's three, then of each group its representatives, a woman and a man in turn where a house has both."""
    families = iter(village.families)
    houses = [[next(families) for _n in range(len(village.families) // len(village.groups))] for _group in village.groups]
    committee = [{"person": group[-1][0], "bodies": ("村民委员会",), "place": village.place} for group in houses[:3]]
    made = []
    for group, many in zip(houses, PER_GROUP, strict=True):
        for n in range(many):
            person = next((p for p in group[n][:2] if (p.sex == "f") == (n % 2 == 0)), group[n][0])
            made.append({"person": person, "bodies": ("村民代表",), "place": person.home_place})
    return [*committee, *made]


def _came(meeting: Meeting, worker: Actor, begins: datetime, share: float) -> list[Attendee]:
    """So large a share of the register signs the worker's list."""
    seats = list(Attendee.objects.filter(meeting=meeting, expected=True).order_by("seat"))
    came = [seat for n, seat in enumerate(seats) if int((n + 1) * share) > int(n * share)]
    for seat in came:
        attending.tick(actor=worker, meeting_id=meeting.pk, attendee_id=seat.pk, now=begins - 5 * MINUTE)
    return came


def _published(village: Village, meeting: Meeting, ended: datetime) -> None:
    head, worker = village.staff
    after = ended + DAY
    run: dict[str, Any] = {"meeting_id": meeting.pk}
    running.end(actor=worker, now=ended, **run)
    minuting.draft_minutes(actor=worker, now=after, **run)
    minuting.confirm_minutes(actor=worker, role="recorder", now=after, **run)
    minuting.confirm_minutes(actor=head, role="chair", now=after + 30 * MINUTE, **run)
    minuting.publish_minutes(actor=head, now=after + 31 * MINUTE, **run)


def _households_met(village: Village, now: datetime) -> None:
    """A villagers' meeting to which every household sent somebody who speaks for it, two months ago."""
    _head, worker = village.staff
    begins = evening(now, -62)
    told = begins - 20 * DAY  # ten days of notice, and the longest holidays they may end in
    roll = _roll(village, village.place, RollKind.HOUSEHOLDS, told - DAY)
    meeting = _planned(
        village, Body.VILLAGE_HOUSEHOLDS, roll, told, title="修订村规民约", starts_at=begins, topics=(Topic("修订村规民约"), Topic("红白事从简"))
    )  # fmt: skip
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=told)
    came = _came(meeting, worker, begins, 0.75)
    run: dict[str, Any] = {"actor": worker, "meeting_id": meeting.pk}
    running.open_meeting(**run, now=begins)
    first, second = meeting.items.all()
    running.open_item(**run, item_id=first.pk, now=begins + MINUTE)
    noting.note(**run, text=f"到会 {len(came)} 户，46 户同意，通过修订后的村规民约，贴在各组公示栏。", now=begins + 40 * MINUTE)
    running.open_item(**run, item_id=second.pk, now=begins + 41 * MINUTE)
    noting.note(**run, text="红白事不超过 15 桌，由红白理事会上门说明。", now=begins + 60 * MINUTE)
    _published(village, meeting, begins + 65 * MINUTE)


def _representatives_met(village: Village, now: datetime) -> None:
    """The representatives' meeting of this quarter: who spoke, a show of hands, a task with its day."""
    _head, worker = village.staff
    begins = evening(now, -18)
    told = begins - 14 * DAY
    roll = _roll(village, village.place, RollKind.REPRESENTATIVES, told - DAY, _representatives(village))
    meeting = _planned(
        village,
        Body.VILLAGE_DELEGATES,
        roll,
        told,
        title="四季度村民代表会议",
        starts_at=begins,
        notice_days=3,
        notice_rule=RULES,
        topics=(Topic("东干渠维修先修哪一段", detail="村委会提了两段，请代表定先后。"), Topic("三季度村务和三资公开")),
    )
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=told)
    came = _came(meeting, worker, begins, 0.85)
    run: dict[str, Any] = {"actor": worker, "meeting_id": meeting.pk}
    running.open_meeting(**run, now=begins)
    first, second = meeting.items.all()
    running.open_item(**run, item_id=first.pk, now=begins + MINUTE)
    at = begins + 2 * MINUTE
    for seat, (side, _words) in zip(came, SPOKEN, strict=False):
        speaking.ask(**run, attendee_id=seat.pk, side=side, now=at)
    for _n in SPOKEN:
        speech = speaking.call(**run, now=at)
        speaking.finish(**run, speech_id=speech.pk, now=at + 2 * MINUTE)
        speaking.note_gist(**run, speech_id=speech.pk, gist=dict(SPOKEN)[speech.side], now=at + 2 * MINUTE)
        at += 3 * MINUTE
    show = hands.open_hands(**run, question="先修取水口到二组这一段，可以吗", now=at)
    hands.close_hands(**run, hands_id=show.pk, now=at + 2 * MINUTE, agree=len(came) - 3, against=2, abstain=1)
    noting.note(**run, text="先修取水口到二组 600 米，占田边的按田面补偿。", now=at + 3 * MINUTE)
    due = (begins + 30 * DAY).astimezone(ZONE).date()
    noting.note(**run, kind="task", text="量田边面积，和三户签补偿单", owner="村委会罗春梅", due_on=due, now=at + 4 * MINUTE)
    running.open_item(**run, item_id=second.pk, now=at + 5 * MINUTE)
    noting.note(**run, text="三资账目贴到年底，代表可以查原始凭证。", now=at + 15 * MINUTE)
    _published(village, meeting, begins + 60 * MINUTE)


def _villagers_vote(village: Village, now: datetime) -> None:
    """The road: moved by the committee, told ten days before, discussed by all villagers of age and voted on from that evening."""
    head, worker = village.staff
    meets, told = evening(now, 8), _morning(now, -12)
    title, body, options = ROAD
    matter = raising.draft_motion(
        actor=worker, title=title, place=village.place, road="villagers_assembly", now=told - 20 * DAY, body=body, options=options
    )
    matter = raising.submit(actor=worker, matter_id=matter.pk, now=told - 20 * DAY)
    matter = seconding.adopt(actor=head, matter_id=matter.pk, now=told - 19 * DAY, text="一组、二组多次提出")
    matter = screening.screen(actor=head, matter_id=matter.pk, now=told - 18 * DAY, power="residents", topic="facility_works")
    preparing.schedule(actor=head, matter_id=matter.pk, now=told - 10 * DAY, on=meets.date())
    roll = _roll(village, village.place, RollKind.RESIDENTS, told - DAY)
    setting_up.set_up(
        actor=head, motion=Motion.objects.get(pk=matter.pk), roll=roll, opens_at=meets, closes_at=meets + 3 * DAY, now=told,
        profile="villagers_meeting.persons",
    )  # fmt: skip
    preparing.give_notice(actor=head, matter_id=matter.pk, now=told)
    meeting = _planned(village, Body.VILLAGERS, roll, told, title="修路和装路灯", starts_at=meets, topics=(Topic(title, ref=matter.ref),))
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=told)


def _group_plans(village: Village, now: datetime) -> None:
    """One group prepares its meeting; its notice is not out yet."""
    group = village.groups[2]
    roll = _roll(village, group, RollKind.HOUSEHOLDS, now - 2 * DAY)
    begins = datetime.combine((now + 5 * DAY).astimezone(ZONE).date(), time(19, 30), ZONE)
    _planned(
        village, Body.VILLAGE_GROUP, roll, now - DAY, place=group, title="三组商量晒坝怎么用", starts_at=begins, notice_days=3,
        notice_rule=RULES, topics=(Topic("晒坝怎么用"),),
    )  # fmt: skip


def _seconding(village: Village, now: datetime) -> None:
    """A villager's own motion, three houses behind it so far."""
    raiser, *neighbours = village.villagers
    begun = now - 3 * DAY
    title, body = POND
    matter = raising.draft_motion(
        actor=raiser, title=title, place=village.place, road="villagers_assembly", now=begun, body=body, topic="facility_works"
    )
    raising.submit(actor=raiser, matter_id=matter.pk, now=begun)
    for n, neighbour in enumerate(neighbours[:2], 1):
        seconding.second(actor=neighbour, matter_id=matter.pk, now=begun + n * timedelta(hours=9))


def _requests(village: Village, now: datetime) -> None:
    """What villagers brought lately: one done and rated, one in hand, one of this morning."""
    _head, worker = village.staff

    def raised(n: int, code: str, title: str, body: str, days: float) -> Matter:
        return intake.raise_request(
            actor=village.villagers[n], title=title, body=body, place=village.groups[n % len(village.groups)], now=now - days * DAY,
            category=Category.objects.get(code=code),
        )  # fmt: skip

    done = raised(1, "street_light", "二组桥头的路灯不亮", "桥头三盏灯灭了半个月，晚上骑车看不见桥沿。", 9)
    at = now - 8.8 * DAY
    dispatch.accept(actor=worker, matter_id=done.pk, now=at, grade="simple")
    handling.resolve(actor=worker, matter_id=done.pk, now=at + DAY, text="换了三盏灯的电池，又在桥沿刷了反光漆。")
    judging.rate(
        actor=village.villagers[1], matter_id=done.pk, now=at + 2 * DAY, answered=True, solved=True, satisfied=True, comment="亮了"
    )
    held = raised(4, "village_land", "想问宅基地翻建怎么批", "老房子漏雨想翻建，要交哪些材料，找谁批？", 2)
    dispatch.accept(actor=worker, matter_id=held.pk, now=now - 1.8 * DAY, grade="simple")
    raised(2, "flooding", "三组机耕道边沟堵了", "上次大雨冲下来的泥把边沟堵死，水漫到田里。", 0.1)


def _notice(village: Village, now: datetime) -> None:
    head, _worker = village.staff
    publish_notice(
        actor=head, place=village.place, now=now - 4 * DAY, until_at=now + 26 * DAY, title="三季度村务和三资公开",
        body="三季度集体收入、支出、资产和资源发包情况已贴在各组公示栏。要看原始凭证的，工作日到村委会二楼，由村务监督委员会陪同查阅。",
    )  # fmt: skip
