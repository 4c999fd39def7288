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
