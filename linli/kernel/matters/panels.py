"""
What rooms above bring to a matter's page without the page knowing them: a meeting's date, the talk, the ballot.

A source asks at a page of a matter and answers with a panel or None; what all of them ask at a time is one query (`kernel.access.together`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet

from linli.kernel.access.actor import Actor
from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.together import Asking, beside
from linli.kernel.matters.models import Matter


@dataclass(frozen=True)
class Panel:
    """
    One part of a matter's page: `template` is drawn with `context` as `panel`; `href` leads to its own page. Later orders stand lower.

    `urgent`: what waits there for residents is what they should do now; the page makes its link the first button. `aside`: about the reader
    alone, not the matter; it stands at the side, on a phone at the end.
    """

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    href: str = ""
    link_label: str = ""
    urgent: bool = False
    aside: bool = False


Source = Callable[..., Asking[Panel | None]]
# For where there is nothing to be shown of a room: asks nothing.
Without = Callable[..., Panel | None]
# From a reference to the matter's number: the rows whose being there gives a room something to show.
Where = Callable[[OuterRef], QuerySet[Any]]


@dataclass(frozen=True)
class _Room:
    order: int
    kinds: frozenset[str]
    source: Source
    where: Where | None
    without: Without | None


_FACT: Final = "room_"
_rooms: dict[str, _Room] = {}
_known: dict[tuple[str, ...], Prepared[tuple[Any, ...]]] = {}


def register(
    name: str, source: Source, *, kinds: Iterable[str] = (), order: int = 50, where: Where | None = None, without: Without | None = None
) -> None:
    """
    Add `source(actor, matter, now, *, desk)`, an asker, under `name` for these kinds of matters (all when empty).

    With `where` it is asked only when such rows are there, and `without` (which asks nothing of the database) when they are not: of all rooms
    together that is one question, so that a room with nothing to say costs a page none.
    """
    _rooms[name] = _Room(order, frozenset(kinds), source, where, without)


def panels_of(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[list[Panel]]:
    """
    What the rooms above show of `matter` to `actor`, in order. One query (none for a matter read with `facts_beside`), and where rooms have
    something to show as many as the one that asks most often: two.
    """
    rooms = _rooms_of(matter.kind)
    there = _there(matter, tuple(name for name, room in rooms.items() if room.where))
    shown = {name: room.source(actor, matter, now, desk=desk) for name, room in rooms.items() if there.get(name, True)}
    made = dict(zip(shown, (yield from beside(*shown.values())), strict=True))
    for name, room in rooms.items():
        if name not in made and room.without:
            made[name] = room.without(actor, matter, now, desk=desk)
    return [panel for name in rooms if (panel := made.get(name)) is not None]


def facts_beside(kind: str) -> dict[str, Exists]:
    """
    Annotations for a query of matters of that kind, so that its page need not ask again which rooms have something to show.
    """
    return {f"{_FACT}{name}": Exists(room.where(OuterRef("pk"))) for name, room in _rooms_of(kind).items() if room.where}


def _rooms_of(kind: str) -> dict[str, _Room]:
    """The rooms that know matters of that kind, in their order."""
    return {name: room for name, room in sorted(_rooms.items(), key=lambda item: item[1].order) if not room.kinds or kind in room.kinds}


def _there(matter: Matter, names: tuple[str, ...]) -> dict[str, bool]:
    if not names:
        return {}
    if all(f"{_FACT}{name}" in matter.__dict__ for name in names):
        return {name: bool(matter.__dict__[f"{_FACT}{name}"]) for name in names}
    if names not in _known:
        tests = [Exists(where(OuterRef("pk"))) for name in names if (where := _rooms[name].where)]
        _known[names] = Prepared(lambda pk: Matter.objects.filter(pk=pk).order_by().values_list(*tests), pk=NUMBER)
    found = _known[names].first(pk=matter.pk) or ()
    return dict(zip(names, map(bool, found), strict=False))
