"""What a meeting leaves on the Square: its papers, its printed notice, its minutes as page, sheet and file."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters import held_notices
from linli.kernel.notices.official import paper_of_notice
from linli.kernel.places.queries import phone_of
from linli.loops.council.meetings.actions.sitting import mine
from linli.loops.council.meetings.models import Attendee, Meeting, Minutes, Paper, State
from linli.loops.council.meetings.papers import picture_of
from linli.loops.council.meetings.queries import meeting_for, quorum_of
from linli.loops.council.meetings.wording import seen_name, times_of, unposted_paper
from linli.web.words import whole_dates


# --- papers, notice, minutes ---------------------------------------------------------------------------------------------------
@require_safe
def paper(request: HttpRequest, meeting_id: int, paper_id: int) -> HttpResponse:
    """A document of a meeting the reader may read."""
    actor, now = actor_and_now(request)
    meeting = meeting_for(actor, meeting_id)
    found = Paper.objects.filter(meeting=meeting, pk=paper_id, kind=Paper.Kind.DOCUMENT).select_related("file").first()
    return picture_of(found, meeting, actor, now)


@require_safe
@whole_dates()
def printed_notice(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The notice as it stands on the board, A4 or an A3 poster, with a code that opens the meeting's page; before it went out as a draft."""
    actor, now = actor_and_now(request)
    meeting = meeting_for(actor, meeting_id)
    items = list(meeting.items.all())
    made = held_notices.sheet(
        request,
        paper_of_notice(meeting.notice) if meeting.notice else unposted_paper(meeting, items, now),
        meeting.place,
        reverse("meetings:one", args=[meeting.pk]),
        sent=meeting.noticed_at is not None,
    )
    return render(request, "meetings/notice.html", made | {"meeting": meeting, "items": items, "details": any(i.detail for i in items)})


def published(actor: Actor, meeting_id: int) -> tuple[Meeting, Minutes]:
    """The minutes for those who may read the meeting, once published. Raises NotFound."""
    meeting = meeting_for(actor, meeting_id)
    found = Minutes.objects.filter(meeting=meeting).first()
    if found is None or meeting.state != State.PUBLISHED:
        raise NotFound("no_minutes", _("会议纪要还没有公布。"))
    return meeting, found


@require_safe
def minutes(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The published minutes, with the ways to keep them; before, to those who chaired and recorded the meeting, who confirm them here."""
    from linli.loops.council.meetings.documents import missing

    actor, _now = actor_and_now(request)
    meeting = meeting_for(actor, meeting_id)
    drafted = Minutes.objects.filter(meeting=meeting).first() if meeting.state in (State.ENDED, State.CONFIRMED) else None
    if drafted is not None and (roles := own_roles(meeting, actor)):
        waiting = [role for role in roles if getattr(drafted, f"{role}_at") is None]
        context = {"meeting": meeting, "minutes": drafted, "sections": drafted.sections, "times": times_of(meeting), "roles": waiting}
        return render(request, "meetings/minutes_confirm.html", context)
    meeting, found = published(actor, meeting_id)
    context = {"meeting": meeting, "minutes": found, "sections": sections_for(actor, meeting, found), "times": times_of(meeting)}
    return render(request, "meetings/minutes.html", {**context, "missing": missing()})


def own_roles(meeting: Meeting, actor: Actor) -> list[str]:
    """As what the reader confirms the minutes: as the chair, the recorder, both, or as nobody."""
    if actor.account_id is None:
        return []
    return [role for role, holder in (("chair", meeting.chair_id), ("recorder", meeting.recorder_id)) if holder == actor.account_id]


def sections_for(actor: Actor, meeting: Meeting, found: Minutes) -> list[dict[str, str]]:
    """
    The minutes' text; for strangers the names of those on the register are masked in it unless the place writes them in full.
    """
    me = mine(meeting, actor)
    if meeting.full_names or me is not None or table.may(actor, "meeting.read", meeting.place_path):
        return list(found.sections)
    names = sorted(
        set(Attendee.objects.filter(meeting=meeting, person__isnull=False).values_list("name", flat=True)), key=len, reverse=True
    )
    made = []
    for section in found.sections:
        text = section["text"]
        for name in names:
            if len(name) > 1:
                text = text.replace(name, seen_name(name, full=False))
        made.append({**section, "text": text})
    return made


@require_safe
def minutes_print(request: HttpRequest, meeting_id: int) -> HttpResponse:
    actor, _now = actor_and_now(request)
    meeting, found = published(actor, meeting_id)
    return print_minutes(request, meeting, found, sections_for(actor, meeting, found), reverse("meetings:minutes", args=[meeting.pk]))


@whole_dates()
def print_minutes(request: HttpRequest, meeting: Meeting, found: Minutes, sections: list[dict[str, str]], back: str) -> HttpResponse:
    context = {
        "meeting": meeting,
        "minutes": found,
        "sections": sections,
        "times": times_of(meeting),
        "quorum": quorum_of(meeting),
        "size": "a4",
        "paper_url": f"{settings.PUBLIC_URL}{reverse('meetings:minutes', args=[meeting.pk])}",
        "paper_issuer": meeting.place.name,
        "paper_phone": phone_of(meeting.place),
        "back_href": back,
    }
    return render(request, "meetings/minutes_print.html", context)


@require_safe
def minutes_file(request: HttpRequest, meeting_id: int, form: str) -> HttpResponse:
    """The minutes as a Word or PDF file. Raises Refused where the house was set up without the libraries for it."""
    from linli.loops.council.meetings.documents import as_file

    actor, _now = actor_and_now(request)
    meeting, found = published(actor, meeting_id)
    return as_file(meeting, found, sections_for(actor, meeting, found), form)
