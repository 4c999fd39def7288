"""The Square: venues near the reader with their filters, the plan, one venue, its sheet for the door, what visitors say."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, number_in, sign_in_at
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.files.serving import served
from linli.kernel.matters.nearby import around, here, place_or_none
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import ORDER, Kind, Place
from linli.kernel.places.rooms import uses_of
from linli.loops.venues import hours, wording
from linli.loops.venues.actions import rating
from linli.loops.venues.files import venues_file
from linli.loops.venues.models import Choice, State, Venue
from linli.loops.venues.queries import PAGE, Listed, Wanted, cases_of, near_from, own_rating, public_venues, venue_for
from linli.loops.venues.standing import Stand, stand_of, today_of
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.drawing import Outline
from linli.web.words import date_long, day, whole_dates

LARGEST_ID = 2**63 - 1
FLAGS = ("open", "access", "evening", "weekend")


def wanted_from(request: HttpRequest) -> Wanted:
    """What the address asks for; what cannot be understood is passed over."""
    given = request.GET
    place = number_in(given.get("place", ""))
    return Wanted(
        q=given.get("q", "").replace("\x00", "")[:80].strip(),
        place=place_or_none(place) if place else None,
        open_now=bool(given.get("open")),
        access=bool(given.get("access")),
        evening=bool(given.get("evening")),
        weekend=bool(given.get("weekend")),
        near=near_from(given.get("latitude", ""), given.get("longitude", ""), given.get("datum", "wgs84")),
    )


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Venues in use, with what a visitor asks first: is it open, can I get in, how far is it."""
    actor, now = actor_and_now(request)
    wanted = wanted_from(request)
    if asked_as(request):
        return venues_file(request, wanted, now)
    found = public_venues(wanted, now, after=number_in(request.GET.get("after", "")) or 0)
    kept = {k: v for k, v in request.GET.items() if v and k != "after"}
    context = {
        "wanted": wanted,
        "rows": [listed_row(one, now) for one in found.rows],
        "places": [("", _("不限")), *place_options(actor, wanted.place)],
        "flags": [
            {"name": name, "label": label, "on": bool(request.GET.get(name))}
            for name, label in zip(FLAGS, (_("现在开着"), _("无障碍可进"), _("晚上开放"), _("周末开放")), strict=True)
        ],
        "kept": [(k, v) for k, v in kept.items() if k not in ("latitude", "longitude", "datum")],
        "next": f"?{urlencode({**kept, 'after': found.next_after})}" if found.next_after else "",
        "map_href": f"{reverse('venues:map')}?{urlencode({'place': wanted.place.pk})}" if wanted.place else reverse("venues:map"),
        "nearest_only": wanted.near is not None and len(found.rows) == PAGE,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "venues/list.html", context)


def place_options(actor: Actor, chosen: Place | None) -> list[tuple[int, str]]:
    """The places around the reader to choose from, and the one chosen. Two queries, none while they are remembered."""
    found = around(here(actor).place)
    offered = {p.pk: p.name for p in [*found.line, *found.under] if p.kind not in (Kind.PROVINCE, Kind.CITY, Kind.DISTRICT)}
    if chosen is not None:
        offered.setdefault(chosen.pk, chosen.name)
    return list(offered.items())


def listed_row(one: Listed, now: datetime) -> dict[str, Any]:
    """A venue in a list, in words."""
    chip, tone = wording.open_chip(one.now)
    far = "" if one.metres is None else distance_words(one.metres)
    parts = [far, wording.venue_meta(one.venue), wording.open_words(one.now, now)]
    return {
        "href": reverse("venues:one", args=[one.venue.pk]),
        "title": one.venue.name,
        "meta": " · ".join(p for p in parts if p),
        "chip": chip,
        "tone": tone,
        "icon": "place",
    }


