"""Two venues: the community's own, which meets its standards, and a borrowed corner that does not and was not liked for two years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from linli.demo.town import Town
from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Place
from linli.law.venues import items
from linli.loops.venues import hours
from linli.loops.venues.actions import exiting, keeping, opening, promising, rating
from linli.loops.venues.actions.keeping import Given
from linli.loops.venues.models import Venue

MINUTE = timedelta(minutes=1)
LONG = hours.read_week("周一至周五 09:00-12:00 14:00-17:30；周六 09:00-12:00 19:00-21:00")
SHORT = hours.read_week("周二 09:00-11:00；周四 09:00-11:00")
CORNER_HAS = ("zone_board", "eq_tables", "eq_board", "ft_free")
CORNER_LACKS = ("zone_deliberation", "zone_mediation", "zone_convenience", "eq_projector", "eq_ramp", "ft_step_free", "ft_exclusive")


def build(town: Town, now: datetime) -> list[Venue]:
    """Live it through the house's own actions."""
    worker, head = town.actors["wang.fang"], town.actors["chen.ying"]
    made = [_hall(town, worker, now), _corner(town, worker, now)]
    _log(made[0], worker, now)
    _said(town, made[0], worker, now)
    exiting.raise_due(now)
    promising.set_exception(
        actor=head,
        venue_id=made[0].pk,
        day=(now + timedelta(days=5)).astimezone(ZONE).date(),
        spans=[[540, 720]],
        reason="下午更换桌椅",
        now=now,
    )
    return made


def within(compound: Place) -> tuple[float, float] | None:
    """A point between the buildings of a compound, in degrees."""
    south, north, west, east = compound.south, compound.north, compound.west, compound.east
    if south is None or north is None or west is None or east is None:
        return None
    return (south + (north - south) * 4 // 9) / 1_000_000, (west + (east - west) * 8 // 9) / 1_000_000


def _hall(town: Town, worker: Actor, now: datetime) -> Venue:
    """Large enough, whole, open in the evening and at the weekend."""
    began = now - timedelta(days=300)
    old_only = {
        "zone_shared_shelf",
        "zone_family",
        "zone_child",
        "zone_generation",
        "zone_heritage",
        "eq_smart_terminal",
        "eq_coworking",
        "ft_reserved",
    }
    given = Given(
        place=town.compounds[0],
        name="芳草社区议事厅",
        address="芳草街 12 号党群服务中心一楼",
        point=within(town.compounds[0]),
        phone="028-85551234",
        about="大事小事来这里商量。进门右手是议事区，里间可以调解，窗口能办证明、问政策。",
        area=12_650,
        seats=40,
        traits=["ageing"],
        has={i.code: i.code not in old_only for i in items().values() if i.kind in ("zone", "equipment", "feature")},
        functions=["fn_meeting", "fn_mediation", "fn_policy_advice", "fn_convenience"],
        staff={"full_time": 1, "teams": 3, "volunteers": 12, "digital": 1, "training_hours": 40},
        cost_fen=9_600_000,
        cost_year=began.year,
        opened_on=began.astimezone(ZONE).date(),
    )
    venue = keeping.add_venue(actor=worker, given=given, now=began)
    promising.set_hours(actor=worker, venue_id=venue.pk, week=LONG, starts_on=began.astimezone(ZONE).date(), now=began)
    return venue


def _corner(town: Town, worker: Actor, now: datetime) -> Venue:
    """A borrowed room of nine square metres, up two steps, open four hours a week."""
    began = datetime(now.year - 3, 3, 1, 10, tzinfo=ZONE)
    given = Given(
        place=town.compounds[1],
        name="议事角",
        address="门卫室旁",
        point=within(town.compounds[1]),
        area=900,
        seats=6,
        has={**dict.fromkeys(CORNER_HAS, True), **dict.fromkeys(CORNER_LACKS, False)},
        functions=["fn_meeting"],
        staff={"full_time": 0, "volunteers": 2},
        cost_fen=600_000,
        cost_year=began.year,
    )
    venue = keeping.add_venue(actor=worker, given=given, now=began)
    promising.set_hours(actor=worker, venue_id=venue.pk, week=SHORT, starts_on=began.date(), now=began)
    for year, (good, bad) in ((now.year - 2, (12, 15)), (now.year - 1, (11, 13))):
        then = datetime(year, 11, 20, 16, tzinfo=ZONE)
        counts = {"satisfied": good // 2, "fairly": good - good // 2, "not": bad}
        sheet: dict[str, Any] = {
            "day": date(year, 11, 18),
            "counts": counts,
            "batch": f"{year}-1",
            "comment": "地方太小，坐不下，轮椅进不来",
        }
        rating.key_in_forms(actor=worker, venue_id=venue.pk, now=then, **sheet)
    return venue


def _log(venue: Venue, worker: Actor, now: datetime) -> None:
    """Two weeks of the log book, kept well but for one afternoon; open today if it is the time for it."""
    today = now.astimezone(ZONE).date()
    for back in range(14, 0, -1):
        day = today - timedelta(days=back)
        for n, (start, end) in enumerate(LONG[day.weekday()]):
            if back == 6 and n == 1:
                continue
            midnight = datetime.combine(day, time(), ZONE)
            times = midnight + timedelta(minutes=start) - (back % 3) * MINUTE, midnight + timedelta(minutes=end) + (back % 4) * MINUTE
            opening.key_in(actor=worker, venue_id=venue.pk, opened_at=times[0], closed_at=times[1], now=now)
    opened = next((m for m in hours.Promise([hours.Plan(LONG, today)]).moments(today, today, ZONE) if m[0] <= now < m[1]), None)
    if opened is not None and opened[0] + MINUTE < now:
        opening.open_now(actor=worker, venue_id=venue.pk, now=opened[0] + MINUTE)


def _said(town: Town, venue: Venue, worker: Actor, now: datetime) -> None:
    last = datetime(now.year - 1, 12, 10, 16, tzinfo=ZONE)
    sheet: dict[str, Any] = {
        "day": date(now.year - 1, 12, 8),
        "counts": {"satisfied": 31, "fairly": 12, "not": 4},
        "batch": f"{now.year - 1}-A",
    }
    rating.key_in_forms(actor=worker, venue_id=venue.pk, now=last, **sheet)
    for n, resident in enumerate(town.residents[:9]):
        rating.rate(actor=resident, venue_id=venue.pk, choice=("satisfied", "satisfied", "fairly")[n % 3], now=now - timedelta(hours=n))
