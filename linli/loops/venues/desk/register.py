"""The register at the Desk: the list, a new venue or a changed one, its picture, its end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.asking import number_in, put_on, reach
from linli.kernel.access.refusals import Conflict, Invalid, Refused
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk
from linli.kernel.places.queries import place_choices
from linli.loops.venues import wording
from linli.loops.venues.actions import keeping
from linli.loops.venues.desk.running import page
from linli.loops.venues.forms import PhotoForm, VenueForm, venue_initial
from linli.loops.venues.models import State, Venue
from linli.loops.venues.pages import wanted_from
from linli.loops.venues.queries import desk_venues, venue_for
from linli.loops.venues.rules import Yearly
from linli.loops.venues.standing import Stand, stands
from linli.web.words import percent

PLACES = keeping.KINDS


@require_GET
@at_desk
def index(request: HttpRequest) -> HttpResponse:
    """Every venue in the worker's reach against its standards."""
    actor, now = worker_and_now(request)
    if not table.holds(actor, "venue.read"):
        raise table.refusal(actor, "venue.read")
    wanted, state = wanted_from(request), request.GET.get("state", "")
    venues, more = desk_venues(actor, wanted, now, state=state, after=number_in(request.GET.get("after", "")) or 0)
    found = stands(venues, now)
    kept = {k: v for k, v in request.GET.items() if v and k != "after"}
    context = {
        "rows": [_row(found[v.pk]) for v in venues],
        "q": wanted.q,
        "state": state,
        "states": [("", _("使用中和筹备中")), *State.choices],
        "on": sum(1 for k in kept if k in ("q", "state")),
        "next": f"?{urlencode({**kept, 'after': more})}" if more else "",
        "first": "?" + urlencode(kept) if request.GET.get("after") else "",
        "may_edit": table.holds(actor, "venue.edit"),
        "may_import": table.holds(actor, "venue.edit"),
        "exports": _exports(wanted.place.pk if wanted.place else None) if table.holds(actor, "venue.export") else [],
        "may_set": table.holds(actor, "venue.set_standard"),
    }
    return render(request, "venues/desk/list.html", context)


def _exports(place_id: int | None) -> list[tuple[str, str]]:
    more = {"place": place_id} if place_id else {}
    return [(word, f"/desk/export/venues?{urlencode({'format': form, **more})}") for word, form in (("Excel", "xlsx"), ("CSV", "csv"))]


def _row(stand: Stand) -> dict[str, Any]:
    venue, facts, said = stand.venue, stand.facts, stand.summary
    chip, tone = wording.open_chip(stand.now)
    last: Yearly | None = facts.years[-1][1] if facts.years else None
    return {
        "href": reverse("venues_desk:venue", args=[venue.pk]),
        "name": venue.name,
        "meta": wording.venue_meta(venue),
        "state": wording.state_word(venue),
        "state_tone": wording.VENUE_TONES[State(venue.state)],
        "area": wording.facts_rows(stand)[2]["value"],
        "households": facts.households,
        "open": chip if venue.state == State.IN_USE else "",
        "open_tone": tone,
        "forgotten": stand.now.forgotten,
        "misses": said.misses,
        "meets": said.meets,
        "unknown": said.unknown,
        "satisfied": percent(last.share) if last is not None and last.answers >= stand.terms.least_answers else "—",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def new(request: HttpRequest) -> HttpResponse:
    actor, now = worker_and_now(request)
    if not table.holds(actor, "venue.edit"):
        raise table.refusal(actor, "venue.edit")
    paths = reach(actor, "venue.edit")
    form = VenueForm(request.POST or None, reach=paths)
    if request.method == "POST" and form.is_valid():
        try:
            venue = keeping.add_venue(actor=actor, given=form.given(), now=now)
        except Invalid as problem:
            put_on(form, problem)
        else:
            messages.success(request, _("场地登记好了。接着填每周的开放时间。"))
            return HttpResponseRedirect(reverse("venues_desk:hours", args=[venue.pk]))
    return _form_page(request, form, paths)


def _form_page(
    request: HttpRequest, form: VenueForm, paths: list[str], venue: Venue | None = None, refused: Refused | None = None
) -> HttpResponse:
    context = {"form": form, "venue": venue, "places": place_choices(paths, PLACES), "refused": refused}
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "venues/desk/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def edit(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.edit")
    paths = reach(actor, "venue.edit")
    form = VenueForm(request.POST or None, reach=paths, initial=venue_initial(venue))
    if request.method == "POST" and form.is_valid():
        seen = number_in(request.POST.get("version", ""))
        try:
            keeping.change_venue(actor=actor, venue_id=venue.pk, given=form.given(), now=now, seen=seen)
        except Invalid as problem:
            put_on(form, problem)
        except Conflict as problem:
            return _form_page(request, form, paths, venue_for(actor, venue_id, now, "venue.edit"), problem)
        except Refused as problem:
            return _form_page(request, form, paths, venue, problem)
        else:
            messages.success(request, _("改好了。"))
            return HttpResponseRedirect(reverse("venues_desk:venue", args=[venue.pk]))
    return _form_page(request, form, paths, venue)


@require_POST
@at_desk
def photo(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.edit")
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["photo"] or None
        words = form.cleaned_data["photo_words"]
        try:
            if upload is None and not request.POST.get("remove"):
                raise Invalid("no_photo", _("请选一张照片。"), fields={"photo": [_("请选一张照片。")]})
            keeping.set_photo(actor=actor, venue_id=venue.pk, upload=upload, name=upload.name if upload else "", words=words, now=now)
        except Invalid as problem:
            put_on(form, problem)
        else:
            messages.success(request, _("照片存好了。") if upload else _("照片拿掉了。"))
            return HttpResponseRedirect(reverse("venues_desk:venue", args=[venue.pk]))
    return page(request, venue, bound={"photo": form})


@require_POST
@at_desk
def close(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.edit")
    try:
        keeping.close_venue(actor=actor, venue_id=venue.pk, reason=request.POST.get("reason", ""), now=now)
    except Refused as refused:
        return page(request, venue, refused=refused)
    messages.success(request, _("场地停用了，记录都还在。"))
    return HttpResponseRedirect(reverse("venues_desk:venue", args=[venue.pk]))
