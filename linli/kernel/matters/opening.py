"""
Opening a matter of another kind by name: a request becomes a motion, a motion becomes a request, without one loop knowing the other.

Each loop says how a matter of its kind is opened on the ground of another one; the new matter and the old are tied by a link.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.models import Link, Matter

Opener = Callable[..., Matter]
_openers: dict[str, Opener] = {}


def register_opener(kind: str, opener: Opener) -> None:
    """`opener(actor=, parent=, title=, body=, now=)` opens a matter of `kind` at the parent's place and returns it."""
    _openers[kind] = opener


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
