"""The list of ballots, and one ballot: its clocks, turnout without choices, what stands in the way of the count, the acts, the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on, query
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.matters import desk
from linli.loops.council.ballots import queries
from linli.loops.council.ballots.actions import announcing, counting, following, setting_up
from linli.loops.council.ballots.desk import TONES, kept, number, of_ballot, photo_as, to, words, worker_and_now
from linli.loops.council.ballots.desk.setup import notice_preview, term_rows
from linli.loops.council.ballots.desk_forms import OfficialForm, WhyForm, WitnessesForm
from linli.loops.council.ballots.models import Ballot, Hearing, Kind, Reading, SecretPaper, State, Vote
from linli.loops.council.ballots.official import rows_of as official_rows
from linli.loops.council.ballots.wording import seated_of
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every
from linli.web.navigation import NavItem

PAGE = 50


def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if not table.holds(actor, "ballot.read"):
        return []
    items = [NavItem(pgettext("list", "表决"), "/desk/ballots/", "check")]
    if table.holds(actor, "ballot.record"):
        items.append(NavItem(_("录入纸质票"), "/desk/ballots/paper/", "camera"))
    return items


@require_GET
@desk.at_desk
def ballots(request: HttpRequest) -> HttpResponseBase:
    actor, now = worker_and_now(request)
    if not table.holds(actor, "ballot.read"):
        raise table.refusal(actor, "ballot.read")
    state = request.GET.get("state", "")
    found = in_reach(actor)
    if state in State.values:
        found = found.filter(state=state)
    if asked_as(request):
        return _file(request, found)
    if before := number(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    context = {
        "rows": [_row(b, now) for b in rows[:PAGE]],
        "may_record": table.holds(actor, "ballot.record"),
        "state": state,
        "states": [("", _("全部")), *State.choices],
        "next": query(request, before=str(rows[PAGE - 1].pk)) if len(rows) > PAGE else "",
        "exports": downloads(request),
    }
    return render(request, "ballots/desk/list.html", context)


def _file(request: HttpRequest, found: QuerySet[Ballot]) -> HttpResponseBase:
    """The ballots as they are narrowed, each with its result. One query for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Ballot], int | None]:
        rows = found.filter(pk__lt=before) if before else found
        return cut(list(rows.order_by("-pk")[: STEP + 1]), lambda ballot: ballot.pk)

    rows = (
        [
            ballot.motion.matter.ref,
            ballot.motion.matter.public_title or ballot.motion.matter.title,
            ballot.motion.matter.place.name,
            ballot.get_kind_display(),
            ballot.get_state_display(),
            ballot.opens_at,
            ballot.closes_at,
            ballot.roll.voter_count,
            passed_words(ballot),
        ]
        for ballot in every(page)
    )
    header = (
        _("议题编号"), _("表决"), _("地点"), _("表决种类"), _("状态"), _("开始时间"), _("截止时间"), _("名册人数"), _("结果"),
    )  # fmt: skip
    return as_download(request, _("表决"), header, rows, (10, 36, 20, 14, 12, 18, 18, 12, 12))


def passed_words(ballot: Ballot) -> str:
    return "" if ballot.passed is None else _("通过") if ballot.passed else _("没有通过")


