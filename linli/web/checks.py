"""
Consistency checks of stored data, run by `linli check`.

An application registers them in `<app>/checks.py`. A check reads and yields problems; it mends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Problem:
    """One thing found wrong, said with how to mend it. A `warning` does not fail the check."""

    text: str | Promise
    warning: bool = False


Check = Callable[[], Iterator[Problem]]

_registered: dict[str, Check] = {}


def consistency(name: str) -> Callable[[Check], Check]:
    """Register the function below as the check `name`. Raises ValueError when the name is taken."""

    def register(check: Check) -> Check:
        if name in _registered:
            raise ValueError(f"there are two checks named {name!r}")
        _registered[name] = check
        return check

    return register


def registered() -> dict[str, Check]:
    """Every check of every installed application: name -> function."""
    autodiscover_modules("checks")
    return dict(_registered)
