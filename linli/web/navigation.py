"""Navigation is given as data; the face only draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True)
class NavItem:
    """One entry: ``label`` and ``href`` are shown; ``icon`` names one of ``components/icons.html``; ``count`` is drawn when not None."""

    label: str
    href: str
    icon: str = ""
    count: int | None = None
    current: bool = False
    group: str = ""


Source = Callable[[HttpRequest], Sequence[NavItem]]
_sources: dict[str, Source] = {}


def navigation(surface: str, source: Source) -> None:
    """Says where the entries of a surface ("square" or "desk") come from; called once, by the app that knows all pages."""
    _sources[surface] = source


def entries(surface: str, request: HttpRequest) -> list[NavItem]:
    """The entries for this reader; the one whose address begins the current path longest is current unless the source says another."""
    source = _sources.get(surface)
    items = list(source(request)) if source else []
    if any(item.current for item in items):
        return items
    under = [item for item in items if request.path == item.href or (item.href != "/" and request.path.startswith(item.href.split("?")[0]))]
    here = max(under, key=lambda item: len(item.href), default=None)
    return [NavItem(i.label, i.href, i.icon, i.count, i is here, i.group) for i in items]
