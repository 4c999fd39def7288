"""The minutes at the Desk: drafted, corrected, confirmed, kept as files."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once
from linli.kernel.access.refusals import Conflict, NotFound, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.matters.desk import at_desk as staff_only
from linli.loops.council.meetings.actions import minuting
from linli.loops.council.meetings.desk.common import address, desk_meeting
from linli.loops.council.meetings.documents import as_file, missing
from linli.loops.council.meetings.drafting import VOTES, formal_of
from linli.loops.council.meetings.forms import PaperForm
from linli.loops.council.meetings.minutes_pages import print_minutes
from linli.loops.council.meetings.models import AgendaItem, Meeting, Minutes, Paper, Speech, State
from linli.loops.council.meetings.queries import attendance, speaking_totals
from linli.loops.council.meetings.reading import at_desk
from linli.loops.council.meetings.wording import TONES, length, times_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def editor(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Read and correct the minutes section by section."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.minutes" if request.method == "POST" else "meeting.read")
    if request.method != "POST":
        return page(request, meeting, actor)
    texts = {key.removeprefix("text-"): str(value).replace("\x00", "") for key, value in request.POST.items() if key.startswith("text-")}
    try:
        minuting.correct_minutes(
            actor=actor,
            meeting_id=meeting.pk,
            texts=texts,
            now=now,
            seen=number_in(request.POST.get("version", "")),
            once=request.POST.get("once", "")[:40],
        )
    except Refused as refused:
        return page(request, meeting, actor, refused=refused, texts=texts)
    messages.success(request, _("改好了。"))
    return HttpResponseRedirect(address(meeting.pk, "minutes/"))


def page(
    request: HttpRequest, meeting: Meeting, actor: Actor, *, refused: Refused | None = None, texts: dict[str, str] | None = None
) -> HttpResponse:
    """The editor; after a conflict what was typed stands above what is there now."""
    found = Minutes.objects.filter(meeting=meeting).first()
    conflict = isinstance(refused, Conflict)
    context = {
        "meeting": meeting,
        "times": times_of(meeting),
        "state_word": meeting.get_state_display(),
        "state_tone": TONES[State(meeting.state)],
        "minutes": found,
        "sections": [
            {
                **s,
                "now": (texts or {}).get(s["key"], s["text"]),
                "there": s["text"] if conflict and (texts or {}).get(s["key"], s["text"]) != s["text"] else "",
                "rows": min(16, max(3, s["text"].count("\n") + 2)),
            }
            for s in (found.sections if found else [])
        ],
        "refused": refused,
        "once": once(),
        "missing": missing(),
        "paper_form": PaperForm(initial={"kind": "signature"}),
        "signatures": [
            {"title": as_read(p.title), "href": address(meeting.pk, f"papers/{p.pk}/")}
            for p in Paper.objects.filter(meeting=meeting, kind=Paper.Kind.SIGNATURE)
        ],
        "totals": [{"name": a.called, "times": n, "length": length(ms)} for a, n, ms in speaking_totals(meeting)],
        "silent_gists": Speech.objects.filter(meeting=meeting, gist="").exclude(called_at=None).count(),
        "may_write": table.may(actor, "meeting.minutes", meeting.place_path) and meeting.state == State.ENDED,
        "votes_since": found is not None and meeting.state == State.ENDED and _votes_since(meeting, found),
        "may_publish": table.may(actor, "meeting.publish", meeting.place_path) and meeting.state == State.CONFIRMED,
    }
    return render(request, "meetings/desk/minutes.html", context, status=refused.status if refused else 200)


def _votes_since(meeting: Meeting, found: Minutes) -> bool:
    """Does a formal vote have a result now that these minutes do not know? Two queries, and one of every room that decides."""
    known = next((s.get("marks", "") for s in found.sections if s["key"] == VOTES), "").split()
    formal = formal_of(meeting, list(AgendaItem.objects.filter(meeting=meeting)))
    return any(one.decided and one.mark not in known for one in formal)


def _there(meeting: Meeting) -> Minutes:
    found = Minutes.objects.filter(meeting=meeting).first()
    if found is None:
        raise NotFound("no_minutes", _("还没有会议纪要，请先起草。"))
    return found


@require_GET
@staff_only
def printed(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The minutes as a sheet to sign."""
    actor, _now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id)
    found = _there(meeting)
    return print_minutes(request, meeting, found, list(found.sections), address(meeting.pk, "minutes/"))


@require_GET
@staff_only
def file(request: HttpRequest, meeting_id: int, form: str) -> HttpResponse:
    """The minutes with their attendance list, as a file."""
    actor, _now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id)
    found = _there(meeting)
    return as_file(meeting, found, list(found.sections), form, attendance(meeting))
