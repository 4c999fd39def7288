"""What motions bring to the Square as a whole: their entry in the navigation, and what of them waits for the reader on the first page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters import home_cards, mine
from linli.kernel.matters.home_cards import HomeCard
from linli.kernel.places.models import Place
from linli.kernel.places.queries import naming
from linli.loops.council.motions import mine as own
from linli.loops.council.motions.rows import shown
from linli.loops.council.motions.square_queries import sorted_out, waiting_for
from linli.web.navigation import NavItem, navigation

ROWS: Final = 3


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("议事"), "/motions/", "people")]


def cards(actor: Actor, place: Place | None, now: datetime) -> Asking[Sequence[HomeCard]]:
    (matters,) = yield [waiting_for(actor, place, now)[: 3 * ROWS]]
    names = yield from naming([m.place for m in matters], doors=actor.is_staff)
    found = sorted_out(actor, matters, names, now, limit=ROWS)
    return [
        HomeCard(_("等您附议"), [shown(r, now) for r in found.to_second], f"{reverse('motions:list')}?status=seconding", urgent=True),
        HomeCard(_("办成了，等您评价"), [shown(r, now) for r in found.to_rate], urgent=True),
        HomeCard(_("议题的新进展"), [shown(r, now) for r in found.news], reverse("motions:list"), _("所有议题")),
    ]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("square", entries, order=20)
    home_cards.register("motions", cards, order=20)
    mine.register("motions", own.mine, order=20)
