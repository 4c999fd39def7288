"""What indicators bring to the menus: at the Desk for those who read them; the Wall there and on the Square."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.web.navigation import NavItem, navigation


def desk_menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not table.holds(actor, "indicator.read"):
        return []
    return [NavItem(pgettext("measure", "指标"), "/desk/indicators/", "chart"), NavItem(_("运行大屏"), "/wall/", "eye")]


def bring() -> None:
    """Called once when the app is ready."""
    navigation("desk", desk_menu, order=13)
