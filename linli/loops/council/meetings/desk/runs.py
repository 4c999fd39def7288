"""Running a meeting at the Desk: the chair's page, every act, the projector."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import read_arguments
from linli.kernel.access.asking import once
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.access.together import if_any, together
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.people.models import Person
from linli.kernel.people.queries import called, people_in_reach
from linli.kernel.places.queries import short_names
from linli.loops.council.meetings import codes
from linli.loops.council.meetings.desk import minutes as minutes_pages
from linli.loops.council.meetings.desk import plans
from linli.loops.council.meetings.desk.common import address, back_of, desk_meeting
from linli.loops.council.meetings.models import Attendee, Meeting, Point, Speech
from linli.loops.council.meetings.pages import _language, answered, live_address, wants_json
from linli.loops.council.meetings.queries import attendees_named, now_of
from linli.loops.council.meetings.reading import at_desk
from linli.loops.council.meetings.shown import context_of
from linli.loops.council.meetings.verbs import GIVEN, VERBS
from linli.loops.council.meetings.wording import length, times_of
from linli.web.words import whole_dates

# What the address calls the chair's topic, so that it is not taken for the speech they saw.
AFTER_ITEM = "after_item"


@never_cache
@require_GET
@staff_only
def run(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Everything the chair and the recorder need on one page."""
    actor, now = at_desk(request)
    return page(request, desk_meeting(actor, meeting_id, "meeting.tick"), actor, now)


def page(request: HttpRequest, meeting: Meeting, actor: Actor, now: datetime, *, refused: Refused | None = None) -> HttpResponse:
    state = now_of(meeting, totals=True)
    find = request.GET.get("q", "")[:40]
    register = _register(meeting)
    named, people = _found(actor, meeting, find)
    awaited = [a for a in register if a.expected and not a.present]
    typed = request.POST if request.method == "POST" else {}
    context = {
        **context_of(state, "desk", now),
        "times": times_of(meeting),
        "live": live_address(meeting, "desk", _language(request)),
        "refused": refused,
        "fields": {k: [str(t) for t in v] for k, v in getattr(refused, "fields", {}).items()},
        "typed": typed,
        "once": once(),
        "find": find,
        "register": named if find else awaited[:12],
        "people": people,
        "heard": [
            {"speech": s, "words": f"{s.attendee.called} · {s.get_side_display()} · {length(s.used_ms)}"}
            for s in sorted(state.called, key=_when_called, reverse=True)[:6]
        ],
        "present": [a for a in register if a.present],
        "absentees": awaited,
        "side_choices": Speech.Side.choices,
        "point_kinds": Point.Kind.choices,
        "open_hands": state.hands,
        "may_run": table.may(actor, "meeting.run", meeting.place_path),
    }
    return render(request, "meetings/desk/run.html", context, status=refused.status if refused else 200)


def _when_called(speech: Speech) -> tuple[datetime, int]:
    assert speech.called_at is not None
    return speech.called_at, speech.pk


def _register(meeting: Meeting) -> list[Attendee]:
    """Who is here in the room or on line, and who is expected and has not come. One query."""
    here_or_awaited = Q(present__in=["room", "online"]) | Q(expected=True, present="")
    return list(Attendee.objects.filter(here_or_awaited, meeting=meeting).order_by("seat")[:800])


def _found(actor: Actor, meeting: Meeting, find: str) -> tuple[list[Attendee], list[tuple[Person, str]]]:
    """Who matches on the register, and people of the roster who match and are not on it yet. Two queries, none without words."""
    people = Person.objects.none()
    if len(find) > 1 and table.may(actor, "person.read", meeting.place_path):
        known = Attendee.objects.filter(meeting=meeting, person=OuterRef("pk"))
        people = people_in_reach(actor).filter(called(find)).exclude(Exists(known))
    named, found = together(if_any(find, attendees_named(meeting, find)[:20]), people[:12])
    names = short_names([p.home_place for p in found if p.home_place])
    return named, [(p, names.get(p.home_place_id or 0, "")) for p in found]


