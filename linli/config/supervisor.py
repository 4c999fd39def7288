"""
Keep the web server and the worker running until told to stop; leave nothing behind.

`linli serve` becomes this program once everything is ready, so that the process that only waits stays small: no Django here.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import click

from linli.config.words import _

PATIENCE = 10.0  # seconds a child has to finish what it is doing
READY_WITHIN = 60.0
LONGEST_RESTART_PAUSE = 30.0


@dataclass(frozen=True)
class Plan:
    """What to run. `mark` is the file that holds our process number while we run; an empty `worker` means none."""

    host: str
    port: int
    mark: str
    web: list[str]
    worker: list[str]


def become(plan: Plan) -> None:
    """Replace this process by its supervisor; does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "linli.config.supervisor", json.dumps(asdict(plan))])  # noqa: S606 - no shell is wanted


def main(plan: Plan) -> int:
    mark = Path(plan.mark)
    mark.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        return supervise(
            Child(plan.web),
            Child(plan.worker) if plan.worker else None,
            ready=lambda: answers(plan.host, plan.port),
            announce=lambda: announce(plan.host, plan.port),
        )
    finally:
        mark.unlink(missing_ok=True)


def answers(host: str, port: int) -> bool:
    """Whether the web server answers a request (for a page that asks nothing of the database), whatever it says."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
    try:
        connection = http.client.HTTPConnection(near, port, timeout=10)
        connection.request("GET", "/robots.txt")
        connection.getresponse().read()
        connection.close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def announce(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.echo(_("邻里已启动：http://%(address)s  （按 Ctrl-C 停止）") % {"address": f"{shown}:{port}"})


class Child:
    """One process started here, in a group of its own so that nothing of it outlives us."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.start_again_at = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, start_new_session=True, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)  # noqa: PLW1509 - we have one thread
        self.starts += 1

    @property
    def ended(self) -> int | None:
        """Exit code, or None while it runs or before it was started."""
        return self.process.poll() if self.process else None

    def stop(self) -> None:
        """Ask it to finish; wait; then end whatever is left of its group."""
        if not self.process:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                click.echo(_("有进程没有及时停下，已强制结束。"), err=True)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


def _end_with_parent() -> None:
    """On Linux, a child is asked to stop when its parent dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def supervise(web: Child, background: Child | None, *, ready: Callable[[], bool], announce: Callable[[], None]) -> int:
    """
    Run both until a signal asks to stop (0) or the web server ends by itself (1).

    A worker that dies is started again, each time after a longer pause; the web server replaces its own processes.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    children = [web] + ([background] if background else [])
    try:
        for child in children:
            child.start()
        give_up_at = time.monotonic() + READY_WITHIN
        announced = False
        while not stop.is_set():
            if web.ended is not None:
                click.echo(_("网站进程意外结束（代码 %(code)s）。") % {"code": web.ended}, err=True)
                return 1
            if background:
                _revive(background)
            if not announced and (ready() or time.monotonic() > give_up_at):
                announce()
                announced = True
            stop.wait(0.1 if not announced else 0.5)
        return 0
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else handler)
        for child in children:
            if child.process and child.ended is None:
                child.process.terminate()
        for child in children:
            child.stop()
        signal.signal(signal.SIGINT, before[signal.SIGINT])


def _revive(child: Child) -> None:
    if child.ended is None:
        return
    now = time.monotonic()
    if not child.start_again_at:
        pause = min(2.0 ** (child.starts - 1), LONGEST_RESTART_PAUSE)
        child.start_again_at = now + pause
        text = _("后台任务意外结束（代码 %(code)s），%(pause)s 秒后重新启动。")
        click.echo(text % {"code": child.ended, "pause": round(pause)}, err=True)
    elif now >= child.start_again_at:
        child.start_again_at = 0.0
        child.start()


if __name__ == "__main__":
    sys.exit(main(Plan(**json.loads(sys.argv[1]))))
