"""What the worker does for hot topics: each street's once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.requests.hot.rounds import any_waits, gather_due
from linli.web.duties import duty


@duty("gather hot topics", every=timedelta(minutes=30), apart=any_waits)
def hot_topics(now: datetime) -> int:
    return gather_due(now)
