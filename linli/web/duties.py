"""
Background duties: what the worker does again and again.

An application registers its duties in `<app>/duties.py`; the worker finds them. Several workers may run the same duty at once, so a duty
claims what it works on (an update that names the old state, and counts the rows it changed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.module_loading import autodiscover_modules

Work = Callable[[datetime], int]
Waits = Callable[[datetime], bool]


@dataclass(frozen=True)
class Duty:
    """
    `work(now)` returns how much it did; it is run at start and then at least `every` after the last run ended.

    With `apart`, the worker begins a process of its own for it whenever `apart(now)` says that something waits, and goes on meanwhile:
    for what takes many seconds or much memory, which is then given back.
    """

    name: str
    every: timedelta
    work: Work
    apart: Waits | None = None


_registered: dict[str, Duty] = {}


def duty(name: str, *, every: timedelta, apart: Waits | None = None) -> Callable[[Work], Work]:
    """Register the function below as the duty `name`. Raises ValueError when the name is taken or `every` is not positive."""

    def register(work: Work) -> Work:
        if every <= timedelta(0):
            raise ValueError(f"duty {name!r} must leave some time between two runs")
        if name in _registered:
            raise ValueError(f"there are two duties named {name!r}")
        _registered[name] = Duty(name, every, work, apart)
        return work

    return register


def registered() -> list[Duty]:
    """Every duty of every installed application, in order of registration."""
    autodiscover_modules("duties")
    return list(_registered.values())
