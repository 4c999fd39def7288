"""
Whose turn it is, where only one may act at a time: over the threads of a process and over processes, nearly in the order they came.

A lock that is asked for again and again with growing pauses goes to whoever happens to ask at the right moment; under load somebody
waits a second while others pass. Here one waits at the door and one is inside, and nobody can pass whoever stands at the door.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on this system: turns are kept among the threads of a process alone
    fcntl = None  # type: ignore[assignment]

PAUSE = 0.0005  # seconds between two looks at a door somebody of another process stands at

_known: dict[Path, Turns] = {}
_making = threading.Lock()


def turns_at(path: Path) -> Turns:
    """The one queue of this process for `path`; its lock files stand beside it."""
    with _making:
        if path not in _known:
            _known[path] = Turns(path)
        return _known[path]


class Turns:
    """A door of one thread a process, and a room behind it. Locks end with the process that holds them, however it ends."""

    def __init__(self, path: Path) -> None:
        self._thread = threading.Lock()
        self._door, self._room = (_opened(path.with_name(path.name + end)) for end in ("-next", "-turn"))

    def enter(self, seconds: float) -> bool:
        """Wait for the turn at most `seconds`; whether it came. Whoever entered must `leave`, from whatever thread."""
        deadline = time.monotonic() + seconds
        if not self._thread.acquire(timeout=seconds):
            return False
        if _locked(self._door, deadline):
            entered = _locked(self._room, deadline)
            _unlock(self._door)
            if entered:
                return True
        self._thread.release()
        return False

    def leave(self) -> None:
        _unlock(self._room)
        self._thread.release()


def _opened(path: Path) -> int:
    """A descriptor of the lock file, or -1 where none can be made: a folder that cannot be written has no writers either."""
    if fcntl is None:
        return -1
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return -1


def _locked(descriptor: int, deadline: float) -> bool:
    """Lock it as soon as it is free. A wait in the system itself would know no end, so we look."""
    while descriptor >= 0:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        except OSError:  # a file system without locks
            return True
        else:
            return True
    return True


def _unlock(descriptor: int) -> None:
    if descriptor >= 0:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


# A copy of the process must not share the locks of the one it was copied from.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_known.clear)
