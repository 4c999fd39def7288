"""What the worker does for the ports: send webhooks, forget what is no longer needed."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.ports.api import idempotency, limits
from linli.ports.tables import jobs
from linli.ports.webhooks import actions
from linli.web.duties import duty


@duty("deliver webhooks", every=timedelta(seconds=2))
def webhooks(now: datetime) -> int:
    return actions.deliver_due(now)


@duty("forget old answers, counts and events", every=timedelta(hours=1))
def forget(now: datetime) -> int:
    return idempotency.forget_old(now) + limits.forget_old(now) + actions.forget_old(now)


@duty("import uploaded tables", every=timedelta(seconds=2))
def tables(now: datetime) -> int:
    return jobs.work(now)


@duty("forget uploaded tables", every=timedelta(hours=1))
def forget_tables(now: datetime) -> int:
    return jobs.forget_old(now)
