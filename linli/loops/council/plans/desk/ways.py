"""The ways to share a plan's cost, tried out before they are saved; and the operator's own keys by floor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.asking import number_in, put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.places.queries import place_choices
from linli.law.lifts import lift_schemes, scheme_from
from linli.loops.council.plans import shown
from linli.loops.council.plans.actions import drafting
from linli.loops.council.plans.actions import schemes as keys
from linli.loops.council.plans.desk.common import address, needs, of_plan
from linli.loops.council.plans.forms import SchemeForm, WayForm, way_initial
from linli.loops.council.plans.models import Alternative, Plan
from linli.loops.council.plans.queries import schemes_at, schemes_in_reach
from linli.loops.council.plans.reckoning import figures_of, reckon
from linli.loops.council.plans.wording import confidence_words, decimal, floor_words, tongue


@require_http_methods(["GET", "HEAD", "POST"])
@of_plan("plan.edit")
def add(request: HttpRequest, plan: Plan) -> HttpResponse:
    return _way(request, plan, None)


@require_http_methods(["GET", "HEAD", "POST"])
@of_plan("plan.edit")
def edit(request: HttpRequest, plan: Plan, number: int) -> HttpResponse:
    found = plan.alternatives.filter(number=min(number, 30_000)).first()
    if found is None:
        raise NotFound("no_way", _("没有找到这个分摊办法。"))
    return _way(request, plan, found)


def _way(request: HttpRequest, plan: Plan, old: Alternative | None) -> HttpResponse:
    """Fill in, try out, save. Trying out stores nothing."""
    actor, now = worker_and_now(request)
    known = schemes_at(plan.place_path)
    given: dict[str, Any] = {"schemes": known, "language": tongue(), "lift": plan.is_lift}
    if request.method != "POST":
        return _way_page(request, plan, old, WayForm(**given, initial=way_initial(old, known) if old else {}))
    form = WayForm(request.POST, **given)
    preview: dict[str, Any] | None = None
    refused: Refused | None = None
    if form.is_valid():
        try:
            if "preview" in request.POST:
                preview = tried(plan, drafting.checked(plan, form.way()))
            else:
                seen = number_in(request.POST.get("version", ""))
                drafting.offer(actor=actor, plan_id=plan.pk, way=form.way(), number=old.number if old else 0, now=now, seen=seen)
                messages.success(request, _("分摊办法存好了。"))
                return HttpResponseRedirect(address(plan.pk))
        except Invalid as problem:
            moved = {{"scheme": "table", "how": "key"}.get(name, name): texts for name, texts in problem.fields.items()}
            put_on(form, Invalid(problem.code, problem.text, fields=moved))
        except Refused as problem:
            refused = problem
    return _way_page(request, plan, old, form, preview, refused)


def tried(plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
    """What a way would come to, beside the present one; nothing is stored."""
    alone = Alternative(plan=plan, number=0, **values)
    before = figures_of(plan)
    beside = [before.lead.alternative] if before.lead else []
    found = reckon(plan, before.homes, [alone, *beside])
    columns, rows = shown.side_by_side(found, shown.group_names(found.homes))
    return {"columns": columns, "rows": rows, "way": shown.ways(found)[0]}


def _way_page(
    request: HttpRequest,
    plan: Plan,
    old: Alternative | None,
    form: WayForm,
    preview: dict[str, Any] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    context = {
        "plan": plan, "old": old, "form": form, "preview": preview, "refused": refused,
        "known": [
            {"name": s.name(tongue()), "source": s.source(tongue()), "note": s.note(tongue()), "chip": confidence_words(s.confidence)}
            for _code, s in schemes_at(plan.place_path)
        ],
    }  # fmt: skip
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "plans/desk/way.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def schemes(request: HttpRequest) -> HttpResponse:
    """Published keys with their sources, and the operator's own: entered here, ended here."""
    actor, now = worker_and_now(request)
    needs(actor, "plan.scheme")
    paths = reach(actor, "plan.scheme")
    form = SchemeForm(request.POST or None, reach=paths)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            keys.enter_scheme(actor=actor, name=data["name"], data=data["scheme"], place=data["place"], now=now)
        except Invalid as problem:
            moved = {{"scheme": "table"}.get(name, name): texts for name, texts in problem.fields.items()}
            put_on(form, Invalid(problem.code, problem.text, fields=moved))
        except Refused as problem:
            form.add_error("place", str(problem.text))
        else:
            messages.success(request, _("系数存好了，做方案时可以选。"))
            return HttpResponseRedirect(reverse("plans_desk:schemes"))
    own = [
        {
            **_told(scheme_from(row.data)), "id": row.pk, "place": row.place.name if row.place else _("整个系统"),
            "may_end": table.may(actor, "plan.scheme", row.place_path),
        }
        for row in schemes_in_reach(actor)
    ]  # fmt: skip
    context = {
        "form": form,
        "published": [_told(s) for s in lift_schemes()],
        "own": own,
        "places": place_choices(paths),
    }  # fmt: skip
    return render(request, "plans/desk/schemes.html", context, status=422 if form.errors else 200)


def _told(scheme: Any) -> dict[str, Any]:
    floors = _("，").join(f"{floor_words(f)} {decimal(v)}" for f, v in sorted(scheme.table.items())) or _("%(floor)s %(base)s") % {
        "floor": floor_words(scheme.base_floor),
        "base": decimal(scheme.base),
    }
    more = _("；%(floor)s以上每层加 %(step)s") % {
        "floor": floor_words(max(scheme.table, default=scheme.base_floor)),
        "step": decimal(scheme.step),
    }
    chip, tone = confidence_words(scheme.confidence)
    by = _("乘以面积") if scheme.by == "area" else _("同层各户一样")
    return {
        "name": scheme.name(tongue()), "floors": floors + (more if scheme.step else ""), "by": by, "source": scheme.source(tongue()),
        "note": scheme.note(tongue()), "chip": chip, "tone": tone,
    }  # fmt: skip


@require_POST
@desk.at_desk
def end_scheme(request: HttpRequest, scheme_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    keys.end_scheme(actor=actor, scheme_id=min(scheme_id, 2**31 - 1), now=now)
    messages.success(request, _("已停用；用过它的方案不受影响。"))
    return HttpResponseRedirect(reverse("plans_desk:schemes"))
