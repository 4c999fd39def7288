"""One address for all steps."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.loops.requests import drafts
from linli.loops.requests.raise_pages.check import check_step
from linli.loops.requests.raise_pages.steps import address, first_missing, steps_for
from linli.loops.requests.raise_pages.what import what_step
from linli.loops.requests.raise_pages.where import spot_step, where_step
from linli.loops.requests.raise_pages.who import photo_step, take_kept, who_step


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def raise_steps(request: HttpRequest) -> HttpResponse:
    """One step of raising; `step` in the address. Words brought from the first page (`text`) start the draft."""
    draft = drafts.draft_of(request)
    take_kept(request, draft)
    if request.method != "POST" and request.GET.get("text", "").strip():
        draft.text = request.GET["text"].replace("\x00", "").strip()[:2000]
        drafts.keep(request, draft)
        return HttpResponseRedirect(address("what"))
    steps = steps_for(request)
    step = request.GET.get("step", "what")
    if step not in steps:
        # The other mode has steps of its own: a switch in the middle goes on with the nearest one.
        step = {"spot": "where", "photo": "who"}.get(step, "what")
    missing = first_missing(draft, before=steps.index(step), steps=steps)
    if missing and request.method != "POST":
        return HttpResponseRedirect(address(missing))
    return _HANDLERS[step](request, draft)


_HANDLERS: Final = {"what": what_step, "where": where_step, "spot": spot_step, "who": who_step, "photo": photo_step, "check": check_step}
