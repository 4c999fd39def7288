"""Navigation is given as data; the face only draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest


@dataclass(frozen=True)
class NavItem:
    """
    One entry: ``label`` and ``href`` are shown; ``icon`` names one of ``components/icons.html``; ``count`` is drawn when not None; ``about``
    is a sentence for surfaces that list their entries with one.
    """

    label: str
    href: str
    icon: str = ""
    count: int | None = None
    current: bool = False
    group: str = ""
    about: str = ""


Source = Callable[[HttpRequest], Sequence[NavItem]]
_sources: dict[str, list[tuple[int, Source]]] = {}


def navigation(surface: str, source: Source, order: int = 50) -> None:
    """
    Adds a source of entries to a surface ("square", "desk", or "settings": the rows of the Desk's settings, "council": what stands beside the motions); each app brings its own, drawn in the order of their numbers.
    """
    known = _sources.setdefault(surface, [])
    if (order, source) not in known:
        known.append((order, source))
        known.sort(key=lambda pair: pair[0])


def entries(surface: str, request: HttpRequest) -> list[NavItem]:
    """The entries for this reader; the one whose address begins the current path longest is current unless the source says another."""
    items = [item for _order, source in _sources.get(surface, []) for item in source(request)]
    if any(item.current for item in items):
        return items
    under = [item for item in items if request.path == item.href or (item.href != "/" and request.path.startswith(item.href.split("?")[0]))]
    here = max(under, key=lambda item: len(item.href), default=None)
    return [replace(i, current=i is here) for i in items]
