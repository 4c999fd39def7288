"""What the worker does: answers what pages asked of the lake."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.measure.asked.actions import answer_due, any_waits
from linli.web.duties import duty


@duty("measure.asked", every=timedelta(seconds=10), apart=any_waits)
def answer(now: datetime) -> int:
    return answer_due(now)
