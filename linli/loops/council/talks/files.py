"""Lists of talks as files, for the Square and for the Desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.loops.council.talks.models import Talk
from linli.loops.council.talks.queries import talk_list
from linli.loops.council.talks.shown import list_row
from linli.web.downloads import MOST, STEP, as_download, every


def talks_file(
    request: HttpRequest,
    actor: Actor,
    now: datetime,
    address: Callable[[int], str],
    *,
    around: Sequence[str] = (),
    under: Sequence[str] = (),
    most: int = MOST,
) -> HttpResponseBase:
    """The talks the actor may read, running ones first, then those past. Two queries, one more for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Talk], int | None]:
        found = talk_list(actor, now, around=around, under=under, before=before, limit=STEP)
        return [*found.running, *found.past], found.next_before

    rows = (
        [
            talk.question,
            talk.place.name,
            list_row(talk, now)["chip"],
            talk.opened_at,
            min(talk.closes_at, talk.closed_at or talk.closes_at),
            talk.participant_count,
            f"{settings.PUBLIC_URL}{address(talk.pk)}",
        ]
        for talk in every(page)
    )
    header = (_("交流"), _("地点"), _("状态"), _("开始时间"), _("结束时间"), _("参加人数"), _("网页"))
    return as_download(request, _("交流"), header, rows, (48, 20, 12, 18, 18, 10, 40), most=most)
