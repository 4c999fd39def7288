"""Changing an indicator: structured rows, a preview on the last twelve months worked out by the worker, and then the new version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.insight.measure.definitions import Indicator
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk
from linli.kernel.places.facts import tables
from linli.measure import indicators, judging, queries, wording
from linli.measure.asked.actions import ask_preview, asked_for, may_edit
from linli.measure.asked.actions import changed as as_changed
from linli.measure.asked.models import Asked
from linli.measure.desk.one import known
from linli.measure.desk.shared import address, chosen, target_of

if TYPE_CHECKING:
    from linli.measure.desk.forms import EditForm


@never_cache
@require_http_methods(["GET", "POST"])
@at_desk
def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    """The form, filled in with what is in force; sent, it is tried on the last year or becomes the new version."""
    from linli.measure.desk.forms import EditForm  # large, and rarely met

    one, version = known(code)
    here = chosen(request, "indicator.edit")
    may_edit(here.actor)
    others = [
        (key, found.name(wording.language()))
        for key, (found, _v) in indicators.in_force().items()
        if found.state == "computed" and key != code
    ]
    form = EditForm(request.POST if request.method == "POST" else None, said=indicators.said_of()[code], tables=tables(), others=others)
    if request.method == "POST" and form.is_valid():
        try:
            return _done(request, code, form)
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            if problem.status in (403, 404):
                raise
            form.add_error(None, " ".join(filter(None, (str(problem.text), str(problem.turn_to)))))
    context = {
        "one": one,
        "name": one.name(wording.language()),
        "version": version,
        "form": form,
        "place": here.here,
        "period": str(here.span),
        "back": address(code, **here.kept()),
        "list_href": address(**here.kept()),
        "dictionary": _dictionary(),
    }
    return render(request, "measure/desk/edit.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, code: str, form: EditForm) -> HttpResponse:
    here = chosen(request, "indicator.edit")
    data, reason = form.changes(), form.cleaned_data["reason"]
    if request.POST.get("do") == "preview":
        asked = ask_preview(actor=here.actor, code=code, data=data, reason=reason, place=here.here, now=here.now)
        messages.success(request, _("正在用过去十二个月的记录试算，还没有改动任何东西。"))
        return HttpResponseRedirect(reverse("indicators:asked", args=[asked.pk]))
    from linli.measure.actions import change_indicator

    change_indicator(actor=here.actor, code=code, data=data, reason=reason, now=here.now)
    messages.success(request, _("新的一版已生效，数字会在下一次计算时更新；公布过的数字不变。"))
    return HttpResponseRedirect(address(code, **here.kept()))


def _dictionary() -> list[dict[str, Any]]:
    """Every column that can be counted by, with what it may be."""
    kinds = {"number": _("整数"), "code": _("代码"), "moment": _("时间"), "yes": _("是或否"), "person": _("人（不含身份）")}
    return [
        {
            "table": table.says(wording.language()),
            "columns": [
                {
                    "name": c.name,
                    "says": c.says(wording.language()),
                    "kind": kinds[c.type],
                    "values": "、".join(v or "“”" for v in c.values),
                }
                for c in table.columns
            ],
        }
        for table in tables().values()
    ]


# --- what was asked of the lake -------------------------------------------------------------------------------------------------
@never_cache
@require_safe
@at_desk
def asked(request: HttpRequest, asked_id: int) -> HttpResponseBase:
    """A preview or a publication, with its answer, or that it is being worked out; then the page looks again by itself."""
    actor, now = worker_and_now(request)
    found = asked_for(actor, asked_id)
    waits = found.answered_at is None
    context: dict[str, Any] = {"asked": found, "waits": waits, "place": found.place, "list_href": address(place=found.place_id)}
    if found.kind == Asked.Kind.PUBLISH:
        context |= {
            "span": queries.period_asked(found.period, now).name(wording.language()),
            "count": found.answer.get("published", 0),
            "back": f"{reverse('indicators:publish')}?place={found.place_id}&period={found.period}",
        }
        return render(request, "measure/desk/published.html", context)
    one, version = known(found.code)
    context |= {
        "one": one,
        "name": one.name(wording.language()),
        "back": address(found.code, place=found.place_id),
        "edit_href": address(found.code, part="edit", place=found.place_id),
        "same": version,
        **(_compared(one, found) if not waits and not found.problem else {"rows": []}),
    }
    return render(request, "measure/desk/preview.html", context)


def _compared(one: Indicator, found: Asked) -> dict[str, Any]:
    """Month by month what is said now and what would be, each with whether its target is met."""
    after = as_changed(found.code, found.data)
    rows = []
    for month, now_value, then_value, cases in found.answer.get("rows", ()):
        span = queries.period_asked(month, found.asked_at)
        rows.append(
            {
                "month": span.name(wording.language()),
                "short": month,
                "now": wording.value_words(now_value, one.unit),
                "then": wording.value_words(then_value, after.unit),
                "then_value": then_value,
                "cases": cases,
                "now_met": judging.judged(now_value, target_of(one, span, found.place)),
                "then_met": judging.judged(then_value, target_of(after, span, found.place)),
            }
        )
    return {"rows": rows, "met_now": sum(r["now_met"] == "met" for r in rows), "met_then": sum(r["then_met"] == "met" for r in rows)}


@require_POST
@at_desk
def keep(request: HttpRequest, asked_id: int) -> HttpResponse:
    """What was tried becomes the new version."""
    actor, now = worker_and_now(request)
    found = asked_for(actor, asked_id)
    if found.kind != Asked.Kind.PREVIEW:
        raise Invalid("no_preview", _("这不是一次试算。"))
    from linli.measure.actions import change_indicator

    made = change_indicator(actor=actor, code=found.code, data=found.data, reason=found.reason, now=now)
    messages.success(request, _("第 %(n)s 版已生效，数字会在下一次计算时更新；公布过的数字不变。") % {"n": made.version})
    return HttpResponseRedirect(address(found.code, place=found.place_id))
