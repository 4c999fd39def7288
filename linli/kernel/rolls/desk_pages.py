"""Rolls at the Desk: draw up, look at what is wrong, mend, freeze, begin a mended one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, Protocol

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
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.accounts.desk_pages import put_on, query, reach
from linli.kernel.places.models import Kind
from linli.kernel.places.queries import place_choices
from linli.kernel.rolls import mends, queries
from linli.kernel.rolls.actions import draft, freezing, mending
from linli.kernel.rolls.actions.reading import note_export
from linli.kernel.rolls.desk_rows import decision_row, finding_rows, kind_row
from linli.kernel.rolls.entering import read_lines
from linli.kernel.rolls.forms import DrawForm, EnterForm, FreezeForm, ReasonForm, TermsForm, WhyForm
from linli.kernel.rolls.models import DRAWN, Level, Roll, RollState
from linli.kernel.rolls.wording import FINDINGS, area_words, terms, title_of
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every

LARGEST = 2**63 - 1
FINDINGS_PAGE = 20


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by ActorMiddleware


P = ParamSpec("P")


class _Page(Protocol[P]):
    def __call__(self, request: HttpRequest, roll: Roll, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase: ...


def of_roll(view: _Page[P]) -> Any:
    """A page of one roll that staff may read: fetched and allowed in one step, never kept in a cache."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, roll_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, queries.roll_for_staff(who(request)[0], min(roll_id, LARGEST)), *args, **kwargs)

    return page


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def to_roll(roll: Roll | int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("rolls_desk:roll", args=[roll if isinstance(roll, int) else roll.pk]))


# --- the list, and a new one -------------------------------------------------------------------------
@never_cache
@login_required
@require_safe
def rolls(request: HttpRequest) -> HttpResponseBase:
    actor, _now = who(request)
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
    actor, now = who(request)
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


# --- one roll ----------------------------------------------------------------------------------------
@of_roll
@require_safe
def roll(request: HttpRequest, roll: Roll) -> HttpResponse:
    return roll_page(request, roll)


def roll_page(request: HttpRequest, roll: Roll, *, status: int = 200, **more: Any) -> HttpResponse:
    """The roll whole: where it stands, what was found, by building. At most twelve queries."""
    actor, now = who(request)
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
    actor, now = who(request)
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
    actor, now = who(request)
    draft.redraw(actor=actor, roll_id=roll.pk, now=now)
    messages.success(request, _("已按现在的登记重新核对。"))
    return to_roll(roll)


@of_roll
@require_POST
def discard(request: HttpRequest, roll: Roll) -> HttpResponse:
    actor, now = who(request)
    draft.discard(actor=actor, roll_id=roll.pk, now=now)
    messages.success(request, _("草案已经作废。"))
    return HttpResponseRedirect(reverse("rolls_desk:rolls"))


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def freeze(request: HttpRequest, roll: Roll) -> HttpResponse:
    """What will be published, and the one step that cannot be taken back."""
    actor, now = who(request)
    table.require(actor, "roll.freeze", roll.place_path)
    draft.refuse_frozen(roll)
    days, rule = freezing.days_posted(roll)
    form, status, refused = FreezeForm(request.POST or None, initial={"objection_days": days}), 200, None
    if rule:
        form.fields["objection_days"].help_text = _(
            "本地规定名册至少公示 %(n)s 天（%(rule)s）；从公示第二天起算，最后一天是休息日的顺延。"
        ) % {
            "n": days,
            "rule": rule,
        }
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
    actor, now = who(request)
    form = WhyForm(request.POST)
    if form.is_valid():
        made = freezing.mend_roll(actor=actor, roll_id=roll.pk, why=form.cleaned_data["why"], now=now)
        return to_roll(made)
    return roll_page(request, roll, status=422, why_form=form)


# --- what was found, and mending it ------------------------------------------------------------------
@of_roll
@require_safe
def findings(request: HttpRequest, roll: Roll, code: str) -> HttpResponseBase:
    if asked_as(request) and code in FINDINGS:
        return _findings_file(request, roll, code)
    return findings_page(request, roll, code)


def _findings_file(request: HttpRequest, roll: Roll, code: str) -> HttpResponseBase:
    """Who, where and what, names masked as on the page; who asks owners at their doors takes it along. Two queries for each five hundred."""
    actor, now = who(request)
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
    actor, _now = who(request)
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
    actor, now = who(request)
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
    actor, now = who(request)
    table.require(actor, "roll.draw", roll.place_path)
    form = ReasonForm(request.POST, auto_id="all_%s")
    if not form.is_valid():
        return findings_page(request, roll, code, status=422, all_form=form)
    reason, verb = form.cleaned_data["reason"], request.POST.get("verb", "")
    mending.settle_all(actor=actor, roll_id=roll.pk, code=code, verb=verb, reason=reason, now=now)
    messages.success(request, _("已全部处理，名册已重新核对。"))
    return HttpResponseRedirect(_after_mending(roll, code))


# --- decisions and entries ---------------------------------------------------------------------------
@of_roll
@require_safe
def decisions(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    actor, _now = who(request)
    if asked_as(request):
        return _decisions_file(request, roll)
    rows, more = queries.decisions(roll, after=number(request.GET.get("after", "")))
    context = {
        "roll": roll,
        "title": title_of(roll),
        "rows": [decision_row(one) for one in rows],
        "next": query(request, after=str(more)) if more else "",
        "may_draw": roll.is_draft and table.may(actor, "roll.draw", roll.place_path),
        "exports": downloads(request),
    }
    return render(request, "rolls/desk/decisions.html", context)


def _decisions_file(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    """Names masked as on the page. One query for each five hundred."""
    found = every(lambda after: queries.decisions(roll, after=after or 0, limit=STEP))
    shown = (decision_row(one) for one in found)
    rows = ([row["what"], row["about"], row["details"], row["reason"], row["by"], row["at"]] for row in shown)
    header = (_("处理"), _("谁"), _("情况"), _("依据"), _("谁做的"), _("时间"))
    return as_download(request, f"{title_of(roll)} {_('已经做的处理')}", header, rows, (24, 32, 32, 40, 16, 18))


@of_roll
@require_POST
def take_back(request: HttpRequest, roll: Roll, decision_id: int) -> HttpResponse:
    actor, now = who(request)
    mending.take_back(actor=actor, roll_id=roll.pk, decision_id=min(decision_id, LARGEST), now=now)
    messages.success(request, _("已撤回，名册已重新核对。"))
    return HttpResponseRedirect(reverse("rolls_desk:decisions", args=[roll.pk]))


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def entries(request: HttpRequest, roll: Roll) -> HttpResponse:
    """Enter representatives, members or a list: one of the register, or a line each."""
    actor, now = who(request)
    table.require(actor, "roll.draw", roll.place_path)
    draft.refuse_frozen(roll)
    form, status = EnterForm(request.POST or None, actor=actor), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            bodies = [given["body"]] if given["body"] else []
            rows = read_lines(actor, given["lines"], bodies)
            if given["person"]:
                rows.insert(0, {"person": given["person"], "bodies": bodies})
            try:
                mending.enter_many(actor=actor, roll_id=roll.pk, now=now, entries=rows)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("已录入 %(n)s 行。") % {"n": len(rows)})
                return to_roll(roll)
    return render(request, "rolls/desk/entries.html", {"form": form, "roll": roll, "title": title_of(roll)}, status=status)
