"""Public requests as an Atom feed, with the same filters as the list. What it says is public whoever asks."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, get_tag_uri
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.asking import actor_and_now
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.saying import unit_name
from linli.loops.requests.forms import ListForm
from linli.loops.requests.list_pages import filter_of, query_of
from linli.loops.requests.queries import Row
from linli.loops.requests.square_queries import feed_rows
from linli.loops.requests.wording import promised_of, standing_of
from linli.web.context import LANG_TAGS


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    _actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    query = query_of(form)
    here = f"{settings.PUBLIC_URL}{request.path}{'?' if query else ''}{query}"
    list_page = f"{settings.PUBLIC_URL}{reverse('square:list')}{'?' if query else ''}{query}"
    language = get_language() or "zh-hans"
    feed = Atom1Feed(
        title=_("居民诉求和进展"),
        link=list_page,
        description="",
        language=LANG_TAGS.get(language, language),
        feed_url=here,
        feed_guid=get_tag_uri(here, None),
    )
    for row in feed_rows(filter_of(form, now), now):
        _add(feed, row, now)
    answer = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    answer.headers["Cache-Control"] = "max-age=60"
    patch_vary_headers(answer, ("Accept-Language", "Cookie"))
    return answer


def _add(feed: Atom1Feed, row: Row, now: datetime) -> None:
    """One entry; its id comes from the number and the day it was raised, and never changes."""
    matter = row.matter
    address = f"{settings.PUBLIC_URL}{reverse('square:one', args=[matter.ref])}"
    standing = standing_of(matter, now, calendar())
    promised = promised_of(matter, now, calendar())
    said = [standing.label, f"{promised.who} {promised.kind}：{promised.when}".strip() if promised else "", row.where, matter.public_body]
    feed.add_item(
        title=matter.public_title,
        link=address,
        description="\n".join(part for part in said if part),
        unique_id=get_tag_uri(address, matter.raised_at),
        pubdate=matter.raised_at,
        updateddate=matter.updated_at,
        author_name=unit_name(matter.holder) or _("居民"),
        categories=[matter.category.code] if matter.category else [],
    )
