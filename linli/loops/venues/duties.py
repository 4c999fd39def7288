"""What the worker does for venues: the exit rule speaks by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.venues.actions.exiting import raise_due
from linli.web.duties import duty


@duty("raise venues that must be put right", every=timedelta(hours=6))
def exits(now: datetime) -> int:
    return raise_due(now)
