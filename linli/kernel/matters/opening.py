"""
Opening a matter of another kind by name: a request becomes a motion, a motion becomes a request, without one loop knowing the other.

Each loop says how a matter of its kind is opened on the ground of another one; the new matter and the old are tied by a link. A loop may also say
how one is opened by a rule alone, for what no matter came before (a venue that must be put right).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.models import Link, Matter
from linli.kernel.matters.turn import turn
from linli.kernel.places.models import Place

Opener = Callable[..., Matter]
_openers: dict[str, Opener] = {}


def register_opener(kind: str, opener: Opener) -> None:
    """`opener(actor=, parent=, title=, body=, now=)` opens a matter of `kind` at the parent's place and returns it."""
    _openers[kind] = opener


Starter = Callable[..., Matter]
_starters: dict[str, Starter] = {}


def register_starter(kind: str, starter: Starter) -> None:
    """`starter(actor=, place=, title=, body=, now=)` opens a matter of `kind` that a rule asks for, and returns it."""
    _starters[kind] = starter


def start_new(*, actor: Actor, kind: str, place: Place, title: str, body: str, now: datetime) -> Matter:
    """
    Open a matter of `kind` at a place because a rule asks for it, inside the caller's transaction; the caller sees to it that this happens once.

    Raises Refused when no such kind is installed, and whatever the kind's own rules refuse.
    """
    if kind not in _starters:
        raise Refused("no_such_kind", _("这里没有安装这一类事项。"))
    return _starters[kind](actor=actor, place=place, title=title, body=body, now=now)


@dataclass(frozen=True)
class Way:
    """A way from a matter of one kind to a new one of another: the words of its button, and the verb it needs at the parent's place."""

    kind: str
    label: Any
    verb: str
    about: Any = ""


_ways: dict[str, list[Way]] = {}


def offer_way(from_kind: str, way: Way) -> None:
    """Draw `way` as a button on the Desk's pages of matters of `from_kind`."""
    known = _ways.setdefault(from_kind, [])
    if way.kind not in {w.kind for w in known}:
        known.append(way)


def ways_from(actor: Actor, matter: Matter) -> list[Way]:
    """What `actor` may make of `matter`. No query."""
    return [way for way in _ways.get(matter.kind, []) if table.may(actor, way.verb, matter.place_path)]


def open_and_tell(*, actor: Actor, kind: str, parent: Matter, title: str, body: str, now: datetime) -> Matter:
    """Open a matter on the ground of `parent` and write into the parent's timeline what came of it. Inside the caller's transaction."""
    opened = open_from(actor=actor, kind=kind, parent=parent, title=title, body=body, now=now)
    with turn(actor=actor, matter_id=parent.pk, now=now, quiet=True) as t:
        t.say("linked_from", facts={"kind": Link.Kind.CAUSED_BY.value, "source": opened.ref})
    return opened


def open_from(*, actor: Actor, kind: str, parent: Matter, title: str, body: str, now: datetime, tie: str = Link.Kind.CAUSED_BY) -> Matter:
    """
    Open a matter of `kind` caused by `parent`, inside the caller's transaction; the new one is linked to it.

    Raises Refused when no such kind is installed, and whatever the kind's own rules refuse.
    """
    if kind not in _openers:
        raise Refused("no_such_kind", _("这里没有安装这一类事项。"))
    opened = _openers[kind](actor=actor, parent=parent, title=title, body=body, now=now)
    Link.objects.get_or_create(
        source=opened, target=parent, kind=tie, ended_at=None, defaults={"made_at": now, "made_by_id": actor.account_id}
    )
    return opened
