"""The Square's lists of motions and cases as files. Titles and places as the public reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.matters.promises import calendar
from linli.lib.units import format_fen
from linli.loops.council.motions.models import Case
from linli.loops.council.motions.queries import Row, Wanted, case_page, motion_page
from linli.loops.council.motions.rules import RUNGS, TIERS, TOPICS
from linli.loops.council.motions.wording import standing_of, who_must
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, cut, every


def motions_file(request: HttpRequest, actor: Actor, wanted: Wanted, now: datetime) -> HttpResponseBase:
    """The motions of the list, in its order. Three queries for each five hundred."""
    header = (
        _("编号"),
        _("标题"),
        _("在哪里"),
        _("类别"),
        _("参与程度"),
        _("层级"),
        _("状态"),
        _("附议户数"),
        _("要求户数"),
        _("接下来谁办"),
        _("提交时间"),
        _("网页"),
    )
    widths = (10, 36, 20, 16, 10, 10, 18, 10, 10, 28, 18, 40)
    rows = (_cells(row, now) for row in _rows(actor, wanted, now))
    return as_download(request, _("议题"), header, rows, widths, most=PUBLIC_MOST)


def _rows(actor: Actor, wanted: Wanted, now: datetime) -> Iterator[Row]:
    def page(after: int | None) -> tuple[Sequence[Row], int | None]:
        found = motion_page(actor, wanted, now, after=after, limit=STEP, words_for=ANONYMOUS)
        return found.rows, found.next_after

    return every(page)


def _cells(row: Row, now: datetime) -> list[Any]:
    matter, motion = row.matter, row.motion
    return [
        matter.ref,
        row.title,
        row.where,
        str(TOPICS.get(motion.topic, "")),
        str(RUNGS[motion.rung]),
        str(TIERS[motion.tier]),
        standing_of(matter, now, calendar()).label,
        motion.second_count,
        motion.seconds_needed or None,
        who_must(motion, matter),
        motion.submitted_at,
        f"{settings.PUBLIC_URL}{reverse('motions:one', args=[matter.ref])}",
    ]


def cases_file(request: HttpRequest, *, topic: str, text: str) -> HttpResponseBase:
    """The cases of the list with their figures, money in yuan. One query for each five hundred."""
    header = (
        _("标题"),
        _("类别"),
        _("公布时间"),
        _("用了几天"),
        _("户数"),
        _("附议户数"),
        _("预算（元）"),
        _("实际花费（元）"),
        _("评价人数"),
        _("满意人数"),
        _("网页"),
    )

    def page(after: int | None) -> tuple[Sequence[Case], int | None]:
        return cut(case_page(topic=topic, text=text, after=after, limit=STEP + 1), lambda case: case.pk)

    rows = (_case_cells(case) for case in every(page))
    return as_download(request, _("案例库"), header, rows, (36, 16, 18, 10, 10, 10, 16, 16, 10, 10, 40), most=PUBLIC_MOST)


def _case_cells(case: Case) -> list[Any]:
    told = case.figures
    return [
        case.title,
        str(TOPICS.get(case.topic, "")),
        case.published_at,
        told.get("days"),
        told.get("homes"),
        told.get("seconders"),
        format_fen(told["budget_fen"]) if told.get("budget_fen") else "",
        format_fen(told["spent_fen"]) if told.get("spent_fen") else "",
        told.get("rated"),
        told.get("satisfied") if told.get("rated") else None,
        f"{settings.PUBLIC_URL}{reverse('motions:case', args=[case.pk])}",
    ]
