"""What indicators bring to the menus: at the Desk for those who read them; the Wall there and on the Square."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking, knowing
from linli.kernel.matters import home_cards
from linli.kernel.matters.home_cards import HomeCard
from linli.kernel.places.models import Place
from linli.measure.queries import LEVELS
from linli.web.navigation import NavItem, navigation


def desk_menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not table.holds(actor, "indicator.read"):
        return []
    return [NavItem(pgettext("measure", "指标"), "/desk/indicators/", "chart"), NavItem(_("运行大屏"), "/wall/", "eye")]


def cards(_actor: Actor, place: Place | None, _now: datetime) -> Asking[Sequence[HomeCard]]:
    """The way from the Square's first page to how its place runs today. Asks nothing."""
    if place is None or place.kind not in LEVELS:
        return knowing([])
    row = {
        "title": _("%(place)s今天怎么样") % {"place": place.name},
        "href": f"/wall/?place={place.pk}",
        "meta": _("还有多少没办完、一般多久办完、公布了哪些指标"),
        "icon": "chart",
    }
    return knowing([HomeCard(_("社区运行"), [row])])


def bring() -> None:
    """Called once when the app is ready."""
    navigation("desk", desk_menu, order=13)
    home_cards.register("wall", cards, order=90)
