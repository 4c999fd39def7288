"""What the worker does for notices: send what waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.kernel.notices.outbox import deliver_due
from linli.web.duties import duty


@duty("deliver messages", every=timedelta(seconds=2))
def deliver(now: datetime) -> int:
    return deliver_due(now)
