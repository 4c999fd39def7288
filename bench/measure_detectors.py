"""
How often detectors ask in vain, and how much of planted fraud they find, on made-up neighbourhoods.

    python bench/measure_detectors.py                          # 40 places, 12 months, 10 worlds
    python bench/measure_detectors.py --places 10 --worlds 20  # a street's own look

Honest worlds have what makes honest work look odd: seasons, places that differ, counters that answer at once, mornings of call-backs, series of events, one visit
that serves two matters, figures that stay. Fraud of several sizes is planted in one place-month in fifty, in the same worlds. Beside each detector stands the plain
rule an office would write down (a fixed threshold), on the same rows.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import exp, pi, sin
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.measure.detectors import DETECTORS
from linli.insight.measure.detectors.rows import month_of, quarter_of
from linli.insight.measure.periods import Period, period
from linli.lib.units import SHANGHAI

NOW = datetime(2026, 11, 5, 1, tzinfo=UTC)
LAST = period("2026-10")
Row = dict[str, Any]
Spot = tuple[str, Period]
SHARE_PLANTED = 0.02


@dataclass
class World:
    """Rows and the places and periods with fraud in them; `cells` are all places and periods, `months` how many months one has."""

    rows: list[Row]
    cells: list[Spot]
    planted: set[Spot] = field(default_factory=set)
    months: int = 1


# --- what all worlds share ------------------------------------------------------------------------------------------------------------
def months(count: int) -> list[Period]:
    return sorted(LAST.before(n) for n in range(count))


def poisson(random: Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(random.gauss(mean, mean**0.5)))
    n, chance, goal = 0, 1.0, exp(-mean)
    while (chance := chance * random.random()) > goal:
        n += 1
    return n


def season(month: Period) -> float:
    return 1 + 0.25 * sin(2 * pi * (month.first.month - 4) / 12)


def at_work(random: Random, month: Period) -> datetime:
    """A moment of a month, mostly in working hours of working days."""
    while True:
        moment = month.begins_at() + (month.ends_at() - month.begins_at()) * random.random()
        local = moment.astimezone(SHANGHAI)
        working = 8 <= local.hour < 18
        if random.random() < (1.0 if working and local.weekday() < 5 else 0.35 if working else 0.15 if 18 <= local.hour < 23 else 0.01):
            return moment


def near(random: Random, share: float, spread: float) -> float:
    """A place's own share, or a month's of it: beta around the usual one."""
    size = 1 / spread - 1
    return random.betavariate(max(0.01, share * size), max(0.01, (1 - share) * size))


def places(count: int) -> list[str]:
    return [f"3101010{n:05d}" for n in range(1, count + 1)]


def spots(random: Random, cells: list[Spot], size: int) -> set[Spot]:
    return set(random.sample(cells, max(1, round(SHARE_PLANTED * len(cells))))) if size else set()


class Numbers:
    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        self._last += 1
        return self._last


# --- worlds ---------------------------------------------------------------------------------------------------------------------------
def requests(random: Random, count: int, over: int, size: int) -> World:
    """Requests closed. Fraud: `size` made up in a sitting, opened and closed by one hand within minutes."""
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    planted = spots(random, cells, size)
    own = {place: (random.lognormvariate(3.6, 0.4), near(random, 0.06, 0.05), random.randint(2, 6)) for place in places(count)}
    for place, month in cells:
        level, at_once, staff = own[place]
        at_once = near(random, at_once, 0.01)
        for _n in range(poisson(random, level * season(month))):
            opened, hand = at_work(random, month), f"{place} {random.randrange(staff)}"
            by = hand if random.random() < 0.5 else None
            if by and random.random() < at_once * 2:
                closed, other = opened + timedelta(minutes=random.uniform(1, 9)), by
            else:
                closed, other = opened + timedelta(hours=random.lognormvariate(3, 1.2)), f"{place} {random.randrange(staff)}"
            rows.append(row(number, place, opened_at=opened, closed_at=min(closed, NOW), opened_by=by, closed_by=other))
        if (place, month) in planted:
            hand, moment = f"{place} 0", at_work(random, month)
            for _n in range(size):
                moment += timedelta(minutes=random.uniform(2, 30))
                if month_of(moment) == month:
                    rows.append(
                        row(
                            number,
                            place,
                            opened_at=moment,
                            closed_at=moment + timedelta(minutes=random.uniform(1, 8)),
                            opened_by=hand,
                            closed_by=hand,
                        )
                    )
    return World(rows, cells, planted)


def row(number: Numbers, place: str, **values: Any) -> Row:
    return {"row": number(), "place": place, **values}


def ratings(random: Random, count: int, over: int, size: int) -> World:
    """
    Ratings: residents on their own phones, families on one, call-backs in mornings by one recorder, evenings after a meeting. Fraud: `size` within
    forty minutes from one device or recorder.
    """
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    planted = spots(random, cells, size)
    own = {place: random.lognormvariate(3.0, 0.5) for place in places(count)}
    for place, month in cells:
        level = own[place] * season(month)
        for _n in range(poisson(random, level)):
            moment, device = at_work(random, month), f"{place} {random.randrange(400)}"
            for _again in range(1 + (random.random() < 0.1) + (random.random() < 0.03)):
                rows.append(row(number, place, at=moment, channel="web", source=device))
                moment += timedelta(minutes=random.uniform(1, 5))
        for _morning in range(poisson(random, 4)):
            moment, hand = at_work(random, month), f"staff {place} {random.randrange(2)}"
            for _call in range(1 + poisson(random, 5)):
                rows.append(row(number, place, at=moment, channel="phone", source=hand))
                moment += timedelta(minutes=random.uniform(3, 15))
        if random.random() < 0.1:
            evening = at_work(random, month)
            for n in range(poisson(random, 6)):
                rows.append(
                    row(number, place, at=evening + timedelta(minutes=random.uniform(0, 90)), channel="web", source=f"{place} m{n}")
                )
        if (place, month) in planted:
            moment, channel = at_work(random, month), random.choice(["web", "phone"])
            for _n in range(size):
                rows.append(row(number, place, at=moment, channel=channel, source=f"{place} made"))
                moment += timedelta(minutes=40 / size * random.uniform(0.5, 1.2))
    return World([r for r in rows if r["at"] <= NOW], cells, planted)


def judged(random: Random, count: int, over: int, size: int) -> World:
    """Ratings staff recorded. Fraud: `size` satisfied ones without anybody having been called."""
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    planted = spots(random, cells, size)
    own = {place: (random.lognormvariate(3.2, 0.4), near(random, 0.07, 0.05), near(random, 0.85, 0.02)) for place in places(count)}
    for place, month in cells:
        level, forgotten, content = own[place]
        forgotten = near(random, forgotten, 0.01)
        for _n in range(poisson(random, level * season(month))):
            moment = at_work(random, month)
            called = None if random.random() < forgotten else moment - timedelta(hours=random.expovariate(1 / 12))
            rows.append(
                row(number, place, at=moment, by_staff=random.random() < 0.7, satisfied=random.random() < content, contact_at=called)
            )
        for _n in range(size if (place, month) in planted else 0):
            rows.append(row(number, place, at=at_work(random, month), by_staff=True, satisfied=True, contact_at=None))
    return World([r for r in rows if r["at"] <= NOW], cells, planted)


def closings(random: Random, count: int, over: int, size: int) -> World:
    """Closings with deadlines; many finish near them honestly, and some come back. Fraud: `size` closed in the last two hours that come back."""
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    planted = spots(random, cells, size)
    own = {place: (random.lognormvariate(3.5, 0.4), near(random, 0.06, 0.03), near(random, 0.1, 0.05)) for place in places(count)}
    for place, month in cells:
        level, back, late = own[place]
        back = near(random, back, 0.01)
        for _n in range(poisson(random, level * season(month))):
            closed = at_work(random, month)
            left = timedelta(hours=random.uniform(0, 4) if random.random() < late else random.expovariate(1 / 60))
            again = closed + timedelta(days=random.expovariate(1 / 8)) if random.random() < back else None
            rows.append(row(number, place, closed_at=closed, due_at=closed + left, reopened_at=again if again and again <= NOW else None))
        for _n in range(size if (place, month) in planted else 0):
            closed = at_work(random, month)
            again = closed + timedelta(days=random.uniform(0.5, 10))
            rows.append(
                row(
                    number,
                    place,
                    closed_at=closed,
                    due_at=closed + timedelta(hours=random.uniform(0, 2)),
                    reopened_at=again if again <= NOW else None,
                )
            )
    return World([r for r in rows if r["closed_at"] <= NOW], cells, planted)


THEMES = [
    "防诈骗",
    "健康义诊",
    "垃圾分类",
    "消防演练",
    "亲子阅读",
    "书法",
    "手工",
    "法律咨询",
    "电影放映",
    "植树",
    "邻里节",
    "急救培训",
    "用电安全",
    "反家暴",
    "家风",
    "编织",
    "摄影",
    "智能手机",
    "厨艺",
    "太极",
    "合唱",
    "象棋",
    "舞蹈",
    "读报",
    "剪纸",
]
FORMS = ["讲座", "课堂", "活动", "沙龙", "比赛", "展示", "集市", "体验日"]
WORDS = [
    "社区",
    "居民",
    "老人",
    "孩子",
    "志愿者",
    "老师",
    "现场",
    "讲解",
    "互动",
    "示范",
    "交流",
    "提问",
    "分组",
    "练习",
    "展板",
    "礼品",
    "楼组",
    "报名",
    "花园",
    "广场",
    "活动室",
    "医生",
    "民警",
    "律师",
    "学校",
    "物业",
    "党员",
    "家庭",
    "经验",
    "案例",
]


def told(random: Random, theme: str) -> str:
    return theme + "，" + "，".join("".join(random.sample(WORDS, 3)) for _n in range(4)) + "。"


def events(random: Random, count: int, over: int, size: int) -> World:
    """Events: different ones, and honest series with the same title each time. Fraud: `size` copies of one event in a quarter."""
    number, rows = Numbers(), []
    last = period("2026-Q3")
    quarters = sorted(last.before(n) for n in range(max(1, over // 3)))
    cells = [(place, quarter) for place in places(count) for quarter in quarters]
    planted = spots(random, cells, size)
    series = {
        place: [(theme, told(random, theme), random.choice([3, 3, 6, 12])) for theme in random.sample(THEMES, random.choice([0, 1, 1, 2]))]
        for place in places(count)
    }
    for place, quarter in cells:
        for _n in range(poisson(random, 14)):
            theme = random.choice(THEMES)
            rows.append(event(random, number, place, quarter, theme + random.choice(FORMS), told(random, theme), random.gauss(30, 8)))
        for theme, text, often in series[place]:
            for _n in range(often):
                rows.append(event(random, number, place, quarter, theme + "兴趣班", text, random.gauss(20, 4)))
        if (place, quarter) in planted:
            theme = random.choice(THEMES)
            text = told(random, theme)
            for n in range(size):
                rows.append(event(random, number, place, quarter, f"{theme}讲座（第{n + 1}期）", text, max(3, 25 - n + random.gauss(0, 3))))
    return World([r for r in rows if r["at"] <= NOW], cells, planted, 3)


def event(random: Random, number: Numbers, place: str, quarter: Period, title: str, text: str, people: float) -> Row:
    return row(
        number, place, at=at_work(random, random.choice(list(quarter.each_month()))), title=title, text=text, people=max(0, round(people))
    )


def pictures(random: Random, count: int, over: int, size: int) -> World:
    """
    Pictures shown as proof: each spot has a scene, and every shot of it is another one. Honest repeats: one visit for two matters, what the raiser brought twice,
    matters that belong together, and seldom a poster. Fraud: `size` reuses, half of them made smaller or brighter (a few points differ).
    """
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    planted = spots(random, cells, size)
    poster = random.getrandbits(256)
    for place in places(count):
        scenes = [shaken(random, 0, 128) for _n in range(40)]
        mine: list[Row] = []
        for month in (month for where, month in cells if where == place):
            for _n in range(poisson(random, 25 * season(month))):
                moment, mark = at_work(random, month), shaken(random, random.choice(scenes), random.randint(40, 80))
                one = picture(number, place, moment, mark)
                mine.append(one)
                chance = random.random()
                if chance < 0.04:
                    mine.append({**one, "row": number(), "at": moment + timedelta(hours=random.uniform(0, 20))})
                elif chance < 0.06:
                    mine.append({**one, "row": number(), "at": moment + timedelta(days=random.uniform(0, 60)), "by_staff": False})
                elif chance < 0.08:
                    one["case"] = f"{place} {one['row']}"
                    mine.append({**one, "row": number(), "at": moment + timedelta(days=random.uniform(0, 40))})
                elif chance < 0.0805:
                    mine.append(picture(number, place, moment, poster))
            if (place, month) in planted:
                pool = [one for one in mine if one["at"] < month.begins_at() - timedelta(days=10) or size > 1] or mine
                for n in range(size if pool else 0):
                    one = random.choice(pool)
                    moment = at_work(random, month)
                    if abs(moment - one["at"]) <= timedelta(days=4):
                        moment = one["at"] + timedelta(days=5)
                    mine.append(
                        picture(number, place, moment, shaken(random, int(one["mark"], 16), random.randint(0, 6)))
                        if n % 2
                        else {**one, "row": number(), "at": moment, "case": None, "by_staff": True}
                    )
        rows += mine
    return World([r for r in rows if r["at"] <= NOW], cells, planted)


def shaken(random: Random, mark: int, points: int) -> int:
    for point in random.sample(range(256), points):
        mark ^= 1 << point
    return mark


def picture(number: Numbers, place: str, moment: datetime, mark: int) -> Row:
    n = number()
    return {
        "row": n,
        "place": place,
        "at": moment,
        "digest": sha256(f"{mark}".encode()).hexdigest(),
        "mark": f"{mark:064x}",
        "case": None,
        "by_staff": True,
    }


def returns(random: Random, count: int, over: int, size: int) -> World:
    """Returns of 16 figures: stock that stays, small counts, large ones; quiet months. Fraud: `size` of the figures that change copied, some by a last digit."""
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)[1:]]
    planted = spots(random, cells, size)
    for place in places(count):
        stock = [random.randint(20, 4000) for _n in range(4)]
        level = [random.lognormvariate(mean, 0.5) for mean in (0, 0, 0.5, 1, 1.5, 2, 3, 3.5, 4, 4.5, 5, 5.5)]
        before: dict[str, int] = {}
        for month in months(over):
            calm = random.random() < 0.1
            figures = {f"存量{n}": value + (random.randint(-3, 3) if random.random() < 0.2 else 0) for n, value in enumerate(stock)}
            figures |= {f"数{n}": poisson(random, mean * season(month) * (0.5 if calm else 1)) for n, mean in enumerate(level)}
            if (place, month) in planted and before:
                for name in random.sample([f"数{n}" for n in range(12)], min(size, 12)):
                    value = before[name]
                    figures[name] = value + 1 if value >= 150 and random.random() < 0.3 else value
            rows.append(row(number, place, form="月报", period=str(month), figures=figures))
            before = figures
    return World(rows, cells, planted)


def targets(random: Random, count: int, over: int, size: int) -> World:
    """Shares against a target, of places that differ. Fraud: a place that lets `size` of its twelve months land just on it."""
    number, rows = Numbers(), []
    cells = [(place, month) for place in places(count) for month in months(over)]
    making = set(random.sample(places(count), max(1, round(count / 20)))) if size else set()
    for place in places(count):
        level, true = random.lognormvariate(3.8, 0.5), min(0.995, near(random, 0.9, 0.03))
        made = set(random.sample(months(over), min(size, over))) if place in making else set()
        for month in months(over):
            whole = max(5, poisson(random, level * season(month)))
            part = sum(random.random() < true for _n in range(whole))
            if month in made:
                part = -(-9 * whole // 10)
            rows.append(row(number, place, area="310101", period=str(month), measure="按时办结率", part=part, whole=whole, target="90%"))
    return World(rows, cells, {(place, LAST) for place in making}, 1)


# --- plain rules, as an office would write them down --------------------------------------------------------------------------------
def counted(rows: Iterable[Row], spot: Callable[[Row], Spot], hit: Callable[[Row], bool], enough: int, share: float = 0.0) -> set[Spot]:
    every: dict[Spot, list[int]] = {}
    for one in rows:
        counts = every.setdefault(spot(one), [0, 0])
        counts[0] += 1
        counts[1] += hit(one)
    return {where for where, (n, k) in every.items() if k >= enough and k >= share * n}


def plain_same_hand(rows: list[Row]) -> set[Spot]:
    """A tenth of a month's, and at least five, opened and closed by one hand within ten minutes."""
    return counted(
        rows,
        lambda r: (r["place"], month_of(r["closed_at"])),
        lambda r: (
            r["opened_by"] is not None and r["opened_by"] == r["closed_by"] and r["closed_at"] - r["opened_at"] <= timedelta(minutes=10)
        ),
        5,
        0.1,
    )


