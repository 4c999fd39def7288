"""`linli check`: is this installation set up right, and do its records agree with each other?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
from django.conf import settings
from django.core import checks as system_checks
from django.db import connection
from django.utils import timezone

from linli.config.setup import unapplied
from linli.config.words import _
from linli.kernel.matters.promises import calendar
from linli.web.checks import Check, Problem, registered

MEGABYTE = 1024 * 1024
LOW_SPACE, NO_SPACE = 1024 * MEGABYTE, 100 * MEGABYTE


def system() -> Iterator[Problem]:
    """Django's own checks; those of a public deployment too, when the address is a public one."""
    public = settings.PUBLIC_URL.startswith("https://")
    for message in system_checks.run_checks(include_deployment_checks=public):
        if not message.is_silenced():
            yield Problem(f"{message.msg} ({message.id})", warning=not message.is_serious())


def migrations() -> Iterator[Problem]:
    waiting = unapplied()
    if waiting:
        yield Problem(_("数据库缺 %(count)s 个迁移，请运行 linli migrate。") % {"count": len(waiting)})


def key_files() -> Iterator[Problem]:
    """Whoever reads a key file reads every sealed field: only its owner may."""
    folder = Path(settings.DATA_DIR)
    for path in sorted({*folder.glob("*.key"), *folder.glob("*.keys"), Path(settings.FIELD_KEYS_PATH)}):
        if path.exists() and path.stat().st_mode & 0o077:
            yield Problem(_("密钥文件别人也能读：%(path)s。请运行 chmod 600。") % {"path": path})


def work_calendar() -> Iterator[Problem]:
    """Deadlines cannot be counted in a year whose holidays nobody entered."""
    this_year = timezone.localdate().year
    known = calendar()
    for year in (this_year, this_year + 1):
        if not known.covers(year):
            yield Problem(_("还没有 %(year)s 年的工作日历，请在国务院公布后录入。") % {"year": year}, warning=True)


def left_behind() -> Iterator[Problem]:
    """A process that was killed leaves its mark."""
    for path in sorted(Path(settings.DATA_DIR).glob("serve-*.pid")):
        if not is_running(path):
            yield Problem(_("上次没有正常停止：%(path)s。可以删除这个文件。") % {"path": path}, warning=True)


def is_running(path: Path) -> bool:
    """Whether the process whose number is in `path` is alive."""
    try:
        os.kill(int(path.read_text(encoding="ascii")), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, FileNotFoundError):
        return False
    return True


def disk_space() -> Iterator[Problem]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < LOW_SPACE:
        yield Problem(_("数据文件夹所在的磁盘只剩 %(free)s MB。") % {"free": free // MEGABYTE}, warning=free >= NO_SPACE)


def database() -> Iterator[Problem]:
    """SQLite alone: the file itself is whole. A database that cannot be reached ends the command with its own line."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(5)")
            for (said,) in cursor.fetchall():
                if said != "ok":
                    yield Problem(_("数据库文件已损坏：%(detail)s。请用备份恢复。") % {"detail": said})


def installation() -> dict[str, Check]:
    """Checks of the installation itself; those of the records are registered by the applications."""
    return {
        "database": database,
        "system": system,
        "migrations": migrations,
        "key files": key_files,
        "left behind": left_behind,
        "disk space": disk_space,
    }


@click.command(help=_("检查配置、密钥、数据库结构、工作日历、磁盘，以及各项数据是否一致。"), epilog=_("例：linli check --strict"))
@click.option("--strict", is_flag=True, help=_("有提醒也算不通过。"))
def check(strict: bool) -> int:
    failed = warned = 0
    # Records are only read once the structure is right: otherwise each check would only repeat that it is not.
    every = installation() | ({} if unapplied() else {"work calendar": work_calendar} | registered())
    for name, examine in every.items():
        problems = list(examine())
        failed += sum(not problem.warning for problem in problems)
        warned += sum(problem.warning for problem in problems)
        click.echo(_("好：%(name)s") % {"name": name} if not problems else name)
        for problem in problems:
            level = _("提醒") if problem.warning else _("错误")
            click.echo(f"  {level}  {problem.text}")
    click.echo(_("%(failed)s 个错误，%(warned)s 个提醒。") % {"failed": failed, "warned": warned})
    return 1 if failed or (strict and warned) else 0
