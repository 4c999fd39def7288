"""What venues tell the lake of facts: the register as it is, the openings as they happened, and what visitors said, as counts."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.places.fact_columns import WHERE, Items, Midnight, above, marks, placed, yes
from linli.kernel.places.facts import MinutesTo, Source, declare
from linli.kernel.places.models import Kind
from linli.lib.units import SHANGHAI
from linli.loops.venues.models import Choice, Opening, State, Venue, VisitRating

RULES: Final = Q(has__ft_rules=True)
DUTIES: Final = Q(has__ft_duties=True)
ACCEPTED: Final = Q(has__ft_accepted=True)
# A ramp or a way without steps, handrails, and hearing aids (S3 2.2, S3 5.1).
AGE_FRIENDLY: Final = (Q(has__ft_step_free=True) | Q(has__eq_ramp=True)) & Q(has__eq_handrail=True) & Q(has__eq_hearing_aid=True)
CORE_ZONES: Final = Q(has__zone_deliberation=True) & Q(has__zone_mediation=True) & Q(has__zone_convenience=True)

VENUES: Final = FactTable(
    name="venue",
    kind="state",
    version=1,
    says_zh="议事场地",
    says_en="venues",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "启用时间", "in use from"),
        Column("until_at", "moment", "停用时间", "closed at"),
        Column("state", "code", "状态", "state", tuple(State.values)),
        Column("area", "number", "面积（0.01 平方米）", "area (0.01 m²)"),
        Column("seats", "number", "座位", "seats"),
        Column("functions", "number", "启用的功能数", "functions in use"),
        Column("rules", "yes", "议事规则已公布", "rules posted"),
        Column("duties", "yes", "权责清单已公布", "list of duties posted"),
        Column("accepted", "yes", "已通过验收", "acceptance passed"),
        Column("age_friendly", "yes", "坡道、扶手、助听设备齐备", "ramp, handrails and hearing aids"),
        Column("zones", "yes", "三区齐备", "three zones"),
        Column("cost_fen", "number", "年度费用（分）", "cost in a year (fen)"),
        Column("cost_known", "yes", "登记了年度费用", "cost in a year on file"),
        Column("full_time", "yes", "有专职人员", "has full-time staff"),
        Column("compound", "number", "小区", "compound"),
        Column("venue", "number", "场地", "venue"),
    ),
)

OPENINGS: Final = FactTable(
    name="opening",
    kind="event",
    version=1,
    says_zh="场地开放",
    says_en="openings of venues",
    at="opened_at",
    columns=(
        Column("opened_at", "moment", "开门时间", "opened at"),
        Column("closed_at", "moment", "关门时间", "closed at"),
        Column("minutes_open", "number", "开放分钟数", "minutes open"),
        Column("live", "yes", "当时登记", "logged as it happened"),
        Column("venue", "number", "场地", "venue"),
        Column("venue_month", "number", "场地和月份", "venue and month"),
    ),
)

RATINGS: Final = FactTable(
    name="visit",
    kind="event",
    version=1,
    says_zh="场地评价",
    says_en="ratings of venues",
    at="at",
    columns=(
        Column("at", "moment", "哪一天", "day"),
        Column("choice", "code", "怎么说", "said", tuple(Choice.values)),
        Column("count", "number", "几个人这样说", "how many said so"),
        Column("channel", "code", "渠道", "channel"),
        Column("keyed_in", "yes", "由工作人员录入", "keyed in by a worker"),
        Column("venue", "number", "场地", "venue"),
    ),
)


def _venues() -> QuerySet[Venue]:
    """Every venue that was put to use."""
    found = Venue.objects.exclude(state=State.PREPARING)
    return found.annotate(
        **placed("place__path"),
        since_at=Coalesce(Midnight("opened_on"), F("created_at")),
        until_at=Midnight("closed_on"),
        part_compound=above("place__path", Kind.COMPOUND),
    ).order_by("pk")


declare(
    Source(
        table=VENUES,
        rows=_venues,
        where=WHERE,
        moment="since_at",
        columns=(
            F("since_at"),
            F("until_at"),
            F("state"),
            F("area"),
            F("seats"),
            Items("functions"),
            yes(RULES),
            yes(DUTIES),
            yes(ACCEPTED),
            yes(AGE_FRIENDLY),
            yes(CORE_ZONES),
            F("cost_fen"),
            yes(Q(cost_fen__gt=0)),
            yes(Q(staff__full_time__gt=0)),
            F("part_compound"),
            F("id"),
        ),
        changed=marks(
            moments=("since_at", "until_at", "updated_at"),
            numbers=("version", "part_compound", "in_street", "in_community"),
            codes={"state": State.values},
        ),
    )
)


def _openings() -> QuerySet[Opening]:
    month = ExtractYear("opened_at", tzinfo=SHANGHAI) * 12 + ExtractMonth("opened_at", tzinfo=SHANGHAI)
    found = Opening.objects.filter(struck_at=None).annotate(**placed("venue__place__path"))
    return found.annotate(venue_month=F("venue_id") * 100_000 + month).order_by("pk")


declare(
    Source(
        table=OPENINGS,
        rows=_openings,
        where=WHERE,
        moment="opened_at",
        columns=(
            F("opened_at"),
            F("closed_at"),
            MinutesTo("closed_at"),
            yes(Q(source=Opening.Source.LIVE)),
            F("venue_id"),
            F("venue_month"),
        ),
        changed=marks(moments=("opened_at", "closed_at"), numbers=("venue_id", "in_street", "in_community")),
    )
)


def _visits() -> QuerySet[VisitRating]:
    return VisitRating.objects.filter(struck_at=None).annotate(day_at=Midnight("day"), **placed("venue__place__path")).order_by("pk")


declare(
    Source(
        table=RATINGS,
        rows=_visits,
        where=WHERE,
        moment="day_at",
        columns=(F("day_at"), F("choice"), F("count"), F("channel"), yes(Q(recorded_by__isnull=False)), F("venue_id")),
        changed=marks(
            moments=("day_at", "at"), numbers=("venue_id", "count", "in_street", "in_community"), codes={"choice": Choice.values}
        ),
    )
)
