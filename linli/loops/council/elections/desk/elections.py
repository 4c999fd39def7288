"""Elections at the Desk: the list, a plan for a body, one election with whatever comes next, candidates and their checks, every act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once, put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.serving import served_inside
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.matters.held_desk import do_one, keep_plan
from linli.kernel.places.queries import place_choices
from linli.law.elections import bodies
from linli.loops.council.elections import queries as found
from linli.loops.council.elections import shown
from linli.loops.council.elections.actions import planning, standing
from linli.loops.council.elections.files import elections_file
from linli.loops.council.elections.forms import ElectionForm, NominateForForm, body_choices, election_initial
from linli.loops.council.elections.models import Election, State, Task
from linli.loops.council.elections.reading import election_for
from linli.loops.council.elections.verbs import GIVEN, VERBS
from linli.loops.council.elections.wording import TONES
from linli.web.downloads import asked_as, downloads
from linli.web.sheets import FORMATS, Listing, as_file

PLACE_KINDS = ("street", "community", "grid", "compound", "building")
# Where the plan's form has several fields for what the action takes as a whole.
FIELDS = {"quotas": "quota_1"}


def desk_election(actor: Actor, election_id: int, verb: str = "election.read") -> Election:
    """An election at the Desk, for those who work where it is. Raises NotFound or NotAllowed."""
    election = election_for(actor, election_id)
    table.require(actor, verb, election.place_path)
    return election


def address(election_id: int, part: str = "") -> str:
    return f"/desk/elections/{election_id}/{part}"


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponseBase:
    actor, _now = worker_and_now(request)
    if not table.holds(actor, "election.read"):
        raise table.refusal(actor, "election.read")
    if asked_as(request):
        return elections_file(request, actor, address)
    rows = found.election_list(actor, before=number_in(request.GET.get("before", "")))
    parts = ((_("正在选举"), rows.current), (_("任期中"), rows.in_office), (_("过去的选举"), rows.past))
    context = {
        "groups": [(title, [shown.row_of(e, _way_to(actor, e)) for e in part]) for title, part in parts if part],
        "next": f"?{urlencode({'before': rows.next_before})}" if rows.next_before else "",
        "exports": downloads(request),
        "bodies": body_choices() if table.holds(actor, "election.plan") else [],
    }
    return render(request, "elections/desk/list.html", context)


def _way_to(actor: Actor, election: Election) -> str:
    """The desk's page where the reader works; elsewhere (a building's leader, something of the whole compound) what everybody reads."""
    may = table.may(actor, "election.read", election.place_path)
    return address(election.pk) if may else reverse("elections:one", args=[election.pk])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest, body: str) -> HttpResponse:
    actor, now = worker_and_now(request)
    if not table.holds(actor, "election.plan"):
        raise table.refusal(actor, "election.plan")
    if body not in bodies():
        raise NotFound("no_body", _("没有这种选举。"))
    paths = reach(actor, "election.plan")
    given: dict[str, Any] = {"body": body, "reach": paths, "earlier": found.earlier_elections(paths)}
    if request.method != "POST":
        form = ElectionForm(
            initial={"checks": [c.code for c in bodies()[body].checks], "about": request.GET.get("about", "")[:20]}, **given
        )
        return _plan_page(request, form, paths, None)
    form = ElectionForm(request.POST, **given)
    election, refused = keep_plan(form, lambda: planning.plan_election(actor=actor, plan=form.plan(), now=now), FIELDS)
    if election is None:
        return _plan_page(request, form, paths, None, refused)
    messages.success(request, _("选举安排好了。核对以后发出选举公告。"))
    return HttpResponseRedirect(address(election.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, election_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    election = desk_election(actor, election_id, "election.plan")
    paths = reach(actor, "election.plan")
    earlier = [e for e in found.earlier_elections(paths) if e.pk != election.pk]
    given: dict[str, Any] = {"body": election.body, "reach": paths, "earlier": earlier}
    if request.method != "POST":
        return _plan_page(request, ElectionForm(initial=election_initial(election), **given), paths, election)
    form, seen = ElectionForm(request.POST, **given), number_in(request.POST.get("version", ""))
    kept, refused = keep_plan(
        form, lambda: planning.change_election(actor=actor, election_id=election.pk, plan=form.plan(), now=now, seen=seen), FIELDS
    )
    if kept is None:
        return _plan_page(request, form, paths, election, refused)
    messages.success(request, _("改好了。"))
    return HttpResponseRedirect(address(election.pk))


def _plan_page(
    request: HttpRequest, form: ElectionForm, paths: list[str], election: Election | None, refused: Refused | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "election": election,
        "body": form.body.name(get_language() or "zh-hans"),
        "on_paper": form.body.on_paper,
        "places": place_choices(paths, PLACE_KINDS),
        "refused": refused,
    }
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "elections/desk/plan.html", context, status=status)


@require_GET
@staff_only
def show(request: HttpRequest, election_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    return page(request, desk_election(actor, election_id), actor, now)


def page(request: HttpRequest, election: Election, actor: Actor, now: datetime, *, refused: Refused | None = None) -> HttpResponse:
    """Where the election stands, what comes next, objections, seats, handing over, filing, the record."""
    today = now.astimezone(ZONE).date()
    rows = found.candidates_of(election)
    in_office = election.state in (State.IN_OFFICE, State.ENDED)
    objections = found.objections_of(election) if election.posted_at else []
    filing, filing_tone = shown.filing_words(election, today)
    accepted = [c for c in rows if c.state == "accepted"]
    may_plan = table.may(actor, "election.plan", election.place_path)
    voting = election.state in (State.POSTED, State.VOTING)
    context: dict[str, Any] = {
        "election": election,
        "chip": election.get_state_display(),
        "tone": TONES[State(election.state)],
        "strip": shown.strip_of(election),
        "next_words": shown.next_words(election),
        "facts": shown.facts_of(election),
        "checks": shown.check_rows(election),
        "waiting": sum(c.state == "proposed" for c in rows),
        "accepted": accepted,
        "objections": objections,
        "open_objections": sum(o.state == "open" for o in objections),
        "posting_over": election.posted_until is not None and now >= election.posted_until,
        "closed": now >= election.nominate_until,
        "on_paper": bodies()[election.body].on_paper,
        "rolls": [(r.pk, f"{r.get_kind_display()} #{r.pk}") for r in found.rolls_for(election)] if voting else [],
        "seats": shown.seat_rows(found.seats_of(election, all_ever=True)) if in_office else [],
        "by_quota": shown.quota_rows(election, rows),
        "tasks": shown.task_rows(election, found.tasks_of(election), today) if in_office else [],
        "filing": filing,
        "filing_tone": filing_tone,
        "record": shown.record_of(found.lines_of(election)),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "once": once(),
        "may_plan": may_plan,
        "may_nominate_for": table.may(actor, "election.nominate_for", election.place_path),
    }
    return render(request, "elections/desk/election.html", context, status=refused.status if refused else 200)


@require_GET
@staff_only
def candidates(request: HttpRequest, election_id: int) -> HttpResponseBase:
    """Candidates with what the register says; the list as xlsx or csv with `format`."""
    actor, now = worker_and_now(request)
    election = desk_election(actor, election_id)
    if request.GET.get("format") in FORMATS:
        return as_file(_listing(election), request.GET["format"])
    return candidates_page(request, election, actor, now)


def candidates_page(
    request: HttpRequest, election: Election, actor: Actor, now: datetime, *, refused: Refused | None = None
) -> HttpResponse:
    rows = found.candidates_of(election)
    where = found.where_of(rows, doors=True)
    checking = election.state in (State.NOMINATING, State.POSTED)
    checks = shown.check_rows(election)
    made = shown.candidate_rows(actor, rows, where, election.quotas)
    known = standing.register_says(election, rows, now) if checking else {}
    for row in made:
        says = known.get(row["entry"].pk, {})
        row["checks"] = [
            {**c, "says": says.get(c["auto"]), "asked": bool(c["auto"]), "met": row["entry"].checks.get(c["code"], None) == ""}
            for c in checks
        ]
    context = {
        "election": election,
        "rows": made,
        "refused": refused,
        "once": once(),
        "may_check": checking and table.may(actor, "election.check", election.place_path),
        "may_nominate_for": election.state == State.NOMINATING and table.may(actor, "election.nominate_for", election.place_path),
    }
    return render(request, "elections/desk/candidates.html", context, status=refused.status if refused else 200)


def _listing(election: Election) -> Listing:
    rows = found.candidates_of(election)
    where = found.where_of(rows, doors=True)
    header = [
        _("序号"),
        _("姓名"),
        _("房屋"),
        _("怎么产生的"),
        _("谁推荐的"),
        _("本人意见"),
        _("附议户数"),
        _("核查"),
        _("情况"),
        _("得票"),
        _("结果"),
    ]
    lines = [
        (
            c.number, c.name, where.get(c.home_id or 0, ""), c.get_origin_display(), c.nominated_by, c.get_consent_display(), c.second_count,  # type: ignore[attr-defined]  # annotated
            c.get_state_display(), c.reason, c.votes, c.get_outcome_display(),
        )
        for c in rows
    ]  # fmt: skip
    return Listing(_("候选人 %(title)s") % {"title": election.title}, header, lines, [8, 12, 26, 14, 16, 14, 10, 14, 30, 8, 10])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def nominate_for(request: HttpRequest, election_id: int) -> HttpResponse:
    """Record a nomination made on paper, by phone or by an organisation."""
    actor, now = worker_and_now(request)
    election = desk_election(actor, election_id, "election.nominate_for")
    refused: Refused | None = None
    form = NominateForForm(request.POST or None, election=election)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        home = given.pop("home")
        try:
            standing.nominate_for(actor=actor, election_id=election.pk, now=now, home_id=home.pk, **given)
        except Invalid as wrong:
            put_on(form, wrong)
        except Refused as caught:
            refused = caught
        else:
            messages.success(request, _("推荐已登记。"))
            return HttpResponseRedirect(address(election.pk, "candidates/"))
    places = place_choices([election.place_path], ("home",), limit=500)
    context = {"election": election, "form": form, "refused": refused, "places": places}
    return render(request, "elections/desk/nominate_for.html", context, status=refused.status if refused else 422 if form.errors else 200)


@require_GET
@staff_only
def proof(request: HttpRequest, election_id: int, task_id: int) -> HttpResponse:
    """What shows a task done; number 0 is the proof of the result."""
    actor, now = worker_and_now(request)
    election = desk_election(actor, election_id)
    task = Task.objects.filter(election=election, pk=task_id).select_related("proof").first()
    file = election.proof if task_id == 0 else task.proof if task else None
    return served_inside(file, actor=actor, about=f"election {election.pk}, task {task_id}", now=now)


@require_POST
@staff_only
def act(request: HttpRequest, election_id: int, verb: str) -> HttpResponse:
    """Do one thing. Refused, the same page comes back with the reason and everything typed."""
    actor, now = worker_and_now(request)
    election = desk_election(actor, election_id)
    given: Any = request.POST.copy()
    if verb == "object":
        given["on_behalf"] = "1"
    if verb == "enter-result":
        given.setlist("votes", [f"{k.removeprefix('votes_')}={v}" for k, v in request.POST.items() if k.startswith("votes_")])
    upload = request.FILES.get("upload") if verb in ("enter-result", "finish-task") else None
    back = "candidates/" if request.POST.get("back") == "candidates/" else ""
    refused = do_one(VERBS, verb, given, actor=actor, now=now, given=GIVEN, upload=upload, election_id=election.pk)
    if refused is not None:
        again = candidates_page if back else page
        return again(request, desk_election(actor, election_id), actor, now, refused=refused)
    messages.success(request, done_words(verb))
    return HttpResponseRedirect(address(election.pk, back))


def done_words(verb: str) -> str:
    return {
        "open": _("选举公告已发出。"),
        "cancel": _("选举已取消。"),
        "nominate-for": _("推荐已登记。"),
        "consent": _("本人意见已登记。"),
        "second-for": _("附议已登记。"),
        "withdraw": _("退出已登记。"),
        "check": _("核查结果已记下，已告诉本人。"),
        "post": _("候选人已公示。"),
        "object": _("异议已登记。"),
        "answer-objection": _("答复已公布。"),
        "ballot": _("投票设置好了。请到议题页发出表决公告。"),
        "take-result": _("结果已公布。"),
        "enter-result": _("结果已公布。"),
        "vacate": _("空缺已登记，有候补的已递补。"),
        "role": _("职务已记下。"),
        "file": _("备案已登记。"),
        "add-task": _("任务加上了。"),
        "finish-task": _("交接已登记。"),
        "end-term": _("这一届已结束。"),
    }[verb]
