"""What draws tell the lake of facts: how many applied for how many places, and who took part; not who drew what."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.facts import taking_part
from linli.kernel.places.fact_columns import WHERE, marks, placed
from linli.kernel.places.facts import Source, declare
from linli.loops.council.draws.models import Application, Draw, Objection, Offer, State, What

TABLE: Final = FactTable(
    name="draw",
    kind="event",
    version=1,
    says_zh="抽签",
    says_en="draws",
    at="opened_at",
    columns=(
        Column("opened_at", "moment", "开始报名的时间", "opened at"),
        Column("drawn_at", "moment", "抽签时间", "drawn at"),
        Column("closed_at", "moment", "办结时间", "closed at"),
        Column("state", "code", "状态", "state", tuple(State.values)),
        Column("what", "code", "抽什么", "what for", tuple(What.values)),
        Column("applications", "number", "报名户数", "applications"),
        Column("accepted", "number", "审核通过户数", "applications accepted"),
        Column("taken", "number", "已认领的名额", "places taken"),
        Column("objections", "number", "异议数", "objections"),
    ),
)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.filter(draw=OuterRef("pk")).order_by().values("draw").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _draws() -> QuerySet[Draw]:
    return Draw.objects.annotate(**placed("place_path")).order_by("pk")


declare(
    Source(
        table=TABLE,
        rows=_draws,
        where=WHERE,
        moment="opened_at",
        columns=(
            F("opened_at"),
            F("drawn_at"),
            F("closed_at"),
            F("state"),
            F("what"),
            _count(Application.objects.exclude(state=Application.State.WITHDRAWN)),
            _count(Application.objects.filter(state=Application.State.ACCEPTED)),
            _count(Offer.objects.filter(state=Offer.State.ACCEPTED, ended_at=None)),
            _count(Objection.objects.all()),
        ),
        changed=marks(
            moments=("opened_at",), numbers=("version", "line_count", "in_street", "in_community"), codes={"state": State.values}
        ),
    )
)


def _applications() -> QuerySet[Application]:
    found = Application.objects.exclude(state=Application.State.WITHDRAWN).filter(carried=0)
    return found.annotate(**placed("draw__place_path")).order_by("pk")


taking_part(
    "draws.applied",
    _applications,
    act="applied",
    about="draw",
    moment="at",
    where=WHERE,
    channel=F("channel"),
    home="home_id",
)
