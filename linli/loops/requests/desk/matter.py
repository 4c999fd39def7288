"""One request at the Desk: all that is known of it, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.together import answered
from linli.kernel.judgement.writing import Written, longer_summary
from linli.kernel.matters import desk, promises
from linli.kernel.matters.acts import ActForm, Doing, carry_out, form_for, typed_in
from linli.kernel.matters.attachment_pages import answer_for
from linli.kernel.matters.desk_matter import links_of, open_phone, people_of
from linli.kernel.matters.models import Attachment, Matter, PromiseRule, WorkOrder
from linli.kernel.matters.opening import ways_from
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.saying import unit_name
from linli.kernel.matters.turn import working_units
from linli.loops.requests import hints
from linli.loops.requests.actions.repeats import refute_repeat
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.found import found_in
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.matter_shown import (
    clocks_shown,
    entries_shown,
    facts_shown,
    may_be_same,
    rating_shown,
    repeat_shown,
    state_of,
    suggestion_shown,
    whistle_shown,
)
from linli.loops.requests.desk.offering import label_of, offered_verbs, offers, owing, request_at_desk, setting_of
from linli.loops.requests.desk.words import FIELDS
from linli.loops.requests.desk_forms import ACTS
from linli.loops.requests.desk_queries import AtDesk, at_desk
from linli.loops.requests.rules import KIND, STAGES, WORKFLOW
from linli.loops.requests.wording import standing_of


@require_GET
@desk.at_desk
def show(request: HttpRequest, ref: str) -> HttpResponse:
    actor, _now = actor_and_now(request)
    return _page(request, at_desk(actor, request_at_desk(actor, ref)))


def _page(
    request: HttpRequest,
    whole: AtDesk,
    *,
    status: int = 200,
    bound: ActForm | None = None,
    refused: Refused | None = None,
    since: int | None = None,
    revealed: Mapping[int, dict[str, str]] | None = None,
    lost: str = "",
    hinted: hints.Hints | None = None,
    written: Written | None = None,
) -> HttpResponse:
    """The whole page. `since` is the last entry somebody saw before another acted: what came after it is shown as changed."""
    actor, now = actor_and_now(request)
    if not whole.inside:
        return HttpResponseRedirect(f"/requests/{whole.matter.ref}/")
    calendar = promises.calendar()
    matter = whole.matter
    entries = entries_shown(whole.lines, matter.ref, {o.unit.name: unit_name(o.unit) for o in whole.orders})
    values = {
        "whole": whole,
        "matter": matter,
        "standing": standing_of(matter, now, calendar),
        "stages": [str(s) for s in STAGES],
        "state_sentence": str(WORKFLOW.by_code[matter.state].sentence),
        "clocks": clocks_shown(whole, now, calendar),
        "facts": facts_shown(whole),
        "entries": entries,
        "changed": [e for e, line in zip(entries, reversed(whole.lines), strict=True) if since is not None and line.entry.seq > since],
        "people": people_of(actor, matter, whole.parties, revealed or {}, unit_ids=whole.working),
        "suggestions": [suggestion_shown(s, whole) for s in whole.suggestions if s.field in FIELDS],
        "repeats": repeat_shown(whole, now) if table.may(actor, f"{KIND}.link", matter.place_path, unit_ids=whole.working) else None,
        "whistle": whistle_shown(whole),
        "owing": owing(whole),
        "links": links_of(matter, whole.links, state_of),
        "ratings": [rating_shown(r) for r in whole.ratings],
        "offers": offers(actor, whole, bound),
        "group_labels": {"next": _("下一步"), "talk": _("答复与记录"), "order": _("理顺"), "judge": _("其他处理")},
        "refused": refused,
        "lost": lost,
        "ways": ways_from(actor, matter),
        "panels": answered(panels_of(actor, matter, now, desk=True)),
        "found": found_in(matter),
        "hints_on": hints.hinted(matter),
        "hints": hinted,
        "written": written,
        "may_be_same": may_be_same(actor, whole),
    }
    return render(request, "requests/desk/matter.html", values, status=status)


@require_http_methods(["GET", "POST"])
@desk.at_desk
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """
    Do one move. What cannot be done comes back on the same page with everything typed still there: 422 for what must be mended,
    409 when somebody else was first, with what changed since.
    """
    actor, now = actor_and_now(request)
    if verb not in ACTS:
        raise NotFound("no_act", _("没有这样的操作。"))
    if request.method == "GET":
        return HttpResponseRedirect(address(ref))
    whole = at_desk(actor, request_at_desk(actor, ref))
    if not whole.inside:
        raise NotFound("no_matter", _("没有找到这件事。"))
    form = form_for(ACTS, verb, setting_of(whole, [verb]), request.POST, request.FILES)
    doing = Doing(actor, whole.matter.pk, now, number_in(request.POST.get("version", "")))
    looked = _looked_at(request, whole, verb, form, now)
    if looked is not None:
        return _page(request, whole, bound=form, hinted=looked)

    def done(result: Any) -> HttpResponse:
        messages.success(request, _("“%(verb)s”已记录。") % {"verb": label_of(verb)})
        merged = verb == "merge" and isinstance(result, Matter)
        return HttpResponseRedirect(address(result.ref if merged else ref))

    return carry_out(
        ACTS[verb],
        form,
        doing,
        page=lambda **more: _page(request, whole, **more),
        refused=lambda problem: _refused(request, ref, verb, form, problem),
        done=done,
    )


def _looked_at(request: HttpRequest, whole: AtDesk, verb: str, form: ActForm, now: datetime) -> hints.Hints | None:
    """
    The hints to show before a draft is sent: when they were asked for, or once when it says too little. None when it is to be sent. Files chosen
    with it come back as everything else does.
    """
    asked = "look" in request.POST
    if verb not in hints.ANSWERS or not hints.hinted(whole.matter) or not form.is_valid():
        return None
    if not asked and request.POST.get("hinted"):
        return None
    looked = hints.hints_of(whole.matter, str(form.cleaned_data["text"]), now, due_at=_promised(whole, now))
    return looked if asked or looked.first else None


def _promised(whole: AtDesk, now: datetime) -> datetime | None:
    """When the first answer was promised, while none was given."""
    if whole.matter.answered_at is not None:
        return None
    return next((c.due_at for c in whole.clocks if c.subject == PromiseRule.Subject.FIRST_ANSWER and c.due_at), None)


@require_POST
@desk.at_desk
def longer(request: HttpRequest, ref: str) -> HttpResponse:
    """A longer summary by the model, asked for by a press; shown this once, marked, and kept nowhere."""
    actor, now = actor_and_now(request)
    whole = at_desk(actor, request_at_desk(actor, ref))
    if not whole.inside or found_in(whole.matter) is None:
        raise NotFound("no_summary", _("这件事没有可写的大意。"))
    try:
        written = longer_summary(actor=actor, text=f"{whole.matter.title}\n{whole.matter.body}", about=whole.matter.ref, now=now)
    except Refused as refused:
        return _page(request, whole, refused=refused)
    return _page(request, whole, written=written)


@require_POST
@desk.at_desk
def look_at_draft(request: HttpRequest, ref: str) -> HttpResponse:
    """Hints for the draft typed so far, as a fragment; nothing is kept."""
    actor, now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    text = request.POST.get("text", "").replace("\x00", "")[:2000].strip()
    inside = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=working_units(matter, list(matter.orders.all())))
    found = hints.hints_of(matter, text, now, compared=False) if inside and len(text) >= 4 and hints.hinted(matter) else None
    return render(request, "requests/desk/hints.html", {"hints": found})


def page_refused(request: HttpRequest, ref: str, refused: Refused) -> HttpResponse:
    """The newest state of the request with what was refused, for acts that are no form of the page."""
    actor, _now = actor_and_now(request)
    return _page(request, at_desk(actor, request_at_desk(actor, ref)), status=refused.status, refused=refused)


def _refused(request: HttpRequest, ref: str, verb: str, form: ActForm, refused: Refused) -> HttpResponse:
    """The newest state, why it was refused, what changed, and what was typed: in its form, or beside it when the form is gone."""
    actor, _now = actor_and_now(request)
    whole = at_desk(actor, request_at_desk(actor, ref))
    still = verb in offered_verbs(actor, whole)
    fresh = form_for(ACTS, verb, setting_of(whole, [verb]), request.POST, request.FILES) if still else None
    since = number_in(request.POST.get("entries", "")) if isinstance(refused, Conflict) else None
    lost = "" if still else typed_in(form)
    return _page(request, whole, status=refused.status, bound=fresh, refused=refused, since=since, lost=lost)


@require_POST
@desk.at_desk
def reveal_party(request: HttpRequest, ref: str) -> HttpResponse:
    """Open a party's name and phone for this one answer. The reading is logged with its purpose; the person can see it."""
    actor, now = actor_and_now(request)
    whole = at_desk(actor, request_at_desk(actor, ref))
    asked = {name: request.POST.get(name, "") for name in ("party", "purpose")}
    try:
        opened = open_phone(actor, whole.matter, whole.parties, inside=whole.inside, now=now, unit_ids=whole.working, **asked)
    except Invalid as refused:
        return _page(request, whole, status=422, refused=refused)
    return _page(request, whole, revealed=opened)


@require_POST
@desk.at_desk
def not_repeat(request: HttpRequest, ref: str) -> HttpResponse:
    """The worker says that the earlier request of the household was about something else."""
    actor, now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    try:
        refute_repeat(actor=actor, matter_id=matter.pk, now=now, seen=number_in(request.POST.get("version", "")))
    except Conflict as refused:
        return page_refused(request, ref, refused)
    messages.success(request, _("已记下：不是同一件事。"))
    return HttpResponseRedirect(address(ref))


@require_GET
@desk.at_desk
def photo(request: HttpRequest, ref: str, attachment_id: int) -> HttpResponse:
    """A photo of a request's timeline, for those who work on it."""
    actor, _now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    found = Attachment.objects.select_related("file", "matter").filter(pk=attachment_id, matter=matter).first()
    unit_ids = frozenset(matter.orders.exclude(state=WorkOrder.State.RECALLED).values_list("unit_id", flat=True))
    if found is None or not (found.public or table.may(actor, "request.read", matter.place_path, unit_ids=unit_ids)):
        raise NotFound("no_photo", _("没有找到这张照片。"))
    return answer_for(request, found.file, found, small=bool(request.GET.get("small")))
