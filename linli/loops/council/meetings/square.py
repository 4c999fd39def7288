"""What meetings bring to the face: entries of the menus, and the Desk's."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters import mine
from linli.loops.council.meetings import mine as own
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("开会"), "/meetings/", "people")]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not (table.holds(actor, "meeting.plan") or table.holds(actor, "meeting.read")):
        return []
    return [NavItem(_("会议"), "/desk/meetings/", "people")]


def announce() -> None:
    """Called once, when the applications are loaded."""
    # Beside the motions: a telephone's bar has room for five.
    navigation("council", entries, order=30)
    navigation("desk", menu, order=20)
    mine.register("meetings", own.mine, order=30)
