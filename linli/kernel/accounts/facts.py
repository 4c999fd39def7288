"""What accounts tell the lake of facts: who holds which role where, from when until when; only as numbers that lead to nobody."""

from __future__ import annotations

from typing import Final

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.access.roles import ROLES, STAFF
from linli.kernel.accounts.models import Grant, UnitKind
from linli.kernel.places.fact_columns import WHERE, marks, placed
from linli.kernel.places.facts import Source, declare

TABLE: Final = FactTable(
    name="post",
    kind="state",
    version=1,
    says_zh="任职",
    says_en="posts",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "开始", "from"),
        Column("until_at", "moment", "结束", "until"),
        Column("role", "code", "角色", "role", tuple(ROLES)),
        Column("unit_kind", "code", "单位类别", "kind of unit", ("", *UnitKind.values)),
        Column("holder", "person", "任职人", "holder"),
    ),
)


# Numbers of accounts are counted from here, so that none is taken for a person of the register with the same number.
_OTHERS: Final = 10**12


def _posts() -> QuerySet[Grant]:
    """Every role of those who work here; residents are told of by the register."""
    return Grant.objects.filter(role__in=STAFF, place__isnull=False).annotate(**placed("place__path")).order_by("pk")


declare(
    Source(
        table=TABLE,
        rows=_posts,
        where=WHERE,
        moment="starts_at",
        columns=(F("starts_at"), F("ends_at"), F("role"), Coalesce(F("unit__kind"), Value("")), F("account_id") + _OTHERS),
        changed=marks(
            moments=("starts_at", "ends_at"),
            numbers=("account_id", "in_street", "in_community"),
            codes={"role": ROLES, "unit__kind": UnitKind.values},
        ),
    )
)
