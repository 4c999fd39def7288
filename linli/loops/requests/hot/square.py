"""The Square: what everyone is talking about (大家在说什么), for anybody, without anybody's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.asking import actor_and_now, number_in
from linli.kernel.matters.models import Matter
from linli.kernel.matters.nearby import around, here, place_or_none
from linli.kernel.places.models import Kind, Place
from linli.loops.requests.cards import shown
from linli.loops.requests.hot import wording
from linli.loops.requests.hot.models import PublicFigure
from linli.loops.requests.hot.square_queries import (
    MEMBERS,
    PAGE,
    Going,
    going,
    hottest,
    level_of,
    names_of,
    public_lead,
    public_members,
    shows,
    title_of,
    topic_in_public,
)
from linli.loops.requests.queries import rows_of
from linli.web.downloads import PUBLIC_MOST, as_download, asked_as, downloads
from linli.web.words import day

_LISTED: Final = (Kind.STREET, Kind.COMMUNITY)


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The topics at the reader's place or one they chose, hottest first."""
    actor, _now = actor_and_now(request)
    own = here(actor).place
    chosen = place_or_none(number_in(request.GET.get("place")))
    place = level_of(chosen or own)
    if asked_as(request):
        return _file(request, hottest(place, limit=PUBLIC_MOST))
    after = number_in(request.GET.get("after")) or 0
    found = hottest(place, limit=PAGE + 1, after=after)
    figures = found[:PAGE]
    how_far = going(figures)
    kept = {"place": place.pk} if place and chosen else {}
    context = {
        "place": place,
        "places": _choices(own, place),
        "rows": [
            _row(figure, how_far.get(figure.topic_id, Going()), several=place is None or place.kind not in _LISTED) for figure in figures
        ],
        "on": place is None or place.kind not in _LISTED or shows(place),
        "next": f"?{urlencode({**kept, 'after': after + PAGE})}" if len(found) > PAGE else "",
        "first": (f"?{urlencode(kept)}" if kept else reverse("topics:list")) if after else "",
        "formula": wording.public_formula(),
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "hot/square/list.html", context)


def _choices(own: Place | None, place: Place | None) -> list[tuple[str, str]]:
    """The reader's streets and communities, and the one chosen. Two queries, none while they are remembered."""
    found = around(own)
    beside = around(found.line[-2]).under if len(found.line) > 1 and found.line[-1].kind == Kind.COMMUNITY else found.under
    offered = {p.pk: p.name for p in [*found.line, *beside] if p.kind in _LISTED}
    if place is not None:
        offered.setdefault(place.pk, place.name)
    return [(str(pk), name) for pk, name in offered.items()][:200]


def address(topic_id: int) -> str:
    return reverse("topics:one", args=[topic_id])


def _row(figure: PublicFigure, far: Going, *, several: bool) -> dict[str, Any]:
    parts = [figure.place.name] if several else []
    parts.append(_("%(first)s 到 %(last)s") % {"first": day(figure.first_on), "last": day(figure.last_on)})
    lead = public_lead(figure.topic)
    return {
        "href": address(figure.topic_id),
        "title": title_of(figure),
        "meta": " · ".join(parts),
        "people": figure.people,
        "messages": figure.messages,
        "likes": figure.likes,
        "counts": figure.counts,
        "course": wording.course(figure.counts),
        "direction": wording.direction(figure.direction),
        "tone": wording.TONES.get(figure.direction, "plain"),
        "far": wording.far(far.done, far.under_way),
        "lead": lead.ref if lead else "",
        "lead_href": reverse("square:one", args=[lead.ref]) if lead else "",
    }


def _file(request: HttpRequest, figures: list[PublicFigure]) -> HttpResponseBase:
    header = (
        _("热点"), _("地点"), _("说的人数"), _("诉求数"), _("也遇到的邻居"), _("最早"), _("最近"), _("走势"), _("每周人数"), _("办好"), _("在办"), _("牵头诉求"),
    )  # fmt: skip
    how_far = going(figures)
    rows = []
    for f in figures:
        far, lead = how_far.get(f.topic_id, Going()), public_lead(f.topic)
        course = " ".join(map(str, f.counts))
        told = (f.people, f.messages, f.likes, f.first_on, f.last_on, wording.direction(f.direction), course)
        rows.append((title_of(f), f.place.name, *told, far.done, far.under_way, lead.ref if lead else ""))
    return as_download(request, _("大家在说什么"), header, rows, (40, 20, 10, 10, 14, 14, 14, 12, 36, 8, 8, 12), most=PUBLIC_MOST)


@require_safe
def one(request: HttpRequest, topic_id: int) -> HttpResponse:
    """One topic: its figures, where, what is being done, the public requests behind it."""
    _actor, now = actor_and_now(request)
    figure = topic_in_public(topic_id)
    before = number_in(request.GET.get("before"))
    members = public_members(figure.topic)
    found = list((members.filter(pk__lt=before) if before else members)[: MEMBERS + 1])
    lead = public_lead(figure.topic)
    names = names_of([pk for pk, _people in figure.by_place])
    far = going([figure]).get(figure.topic_id, Going())
    rows = _shown([*([lead] if lead else []), *found[:MEMBERS]], now)
    context = {
        "f": figure,
        "row": _row(figure, far, several=True),
        "places": [{"label": names[pk], "value": people} for pk, people in figure.by_place[:20] if pk in names],
        "lead": rows[:1] if lead else [],
        "members": rows[1:] if lead else rows,
        "next": f"?{urlencode({'before': found[MEMBERS - 1].pk})}" if len(found) > MEMBERS else "",
        "first": address(figure.topic_id) if before else "",
    }
    return render(request, "hot/square/one.html", context)


def _shown(matters: list[Matter], now: datetime) -> list[Any]:
    return [shown(row, now) for row in rows_of(ANONYMOUS, matters, now)] if matters else []
