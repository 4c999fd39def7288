"""The Desk: ask what another hand or promise would change; what was asked, and the answer with what the past says of such answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on, reach
from linli.kernel.access.refusals import Invalid
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk
from linli.kernel.matters.models import Category
from linli.kernel.matters.saying import unit_name
from linli.loops.hands.actions import HAS_SIMPY, ask
from linli.loops.hands.forms import QuestionForm
from linli.loops.hands.models import Question
from linli.loops.hands.queries import question_for, questions_for, units_for
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long, percent


@never_cache
@require_safe
@at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """The form, and below it what was asked so far. At most six queries."""
    actor, _now = worker_and_now(request)
    if not table.holds(actor, "hands.read"):
        raise table.refusal(actor, "hands.read")
    if asked_as(request):
        header = (_("测算"), _("时间"), _("按时办结"))
        rows = ([row["title"], row["meta"], row["chip"]] for row in map(_row, questions_for(actor)))
        return as_download(request, _("人手测算"), header, rows, (60, 20, 20))
    return _drawn(request, _form(actor))


@require_POST
@at_desk
def asked(request: HttpRequest) -> HttpResponse:
    """Ask, and go to where the answer will stand; with something wrong the form comes back as it was filled in."""
    actor, now = worker_and_now(request)
    form = _form(actor, request.POST)
    if not reach(actor, "hands.ask"):
        raise table.refusal(actor, "hands.ask")
    if form.is_valid():
        v = form.cleaned_data
        try:
            made = ask(
                actor=actor,
                unit_id=v["unit"],
                category=v["category"],
                hands=v["hands"],
                extra=v["extra"] or 0,
                promise_hours=v["promise_hours"],
                now=now,
            )
        except Invalid as problem:
            put_on(form, problem)
        else:
            messages.success(request, _("问好了，一分钟内算出来。"))
            return HttpResponseRedirect(f"/desk/hands/{made.pk}/")
    return _drawn(request, form, status=422)


def _form(actor: Actor, sent: Any = None) -> QuestionForm:
    paths = reach(actor, "hands.ask")
    units = [unit for unit in units_for(paths) if is_on("hands", unit.place)] if paths and HAS_SIMPY else []
    categories = list(Category.objects.filter(active=True)) if units else []
    return QuestionForm(sent, units=units, categories=categories, initial={"extra": 1})


def _drawn(request: HttpRequest, form: QuestionForm, status: int = 200) -> HttpResponse:
    actor, _now = worker_and_now(request)
    may_ask = bool(form.fields["unit"].choices)  # type: ignore[attr-defined]  # a field with choices
    off = _("这里没有打开人手测算。") if HAS_SIMPY else _("这里没有安装分析组件，不能测算。")
    context = {
        "form": form,
        "may_ask": may_ask,
        "why_not": off if not may_ask and table.holds(actor, "hands.ask") else "",
        "rows": [_row(question) for question in questions_for(actor)],
        "exports": downloads(request),
    }
    return render(request, "hands/list.html", context, status=status)


@never_cache
@require_safe
@at_desk
def one(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question with its answer, or that it is being reckoned. At most three queries."""
    actor, _now = worker_and_now(request)
    question = question_for(actor, question_id)
    context = {"q": _row(question), "waits": question.answered_at is None, "why_none": _why_none(question), **_answer(question)}
    return render(request, "hands/one.html", context)


def _row(question: Question) -> dict[str, Any]:
    answer = question.answer if question.answered_at and not question.failed and not question.answer.get("why_none") else None
    return {
        "href": f"/desk/hands/{question.pk}/",
        "title": _("%(unit)s：%(what)s") % {"unit": unit_name(question.unit), "what": asked_words(question)},
        "meta": date_long(question.asked_at),
        "chip": _share(answer["then"][0]) if answer else _("正在算") if question.answered_at is None else _("没有结果"),
        "tone": "green" if answer else "gold" if question.answered_at is None else "plain",
        "icon": "chart",
    }


