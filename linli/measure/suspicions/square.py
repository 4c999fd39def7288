"""What suspicions bring to the face: an entry in the Desk's menu."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.web.navigation import NavItem, navigation


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("数据疑点"), "/desk/suspicions/", "search")] if table.holds(actor, "suspicion.read") else []


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("desk", menu, order=46)
