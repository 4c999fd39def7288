"""Rolls at the Desk: the list, drawing one up, one of them, freezing it, beginning the one that replaces it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on, query, reach
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.places.models import Kind
from linli.kernel.places.queries import place_choices
from linli.kernel.rolls import lawful, queries
from linli.kernel.rolls.actions import draft, freezing
from linli.kernel.rolls.desk_door import number, of_roll, to_roll
from linli.kernel.rolls.desk_rows import kind_row
from linli.kernel.rolls.forms import DrawForm, FreezeForm, TermsForm, WhyForm
from linli.kernel.rolls.models import DRAWN, Level, Roll, RollState
from linli.kernel.rolls.wording import area_words, terms, title_of
from linli.law import voting
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every


@never_cache
@login_required
@require_safe
def rolls(request: HttpRequest) -> HttpResponseBase:
    actor, _now = actor_and_now(request)
    state, about = request.GET.get("state", ""), request.GET.get("about", "").strip()
    narrowed = {"state": state if state in RollState.values else "", "about": about}
    if asked_as(request):
        return _rolls_file(request, actor, **narrowed)
    found = queries.rolls_in_reach(actor, **narrowed, before=number(request.GET.get("before", "")) or None, limit=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    context = {
        "rows": [{"roll": r, "title": title_of(r), "area": area_words(r.area) if r.has_area else "", "tone": tone(r)} for r in shown],
        "next": query(request, before=str(shown[-1].pk)) if len(found) > queries.PAGE else "",
        "states": [("", _("全部")), *RollState.choices],
        "state": state,
        "about": about,
        "may_draw": table.holds(actor, "roll.draw"),
        "waiting": len(queries.objections_in_reach(actor)),
        "exports": downloads(request),
    }
    return render(request, "rolls/desk/rolls.html", context)


def _rolls_file(request: HttpRequest, actor: Actor, *, state: str, about: str) -> HttpResponseBase:
    """One query for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Roll], int | None]:
        return cut(queries.rolls_in_reach(actor, state=state, about=about, before=before, limit=STEP + 1), lambda roll: roll.pk)

    rows = (
        [
            title_of(roll),
            roll.about,
            roll.place.name,
            roll.get_kind_display(),
            roll.get_state_display(),
            roll.record_date,
            roll.voter_count,
            roll.unit_count if roll.has_area else None,
            roll.area / 100 if roll.has_area else None,
            roll.frozen_at,
            roll.hash,
        ]
        for roll in every(page)
    )
    header = (
        _("名册"), _("为哪件事"), _("地点"), _("名册种类"), _("状态"), _("登记日"), _("人数"), _("专有部分"), _("面积（㎡）"), _("冻结时间"), _("存证值"),
    )  # fmt: skip
    return as_download(request, _("表决名册"), header, rows, (36, 12, 20, 14, 12, 12, 10, 10, 14, 18, 40))


def tone(roll: Roll) -> str:
    return {RollState.DRAFT: "gold", RollState.FROZEN: "green"}.get(RollState(roll.state), "plain")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    paths = reach(actor, "roll.draw")
    if not paths:
        raise table.refusal(actor, "roll.draw")
    given = {"record_date": timezone.localdate(now), "about": request.GET.get("about", "")[:24], "kind": "owners"}
    form, status = DrawForm(request.POST or None, initial=given, reach=paths), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = {name: form.cleaned_data[name] for name in ("place", "kind", "record_date", "title", "about")}
            try:
                made = draft.draw_up(actor=actor, now=now, policy=form.policy(), **chosen)
            except Invalid as problem:
                put_on(form, problem)
            else:
                return to_roll(made)
    kinds = [Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING]
    return render(request, "rolls/desk/new.html", {"form": form, "places": place_choices(paths, kinds)}, status=status)


@of_roll
@require_safe
def roll(request: HttpRequest, roll: Roll) -> HttpResponse:
    return roll_page(request, roll)


