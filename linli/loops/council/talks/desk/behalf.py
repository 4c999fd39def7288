"""The twin on paper: a sheet of statements to tick, and the page on which a worker enters what somebody ticked, said or asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.people.queries import find_people, person_in_reach
from linli.kernel.places.queries import short_names
from linli.loops.council.talks import rules
from linli.loops.council.talks.actions import saying
from linli.loops.council.talks.desk.common import address, desk_talk
from linli.loops.council.talks.models import Choice, Contribution, Kind, Participant, Side, Talk
from linli.loops.council.talks.queries import marks_of
from linli.loops.council.talks.reading import at_desk
from linli.loops.council.talks.wording import ends_words
from linli.web.words import date_long, whole_dates


def _shown(talk: Talk, kind: str) -> list[Contribution]:
    return list(Contribution.objects.filter(talk=talk, kind=kind, hidden_at=None))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def behalf(request: HttpRequest, talk_id: int) -> HttpResponse:
    """Find the person, tick what they ticked, write what they said. What is not ticked stays as it was."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.say_for")
    refused = None
    if request.method == "POST":
        try:
            _enter(actor, talk, request, now)
        except Refused as caught:
            refused = caught
        else:
            messages.success(request, _("已代为登记。"))
            return HttpResponseRedirect(address(talk.pk, "behalf/"))
    return _page(request, actor, talk, now, refused)


@transaction.atomic
def _enter(actor: Actor, talk: Talk, request: HttpRequest, now: datetime) -> None:
    person = number_in(request.POST.get("person"))
    if person is None:
        raise Invalid("no_person", _("请先找到是哪位居民。"))
    rows = [c for kind in Kind.values for c in _shown(talk, kind)]
    choices = saying.marks_in(request.POST, [c.pk for c in rows])
    words = {kind: request.POST.get(kind, "").strip() for kind in Kind.values}
    if not choices and not any(words.values()):
        raise Invalid("nothing", _("还没有填任何一项。"))
    who: dict[str, Any] = {"actor": actor, "talk_id": talk.pk, "person_id": person, "now": now}
    if choices:
        saying.mark_all(choices=choices, **who)
    for kind, text in words.items():
        if text:
            side = request.POST.get("side", "") if kind == Kind.ARGUMENT else ""
            source = request.POST.get("source", "") if kind == Kind.ARGUMENT else ""
            mark = f"{request.POST.get('once', '')[:32]}-{kind[:3]}"
            saying.say(kind=kind, text=text, side=side, source=source, once=mark, **who)


def _page(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, refused: Refused | None) -> HttpResponse:
    find = (request.GET.get("q") or "")[:40]
    may_find = table.holds(actor, "person.read")
    people = find_people(actor, find, limit=10) if len(find) > 1 and may_find else []
    chosen = number_in(request.POST.get("person") or request.GET.get("person"))
    person = person_in_reach(actor, chosen) if chosen else None
    seat = Participant.objects.filter(talk=talk, person=person).first() if person else None
    # How somebody voted is nobody's business, the worker's neither: only how much they have answered.
    answered = len(marks_of(seat, talk))
    typed = request.POST if request.method == "POST" else {}
    places = [p.home_place for p in [*people, person] if p is not None and p.home_place]
    names = short_names(places) if places else {}
    context = {
        "talk": talk,
        "find": find,
        "people": [(p, names.get(p.home_place_id or 0, "")) for p in people],
        "person": person,
        "where": names.get(person.home_place_id or 0, "") if person else "",
        "statements": [{"c": c, "value": typed.get(f"v{c.pk}", "")} for c in _shown(talk, Kind.STATEMENT)],
        "arguments": [{"c": c, "on": bool(typed.get(f"v{c.pk}"))} for c in _shown(talk, Kind.ARGUMENT)],
        "questions": [{"c": c, "on": bool(typed.get(f"v{c.pk}"))} for c in _shown(talk, Kind.QUESTION)],
        "answered": answered,
        "choices": Choice.choices,
        "sides": Side.choices,
        "longest": rules.LONGEST,
        "typed": typed,
        "refused": refused,
        "is_open": rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now),
        "once": once(),
    }
    return render(request, "talks/desk/behalf.html", context, status=refused.status if refused else 200)


@require_GET
@staff_only
@whole_dates()
def sheet(request: HttpRequest, talk_id: int) -> HttpResponse:
    """Every statement with three boxes, room for one's own, and the way online."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id)
    context = {
        "talk": talk,
        "ends": ends_words(talk, now),
        "statements": _shown(talk, Kind.STATEMENT),
        "choices": [label for _code, label in Choice.choices],
        "size": "a4",
        "back_href": address(talk.pk),
        "paper_url": f"{settings.PUBLIC_URL}/talks/{talk.pk}/",
        "paper_issuer": talk.place.name,
        "printed": date_long(now),
    }
    return render(request, "talks/desk/sheet.html", context)
