"""
What talks bring to the face: entries of the menus, and a row of the Desk's settings. On the first page a talk stands as its notice: the page has no
query to spare for a card.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters import mine
from linli.loops.council.talks import mine as own
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("交流"), "/talks/", "speak")]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("交流"), "/desk/talks/", "speak")] if table.holds(actor, "talk.read") else []


def settings(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # as above
    if not table.holds(actor, "talk.set_names"):
        return []
    return [NavItem(_("交流中名字怎么写"), "/desk/settings/talk-names/", "person", about=_("写姓名、只写楼栋，或者不写是谁；从哪天起。"))]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=35)
    navigation("desk", menu, order=22)
    navigation("settings", settings, order=60)
    mine.register("talks", own.mine, order=35)
