"""
What rooms beside the requests bring to the first page of the Square without the page knowing them: what awaits the reader's vote or
seconding, and what changed.

A source asks and answers with cards (none when there is nothing to say); what all rooms ask at a time is one query (`kernel.access.together`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking, beside
from linli.kernel.places.models import Place
from linli.lib.remembered import Remembered


@dataclass(frozen=True)
class HomeCard:
    """One part of the first page: a heading over a list of rows (`ui.row_list`). `urgent` ones stand above the reader's own requests."""

    title: str
    rows: Sequence[Any] = field(default_factory=list)
    href: str = ""
    link_label: str = ""
    urgent: bool = False


Source = Callable[[Actor, Place | None, datetime], Asking[Sequence[HomeCard]]]
# The rows without which nobody at all would get a card of this room.
Where = Callable[[], QuerySet[Any]]
_sources: dict[str, tuple[int, Source]] = {}
_wheres: dict[str, Where] = {}
_under_way: Remembered[frozenset[str]] = Remembered(20)


def register(name: str, source: Source, *, order: int = 50, where: Where | None = None) -> None:
    """
    Add `source(actor, place, now)`, an asker that returns cards, under `name`; later orders stand lower.

    With `where`, nobody is asked about while no such row is there at all, which a process remembers for some seconds.
    """
    _sources[name] = (order, source)
    if where:
        _wheres[name] = where


def _asked() -> frozenset[str]:
    """The rooms with anything under way for anybody. One query for all of them."""
    parts = {name: where().order_by().values("pk")[:1].query.sql_with_params() for name, where in sorted(_wheres.items())}
    if not parts:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'EXISTS({sql})' for sql, _values in parts.values())}", [v for _sql, vs in parts.values() for v in vs]
        )
        found = cursor.fetchone()
    return frozenset(name for name, there in zip(parts, found, strict=True) if there)


def cards_for(actor: Actor, place: Place | None, now: datetime) -> Asking[list[HomeCard]]:
    """
    The cards of every room for this reader of the first page, in order; those without rows are left out. As many queries as the room that
    asks most often, two as a rule, and one more now and then to see which rooms have anything to say at all.
    """
    under_way = _under_way.get("", _asked)
    rooms = sorted((order, name) for name, (order, _source) in _sources.items() if name not in _wheres or name in under_way)
    made = yield from beside(*(_sources[name][1](actor, place, now) for _order, name in rooms))
    return [card for cards in made for card in cards if card.rows]
