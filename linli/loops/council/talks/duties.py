"""What the worker does for talks: those that have run out are told to who took part."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.talks.actions.opening import end_due
from linli.loops.council.talks.opinions import any_waits, draw_due
from linli.web.duties import duty


@duty("tell that talks have ended", every=timedelta(minutes=5))
def end_talks(now: datetime) -> int:
    return end_due(now)


@duty("draw the maps of opinions", every=timedelta(seconds=30), apart=any_waits)
def draw_maps(now: datetime) -> int:
    return draw_due(now)
