"""The Square's first page, and what is the reader's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.kernel.access.asking import actor_and_now, sign_in_at
from linli.kernel.access.together import answered, asking, beside
from linli.kernel.matters.home_cards import cards_for
from linli.kernel.matters.mine import mine_of
from linli.kernel.matters.nearby import here
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.saying import since_words
from linli.kernel.notices.queries import on_board, unread_count
from linli.loops.requests.cards import shown, stages
from linli.loops.requests.forms import (
    ListForm,
)
from linli.loops.requests.lists import own_file
from linli.loops.requests.square_queries import (
    Mine,
    first_page,
    my_requests,
)
from linli.loops.requests.wording import next_words, promised_of, standing_of
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.words import ago


def mine_card(mine: Mine, now: datetime) -> dict[str, Any]:
    """One of the reader's own requests as a card: strip, promise, the last word."""
    matter = mine.row.matter
    return {
        "matter": matter,
        "href": reverse("square:one", args=[matter.ref]),
        "title": mine.row.title,
        "meta": _("%(ref)s · %(where)s · %(when)s提出")
        % {"ref": matter.ref, "where": mine.row.where, "when": since_words(matter.raised_at, now)},
        "standing": standing_of(matter, now, calendar()),
        "promise": promised_of(matter, now, calendar(), review_on=mine.review_on),
        "next": next_words(matter),
        "last": {"who": mine.last_who or _("系统"), "when": mine.last_at, "what": mine.last_text[:160], "kind": "staff"}
        if mine.last_at
        else None,
    }


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = here(actor).place
    first, (notices,), cards = answered(
        beside(first_page(actor, place, now), asking(on_board(place, now)[:3]), cards_for(actor, place, now))
    )
    context = {
        "stages": stages(),
        "mine": [mine_card(m, now) for m in first.mine],
        "more_mine": first.more_mine,
        "to_rate": [shown(r, now) for r in first.to_rate],
        "news": [shown(r, now) for r in first.news],
        "notices": [_notice_row(n, now) for n in notices],
        "here": here(actor),
        "cards": cards,
    }
    return render(request, "requests/home.html", context)


def _notice_row(notice: Any, now: datetime) -> dict[str, Any]:
    return {
        "title": notice.title,
        "href": reverse("notices:one", args=[notice.pk]),
        "meta": ago(notice.published_at, now),
        "icon": "notice",
    }


@never_cache
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """The reader's own page: what waits for them, their requests and what is theirs in other rooms, messages, what is stored about them."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(request.get_full_path()))
    mine, _more = my_requests(actor, now, limit=3)
    elsewhere = answered(mine_of(actor, now))
    context = {
        "stages": stages(),
        "waits": elsewhere.waits,
        "parts": elsewhere.parts,
        "mine": [mine_card(m, now) for m in mine],
        "unread": unread_count(actor),
        # Who works here without living here has no entry in the roster, and no pages about one.
        "is_resident": actor.person_id is not None,
    }
    return render(request, "requests/me.html", context)


@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """All of the reader's own requests, newest first."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(request.get_full_path()))
    if asked_as(request):
        return own_file(request, actor, now)
    form = ListForm(request.GET)
    found, more = my_requests(actor, now, limit=10, before=form.given("before"))
    following = f"?{urlencode({'before': more})}" if more else ""
    context = {
        "stages": stages(),
        "mine": [mine_card(m, now) for m in found],
        "next": following,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "requests/mine.html", context)
