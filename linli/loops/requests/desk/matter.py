"""One request at the Desk: all that is known of it, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.together import answered
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.judgement.writing import Written, longer_summary
from linli.kernel.matters import acts, desk, promises
from linli.kernel.matters.acts import ActForm, Doing, carry_out, form_for, typed_in
from linli.kernel.matters.attachment_pages import answer_for
from linli.kernel.matters.desk_matter import links_of, open_phone, people_of
from linli.kernel.matters.models import Attachment, Link, Matter, PromiseRule, Suggestion, WorkOrder
from linli.kernel.matters.opening import ways_from
from linli.kernel.matters.panels import panels_of
from linli.kernel.matters.promises import source_words
from linli.kernel.matters.queries import Line, id_of_ref, matter_for_page
from linli.kernel.matters.saying import left_words, since_words, unit_name, with_names, words_of
from linli.kernel.matters.turn import working_units
from linli.law.packs import refusal_reasons
from linli.loops.requests import hints
from linli.loops.requests.actions.repeats import came_after_resolving, refute_repeat
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.found import found_in
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.words import FIELDS, field_name, words_by_field
from linli.loops.requests.desk_forms import ACTS, EXTRA_VERBS, FIRST, Setting, categories, entry_name
from linli.loops.requests.desk_queries import AtDesk, at_desk
from linli.loops.requests.rules import CHANNELS, KIND, STAGES, WORKFLOW
from linli.loops.requests.suggest import department_of, serves_as
from linli.loops.requests.wording import did, grade_name, kind_of, speaker_of, standing_of
from linli.web.words import date_long, minutes_words

_NEEDS_UNITS: Final = frozenset({"dispatch", "redispatch", "whistle"})
_WHISTLE_TASKS: Final = (WorkOrder.Task.REPORT_IN, WorkOrder.Task.ANSWER)


@dataclass(frozen=True)
class Clocked:
    """One promise: what, until when, what is left, by what rule, whose."""

    kind: str
    when: str
    left: str
    state: str
    source: str
    who: str


def request_at_desk(actor: Actor, ref: str) -> Matter:
    """The request with this reference. Raises NotFound, also for what is another kind."""
    return matter_for_page(actor, id_of_ref(ref), KIND)


# --- what may be done ----------------------------------------------------------------------------------------------------
def offered_verbs(actor: Actor, whole: AtDesk) -> list[str]:
    """
    The verbs the reader may do now, in the order of the table of acts. The permission table and the state decide; what a
    unit may only do with its own order is left out for others.
    """
    allowed = set(whole.verbs)
    matter, mine = whole.matter, set(actor.unit_ids)
    open_mine = [o for o in whole.orders if o.state == WorkOrder.State.OPEN and o.unit_id in mine]
    called = [o for o in open_mine if o.task in _WHISTLE_TASKS]
    if not any(o.task == WorkOrder.Task.REPORT_IN for o in called):
        allowed.discard("report_in")
    if not called:
        allowed.discard("answer_whistle")
    if not any(not o.lead for o in called):
        allowed.discard("refuse_whistle")
    if not any(o.task == WorkOrder.Task.HANDLE for o in open_mine):
        allowed.discard("object")
    if not any(o.task in _WHISTLE_TASKS for o in whole.orders):
        allowed.discard("score_whistle")
    street = any(s.role == "street_officer" for s in actor.standings_at(matter.place_path))
    if not street and not any(o.lead and o.reported_at and o.unit_id in mine for o in whole.orders):
        allowed.discard("conclude_whistle")
    for verb in EXTRA_VERBS:
        if table.may(actor, f"{KIND}.{verb}", matter.place_path, unit_ids=whole.working) and not (verb == "exclude" and matter.excluded):
            allowed.add(verb)
    return [verb for verb in ACTS if verb in allowed]


def owing(whole: AtDesk) -> list[str]:
    """The called units that have neither answered nor refused."""
    return [unit_name(o.unit) for o in whole.orders if o.task in _WHISTLE_TASKS and o.state == WorkOrder.State.OPEN]


def suggested_unit(units: list[Unit], department: str) -> Unit | None:
    """The unit that serves the place and is the department the category names."""
    return next((u for u in units if serves_as(u, department)), None)


def _setting(whole: AtDesk, verbs: list[str]) -> Setting:
    matter = whole.matter
    units = units_serving(matter.place) if _NEEDS_UNITS & set(verbs) else []
    return Setting(
        units=units,
        suggested_unit=suggested_unit(units, _category_of(whole).department) if _category_of(whole) else None,
        category=_category_code(whole),
        urgency=matter.urgency,
        grade=matter.grade or next((s.suggested for s in whole.suggestions if s.field == "grade"), ""),
        visibility=matter.visibility,
        public_title=matter.public_title,
        public_body=matter.public_body,
        orders=whole.orders,
        state=matter.state,
    )


def _category_code(whole: AtDesk) -> str:
    """The category it has; before it has one, the suggested one stands ready in the form, unless the machine is not sure itself."""
    if whole.matter.category:
        return whole.matter.category.code
    return next((s.suggested for s in whole.suggestions if s.field == "category" and s.sure), "")


def _category_of(whole: AtDesk) -> Any:
    code = _category_code(whole)
    return next((c for c in categories() if c.code == code), None) if code else None


def offers(actor: Actor, whole: AtDesk, bound: ActForm | None = None) -> dict[str, list[acts.Offer]]:
    """Every offered move with its form, by group; the one the reader just sent back with errors stands open."""
    verbs = offered_verbs(actor, whole)
    return acts.offers(ACTS, verbs, _setting(whole, verbs), label=_label, first=FIRST.get(whole.matter.state, ()), bound=bound)


def _label(verb: str) -> str:
    return str(EXTRA_VERBS[verb] if verb in EXTRA_VERBS else WORKFLOW.by_verb[verb].label)


# --- the page ------------------------------------------------------------------------------------------------------------
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
    entries = _entries(whole.lines, matter.ref, {o.unit.name: unit_name(o.unit) for o in whole.orders})
    values = {
        "whole": whole,
        "matter": matter,
        "standing": standing_of(matter, now, calendar),
        "stages": [str(s) for s in STAGES],
        "state_sentence": str(WORKFLOW.by_code[matter.state].sentence),
        "clocks": _clocks(whole, now, calendar),
        "facts": _facts(whole),
        "entries": entries,
        "changed": [e for e, line in zip(entries, reversed(whole.lines), strict=True) if since is not None and line.entry.seq > since],
        "people": people_of(actor, matter, whole.parties, revealed or {}, unit_ids=whole.working),
        "suggestions": [_suggested(s, whole) for s in whole.suggestions if s.field in FIELDS],
        "repeats": _repeats(whole, now) if table.may(actor, f"{KIND}.link", matter.place_path, unit_ids=whole.working) else None,
        "whistle": _whistle(whole),
        "owing": owing(whole),
        "links": links_of(matter, whole.links, _state_of),
        "ratings": [_rating(r) for r in whole.ratings],
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
        "may_be_same": _may_be_same(actor, whole),
    }
    return render(request, "requests/desk/matter.html", values, status=status)


def _clocks(whole: AtDesk, now: datetime, calendar: Any) -> list[Clocked]:
    made = []
    for clock in whole.clocks:
        due = clock.due_at
        state = "stopped" if due is None else "late" if due < now else "waiting"
        who = next((unit_name(o.unit) for o in whole.orders if o.pk == clock.order_id), "")
        made.append(
            Clocked(
                kind=clock.get_subject_display(),
                when=_("%(when)s 前") % {"when": date_long(due)} if due else _("时限暂停"),
                left=left_words(due, now, calendar) if due else "",
                state=state,
                source=_("%(span)s · %(source)s") % {"span": _span(clock), "source": source_words(clock.source)[0]},
                who=who,
            )
        )
    return made


def _span(clock: Any) -> str:
    """How long was promised, as people say it: a promise to a named day is kept in minutes."""
    if clock.unit == PromiseRule.Unit.MINUTES:
        return minutes_words(clock.amount)
    return _("%(amount)s %(unit)s") % {"amount": clock.amount, "unit": clock.get_unit_display()}


def _facts(whole: AtDesk) -> list[dict[str, Any]]:
    matter = whole.matter
    rows = [
        {"label": _("在哪"), "value": f"{whole.where}{'，' + matter.spot if matter.spot else ''}"},
        {"label": _("类别"), "value": matter.category.name if matter.category else _("未分类")},
        {"label": _("紧急程度"), "value": matter.get_urgency_display()},
        {"label": _("难易程度"), "value": grade_name(matter.grade) or _("还没有定")},
        {"label": _("来源"), "value": str(CHANNELS.get(matter.channel, matter.channel))},
        {"label": _("谁在办"), "value": unit_name(matter.holder) or _("还没有")},
        {"label": _("首接单位"), "value": unit_name(matter.owner_unit) or _("还没有")},
        {"label": _("谁能看到"), "value": matter.get_visibility_display()},
        {"label": _("提出时间"), "value": date_long(matter.raised_at)},
    ]
    if matter.me_too:
        rows.append({"label": _("也遇到"), "value": ngettext("%(n)s 位邻居", "%(n)s 位邻居", matter.me_too) % {"n": matter.me_too}})
    if matter.reopened:
        rows.append({"label": _("重新办理"), "value": ngettext("%(n)s 次", "%(n)s 次", matter.reopened) % {"n": matter.reopened}})
    rows += [{"label": _("再次反映"), "value": _came_back(tie)} for tie in whole.links if _is_repeat_of(tie, matter)]
    return rows + [{"label": label, "value": value} for label, value in desk.known_beside(matter)]


def _is_repeat_of(tie: Link, matter: Matter) -> bool:
    return tie.kind == Link.Kind.REPEATS and tie.source_id == matter.pk


def _came_back(tie: Link) -> str:
    """The household raised this before: which one, and how that ended."""
    earlier = tie.target
    if came_after_resolving(tie) and earlier.resolved_at:
        return _("同一户反映过 %(ref)s，%(when)s办结后又来") % {"ref": earlier.ref, "when": date_long(earlier.resolved_at)}
    return _("同一户反映过 %(ref)s，那件还没办结") % {"ref": earlier.ref}


def _entries(lines: list[Line], ref: str, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "who": speaker_of(line.entry),
            "when": line.entry.at,
            "title": did(line.entry.verb, with_names(line.entry.facts, names)),
            "what": words_of(line.text, line.entry.facts) or (_("（文字已依法隐去）") if line.entry.redacted_at else ""),
            "kind": kind_of(line.entry.verb, line.entry.facts),
            "public": line.entry.public,
            "attachments": [
                {"name": a.file.name, "href": f"{address(ref)}photos/{a.pk}/", "thumb": f"{address(ref)}photos/{a.pk}/?small=1"}
                for a in line.files
            ],
        }
        for line in reversed(lines)
    ]


def _suggested(row: Suggestion, whole: AtDesk) -> dict[str, Any]:
    field, known = field_name(row.field), words_by_field(row.field)
    if row.field == "unit":
        known = known | {department_of(o.unit): unit_name(o.unit) for o in whole.orders}
    return {
        "field": field,
        "suggested": known.get(row.suggested, row.suggested),
        "confidence": row.confidence,
        "why": _why(row, whole),
        "chosen": known.get(row.chosen, row.chosen),
        "same": row.chosen == row.suggested,
        "sure": row.sure,
        "others": [
            {"name": known.get(o["code"], o["code"]), "confidence": o["confidence"], "reason": "、".join(o["reason"])} for o in row.others
        ],
    }


def _why(row: Suggestion, whole: AtDesk) -> str:
    """What a suggestion rests on: words of the text, or the category somebody chose."""
    category = whole.matter.category
    if row.field == "unit" and category is not None and row.reason == [category.name_zh]:
        return _("按已选的类别")
    return _("因为写到“%(words)s”") % {"words": _("、").join(row.reason)} if row.reason else ""


def _repeats(whole: AtDesk, now: datetime) -> dict[str, Any] | None:
    """The suggestion that the same household raised this before, with why; for the worker to confirm or to refute."""
    earlier = whole.repeats
    row = next((s for s in whole.suggestions if s.field == "repeats"), None)
    if earlier is None or row is None:
        return None
    same = row.reason == ["category"] and earlier.category is not None
    why = (
        _("类别相同：%(category)s") % {"category": earlier.category.name}
        if same and earlier.category
        else _("都写到“%(words)s”") % {"words": _("、").join(row.reason)}
        if row.reason
        else _("说法相近")
    )
    return {
        "ref": earlier.ref,
        "title": earlier.title,
        "href": address(earlier.ref),
        "when": since_words(earlier.raised_at, now),
        "state": str(WORKFLOW.by_code[earlier.state].label),
        "why": why,
        "confidence": row.confidence,
        "resolved": earlier.resolved_at is not None and earlier.resolved_at <= whole.matter.raised_at,
    }


def _may_be_same(actor: Actor, whole: AtDesk) -> bool:
    """Whether to look for requests that are the same matter: while it could be merged, for who may, until somebody said it is none."""
    decided = any(s.field == "same" and s.chosen for s in whole.suggestions)
    return "merge" in whole.verbs and whole.matter.state in ("raised", "accepted", "dispatched", "in_progress") and not decided


def _whistle(whole: AtDesk) -> list[dict[str, Any]]:
    reasons = {e.code: entry_name(e) for e in refusal_reasons()}
    rows = []
    for order in whole.orders:
        if order.task not in _WHISTLE_TASKS:
            continue
        if order.state == WorkOrder.State.REFUSED:
            state, tone = _("说明不属本部门：%(reason)s") % {"reason": reasons.get(order.refusal, order.refusal)}, "red"
        elif order.state == WorkOrder.State.DONE:
            state, tone = _("已答复"), "green"
        elif order.state == WorkOrder.State.RECALLED:
            state, tone = _("已收回"), "plain"
        elif order.reported_at:
            state, tone = _("已报到，待答复"), "gold"
        else:
            state, tone = _("待报到"), "gold"
        rows.append(
            {
                "unit": unit_name(order.unit),
                "lead": order.lead,
                "state": state,
                "tone": tone,
                "reported": date_long(order.reported_at) if order.reported_at else "",
                "due": date_long(order.due_at) if order.due_at and order.state == WorkOrder.State.OPEN else "",
                "answer": order.answer,
                "score": order.score,
            }
        )
    return rows


def _state_of(other: Matter) -> str:
    return str(WORKFLOW.by_code[other.state].label) if other.kind == KIND else ""


def _rating(rating: Any) -> dict[str, Any]:
    if rating.outcome != "rated":
        words = rating.get_outcome_display()
    else:
        words = did(
            "record_rating" if rating.recorded_by_id else "rate",
            {"answered": rating.answered, "solved": rating.solved, "satisfied": rating.satisfied},
        )
    return {"words": words, "when": date_long(rating.at), "comment": rating.comment, "round": rating.round}


# --- acts ----------------------------------------------------------------------------------------------------------------
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
    form = form_for(ACTS, verb, _setting(whole, [verb]), request.POST, request.FILES)
    doing = Doing(actor, whole.matter.pk, now, number_in(request.POST.get("version", "")))
    looked = _looked_at(request, whole, verb, form, now)
    if looked is not None:
        return _page(request, whole, bound=form, hinted=looked)

    def done(result: Any) -> HttpResponse:
        messages.success(request, _("“%(verb)s”已记录。") % {"verb": _label(verb)})
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
    fresh = form_for(ACTS, verb, _setting(whole, [verb]), request.POST, request.FILES) if still else None
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
