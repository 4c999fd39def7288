"""Answers kept for a short while in one process: reference tables that are read at every act and changed once a month."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakSet

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
_all: WeakSet[Remembered[Any] | Learned[Any, Any]] = WeakSet()


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


class Learned(Generic[K, T]):
    """What never changes once known, at most `most` facts by key; `learn` asks for those not met before, all at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._known: dict[K, T] = {}
        _all.add(self)

    def get(self, keys: Sequence[K], learn: Callable[[list[K]], Iterable[tuple[K, T]]]) -> dict[K, T]:
        """Each key that `learn` knows with its fact, in the order of `keys`."""
        unknown = [key for key in keys if key not in self._known]
        if unknown:
            if len(self._known) + len(unknown) > self.most:
                self._known.clear()
                unknown = list(keys)
            self._known.update(learn(unknown))
        return {key: self._known[key] for key in keys if key in self._known}

    def forget(self) -> None:
        self._known.clear()
