"""Bring an installation up to date: database structure, shared cache, reference data, static files. Repeating it changes nothing."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module, metadata
from pathlib import Path

import click
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from linli.config.migrating import new_models_alone
from linli.config.words import _

# What a new installation needs to know before anybody enters anything: "module:function", each `f(now) -> rows written`, safe to repeat.
REFERENCE_DATA: tuple[str, ...] = (
    "linli.loops.requests.reference:load_reference",
    "linli.loops.council.motions.reference:load_reference",
)

# Parts that tools/build_css.py joins into the one style sheet; only the whole is served.
NOT_SERVED = ["web/css/*"]

Say = Callable[[str], None]


def prepare(say: Say = lambda text: None) -> None:
    """Do all of it, telling `say` about each part that takes time. Two processes starting at once take turns."""
    with _one_at_a_time():
        if unapplied():
            say(_("更新数据库结构 …"))
            make_tables()
        call_command("createcachetable", verbosity=0)
        load_reference_data(timezone.now())
        if not _static_is_fresh():
            say(_("整理网页资源 …"))
            collect_static()


def make_tables() -> None:
    """Run the migrations that the database lacks."""
    with new_models_alone():
        call_command("migrate", interactive=False, verbosity=0)


def unapplied() -> list[str]:
    """Migrations the database lacks, as `app.name`, in the order they would run."""
    executor = MigrationExecutor(connection)
    return [
        f"{migration.app_label}.{migration.name}" for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())
    ]


def load_reference_data(now: datetime) -> int:
    """Return how many rows were written; 0 when all was there."""
    written = 0
    for target in REFERENCE_DATA:
        module, _colon, name = target.partition(":")
        written += getattr(import_module(module), name)(now)
    return written


def collect_static() -> None:
    """Gather style sheets, scripts and icons into STATIC_ROOT, hashed and compressed."""
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=NOT_SERVED)
    _mark().write_text(_fingerprint(), encoding="ascii")


def _mark() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _static_is_fresh() -> bool:
    mark = _mark()
    return mark.exists() and mark.read_text(encoding="ascii") == _fingerprint()


def _fingerprint() -> str:
    """Of the version and of every static file's name, size and time: cheap, and different whenever one may have changed."""
    seen = [metadata.version("linli"), metadata.version("django")]
    for finder in get_finders():
        for name, storage in finder.list(NOT_SERVED):
            stat = Path(storage.path(name)).stat()
            seen.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A file lock among processes of this machine; on PostgreSQL also a lock that every machine sees."""
    path = Path(settings.DATA_DIR) / "prepare.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


_LOCK = 0x4C696E6C69  # "Linli"


@click.command(help=_("建立或更新数据库结构、缓存表、基础数据和网页资源；可以重复运行。"), epilog=_("例：linli migrate"))
@click.option("--plan", is_flag=True, help=_("只列出将要运行的迁移，不执行。"))
def migrate(plan: bool) -> None:
    waiting = unapplied()
    if plan:
        for name in waiting:
            click.echo(name)
        return
    prepare(click.echo)
    click.echo(_("完成：运行了 %(count)s 个迁移。") % {"count": len(waiting)} if waiting else _("已是最新。"))
