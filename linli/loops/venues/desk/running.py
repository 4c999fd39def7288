"""One venue at the Desk: standards, hours, the log against what was promised, what visitors said; and everything done with it day by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.desk import address_of, at_desk
from linli.lib.units import parse_date
from linli.loops.venues import hours, wording
from linli.loops.venues.actions import opening, promising, rating
from linli.loops.venues.files import log_file
from linli.loops.venues.forms import CloseForm, ExceptionForm, FormsForm, LogForm, PhotoForm, WeekForm
from linli.loops.venues.models import Choice, Opening, State, Venue
from linli.loops.venues.pages import venue_context
from linli.loops.venues.queries import LOG_DAYS, cases_of, comments_of, log_of, log_since, papers_of, venue_for
from linli.loops.venues.rules import Yearly, is_below
from linli.loops.venues.standing import Stand, kept_between, quarter_begins, stand_of, today_of
from linli.web.downloads import asked_as, downloads
from linli.web.words import date_long, percent
from linli.web.words import day as day_words

FORMS: Mapping[str, type[django_forms.Form]] = {
    "day": ExceptionForm,
    "log": LogForm,
    "shut": CloseForm,
    "forms": FormsForm,
    "photo": PhotoForm,
}


@require_GET
@at_desk
def show(request: HttpRequest, venue_id: int) -> HttpResponseBase:
    """The venue's page; with `format` its whole log as a file."""
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.read")
    return log_file(request, venue, now) if asked_as(request) else page(request, venue)


def page(
    request: HttpRequest, venue: Venue, *, refused: Refused | None = None, bound: Mapping[str, django_forms.Form] | None = None
) -> HttpResponse:
    """The whole page; `bound` are forms that came back with errors, by their name in FORMS."""
    actor, now = worker_and_now(request)
    stand, given = stand_of(venue, now), dict(bound or {})
    log = log_of(venue, now)
    context = {
        **venue_context(venue, stand, now),
        "facts": wording.facts_rows(stand),
        "not_applicable": wording.rows_of(stand.findings, ("not_applicable",)),
        "summary": stand.summary,
        "state_word": wording.state_word(venue),
        "state_tone": wording.VENUE_TONES[State(venue.state)],
        "standing": stand.now,
        "log": [_log_row(o) for o in log],
        "kept": _kept(venue, stand, log, now),
        "log_days": LOG_DAYS,
        "exports": downloads(request, reverse("venues_desk:venue", args=[venue.pk])),
        "open_row": next((o for o in log if o.closed_at is None and o.struck_at is None), None),
        "year_rows": [_year_row(stand, number, year, now) for number, year in reversed(stand.years)],
        "quarter": _quarter(stand, now),
        "papers": [
            {
                "pk": r.pk,
                "day": day_words(r.day),
                "words": _("%(choice)s %(n)s 份") % {"choice": Choice(r.choice).label, "n": r.count},
                "batch": r.batch,
                "struck": r.struck_for if r.struck_at else "",
            }
            for r in papers_of(venue)
        ],
        "comments": [{"day": day_words(r.day), "choice": Choice(r.choice).label, "text": r.comment} for r in comments_of(venue)],
        "cases": [
            {
                "href": address_of(c.matter),
                "title": f"{c.matter.ref} {c.matter.public_title}",
                "meta": f"{c.first_year}–{c.last_year}",
                "icon": "warn",
            }
            for c in cases_of(venue)
        ],
        "forms": {name: given.get(name) or made(initial=_initial(name, now)) for name, made in FORMS.items()},
        "opened": set(given),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        **{f"may_{verb}": table.may(actor, f"venue.{verb}", venue.place.path) for verb in ("edit", "hours", "log", "rate_for")},
    }
    status = refused.status if refused else 422 if given else 200
    return render(request, "venues/desk/venue.html", context, status=status)


