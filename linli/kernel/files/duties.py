"""What the worker does for files: what was chosen or uploaded and never used goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.kernel.files import kept, unused
from linli.web.duties import duty


@duty("forget files chosen and not sent", every=timedelta(hours=1))
def forget_kept(now: datetime) -> int:
    return kept.forget_old(now)


@duty("remove uploads nobody used", every=timedelta(hours=24))
def clear_unused(now: datetime) -> int:
    return unused.clear_unused(now)
