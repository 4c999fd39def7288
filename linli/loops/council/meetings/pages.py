"""The Square: meetings near the reader, one meeting as it runs, signing in, asking to speak, hands, minutes, papers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import read_arguments
from linli.kernel.access.asking import actor_and_now, number_in, once, sign_in_at
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.rooms import room_in
from linli.loops.council.meetings import codes, live
from linli.loops.council.meetings.actions import attending, slots
from linli.loops.council.meetings.actions.sitting import mine
from linli.loops.council.meetings.files import meetings_file
from linli.loops.council.meetings.models import Attendee, Choice, Meeting, Paper, Point, Speech, State
from linli.loops.council.meetings.queries import Now, meeting_for, meeting_list
from linli.loops.council.meetings.reading import may_read
from linli.loops.council.meetings.shown import context_of
from linli.loops.council.meetings.slot_queries import open_polls, own_answer, poll_for, polled
from linli.loops.council.meetings.verbs import GIVEN, OWN
from linli.loops.council.meetings.wording import TONES, needed_words, seen_name, times_of
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.words import date_long

LIVE_LANGUAGES: Final = ("zh-hans", "en")
LARGEST: Final = 2**63 - 1


def shown_row(meeting: Meeting, href: str) -> dict[str, Any]:
    """A meeting in a list, in words."""
    parts = [times_of(meeting), meeting.venue, meeting.place.name, str(meeting.get_body_display())]
    return {
        "href": href,
        "title": meeting.title,
        "meta": " · ".join(parts),
        "chip": meeting.get_state_display(),
        "tone": TONES[State(meeting.state)],
        "icon": "people",
    }


@never_cache
@require_safe
def meeting_index(request: HttpRequest) -> HttpResponseBase:
    """Meetings of the places around the reader (all public ones for a stranger), and polls that ask when to meet."""
    actor, now = actor_and_now(request)
    around = sorted({step for s in actor.standings for step in ancestors(s.path)}) if not actor.is_staff else []
    if asked_as(request):
        return meetings_file(request, actor, lambda m: reverse("meetings:one", args=[m.pk]), around=around, most=PUBLIC_MOST)
    found = meeting_list(actor, around=around, before=number_in(request.GET.get("before", "")))
    polls = [] if actor.is_staff else open_polls(actor, now)
    context = {
        "now_rows": [shown_row(m, reverse("meetings:one", args=[m.pk])) for m in found.now],
        "coming": [shown_row(m, reverse("meetings:one", args=[m.pk])) for m in found.coming],
        "past": [shown_row(m, reverse("meetings:one", args=[m.pk])) for m in found.past],
        "next": f"?{urlencode({'before': found.next_before})}" if found.next_before else "",
        "polls": [
            {
                "href": reverse("meetings:slots", args=[p.pk]),
                "title": p.title,
                "meta": _("%(when)s截止") % {"when": date_long(p.closes_at)},
                "icon": "calendar",
            }
            for p in polls
        ],
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "meetings/list.html", context)


def live_address(meeting: Meeting, level: str, language: str) -> str:
    return reverse("meetings:live", args=[meeting.pk, level, codes.live_key(meeting.pk, level), language])


def level_for(actor: Actor, meeting: Meeting, me: Attendee | None) -> str:
    """Names in full for those on the register who have come, and for those who run meetings here."""
    if me is not None and me.present:
        return "room"
    return "room" if table.may(actor, "meeting.read", meeting.place_path) else "public"


@never_cache
@require_safe
def one(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """A meeting: what, when, where; while it runs who speaks, the queue, hands; afterwards its minutes."""
    return _page(request, meeting_id)


def _page(request: HttpRequest, meeting_id: int, *, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    actor, now = actor_and_now(request)
    meeting = meeting_for(actor, meeting_id)
    me = mine(meeting, actor)
    level = level_for(actor, meeting, me)
    state = live.now_at(meeting)
    papers = list(Paper.objects.filter(meeting=meeting, kind=Paper.Kind.DOCUMENT))
    context = {
        **context_of(state, level, now),
        **_own(actor, meeting, me, state, now),
        "live": live_address(meeting, level, _language(request)) if meeting.state in live.POLL_MS else "",
        "times": times_of(meeting),
        "facts": _facts(meeting, level),
        "papers": [_paper_row(p) for p in papers],
        "refused": refused,
        "once": once(),
        "typed": request.POST if request.method == "POST" else {},
        "page_url": f"{settings.PUBLIC_URL}{reverse('meetings:one', args=[meeting.pk])}",
        "may_desk": table.may(actor, "meeting.read", meeting.place_path),
        "has_minutes": meeting.state == State.PUBLISHED,
        "point_kinds": Point.Kind.choices,
        "side_choices": Speech.Side.choices,
    }
    return render(request, "meetings/one.html", context, status=status)


def _language(request: HttpRequest) -> str:
    found = getattr(request, "LANGUAGE_CODE", "zh-hans")
    return found if found in LIVE_LANGUAGES else "zh-hans"


def _facts(meeting: Meeting, level: str) -> list[dict[str, Any]]:
    full = level != "public" or meeting.full_names
    room = room_in(meeting.venue)
    rows = [
        {"label": _("什么时候"), "value": times_of(meeting)},
        {"label": _("在哪里"), "value": meeting.venue, **({"href": room.href, "act": _("看场地")} if room else {})},
        {"label": _("什么会"), "value": f"{meeting.place.name} · {meeting.get_body_display()}"},
        {"label": _("主持人"), "value": seen_name(meeting.chair_name, full=full or meeting.chair_id is not None)},
        {"label": _("记录人"), "value": seen_name(meeting.recorder_name, full=full or meeting.recorder_id is not None)},
    ]
    if meeting.state in (State.PLANNED, State.NOTICED) and needed_words(meeting):
        rows.append({"label": _("到会要求"), "value": needed_words(meeting)})
    if meeting.noticed_at:
        rows.append({"label": _("通知"), "value": date_long(meeting.noticed_at)})
    if meeting.reason:
        rows.append({"label": _("取消原因"), "value": meeting.reason})
    return rows


def _paper_row(paper: Paper) -> dict[str, Any]:
    href = reverse("meetings:paper", args=[paper.meeting_id, paper.pk]) if paper.file_id else paper.link
    return {"title": as_read(paper.title), "href": href, "icon": "photo" if paper.file_id else "link"}


def _own(actor: Actor, meeting: Meeting, me: Attendee | None, state: Now, now: datetime) -> dict[str, Any]:
    """What the reader has done and may do here."""
    running = meeting.state in (State.OPEN, State.ADJOURNED)
    opens = meeting.state == State.NOTICED and now >= meeting.starts_at - timedelta(hours=1)
    here = me is not None and me.present in ("room", "online")
    position = next((n for n, s in enumerate(state.queue, 1) if me is not None and s.attendee_id == me.pk), 0)
    hand = state.shown_by.get(me.pk) if state.hands and me else None
    return {
        "me": me,
        "here": state.here,
        "i_am_here": here,
        "may_sign_in": (running or opens) and not here,
        "position": position,
        "my_side": next((s.side for s in state.queue if me is not None and s.attendee_id == me.pk), ""),
        "may_ask": here and meeting.state == State.OPEN and meeting.current is not None and not meeting.current.debate_closed,
        "hands_open": bool(state.hands) and here,
        "hands_pk": state.hands.pk if state.hands else 0,
        "my_hand": hand or "",
        "my_point": next((p for p in state.points if me is not None and p.attendee_id == me.pk and p.state == Point.State.WAITING), None),
        "choices": [(code, word, {"agree": "check", "against": "cross", "abstain": "more"}[code]) for code, word in Choice.choices],
        "sign_in_first": sign_in_at(reverse("meetings:sign_in", args=[meeting.pk])) if actor.is_anonymous else "",
    }


def wants_json(request: HttpRequest) -> bool:
    """Did the page's script send it? Then a short answer, and the page asks for the news itself."""
    return request.headers.get("Accept", "").startswith("application/json")


