"""Lists of meetings as files, for the Square and for the Desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.loops.council.meetings.models import Meeting
from linli.loops.council.meetings.queries import meeting_list
from linli.web.downloads import MOST, STEP, as_download, every


def meetings_file(
    request: HttpRequest, actor: Actor, address: Callable[[Meeting], str], *, around: Sequence[str] = (), most: int = MOST
) -> HttpResponseBase:
    """The meetings the actor may read, under way first, then those to come and those past. Three queries, one more for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Meeting], int | None]:
        found = meeting_list(actor, around=around, before=before, limit=STEP)
        return [*found.now, *found.coming, *found.past], found.next_before

    rows = (
        [
            meeting.title,
            meeting.get_body_display(),
            meeting.get_state_display(),
            meeting.starts_at,
            meeting.ends_at,
            meeting.venue,
            meeting.place.name,
            f"{settings.PUBLIC_URL}{address(meeting)}",
        ]
        for meeting in every(page)
    )
    header = (_("会议"), _("什么会"), _("状态"), _("开始时间"), _("结束时间"), _("开会地点"), _("地点"), _("网页"))
    return as_download(request, _("会议"), header, rows, (36, 18, 12, 18, 18, 24, 20, 40), most=most)
