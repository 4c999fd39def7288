"""What every test may rely on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from linli.lib.remembered import forget_all


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that only have meaning on PostgreSQL are left out of a run on SQLite, and say why."""
    if settings.TEST_DATABASE == "postgres":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="only has meaning on PostgreSQL: LINLI_TEST_DATABASE=postgres"))


@pytest.fixture(autouse=True)
def _speaks_chinese_first() -> Iterator[None]:
    """A test that switches the language leaves none of it to the next."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def _remembers_nothing() -> None:
    """What one test's database said is not believed of the next."""
    forget_all()


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
    """Between tests that commit, SQLite empties tables row by row, which the triggers of frozen rolls refuse: they step aside for that."""
    from django.db import connection

    from linli.kernel.rolls import guard

    if connection.vendor != "sqlite":
        yield
        return
    flush = connection.ops.execute_sql_flush

    def emptied(sql_list: Any) -> None:
        guard.remove()
        try:
            flush(sql_list)
        finally:
            guard.install()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(connection.ops), "execute_sql_flush", lambda self, sql_list: emptied(sql_list))
        yield