def answered(refused: Refused | None, words: str = "", **more: Any) -> JsonResponse:
    if refused is None:
        return JsonResponse({"ok": True, "words": words, **more})
    fields = {k: [str(t) for t in v] for k, v in getattr(refused, "fields", {}).items()}
    text = " ".join(t for texts in fields.values() for t in texts) or str(refused.text)
    return JsonResponse(
        {"ok": False, "words": text, "turn_to": str(refused.turn_to), "rule": str(refused.rule), "fields": fields}, status=refused.status
    )


@require_POST
def act(request: HttpRequest, meeting_id: int, deed: str) -> HttpResponse:
    """What a resident does for themselves; refused, they come back to the page with the reason and what they chose."""
    actor, now = actor_and_now(request)
    function = OWN.get(deed)
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    meeting = meeting_for(actor, meeting_id)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(reverse("meetings:one", args=[meeting.pk])))
    try:
        given = {**request.POST.dict()}
        given.pop("speech_id", None)
        if deed == "leave":
            me = mine(meeting, actor)
            if me is None:
                raise Refused("not_present", _("您还没有签到。"))
            given["attendee_id"] = str(me.pk)
        else:
            given.pop("attendee_id", None)
        arguments = read_arguments(function, given, GIVEN)
        function(actor=actor, meeting_id=meeting.pk, now=now, **arguments)
    except Refused as refused:
        if wants_json(request):
            return answered(refused)
        return _page(request, meeting_id, refused=refused, status=refused.status)
    words = {
        "leave": _("已登记您离开会场。"),
        "ask": _("已经排上队，请听主持人叫到您。"),
        "unask": _("已取消排队。"),
        "point": _("程序动议已提出，主持人会先处理。"),
        "point-back": _("程序动议已撤回。"),
        "hand": _("您的举手已记下；结束前可以改。"),
        "confirm": _("已确认会议纪要。"),
    }[deed]
    if wants_json(request):
        return answered(None, words)
    messages.success(request, words)
    back = reverse("meetings:minutes" if deed == "confirm" else "meetings:one", args=[meeting.pk])
    return HttpResponseRedirect(back if deed == "confirm" else f"{back}#mine")


