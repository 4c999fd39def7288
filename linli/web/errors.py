"""Which exceptions are refusals. The kernel registers its own class; the face never imports it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Refusal(Protocol):
    """What the error page reads of a registered exception."""

    status: int
    text: str
    rule: str
    turn_to: str
    details: dict[str, Any]


_registered: list[type[Exception]] = []


def register(exception_class: type[Exception]) -> type[Exception]:
    """Makes the face turn this exception (and its subclasses) into a page; may be used as a decorator."""
    if exception_class not in _registered:
        _registered.append(exception_class)
    return exception_class


def registered() -> tuple[type[Exception], ...]:
    return tuple(_registered)
