"""What motions bring to the Desk as a whole: the address of their pages, figures above the inbox, the menu, the settings, the way from a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import together
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.loops.council.motions.desk.reading import Wanted, narrowed
from linli.loops.council.motions.models import Task
from linli.loops.council.motions.rules import KIND, RUNGS
from linli.web.navigation import NavItem, navigation
from linli.web.words import percent

DAYS = 365
MOST_KINDS = 1000
MOTIONS = pgettext_lazy("list", "议题")


def address(ref: str) -> str:
    return f"/desk/motions/{ref}/"


def last_year(actor: Actor, now: datetime) -> Sequence[desk.DeskFigure]:
    """How many of the motions of the last year let residents decide, how many residents raised, which tasks are late; the counts are kept for two minutes."""
    if not table.holds(actor, f"{KIND}.read"):
        return []
    since = now.astimezone(ZONE).date() - timedelta(days=DAYS - 1)
    counts, late = desk.kept_counts("motions", actor, now, lambda: _counted(actor, since, now))
    if not counts["n"] and not late:
        return []
    period = {"status": "unmerged", "since": since.isoformat()}
    rungs = _("；").join(_("%(rung)s %(n)s 件") % {"rung": RUNGS[rung], "n": counts[rung]} for rung in RUNGS if counts[rung])

    def share(n: int) -> str:
        return percent((n, counts["n"])) if counts["n"] else "—"

    return [
        desk.DeskFigure(
            _("由居民决定的议题，近一年"),
            share(counts["deciding"]),
            f"/desk/motions/?{urlencode({'rung': 'deciding', **period})}",
            counts["deciding"],
            counts["n"],
            rungs,
        ),
        desk.DeskFigure(
            _("居民提出的议题，近一年"),
            share(counts["raised"]),
            f"/desk/motions/?{urlencode({'origin': 'resident', **period})}",
            counts["raised"],
            counts["n"],
            _("件议题"),
        ),
        *([desk.DeskFigure(_("超期的决议任务"), str(late), "/desk/motions/?tasks=late", of=_("项没有按时做完"))] if late else []),
    ]


def _counted(actor: Actor, since: date, now: datetime) -> tuple[dict[str, int], int]:
    """Of the motions submitted since that day: all, those of residents, those on each rung; and the tasks that are late. One query."""
    # A twin that was merged is counted in the motion it went into.
    submitted = narrowed(actor, Wanted(since=since, status="unmerged"), now)
    kinds = submitted.values_list("motion__rung", "motion__origin").annotate(n=Count("pk")).order_by()
    late = Task.objects.filter(done_at=None, order__due_at__lt=now, motion__matter__in=narrowed(actor, Wanted(status="open"), now))
    found, late_ones = together(kinds[:MOST_KINDS], late.values_list("done_at").annotate(n=Count("pk")).order_by()[:1])
    counts = {"n": 0, "raised": 0, **dict.fromkeys(RUNGS, 0)}
    for rung, origin, n in found:
        counts["n"] += n
        counts["raised"] += n if origin == "resident" else 0
        counts[rung] = counts.get(rung, 0) + n
    return counts, late_ones[0][1] if late_ones else 0


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(str(MOTIONS), "/desk/motions/", "people")] if table.holds(actor, f"{KIND}.read") else []


def settings(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not table.holds(actor, "road.edit"):
        return []
    roads = NavItem(_("议事程序"), "/desk/settings/roads/", "map", about=_("每种议题走哪几步、公告几天、要哪些文件。"))
    seconding = NavItem(_("附议规则"), "/desk/settings/seconding/", "people", about=_("多少户附议、多少天之内，议题才进入审核。"))
    return [roads, seconding]


def bring() -> None:
    """Called once when the app is ready."""
    desk.register(KIND, address=address, figures=last_year, categories=False)
    navigation("desk", menu, order=12)
    navigation("settings", settings, order=60)
