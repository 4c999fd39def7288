"""
What the database itself refuses, whoever asks: triggers for SQLite and PostgreSQL, kept in one place.

A room writes its rules once for both (`Guard`), its migration calls `install`, its check names what is `missing`. Migrations make tables anew
(SQLite does so for most changes), and triggers go with the old ones: `step_aside` takes all away before migrations run, `stand_again` puts
back what is not there afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

# (name, table, event, condition under which it is refused)
Rule = tuple[str, str, str, str]
_guards: list[Guard] = []


@dataclass(frozen=True)
class Guard:
    """`rules(equal, size)` answers the rules for a database: `equal` compares nulls too, `size` measures bytes. `message` is what it says."""

    message: str
    rules: Callable[[str, str], list[Rule]]

    def __post_init__(self) -> None:
        _guards.append(self)

    def install(self, *_args: Any) -> None:
        """Make the triggers; those that exist are made anew."""
        self.remove()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                for name, table, event, condition in self.rules("IS NOT DISTINCT FROM", "octet_length"):
                    # A condition of a trigger may hold no subquery, so it is asked in a function of the trigger's own.
                    cursor.execute(
                        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition} THEN RAISE EXCEPTION '{self.message}' "
                        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                        f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$ LANGUAGE plpgsql"
                    )
                    cursor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
            elif connection.vendor == "sqlite":
                for name, table, event, condition in self.rules("IS", "length"):
                    cursor.execute(
                        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
                    )

    def remove(self, *_args: Any) -> None:
        """Take the triggers away; for a migration that undoes them, and for tests that empty the tables."""
        with connection.cursor() as cursor:
            for name, table, _event, _condition in self.rules("IS", "length"):
                if connection.vendor == "postgresql":
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                elif connection.vendor == "sqlite":
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")

    def missing(self) -> list[str]:
        """Names of triggers that are not there."""
        wanted = {name for name, *_rest in self.rules("IS", "length")}
        asked = {
            "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        }.get(connection.vendor)
        if asked is None:
            return sorted(wanted)
        with connection.cursor() as cursor:
            cursor.execute(asked)
            return sorted(wanted - {row[0] for row in cursor.fetchall()})

    @property
    def tables(self) -> set[str]:
        return {table for _name, table, _event, _condition in self.rules("IS", "length")}


def same(columns: tuple[str, ...], equal: str) -> str:
    """The condition that none of these columns changes."""
    return " AND ".join(f"NEW.{name} {equal} OLD.{name}" for name in columns)


def step_aside(plan: Any = (), **_kwargs: Any) -> None:
    """Every guard's triggers go while migrations change tables; nothing where there is nothing to migrate. For the signal before."""
    if plan:
        take_away()


def take_away() -> None:
    """Every guard's triggers go: also for tests that empty all tables row by row."""
    for guard in _guards:
        guard.remove()


def stand_again(**_kwargs: Any) -> None:
    """What is missing is made anew, for tables that are there. For the signal after."""
    there = set(connection.introspection.table_names())
    for guard in _guards:
        if guard.tables <= there and guard.missing():
            guard.install()
