"""What the worker does for motions: the search for seconders ends, results that stood their days hold."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.motions.actions.deciding import confirm_due
from linli.loops.council.motions.actions.keeping import fix_due, let_go_due
from linli.loops.council.motions.actions.seconding import lapse_due
from linli.web.duties import duty


@duty("end the search for seconders", every=timedelta(minutes=5))
def lapse(now: datetime) -> int:
    return lapse_due(now)


@duty("let posted results hold", every=timedelta(minutes=5))
def hold(now: datetime) -> int:
    return confirm_due(now)


@duty("fix the evidence of decisions", every=timedelta(minutes=10))
def fix(now: datetime) -> int:
    return fix_due(now)


@duty("let evidence go", every=timedelta(hours=6))
def let_go(now: datetime) -> int:
    return let_go_due(now)
