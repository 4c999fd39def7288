"""What things cost each home in the demo: a lift being talked over, and a roof repair from the maintenance fund that a motion already carries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from linli.demo.town import Town
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.queries import below
from linli.loops.council.motions.actions import preparing, raising, screening, seconding
from linli.loops.council.plans.actions import adopting, drafting, showing
from linli.loops.council.plans.actions.drafting import Entered, Terms, Way
from linli.loops.council.plans.models import Plan
from linli.loops.council.plans.queries import schemes_at

DAY: Final = timedelta(days=1)
LIFT: Final = Terms(
    "1 栋 1 单元加装电梯",
    52_000_000,
    "三家报价里的中间一家，2026 年",
    "北侧贴建，五层五站，平层入户。施工约四个月。",
    subsidies=(
        {"name": "市级补贴", "kind": "per_lift", "fen": 15_000_000, "source": "市住建部门当年的补贴通知"},
        {"name": "街道配套", "kind": "share", "share": "1/20", "cap_fen": 2_000_000, "source": "街道办事处会议纪要"},
    ),
    running=(
        {"name": "电费", "fen": 180_000}, {"name": "维护保养", "fen": 480_000}, {"name": "年检", "fen": 60_000},
    ),
)  # fmt: skip
ROOF: Final = Terms("2 栋屋面防水大修", 18_640_050, "物业公司预算，业委会核过", "屋面和女儿墙一起做，保修五年。", from_fund=True)


def build(town: Town, now: datetime) -> list[Plan]:
    """Live it through the house's own actions; returns what was made."""
    return [_lift(town, now), _roof(town, now)]


def _lift(town: Town, now: datetime) -> Plan:
    """An entrance compares published keys, plain area, and one that pays the ground floor."""
    worker = town.actors["wang.fang"]
    entrance = below(town.buildings[town.compounds[0].pk][0], PlaceKind.ENTRANCE)[0]
    then = now - 6 * DAY
    plan = drafting.start(actor=worker, kind="lift", place=entrance, terms=LIFT, now=then)
    scheme = dict(schemes_at(entrance.path))["pack:guangzhou_reference"]
    paid = Way("广州指导系数，一层补偿", "floor", scheme.data(), 1, 1_000_000)
    drafting.offer(actor=worker, plan_id=plan.pk, way=paid, now=then)
    return showing.show(actor=worker, plan_id=plan.pk, now=then + timedelta(hours=3))


def _roof(town: Town, now: datetime) -> Plan:
    """By area, from the fund: who falls short is known, and the motion's text says the sums."""
    head, worker = town.actors["chen.ying"], town.actors["wang.fang"]
    building = town.buildings[town.compounds[0].pk][1]
    then = now - 5 * DAY
    plan = drafting.start(actor=worker, kind="levy", place=building, terms=ROOF, now=then)
    rows: list[Entered] = [
        Entered(h.home_id, {"balance_fen": (h.area or 0) * 170 + n % 4 * 40_000}) for n, h in enumerate(plan.homes.all()) if n % 5 != 4
    ]
    drafting.enter(actor=worker, plan_id=plan.pk, rows=rows, now=then)
    showing.show(actor=worker, plan_id=plan.pk, now=then)
    told: dict[str, Any] = {
        "title": "2 栋屋面防水大修", "body": "顶层几户连年漏水，小修挡不住。拟动用维修资金做一次大修。", "place": building,
        "road": "owners_assembly_written", "topic": "money",
    }  # fmt: skip
    matter = raising.draft_motion(actor=worker, now=then, **told)
    matter = raising.submit(actor=worker, matter_id=matter.pk, now=then)
    matter = seconding.adopt(actor=head, matter_id=matter.pk, now=then + DAY, text="漏水诉求一再出现")
    matter = screening.screen(actor=head, matter_id=matter.pk, now=then + DAY, power="owners")
    preparing.schedule(actor=head, matter_id=matter.pk, now=then + 2 * DAY, on=(now + 2 * DAY).astimezone(ZONE).date())
    adopting.adopt(actor=head, plan_id=plan.pk, numbers=[1], matter=matter, now=then + 3 * DAY)
    plan.refresh_from_db()
    return plan
