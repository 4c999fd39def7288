"""What the worker does for ballots: open and close them on the minute, make what is published after the count."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.loops.council.ballots.actions.forgetting import forget_notes
from linli.loops.council.ballots.actions.publishing import build_due
from linli.loops.council.ballots.actions.setting_up import close_due, open_due
from linli.web.duties import duty


@duty("open ballots", every=timedelta(seconds=20))
def open_them(now: datetime) -> int:
    return open_due(now)


@duty("close ballots", every=timedelta(seconds=20))
def close_them(now: datetime) -> int:
    return close_due(now)


@duty("publish ballots", every=timedelta(seconds=20))
def publish_them(now: datetime) -> int:
    return build_due(now)


@duty("forget notes of ballots", every=timedelta(hours=6))
def forget_them(now: datetime) -> int:
    return forget_notes(now)
