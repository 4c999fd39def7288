"""The list of plans, a new one, its costs, its own page with everything that can be done next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, put_on, query, reach
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import Invalid, NotFound, Refused, said
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.places.forms import shown as place_words
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_choices, short_names
from linli.kernel.rolls.models import Roll, RollKind, RollState
from linli.kernel.rolls.wording import title_of
from linli.loops.council.plans import shown
from linli.loops.council.plans.actions import adopting, drafting, showing
from linli.loops.council.plans.desk.common import address, motion_named, needs, of_plan
from linli.loops.council.plans.files import plans_file
from linli.loops.council.plans.forms import NewForm, TermsForm, rows_of, terms_initial, usual_running
from linli.loops.council.plans.models import Adoption, Kind, Line, Plan, State
from linli.loops.council.plans.pages import cursor
from linli.loops.council.plans.queries import PAGE, plans_in_reach
from linli.loops.council.plans.reckoning import figures_of
from linli.loops.council.plans.square import rows_of as listed
from linli.loops.council.plans.wording import TONES, name_of, verb_words
from linli.web.downloads import STEP, asked_as, downloads


@require_GET
@desk.at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """Plans in the worker's reach."""
    actor, _now = worker_and_now(request)
    needs(actor, "plan.read")
    if asked_as(request):
        return plans_file(request, lambda last: plans_in_reach(actor, before=last, limit=STEP + 1), reverse("plans_desk:list"))
    found = plans_in_reach(actor, before=cursor(request), limit=PAGE + 1)
    context = {
        "rows": listed(found[:PAGE], reverse("plans_desk:list")),
        "next": query(request, before=str(found[PAGE - 1].pk)) if len(found) > PAGE else "",
        "may_edit": table.holds(actor, "plan.edit"),
        "may_scheme": table.holds(actor, "plan.scheme"),
        "exports": downloads(request),
    }
    return render(request, "plans/desk/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def new(request: HttpRequest, planned: str) -> HttpResponse:
    """Begin a plan: where, what for, what it costs. What is not known yet can be filled in afterwards."""
    actor, now = worker_and_now(request)
    kind = planned
    needs(actor, "plan.edit")
    if kind not in Kind.values:
        raise NotFound("no_kind", _("没有这种方案。"))
    paths = reach(actor, "plan.edit")
    rolls = rolls_in(paths)
    given: dict[str, Any] = {"kind": kind, "reach": paths, "rolls": [(str(r.pk), title_of(r)) for r in rolls]}
    if request.method != "POST":
        wanted = Place.objects.filter(pk=number_in(request.GET.get("place", "")) or 0).first()
        start: dict[str, Any] = {"matter": request.GET.get("matter", "")[:20], "place": place_words(wanted)}
        form = NewForm(**given, rows=4, initial={**start, **(usual_running() if kind == Kind.LIFT else {})})
        return _form_page(request, form, kind, None, paths)
    form = NewForm(request.POST, **given, rows=rows_sent(request))
    if form.is_valid():
        try:
            chosen = next((r for r in rolls if str(r.pk) == form.cleaned_data["homes"]), None)
            matter = motion_named(actor, form.cleaned_data["matter"])
            plan = drafting.start(
                actor=actor, kind=kind, place=form.cleaned_data["place"], terms=form.terms(), now=now, roll=chosen, matter=matter
            )
        except Invalid as problem:
            _put(form, problem)
        else:
            messages.success(request, _("方案建好了。核对各户资料和分摊办法，再公开征求意见。"))
            return HttpResponseRedirect(address(plan.pk))
    return _form_page(request, form, kind, None, paths)


def rows_sent(request: HttpRequest) -> int:
    return min(drafting.MOST_ROWS, max(4, number_in(request.POST.get("rows", "")) or 4))


def rolls_in(paths: list[str]) -> list[Roll]:
    """Frozen rolls of owners from which homes can be drawn, the newest first."""
    scope = Q(pk__in=[])
    for path in paths:
        scope |= (Q(**subtree("place_path", path)) | Q(place_path__in=ancestors(path))) if path else Q(pk__gt=0)
    found = Roll.objects.filter(scope, state=RollState.FROZEN, kind=RollKind.OWNERS)
    return list(found.select_related("place").order_by("-pk")[:30])


def _put(form: TermsForm, problem: Invalid) -> None:
    """An action's refusal onto the form; what concerns all subsidies stands at the first."""
    moved = {
        {"subsidies": "s0_name", "running": "r0_name", "roll": "homes"}.get(name, name): texts for name, texts in problem.fields.items()
    }
    put_on(form, Invalid(problem.code, problem.text, fields=moved))


def _form_page(
    request: HttpRequest, form: TermsForm, kind: str, plan: Plan | None, paths: list[str], refused: Refused | None = None
) -> HttpResponse:
    context = {
        "form": form, "kind": kind, "lift": kind == Kind.LIFT, "plan": plan, "refused": refused,
        "places": place_choices(paths, drafting.PLACE_KINDS) if plan is None else [],
    }  # fmt: skip
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "plans/desk/terms.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@of_plan("plan.edit")
def terms(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Change what it costs, what is taken off, what it costs a year."""
    actor, now = worker_and_now(request)
    if request.method != "POST":
        form = TermsForm(kind=plan.kind, rows=rows_of(plan), initial=terms_initial(plan))
        return _form_page(request, form, plan.kind, plan, [])
    form = TermsForm(request.POST, kind=plan.kind, rows=rows_sent(request))
    if not form.is_valid():
        return _form_page(request, form, plan.kind, plan, [])
    try:
        matter = motion_named(actor, form.cleaned_data["matter"])
        seen = number_in(request.POST.get("version", ""))
        drafting.change_terms(actor=actor, plan_id=plan.pk, terms=form.terms(), matter=matter, now=now, seen=seen)
    except Invalid as problem:
        _put(form, problem)
        return _form_page(request, form, plan.kind, plan, [])
    except Refused as refused:
        return _form_page(request, form, plan.kind, plan, [], refused)
    messages.success(request, _("费用改好了。"))
    return HttpResponseRedirect(address(plan.pk))


@require_GET
@of_plan("plan.read")
def show(request: HttpRequest, plan: Plan) -> HttpResponse:
    return page(request, plan)


def page(request: HttpRequest, plan: Plan, refused: Refused | None = None) -> HttpResponse:
    """Where the plan stands and what comes next."""
    actor, _now = worker_and_now(request)
    figures = figures_of(plan)
    columns, rows = shown.side_by_side(figures, shown.group_names(figures.homes))
    adoption = Adoption.objects.filter(plan=plan).select_related("motion__matter").defer("calculation").first()
    sharing = figures.sharing
    context = {
        "plan": plan,
        "place": short_names([plan.place])[plan.place_id],
        "chip": plan.get_state_display(),
        "tone": TONES[State(plan.state)],
        "facts": shown.cost_facts(figures),
        "problems": [said(p) for p in figures.problems],
        "ways": shown.ways(figures),
        "columns": columns,
        "rows": rows,
        "homes": len(sharing),
        "left_out": len(figures.homes) - len(sharing),
        "lacks": [
            words
            for what, words in (("floor", _("不知道楼层")), ("area", _("没有面积")))
            if any(getattr(h, what) is None for h in sharing) and (what == "area" or plan.is_lift)
        ],
        "adoption": adoption,
        "lines": [{"who": line.who, "when": line.at, "what": verb_words(line.verb, line.facts), "kind": "staff"} for line in _lines(plan)],
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "picked": request.POST.getlist("numbers") if request.method == "POST" else [str(figures.lead.number)] if figures.lead else [],
        "able": [(a.number, name_of(a.alternative)) for a in figures.alternatives if a.shared is not None],
        "may": {verb: table.may(actor, f"plan.{verb}", plan.place_path) for verb in ("edit", "show", "adopt", "export")},
    }
    return render(request, "plans/desk/plan.html", context, status=refused.status if refused else 200)


def _lines(plan: Plan) -> list[Line]:
    return list(Line.objects.filter(plan=plan)[:30])


@require_POST
@of_plan("plan.read")
def act(request: HttpRequest, plan: Plan, step: str) -> HttpResponse:
    """Do one thing with it; what is refused comes back on the plan's page with the reason."""
    actor, now = worker_and_now(request)
    do = _ACTS.get(step)
    if do is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    given = {"actor": actor, "plan_id": plan.pk, "now": now, "seen": number_in(request.POST.get("version", ""))}
    try:
        words, to = do(actor, request, given)
    except Refused as refused:
        if refused.status == 403:
            raise
        return page(request, Plan.objects.select_related("place", "matter", "roll").get(pk=plan.pk), refused)
    messages.success(request, words)
    return HttpResponseRedirect(address(to))


def _show(_actor: Actor, _request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    showing.show(**given)
    return _("已公开。每户登录后能看到自己的一份，别人的只看得到各层的数。"), given["plan_id"]


def _take_back(_actor: Actor, _request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    showing.take_back(**given)
    return _("已撤回，居民暂时看不到。"), given["plan_id"]


def _drop(_actor: Actor, request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    showing.drop(**given, text=request.POST.get("text", ""))
    return _("已停用。"), given["plan_id"]


def _redraw(_actor: Actor, _request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    count = drafting.redraw(**given)
    return ngettext("已重新取得 %(n)s 户，手工填写的都还在。", "已重新取得 %(n)s 户，手工填写的都还在。", count) % {"n": count}, given[
        "plan_id"
    ]


def _copy(_actor: Actor, _request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    given.pop("seen")
    return _("新的一份做好了，可以改。"), drafting.copy(**given).pk


def _lead(_actor: Actor, request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    drafting.lead_with(**given, number=number_in(request.POST.get("number", "")) or 0)
    return _("换好了，其他办法都和它比。"), given["plan_id"]


def _remove(_actor: Actor, request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    drafting.take_away(**given, number=number_in(request.POST.get("number", "")) or 0)
    return _("删去了。"), given["plan_id"]


def _adopt(actor: Actor, request: HttpRequest, given: dict[str, Any]) -> tuple[str, int]:
    numbers = [n for text in request.POST.getlist("numbers") if (n := number_in(text)) is not None]
    made = adopting.adopt(**given, numbers=numbers, matter=motion_named(actor, request.POST.get("matter", "")))
    return _("已写入议题文本第 %(n)s 版，方案从此不再改动。") % {"n": made.text_number}, given["plan_id"]


_ACTS = {
    "show": _show, "take-back": _take_back, "drop": _drop, "redraw": _redraw, "copy": _copy, "lead": _lead, "remove": _remove, "adopt": _adopt,
}  # fmt: skip
