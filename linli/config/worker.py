"""The background worker: runs every registered duty when its time has come, until asked to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from datetime import datetime

import click
from django.db import close_old_connections, connections
from django.utils import timezone

from linli.config.words import _
from linli.kernel.access.sealed import keys_in_use
from linli.lib.presence import SomebodyThere, stay
from linli.web.duties import Duty, registered

log = logging.getLogger(__name__)

SHORTEST_WAIT, LONGEST_WAIT = 0.2, 60.0  # seconds between two looks at the schedule
LONGEST_BACKOFF = 600.0  # seconds before a failing duty is tried again


class Turn:
    """When a duty is due next, on the monotonic clock. After failures in a row, the pause doubles each time."""

    def __init__(self, duty: Duty) -> None:
        self.duty, self.due, self.failures = duty, 0.0, 0

    def take(self, now: datetime, monotonic: float) -> int | None:
        """Run the duty; return how much it did, or None when it failed (logged, and due again later)."""
        try:
            close_old_connections()
            done = self.duty.work(now)
        except Exception:
            self.failures += 1
            pause = min(max(self.duty.every.total_seconds(), 1.0) * 2 ** min(self.failures, 16), LONGEST_BACKOFF)
            log.exception("duty %s failed, %d in a row; next try in %.0f s", self.duty.name, self.failures, pause)
            connections.close_all()
            self.due = monotonic + pause
            return None
        self.failures = 0
        self.due = monotonic + self.duty.every.total_seconds()
        return done


def run(stop: threading.Event) -> None:
    """Run duties until `stop` is set; a duty that has begun is finished first."""
    turns = [Turn(duty) for duty in registered()]
    while not stop.is_set():
        for turn in turns:
            if turn.due <= time.monotonic() and not stop.is_set():
                turn.take(timezone.now(), time.monotonic())
        next_due = min((turn.due for turn in turns), default=time.monotonic() + LONGEST_WAIT)
        stop.wait(min(max(next_due - time.monotonic(), SHORTEST_WAIT), LONGEST_WAIT))
    connections.close_all()


def run_once(now: datetime) -> dict[str, int | None]:
    """Run each duty once; duty name -> how much it did, None where it failed."""
    return {duty.name: Turn(duty).take(now, time.monotonic()) for duty in registered()}


def stay_with_the_keys() -> None:
    """While this process lives, the keys it began with are not changed. Raises ClickException while they are being changed."""
    try:
        stay(keys_in_use())
    except SomebodyThere:
        raise click.ClickException(_("正在更换加密密钥（linli keys rotate），请等它做完再启动。")) from None


@click.command(help=_("运行后台任务：计时提醒、发送通知等。可以在多台机器上同时运行。"), epilog=_("例：linli worker --once"))
@click.option("--once", is_flag=True, help=_("每项任务运行一次，显示各完成多少，然后退出。"))
def worker(once: bool) -> int:
    if once:
        done = run_once(timezone.now())
        for name, count in done.items():
            click.echo("\t".join([name, _("失败") if count is None else str(count)]))
        return 1 if None in done.values() else 0
    stay_with_the_keys()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run(stop)
    return 0
