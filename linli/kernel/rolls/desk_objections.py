"""Objections to rolls at the Desk: the inbox, those of one roll, recording one for somebody, answering."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, put_on, query
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.accounts.actions import log_event
from linli.kernel.rolls import lawful, queries
from linli.kernel.rolls.actions import objecting
from linli.kernel.rolls.desk_door import LARGEST, number, of_roll
from linli.kernel.rolls.forms import AnswerForm, ObjectionForForm
from linli.kernel.rolls.models import Roll, RollObjection
from linli.kernel.rolls.wording import objector, title_of
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every
from linli.web.words import until


def channel_words(channel: str) -> str:
    return {"web": _("网上"), "counter": _("当面"), "phone": _("电话"), "visit": _("上门"), "paper": _("书面")}.get(channel, "")


def objection_row(one: RollObjection, now: datetime, *, whole: bool) -> dict[str, Any]:
    """`whole`: for who answers, who must know whom they answer."""
    tones = {"open": "gold", "accepted": "green", "rejected": "plain", "withdrawn": "plain"}
    due = lawful.answer_due(one) if one.state == RollObjection.State.OPEN else None
    return {
        "due": _("应在%(when)s以前作出处理决定（%(rule)s）") % {"when": until(due[0]), "rule": due[1]} if due else "",
        "late": due is not None and now >= due[0],
        "one": one,
        "name": objector(one, whole=whole),
        "text": as_read(one.text),
        "kind": one.get_kind_display(),
        "channel": channel_words(one.channel),
        "state": one.get_state_display(),
        "tone": tones[one.state],
    }


@never_cache
@login_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponseBase:
    """Every objection that waits for this reader's answer, the oldest first."""
    actor, now = actor_and_now(request)
    if not table.holds(actor, "roll.answer"):
        raise table.refusal(actor, "roll.answer")
    if asked_as(request):
        return _waiting_file(request)
    rows = queries.objections_in_reach(actor, after=number(request.GET.get("after", "")), limit=queries.PAGE + 1)
    shown = rows[: queries.PAGE]
    context = {
        "rows": [{**objection_row(one, now, whole=True), "roll": title_of(one.roll)} for one in shown],
        "next": query(request, after=str(shown[-1].pk)) if len(rows) > queries.PAGE else "",
        "exports": downloads(request),
    }
    return render(request, "rolls/desk/waiting.html", context)


def _waiting_file(request: HttpRequest) -> HttpResponseBase:
    """One query for each five hundred; logged, as it tells who objects."""
    actor, now = actor_and_now(request)

    def page(after: int | None) -> tuple[Sequence[RollObjection], int | None]:
        return cut(queries.objections_in_reach(actor, after=after or 0, limit=STEP + 1), lambda one: one.pk)

    log_event("table_exported", now=now, actor=actor, about="roll objections")
    return _objections_file(
        request, _("待答复的异议"), ([title_of(one.roll), *_cells(one, now, whole=True)] for one in every(page)), several=True
    )


def _objections_file(request: HttpRequest, name: str, rows: Iterator[list[Any]], *, several: bool) -> HttpResponseBase:
    """`several`: of more than one roll, so that each row begins with its own."""
    header = (_("异议"), _("内容"), _("谁提的"), _("怎样提的"), _("什么时候"), _("状态"), _("答复"), _("谁答复的"), _("答复时间"))
    widths = (16, 48, 14, 10, 18, 12, 48, 14, 18)
    return as_download(request, name, (_("名册"), *header) if several else header, rows, (36, *widths) if several else widths)


def _cells(one: RollObjection, now: datetime, *, whole: bool) -> list[Any]:
    row = objection_row(one, now, whole=whole)
    said = [row["kind"], one.text, row["name"], row["channel"], one.raised_at, row["state"]]
    return [*said, one.answer, one.answered_by_name, one.answered_at]


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def objections(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    """Those of one roll; by POST one made at the counter, by phone, on a visit or on paper is recorded."""
    actor, now = actor_and_now(request)
    if request.method != "POST" and asked_as(request):
        whole = table.may(actor, "roll.answer", roll.place_path)
        found = every(lambda after: queries.objections(roll, after=after or 0, limit=STEP))
        log_event("table_exported", now=now, actor=actor, about=f"objections to roll {roll.pk}")
        return _objections_file(
            request, f"{title_of(roll)} {_('对名册的异议')}", (_cells(one, now, whole=whole) for one in found), several=False
        )
    if request.method != "POST":
        return objections_page(request, roll)
    table.require(actor, "roll.object_for", roll.place_path)
    form = ObjectionForForm(request.POST, actor=actor, reach=[roll.place_path])
    if form.is_valid():
        try:
            objecting.object_for(actor=actor, roll_id=roll.pk, now=now, **form.cleaned_data)
        except Invalid as problem:
            put_on(form, problem)
        else:
            messages.success(request, _("异议已登记。"))
            return HttpResponseRedirect(reverse("rolls_desk:objections", args=[roll.pk]))
    return objections_page(request, roll, status=422, form=form)


def objections_page(request: HttpRequest, roll: Roll, *, status: int = 200, form: Any = None, answered: Any = None) -> HttpResponse:
    actor, now = actor_and_now(request)
    may_answer = table.may(actor, "roll.answer", roll.place_path)
    rows, more = queries.objections(roll, after=number(request.GET.get("after", "")), limit=20)
    listed = []
    for one in rows:
        mine = answered[1] if answered and answered[0] == one.pk else AnswerForm(auto_id=f"a{one.pk}_%s")
        listed.append({**objection_row(one, now, whole=may_answer), "form": mine if may_answer and one.state == "open" else None})
    may_record = table.may(actor, "roll.object_for", roll.place_path)
    open_now = queries.is_open(roll, now)
    context = {
        "roll": roll,
        "title": title_of(roll),
        "rows": listed,
        "next": query(request, after=str(more)) if more else "",
        "form": (form or ObjectionForForm(actor=actor, reach=[roll.place_path])) if may_record and open_now else None,
        "open_now": open_now,
        "exports": downloads(request),
    }
    return render(request, "rolls/desk/objections.html", context, status=status)


@of_roll
@require_POST
def answer(request: HttpRequest, roll: Roll, objection_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    objection_id = min(objection_id, LARGEST)
    if not roll.objections.filter(pk=objection_id).exists():
        raise NotFound("no_objection", _("没有找到这条异议。"))
    form = AnswerForm(request.POST, auto_id=f"a{objection_id}_%s")
    if form.is_valid():
        try:
            objecting.answer(actor=actor, objection_id=objection_id, now=now, **form.cleaned_data)
        except Refused as problem:
            if problem.status == 403:
                raise
            form.add_error(None, str(problem.text))
        else:
            messages.success(request, _("已答复，提出的人会收到。"))
            return HttpResponseRedirect(reverse("rolls_desk:objections", args=[roll.pk]))
    return objections_page(request, roll, status=422, answered=(objection_id, form))
