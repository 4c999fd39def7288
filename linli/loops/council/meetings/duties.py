"""What the worker does for meetings: whoever noted a task learns that its day has passed."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.meetings.actions.noting import warn_late
from linli.web.duties import duty


@duty("warn of tasks of meetings that are late", every=timedelta(hours=1))
def warn(now: datetime) -> int:
    return warn_late(now)
