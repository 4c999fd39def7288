"""
What rooms above bring to a matter's page without the page knowing them: a meeting's date, the talk, the ballot.

A source is asked at a page of a matter and answers with a panel or None, in at most one or two queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from linli.kernel.access.actor import Actor
from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.matters.models import Matter


@dataclass(frozen=True)
class Panel:
    """
    One part of a matter's page: `template` is drawn with `context` as `panel`; `href` leads to its own page. Later orders stand lower.

    `urgent`: what waits there for residents is what they should do now; the page makes its link the first button.
    """

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    href: str = ""
    link_label: str = ""
    urgent: bool = False


Source = Callable[..., Panel | None]
# From a reference to the matter's number: the rows whose being there gives a room something to show.
Where = Callable[[OuterRef], QuerySet[Any]]


@dataclass(frozen=True)
class _Room:
    order: int
    kinds: frozenset[str]
    source: Source
    where: Where | None
    without: Source | None


_rooms: dict[str, _Room] = {}
_known: dict[tuple[str, ...], Prepared[tuple[Any, ...]]] = {}


def register(
    name: str, source: Source, *, kinds: Iterable[str] = (), order: int = 50, where: Where | None = None, without: Source | None = None
) -> None:
    """
    Add `source(actor, matter, now, *, desk)` under `name` for these kinds of matters (all when empty).

    With `where` it is asked only when such rows are there, and `without` (which asks nothing of the database) when they are not: of all rooms
    together that is one question, so that a room with nothing to say costs a page none.
    """
    _rooms[name] = _Room(order, frozenset(kinds), source, where, without)


def panels_of(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> list[Panel]:
    """What the rooms above show of `matter` to `actor`, in order. One query, and those of the rooms that have something to show."""
    rooms = {
        name: room for name, room in sorted(_rooms.items(), key=lambda item: item[1].order) if not room.kinds or matter.kind in room.kinds
    }
    there = _there(matter, tuple(name for name, room in rooms.items() if room.where))
    sources = (room.source if there.get(name, True) else room.without for name, room in rooms.items())
    made = (source(actor, matter, now, desk=desk) for source in sources if source)
    return [panel for panel in made if panel is not None]


def _there(matter: Matter, names: tuple[str, ...]) -> dict[str, bool]:
    if not names:
        return {}
    if names not in _known:
        tests = [Exists(where(OuterRef("pk"))) for name in names if (where := _rooms[name].where)]
        _known[names] = Prepared(lambda pk: Matter.objects.filter(pk=pk).order_by().values_list(*tests), pk=NUMBER)
    found = _known[names].first(pk=matter.pk) or ()
    return dict(zip(names, map(bool, found), strict=False))
