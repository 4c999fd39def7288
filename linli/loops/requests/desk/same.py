"""The Desk's "same matter?" panel: open requests nearby that may be the same, why, and a worker's word on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.insight.same.reports import Found
from linli.kernel.access import table
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import NotAllowed, NotFound, Refused
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters import desk
from linli.kernel.matters.saying import since_words
from linli.loops.requests.actions.sameness import merge_same, refute_same
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.matter import page_refused
from linli.loops.requests.desk.offering import request_at_desk
from linli.loops.requests.queries import Similar, same_as
from linli.loops.requests.rules import WORKFLOW
from linli.web.jinja import Fragment
from linli.web.words import minutes_words

SHOWN: Final = 3
LISTED: Final = 5


_SIMILAR: Final = Fragment("requests/desk/similar.html", "rows")


@require_GET
@desk.at_desk
def similar(request: HttpRequest, ref: str) -> HttpResponse:
    """
    Open requests nearby that may be the same, each with why and a button for the worker's word; a plain list where the machine's judgement
    is switched off, or is asked for (`list`, what stands inside the form that merges by number). With `panel` (what a request's own page
    asks for) nothing at all when there are none, or when it is switched off.
    """
    actor, now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    table.require(actor, "request.merge", matter.place_path)
    quiet = "panel" in request.GET
    judged = is_on("same", matter.place)
    found = [] if quiet and not judged else same_as(actor, matter, now, top=SHOWN if judged else LISTED)
    rows = [row_of(s, now) for s in found]
    return _SIMILAR(request, {"found": rows, "matter": matter, "judged": judged and "list" not in request.GET, "quiet": quiet})


def row_of(similar: Similar, now: datetime) -> dict[str, Any]:
    """One that may be the same, as words: what, where, how it stands, how sure and why."""
    matter = similar.matter
    return {
        "ref": matter.ref,
        "title": matter.public_title,
        "href": address(matter.ref),
        "state": str(WORKFLOW.by_code[matter.state].label),
        "where": similar.where,
        "when": since_words(matter.raised_at, now),
        "chance": None if similar.found is None else min(99, round(similar.found.chance * 100)),
        "why": why(similar, similar.found) if similar.found else "",
        "metres": similar.metres,
        "words": similar.words,
    }


def why(similar: Similar, found: Found) -> str:
    """The reasons that spoke for it, as a person would say them."""
    spoke = {reason.name: reason.value for reason in found.reasons if reason.points > 0}
    parts = []
    if similar.words and "text" in spoke:
        parts.append(_("都写到“%(words)s”") % {"words": _("、").join(similar.words)})
    if "spot" in spoke:
        parts.append(_("同一处"))
    elif similar.metres is not None and "metres" in spoke:
        parts.append(_("相距 %(n)s 米") % {"n": similar.metres})
    if "hours" in spoke and found.hours is not None:
        parts.append(_("前后相隔%(time)s") % {"time": minutes_words(round(found.hours * 60))})
    if "kind" in spoke:
        parts.append(_("类别相同"))
    return " · ".join(parts)


@require_POST
@desk.at_desk
def decide(request: HttpRequest, ref: str) -> HttpResponse:
    """The worker's word: `target` is the one it is the same as; without it, none of those shown is."""
    actor, now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    seen = number_in(request.POST.get("version", ""))
    target = request.POST.get("target", "").strip()[:20]
    try:
        if not target:
            refute_same(actor=actor, matter_id=matter.pk, now=now, seen=seen)
            messages.success(request, _("已记下：不是同一件事。"))
            return HttpResponseRedirect(address(ref))
        into = merge_same(actor=actor, matter_id=matter.pk, target=target, now=now, seen=seen)
    except (NotAllowed, NotFound):
        raise
    except Refused as refused:
        return page_refused(request, ref, refused)
    messages.success(request, _("已并入 %(ref)s。并错了，可以在原来那件里“拆出”。") % {"ref": into.ref})
    return HttpResponseRedirect(address(into.ref))
