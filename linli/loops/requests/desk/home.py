"""What requests bring to the Desk as a whole: the address of their pages, the figures above the inbox, the entries of its menu."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.loops.requests.desk_queries import start_of
from linli.loops.requests.figures import Scope, overview
from linli.loops.requests.rules import KIND, Rate
from linli.web.navigation import NavItem, navigation
from linli.web.pages import keep_offline
from linli.web.words import minutes_words, percent

DAYS = 30


def address(ref: str) -> str:
    return f"/desk/requests/{ref}/"


def share_words(rate: Rate) -> str:
    """A share in words, or that too few answered to show one."""
    return percent(rate.share) if rate.share is not None else _("样本不足")


def last_days(actor: Actor, now: datetime) -> Sequence[desk.DeskFigure]:
    """The figures of the last 30 days for the inbox; their counts are kept for two minutes."""
    if not table.holds(actor, "figures.read"):
        return []
    until = now.astimezone(ZONE).date()
    since = until - timedelta(days=DAYS - 1)
    scope = Scope(start_of(since), start_of(until + timedelta(days=1)))
    found = desk.kept_counts("rates", actor, now, lambda: overview(actor, scope, times=False, promises=False))
    period = {"since": since.isoformat(), "until": until.isoformat()}

    def link(code: str) -> str:
        return f"/desk/requests/?{urlencode({'behind': code, **period})}"

    rates = found.rates
    return [
        *(
            desk.DeskFigure(str(label), share_words(rate), link(f"{rate.name}-asked"), rate.numerator, rate.denominator, _("人次回答"))
            for label, rate in ((_("有答复，近 30 天"), rates.answered), (_("解决"), rates.solved), (_("满意"), rates.satisfied))
        ),
        desk.DeskFigure(
            _("办结用时中位数"),
            minutes_words(found.resolve.median) if found.resolve.median is not None else "—",
            link("resolved"),
            of=_("%(n)s 件，九成在 %(time)s 内") % {"n": found.resolve.count, "time": minutes_words(found.resolve.ninth)}
            if found.resolve.count
            else _("还没有办结的"),
        ),
    ]


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    items = [NavItem(_("待办"), "/desk/", "inbox")]
    if table.holds(actor, f"{KIND}.read"):
        items.append(NavItem(_("诉求"), "/desk/requests/", "speak"))
    if table.holds(actor, f"{KIND}.raise_for"):
        items.append(NavItem(_("代居民登记"), "/desk/requests/new/", "plus"))
        items.append(NavItem(_("巡查"), "/desk/patrol/", "camera"))
    if table.holds(actor, "call.record"):
        items.append(NavItem(_("电话单"), "/desk/calls/", "phone"))
    if table.holds(actor, "figures.read"):
        items.append(NavItem(_("数据"), "/desk/figures/", "chart"))
    return items


def may_patrol(request: HttpRequest) -> bool:
    """Whether the reader's phone may keep the patrol's page."""
    actor = getattr(request, "actor", ANONYMOUS)
    return actor.is_staff and table.holds(actor, "request.raise_for")


def bring() -> None:
    """Called once when the app is ready."""
    desk.register(KIND, address=address, figures=last_days)
    navigation("desk", menu, order=10)
    # A phone on its round keeps this page: it holds places and categories, nothing about people.
    keep_offline("/desk/patrol/", may_patrol)
