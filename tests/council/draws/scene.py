"""A draw of parking spaces in the compound of the council, taken as far as a test wants through the house's own actions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from linli.loops.council.draws.actions import applying, drawing, listing, planning
from linli.loops.council.draws.actions.planning import Kind, Plan
from linli.loops.council.draws.models import Application, Draw
from tests.council.factories import Council
from tests.factories import DAY, NOW

UNTIL = NOW + 7 * DAY
LISTED = UNTIL + timedelta(hours=1)
SOURCE_AT = NOW + 20 * DAY
FROZEN = NOW + 15 * DAY
HELD = SOURCE_AT + timedelta(hours=1)
TEXT = "2026150 期 07 11 19 23 28 30 + 05"
KINDS = (
    Kind("残疾人车位", ("C1", "C2"), "disabled"),
    Kind("第一辆车", ("A1", "A2", "A3"), "none_yet"),
    Kind("第二辆车", ("B1",), "second"),
)


def plan_of(council: Council, **change: Any) -> Plan:
    plan = Plan(
        place=council.compound,
        title="地面车位抽签",
        categories=KINDS,
        applies_from=NOW,
        applies_until=UNTIL,
        source="中国福利彩票双色球 2026150 期开奖号码",
        source_at=SOURCE_AT,
        source_where="https://www.example.cn/ssq",
    )
    return replace(plan, **change)


def opened(council: Council, **change: Any) -> Draw:
    draw = planning.plan_draw(actor=council.worker, plan=plan_of(council, **change), now=NOW)
    return planning.open_draw(actor=council.worker, draw_id=draw.pk, now=NOW)


def applied(council: Council, draw: Draw, who: int, categories: tuple[str, ...] = ("c2",), now: datetime = NOW) -> Application:
    """The household of owner `who` applies: on their own screen when they have an account, else at the counter."""
    if who < len(council.residents):
        return applying.apply(actor=council.residents[who], draw_id=draw.pk, categories=categories, now=now)
    return applying.apply_for(
        actor=council.worker,
        draw_id=draw.pk,
        home=council.homes[who],
        name=council.owners[who].name,
        person=council.owners[who],
        categories=categories,
        now=now,
    )


def accepted(council: Council, draw: Draw, people: int = 10) -> Draw:
    for who in range(people):
        made = applied(council, draw, who, ("c1", "c2") if who == 0 else ("c2", "c3") if who == 1 else ("c2",))
        applying.check(actor=council.worker, draw_id=draw.pk, application_id=made.pk, accept=True, now=NOW)
    return draw


def frozen(council: Council, people: int = 10, **change: Any) -> Draw:
    draw = accepted(council, opened(council, **change), people)
    listing.post_list(actor=council.worker, draw_id=draw.pk, now=LISTED)
    return listing.freeze(actor=council.head, draw_id=draw.pk, now=FROZEN)


def drawn(council: Council, people: int = 10, text: str = TEXT, **change: Any) -> Draw:
    draw = frozen(council, people, **change)
    drawing.enter_text(actor=council.worker, draw_id=draw.pk, text=text, link="https://www.example.cn/ssq/150", now=HELD)
    return drawing.hold(actor=council.head, draw_id=draw.pk, text=f"  {text} ", now=HELD)
