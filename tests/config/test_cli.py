"""The command line as a whole: fast help, one line per failure, the right exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest

from linli.config import cli

LINLI = [sys.executable, "-m", "linli.config.cli"]


def say(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `linli` as a process of its own, in English, with a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_", "LC_", "LANG"))}
    ours = {"LINLI_DATA": str(data), "LINLI_LANGUAGE": "en"} | environment
    return subprocess.run(
        [*LINLI, *arguments],
        env=kept | ours,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def only_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


def test_help_lists_every_command_without_loading_any(tmp_path: Path) -> None:
    done = say("--help", data=tmp_path / "data")

    assert done.returncode == 0
    assert [name for name in cli.COMMANDS if f"  {name} " not in done.stdout] == []
    assert not (tmp_path / "data").exists()


def test_help_is_chinese_on_a_chinese_terminal(tmp_path: Path) -> None:
    done = say("--help", data=tmp_path, LINLI_LANGUAGE="zh-hans")

    assert "启动网站和后台任务" in done.stdout


def test_no_command_shows_help_and_counts_as_wrong_use(tmp_path: Path) -> None:
    done = say(data=tmp_path)

    assert done.returncode == 2
    assert "serve" in done.stdout
    assert done.stderr == ""


def test_an_unknown_command_is_named_in_one_line(tmp_path: Path) -> None:
    done = say("frobnicate", data=tmp_path)

    assert done.returncode == 2
    assert only_line(done.stderr) == "linli: No such command 'frobnicate'. See: linli --help"


def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path) -> None:
    done = say("migrate", data=tmp_path, LINLI_DEBUG="perhaps")
    hostless = say("migrate", data=tmp_path, LINLI_PUBLIC_URL="/linli")

    assert done.returncode == 1
    assert only_line(done.stderr) == "linli: Wrong setting: LINLI_DEBUG='perhaps': use on or off"
    assert only_line(hostless.stderr).startswith("linli: Wrong setting: LINLI_PUBLIC_URL='/linli': write the whole address")


def test_debug_shows_the_whole_trace_before_the_line(tmp_path: Path) -> None:
    done = say("migrate", "--debug", data=tmp_path, LINLI_DEBUG="perhaps")

    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.strip().endswith("use on or off")


def test_a_database_that_cannot_be_reached_is_named_in_one_line(tmp_path: Path) -> None:
    done = say("migrate", data=tmp_path, LINLI_DATABASE_URL=f"postgres://%2F{str(tmp_path)[1:].replace('/', '%2F')}:1/linli")

    assert done.returncode == 1
    assert only_line(done.stderr).startswith("linli: Cannot reach the database.")


def test_a_file_that_is_no_database_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "linli.sqlite3").write_text("this is a letter, not a database\n" * 40)

    done = say("migrate", data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr).startswith("linli: The database file is damaged.")


def test_a_data_folder_that_is_a_file_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    done = say("migrate", data=tmp_path / "data")

    assert done.returncode == 1
    assert only_line(done.stderr) == f"linli: There is already a file of that name: {tmp_path / 'data'}"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_in_the_table_exists_and_helps_with_an_example(name: str) -> None:
    module, _colon, attribute = cli.COMMANDS[name][0].partition(":")

    command = getattr(import_module(module), attribute)

    assert isinstance(command, click.Command)
    for path, part in with_parts(f"linli {name}", command):
        help_text = part.get_help(click.Context(part, info_name=path))
        # A list is exported by its kind alone; the word for it may be left out.
        assert path.removesuffix(" list") in help_text.split("\n", 1)[1], f"the help of {path} needs an example"


def with_parts(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """The command, and all commands inside it however deep, each with what is typed to reach it."""
    inside = command.commands.items() if isinstance(command, click.Group) else ()
    return [(path, command), *(found for name, part in inside for found in with_parts(f"{path} {name}", part))]


def test_migrate_changes_nothing_in_an_installation_that_is_whole(tmp_path: Path, installed: Callable[[Path], str]) -> None:
    done = say("migrate", data=tmp_path, LINLI_DATABASE_URL=installed(tmp_path))

    assert (done.returncode, done.stdout) == (0, "Already up to date.\n")
