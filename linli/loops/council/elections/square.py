"""What elections bring to the face: entries of the menus, the Desk's, and cards of the first page."""

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
from linli.loops.council.elections import mine as own
from linli.loops.council.elections.queries import asked_for_consent, open_around
from linli.loops.council.elections.reading import around
from linli.web.navigation import NavItem, navigation
from linli.web.words import until


def entries(request: HttpRequest) -> list[NavItem]:
    return [NavItem(_("选举"), "/elections/", "people", about=_("业委会、居委会换届：推荐自荐、候选人、结果和交接。"))]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("选举"), "/desk/elections/", "people")] if table.holds(actor, "election.read") else []


def cards(actor: Actor, place: Place | None, now: datetime) -> Asking[Sequence[HomeCard]]:
    """Nominations that wait for the reader's yes or no come first; then elections that call for candidates. One query, none for strangers."""
    if actor.account_id is None or actor.is_staff:
        return []
    waiting, open_ones = yield [asked_for_consent(actor)[:5], open_around(around(actor), now)[:5]]
    asked = [
        {
            "href": f"/elections/{c.election_id}/#mine",
            "title": _("有人推荐您：%(title)s") % {"title": c.election.title},
            "meta": _("请表示同意或者不同意"),
        }
        for c in waiting
    ]
    calls = [
        {"href": f"/elections/{e.pk}/", "title": e.title, "meta": _("%(when)s截止推荐和自荐") % {"when": until(e.nominate_until)}}
        for e in open_ones
    ]
    return [HomeCard(_("等您答复"), asked, urgent=True), HomeCard(_("正在推荐候选人"), calls, "/elections/")]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("council", entries, order=60)
    navigation("desk", menu, order=26)
    mine.register("elections", own.mine, order=60)
