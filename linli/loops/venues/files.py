"""Lists of venues as files: the public list, and one venue's log of openings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.loops.venues import wording
from linli.loops.venues.models import Opening, Venue
from linli.loops.venues.queries import Listed, Wanted, public_venues
from linli.web.downloads import MOST, PUBLIC_MOST, STEP, as_download, every


def venues_file(request: HttpRequest, wanted: Wanted, now: datetime) -> HttpResponseBase:
    """The venues in use that answer what is wanted; with a point the nearest first, and how far each is. Three queries for each six hundred."""
    near = wanted.near is not None

    def page(after: int | None) -> tuple[Sequence[Listed], int | None]:
        found = public_venues(wanted, now, after=after or 0, limit=PUBLIC_MOST + 1 if near else STEP)
        return found.rows, found.next_after

    rows = (
        [
            one.venue.name,
            one.venue.place.name,
            one.venue.address,
            wording.open_chip(one.now)[0],
            wording.open_words(one.now, now),
            one.venue.phone,
            f"{settings.PUBLIC_URL}{reverse('venues:one', args=[one.venue.pk])}",
            *([one.metres] if near else []),
        ]
        for one in every(page)
    )
    header = [_("议事场地"), _("地点"), _("地址"), _("开没开"), _("开放时间"), _("电话"), _("网页"), *([_("多远（米）")] if near else [])]
    return as_download(request, _("议事场地"), header, rows, (28, 20, 32, 14, 36, 16, 40, 12), most=PUBLIC_MOST)


def log_file(request: HttpRequest, venue: Venue, now: datetime) -> HttpResponseBase:
    """The whole log of a venue, the newest first, struck rows with the reason. It speaks of the venue: who logged a day stands on the page alone."""
    found = Opening.objects.filter(venue=venue, opened_at__lte=now)[: MOST + 1].iterator(chunk_size=STEP)
    rows = ([o.opened_at, o.closed_at, o.get_source_display(), o.note, o.struck_for if o.struck_at else ""] for o in found)
    header = (_("开门"), _("关门"), _("怎么登记的"), _("备注"), _("为什么作废"))
    return as_download(request, f"{_('开放记录')} {venue.name}", header, rows, (18, 18, 18, 30, 30))
