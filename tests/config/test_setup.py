"""Getting ready: what is missing is done, what is there is left alone."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from linli.config import setup
from tests.installation import lay_down


@pytest.mark.django_db
def test_a_migrated_database_lacks_nothing() -> None:
    assert setup.unapplied() == []


@pytest.mark.django_db
def test_static_files_are_collected_once_and_again_only_after_a_change(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    style = source / "own.css"
    style.write_text("body { color: black }")
    settings.STATICFILES_DIRS = [str(source)]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    get_finder.cache_clear()  # type: ignore[attr-defined]  # the stubs do not know that it is cached
    said: list[str] = []

    setup.prepare(said.append)
    setup.prepare(said.append)
    once = len(said)
    os.utime(style, (1, 1))
    setup.prepare(said.append)

    get_finder.cache_clear()  # type: ignore[attr-defined]  # the stubs do not know that it is cached
    assert (once, len(said)) == (1, 2)
    assert (tmp_path / "collected" / "own.css").read_text() == "body { color: black }"


@pytest.mark.django_db
def test_reference_data_is_loaded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "REFERENCE_DATA", (f"{__name__}:three_rows", f"{__name__}:three_rows"))

    assert setup.load_reference_data(timezone.now()) == 6


def three_rows(now: datetime) -> int:
    return 3


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_new_installation_has_the_tables_that_django_makes_in_its_own_way(tmp_path: Path) -> None:
    lay_down(tmp_path, "sqlite")
    asked = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'web_cache%' ORDER BY type, name"

    with closing(sqlite3.connect(tmp_path / "linli.sqlite3")) as made, connection.cursor() as cursor:
        ours = made.execute(asked).fetchall()
        theirs = cursor.execute(asked).fetchall()

    assert [row for row in ours if row not in theirs] == [row for row in theirs if row not in ours] == []
    assert len(ours) > 500
