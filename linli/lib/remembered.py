"""Answers kept for a short while in one process: reference tables that are read at every act and changed once a month."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
_all: WeakSet[Remembered[Any]] = WeakSet()


def forget_all() -> None:
    """Forget every answer of this process, after its sources changed behind its back: a restored backup, a test's next database."""
    for one in _all:
        one.forget()


class Remembered(Generic[T]):
    """
    Keeps what `make` answered for `seconds`, at most `most` answers; `forget` at once where the process itself changes the source.

    Other processes see a change after `seconds` at the latest: choose them by what that delay may cost.
    """

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self.seconds, self.most = seconds, most
        self._kept: dict[Hashable, tuple[float, T]] = {}
        _all.add(self)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        made, answer = self._kept.get(key, (0.0, None))
        if answer is None or time.monotonic() - made > self.seconds:
            answer = make()
            if len(self._kept) >= self.most:
                self._kept.clear()
            self._kept[key] = (time.monotonic(), answer)
        return answer

    def forget(self, **_signal: object) -> None:
        """Forget everything; fits as a receiver of model signals."""
        self._kept.clear()
