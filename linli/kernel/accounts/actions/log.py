"""The security log: what is written down of accounts and those who use them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Event


def log_event(
    kind: str,
    *,
    now: datetime,
    actor: Actor | None = None,
    who: str = "",
    about: str = "",
    outcome: str = "done",
    address: str | None = None,
    **details: Any,
) -> Event:
    """Write a row of the security log."""
    return Event.objects.create(
        at=now,
        account_id=actor.account_id if actor else None,
        who=(who or (actor.name if actor else ""))[:80],
        kind=kind,
        about=about[:200],
        outcome=outcome,
        address=address,
        details=details,
    )


LOG_MONTHS_AT_LEAST = 6


def forget_old_events(now: datetime) -> int:
    """
    Drop rows of the security log older than LINLI_LOG_MONTHS; returns how many. Nothing goes before six months whatever
    is set (Cybersecurity Law 21(3); law.yaml SEC-006), and with 0 nothing ever goes.
    """
    if not settings.LOG_MONTHS:
        return 0
    months = max(settings.LOG_MONTHS, LOG_MONTHS_AT_LEAST)
    gone, _rows = Event.objects.filter(at__lt=now - timedelta(days=31 * months)).delete()
    return gone
