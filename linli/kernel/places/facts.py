"""
What each room tells the lake of facts: a table, the query that makes its rows, and what says that rows changed.

A room declares its sources in its own `facts.py`, beside its models; importing `declared()` finds them. A source never gives a person: a column of
type `person` is handed over as a number and goes into the lake as another one that leads to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Func, QuerySet
from django.utils.module_loading import autodiscover_modules

from linli.insight.measure.tables import FactTable


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
    """

    table: FactTable
    rows: Callable[[], QuerySet[Any]]
    where: tuple[str, str, str, str]
    moment: str
    columns: tuple[Any, ...]
    changed: dict[str, Any]


_sources: dict[str, Source] = {}


def declare(source: Source) -> None:
    """Add a source. Raises ValueError when its table is there already or its columns are not as many as the table's."""
    name = source.table.name
    if name in _sources:
        raise ValueError(f"there are two tables of facts named {name!r}")
    if len(source.columns) != len(source.table.columns):
        raise ValueError(f"{name}: {len(source.columns)} columns for {len(source.table.columns)}")
    _sources[name] = source


def declared() -> dict[str, Source]:
    """Every source of every installed application, by the name of its table."""
    autodiscover_modules("facts")
    return dict(sorted(_sources.items()))


def tables() -> dict[str, FactTable]:
    return {name: source.table for name, source in declared().items()}
