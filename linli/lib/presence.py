"""
Who is at work: processes that share something hold a lock on one file while they live, and whoever must be alone asks for it whole.

The lock falls when its holder ends, however it ends; the file itself holds nothing and stays.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SomebodyThere(Exception):
    """The lock is held in a way that excludes the one asked for."""


_held: list[int] = []


def stay(path: Path) -> None:
    """Share the lock from now until this process ends. Raises SomebodyThere while somebody is alone with it."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SomebodyThere(str(path)) from None
    _held.append(handle)  # kept open on purpose: closing it would give the lock up


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock whole. Raises SomebodyThere when any process shares it."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SomebodyThere(str(path)) from None
    try:
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
