"""What draws bring to the face: entries of the menus, the Desk's, and cards of the first page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters import mine
from linli.kernel.matters.home_cards import HomeCard
from linli.kernel.places.models import Place
from linli.loops.council.draws import mine as own
from linli.loops.council.draws.queries import open_around, waits_for
from linli.loops.council.draws.reading import around
from linli.web.navigation import NavItem, navigation
from linli.web.words import until


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("抽签"), "/draws/", "sort", about=_("停车位等名额公开抽签，报名、看结果、自己核对。"))]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("抽签"), "/desk/draws/", "sort")] if table.holds(actor, "draw.read") else []


def cards(actor: Actor, place: Place | None, now: datetime) -> Asking[Sequence[HomeCard]]:
    """Places that wait for an answer come first; then draws that take applications here. One query, none for strangers."""
    if actor.account_id is None or actor.is_staff:
        return []
    waiting, open_ones = yield [waits_for(actor, now)[:5], open_around(around(actor), now)[:5]]
    offers = [
        {
            "href": f"/draws/{o.draw_id}/#mine",
            "title": _("抽中了：%(lot)s") % {"lot": o.lot},
            "meta": _("%(when)s前认领") % {"when": until(o.due_at)},
        }
        for o in waiting
    ]
    calls = [
        {"href": f"/draws/{d.pk}/", "title": d.title, "meta": _("%(when)s截止报名") % {"when": until(d.applies_until)}} for d in open_ones
    ]
    return [HomeCard(_("等您认领"), offers, urgent=True), HomeCard(_("正在报名的抽签"), calls, "/draws/")]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=50)
    navigation("desk", menu, order=24)
    mine.register("draws", own.mine, order=50)
