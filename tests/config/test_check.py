"""`linli check` finds what is wrong with an installation, and nothing where nothing is."""

import os
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from linli.config import check


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.FIELD_KEYS_PATH = tmp_path / "field.keys"
    return tmp_path


@pytest.mark.parametrize(("mode", "found"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)])
def test_a_key_file_that_others_can_read_is_an_error(folder: Path, mode: int, found: int) -> None:
    key = folder / "secret.key"
    key.write_text("00" * 32)
    key.chmod(mode)

    problems = list(check.key_files())

    assert len(problems) == found
    assert not any(problem.warning for problem in problems)


def test_a_server_that_was_killed_is_a_warning_and_a_running_one_is_not(folder: Path) -> None:
    (folder / "serve-8000.pid").write_text(f"{os.getpid()}\n")
    (folder / "serve-8001.pid").write_text("999999999\n")

    problems = list(check.left_behind())

    assert [(problem.warning, "serve-8001.pid" in str(problem.text)) for problem in problems] == [(True, True)]


@pytest.mark.parametrize(("free", "expected"), [(5000, []), (500, [True]), (50, [False])])
def test_little_space_is_a_warning_and_hardly_any_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, free: int, expected: list[bool]
) -> None:
    class Usage:
        def __init__(self, path: Path) -> None:
            self.free = free * check.MEGABYTE

    monkeypatch.setattr(check.shutil, "disk_usage", Usage)

    assert [problem.warning for problem in check.disk_space()] == expected


@pytest.mark.django_db
def test_a_whole_database_has_no_problem() -> None:
    assert list(check.database()) == []
    assert list(check.migrations()) == []
