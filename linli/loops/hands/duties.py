"""What the worker does: answers questions about hands."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.hands.actions import answer_due, any_waits
from linli.web.duties import duty


@duty("answer questions about hands", every=timedelta(seconds=10), apart=any_waits)
def answer(now: datetime) -> int:
    return answer_due(now)
