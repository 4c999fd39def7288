"""Which road a motion may take, and how many must second it: the place's own, else the packs'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid
from linli.kernel.places.models import CommunityType, Kind, Place
from linli.law.roads import Road, road_from, roads
from linli.loops.council.motions.models import Motion, RoadTemplate, SecondRule

# Where nobody has set a rule: five in a hundred homes of a compound, at most thirty, within thirty days; one neighbour in a building.
DEFAULT_DAYS: Final = 30
DEFAULTS: Final = {"building": (1, None), "compound": (30, Fraction(1, 20)), "community": (50, Fraction(1, 20)), "street": (100, None)}
VILLAGE, TOWN = "villagers_assembly", "residents_assembly"
_TIER_OF_PLACE: Final = {
    **dict.fromkeys((Kind.HOME, Kind.ENTRANCE, Kind.BUILDING), "building"),
    Kind.COMPOUND: "compound",
    **dict.fromkeys((Kind.GRID, Kind.COMMUNITY), "community"),
}


@dataclass(frozen=True)
class Threshold:
    """How many homes must second, and by when; `source` says whose rule it is."""

    count: int | None
    share: Fraction | None
    days: int
    source: str


def tier_of(place: Place) -> str:
    return _TIER_OF_PLACE.get(Kind(place.kind), "street")


def in_force(now: datetime) -> Q:
    return Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))


def roads_for(place: Place, now: datetime) -> list[Road]:
    """The roads that may be taken at a place: an operator's own for it or above it first, then the packs' it does not replace."""
    own = RoadTemplate.objects.filter(in_force(now)).filter(Q(place=None) | Q(place__path__in=ancestors(place.path))).order_by("pk")
    made = [road_from({**t.data, "version": t.version}) for t in own]
    taken = {r.code for r in made}
    return [*made, *(r for r in roads() if r.code not in taken)]


def fitting(found: Sequence[Road], place: Place) -> list[Road]:
    """Those that fit the place: a village's assembly (VIL-001) in rural communities alone, the residents' one (RES-003) elsewhere. One query at most."""
    if not any(r.code in (VILLAGE, TOWN) for r in found):
        return list(found)
    rural = Place.objects.filter(path__in=ancestors(place.path), community_type=CommunityType.RURAL).exists()
    return [r for r in found if r.code != (TOWN if rural else VILLAGE)]


def road_at(place: Place, code: str, now: datetime) -> Road:
    """The road of that code for the place. Raises Invalid when there is none."""
    found = next((r for r in roads_for(place, now) if r.code == code), None)
    if found is None:
        raise Invalid("no_road", _("请选择一种议事程序。"), fields={"road": [_("请从列表里选一种议事程序。")]})
    return found


def road_of(motion: Motion) -> Road:
    """The road the motion started with, whatever became of its template."""
    return road_from(motion.road)


def threshold_at(place: Place, tier: str, now: datetime) -> Threshold:
    """The rule of the nearest place above; the house's default where nobody set one."""
    rules: Sequence[SecondRule] = list(
        SecondRule.objects.filter(in_force(now), tier=tier)
        .filter(Q(place=None) | Q(place__path__in=ancestors(place.path)))
        .select_related("place")
    )
    if not rules:
        count, share = DEFAULTS[tier]
        return Threshold(count, share, DEFAULT_DAYS, _("默认设置，可在工作台修改"))
    nearest = max(rules, key=lambda r: (len(r.place.path) if r.place else 0, r.pk))
    share = Fraction(nearest.share_numerator, nearest.share_denominator) if nearest.share_numerator and nearest.share_denominator else None
    return Threshold(nearest.homes, share, nearest.days, nearest.source or _("本地规则"))