def roll_page(request: HttpRequest, roll: Roll, *, status: int = 200, **more: Any) -> HttpResponse:
    """The roll whole: where it stands, what was found, by building. At most twelve queries."""
    actor, now = actor_and_now(request)
    kinds = [kind_row(kind) for kind in queries.findings(roll)]
    successor = queries.successor_of(roll)
    context = {
        "roll": roll,
        "title": title_of(roll),
        "tone": tone(roll),
        "area": area_words(roll.area),
        "terms": terms(roll),
        "kinds": kinds,
        "blocks": sum(k["count"] for k in kinds if k["level"] == Level.BLOCK),
        "buildings": [{"b": b, "area": area_words(b.area)} for b in queries.buildings(roll)],
        "entered": roll.kind not in DRAWN,
        "decided": roll.decisions.count(),
        "objections": queries.objection_counts(roll) if not roll.is_draft else {},
        "successor": successor,
        "open_until": roll.objections_until if roll.objections_until and now < roll.objections_until else None,
        "may": {verb: table.may(actor, f"roll.{verb}", roll.place_path) for verb in ("draw", "freeze", "export", "answer", "object_for")},
        "why_form": WhyForm(),
        **more,
    }
    return render(request, "rolls/desk/roll.html", context, status=status)


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def change_terms(request: HttpRequest, roll: Roll) -> HttpResponse:
    actor, now = actor_and_now(request)
    table.require(actor, "roll.draw", roll.place_path)
    draft.refuse_frozen(roll)
    given = {**roll.policy, "record_date": roll.record_date, "title": roll.title}
    form, status = TermsForm(request.POST or None, initial=given, kind=roll.kind), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = {"record_date": form.cleaned_data["record_date"], "title": form.cleaned_data["title"], "policy": form.policy()}
            try:
                draft.set_terms(actor=actor, roll_id=roll.pk, now=now, **chosen)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("条件已经更改，名册已重新核对。"))
                return to_roll(roll)
    return render(request, "rolls/desk/terms.html", {"form": form, "roll": roll, "title": title_of(roll)}, status=status)


@of_roll
@require_POST
def redraw(request: HttpRequest, roll: Roll) -> HttpResponse:
    actor, now = actor_and_now(request)
    draft.redraw(actor=actor, roll_id=roll.pk, now=now)
    messages.success(request, _("已按现在的登记重新核对。"))
    return to_roll(roll)


@of_roll
@require_POST
def discard(request: HttpRequest, roll: Roll) -> HttpResponse:
    actor, now = actor_and_now(request)
    draft.discard(actor=actor, roll_id=roll.pk, now=now)
    messages.success(request, _("草案已经作废。"))
    return HttpResponseRedirect(reverse("rolls_desk:rolls"))


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def freeze(request: HttpRequest, roll: Roll) -> HttpResponse:
    """What will be published, and the one step that cannot be taken back."""
    actor, now = actor_and_now(request)
    table.require(actor, "roll.freeze", roll.place_path)
    draft.refuse_frozen(roll)
    days, rule = freezing.days_posted(roll)
    form, status, refused = FreezeForm(request.POST or None, initial={"objection_days": days}), 200, None
    if rule:
        fixed = lawful.is_village_election(roll)
        words = _("选民名单的异议期是 %(n)s 天（%(rule)s）；从公示第二天起算，最后一天是休息日的顺延。每件异议三天内作出处理决定。")
        if not fixed:
            words = _("本地规定名册至少公示 %(n)s 天（%(rule)s）；从公示第二天起算，最后一天是休息日的顺延。")
        form.fields["objection_days"].help_text = words % {"n": days, "rule": voting.rules()[rule].citation}
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = {name: form.cleaned_data[name] for name in ("objection_days", "objections_until")}
            try:
                freezing.freeze(actor=actor, roll_id=roll.pk, now=now, seen=number(request.POST.get("version", "")) or None, **chosen)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                if problem.status == 403:
                    raise
                refused, status = problem, problem.status
            else:
                messages.success(request, _("名册已冻结并公示。"))
                return to_roll(roll)
    kinds = [kind_row(kind) for kind in queries.findings(roll)]
    context = {
        "form": form,
        "roll": roll,
        "title": title_of(roll),
        "area": area_words(roll.area),
        "terms": terms(roll),
        "kinds": kinds,
        "blocks": sum(k["count"] for k in kinds if k["level"] == Level.BLOCK),
        "refused": refused,
    }
    return render(request, "rolls/desk/freeze.html", context, status=status)


@of_roll
@require_POST
def begin_mended(request: HttpRequest, roll: Roll) -> HttpResponse:
    """Begin the roll that will replace a frozen one."""
    actor, now = actor_and_now(request)
    form = WhyForm(request.POST)
    if form.is_valid():
        made = freezing.mend_roll(actor=actor, roll_id=roll.pk, why=form.cleaned_data["why"], now=now)
        return to_roll(made)
    return roll_page(request, roll, status=422, why_form=form)
