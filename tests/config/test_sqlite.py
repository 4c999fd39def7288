"""Writers on SQLite wait in a queue; what happens to them there is what SQLite would do."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from linli.kernel.matters.models import Category
from linli.lib.turns import turns_at

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the queue stands in front of SQLite"),
]


def queue() -> Any:
    return turns_at(Path(connection.settings_dict["NAME"]))


def is_free() -> bool:
    free = bool(queue().enter(0.05))
    if free:
        queue().leave()
    return free


def test_the_turn_lasts_as_long_as_the_transaction() -> None:
    with transaction.atomic():
        assert not is_free()
        with transaction.atomic():
            pass
        assert not is_free()
    assert is_free()


def test_a_transaction_that_fails_gives_the_turn_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Category.objects.create(code="never", name_zh="没有")
        raise ZeroDivisionError
    assert is_free()
    assert not Category.objects.filter(code="never").exists()


def test_a_connection_closed_in_the_middle_gives_the_turn_back() -> None:
    with pytest.raises(Exception), transaction.atomic():  # noqa: B017 - Django's own, whichever it is
        connection.close()
        Category.objects.create(code="never", name_zh="没有")
    assert is_free()


def test_reading_needs_no_turn() -> None:
    assert queue().enter(1)
    try:
        assert Category.objects.count() >= 0
    finally:
        queue().leave()


def test_a_turn_that_does_not_come_is_a_locked_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    assert queue().enter(1)
    try:
        with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
            pass
    finally:
        queue().leave()
    with transaction.atomic():
        pass
    assert is_free()


def test_a_writer_that_knows_no_queue_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    stranger = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    stranger.execute("BEGIN IMMEDIATE")
    leaving = threading.Timer(0.2, lambda: stranger.execute("COMMIT"))
    leaving.start()
    with transaction.atomic():
        Category.objects.create(code="after", name_zh="之后")
    leaving.join()
    stranger.close()
    assert Category.objects.filter(code="after").exists()


def test_many_writers_lose_nothing() -> None:
    code = "counted"
    Category.objects.create(code=code, name_zh="数", department="0")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(25):
                with transaction.atomic():
                    found = Category.objects.get(code=code)
                    found.department = str(int(found.department) + 1)
                    found.save(update_fields=["department"])
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert Category.objects.get(code=code).department == "100"
