"""The Square's lists of requests as files: the public one in public words alone, and one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.matters.models import Matter
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.saying import unit_name
from linli.loops.requests.queries import Filter, Row, request_page
from linli.loops.requests.square_queries import my_requests
from linli.loops.requests.wording import standing_of
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, every


def address_of(matter: Matter) -> str:
    """The page of a request, whole, as it stands in a file that has left the house."""
    return f"{settings.PUBLIC_URL}{reverse('square:one', args=[matter.ref])}"


def public_file(request: HttpRequest, actor: Actor, chosen: Filter, now: datetime) -> HttpResponseBase:
    """
    The requests the reader may see, narrowed as on the page. Whoever reads it, titles and places are those of a passer-by: a file is handed
    on. `谁可以看到` tells a neighbour which of them are not for everybody.
    """
    header = (
        _("编号"),
        _("标题"),
        _("在哪里"),
        _("类别"),
        _("状态"),
        _("谁在办"),
        _("谁可以看到"),
        _("提出时间"),
        _("承诺到期"),
        _("最近更新"),
        _("也遇到的邻居"),
        _("网页"),
    )
    widths = (10, 36, 20, 16, 12, 24, 14, 18, 18, 18, 12, 40)
    rows = (_cells(row, now) for row in _rows(actor, chosen, now))
    return as_download(request, _("邻里的诉求"), header, rows, widths, most=PUBLIC_MOST)


def _rows(actor: Actor, chosen: Filter, now: datetime) -> Iterator[Row]:
    """Three queries for each five hundred."""

    def page(before: int | None) -> tuple[list[Row], int | None]:
        found = request_page(actor, chosen, now, before=before, limit=STEP, words_for=ANONYMOUS)
        return found.rows, found.next_before

    return every(page)


def _cells(row: Row, now: datetime) -> list[Any]:
    matter = row.matter
    return [
        matter.ref,
        row.title,
        row.where,
        matter.category.name if matter.category else "",
        standing_of(matter, now, calendar()).label,
        unit_name(matter.holder),
        matter.get_visibility_display(),
        matter.raised_at,
        matter.due_at if matter.is_open else None,
        matter.updated_at,
        matter.me_too,
        address_of(matter),
    ]


def own_file(request: HttpRequest, actor: Actor, now: datetime) -> HttpResponseBase:
    """All of the reader's own requests, with the last word said in each. Four queries for each five hundred."""
    header = (
        _("编号"),
        _("标题"),
        _("在哪里"),
        _("状态"),
        _("谁在办"),
        _("提出时间"),
        _("最近一次答复"),
        _("谁答复的"),
        _("答复时间"),
        _("网页"),
    )
    rows = (
        [
            mine.row.matter.ref,
            mine.row.title,
            mine.row.where,
            standing_of(mine.row.matter, now, calendar()).label,
            unit_name(mine.row.matter.holder),
            mine.row.matter.raised_at,
            mine.last_text,
            (mine.last_who or _("系统")) if mine.last_at else "",
            mine.last_at,
            address_of(mine.row.matter),
        ]
        for mine in every(lambda before: my_requests(actor, now, limit=STEP, before=before))
    )
    return as_download(request, _("我提出的"), header, rows, (10, 36, 20, 12, 24, 18, 48, 24, 18, 40), most=PUBLIC_MOST)
