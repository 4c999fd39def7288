"""
The database's own refusal to change a frozen roll, its voters or its units, whoever asks: triggers for SQLite and PostgreSQL.

A frozen roll may only be marked as replaced, follow its place when the tree moves, and lose the names of somebody who was erased by law. A
migration that makes one of these tables anew (SQLite does so for most changes) must `install` again; `linli check` says when one is missing.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

MESSAGE: Final = "a frozen roll never changes"
_ROLL_SAME: Final = (
    *("id", "place_id", "kind", "title", "record_date", "about", "policy", "facts", "voter_count", "unit_count", "area", "root", "hash"),
    *("version", "drawn_at", "created_at", "created_by_id", "frozen_at", "frozen_by_id", "objections_until", "notice_id"),
    *("replaces_id", "replaces_why"),
)
_VOTER_SAME: Final = (
    *("id", "roll_id", "seq", "key", "person_id", "household_id", "organisation", "organisation_code", "agent_id", "agent_as"),
    *("note", "home_path", "building_id", "door", "unit_count", "area", "who_digest", "hash"),
)


def _same(columns: tuple[str, ...], equal: str) -> str:
    return " AND ".join(f"NEW.{name} {equal} OLD.{name}" for name in columns)


def _rules(equal: str, size: str) -> list[tuple[str, str, str, str]]:
    """(name, table, event, condition under which it is refused); `equal` compares nulls too, `size` measures bytes."""
    closed = "EXISTS (SELECT 1 FROM rolls_roll WHERE id = {row}.roll_id AND state <> 'draft')"
    old, new = closed.format(row="OLD"), closed.format(row="NEW")
    nameless = f"NEW.name = '' AND NEW.agent_name = '' AND {size}(NEW.salt) = 0 AND {_same(_VOTER_SAME, equal)}"
    onward = "(NEW.state = OLD.state OR (OLD.state = 'frozen' AND NEW.state = 'replaced'))"
    rules = [
        ("rolls_roll_kept", "rolls_roll", "UPDATE", f"OLD.state <> 'draft' AND NOT ({onward} AND {_same(_ROLL_SAME, equal)})"),
        ("rolls_roll_stays", "rolls_roll", "DELETE", "OLD.state <> 'draft'"),
        ("rolls_voter_kept", "rolls_voter", "UPDATE", f"({old} OR {new}) AND NOT ({nameless})"),
    ]
    for table in ("rolls_voter", "rolls_votingunit", "rolls_holder"):
        rules += [(f"{table}_closed", table, "INSERT", new), (f"{table}_stays", table, "DELETE", old)]
        if table != "rolls_voter":
            rules.append((f"{table}_kept", table, "UPDATE", f"{old} OR {new}"))
    return rules


def install(*_args: Any) -> None:
    """Make the triggers; those that exist are made anew."""
    remove()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, table, event, condition in _rules("IS NOT DISTINCT FROM", "octet_length"):
                # A condition of a trigger may hold no subquery, so it is asked in a function of the trigger's own.
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition} THEN RAISE EXCEPTION '{MESSAGE}' "
                    "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                    f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$ LANGUAGE plpgsql"
                )
                cursor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        elif connection.vendor == "sqlite":
            for name, table, event, condition in _rules("IS", "length"):
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )


def remove(*_args: Any) -> None:
    """Take the triggers away; for a migration that undoes them, and for tests that empty the tables."""
    with connection.cursor() as cursor:
        for name, table, _event, _condition in _rules("IS", "length"):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            elif connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing() -> list[str]:
    """Names of triggers that are not there."""
    wanted = {name for name, *_rest in _rules("IS", "length")}
    asked = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'rolls_%%' AND tgenabled <> 'D'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rolls_%%'",
    }.get(connection.vendor)
    if asked is None:
        return sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute(asked, [])
        return sorted(wanted - {row[0] for row in cursor.fetchall()})
