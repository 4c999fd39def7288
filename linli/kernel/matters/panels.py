"""
What rooms above bring to a matter's page without the page knowing them: a meeting's date, the talk, the ballot.

A source is asked at every page of a matter and answers with a panel or None, in at most one or two queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Matter


@dataclass(frozen=True)
class Panel:
    """One part of a matter's page: `template` is drawn with `context` as `panel`; `href` leads to its own page. Later orders stand lower."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    href: str = ""
    link_label: str = ""


Source = Callable[..., Panel | None]
_sources: dict[str, tuple[int, frozenset[str], Source]] = {}


def register(name: str, source: Source, *, kinds: Iterable[str] = (), order: int = 50) -> None:
    """Add `source(actor, matter, now, *, desk)` under `name` for these kinds of matters (all when empty)."""
    _sources[name] = (order, frozenset(kinds), source)


def panels_of(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> list[Panel]:
    """What the rooms above show of `matter` to `actor`, in order."""
    found = sorted(((o, k, s) for o, k, s in _sources.values() if not k or matter.kind in k), key=lambda row: row[0])
    made = (source(actor, matter, now, desk=desk) for _order, _kinds, source in found)
    return [panel for panel in made if panel is not None]