def distance_words(metres: int) -> str:
    if metres < 1000:
        return _("约 %(n)s 米") % {"n": max(10, round(metres, -1))}
    return _("约 %(n)s 公里") % {"n": f"{metres / 1000:.1f}"}


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The venues of a place on its plan, each a link; the list beside it says the same in words."""
    actor, now = actor_and_now(request)
    wanted = wanted_from(request)
    found = around(wanted.place or here(actor).place)
    listed = public_venues(Wanted(place=found.place), now, limit=200).rows
    ground = [p for p in found.under if p.kind in (Kind.BUILDING, Kind.COMPOUND)]
    # What is larger than a compound is drawn as the compounds it holds: a plan without anything around the venues says nothing.
    shapes = [Outline(f"p{o.key}", o.label, o.points, kind="ground") for o in outlines(ground)] if ground else []
    shapes += [
        Outline(f"v{one.venue.pk}", one.venue.name, square(one.venue.point), reverse("venues:one", args=[one.venue.pk]))
        for one in listed
        if one.venue.point
    ]
    context = {
        "found": found,
        "line": [(p.name, f"?{urlencode({'place': p.pk})}") for p in found.line[:-1]] + [(p.name, "") for p in found.line[-1:]],
        "shapes": shapes if any(one.venue.point for one in listed) else [],
        "rows": [listed_row(one, now) for one in listed],
        "under": [
            {"title": p.name, "href": f"?{urlencode({'place': p.pk})}", "icon": "place"}
            for p in found.under
            if ORDER.index(p.kind) < ORDER.index(Kind.BUILDING)
        ],
        "list_href": f"{reverse('venues:list')}?{urlencode({'place': found.place.pk})}" if found.place else reverse("venues:list"),
    }
    return render(request, "venues/map.html", context)


def square(point: tuple[float, float], half: float = 0.00011) -> list[tuple[float, float]]:
    """A square of some twenty metres around a point, to be drawn: (longitude, latitude)."""
    lat, lon = point
    return [(lon - half, lat - half), (lon + half, lat - half), (lon + half, lat + half), (lon - half, lat + half)]


# --- one venue -----------------------------------------------------------------------------------------------------------
@never_cache
@require_safe
def one(request: HttpRequest, venue_id: int) -> HttpResponse:
    """Where it is, when it is open, whether one can get in; what visitors said; which standards it meets and what it would take."""
    return _page(request, venue_id)


def _page(request: HttpRequest, venue_id: int, *, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    actor, now = actor_and_now(request)
    venue = venue_for(actor, at_most(venue_id), now)
    stand = stand_of(venue, now)
    mine = own_rating(actor, venue, now)
    context = {
        **venue_context(venue, stand, now),
        "use_rows": [
            {"title": use.title, "href": use.href, "meta": date_long(use.starts_at), "icon": "people"}
            for use in uses_of(actor, venue.ref, now)[:6]
        ],
        "cases": [
            {"href": f"/requests/{c.matter.ref}/", "title": c.matter.public_title, "meta": c.matter.ref, "icon": "warn"}
            for c in cases_of(venue)
        ],
        "choices": Choice.choices,
        "mine": mine.choice if mine else "",
        "typed": request.POST if request.method == "POST" else {},
        "may_rate": venue.state == State.IN_USE,
        "anonymous": actor.is_anonymous,
        "sign_in": sign_in_at(reverse("venues:one", args=[venue.pk]) + "#rate"),
        "refused": refused,
        "may_desk": table.may(actor, "venue.read", venue.place.path),
    }
    return render(request, "venues/one.html", context, status=status)


def at_most(venue_id: int) -> int:
    """Raises NotFound for a number no row can have."""
    if venue_id > LARGEST_ID:
        raise NotFound("no_venue", _("没有找到这处场地。"))
    return venue_id


def venue_context(venue: Venue, stand: Stand, now: datetime) -> dict[str, Any]:
    """What the public page and the sheet for the door share."""
    today = today_of(now)
    week = stand.promise.week_on(today)
    chip, tone = wording.open_chip(stand.now)
    coming = [p for p in stand.promise.plans if p.starts_on > today and p.ends_on != p.starts_on]
    return {
        "venue": venue,
        "open_chip": chip,
        "open_tone": tone,
        "open_words": wording.open_words(stand.now, now) if venue.state == State.IN_USE else "",
        "week": wording.week_rows(week) if week is not None else [],
        "weekly": wording.hours_words(hours.weekly_minutes(week)) if week is not None else "",
        "coming_weeks": [{"since": day(p.starts_on, today), "rows": wording.week_rows(p.week)} for p in coming],
        "exceptions": exception_rows(stand, now),
        "access": wording.access_words(venue),
        "zones": wording.there(venue, "zone"),
        "equipment": wording.there(venue, "equipment"),
        "functions": wording.functions_of(venue),
        "years": [(number, year.share, year.answers) for number, year in reversed(stand.years) if year.answers][:3],
        "sum_words": wording.sum_words(stand),
        "missed": wording.rows_of(stand.findings, ("misses",)),
        "met": wording.rows_of(stand.findings, ("meets",)),
        "unknown": wording.rows_of(stand.findings, ("unknown",)),
        "page_url": f"{settings.PUBLIC_URL}{reverse('venues:one', args=[venue.pk])}",
        "phone_href": f"tel:{venue.phone}" if venue.phone else "",
    }


def exception_rows(stand: Stand, now: datetime) -> list[dict[str, Any]]:
    """Days to come that differ, soonest first."""
    today = today_of(now)
    return [
        {"day": on, "label": day(on, today), "value": wording.exception_words(spans), "reason": stand.promise.reasons.get(on, "")}
        for on, spans in sorted(stand.promise.exceptions.items())
    ][:20]


@require_POST
def rate(request: HttpRequest, venue_id: int) -> HttpResponse:
    """A visitor's answer; refused, they come back to the page with the reason and what they chose."""
    actor, now = actor_and_now(request)
    venue = venue_for(actor, at_most(venue_id), now)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("venues:one", args=[venue.pk])))
    try:
        rating.rate(actor=actor, venue_id=venue.pk, choice=request.POST.get("choice", ""), comment=request.POST.get("comment", ""), now=now)
    except Refused as refused:
        return _page(request, venue_id, refused=refused, status=refused.status)
    messages.success(request, _("谢谢，您的评价记下了；这个月里还可以改。"))
    return HttpResponseRedirect(reverse("venues:one", args=[venue.pk]) + "#rate")


@require_safe
def photo(request: HttpRequest, venue_id: int) -> HttpResponse:
    """The venue's picture. Not there and not allowed look alike."""
    actor, now = actor_and_now(request)
    found = venue_for(actor, at_most(venue_id), now).photo
    return served(found)


@require_safe
@whole_dates()
def sheet(request: HttpRequest, venue_id: int) -> HttpResponse:
    """The venue as a sheet for its door, A4 or an A3 poster, with a code that opens its page."""
    actor, now = actor_and_now(request)
    venue = venue_for(actor, at_most(venue_id), now)
    context = {
        **venue_context(venue, stand_of(venue, now), now),
        "size": "a3" if request.GET.get("size") == "a3" else "a4",
        "paper_url": f"{settings.PUBLIC_URL}{reverse('venues:one', args=[venue.pk])}",
        "paper_issuer": venue.place.name,
        "back_href": reverse("venues:one", args=[venue.pk]),
        "printed": day(today_of(now)),
    }
    return render(request, "venues/sheet.html", context)