def plain_bursts(rows: list[Row]) -> set[Spot]:
    """More than five from one source in one hour."""
    hours: dict[tuple[str, str, int], list[Row]] = {}
    for one in rows:
        hours.setdefault((one["place"], one["source"], int(one["at"].timestamp()) // 3600), []).append(one)
    return {(place, month_of(found[0]["at"])) for (place, _source, _hour), found in hours.items() if len(found) > 5}


def plain_no_contact(rows: list[Row]) -> set[Spot]:
    """A tenth, and at least five, of those staff recorded."""
    return counted(
        [r for r in rows if r["by_staff"]],
        lambda r: (r["place"], month_of(r["at"])),
        lambda r: r["satisfied"] and r["contact_at"] is None,
        5,
        0.1,
    )


def plain_deadlines(rows: list[Row]) -> set[Spot]:
    """Three closed in the last three hours that were opened again."""
    return counted(
        rows,
        lambda r: (r["place"], month_of(r["closed_at"])),
        lambda r: (
            r["due_at"] - r["closed_at"] <= timedelta(hours=3)
            and r["reopened_at"] is not None
            and r["reopened_at"] - r["closed_at"] <= timedelta(days=14)
        ),
        3,
    )


def plain_events(rows: list[Row]) -> set[Spot]:
    """Twelve of one text in a quarter (S0 6.1)."""
    same: dict[tuple[str, Period, str], int] = {}
    for one in rows:
        name = (one["place"], quarter_of(one["at"]), one["text"])
        same[name] = same.get(name, 0) + 1
    return {(place, quarter) for (place, quarter, _text), n in same.items() if n >= 12}


def plain_pictures(rows: list[Row]) -> set[Spot]:
    """Any file that was shown with two matters."""
    first: dict[str, int] = {}
    found = set()
    for one in sorted(rows, key=lambda r: r["at"]):
        if first.setdefault(one["digest"], one["row"]) != one["row"]:
            found.add((one["place"], month_of(one["at"])))
    return found


def plain_returns(rows: list[Row]) -> set[Spot]:
    """Half of the figures exactly as last month."""
    by = {(one["place"], period(one["period"])): one["figures"] for one in rows}
    return {
        (place, month)
        for (place, month), now in by.items()
        if (then := by.get((place, month.before()))) is not None and sum(then[name] == now[name] for name in now) * 2 >= len(now)
    }


def plain_targets(rows: list[Row]) -> set[Spot]:
    """Three of a year's months less than one point above the target."""
    hits: dict[str, int] = {}
    for one in rows:
        hits[one["place"]] = hits.get(one["place"], 0) + (0 <= one["part"] / one["whole"] - 0.9 < 0.01)
    return {(place, LAST) for place, n in hits.items() if n >= 3}


Maker = Callable[[Random, int, int, int], World]
TRIED: dict[str, tuple[Maker, Callable[[list[Row]], set[Spot]], tuple[int, ...]]] = {
    "events": (events, plain_events, (6, 12, 20, 30)),
    "bursts": (ratings, plain_bursts, (8, 12, 20, 40)),
    "same_hand": (requests, plain_same_hand, (5, 10, 20, 40)),
    "no_contact": (judged, plain_no_contact, (5, 10, 20, 40)),
    "pictures": (pictures, plain_pictures, (1, 2, 5, 10)),
    "returns": (returns, plain_returns, (4, 6, 9, 12)),
    "deadlines": (closings, plain_deadlines, (3, 5, 8, 15)),
    "targets": (targets, plain_targets, (3, 5, 8, 11)),
}


def asked_of(code: str, world: World) -> set[Spot]:
    found = {(one.place, one.period) for one in DETECTORS[code].look(world.rows, NOW)}
    return {(place, LAST) for place, _month in found if place != "310101"} if code == "targets" else found


def measured(code: str, count: int, over: int, worlds: int) -> None:
    make, plain, sizes = TRIED[code]
    began, rows = time.process_time(), 0
    false = [0, 0]
    cells = 0
    for seed in range(worlds):
        world = make(Random(f"{code} {seed}"), count, over, 0)
        rows += len(world.rows)
        cells += len(world.cells) * world.months
        began_plain = time.process_time()
        false[1] += len(plain(world.rows))
        began += time.process_time() - began_plain
        false[0] += len(asked_of(code, world))
    per = [1000 * n / cells for n in false]
    recalls = []
    for size in sizes:
        found, total = [0, 0], 0
        for seed in range(worlds):
            world = make(Random(f"{code} {seed}"), count, over, size)
            rows += len(world.rows)
            total += len(world.planted)
            found[0] += len(asked_of(code, world) & world.planted)
            found[1] += len(plain(world.rows) & world.planted)
        recalls.append(f"{size}: {found[0] / total:.0%} ({found[1] / total:.0%})")
    print(
        f"| {code} | {per[0]:.2f} ({per[1]:.1f}) | {'; '.join(recalls)} | {cells:,} | {rows / max(0.001, time.process_time() - began) / 1000:.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=40)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--only", default="", help="codes of detectors, with commas between")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"{asked.places} places, {asked.months} months, {asked.worlds} worlds; in brackets the plain rule")
    print(
        "| detector | asked in vain per 1,000 honest place-months | found of planted, by size | place-months | thousand rows a second, made and looked at |"
    )
    print("| --- | --- | --- | --- | --- |")
    for code in asked.only.split(",") if asked.only else TRIED:
        measured(code, asked.places, asked.months, asked.worlds)


if __name__ == "__main__":
    main()
