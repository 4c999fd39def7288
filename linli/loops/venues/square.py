"""What venues bring to the face: entries beside the motions, the Desk's menu, and the settings."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("议事场地"), "/venues/", "place")]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("议事场地"), "/desk/venues/", "place")] if table.holds(actor, "venue.read") else []


def settings(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not table.holds(actor, "venue.set_standard"):
        return []
    about = _("议事场地要多大、有什么、开多久，从哪天起算。")
    return [NavItem(_("场地标准"), "/desk/settings/venue-standards/", "check", about=about)]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=40)
    navigation("desk", menu, order=25)
    navigation("settings", settings, order=60)
