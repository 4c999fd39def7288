"""One motion at the Desk: all that is known of it, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.together import answered, beside
from linli.kernel.matters import acts as machinery
from linli.kernel.matters import desk
from linli.kernel.matters.acts import ActForm, Doing, carry_out, form_for, typed_in, worker_and_now
from linli.kernel.matters.desk_matter import links_of, open_phone, people_of
from linli.kernel.matters.models import Matter
from linli.kernel.matters.opening import ways_from
from linli.kernel.matters.panels import panels_of
from linli.loops.council.motions.after import after_result
from linli.loops.council.motions.desk import shown
from linli.loops.council.motions.desk.acts import ACTS, FIRST, label_of, offered_verbs
from linli.loops.council.motions.desk.forms import Setting, note_search, tongue
from linli.loops.council.motions.desk.home import MOTIONS, address
from linli.loops.council.motions.desk.reading import AtDesk, at_desk
from linli.loops.council.motions.desk.words import position_of, strip_sentence
from linli.loops.council.motions.rules import STAGES, WORKFLOW


@require_GET
@desk.at_desk
def show(request: HttpRequest, ref: str) -> HttpResponse:
    actor, _now = worker_and_now(request)
    return _page(request, at_desk(actor, ref))


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
) -> HttpResponse:
    """The whole page. `since` is the last entry somebody saw before another acted: what came after it is shown as changed."""
    actor, now = worker_and_now(request)
    if not whole.inside:
        return HttpResponseRedirect(f"/motions/{whole.matter.ref}/")
    matter = whole.matter
    verbs = offered_verbs(actor, whole)
    entries = shown.entries_of(whole)
    after = after_result(actor, matter, whole.decisions, {line.entry.verb for line in whole.lines}, desk=True)
    contest, panels = answered(beside(after, panels_of(actor, matter, now, desk=True)))
    made = machinery.offers(ACTS, verbs, Setting(actor, whole, now), label=label_of, first=FIRST.get(matter.state, ()), bound=bound)
    values = {
        "whole": whole,
        "motions": str(MOTIONS),
        "road_hint": whole.road.hint(tongue()),
        "matter": matter,
        "motion": whole.motion,
        "stages": [str(s) for s in STAGES],
        "position": position_of(matter),
        "late": bool(matter.is_open and matter.due_at and matter.due_at < now),
        "strip_sentence": strip_sentence(matter),
        "state_sentence": str(WORKFLOW.by_code[matter.state].sentence),
        "clocks": shown.clocks_of(whole, now),
        "facts": shown.facts_of(whole),
        "road": shown.road_of_page(whole),
        "text": whole.text,
        "options": shown.options_of(whole.text.options),
        "versions": shown.versions_of(whole),
        "documents": shown.documents_of(whole),
        "notice": shown.notice_of(whole, now),
        "preview": shown.preview_of(whole, now) if "give_notice" in verbs else None,
        "decisions": shown.decisions_of(whole),
        "contest": contest,
        "tasks": shown.tasks_of(whole, now),
        "supervisors": shown.supervisors_of(whole),
        "people": people_of(actor, matter, whole.parties, revealed or {}),
        "links": links_of(matter, whole.links, shown.state_of),
        "twins": shown.twins(whole, now) if {"screen", "merge"} & set(verbs) else [],
        "panels": panels,
        "ways": ways_from(actor, matter),
        "entries": entries,
        "changed": [e for e, line in zip(entries, reversed(whole.lines), strict=True) if since is not None and line.entry.seq > since],
        "offers": made,
        "group_labels": {"next": _("下一步"), "talk": _("文本与记录"), "order": _("理顺"), "judge": _("其他处理")},
        "refused": refused,
        "lost": lost,
    }
    return render(request, "motions/desk/matter.html", values, status=status)


@require_http_methods(["GET", "POST"])
@desk.at_desk
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """
    Do one move. What cannot be done comes back on the same page with everything typed still there: 422 for what must be mended,
    409 when somebody else was first, with what changed since.
    """
    actor, now = worker_and_now(request)
    if verb not in ACTS:
        raise NotFound("no_act", _("没有这样的操作。"))
    if request.method == "GET":
        return HttpResponseRedirect(address(ref))
    whole = at_desk(actor, ref)
    if not whole.inside:
        raise NotFound("no_matter", _("没有找到这个议题。"))
    note_search(actor, request.POST.get("person", ""), now)
    form = form_for(ACTS, verb, Setting(actor, whole, now), request.POST, request.FILES)
    doing = Doing(actor, whole.matter.pk, now, number_in(request.POST.get("version", "")))

    def done(result: Any) -> HttpResponse:
        messages.success(request, _("“%(verb)s”已记录。") % {"verb": label_of(verb)})
        elsewhere = verb in ("merge", "to_request") and isinstance(result, Matter)
        return HttpResponseRedirect(desk.address_of(result) if elsewhere else address(ref))

    return carry_out(
        ACTS[verb],
        form,
        doing,
        page=lambda **more: _page(request, whole, **more),
        refused=lambda problem: _refused(request, ref, verb, form, problem),
        done=done,
    )


def _refused(request: HttpRequest, ref: str, verb: str, form: ActForm, refused: Refused) -> HttpResponse:
    """The newest state, why it was refused, what changed, and what was typed: in its form, or beside it when the form is gone."""
    actor, now = worker_and_now(request)
    whole = at_desk(actor, ref)
    still = verb in offered_verbs(actor, whole)
    fresh = form_for(ACTS, verb, Setting(actor, whole, now), request.POST, request.FILES) if still else None
    since = number_in(request.POST.get("entries", "")) if isinstance(refused, Conflict) else None
    lost = "" if still else typed_in(form)
    return _page(request, whole, status=refused.status, bound=fresh, refused=refused, since=since, lost=lost)


@require_POST
@desk.at_desk
def reveal_party(request: HttpRequest, ref: str) -> HttpResponse:
    """Open a party's name and phone for this one answer. The reading is logged with its purpose; the person can see it."""
    actor, now = worker_and_now(request)
    whole = at_desk(actor, ref)
    asked: dict[str, Any] = {name: request.POST.get(name, "") for name in ("party", "purpose")}
    try:
        opened = open_phone(actor, whole.matter, whole.parties, inside=whole.inside, now=now, **asked)
    except Invalid as refused:
        return _page(request, whole, status=422, refused=refused)
    return _page(request, whole, revealed=opened)
