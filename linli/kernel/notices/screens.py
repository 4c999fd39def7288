"""
What a screen in the lobby shows, page after page: notices in force first, then what rooms above bring (motions under way, meetings to come).

A source is asked at every page and answers with its pages in a few queries. Nothing on a page names a person or a door: whoever brings one
answers for that, and tests look for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import paper_of
from linli.kernel.places.models import Place
from linli.web.words import date_long

MOST_NOTICES: Final = 10
# What has no last day stands on the screen for so long.
FRESH: Final = timedelta(days=14)


@dataclass(frozen=True)
class Screen:
    """One page: a kicker and a heading in large type, words, facts (label and value), rows of (title, words), and the address its code opens."""

    kicker: str
    heading: str
    words: str = ""
    facts: list[dict[str, str]] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""
    href: str = ""


Source = Callable[[Place | None, datetime], list[Screen]]
_sources: dict[str, tuple[int, Source]] = {}


def register(name: str, source: Source, *, order: int = 50) -> None:
    """Bring pages to every screen; lower orders come first, notices in force come before all."""
    _sources[name] = (order, source)


def screens(place: Place | None, now: datetime) -> list[Screen]:
    """Every page of the screen at `place` (None: of the whole installation), in order; never empty."""
    found = _of_notices(place, now)
    for _order, source in sorted(_sources.values(), key=lambda row: row[0]):
        found += source(place, now)
    return found or [Screen(_("公示"), _("现在没有公示"), _("有新的公示会出现在这里。"), href="/notices/")]


def in_force(place: Place | None, now: datetime, *, limit: int = MOST_NOTICES) -> list[Notice]:
    """Notices on the boards of the place, above and below it, that stand now; the newest first. One query."""
    stands = Q(until_at__gt=now) | Q(until_at=None, published_at__gt=now - FRESH)
    found = Notice.objects.filter(stands, published_at__lte=now).exclude(kind="day_root").select_related("place")
    if place is not None:
        found = found.filter(Q(place_path__in=["", *ancestors(place.path)]) | Q(**subtree("place_path", place.path)))
    return list(found.order_by("-published_at", "-pk")[:limit])


def _of_notices(place: Place | None, now: datetime) -> list[Screen]:
    made = []
    for notice in in_force(place, now):
        paper = paper_of(
            notice.form, notice.paper, title=notice.title, body=notice.body, published_at=notice.published_at, until_at=notice.until_at
        )
        where = notice.place.name if notice.place and notice.place != place else ""
        made.append(
            Screen(
                kicker=" · ".join(filter(None, [paper.form, where])),
                heading=paper.heading,
                words=paper.screen,
                facts=paper.facts[:4],
                note=" ".join(filter(None, [paper.days, left_words(notice.until_at, now)])),
                href=paper.link or f"/notices/{notice.pk}/",
            )
        )
    return made


def left_words(until: datetime | None, now: datetime) -> str:
    """How long it still stands."""
    if until is None:
        return ""
    n = (until - now).days
    if n < 1:
        return _("到 %(when)s 为止。") % {"when": date_long(until)}
    return ngettext("还有 %(n)s 天。", "还有 %(n)s 天。", n) % {"n": n}
