"""
Casting beside counting: a vote that is being stored when the count begins is in it, or is refused.

Votes share the ballot's lock, count and stop take it alone. SQLite has one writer at a time, which does the same.
"""

from __future__ import annotations

from django.db import connection

_SPACE = 0x6261_6C6C  # a number of our own among advisory locks


def share(ballot_id: int) -> None:
    """Until the end of the transaction nobody counts or stops this ballot; waits for whoever does."""
    _take("pg_advisory_xact_lock_shared", ballot_id)


def alone(ballot_id: int) -> None:
    """Until the end of the transaction nobody stores a vote of this ballot; waits for those who are storing one."""
    _take("pg_advisory_xact_lock", ballot_id)


def _take(name: str, ballot_id: int) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}(%s, %s)", [_SPACE, ballot_id % 2**31])