def _quarter(stand: Stand, now: datetime) -> tuple[str, str]:
    """What visitors said in this quarter, and the tone of it: residents are asked every quarter, so that a year is not lost before anybody notices."""
    said, first = stand.quarter, day_words(quarter_begins(today_of(now)))
    if said.share is None:
        words = _("%(day)s以来的这个季度还没有人评价。每个季度都要问一次：请在场地里放纸质评价表，或者请来开会的人评一评。")
        return words % {"day": first}, "warn"
    words = _("%(day)s以来的这个季度：%(n)s 份评价，满意 %(share)s。")
    return words % {"day": first, "n": said.answers, "share": percent(said.share)}, "info"


def _initial(name: str, now: datetime) -> dict[str, Any]:
    return {"day": today_of(now)} if name == "forms" else {}


def _log_row(opening_row: Opening) -> dict[str, Any]:
    closed = opening_row.closed_at
    same_day = closed is not None and closed.astimezone(ZONE).date() == opening_row.opened_at.astimezone(ZONE).date()
    until = _("还开着") if closed is None else wording.moment(closed) if same_day else date_long(closed)
    return {
        "pk": opening_row.pk,
        "when": f"{date_long(opening_row.opened_at)}–{until}",
        "source": opening_row.get_source_display(),
        "by": opening_row.by.name if opening_row.by else "",
        "note": opening_row.note,
        "struck": opening_row.struck_for if opening_row.struck_at else "",
    }


def _kept(venue: Venue, stand: Stand, log: list[Opening], now: datetime) -> dict[str, str] | None:
    """Four weeks of the promise against the log; None where there is neither a promise nor a log. The log that was read already is enough, as a rule."""
    since = log_since(now)
    rows = [o for o in log if o.struck_at is None and (o.closed_at is None or o.closed_at > since)]
    found = kept_between(stand.promise, rows, since, now)
    if not found.promised and not found.kept and not found.beyond:
        return None
    return {
        "promised": wording.hours_words(found.promised),
        "kept": wording.hours_words(found.kept),
        "missed": wording.hours_words(found.missed),
        "beyond": wording.hours_words(found.beyond),
        "share": percent((found.kept, found.promised)),
    }


def _year_row(stand: Stand, number: int, year: Yearly, now: datetime) -> dict[str, Any]:
    running = number == today_of(now).year
    enough = year.answers >= stand.terms.least_answers
    word, tone = _("还没到年底"), "plain"
    if not running:
        word, tone = (
            (_("份数不够，不算"), "plain")
            if not enough
            else (_("低于要求"), "red")
            if is_below(year, stand.terms)
            else (pgettext("venue", "达到"), "green")
        )
    return {"year": str(number), "answers": year.answers, "share": percent(year.share), "word": word, "tone": tone}


def _done(request: HttpRequest, venue: Venue, words: str) -> HttpResponse:
    messages.success(request, words)
    return HttpResponseRedirect(reverse("venues_desk:venue", args=[venue.pk]))


def _by_form(request: HttpRequest, venue_id: int, name: str, verb: str, words: str, act: Callable[[Venue, Any], Any]) -> HttpResponse:
    """One act with a form of the venue's page: what must be mended comes back on it with everything typed."""
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, verb)
    form = FORMS[name](request.POST)
    if form.is_valid():
        try:
            act(venue, form)
        except Invalid as problem:
            put_on(form, problem)
        except Refused as refused:
            return page(request, venue, refused=refused)
        else:
            return _done(request, venue, words)
    return page(request, venue, bound={name: form})


