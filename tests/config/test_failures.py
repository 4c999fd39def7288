"""Every failure is one line, says how to mend it, and has the right exit code."""

import errno
import sqlite3

import click
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from linli.config.failures import explain
from linli.kernel.access.refusals import Invalid, NotAllowed, Refused


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LANGUAGE", "en")


@pytest.mark.parametrize(
    ("error", "expected", "code"),
    [
        (KeyboardInterrupt(), "Stopped.", 130),
        (click.Abort(), "Stopped.", 130),
        (click.UsageError("No such option: --port8"), "No such option: --port8 See: linli --help", 2),
        (click.ClickException("Port 8000 is busy"), "Port 8000 is busy", 1),
        (Refused("closed", "This matter is closed."), "This matter is closed.", 1),
        (NotAllowed("no", "Only the holder may.", rule="table:dispatch"), "Only the holder may. Rule: table:dispatch", 1),
        (Refused("no", "Not ours.", turn_to="Call 12345."), "Not ours. Call 12345.", 1),
        (Invalid("bad", "Not accepted.", fields={"phone": ["11 digits are needed."]}), "Not accepted. phone: 11 digits are needed.", 1),
        (ImproperlyConfigured("LINLI_DEBUG='x': use on or off"), "Wrong setting: LINLI_DEBUG='x': use on or off", 1),
        (CommandError("no such app"), "no such app", 1),
        (FileNotFoundError(errno.ENOENT, "No such file", "roster.xlsx"), "No such file: roster.xlsx", 1),
        (PermissionError(errno.EACCES, "Permission denied", "key"), "Not permitted: key", 1),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "data"), "A folder, not a file: data", 1),
        (FileExistsError(errno.EEXIST, "File exists", "data"), "There is already a file of that name: data", 1),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full. Free some space and try again.", 1),
        (OSError(errno.EROFS, "Read-only file system", "out.csv"), "The disk is read-only: out.csv", 1),
        (ValueError("odd"), "Something went wrong: ValueError: odd (add --debug for details)", 1),
        (RuntimeError(), "Something went wrong: RuntimeError (add --debug for details)", 1),
    ],
)
def test_a_failure_is_explained_in_one_line(error: BaseException, expected: str, code: int) -> None:
    assert explain(error) == (expected, code)


@pytest.mark.parametrize(
    ("error", "beginning"),
    [
        (OperationalError("database or disk is full"), "The disk is full or cannot be written"),
        (sqlite3.OperationalError("disk I/O error"), "The disk is full or cannot be written"),
        (OperationalError("could not extend file: No space left on device"), "The disk is full or cannot be written"),
        (OperationalError("attempt to write a readonly database"), "The database is read-only"),
        (OperationalError("cannot execute INSERT in a read-only transaction"), "The database is read-only"),
        (OperationalError("database is locked"), "The database is busy"),
        (OperationalError("no such table: places_place"), "The database does not have the structure of this version"),
        (ProgrammingError('relation "places_place" does not exist'), "The database does not have the structure of this version"),
        (OperationalError("unable to open database file"), "Cannot open the database file"),
        (OperationalError('connection to server on socket "x" failed:\n\tIs the server running?'), "Cannot reach the database"),
        (OperationalError('FATAL:  password authentication failed for user "linli"'), "Cannot reach the database"),
        (sqlite3.DatabaseError("file is not a database"), "The database file is damaged"),
        (OperationalError("something new"), "The database reported an error."),
    ],
)
def test_a_database_failure_says_what_to_do_and_stays_on_one_line(error: Exception, beginning: str) -> None:
    text, code = explain(error)

    assert text.startswith(beginning)
    assert "\n" not in text
    assert code == 1


@click.command()
@click.option("--input", "source", required=True, type=click.Path(dir_okay=False))
@click.option("--top", type=click.IntRange(1, 50), default=5)
@click.option("--seed", type=int)
@click.option("--like", type=float)
@click.option("--least", type=click.FloatRange(0))
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--kind", type=click.Choice(["a", "b"]))
def asked(**_given: object) -> None:
    pass


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        ("", "--input is missing.", "缺少 --input。"),
        ("--tops 3", "There is no option --tops. Did you mean --top?", "没有 --tops 这个选项。是不是 --top？"),
        ("--input x --top 0", "--top must be a whole number from 1 to 50.", "--top 要写 1 到 50 之间的整数。"),
        ("--input x --seed x", "--seed must be a whole number.", "--seed 要写整数。"),
        ("--input x --like x", "--like must be a number.", "--like 要写一个数。"),
        ("--input x --least -1", "--least must be a number, and not so small.", "--least 要写一个数，不能太小。"),
        ("--input x --since 昨天", "--since must be a date such as 2026-11-26.", "--since 要写日期，如 2026-11-26。"),
        ("--input x --kind c", "--kind must be one of a, b. “c” is none of these.", "--kind 只能写 a、b。“c”不在其中。"),
        ("--input .", "--input must be a file that can be opened.", "--input 要写一个能打开的文件。"),
    ],
)
def test_a_wrong_option_is_told_in_the_readers_language(
    arguments: str, english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(click.UsageError) as caught:
        asked.main(arguments.split(), standalone_mode=False, prog_name="linli asked")
    assert explain(caught.value) == (f"{english} See: linli asked --help", 2)
    monkeypatch.setenv("LINLI_LANGUAGE", "zh-hans")
    assert explain(caught.value)[0].startswith(chinese)
