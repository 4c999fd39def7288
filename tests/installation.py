"""
An installation as `linli migrate` leaves it, made once a run and copied for each test that starts the product as a process.

That it can be made from nothing has tests of its own; here nobody waits for the same migrations again.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests import postgres


def lay_down(folder: Path, kind: str = "", into: postgres.Cluster | None = None) -> str:
    """
    Copy keys, static files and the database into `folder`; returns the address of the database copied, empty for SQLite's own file.

    `kind` is that of this run, `LINLI_TEST_DATABASE`, unless given. A PostgreSQL database is copied within the run's own server, or `into`
    another one.
    """
    kind = kind or os.environ["LINLI_TEST_DATABASE"]
    prepared, database = _prepared(kind)
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    if not database:
        return ""
    return into.load(_dumped(database)) if into else postgres.fresh_database(like=database)


@contextmanager
def made_once(name: str) -> Iterator[tuple[Path, bool]]:
    """
    A place for something that every step of a run needs, and whether it is there already; whoever comes first makes it, the others wait.

    The steps share a folder when `LINLI_TEST_SHARED` names one (tools/run_tests.py); alone, a run has its own.
    """
    with (_shared() / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place, mark = _shared() / name, _shared() / f"{name}.made"
        yield place, mark.exists()
        mark.touch()


def collected() -> None:
    """Tell the run that the modules of the product and of the tests are compiled now; the other steps wait for that (tools/run_tests.py)."""
    (_shared() / "collected").touch()


@cache
def _shared() -> Path:
    if given := os.environ.get("LINLI_TEST_SHARED"):
        return Path(given)
    folder = Path(tempfile.mkdtemp(prefix=f"linli-test-{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def migrated() -> str:
    """Address of a PostgreSQL database with every table and no row of ours, never itself used; only its copies are."""
    address = postgres.fresh_database()
    with made_once("empty.sql") as (dump, made):
        if made:
            return postgres.load(dump, address)
        with tempfile.TemporaryDirectory() as folder:
            _run("from linli.config.setup import make_tables; make_tables()", Path(folder), address)
        postgres.dump_of(address, dump)
    return address


@cache
def _prepared(kind: str) -> tuple[Path, str]:
    """Folder and database of the one that is copied, never itself used."""
    if kind == "postgres":  # each step has a server of its own
        folder, database = Path(tempfile.mkdtemp(prefix=f"linli-test-{os.getpid()}-")), postgres.fresh_database(like=migrated())
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _run("from linli.config.setup import prepare; prepare()", folder, database)
        return folder, database
    with made_once("installation") as (folder, made):
        if not made:
            folder.mkdir()
            if (_shared() / "empty.sqlite3.made").exists():
                shutil.copy(_shared() / "empty.sqlite3", folder / "linli.sqlite3")
            _run("from linli.config.setup import prepare; prepare()", folder, "")
    return folder, ""


@cache
def _dumped(database: str) -> Path:
    dump = _shared() / f"{database.rpartition('/')[2]}.sql"
    postgres.dump_of(database, dump)
    return dump


def _run(script: str, folder: Path, database: str) -> None:
    """Run a script in the product, with this data folder and this database (an empty text: the folder's own file)."""
    ours = {"LINLI_DATA": str(folder), "LINLI_DEMO": "off"} | ({"LINLI_DATABASE_URL": database} if database else {})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {script}"],
        env=kept | ours | {"DJANGO_SETTINGS_MODULE": "linli.config.settings"},
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