# --- hours ---------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def week(request: HttpRequest, venue_id: int) -> HttpResponse:
    """The weekly hours, from a day on."""
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.hours")
    stand = stand_of(venue, now)
    current = stand.promise.week_on(today_of(now))
    shown = {f"day{n}": hours.day_text(day) for n, day in enumerate(current or hours.NEVER)}
    form = WeekForm(request.POST or None, initial={**shown, "starts_on": today_of(now)})
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            promising.set_hours(actor=actor, venue_id=venue.pk, week=form.week(), starts_on=form.cleaned_data["starts_on"], now=now)
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            refused = problem
        else:
            return _done(request, venue, _("开放时间存好了。"))
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "venues/desk/hours.html", {"form": form, "venue": venue, "refused": refused}, status=status)


@require_POST
@at_desk
def day(request: HttpRequest, venue_id: int) -> HttpResponse:
    """A day that differs."""
    actor, now = worker_and_now(request)
    return _by_form(
        request,
        venue_id,
        "day",
        "venue.hours",
        _("这一天的安排存好了。"),
        lambda venue, form: promising.set_exception(actor=actor, venue_id=venue.pk, now=now, **form.cleaned_data),
    )


@require_POST
@at_desk
def drop_day(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.hours")
    try:
        promising.drop_exception(actor=actor, venue_id=venue.pk, day=_day_in(request.POST.get("day", "")), now=now)
    except Refused as refused:
        return page(request, venue, refused=refused)
    return _done(request, venue, _("这一天又按每周的时间开放。"))


def _day_in(text: str) -> Any:
    """Raises Invalid for what is no day."""
    try:
        return parse_date(text)
    except ValueError:
        raise Invalid("bad_day", _("请按“年-月-日”填写，例如 2026-07-10。")) from None


# --- the log ---------------------------------------------------------------------------------------------------------------
@require_POST
@at_desk
def opened(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.log")
    try:
        opening.open_now(actor=actor, venue_id=venue.pk, now=now)
    except Refused as refused:
        return page(request, venue, refused=refused)
    return _done(request, venue, _("登记好了：场地开门了。"))


@require_POST
@at_desk
def shut(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    return _by_form(
        request,
        venue_id,
        "shut",
        "venue.log",
        _("登记好了：场地关门了。"),
        lambda venue, form: opening.close_now(actor=actor, venue_id=venue.pk, now=now, at=form.cleaned_data["closed_at"]),
    )


@require_POST
@at_desk
def log(request: HttpRequest, venue_id: int) -> HttpResponse:
    """The log book on paper, keyed in."""
    actor, now = worker_and_now(request)
    return _by_form(
        request,
        venue_id,
        "log",
        "venue.log",
        _("这次开放补登好了。"),
        lambda venue, form: opening.key_in(actor=actor, venue_id=venue.pk, now=now, **form.cleaned_data),
    )


@require_POST
@at_desk
def strike(request: HttpRequest, venue_id: int, opening_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.log")
    try:
        opening.strike(actor=actor, venue_id=venue.pk, opening_id=opening_id, reason=request.POST.get("reason", ""), now=now)
    except Refused as refused:
        return page(request, venue, refused=refused)
    return _done(request, venue, _("这次记录作废了。"))


# --- paper forms -----------------------------------------------------------------------------------------------------------
@require_POST
@at_desk
def forms(request: HttpRequest, venue_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    return _by_form(
        request,
        venue_id,
        "forms",
        "venue.rate_for",
        _("评价表登记好了。"),
        lambda venue, form: rating.key_in_forms(
            actor=actor,
            venue_id=venue.pk,
            day=form.cleaned_data["day"],
            counts=form.counts(),
            batch=form.cleaned_data["batch"],
            comment=form.cleaned_data["comment"],
            now=now,
        ),
    )


@require_POST
@at_desk
def strike_forms(request: HttpRequest, venue_id: int, rating_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    venue = venue_for(actor, venue_id, now, "venue.rate_for")
    try:
        rating.strike_rating(actor=actor, venue_id=venue.pk, rating_id=rating_id, reason=request.POST.get("reason", ""), now=now)
    except Refused as refused:
        return page(request, venue, refused=refused)
    return _done(request, venue, _("这份评价表作废了。"))
