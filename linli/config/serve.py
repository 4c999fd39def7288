"""`linli serve`: one command that makes everything ready, then runs the web server and the worker until told to stop."""

from __future__ import annotations

import os
import socket
import sys
import unicodedata
from importlib import import_module
from pathlib import Path

import click
from django.conf import settings

from linli.config.setup import prepare
from linli.config.supervisor import Plan, become
from linli.config.words import _
from linli.config.worker import stay_with_the_keys

THREADS = 3


@click.command(
    help=_("准备好一切（数据库、网页资源、演示数据），然后启动网站和后台任务；按 Ctrl-C 停止。"), epilog=_("例：linli serve --port 8123")
)
@click.option("--host", default="127.0.0.1", show_default=True, help=_("监听的地址。"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help=_("监听的端口。"))
@click.option("--workers", type=click.IntRange(1, 64), help=_("网站进程数；默认每个处理器核一个，最多 8 个。"))
@click.option("--no-worker", is_flag=True, help=_("不启动后台任务（它在别处运行时用）。"))
def serve(host: str, port: int, workers: int | None, no_worker: bool) -> None:
    _refuse_busy_port(host, port)
    stay_with_the_keys()
    prepare(click.echo)
    if settings.DEMO:
        _show(_demo())
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # of glibc: each thread's own heap would cost more memory than it saves time
    become(
        Plan(
            host=host,
            port=port,
            mark=str(Path(settings.DATA_DIR) / f"serve-{port}.pid"),
            web=_web_command(host, port, workers or min(os.cpu_count() or 1, 8)),
            worker=[] if no_worker else [sys.executable, "-m", "linli.config.cli", "worker"],
        )
    )


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
        build.build(scale=os.environ.get("LINLI_DEMO_SCALE", "hamlet"), quiet=False)
    return list(build.sign_ins())


def _show(sign_ins: list[tuple[str, str, str]]) -> None:
    if not sign_ins:
        return
    click.echo()
    click.echo(_("演示账号（角色、登录名、密码或验证码）："))
    widths = [max(map(_width, column)) for column in zip(*sign_ins, strict=True)]
    for row in sign_ins:
        click.echo("  " + "  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip())
    click.echo()


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _web_command(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", str(THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"),
        "linli.config.wsgi:application",
    ]
