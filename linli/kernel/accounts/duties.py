"""What the worker does for accounts: old rows of the security log go when the law and the setting both let them."""

from __future__ import annotations

from datetime import datetime, timedelta

from linli.kernel.accounts.actions import forget_old_events
from linli.web.duties import duty


@duty("forget old security log", every=timedelta(hours=24))
def forget_log(now: datetime) -> int:
    return forget_old_events(now)
