"""
What rooms beside the requests bring to a resident's own page without the page knowing them: what waits for the reader, to be voted, seconded, answered or
signed, and what of theirs is under way there.

A source asks and answers with `Mine`; what all rooms ask at a time is one query (`kernel.access.together`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking, beside


@dataclass(frozen=True)
class Mine:
    """
    What a room has of one reader: rows that wait for them, and a section of what is theirs there (rows of `ui.row_list`). `href` leads to all of it;
    a section without rows is not drawn.
    """

    title: str
    waits: Sequence[Any] = ()
    rows: Sequence[Any] = ()
    href: str = ""


@dataclass(frozen=True)
class Whole:
    """Everything that waits for a reader, room by room, and the sections with something in them."""

    waits: list[Any]
    parts: list[Mine]


Source = Callable[[Actor, datetime], Asking[Mine]]
_sources: dict[str, tuple[int, Source]] = {}


def register(name: str, source: Source, *, order: int = 50) -> None:
    """Add `source(actor, now)`, an asker that returns what a room has of a reader who is signed in, under `name`; later orders stand lower."""
    _sources[name] = (order, source)


def mine_of(actor: Actor, now: datetime) -> Asking[Whole]:
    """What every room has of this reader, in order. As many queries as the room that asks most often, two as a rule; none for strangers."""
    if actor.account_id is None:
        return Whole([], [])
    ordered = sorted((order, name) for name, (order, _source) in _sources.items())
    made: list[Mine] = yield from beside(*(_sources[name][1](actor, now) for _order, name in ordered))
    return Whole([row for one in made for row in one.waits], [one for one in made if one.rows])
