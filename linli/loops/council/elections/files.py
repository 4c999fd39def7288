"""Lists of elections as files, for the Square and for the Desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.loops.council.elections.models import Election
from linli.loops.council.elections.queries import election_list
from linli.loops.council.elections.shown import next_words
from linli.loops.council.elections.wording import body_name
from linli.web.downloads import MOST, STEP, as_download, every


def elections_file(
    request: HttpRequest, actor: Actor, address: Callable[[int], str], *, around: Sequence[str] = (), most: int = MOST
) -> HttpResponseBase:
    """The elections the actor may read: under way, in office, over. Two queries, one more for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Election], int | None]:
        found = election_list(actor, around=around, before=before, limit=STEP)
        return [*found.current, *found.in_office, *found.past], found.next_before

    rows = (
        [
            election.title,
            body_name(election.body),
            election.place.name,
            election.get_state_display(),
            election.seats,
            election.nominate_from,
            election.nominate_until,
            election.term_from,
            election.term_until,
            next_words(election),
            f"{settings.PUBLIC_URL}{address(election.pk)}",
        ]
        for election in every(page)
    )
    header = (
        _("选举"), _("选什么"), _("地点"), _("状态"), _("席位"), _("推荐开始"), _("推荐截止"), _("任期开始"), _("任期届满"), _("下一步"), _("网页"),
    )  # fmt: skip
    return as_download(request, _("选举"), header, rows, (36, 16, 20, 12, 8, 18, 18, 12, 12, 30, 40), most=most)
