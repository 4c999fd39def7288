"""What the worker does of measuring: once an hour it looks whether anything changed, builds the facts and prepares the figures, in a process of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.measure.rounds import go_round, waits
from linli.web.duties import duty


@duty("measure.facts", every=timedelta(minutes=10), apart=waits)
def prepare_figures(now: datetime) -> int:
    return go_round(now)
