"""What the worker does for draws: offers nobody answered lapse, and the next ones move up."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.draws.actions.offering import lapse_due
from linli.web.duties import duty


@duty("let unanswered offers of draws lapse", every=timedelta(minutes=5))
def lapse(now: datetime) -> int:
    return lapse_due(now)
