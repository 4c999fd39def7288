"""Planning at the Desk: the list, a new plan or a changed one, the meeting's own page with notice, register and papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once, put_on, reach
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Conflict, Invalid, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.places.forms import shown
from linli.kernel.places.queries import place_choices
from linli.kernel.places.rooms import offered, room_in
from linli.kernel.rolls.models import RollKind
from linli.kernel.rolls.wording import title_of
from linli.loops.council.meetings import lawful as law
from linli.loops.council.meetings.actions import noticing, planning, registering
from linli.loops.council.meetings.actions.planning import Plan
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.desk.common import address, desk_meeting, usual
from linli.loops.council.meetings.files import meetings_file
from linli.loops.council.meetings.forms import PaperForm, PlanForm, plan_initial
from linli.loops.council.meetings.models import AgendaItem, Attendee, Line, Meeting, Minutes, Outcome, Paper, SlotPoll, State
from linli.loops.council.meetings.pages import shown_row
from linli.loops.council.meetings.papers import picture_inside
from linli.loops.council.meetings.queries import meeting_list, rolls_for
from linli.loops.council.meetings.reading import at_desk
from linli.loops.council.meetings.shown import outcome_rows, present_line
from linli.loops.council.meetings.slot_queries import poll_for
from linli.loops.council.meetings.wording import TONES, line_words, notice_words, times_of, topic_plan_words
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long, day, whole_dates

PLACE_KINDS = ("street", "community", "grid", "compound", "building")


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponseBase:
    """Meetings and polls in the worker's reach."""
    actor, now = at_desk(request)
    _needs(actor)
    if asked_as(request):
        return meetings_file(request, actor, lambda m: address(m.pk))
    found = meeting_list(actor, before=number_in(request.GET.get("before", "")))
    polls = [p for path in reach(actor, "meeting.plan") for p in _polls(path)]
    context = {
        "now_rows": [shown_row(m, _way_to(actor, m, "run/", "meeting.tick")) for m in found.now],
        "coming": [shown_row(m, _way_to(actor, m)) for m in found.coming],
        "past": [shown_row(m, _way_to(actor, m)) for m in found.past],
        "next": f"?{urlencode({'before': found.next_before})}" if found.next_before else "",
        "polls": [_poll_row(p, now) for p in polls],
        "may_plan": table.holds(actor, "meeting.plan"),
        "may_count": table.holds(actor, "meeting.participation"),
        "exports": downloads(request),
    }
    return render(request, "meetings/desk/list.html", context)


def _way_to(actor: Actor, meeting: Meeting, part: str = "", verb: str = "meeting.read") -> str:
    """The desk's page of a meeting where the reader works; elsewhere (a building's leader, the compound's meeting) what everybody reads."""
    may = table.may(actor, verb, meeting.place_path)
    return address(meeting.pk, part) if may else reverse("meetings:one", args=[meeting.pk])


def _needs(actor: Actor) -> None:
    """Raises NotAllowed for staff who have nothing to do with meetings."""
    if not (table.holds(actor, "meeting.read") or table.holds(actor, "meeting.plan")):
        raise table.refusal(actor, "meeting.read")


def _polls(path: str) -> list[SlotPoll]:
    return list(SlotPoll.objects.filter(**subtree("place_path", path)).select_related("place").order_by("-pk")[:10])