def asked_words(question: Question) -> str:
    """What is to change, in words."""
    parts = []
    if question.category is not None:
        parts.append(question.category.name)
    if question.extra > 0:
        parts.append(ngettext("多 %(n)s 个人", "多 %(n)s 个人", question.extra) % {"n": question.extra})
    if question.extra < 0:
        parts.append(ngettext("少 %(n)s 个人", "少 %(n)s 个人", -question.extra) % {"n": -question.extra})
    if question.promise_hours:
        parts.append(ngettext("承诺 %(n)s 小时", "承诺 %(n)s 小时", question.promise_hours) % {"n": question.promise_hours})
    if not question.extra and not question.promise_hours:
        parts.append(_("照现在的样子"))
    return _("，").join(parts)


def _share(share: float) -> str:
    return percent(Fraction(max(0.0, min(1.0, share))).limit_denominator(100_000))


def _between(row: list[float]) -> str:
    return _("%(low)s 到 %(high)s") % {"low": _share(row[1]), "high": _share(row[2])}


def _why_none(question: Question) -> str:
    if question.failed:
        return _("这次没有算出来，已记入日志，请告诉系统管理员。")
    numbers = {"cases": question.answer.get("cases", 0), "days": question.answer.get("days", 0)}
    return {
        "few_cases": _("过去的记录太少：只有 %(cases)s 件，办完 50 件以后才能测算。") % numbers,
        "few_days": _("过去的记录太短：只有 %(days)s 天来过件，满 14 天才能测算。") % numbers,
        "no_promise": _("这些件都没有承诺过时限，请写上承诺改成多少小时。"),
        "no_hours": _("从记录里看不出什么时候上班，没法测算。"),
        "no_hands": _("从记录看，现在没有那么多人，减完就没有人了。请写上现在有几个人办。"),
    }.get(question.answer.get("why_none", ""), "")


def _answer(question: Question) -> dict[str, Any]:
    found = question.answer
    if question.answered_at is None or question.failed or found.get("why_none"):
        return {"has_answer": False}
    kept, told = found["past"]
    changed = bool(question.extra or question.promise_hours)
    back = found.get("back")
    return {
        "has_answer": True,
        "changed": changed,
        # Where nothing was promised so far there is no share to speak of.
        "now": _share(found["now"][0]) if told else "—",
        "now_between": _between(found["now"]) if told else "",
        "then": _share(found["then"][0]),
        "then_between": _between(found["then"]),
        "gain": _gain(found["gain"]) if told else "",
        "days": found["for_days"],
        "past": _share(kept / told) if told else "—",
        "told": told,
        "cases": found["cases"],
        "facts": [
            {"label": _("每天来件"), "value": f"{found['a_day']:g}"},
            {
                "label": _("同时办的人"),
                "value": str(found["hands"]) if question.hands else _("%(n)s（从最忙的日子估计）") % {"n": found["hands"]},
            },
            {"label": _("一件占一个人"), "value": _("约 %(n)s 分钟") % {"n": f"{found['minutes']:g}"}},
            {
                "label": _("人手用去"),
                "value": _share(found["load"]) if not question.extra else f"{_share(found['load'])} → {_share(found['load_then'])}",
            },
        ],
        "back": _back(back) if back else "",
    }


def _gain(row: list[float]) -> str:
    points = round(100 * row[0], 1)
    if row[1] <= 0 <= row[2] and abs(points) < 0.5:
        return _("按时的比例几乎不变：时间主要不是花在等人手上。")
    words = {"n": f"{abs(points):g}", "low": f"{100 * row[1]:+.1f}", "high": f"{100 * row[2]:+.1f}"}
    if points >= 0:
        return _("按时的比例大约多 %(n)s 个百分点（%(low)s 到 %(high)s）。") % words
    return _("按时的比例大约少 %(n)s 个百分点（%(low)s 到 %(high)s）。") % words


def _back(back: dict[str, Any]) -> str:
    words = {
        "days": back["days"],
        "predicted": _share(back["predicted"]),
        "real": _share(back["real"]),
        "cases": back["cases"],
        "off": f"{abs(100 * (back['predicted'] - back['real'])):.1f}",
    }
    return (
        _("拿最近 %(days)s 天检验：只用那以前的记录预测按时 %(predicted)s，实际是 %(real)s（%(cases)s 件），相差 %(off)s 个百分点。")
        % words
    )
