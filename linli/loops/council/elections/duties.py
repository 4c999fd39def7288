"""What the worker does for elections: results of counted ballots, warnings of what is overdue, the reminder of the next election."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.elections.actions.office import warn_due
from linli.loops.council.elections.actions.voting import take_due
from linli.web.duties import duty


@duty("take the results of counted elections", every=timedelta(minutes=5))
def take(now: datetime) -> int:
    return take_due(now)


@duty("warn of overdue handing over and coming elections", every=timedelta(hours=1))
def warn(now: datetime) -> int:
    return warn_due(now)
