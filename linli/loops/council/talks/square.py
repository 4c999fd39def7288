"""What talks bring to the face: entries of the menus, the card on the first page, and a row of the Desk's settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters import home_cards
from linli.kernel.matters.home_cards import HomeCard
from linli.kernel.places.models import Place
from linli.loops.council.talks.queries import talks_waiting
from linli.loops.council.talks.shown import list_row
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


def cards(actor: Actor, place: Place | None, now: datetime) -> Sequence[HomeCard]:
    return [HomeCard(_("请您说说看"), [list_row(t, now) for t in talks_waiting(actor, now)], "/talks/", _("所有交流"))]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=35)
    navigation("desk", menu, order=22)
    navigation("settings", settings, order=60)
    home_cards.register("talks", cards, order=30)
