"""
Places and people that many tests begin with are made once a run through the house's own actions, then laid down again as the rows they became.

Wrap the function that makes them in `laid_down_again`. Its first call in a process makes everything and notes the rows that came; each
further call puts exactly these rows into the (empty) database and returns a copy of the first answer. Works inside a test's transaction
and outside. A database that is not as empty as at the first call is refused by its own keys.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

from linli.kernel.access import triggers
from linli.lib.remembered import forget_all

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


def laid_down_again(make: Callable[[], T]) -> Callable[[], T]:
    """`make` fills an empty database; what it answers must be fit for pickling."""
    kept: dict[object, tuple[Laying, bytes]] = {}

    @wraps(make)
    def world() -> T:
        # What is sealed opens only with the keys it was sealed with, and some tests bring their own.
        keys = (settings.FIELD_KEYS, keys_in(settings.FIELD_KEYS_PATH), settings.CRYPTO_SUITE)
        if keys not in kept:
            before = everything()
            answer = make()
            kept[keys] = (laying(before, everything()), pickle.dumps(answer))
            return answer
        lay, pickled = kept[keys]
        with transaction.atomic():
            lay()
        forget_all()
        return pickle.loads(pickled)  # type: ignore[no-any-return]  # noqa: S301 - what this process pickled itself

    return world


def keys_in(path: Path) -> object:
    """What is in a file of keys; of one that is still to be made, its name."""
    return path.read_bytes() if path.exists() else path


def everything() -> dict[str, Rows]:
    """All rows of all tables, as the driver gives them."""
    found = {}
    with connection.cursor() as cursor:
        kept_by_others = indexes(cursor)
        for table in connection.introspection.table_names(cursor):
            if any(table == index or table.startswith(f"{index}_") for index in kept_by_others):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = list(cursor.fetchall())
    return found


def indexes(cursor: Any) -> list[str]:
    """Of words, on SQLite: triggers fill them, and the tables below them, from the rows of others."""
    if connection.vendor != "sqlite":
        return []
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%%'", [])
    return [name for (name,) in cursor.fetchall()]


Laying = Callable[[], None]


def laying(before: dict[str, Rows], after: dict[str, Rows]) -> Laying:
    """How to put the rows that came in between into the same tables, in place of those that went or were changed."""
    statements: list[tuple[str, Rows]] = []
    for table, rows in after.items():
        name, old, now = connection.ops.quote_name(table), set(map(comparable, before[table])), set(map(comparable, rows))
        if gone := [row for row in before[table] if comparable(row) not in now]:
            key, place = key_of(table)
            statements.append((f"DELETE FROM {name} WHERE {connection.ops.quote_name(key)} = %s", [(row[place],) for row in gone]))
        if new := [row for row in rows if comparable(row) not in old]:
            statements.append((f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(new[0]))})", new))
    return on_postgres(statements) if connection.vendor == "postgresql" else on_sqlite(statements)


def comparable(row: tuple[Any, ...]) -> str:
    """The row as a text, for a driver's values (lists, dictionaries) cannot all be members of a set."""
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def key_of(table: str) -> tuple[str, int]:
    """The primary key of a table, and where it stands among its columns."""
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_column(cursor, table)
        assert key, table
        return key, [column.name for column in connection.introspection.get_table_description(cursor, table)].index(key)


def on_sqlite(statements: list[tuple[str, Rows]]) -> Laying:
    """What the driver would write as a text each time (a moment, a day) is a text from the beginning."""
    written = [(statement, [tuple(map(as_written, row)) for row in rows]) for statement, rows in statements]

    def lay() -> None:
        with connection.cursor() as cursor:
            for statement, rows in written:
                cursor.executemany(statement, rows)

    def lay_frozen() -> None:
        """What is frozen refuses rows: its triggers step aside while they are put back."""
        triggers.take_away()
        lay()
        triggers.stand_again()

    return lay_frozen if of_rolls(statements) else lay


def of_rolls(statements: list[tuple[str, Rows]]) -> bool:
    return any(connection.ops.quote_name("rolls_roll") in statement for statement, _rows in statements)


def as_written(value: Any) -> Any:
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value


def on_postgres(statements: list[tuple[str, Rows]]) -> Laying:
    """One text for everything: one way to the server and back."""
    whole = ";\n".join(composed(statement, rows) for statement, rows in statements)
    if of_rolls(statements):
        # What is frozen refuses rows: its triggers step aside while they are put back.
        whole = f"SET LOCAL session_replication_role = replica;\n{whole};\nSET LOCAL session_replication_role = DEFAULT"

    def lay() -> None:
        with connection.cursor() as cursor:
            cursor.execute(whole)

    return lay


def composed(statement: str, rows: Rows) -> str:
    head, values, places = statement.partition(" VALUES ")
    if not values:
        return ";\n".join(str(connection.ops.compose_sql(statement, list(row))) for row in rows)
    return str(connection.ops.compose_sql(f"{head} VALUES {', '.join([places] * len(rows))}", [value for row in rows for value in row]))
