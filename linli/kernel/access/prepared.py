"""
Queries whose SQL is composed once and asked again and again with other values.

Django composes the SQL of a query anew each time, which for a wide table with its relations takes longer than the database needs to
answer. What is asked at every page and every act is prepared here instead; everything else stays an ordinary queryset.

    _ONE = Prepared(lambda pk: Matter.objects.select_related("place").filter(pk=pk), pk=NUMBER)
    _ONE.first(pk=7)

`store` does the same for writing a few new rows, `change` for changing one, and `at_once` sends several of both in one exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, DateTimeField, Expression, Field, Model, QuerySet, TextField
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators

T = TypeVar("T")

# How a value is spelled for the database.
NUMBER: Field[Any, Any] = BigIntegerField()
MOMENT: Field[Any, Any] = DateTimeField()
TEXT: Field[Any, Any] = TextField()
STEP = 8


class Slot(Expression):
    """Stands in a query where a value will be; `at` is its number in a list of values."""

    def __init__(self, name: str, at: int, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name, self.at = name, at

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    # Two slots are the same only when they are one: a list of them must keep its length.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True)
class _Composed:
    """SQL with its parameters (slots among them), and how a row of its answer becomes an object or a tuple."""

    sql: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, list[Any], Any], ...]
    build: Callable[[Sequence[Any]], Any]


class Prepared(Generic[T]):
    """
    `make` takes something for each name in `fields` and answers the queryset; a field says how the values of a name are spelled.

    A list stands for `__in`: it is filled up to a multiple of eight with its last value, and SQL is kept for each of these lengths; an empty
    one matches nothing. None is another SQL and refused with ValueError. Whatever else decides the SQL must not change between two calls.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, T]], **fields: Field[Any, Any]) -> None:
        self._make, self._fields = make, fields
        self._composed: dict[tuple[Any, ...], _Composed] = {}

    def all(self, **values: Any) -> list[T]:
        """Every row."""
        return list(self._rows(values))

    def first(self, **values: Any) -> T | None:
        """The first row in the order of the queryset, or None; all that match are fetched."""
        return next(self._rows(values), None)

    def _rows(self, values: dict[str, Any]) -> Iterator[T]:
        lengths = tuple(-(-len(values[name]) // STEP) * STEP if isinstance(values[name], list) else -1 for name in self._fields)
        if 0 in lengths:
            return
        connection = connections[DEFAULT_DB_ALIAS]
        composed = self._composed.get((connection.vendor, lengths)) or self._compose(lengths)
        given = [self._spelled(p, values, connection) if isinstance(p, Slot) else p for p in composed.parameters]
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, given)
            rows = cursor.fetchall()
        for row in rows:
            if composed.converters:
                row = list(row)
                for at, converters, expression in composed.converters:
                    for convert in converters:
                        row[at] = convert(row[at], expression, connection)
            yield composed.build(row)

    def _spelled(self, slot: Slot, values: dict[str, Any], connection: Any) -> Any:
        value = values[slot.name]
        if slot.at >= 0:
            value = value[min(slot.at, len(value) - 1)]
        if value is None:
            raise ValueError(f"{slot.name} is None: a prepared query has no SQL for that")
        return self._fields[slot.name].get_db_prep_value(value, connection)

    def _compose(self, lengths: tuple[int, ...]) -> _Composed:
        slots = {
            name: Slot(name, -1, field) if length < 0 else [Slot(name, at, field) for at in range(length)]
            for (name, field), length in zip(self._fields.items(), lengths, strict=True)
        }
        queryset = self._make(**slots)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([part[0] for part in compiler.select])
        composed = _Composed(
            sql,
            tuple(parameters),
            tuple((at, found, expression) for at, (found, expression) in converters.items()),
            self._builder(queryset, compiler),
        )
        self._composed[(compiler.connection.vendor, lengths)] = composed
        return composed

    @staticmethod
    def _builder(queryset: QuerySet[Any, T], compiler: Any) -> Callable[[Sequence[Any]], Any]:
        kind = queryset._iterable_class  # how Django itself would read the rows
        if kind is ValuesListIterable:
            return tuple
        if kind is not ModelIterable:
            raise TypeError("only whole objects and values_list can be prepared")
        beside = tuple(compiler.annotation_col_map.items())
        model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
        begin, end = fields[0], fields[-1] + 1
        names = [part[0].target.attname for part in compiler.select[begin:end]]
        populators = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs are of a later Django

        def build(row: Sequence[Any]) -> Any:
            made = model.from_db(DEFAULT_DB_ALIAS, names, row[begin:end])
            for populator in populators:
                populator.populate(row, made)
            for name, at in beside:
                setattr(made, name, row[at])
            return made

        return build


MOST_STORED = 40
_inserts: dict[tuple[str, type[Model], int], str] = {}


def store(rows: Sequence[Model]) -> None:
    """
    Insert new rows of one kind, each of which gets its number: what `bulk_create` does, with SQL composed once.

    Signals are not sent and numbers not taken from the rows, as there. Many rows are left to `bulk_create`; none are nothing.
    """
    if not rows:
        return
    model = type(rows[0])
    if len(rows) > MOST_STORED:
        model._default_manager.bulk_create(rows)
        return
    connection = connections[DEFAULT_DB_ALIAS]
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    values: list[Any] = []
    for row in rows:
        row._prepare_related_fields_for_save("store")  # type: ignore[attr-defined]  # refuses what points at an unsaved row
        values += [f.get_db_prep_save(f.pre_save(row, True), connection) for f in fields]
    key = (connection.vendor, model, len(rows))
    cursor = connection.cursor()
    cursor.execute(_inserts.get(key) or _insert(key, fields, connection), values)
    unanswered = _unanswered.get()
    if unanswered is None:
        _number(rows, cursor)
    else:
        unanswered.append((rows, cursor))


def _number(rows: Sequence[Model], cursor: Any) -> None:
    with cursor:
        numbers = cursor.fetchall()
    for row, (number,) in zip(rows, numbers, strict=True):
        row.pk, row._state.adding, row._state.db = number, False, DEFAULT_DB_ALIAS


def _insert(key: tuple[str, type[Model], int], fields: Sequence[Field[Any, Any]], connection: Any) -> str:
    _vendor, model, count = key
    name = connection.ops.quote_name
    columns, marks = ", ".join(name(f.column) for f in fields), ", ".join(["%s"] * len(fields))
    number = name(model._meta.pk.column)
    sql = f"INSERT INTO {name(model._meta.db_table)} ({columns}) VALUES {', '.join([f'({marks})'] * count)} RETURNING {number}"  # noqa: S608 (names come from the models)
    _inserts[key] = sql
    return sql


_updates: dict[tuple[str, type[Model], tuple[str, ...], tuple[str, ...]], str] = {}


def change(model: type[Model], where: dict[str, Any], values: dict[str, Any]) -> int:
    """
    Set these columns, by attribute name, in the rows that are `where` says: what `filter(...).update(...)` does, with SQL composed once.

    Returns how many rows that were; unknown (negative) inside `at_once`. Plain values alone.
    """
    if not values:
        return model._default_manager.filter(**where).count()
    connection = connections[DEFAULT_DB_ALIAS]
    by_name = _by_attribute(model)
    key = (connection.vendor, model, tuple(values), tuple(where))
    sql = _updates.get(key)
    if sql is None:
        name = connection.ops.quote_name
        columns = {n: name(by_name[n].column or n) for n in (*values, *where)}
        setting = ", ".join(f"{columns[n]} = %s" for n in values)
        found = " AND ".join(f"{columns[n]} = %s" for n in where)
        sql = _updates[key] = f"UPDATE {name(model._meta.db_table)} SET {setting} WHERE {found}"  # noqa: S608 (names come from the models)
    spelled = [by_name[n].get_db_prep_save(value, connection) for n, value in [*values.items(), *where.items()]]
    with connection.cursor() as cursor:
        cursor.execute(sql, spelled)
        return int(cursor.rowcount)


@cache
def _by_attribute(model: type[Model]) -> dict[str, Field[Any, Any]]:
    return {f.attname: f for f in model._meta.concrete_fields}


_unanswered: ContextVar[list[tuple[Sequence[Model], Any]] | None] = ContextVar("unanswered", default=None)


@contextmanager
def at_once() -> Iterator[None]:
    """
    What is stored and changed inside goes to PostgreSQL in one exchange and is answered at its end: only then have the rows their numbers. On
    SQLite each is done as it comes. Inside a transaction, and without reading anything between.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql" or _unanswered.get() is not None:
        yield
        return
    unanswered: list[tuple[Sequence[Model], Any]] = []
    token = _unanswered.set(unanswered)
    try:
        with connection.wrap_database_errors, connection.connection.pipeline():
            yield
            for rows, cursor in unanswered:
                _number(rows, cursor)
    finally:
        _unanswered.reset(token)
