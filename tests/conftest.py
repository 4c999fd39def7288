"""What every test may rely on."""

from __future__ import annotations

import gc
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from linli.config.migrating import new_models_alone
from linli.lib import remembered
from linli.lib.remembered import forget_all
from tests.installation import collected, lay_down, made_once, migrated
from tests.postgres import fresh_database

# Thousands of tests keep a large heap alive; looking through all of it again and again costs a twentieth of the run.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    On SQLite every test runs except those that only have meaning on PostgreSQL, which say so; on PostgreSQL those that meet a database below
    the pages. What a page says is the same over either; that each opens over PostgreSQL too is for the sweep and the bounds to see.
    """
    if settings.TEST_DATABASE == "postgres":
        met = [item for item in items if meets_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not meets_database(item)])
        items[:] = met
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="only has meaning on PostgreSQL: LINLI_TEST_DATABASE=postgres"))


def pytest_collection_finish() -> None:
    collected()
    # Which examples are made up is the same whatever else was loaded: hypothesis would read every module of ours for its literals first.
    if providers := sys.modules.get("hypothesis.internal.conjecture.providers"):
        vars(providers)["_get_local_constants"] = lambda: providers._local_constants


# Files of tests that look at pages, by a word in their names.
OF_PAGES = re.compile(r"pages|square|desk|lists")


def meets_database(item: pytest.Item) -> bool:
    """Whether it uses the test database, itself or through a fixture, or a database that `database_kind` chose, and not only to draw pages."""
    if item.get_closest_marker("any_database") or (OF_PAGES.search(item.path.stem) and not item.get_closest_marker("postgres")):
        return False
    used = {"db", "transactional_db", "live_server", "database_kind"} & set(getattr(item, "fixturenames", ()))
    return bool(used) or any(item.get_closest_marker(name) for name in ("django_db", "postgres"))


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """On SQLite the database is a copy that needs no making, and goes with its folder."""
    return bool(settings.TEST_DATABASE == "sqlite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    """All steps of a run begin with copies of one database that has every table and no row."""
    if settings.TEST_DATABASE != "sqlite":
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated().rpartition("/")[2]
        return
    with made_once("empty.sqlite3") as (empty, made):
        if made:
            shutil.copy(empty, settings.DATABASES["default"]["TEST"]["NAME"])
            return
        with django_db_blocker.unblock(), new_models_alone():
            setup_databases(verbosity=0, interactive=False)
            connection.cursor().execute("VACUUM INTO %s", [str(empty)])
            connection.close()


@pytest.fixture
def database_kind() -> str:
    """`sqlite` or `postgres`: for fixtures that start the product as a process, so that their tests run once on each."""
    return str(settings.TEST_DATABASE)


@pytest.fixture
def own_database(database_kind: str) -> str:
    """Address of an empty database for a process; an empty text on SQLite, where the process makes its own file."""
    return fresh_database()


@pytest.fixture
def installed(database_kind: str) -> Callable[[Path], str]:
    """Lay an installation of this run's kind into a folder; answers the address of its database, empty on SQLite."""
    return lay_down


@pytest.fixture(autouse=True)
def _speaks_chinese_first() -> Iterator[None]:
    """A test that switches the language leaves none of it to the next."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def _remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test's database said is not believed of the next; within one, a slow machine makes nobody forget and ask again."""
    forget_all()
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: 1.0))


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach out over the network fails, and names the address."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def _may_empty_frozen_rolls() -> Iterator[None]:
    """Between tests that commit, SQLite empties tables row by row, which the triggers of what is frozen refuse: they step aside for that."""
    from django.db import connection

    from linli.kernel.access import triggers

    if connection.vendor != "sqlite":
        yield
        return
    # Unbound: a browser's test runs in a context of its own, with another connection than the one there is now.
    flush = type(connection.ops).execute_sql_flush

    def emptied(ops: Any, sql_list: Any) -> None:
        triggers.take_away()
        try:
            flush(ops, sql_list)
        finally:
            triggers.stand_again()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(connection.ops), "execute_sql_flush", emptied)
        yield
