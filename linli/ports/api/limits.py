"""
How often one caller may call: so many a minute, over all processes.

A process takes permits from the shared row in lumps and spends them by itself, so that most calls cost no write; the sum of what
was taken never passes the limit.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from linli.ports.api.models import UsedUp

log = logging.getLogger(__name__)
WINDOW = 60
_LUMPS = 20


@dataclass
class _Purse:
    minute: int
    left: int = 0
    taken: int = 0
    empty: bool = False


@dataclass(frozen=True)
class Allowance:
    """What is said to the caller: `remaining` is a lower bound, `reset` is in seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


_purses: dict[str, _Purse] = {}
_lock = threading.Lock()


def spend(caller: str, limit: int, now: datetime) -> Allowance:
    """Take one permit of `caller` at `now`; not allowed when all of this minute's are gone."""
    minute, second = divmod(int(now.timestamp()), WINDOW)
    reset = WINDOW - second
    with _lock:
        if len(_purses) > 10_000:
            _purses.clear()
        purse = _purses.get(caller)
        if purse is None or purse.minute != minute:
            purse = _purses[caller] = _Purse(minute)
        if not purse.left and not purse.empty:
            got, used = _take(caller, minute, max(1, limit // _LUMPS), limit)
            purse.left, purse.taken, purse.empty = got, used, got == 0
        if not purse.left:
            return Allowance(False, limit, 0, reset)
        purse.left -= 1
        return Allowance(True, limit, max(0, limit - purse.taken) + purse.left, reset)


def _take(caller: str, minute: int, lump: int, limit: int) -> tuple[int, int]:
    """Add a lump to the shared row; returns how many permits it brought and what is used now. A store that cannot be written lets all pass."""
    table = connection.ops.quote_name(UsedUp._meta.db_table)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (caller, minute, used) VALUES (%s, %s, %s) "  # noqa: S608 - the table's own name
                f"ON CONFLICT (caller, minute) DO UPDATE SET used = {table}.used + excluded.used RETURNING used",
                [caller, minute, lump],
            )
            used = int(cursor.fetchone()[0])
    except DatabaseError as error:
        log.warning("limits cannot be counted: %s", error)
        return lump, lump
    return max(0, min(lump, limit - (used - lump))), min(used, limit)


def forget_old(now: datetime) -> int:
    """Delete counts of past minutes."""
    return UsedUp.objects.filter(minute__lt=int(now.timestamp()) // WINDOW - 2).delete()[0]


def start_anew() -> None:
    """Forget what this process holds: for tests."""
    with _lock:
        _purses.clear()
