"""
Places and people that many tests begin with are made once a run through the house's own actions, then laid down again as the rows they became.

Wrap the function that makes them in `laid_down_again`. Its first call in a process makes everything and notes the rows that came; each
further call puts exactly these rows into the (empty) database and returns a copy of the first answer. Works inside a test's transaction
and outside. A database that is not as empty as at the first call is refused by its own keys.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

from linli.lib.remembered import forget_all

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


def laid_down_again(make: Callable[[], T]) -> Callable[[], T]:
    """`make` fills an empty database; what it answers must be fit for pickling."""
    kept: dict[object, tuple[Laying, bytes]] = {}

    @wraps(make)
    def world() -> T:
        # What is sealed opens only with the keys it was sealed with, and some tests bring their own.
        keys = (settings.FIELD_KEYS, settings.FIELD_KEYS_PATH, settings.CRYPTO_SUITE)
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


def everything() -> dict[str, Rows]:
    """All rows of all tables, as the driver gives them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = list(cursor.fetchall())
    return found


Laying = Callable[[], None]


def laying(before: dict[str, Rows], after: dict[str, Rows]) -> Laying:
    """How to put the rows that came in between into the same tables. Raises ValueError when a row was changed or went."""
    statements: list[tuple[str, Rows]] = []
    for table, rows in after.items():
        old = before[table]
        if any(row not in rows for row in old):
            raise ValueError(f"making a world changed what stood in {table} before")
        if new := [row for row in rows if row not in old]:
            statements.append((f"INSERT INTO {connection.ops.quote_name(table)} VALUES ({', '.join(['%s'] * len(new[0]))})", new))
    return on_postgres(statements) if connection.vendor == "postgresql" else on_sqlite(statements)


def on_sqlite(statements: list[tuple[str, Rows]]) -> Laying:
    def lay() -> None:
        with connection.cursor() as cursor:
            for statement, rows in statements:
                cursor.executemany(statement, rows)

    return lay


def on_postgres(statements: list[tuple[str, Rows]]) -> Laying:
    """One text for everything: one way to the server and back."""
    whole = ";\n".join(one_insert(statement, rows) for statement, rows in statements)

    def lay() -> None:
        with connection.cursor() as cursor:
            cursor.execute(whole)

    return lay


def one_insert(statement: str, rows: Rows) -> str:
    head, _values, places = statement.partition(" VALUES ")
    values = ", ".join([places] * len(rows))
    return str(connection.ops.compose_sql(f"{head} VALUES {values}", [value for row in rows for value in row]))
