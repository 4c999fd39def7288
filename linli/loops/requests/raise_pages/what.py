"""What happened; what is known of the same nearby."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.insight.keywords import numbers_to_call
from linli.kernel.access.asking import actor_and_now
from linli.kernel.matters.nearby import here, place_or_none
from linli.kernel.places.models import Place
from linli.loops.requests import drafts
from linli.loops.requests.drafts import Draft
from linli.loops.requests.forms import WhatForm
from linli.loops.requests.queries import similar_nearby
from linli.loops.requests.raise_pages.steps import next_step, step_page


def what_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The words; what is known of the same stands beside them."""
    if request.method == "POST":
        form = WhatForm(request.POST)
        if form.is_valid():
            draft.text = form.cleaned_data["text"]
            draft.category = None
            drafts.keep(request, draft)
            return next_step(request, "what")
        return step_page(request, "what", draft, status=422, form=form, advice=None)
    return step_page(
        request,
        "what",
        draft,
        form=WhatForm(initial={"text": draft.text}),
        advice=advise(request, draft.text, None) if draft.text else None,
    )


def advise(request: HttpRequest, text: str, place: Place | None) -> dict[str, Any]:
    """What the words call for: numbers to ring first, and open requests nearby that sound the same."""
    actor, now = actor_and_now(request)
    where = place or here(actor).place
    return {
        "call": numbers_to_call(text),
        "similar": [
            {
                "href": reverse("square:one", args=[s.matter.ref]),
                "title": s.matter.public_title,
                "meta": _similar_meta(s.where, s.metres, s.matter.me_too),
            }
            for s in similar_nearby(actor, text, where, None, now)
        ],
    }


def _similar_meta(where: str, metres: int | None, me_too: int) -> str:
    parts = [where]
    if metres is not None and metres >= 10:
        parts.append(_("离您选的地方约 %(n)s 米") % {"n": round(metres, -1)})
    if me_too:
        parts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", me_too) % {"n": me_too})
    return " · ".join(parts)


@never_cache
@require_POST
def advice(request: HttpRequest) -> HttpResponse:
    """The advice for the words typed so far, as a fragment."""
    draft = drafts.draft_of(request)
    text = request.POST.get("text", "")[:2000]
    given = advise(request, text, place_or_none(draft.place_id)) if len(text.strip()) >= 2 else None
    return render(request, "requests/advice.html", {"advice": given})
