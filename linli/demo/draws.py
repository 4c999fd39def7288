"""Parking in the demo: last year's draw with its waiting list, and one that takes applications now and carries that list on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from linli.demo.town import Town
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.loops.council.draws.actions import applying, drawing, listing, offering, planning
from linli.loops.council.draws.actions.planning import Kind, Plan
from linli.loops.council.draws.models import Application, Draw, Offer

DAY: Final = timedelta(days=1)
KINDS: Final = (
    Kind("残疾人车位", ("残 1", "残 2"), "disabled"),
    Kind("第一辆车", ("A01", "A02", "A03", "A04"), "none_yet"),
    Kind("第二辆车", ("B01",), "second"),
)
TERMS: Final = "每户一个，用一年，不能转让、转租；每月 150 元，记入公共收益。"
TEXT: Final = "2026068 期 03 08 17 21 25 33 + 12"


def build(town: Town, now: datetime) -> int:
    """Live both draws through the house's own actions; returns how many there are."""
    past = _held(town, _morning(now, -60))
    _open(town, past, _morning(now, -2), now)
    return 2


def _morning(now: datetime, days: int) -> datetime:
    return (now + days * DAY).astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)


def _plan(town: Town, begins: datetime, **change: Any) -> Plan:
    given: dict[str, Any] = {
        "title": "地面车位抽签",
        "source": "中国福利彩票双色球 2026068 期开奖号码",
        "source_at": begins + 20 * DAY,
        "applies_until": begins + 7 * DAY,
        **change,
    }
    return Plan(
        place=town.compounds[0],
        categories=KINDS,
        terms=TERMS,
        applies_from=begins,
        source_where="https://www.cwl.gov.cn",
        objection_days=5,
        **given,
    )


def _households(town: Town) -> list[Person]:
    """One person for each home of the first compound, in the order of addresses: those with an account first."""
    where = town.compounds[0].path
    known = {a.person_id for a in town.residents}
    rows = (
        Person.objects.filter(home_path__startswith=where, home_place__kind="home").select_related("home_place").order_by("home_path", "pk")
    )
    first: dict[int, Person] = {}
    for person in sorted(rows, key=lambda p: p.pk not in known):
        first.setdefault(person.home_place_id or 0, person)
    return list(first.values())


def _apply(town: Town, draw: Draw, people: list[Person], at: datetime) -> None:
    """Those with an account on their own screen, the others at the counter and by phone; one is not entitled."""
    worker = town.actors["wang.fang"]
    actors = {a.person_id: a for a in town.residents}
    for n, person in enumerate(people):
        wanted = ["c1", "c2"] if n == 0 else ["c2", "c3"] if n % 5 == 2 else ["c2"]
        if person.pk in actors:
            made = applying.apply(actor=actors[person.pk], draw_id=draw.pk, categories=wanted, now=at, note="川A" if n == 0 else "")
        else:
            made = applying.apply_for(
                actor=worker, draw_id=draw.pk, home=person.home_place, name=person.name, person=person, categories=wanted,  # type: ignore[arg-type]  # has a home
                channel="phone" if n % 2 else "counter", now=at,
            )  # fmt: skip
        if draw.follows_id is None:
            fine = n != len(people) - 1
            applying.check(
                actor=worker, draw_id=draw.pk, application_id=made.pk, accept=fine, reason="" if fine else "not_theirs",
                text="" if fine else "行驶证上的车主不住这里", now=at,
            )  # fmt: skip


def _held(town: Town, begins: datetime) -> Draw:
    worker, head = town.actors["wang.fang"], town.actors["chen.ying"]
    draw = planning.plan_draw(actor=worker, plan=_plan(town, begins), now=begins)
    planning.open_draw(actor=worker, draw_id=draw.pk, now=begins)
    _apply(town, draw, _households(town)[:14], begins + DAY)
    listed = begins + 7 * DAY
    listing.post_list(actor=worker, draw_id=draw.pk, now=listed)
    residents = [a for a in town.residents if a.person_id]
    made = listing.raise_objection(actor=residents[3], draw_id=draw.pk, text="有一户已经租了地下车位，还报第一辆车。", now=listed + DAY)
    listing.answer_objection(
        actor=head,
        draw_id=draw.pk,
        objection_id=made.pk,
        upheld=False,
        answer="核对过，地下车位是租给亲戚的，这户没有车位。",
        now=listed + 2 * DAY,
    )
    listing.freeze(actor=head, draw_id=draw.pk, now=listed + 8 * DAY)
    drawn = draw.source_at + timedelta(hours=1)
    drawing.enter_text(actor=worker, draw_id=draw.pk, text=TEXT, link="https://www.cwl.gov.cn", now=drawn)
    draw = drawing.hold(actor=head, draw_id=draw.pk, text=TEXT, now=drawn)
    offers = list(Offer.objects.filter(draw=draw).order_by("pk"))
    for n, offer in enumerate(offers):
        if n != 2:  # one never answers, and the next moves up
            offering.answer_offer(actor=worker, draw_id=draw.pk, offer_id=offer.pk, accept=n != 1, channel="phone", now=drawn + DAY)
    last = offers[2].due_at
    offering.lapse_due(last)
    for offer in Offer.objects.filter(draw=draw, state="offered"):
        offering.answer_offer(actor=worker, draw_id=draw.pk, offer_id=offer.pk, accept=True, channel="phone", now=last + timedelta(hours=9))
    return offering.close(actor=worker, draw_id=draw.pk, now=last + 2 * DAY)


def _open(town: Town, past: Draw, begins: datetime, now: datetime) -> None:
    worker = town.actors["wang.fang"]
    plan = _plan(
        town,
        begins,
        title="地面车位抽签（第二批）",
        follows=past.pk,
        source="中国福利彩票双色球开奖号码（名单冻结后的下一期）",
        source_at=begins + 25 * DAY,
    )
    draw = planning.plan_draw(actor=worker, plan=plan, now=begins)
    planning.open_draw(actor=worker, draw_id=draw.pk, now=begins)
    taken = set(Application.objects.filter(draw=past).values_list("home_id", flat=True))
    fresh = [p for p in _households(town) if p.home_place_id not in taken][:5]
    _apply(town, draw, fresh, min(begins + DAY, now))
    applying.carry_over(actor=worker, draw_id=draw.pk, now=min(begins + DAY, now))
