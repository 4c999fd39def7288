"""What the tests of venues begin with: one venue in use at the compound, open on working days and Saturday evening, made once a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from linli.kernel.places.actions import describe_place
from linli.loops.venues import hours
from linli.loops.venues.actions import keeping, promising, rating
from linli.loops.venues.actions.keeping import Given
from linli.loops.venues.models import Venue
from tests.factories import DAY, HOUSE, NOW, Cast, build_cast
from tests.worlds import laid_down_again

WEEK = hours.read_week("周一至周五 09:00-12:00 14:00-17:30；周六 19:00-21:00")
# When the hours were first promised: Monday 1 June.
SINCE = NOW - 9 * DAY


@dataclass(frozen=True)
class Scene:
    cast: Cast
    venue: Venue


def given(cast: Cast, **change: Any) -> Given:
    plain: dict[str, Any] = {
        "place": cast.here.compound,
        "name": "芳草议事厅",
        "address": "芳草街 12 号一楼",
        "phone": "028-85551234",
        "point": (30.6303, 104.0562),
        "area": 4550,
        "households": 620,
        "has": {"zone_deliberation": True, "zone_mediation": False, "ft_step_free": True, "eq_ramp": True},
        "functions": ["fn_meeting", "fn_mediation"],
        "staff": {"full_time": 1},
        "cost_fen": 9_600_000,
    }
    return Given(**{**plain, **change})


@laid_down_again
def scene_again() -> Scene:
    cast = build_cast()
    describe_place(actor=HOUSE, place=cast.here.community, community_type="old_residential", phone="", now=SINCE)
    venue = keeping.add_venue(actor=cast.community_worker, given=given(cast), now=SINCE)
    promising.set_hours(actor=cast.community_worker, venue_id=venue.pk, week=WEEK, starts_on=SINCE.date(), now=SINCE)
    return Scene(cast, venue)


def bad_years(cast: Cast, venue: Venue, *years: int, satisfied: int = 11, unsatisfied: int = 9) -> None:
    """Forms of whole years, keyed in while each was running: 55 per cent unless said otherwise."""
    for year in years:
        day = date(year, 12, 1)
        then = datetime(year, 12, 2, 10, tzinfo=NOW.tzinfo)
        counts = {"satisfied": satisfied, "not": unsatisfied}
        rating.key_in_forms(actor=cast.community_worker, venue_id=venue.pk, day=day, counts=counts, now=then)
