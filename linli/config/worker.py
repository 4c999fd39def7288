"""The background worker: runs every registered duty when its time has come, until asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
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
LOOK_AGAIN = 2.0  # seconds before looking whether a process of its own has ended
WAIT_FOR_CHILD = 5.0


class Turn:
    """When a duty is due next, on the monotonic clock. After failures in a row, the pause doubles each time."""

    def __init__(self, duty: Duty) -> None:
        self.duty, self.due, self.failures = duty, 0.0, 0

    def take(self, now: datetime, monotonic: float) -> int | None:
        """Run the duty; return how much it did, or None when it failed (logged, and due again later)."""
        try:
            close_old_connections()
            done = self.work(now)
        except Exception as error:
            connections.close_all()
            self.failed(monotonic, str(error), error)
            return None
        self.failures = 0
        self.due = monotonic + self.duty.every.total_seconds()
        return done

    def work(self, now: datetime) -> int:
        return self.duty.work(now)

    def failed(self, monotonic: float, why: str, error: Exception | None = None) -> None:
        """Log it and put it off."""
        self.failures += 1
        pause = min(max(self.duty.every.total_seconds(), 1.0) * 2 ** min(self.failures, 16), LONGEST_BACKOFF)
        log.error("duty %s failed, %d in a row; next try in %.0f s: %s", self.duty.name, self.failures, pause, why, exc_info=error)
        self.due = monotonic + pause

    def end(self) -> None:
        """Nothing of it goes on after the worker."""


class TurnApart(Turn):
    """The turn of a duty that has a process of its own, one at a time, at a low priority."""

    def __init__(self, duty: Duty) -> None:
        super().__init__(duty)
        self.process: subprocess.Popen[bytes] | None = None

    def take(self, now: datetime, monotonic: float) -> int | None:
        """Begin a process if something waits (1, else 0); while one runs, look again soon. None when it failed or the look did."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                self.due = monotonic + LOOK_AGAIN
                return 0
            self.process = None
            if code:
                self.failed(monotonic, f"its process ended with {code}")
                return None
        done = super().take(now, monotonic)
        if self.process is not None:
            self.due = monotonic + LOOK_AGAIN
        return done

    def work(self, now: datetime) -> int:
        if self.duty.apart is None or not self.duty.apart(now):
            return 0
        self.process = subprocess.Popen(command_of(self.duty), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return 1

    def end(self) -> None:
        """Stop the process; what it had begun is rolled back and begun anew later."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(WAIT_FOR_CHILD)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def command_of(duty: Duty) -> list[str]:
    return [sys.executable, "-m", "linli.config.cli", "worker", "--once", "--only", duty.name]


def turn_of(duty: Duty) -> Turn:
    return TurnApart(duty) if duty.apart else Turn(duty)


def run(stop: threading.Event) -> None:
    """Run duties until `stop` is set; a duty that has begun is finished first, but one in a process of its own, which is ended."""
    keep_turns([turn_of(duty) for duty in registered()], stop)


def keep_turns(turns: list[Turn], stop: threading.Event) -> None:
    """Take them as they come due until `stop` is set, and leave no process behind."""
    try:
        take_turns(turns, stop)
    finally:
        for turn in turns:
            turn.end()
        connections.close_all()


def take_turns(turns: list[Turn], stop: threading.Event) -> None:
    while not stop.is_set():
        for turn in turns:
            if turn.due <= time.monotonic() and not stop.is_set():
                turn.take(timezone.now(), time.monotonic())
        next_due = min((turn.due for turn in turns), default=time.monotonic() + LONGEST_WAIT)
        stop.wait(min(max(next_due - time.monotonic(), SHORTEST_WAIT), LONGEST_WAIT))


def run_once(now: datetime, only: Collection[str] = ()) -> dict[str, int | None]:
    """Run each duty once, or those named in `only`, all in this process; duty name -> how much it did, None where it failed."""
    return {duty.name: Turn(duty).take(now, time.monotonic()) for duty in registered() if not only or duty.name in only}


def stay_with_the_keys() -> None:
    """While this process lives, the keys it began with are not changed. Raises ClickException while they are being changed."""
    try:
        stay(keys_in_use())
    except SomebodyThere:
        raise click.ClickException(_("正在更换加密密钥（linli keys rotate），请等它做完再启动。")) from None


@click.command(help=_("运行后台任务：计时提醒、发送通知等。可以在多台机器上同时运行。"), epilog=_("例：linli worker --once"))
@click.option("--once", is_flag=True, help=_("每项任务运行一次，显示各完成多少，然后退出。"))
@click.option("--only", multiple=True, metavar=_("任务"), help=_("与 --once 同用：只运行这项任务（可写多次），不抢别的程序的处理器时间。"))
def worker(once: bool, only: tuple[str, ...]) -> int:
    if only:
        if unknown := set(only) - {duty.name for duty in registered()}:
            raise click.BadParameter(_("没有这项任务：%(names)s。") % {"names": ", ".join(sorted(unknown))}, param_hint="--only")
        if not once:
            raise click.UsageError(_("--only 要与 --once 同用。"))
        os.nice(10)
    if once:
        done = run_once(timezone.now(), only)
        for name, count in done.items():
            click.echo("\t".join([name, _("失败") if count is None else str(count)]))
        return 1 if None in done.values() else 0
    stay_with_the_keys()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run(stop)
    return 0
