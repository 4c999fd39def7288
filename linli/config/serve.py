"""`linli serve`: one command that makes everything ready, then runs the web server and the worker until told to stop."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType

import click
from django.conf import settings

from linli.config.setup import prepare
from linli.config.words import _

THREADS = 4  # per web process; more only wait for each other inside Python
PATIENCE = 10.0  # seconds a child has to finish what it is doing
READY_WITHIN = 60.0
LONGEST_RESTART_PAUSE = 30.0


@click.command(
    help=_("准备好一切（数据库、网页资源、演示数据），然后启动网站和后台任务；按 Ctrl-C 停止。"), epilog=_("例：linli serve --port 8123")
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("监听的地址。"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help=_("监听的端口。"))
@click.option("--workers", type=click.IntRange(1, 64), help=_("网站进程数；默认每个处理器核一个，最多 8 个。"))
@click.option("--no-worker", is_flag=True, help=_("不启动后台任务（它在别处运行时用）。"))
def serve(host: str, port: int, workers: int | None, no_worker: bool) -> int:
    _refuse_busy_port(host, port)
    prepare(click.echo)
    sign_ins = _demo() if settings.DEMO else []
    web = Child(_web_command(host, port, workers or min(os.cpu_count() or 1, 8)))
    background = None if no_worker else Child([sys.executable, "-m", "linli.config.cli", "worker"])
    mark = Path(settings.DATA_DIR) / f"serve-{port}.pid"
    mark.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        return supervise(web, background, ready=lambda: _answers(host, port), announce=lambda: _announce(host, port, sign_ins))
    finally:
        mark.unlink(missing_ok=True)


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = _("%(host)s:%(port)s 不能用（%(detail)s）。换一个端口：--port 8123")
            raise click.ClickException(text % {"host": host, "port": port, "detail": error.strerror}) from None


def _demo() -> list[tuple[str, str, str]]:
    """Fill an empty database with a demo neighbourhood; return its sign-ins (who, name, password or code)."""
    build = import_module("linli.demo.build")
    from linli.kernel.places.models import Place

    if not Place.objects.exists():
        click.echo(_("装入演示小区 …"))
        build.build(scale=os.environ.get("LINLI_DEMO_SCALE", "hamlet"))
    return list(build.sign_ins())


def _web_command(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", str(THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"),
        "linli.config.wsgi:application",
    ]


def _answers(host: str, port: int) -> bool:
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


def _announce(host: str, port: int, sign_ins: list[tuple[str, str, str]]) -> None:
    if sign_ins:
        click.echo()
        click.echo(_("演示账号（角色、登录名、密码或验证码）："))
        for who, name, secret in sign_ins:
            click.echo(f"  {who}{'　' * max(10 - len(who), 1)}{name:<22} {secret}")
    shown = f"[{host}]" if ":" in host else host
    click.echo()
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
