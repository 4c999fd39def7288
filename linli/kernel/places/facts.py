"""
What each room tells the lake of facts: a table, the query that makes its rows, and what says that rows changed.

A room declares its sources in its own `facts.py`, beside its models; importing `declared()` finds them. A source never gives a person: a column of
type `person` is handed over as a number and goes into the lake as another one that leads to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import CharField, F, Func, QuerySet
from django.utils.module_loading import autodiscover_modules

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.places.fact_columns import WHERE, Where, marks, placed
from linli.kernel.places.models import CommunityType, Kind, Place


class LocalMonth(Func):
    """The month of an instant in the place's own time, as "2026-10". The hours to Greenwich have been the same since 1991."""

    output_field = CharField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="strftime('%%Y-%%m', %(expressions)s, '+8 hours')", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="to_char(%(expressions)s AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')", **context)


@dataclass(frozen=True)
class MinutesTo:
    """Stands for a column of whole minutes from the table's moment to another column that is a moment; unknown without it."""

    column: str


@dataclass(frozen=True)
class Source:
    """
    Where a table comes from. `rows()` is a query of objects with the moment `table.at` under the name `moment`; `where` names what says
    the row's number, district, street and community (ids of places) there; `columns` what says each column of the table, in its order
    (an expression, or `MinutesTo`). `changed` are aggregates over a part (a district's month) that differ when any row of it does.

    Where several rooms fill one table, each declares a source of its own with another `branch`. With `at_now`, `rows` is told the instant of the
    build: what it says is what holds then.
    """

    table: FactTable
    rows: Callable[..., QuerySet[Any]]
    where: Where
    moment: str
    columns: tuple[Any, ...]
    changed: dict[str, Any]
    branch: str = ""
    at_now: bool = False

    def found(self, now: datetime) -> QuerySet[Any]:
        return self.rows(now) if self.at_now else self.rows()


_sources: dict[str, dict[str, Source]] = {}


def declare(source: Source) -> None:
    """Add a source. Raises ValueError when its branch of the table is there already or its columns are not as many as the table's."""
    name = source.table.name
    there = _sources.setdefault(name, {})
    if source.branch in there or any(one.table is not source.table for one in there.values()):
        raise ValueError(f"there are two tables of facts named {name!r} {source.branch!r}")
    if len(source.columns) != len(source.table.columns):
        raise ValueError(f"{name}: {len(source.columns)} columns for {len(source.table.columns)}")
    there[source.branch] = source


def declared() -> dict[str, tuple[Source, ...]]:
    """The sources of every installed application, by the name of their table, in the order of their branches."""
    autodiscover_modules("facts")
    return {name: tuple(branch for _name, branch in sorted(there.items())) for name, there in sorted(_sources.items())}


def tables() -> dict[str, FactTable]:
    return {name: sources[0].table for name, sources in declared().items()}


PLACES: Final = FactTable(
    name="place",
    kind="state",
    version=1,
    says_zh="社区、小区和楼栋",
    says_en="places",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "登记时间", "registered at"),
        Column("until_at", "moment", "停用时间", "retired at"),
        Column("kind", "code", "层级", "kind", tuple(Kind.values)),
        Column("community_type", "code", "社区类型", "type of community", tuple(CommunityType.values)),
    ),
)


def _places() -> QuerySet[Place]:
    """From the district to the entrance; homes are told of by the register of people."""
    above_districts = (Kind.PROVINCE, Kind.CITY, Kind.HOME)
    return Place.objects.exclude(kind__in=above_districts).annotate(**placed("path")).order_by("pk")


declare(
    Source(
        table=PLACES,
        rows=_places,
        where=WHERE,
        moment="created_at",
        columns=(F("created_at"), F("retired_at"), F("kind"), F("community_type")),
        changed=marks(
            moments=("created_at", "retired_at"),
            numbers=("parent_id", "in_street", "in_community"),
            codes={"kind": Kind.values, "community_type": CommunityType.values},
        ),
    )
)