# --- signing in -----------------------------------------------------------------------------------------------------------
def _vouch(request: HttpRequest, meeting: Meeting, code: str, now: datetime) -> bool:
    """A good code is remembered in the session for a quarter of an hour: whoever must sign in first does not scan again."""
    key = f"meeting-code-{meeting.pk}"
    if code and codes.is_good(meeting.secret, code, now, rotating=meeting.rotating):
        request.session[key] = int(now.timestamp())
        return True
    kept = request.session.get(key, 0)
    return 0 <= int(now.timestamp()) - int(kept) <= 15 * 60


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Scanned or typed: one large button, pressed once. Signing in by GET would let a preview of the link do it."""
    actor, now = actor_and_now(request)
    meeting = meeting_for(actor, meeting_id)
    code = (request.POST.get("code") or request.GET.get("code") or "")[:12]
    vouched = _vouch(request, meeting, code, now)
    refused = None
    if request.method == "POST":
        if actor.is_anonymous:
            return _to_sign_in(meeting)
        try:
            online = bool(request.POST.get("online"))
            attending.sign_in(
                actor=actor,
                meeting_id=meeting.pk,
                now=now,
                code="" if online else code,
                vouched=vouched and not online,
                once=request.POST.get("once", "")[:40],
            )
        except Refused as caught:
            refused = caught
        else:
            request.session.pop(f"meeting-code-{meeting.pk}", None)
            messages.success(request, _("签到好了。"))
            return HttpResponseRedirect(reverse("meetings:one", args=[meeting.pk]))
    elif actor.is_anonymous and (code or request.GET.get("go")):
        return _to_sign_in(meeting)
    me = mine(meeting, actor)
    context = {
        "meeting": meeting,
        "times": times_of(meeting),
        "vouched": vouched,
        "code": "" if vouched else code,
        "refused": refused,
        "me": me,
        "anonymous": actor.is_anonymous,
        "once": once(),
    }
    return render(request, "meetings/sign_in.html", context, status=refused.status if refused else 200)


def _to_sign_in(meeting: Meeting) -> HttpResponse:
    return HttpResponseRedirect(sign_in_at(reverse("meetings:sign_in", args=[meeting.pk])))


# --- news for pages that follow ----------------------------------------------------------------------------------------------
@require_safe
def news(request: HttpRequest, meeting_id: int, level: str, key: str, language: str) -> HttpResponse:
    """
    The state of a meeting as JSON, or 304 for who has it. The key in the address says what may be seen: no session is opened.
    `Linli-Now` is the server's clock in milliseconds, by which pages run their timers.
    """
    if language not in LIVE_LANGUAGES or not codes.is_live_key(meeting_id, level, key):
        raise NotFound("no_meeting", _("没有找到这次会议。"))
    now = live.millis(getattr(request, "now", None)) or 0
    tag = f'"{live.version_of(meeting_id)}"'
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
        del answer.headers["Content-Type"]
    else:
        found = live.news(meeting_id, level, language)
        if found is None:
            raise NotFound("no_meeting", _("没有找到这次会议。"))
        answer = HttpResponse(found.body, content_type="application/json")
        tag = f'"{found.version}"'
    answer.headers["ETag"] = tag
    answer.headers["Linli-Now"] = str(now)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


# --- when could you come -------------------------------------------------------------------------------------------------------
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def slot_page(request: HttpRequest, poll_id: int) -> HttpResponse:
    """Mark the times one can come."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(request.path))
    poll = poll_for(actor, poll_id)
    refused = None
    chosen = {int(v) for v in request.POST.getlist("slots") if v.isdecimal() and int(v) <= LARGEST}
    if request.method == "POST":
        try:
            if not chosen and not request.POST.get("none"):
                text = _("请勾选能来的时间；一个都来不了，就勾“都来不了”。")
                raise Invalid("nothing", text, fields={"slots": [text]})
            slots.answer(actor=actor, poll_id=poll.pk, slot_ids=sorted(chosen), now=now)
        except Refused as caught:
            refused = caught
        else:
            messages.success(request, _("记下了，谢谢。截止以前可以再改。"))
            return HttpResponseRedirect(request.path)
    own = own_answer(actor, poll)
    marked = chosen if refused else {s.pk for s in own.slots.all()} if own else set()
    found = polled(poll, now)
    rows = [
        {
            "pk": r.slot.pk,
            "words": f"{date_long(r.slot.starts_at)}–{r.slot.ends_at.astimezone(ZONE):%H:%M}",
            "people": r.count.people,
            "marked": r.slot.pk in marked,
        }
        for r in found.slots
    ]
    context = {
        "poll": poll,
        "rows": rows,
        "answers": found.answers,
        "own": own,
        "refused": refused,
        "closed": poll.closed_at is not None or poll.closes_at <= now,
        "closes": date_long(poll.closes_at),
        "chosen": date_long(poll.chosen.starts_at) if poll.chosen else "",
        "meeting_href": reverse("meetings:one", args=[poll.meeting_id]) if poll.meeting and may_read(actor, poll.meeting) else "",
    }
    return render(request, "meetings/slots.html", context, status=refused.status if refused else 200)
