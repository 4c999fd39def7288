"""
What rooms beside the requests bring to the first page of the Square without the page knowing them: what awaits the reader's vote or
seconding, and what changed.

A source is asked once for each first page, in at most three queries, and answers with cards (none when there is nothing to say).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.places.models import Place


@dataclass(frozen=True)
class HomeCard:
    """One part of the first page: a heading over a list of rows (`ui.row_list`). `urgent` ones stand above the reader's own requests."""

    title: str
    rows: Sequence[Any] = field(default_factory=list)
    href: str = ""
    link_label: str = ""
    urgent: bool = False


Source = Callable[[Actor, Place | None, datetime], Sequence[HomeCard]]
_sources: dict[str, tuple[int, Source]] = {}


def register(name: str, source: Source, *, order: int = 50) -> None:
    """Add `source(actor, place, now)` under `name`; later orders stand lower."""
    _sources[name] = (order, source)


def cards_for(actor: Actor, place: Place | None, now: datetime) -> list[HomeCard]:
    """The cards of every room for this reader of the first page, in order; those without rows are left out."""
    made = [card for _order, source in sorted(_sources.values(), key=lambda row: row[0]) for card in source(actor, place, now)]
    return [card for card in made if card.rows]
