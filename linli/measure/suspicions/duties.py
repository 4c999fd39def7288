"""What the worker does: lets the detectors look at every district's records once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.measure.suspicions.looking import any_waits, look_due
from linli.web.duties import duty


@duty("look for made numbers", every=timedelta(minutes=30), apart=any_waits)
def look(now: datetime) -> int:
    return look_due(now)
