"""
Many rows at once: numbers reserved beforehand, rows written without an object for each.

For imports of a hundred thousand rows, where an object and a query for every few dozen rows would cost more than the work itself.
Nothing here checks anything: the actions that call it do, with the same rules as their one-row twins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from django.db import connection, models

from linli.kernel.access.sealed import SealedField

# Below every limit on the number of parameters in one statement.
CHUNK = 900


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """`values` in lists of at most `size`, for `__in` lookups."""
    ready: list[Any] = []
    for value in values:
        ready.append(value)
        if len(ready) == size:
            yield ready
            ready = []
    if ready:
        yield ready


def reserve_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """
    `count` fresh primary keys of `model`, in rising order. Call it inside a transaction.

    On SQLite the transaction already holds the only write lock (transaction_mode IMMEDIATE); on PostgreSQL the sequence gives them.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("reserve_ids needs a transaction")
    if not count:
        return []
    name = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{name}"', count])
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [name])
        found = cursor.fetchone()
    highest = max(found[0] if found else 0, model._default_manager.aggregate(top=models.Max("pk"))["top"] or 0)
    return range(highest + 1, highest + 1 + count)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """
    Insert `rows` of values for the columns `names` (attribute names such as `place_id`); other columns get their default.

    Values are as a model takes them: text for sealed fields, aware datetimes, plain data for JSON.
    """
    fields = {f.attname: f for f in model._meta.concrete_fields}
    given = [fields[name] for name in names]
    rest = [f for f in model._meta.concrete_fields if f.attname not in names and not f.primary_key]
    constants = tuple(_prepared(f)(f.get_default()) for f in rest)
    prepare = [(at, made) for at, made in enumerate(_prepared(f) for f in given) if made is not _same]
    columns = ", ".join(connection.ops.quote_name(str(f.column)) for f in (*given, *rest))
    table = connection.ops.quote_name(model._meta.db_table)

    def ready() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            values = list(row)
            for at, made in prepare:
                values[at] = made(values[at])
            yield (*values, *constants)

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in ready():
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * (len(given) + len(rest)))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", cast("Sequence[Any]", ready()))  # noqa: S608 (names come from the models)


def insert_objects(model: type[models.Model], objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects that already carry their primary keys."""
    names = [f.attname for f in model._meta.concrete_fields]
    insert_rows(model, names, ([getattr(o, name) for name in names] for o in objects))


def _same(value: Any) -> Any:
    return value


def _prepared(field: Any) -> Callable[[Any], Any]:
    """How a value of the field becomes what the database driver takes; `_same` where nothing is to be done."""
    if isinstance(field, SealedField):
        return field.get_prep_value
    if isinstance(field, models.BinaryField):
        return lambda value: None if value is None else bytes(value)
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False, cls=field.encoder)
    if isinstance(field, models.DateTimeField):
        return _kept(connection.ops.adapt_datetimefield_value)
    if isinstance(field, models.DateField):
        return _kept(connection.ops.adapt_datefield_value)
    return _same


def _kept(adapt: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An import repeats few instants very often: each is spelled once."""
    known: dict[date | datetime | None, Any] = {None: None}

    def adapted(value: Any) -> Any:
        if value not in known:
            known[value] = adapt(value)
        return known[value]

    return adapted
