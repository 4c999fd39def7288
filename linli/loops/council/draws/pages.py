"""The Square: draws near the reader, one draw with the reader's own entry, applying, what a resident does for themselves."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.arguments import read_arguments
from linli.kernel.access.asking import actor_and_now, number_in, once, put_on, sign_in_at
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.loops.council.draws import queries as found
from linli.loops.council.draws import shown
from linli.loops.council.draws.actions import applying
from linli.loops.council.draws.actions.applying import waiting_of
from linli.loops.council.draws.files import draws_file
from linli.loops.council.draws.forms import ApplyForm
from linli.loops.council.draws.models import Draw, Published, State
from linli.loops.council.draws.reading import around, draw_for
from linli.loops.council.draws.verbs import GIVEN, OWN
from linli.loops.council.draws.wording import TONES, rule_words
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads

LARGEST: Final = 2**63 - 1


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Draws of the places around the reader (all for a stranger): under way first."""
    actor, _now = actor_and_now(request)
    if asked_as(request):
        return draws_file(request, actor, lambda pk: reverse("draws:one", args=[pk]), around=around(actor), most=PUBLIC_MOST)
    rows = found.draw_list(actor, around=around(actor), before=number_in(request.GET.get("before", "")))
    context = {
        "current": [shown.row_of(d, reverse("draws:one", args=[d.pk])) for d in rows.current],
        "past": [shown.row_of(d, reverse("draws:one", args=[d.pk])) for d in rows.past],
        "next": f"?{urlencode({'before': rows.next_before})}" if rows.next_before else "",
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "draws/list.html", context)


@never_cache
@require_safe
def one(request: HttpRequest, draw_id: int) -> HttpResponse:
    """A draw: what is given out, by which rule, where it stands, the reader's own entry, the result and how to check it."""
    return page(request, draw_id)


def page(request: HttpRequest, draw_id: int, *, refused: Refused | None = None) -> HttpResponse:
    actor, now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    mine = found.own_applications(actor, draw)
    drawn = draw.state in (State.DRAWN, State.CLOSED)
    published = Published.objects.filter(pk=draw.pk).first() if drawn else None
    listed = draw.listed_at is not None
    received, accepted = shown.entrants_of(draw, published)
    context = {
        "draw": draw,
        "chip": draw.get_state_display(),
        "tone": TONES[State(draw.state)],
        "strip": shown.strip_of(draw),
        "next_words": shown.next_words(draw),
        "facts": shown.facts_of(draw),
        "categories": shown.category_rows(draw),
        "rule": rule_words(),
        "mine": shown.own_rows(draw, mine, now),
        "may_apply": draw.state == State.OPEN and draw.applies_from <= now < draw.applies_until,
        "applied": any(a.state in applying.LIVE for a in mine),
        "may_object": draw.state == State.LISTED and draw.objections_until is not None and now < draw.objections_until,
        "sign_in": sign_in_at(reverse("draws:apply", args=[draw.pk])) if actor.is_anonymous else "",
        "accepted": accepted,
        "received": received,
        "listed": listed,
        "posted": found.posted_rows(draw, limit=200) if draw.state in (State.LISTED, State.FROZEN) else [],
        "answers": [o for o in found.objections_of(draw) if o.answer] if listed else [],
        "offers": shown.offer_rows(draw, found.offers_list(draw)) if drawn else [],
        "waiting": waiting_of(draw) if drawn else [],
        "proofs": shown.proof_rows(draw, published),
        "published": published,
        "record": shown.record_of(draw),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "once": once(),
        "page_url": f"{settings.PUBLIC_URL}{reverse('draws:one', args=[draw.pk])}",
        "may_desk": table.may(actor, "draw.read", draw.place_path),
    }
    return render(request, "draws/one.html", context, status=refused.status if refused else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, draw_id: int) -> HttpResponse:
    """Apply for one's household, or change the entry; nothing typed is lost when it is refused."""
    actor, now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("draws:apply", args=[draw.pk])))
    mine = next((a for a in found.own_applications(actor, draw) if a.state in applying.LIVE), None)
    initial: dict[str, Any] = {"categories": mine.categories, "note": mine.note} if mine else {}
    refused: Refused | None = None
    form = ApplyForm(request.POST, request.FILES, draw=draw) if request.method == "POST" else ApplyForm(draw=draw, initial=initial)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["photo"]
        try:
            made = applying.apply(
                actor=actor,
                draw_id=draw.pk,
                categories=form.cleaned_data["categories"],
                note=form.cleaned_data["note"],
                upload=upload,
                name=upload.name if upload else "",
                now=now,
            )
        except Invalid as wrong:
            put_on(form, wrong)
        except Refused as caught:
            refused = caught
        else:
            messages.success(request, _("报名收到了。您的编号是 %(number)s，请记下来，抽签按编号公布。") % {"number": made.number})
            return HttpResponseRedirect(reverse("draws:one", args=[draw.pk]) + "#mine")
    context = {"draw": draw, "form": form, "refused": refused, "mine": mine}
    return render(request, "draws/apply.html", context, status=refused.status if refused else 422 if form.errors else 200)


@require_POST
def act(request: HttpRequest, draw_id: int, deed: str) -> HttpResponse:
    """What a resident does for themselves; refused, they come back to the page with the reason and what they typed."""
    actor, now = actor_and_now(request)
    function = OWN.get(deed)
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    draw: Draw = draw_for(actor, draw_id)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("draws:one", args=[draw.pk])))
    given = {k: v for k, v in request.POST.items() if k not in ("on_behalf", "channel", "name")}
    try:
        if deed != "object" and not _own(actor, draw, given):
            raise NotFound("no_application", _("这次抽签里没有您的这份报名。"))
        function(actor=actor, draw_id=draw.pk, now=now, **read_arguments(function, given, GIVEN))
    except Refused as refused:
        return page(request, draw.pk, refused=refused)
    words = {"withdraw": _("报名已撤回。"), "object": _("异议收到了，答复会写在这一页。"), "answer": _("您的答复已记下。")}[deed]
    messages.success(request, words)
    return HttpResponseRedirect(reverse("draws:one", args=[draw.pk]) + "#mine")


def _own(actor: Any, draw: Draw, given: dict[str, Any]) -> bool:
    """Does the entry or the offer belong to the actor? Workers act on behalf at the Desk, not here."""
    rows = found.own_applications(actor, draw)
    if "offer_id" in given:
        return any(str(o.pk) == given["offer_id"] for a in rows for o in a.offers.all())
    return any(str(a.pk) == given.get("application_id") for a in rows)
