"""What was found wrong on a roll, and mending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, put_on, query
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.rolls import mends, queries
from linli.kernel.rolls.actions import mending
from linli.kernel.rolls.actions.reading import note_export
from linli.kernel.rolls.desk_door import number, of_roll
from linli.kernel.rolls.desk_rows import finding_rows
from linli.kernel.rolls.forms import ReasonForm
from linli.kernel.rolls.models import Roll
from linli.kernel.rolls.wording import FINDINGS, title_of
from linli.web.downloads import STEP, as_download, asked_as, downloads, every

FINDINGS_PAGE = 20


@of_roll
@require_safe
def findings(request: HttpRequest, roll: Roll, code: str) -> HttpResponseBase:
    if asked_as(request) and code in FINDINGS:
        return _findings_file(request, roll, code)
    return findings_page(request, roll, code)


def _findings_file(request: HttpRequest, roll: Roll, code: str) -> HttpResponseBase:
    """Who, where and what, names masked as on the page; who asks owners at their doors takes it along. Two queries for each five hundred."""
    actor, now = actor_and_now(request)
    note_export(actor=actor, roll=roll, purpose="", now=now)

    def page(after: int | None) -> tuple[Sequence[dict[str, Any]], int]:
        rows, more = queries.problems(roll, code, after=after or 0, limit=STEP)
        return finding_rows(actor, roll, rows, may_draw=False, tried=None), more

    rows = ([row["door"], row["who"], row["what"]] for row in every(page))
    header = (_("门牌"), _("谁"), _("情况"))
    return as_download(request, f"{title_of(roll)} {FINDINGS[code].title}", header, rows, (32, 32, 60))


def findings_page(
    request: HttpRequest,
    roll: Roll,
    code: str,
    *,
    status: int = 200,
    refused: Refused | None = None,
    tried: tuple[str, mends.Subject, Any] | None = None,
    all_form: Any = None,
) -> HttpResponse:
    """Findings of one kind, each with who and where and its ways of mending; `tried` is the form that was refused, drawn open again."""
    if code not in FINDINGS:
        raise NotFound("no_finding", _("没有这一类问题。"))
    actor, _now = actor_and_now(request)
    rows, more = queries.problems(roll, code, after=number(request.GET.get("after", "")), limit=FINDINGS_PAGE)
    may_draw = roll.is_draft and table.may(actor, "roll.draw", roll.place_path)
    words = FINDINGS[code]
    everywhere = [{"verb": verb, "label": mends.ALL_WORDS[verb]} for verb in mending.FOR_ALL.get(code, ())] if may_draw else []
    listed = finding_rows(actor, roll, rows, may_draw=may_draw, tried=tried)
    # What was typed is never lost: a finding that is not on this page any more has its form at the top.
    loose = None
    if tried is not None and not any(form["open"] for row in listed for form in row["forms"]):
        loose = {"verb": tried[0], "label": mends.MENDS[tried[0]].label, "form": tried[2], "hidden": tried[1].plain()}
    context = {
        "roll": roll,
        "title": title_of(roll),
        "code": code,
        "words": words,
        "rows": listed,
        "loose": loose,
        "next": query(request, after=str(more)) if more else "",
        "everywhere": everywhere if len(rows) > 1 else [],
        "all_form": all_form or ReasonForm(auto_id="all_%s"),
        "refused": refused,
        "exports": downloads(request) if table.may(actor, "roll.export", roll.place_path) else None,
    }
    return render(request, "rolls/desk/findings.html", context, status=status)


@of_roll
@require_POST
def mend(request: HttpRequest, roll: Roll, way: str) -> HttpResponse:
    """One form of one finding: its action, then the findings of that kind that are left."""
    actor, now = actor_and_now(request)
    if way not in mends.MENDS:
        raise NotFound("no_verb", _("没有这一步。"))
    table.require(actor, "roll.draw", roll.place_path)
    at, code = mends.Subject.of(request.POST), request.POST.get("code", "")
    among = [(number(request.POST.get("person", "")), "")] if way == "representative" else ()
    form = mends.form_for(way, actor, request.POST, among=among)
    refused, status = None, 422
    if form.is_valid():
        try:
            mends.mend(way, actor=actor, roll_id=roll.pk, now=now, at=at, given=form.cleaned_data)
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            if problem.status in (403, 404) or isinstance(problem, Conflict):
                raise
            refused, status = problem, problem.status
        else:
            messages.success(request, _("已处理，名册已重新核对。"))
            return HttpResponseRedirect(_after_mending(roll, code))
    if code in FINDINGS:
        return findings_page(request, roll, code, status=status, refused=refused, tried=(way, at, form))
    if refused is not None:
        raise refused
    raise Invalid("missing", _("还缺必填内容。"), fields={name: list(errors) for name, errors in form.errors.items()})


def _after_mending(roll: Roll, code: str) -> str:
    """The findings of that kind that are left, or the roll when it was the last."""
    if code in FINDINGS and roll.problems.filter(code=code).exists():
        return reverse("rolls_desk:findings", args=[roll.pk, code])
    return reverse("rolls_desk:roll", args=[roll.pk])


@of_roll
@require_POST
def settle_all(request: HttpRequest, roll: Roll, code: str) -> HttpResponse:
    """All findings of a kind by one decision."""
    actor, now = actor_and_now(request)
    table.require(actor, "roll.draw", roll.place_path)
    form = ReasonForm(request.POST, auto_id="all_%s")
    if not form.is_valid():
        return findings_page(request, roll, code, status=422, all_form=form)
    reason, verb = form.cleaned_data["reason"], request.POST.get("verb", "")
    mending.settle_all(actor=actor, roll_id=roll.pk, code=code, verb=verb, reason=reason, now=now)
    messages.success(request, _("已全部处理，名册已重新核对。"))
    return HttpResponseRedirect(_after_mending(roll, code))