def _poll_row(poll: SlotPoll, now: datetime) -> dict[str, Any]:
    closed = poll.closed_at is not None or poll.closes_at <= now
    return {
        "href": f"/desk/meetings/slots/{poll.pk}/",
        "title": poll.title,
        "meta": _("%(when)s截止") % {"when": date_long(poll.closes_at)},
        "chip": _("已截止") if closed else _("征集中"),
        "tone": "plain" if closed else "gold",
        "icon": "calendar",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Plan a meeting; from a poll, its time and name are filled in."""
    actor, now = at_desk(request)
    if not table.holds(actor, "meeting.plan"):
        raise table.refusal(actor, "meeting.plan")
    paths = reach(actor, "meeting.plan")
    if request.method == "POST":
        form = PlanForm(request.POST, reach=paths)
        if form.is_valid():
            try:
                meeting = planning.plan_meeting(actor=actor, plan=_from_poll(actor, request, form.plan(actor.account_id)), now=now)
            except Invalid as refused:
                put_on(form, refused, {"quorum_numerator": "quorum"})
            else:
                messages.success(request, _("会议安排好了。核对以后发出会议通知。"))
                return HttpResponseRedirect(address(meeting.pk))
    else:
        form = PlanForm(reach=paths, initial={**usual(paths), **_initial(actor, request)})
    return _plan_page(request, form, paths, None)


def _from_poll(actor: Actor, request: HttpRequest, plan: Plan) -> Plan:
    """The plan with the poll its page was opened from, unless the planner chose another place meanwhile."""
    number = number_in(request.GET.get("poll", ""))
    if number is None or poll_for(actor, number).place_id != plan.place.pk:
        return plan
    return replace(plan, poll_id=number)


def _initial(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    names = {"chair_name": actor.name, "recorder_name": "", "topics": request.GET.get("about", "")[:120]}
    number = number_in(request.GET.get("poll", ""))
    if number is None:
        return names
    poll = poll_for(actor, number)
    if poll.chosen is None:
        return names
    return {
        **names,
        "place": shown(poll.place),
        "body": poll.body,
        "title": poll.title,
        "topics": poll.title,
        "starts_at": poll.chosen.starts_at,
        "ends_at": poll.chosen.ends_at,
    }


def _plan_page(
    request: HttpRequest, form: PlanForm, paths: list[str], meeting: Meeting | None, refused: Refused | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "meeting": meeting,
        "places": place_choices(paths, PLACE_KINDS),
        "rooms": offered(paths),
        "refused": refused,
        "restart": bool(meeting and meeting.state == State.NOTICED),
    }
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "meetings/desk/plan.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Change a plan. What the notice announced restarts it, when the planner says so."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.plan")
    items = list(AgendaItem.objects.filter(meeting=meeting).select_related("matter"))
    paths = reach(actor, "meeting.plan")
    if request.method != "POST":
        form = PlanForm(reach=paths, initial=plan_initial(meeting, items, actor.account_id, shown(meeting.place)))
        return _plan_page(request, form, paths, meeting)
    form = PlanForm(request.POST, reach=paths)
    if not form.is_valid():
        return _plan_page(request, form, paths, meeting)
    plan = form.plan(actor.account_id, items)
    if plan.chair_id is None and meeting.chair_id != actor.account_id and plan.chair_name == meeting.chair_name:
        # Somebody else's account chairs: a colleague who mends the plan leaves it so.
        plan = _keeping(plan, chair_id=meeting.chair_id)
    if plan.recorder_id is None and meeting.recorder_id != actor.account_id and plan.recorder_name == meeting.recorder_name:
        plan = _keeping(plan, recorder_id=meeting.recorder_id)
    plan = _keeping(plan, roll_id=meeting.roll_id)
    try:
        planning.change_plan(
            actor=actor,
            meeting_id=meeting.pk,
            plan=plan,
            now=now,
            seen=number_in(request.POST.get("version", "")),
            restart=bool(request.POST.get("restart")),
        )
    except Invalid as refused:
        put_on(form, refused, {"quorum_numerator": "quorum"})
        return _plan_page(request, form, paths, meeting)
    except Refused as refused:
        if isinstance(refused, Conflict):
            meeting = desk_meeting(actor, meeting_id, "meeting.plan")
        return _plan_page(request, form, paths, meeting, refused)
    messages.success(request, _("改好了。"))
    return HttpResponseRedirect(address(meeting.pk))


def _keeping(plan: planning.Plan, **change: Any) -> planning.Plan:
    return replace(plan, **change)


@require_GET
@staff_only
def show(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Where the meeting stands and what comes next."""
    actor, now = at_desk(request)
    return page(request, desk_meeting(actor, meeting_id), actor, now)


def page(
    request: HttpRequest,
    meeting: Meeting,
    actor: Actor,
    now: datetime,
    *,
    refused: Refused | None = None,
    paper_form: PaperForm | None = None,
) -> HttpResponse:
    items = list(AgendaItem.objects.filter(meeting=meeting).select_related("matter"))
    first = noticing.earliest(now.astimezone(ZONE).date(), meeting.notice_days)
    words, tone = present_line(meeting)
    room = room_in(meeting.venue, meeting.starts_at)
    expected = Attendee.objects.filter(meeting=meeting, expected=True).count()
    rows = [
        {"label": _("什么时候"), "value": times_of(meeting)},
        {"label": _("在哪里"), "value": meeting.venue, **({"href": room.href, "act": _("看场地")} if room else {})},
        {"label": _("线上"), "value": meeting.online or _("只在现场")},
        {"label": _("什么会"), "value": f"{meeting.place.name} · {meeting.get_body_display()}"},
        {"label": _("主持人"), "value": meeting.chair_name},
        {"label": _("记录人"), "value": meeting.recorder_name},
        {"label": _("提前通知"), "value": notice_words(meeting)},
        {"label": _("到会"), "value": words},
        {"label": _("应到名单"), "value": _("%(n)s 人") % {"n": expected} if expected else _("没有名单，住在本范围的居民都算")},
        {"label": _("谁可以看"), "value": meeting.get_openness_display()},
    ]
    lawful = meeting.starts_at.astimezone(ZONE).date() >= first
    context = {
        "meeting": meeting,
        "items": items,
        "times": {i.pk: topic_plan_words(i) for i in items},
        "outcomes": outcome_rows(Outcome.objects.filter(meeting=meeting, struck_at=None), now),
        "facts": rows,
        "state_word": meeting.get_state_display(),
        "state_tone": TONES[State(meeting.state)],
        "quorum_tone": tone,
        "first": day(first),
        "lawful": lawful,
        "room_shut": room is not None and room.open is False and meeting.state in (State.PLANNED, State.NOTICED),
        "papers": [
            {
                "title": as_read(p.title),
                "kind": p.get_kind_display(),
                "href": address(meeting.pk, f"papers/{p.pk}/") if p.file_id else p.link,
            }
            for p in Paper.objects.filter(meeting=meeting)
        ],
        "paper_form": paper_form or PaperForm(),
        "lines": [
            {
                "who": line.who if line.account_id else as_read(line.who),
                "when": line.at,
                "what": line_words(line.verb, line.facts),
                "kind": "staff",
            }
            for line in Line.objects.filter(meeting=meeting).order_by("-seq")[:30]
        ],
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "rolls": [(r.pk, title_of(r)) for r in rolls_for(actor, meeting)] if meeting.state in (State.PLANNED, State.NOTICED) else [],
        "of_residents": RollKind.RESIDENTS in (law.electorate(meeting.body) or RollKind.values),
        "electorate_rule": law.electorate_rule(meeting.body),
        "once": once(),
        "may_plan": table.may(actor, "meeting.plan", meeting.place_path),
        "may_notice": table.may(actor, "meeting.notice", meeting.place_path),
        "may_run": table.may(actor, "meeting.run", meeting.place_path),
        "may_tick": table.may(actor, "meeting.tick", meeting.place_path),
        "has_minutes": Minutes.objects.filter(meeting=meeting).exists(),
    }
    return render(request, "meetings/desk/meeting.html", context, status=refused.status if refused else 200)


@require_POST
@staff_only
def add_paper(request: HttpRequest, meeting_id: int) -> HttpResponse:
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["photo"]
        try:
            planning.add_paper(
                actor=actor,
                meeting_id=meeting.pk,
                title=form.cleaned_data["title"],
                link=form.cleaned_data["link"],
                upload=upload,
                name=upload.name if upload else "",
                kind=form.cleaned_data["kind"],
                now=now,
                once=request.POST.get("once", "")[:40],
            )
        except Invalid as refused:
            put_on(form, refused)
        except Refused as refused:
            return page(request, meeting, actor, now, refused=refused, paper_form=form)
        else:
            messages.success(request, _("材料加上了。"))
            back = "minutes/" if request.POST.get("back") == "minutes/" else ""
            return HttpResponseRedirect(address(meeting.pk, back))
    bad = Invalid("bad_paper", " ".join(str(e) for errors in form.errors.values() for e in errors))
    return page(request, meeting, actor, now, refused=bad, paper_form=form)


@require_GET
@staff_only
def paper(request: HttpRequest, meeting_id: int, paper_id: int) -> HttpResponse:
    """Any paper of the meeting, signed sheets included."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id)
    return picture_inside(Paper.objects.filter(meeting=meeting, pk=paper_id).select_related("file").first(), meeting, actor, now)


@require_POST
@staff_only
def fill_register(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The register from a frozen roll, from the people who live in the place and are eighteen or older, or from names typed one a line."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.plan")
    mark: dict[str, Any] = {"actor": actor, "meeting_id": meeting.pk, "now": now}
    try:
        if request.POST.get("from") == "residents":
            added = registering.register_residents(**mark)
        elif request.POST.get("from") == "roll":
            added = registering.register_roll(**mark, roll_id=number_in(request.POST.get("roll", "")) or 0)
        else:
            expected = typed_names(request.POST.get("names", ""))
            if not expected:
                raise Invalid("nobody", _("请一行写一个名字，后面可以空一格写住址或身份。"))
            added = registering.register(**mark, expected=expected)
    except Refused as refused:
        if refused.status == 403:
            raise
        return page(request, meeting, actor, now, refused=refused)
    messages.success(request, _("名单上新增 %(n)s 人。") % {"n": added})
    return HttpResponseRedirect(address(meeting.pk))


def typed_names(text: str) -> list[Expected]:
    """One a line: the name, and after a space where they live or what they come as."""
    rows = []
    for line in text.splitlines()[: registering.MOST_NAMES]:
        name, _blank, where = line.strip().partition(" ")
        if name:
            rows.append(Expected(name, where=where.strip()))
    return rows


@require_GET
@staff_only
@whole_dates()
def attendance(request: HttpRequest, meeting_id: int) -> HttpResponseBase:
    """The attendance list as a sheet, for a file or a court: times in and out, how signed, a column for signatures."""
    from linli.loops.council.meetings.documents import attendance_rows
    from linli.loops.council.meetings.queries import attendance as listed

    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id)
    register = listed(meeting)
    rows = [(*row, a.where or (a.home.name if a.home else "")) for row, a in zip(attendance_rows(register), register, strict=True)]
    if asked_as(request):
        log_event("table_exported", now=now, actor=actor, about=f"attendance {meeting.pk}")
        heads = (_("序号"), _("姓名"), pgettext("meeting", "身份"), _("到会和离开"), _("签到方式"), _("住址"))
        return as_download(request, f"{_('到会登记表')} {meeting.title}", heads, rows, (8, 16, 16, 44, 20, 36))
    context = {
        "meeting": meeting,
        "times": times_of(meeting),
        "rows": rows,
        "exports": downloads(request),
        "quorum_words": present_line(meeting)[0],
        "printed": date_long(now),
        "size": "a4",
        "paper_url": "",
        "paper_issuer": meeting.place.name,
        "back_href": address(meeting.pk),
    }
    return render(request, "meetings/desk/attendance.html", context)
