"""What plans bring to the face: entries of the menus, and on the first page the plans in which a home of the reader's shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters import home_cards, mine
from linli.kernel.matters.home_cards import HomeCard
from linli.kernel.places.models import Place
from linli.kernel.places.queries import naming, short_names
from linli.loops.council.plans import mine as own
from linli.loops.council.plans.models import Plan, State
from linli.loops.council.plans.queries import plans_of_mine
from linli.loops.council.plans.wording import row_of
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("费用分摊"), "/plans/", "chart")]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("分摊方案"), "/desk/plans/", "chart")] if table.holds(actor, "plan.read") else []


def rows_of(plans: Sequence[Plan], base: str) -> list[dict[str, Any]]:
    """Plans as lines of a list, each with the name of its place from the compound down. One query."""
    names = short_names([p.place for p in plans]) if plans else {}
    return [row_of(p, f"{base}{p.pk}/", names[p.place_id]) for p in plans]


def cards(actor: Actor, place: Place | None, now: datetime) -> Asking[Sequence[HomeCard]]:
    if actor.is_anonymous:
        return []
    (plans,) = yield [plans_of_mine(actor, now)[:3]]
    names = yield from naming([p.place for p in plans])
    base = reverse("plans:list")
    rows = [row_of(p, f"{base}{p.pk}/", names[p.place_id]) for p in plans]
    return [HomeCard(_("看看您家要分摊多少"), rows, base, _("所有方案"))]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=40)
    navigation("desk", menu, order=27)
    home_cards.register("plans", cards, order=30, where=lambda: Plan.objects.filter(state=State.SHOWN))
    mine.register("plans", own.mine, order=40)