@require_POST
@staff_only
def act(request: HttpRequest, meeting_id: int, verb: str) -> HttpResponse:
    """
    Do one thing. Refused, the same page comes back with the reason and everything typed; to the page's script, a short answer.
    """
    actor, now = at_desk(request)
    function = VERBS.get(verb)
    meeting = desk_meeting(
        actor, meeting_id, "meeting.tick" if verb in ("tick", "leave", "ask", "unask", "point", "point-back") else "meeting.read"
    )
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    given = {**request.POST.dict(), **request.GET.dict()}
    if verb in ("item", "item-done"):
        given["after"] = given.get(AFTER_ITEM, "")
    try:
        function(actor=actor, meeting_id=meeting.pk, now=now, **read_arguments(function, given, GIVEN))
    except Refused as refused:
        if wants_json(request):
            return answered(refused)
        return _again(request, desk_meeting(actor, meeting_id), actor, now, refused)
    if wants_json(request):
        return answered(None, done_words(verb), once=once())
    messages.success(request, done_words(verb))
    return HttpResponseRedirect(back_of(request, meeting))


def _again(request: HttpRequest, meeting: Meeting, actor: Actor, now: datetime, refused: Refused) -> HttpResponse:
    back = request.POST.get("back", "")
    if back == "run/":
        return page(request, meeting, actor, now, refused=refused)
    if back == "minutes/":
        return minutes_pages.page(request, meeting, actor, refused=refused)
    return plans.page(request, meeting, actor, now, refused=refused)


def done_words(verb: str) -> str:
    """What was done, in a few words."""
    return {
        "notice": _("会议通知已发出。"),
        "withdraw-notice": _("会议通知已收回。"),
        "cancel": _("会议已取消，已告诉大家。"),
        "open": _("会议开始。"),
        "adjourn": _("已休会。"),
        "resume": _("继续开会。"),
        "end": _("会议结束。接下来起草会议纪要。"),
        "tick": _("已登记。"),
        "hands": _("已请大家举手。"),
        "hands-down": _("举手已清点。"),
        "draft": _("纪要已起草，请核对修改。"),
        "confirm": _("已确认。"),
        "publish": _("会议纪要已公布。"),
    }.get(verb, _("已记录。"))


@never_cache
@require_GET
@staff_only
def board(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """For the room's projector: topic, speaker, clock, queue, hands, and the code to sign in by. Legible from five metres."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.tick")
    context = {
        **context_of(now_of(meeting), "board", now),
        "live": live_address(meeting, "board", _language(request)),
        **code_context(meeting, now),
    }
    return render(request, "meetings/desk/board.html", context)


def code_context(meeting: Meeting, now: datetime) -> dict[str, Any]:
    code = codes.code_at(meeting.secret, now, rotating=meeting.rotating)
    return {
        "code": code,
        "code_url": f"{settings.PUBLIC_URL}{reverse('meetings:sign_in', args=[meeting.pk])}?code={code}",
        "code_page": address(meeting.pk, "code/"),
        "meeting": meeting,
    }


@never_cache
@require_GET
@staff_only
def code(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The code of this minute, as the corner of the projector: asked for again every half minute."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.tick")
    return render(request, "meetings/desk/code.html", code_context(meeting, now))


@require_GET
@staff_only
@whole_dates()
def code_sheet(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """A sheet with the code to hang up in the room, for meetings whose code stays."""
    actor, now = at_desk(request)
    meeting = desk_meeting(actor, meeting_id, "meeting.tick")
    if meeting.rotating:
        raise Refused("rotating", _("这次会议的签到码每分钟更换，不能印出来。请用投影，或者在会议安排里改成整场不变。"))
    context = {**code_context(meeting, now), "size": "a4", "times": times_of(meeting), "back_href": address(meeting.pk)}
    return render(
        request, "meetings/desk/code_sheet.html", {**context, "paper_url": context["code_url"], "paper_issuer": meeting.place.name}
    )