def in_reach(actor: Actor) -> QuerySet[Ballot]:
    scope = Q(pk__in=[])
    for kind, standing in table.reach_of(actor, "ballot.read"):
        if kind == "area":
            scope |= Q(**subtree("motion__matter__place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return Ballot.objects.filter(scope).select_related("motion__matter__place", "roll")


def _row(ballot: Ballot, now: datetime) -> dict[str, Any]:
    matter = ballot.motion.matter
    return {
        "ballot": ballot,
        "title": matter.public_title or matter.title,
        "sub": f"{matter.ref} · {matter.place.name} · {ballot.get_kind_display()}",
        "tone": TONES[State(ballot.state)],
        "when": words.when_words(ballot.opens_at, ballot.closes_at),
        "passed": ballot.passed,
    }


# --- one -----------------------------------------------------------------------------------------------------
@require_GET
@of_ballot("ballot.read")
def one(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    return one_page(request, ballot)


def one_page(
    request: HttpRequest,
    ballot: Ballot,
    *,
    status: int = 200,
    refused: Refused | None = None,
    why: Any = None,
    official_form: Any = None,
    witnesses: Any = None,
) -> HttpResponse:
    """At most twelve queries, two more after the count; nothing here says how anybody voted before it."""
    actor, now = worker_and_now(request)
    path = ballot.motion.matter.place_path
    running = ballot.state in (State.ANNOUNCED, State.OPEN, State.CLOSED, State.COUNTED)
    found = queries.turnout(ballot) if running else None
    way = obstacles(ballot, found.conflicts if found else 0) if ballot.state in (State.OPEN, State.CLOSED) else []
    may = {v: table.may(actor, f"ballot.{v}", path) for v in ("set_up", "open", "record", "deliver", "settle", "count", "package")}
    over = now >= ballot.closes_at
    matter = ballot.motion.matter
    context = {
        "ballot": ballot,
        "matter": matter,
        "title": matter.public_title or matter.title,
        "tone": TONES[State(ballot.state)],
        "may": may,
        "terms": term_rows(ballot),
        "preview": notice_preview(ballot) if ballot.state == State.DRAFT else [],
        "dimensions": words.dimension_rows(found) if found else [],
        "buildings": [
            {"label": b.name or _("不分楼栋"), "voted": b.voted, "voters": b.voters, "value": b.voted / b.voters if b.voters else 0, "text": f"{b.voted} / {b.voters}", "is_group": b.is_group}
            for b in (found.buildings if found else [])
        ],
        "channels": words.channel_rows(found) if found else [],
        "obstacles": way,
        "can_open": may["open"] and ballot.state == State.ANNOUNCED and now >= ballot.opens_at,
        "can_count": may["count"] and ballot.state in (State.OPEN, State.CLOSED) and over and not way,
        "can_abandon": may["open"] and ballot.state not in (State.COUNTED, State.ABANDONED),
        "over": over,
        "working": ballot.state in (State.ANNOUNCED, State.OPEN, State.CLOSED),
        "survey": ballot.kind == Kind.SURVEY,
        "why": why or WhyForm(),
        "official_form": official_form or OfficialForm(ballot=ballot),
        "official_rows": official_rows(ballot.official_result.get("figures", {})),
        "witnesses": witnesses or WitnessesForm(),
        "sealed": words.sealed_of(ballot) if ballot.state == State.COUNTED and may["count"] else None,
        "refused": refused,
        "result": result_of(ballot),
    }  # fmt: skip
    return render(request, "ballots/desk/one.html", context, status=status)


def obstacles(ballot: Ballot, conflicts: int) -> list[dict[str, str]]:
    """What stands in the way of the count, each with where to settle it. Two queries."""
    found = []
    if conflicts:
        found.append({"text": _("互相矛盾、还没有核实的票：%(n)s 户") % {"n": conflicts}, "href": f"/desk/ballots/{ballot.pk}/conflicts/"})
    if papers := Reading.objects.filter(sheet__ballot=ballot, state__in=("waiting", "differs")).count():
        found.append({"text": _("等第二人核对的纸质票：%(n)s 张") % {"n": papers}, "href": f"/desk/ballots/{ballot.pk}/paper/"})
    if heard := Hearing.objects.filter(ballot=ballot, state=Hearing.State.WAITING).count():
        found.append({"text": _("等见证人确认的票：%(n)s 张") % {"n": heard}, "href": f"/desk/ballots/{ballot.pk}/phone/"})
    return found


def result_of(ballot: Ballot) -> dict[str, Any] | None:
    """The stored result in words: the rule's tests, the options' standing, the strict result beside another policy, late papers."""
    if ballot.state != State.COUNTED:
        return None
    law, names = ballot.result["law"], {o["code"]: o["title"] for o in ballot.question.get("options", [])}
    options = [
        {
            "title": f"{row['code']}. {names.get(row['code'], '')}",
            "owners": row["law"]["agree"].get("owners", row["law"]["agree"].get("entitled", "")),
            "area": row["law"]["agree"].get("area", ""),
            "passed": row["law"]["passed"],
        }
        for row in ballot.result.get("options", [])
    ]
    chosen = (
        ballot.result.get("elected") or ballot.result.get("winners") or ([ballot.result["winner"]] if ballot.result.get("winner") else [])
    )
    return {
        "passed": ballot.passed,
        "explained": words.explained(law),
        "options": options,
        "chosen": _("、").join(names.get(c, c) for c in chosen),
        "seated": seated_of(ballot),
        "strict": law.get("strict"),
        "late": Vote.objects.filter(ballot=ballot, state=Vote.State.LATE).count(),
        "papers": SecretPaper.objects.filter(ballot=ballot).count() if ballot.is_secret else 0,
    }


# --- acts ----------------------------------------------------------------------------------------------------
def _do(request: HttpRequest, ballot: Ballot, act: Callable[[], Any], done: str, **typed: Any) -> HttpResponse:
    """`typed`: the form the act came from, which comes back when it is refused."""
    try:
        act()
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused, **typed)
    messages.success(request, done)
    return to("one", ballot.pk)


@require_POST
@of_ballot("ballot.set_up")
def survey(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    return _do(request, ballot, lambda: announcing.announce_survey(actor=actor, ballot_id=ballot.pk, now=now), _("征求意见已经公布。"))


@require_POST
@of_ballot("ballot.set_up")
def to_motion(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """A counted survey becomes a motion, with its figures."""
    actor, now = worker_and_now(request)
    try:
        made = following.motion_from_survey(actor=actor, ballot_id=ballot.pk, now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused)
    messages.success(request, _("已起草议题 %(ref)s，征求意见的数字写在正文里。") % {"ref": made.ref})
    return HttpResponseRedirect(f"/desk/motions/{made.ref}/")


@require_POST
@of_ballot("ballot.open")
def open_it(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    return _do(request, ballot, lambda: setting_up.open_now(actor=actor, ballot_id=ballot.pk, now=now), _("投票已经开始。"))


@require_POST
@of_ballot("ballot.count")
def count(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    return _do(request, ballot, lambda: counting.count(actor=actor, ballot_id=ballot.pk, now=now), _("计票完成，结果已经公布。"))


@require_POST
@of_ballot("ballot.open")
def abandon(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    form = WhyForm(request.POST)
    if not form.is_valid():
        return one_page(request, ballot, status=422, why=form)
    return _do(
        request,
        ballot,
        lambda: setting_up.abandon(actor=actor, ballot_id=ballot.pk, text=form.cleaned_data["text"], now=now),
        _("表决已经停止。"),
        why=form,
    )


@require_http_methods(["POST"])
@of_ballot("ballot.count")
def official(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """The binding result of the government's own system, with its proof."""
    actor, now = worker_and_now(request)
    form = OfficialForm(request.POST, request.FILES, ballot=ballot)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with gone_if_refused():
                counting.import_official(
                    actor=actor, ballot_id=ballot.pk, passed=given["passed"], figures=form.figures(), text=given["text"], now=now,
                    proof=kept(actor, given["proof"], now), knowingly=given["knowingly"],
                )  # fmt: skip
        except Invalid as problem:
            put_on(form, photo_as(problem, "proof"))
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            return one_page(request, ballot, status=refused.status, refused=refused, official_form=form)
        else:
            messages.success(request, _("官方结果已经登记。"))
            return to("one", ballot.pk)
    return one_page(request, ballot, status=422, official_form=form)
