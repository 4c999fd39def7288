"""When to meet, and who takes part: polls at the Desk, participation by age and building, homes to visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.people.groups import band_words, few_words
from linli.kernel.people.queries import find_people
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_by_id, place_choices, short_names
from linli.lib.groups import Share
from linli.loops.council.meetings.actions import slots
from linli.loops.council.meetings.desk.common import usual
from linli.loops.council.meetings.desk.plans import PLACE_KINDS
from linli.loops.council.meetings.forms import PollForm
from linli.loops.council.meetings.models import SlotPoll
from linli.loops.council.meetings.queries import participation, unreached
from linli.loops.council.meetings.reading import at_desk
from linli.loops.council.meetings.rules import Earlier, likeliest, part_of_day
from linli.loops.council.meetings.slot_queries import earlier_answers, is_working_day, poll_for, polled
from linli.web.downloads import MOST, as_download, asked_as, downloads
from linli.web.words import date_long, day, percent, whole_dates

DAYS: Final = 365
PAGE: Final = 100
PROPOSED: Final = 6  # so many times are ticked beforehand


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new_poll(request: HttpRequest) -> HttpResponse:
    """Offer times: evenings and free days are proposed."""
    actor, now = at_desk(request)
    if not table.holds(actor, "meeting.plan"):
        raise table.refusal(actor, "meeting.plan")
    paths = reach(actor, "meeting.plan")
    earlier = earlier_answers(paths, now)
    offered, likely = _offered(slots.proposed(now), earlier)
    # From a talk or a matter: where, and what about.
    asked = {"place": request.GET.get("place", "")[:120], "title": request.GET.get("title", "")[:80]}
    begun = {**usual(paths), **{name: value for name, value in asked.items() if value}, "slots": likely}
    form = PollForm(request.POST or None, reach=paths, offered=offered, initial=begun)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            poll = slots.open_poll(
                actor=actor,
                place=given["place"],
                body=given["body"],
                title=given["title"],
                slots=form.chosen(),
                closes_at=given["closes_at"],
                now=now,
            )
        except Invalid as refused:
            put_on(form, refused)
        else:
            messages.success(request, _("已请大家选时间。"))
            return HttpResponseRedirect(f"/desk/meetings/slots/{poll.pk}/")
    context = {
        "form": form,
        "places": place_choices(paths, PLACE_KINDS),
        "known": _earlier(earlier),
    }
    return render(request, "meetings/desk/poll_new.html", context, status=422 if form.is_bound and form.errors else 200)


def _offered(times: Sequence[tuple[datetime, datetime]], earlier: Mapping[str, Earlier]) -> tuple[list[tuple[str, str]], list[str]]:
    """The times to tick, and which are ticked beforehand: those that suited most people in earlier polls."""
    starts = [a.astimezone(ZONE) for a, _b in times]
    kinds = [part_of_day(at.date(), at.time(), is_working_day) for at in starts]
    rows = [(f"{a.isoformat()}/{b.isoformat()}", f"{date_long(a)}–{b:%H:%M}") for a, b in times]
    return rows, [rows[n][0] for n in likeliest(kinds, earlier, PROPOSED)]


def _earlier(found: Mapping[str, Earlier]) -> list[str]:
    """What was answered before, the kind of time that suited most people first."""
    return [_earlier_words(kind, one) for kind, one in sorted(found.items(), key=lambda row: -row[1].share) if one.asked]


def _earlier_words(kind: str, earlier: Earlier) -> str:
    """Of those asked before, how many could come at such a time."""
    named = {
        "work": _("工作日白天"),
        "evening": _("工作日晚上"),
        "morning": _("休息日上午"),
        "afternoon": _("休息日下午"),
        "night": _("休息日晚上"),
    }
    return _("%(kind)s：问过 %(asked)s 人，%(could)s 人能来") % {"kind": named[kind], "asked": earlier.asked, "could": earlier.could}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def poll(request: HttpRequest, poll_id: int) -> HttpResponse:
    """The answers, times ranked by how many not yet reached could come; answer for somebody; take a time."""
    actor, now = at_desk(request)
    found = poll_for(actor, poll_id)
    table.require(actor, "meeting.answer_for", found.place_path)
    if request.method == "POST":
        try:
            _act(request, actor, found, now)
        except Refused as refused:
            return _poll_page(request, actor, poll_for(actor, poll_id), now, refused)
        return HttpResponseRedirect(request.path)
    return _poll_page(request, actor, found, now)


def _act(request: HttpRequest, actor: Actor, found: SlotPoll, now: object) -> None:
    chosen = [int(v) for v in request.POST.getlist("slots") if v.isdecimal() and len(v) < 19]
    if request.POST.get("act") == "choose":
        slots.choose(actor=actor, poll_id=found.pk, slot_id=number_in(request.POST.get("slot", "")) or 0, now=now)  # type: ignore[arg-type]  # the request's instant
        messages.success(request, _("时间定了。接着安排会议。"))
        return
    person = number_in(request.POST.get("person", ""))
    if person is None:
        raise Invalid("no_person", _("请先找到是哪位居民。"), fields={"person": [_("请先找到是哪位居民。")]})
    if not chosen and not request.POST.get("none"):
        text = _("请勾选能来的时间；一个都来不了，就勾“都来不了”。")
        raise Invalid("nothing", text, fields={"slots": [text]})
    slots.answer(actor=actor, poll_id=found.pk, slot_ids=chosen, person_id=person, now=now)  # type: ignore[arg-type]  # as above
    messages.success(request, _("已代为登记。"))


def _poll_page(request: HttpRequest, actor: Actor, found: SlotPoll, now: object, refused: Refused | None = None) -> HttpResponse:
    counted = polled(found, now)  # type: ignore[arg-type]  # the request's instant
    find = (request.GET.get("q") or "")[:40]
    people = find_people(actor, find, limit=10) if len(find) > 1 and table.holds(actor, "person.read") else []
    names = short_names([p.home_place for p in people if p.home_place])
    context = {
        "poll": found,
        "closed": found.closed_at is not None or found.closes_at <= now,  # type: ignore[operator]  # as above
        "closes": date_long(found.closes_at),
        "rows": [
            {
                "pk": r.slot.pk,
                "words": f"{date_long(r.slot.starts_at)}–{r.slot.ends_at.astimezone(ZONE):%H:%M}",
                "count": r.count,
                "place": r.place,
                "chosen": r.slot.pk == found.chosen_id,
            }
            for r in sorted(counted.slots, key=lambda r: r.place)
        ],
        "answers": counted.answers,
        "none_suits": counted.none_suits,
        "people": [(p, names.get(p.home_place_id or 0, "")) for p in people],
        "find": find,
        "refused": refused,
        "may_plan": table.may(actor, "meeting.plan", found.place_path),
    }
    return render(request, "meetings/desk/poll.html", context, status=refused.status if refused else 200)


@require_GET
@staff_only
def who_takes_part(request: HttpRequest) -> HttpResponseBase:
    """Participation of the last year by age and building, and the homes nobody has come from yet, to visit; that their doors were read is logged."""
    actor, now = at_desk(request)
    paths = reach(actor, "meeting.participation")
    if not paths:
        raise table.refusal(actor, "meeting.participation")
    place = _chosen(request, actor, paths)
    found = participation(place, now, days=DAYS)
    if asked_as(request):
        log_event("table_exported", now=now, actor=actor, about=f"homes without a meeting {place.pk}")
        homes = ([address] for _path, address in found.unreached[: MOST + 1])
        return as_download(request, _("%(place)s 还没有来过的户") % {"place": place.name}, (_("住址"),), homes, (48,))
    after = request.GET.get("after", "")[:72]
    rest = [home for home in found.unreached if home[0] > after]
    if rest:  # doors of whom nobody ever saw at a meeting: not what the public may see
        log_event("meeting_homes_listed", now=now, actor=actor, about=place.name, homes=len(rest[:PAGE]))
    context = {
        "place": place,
        "since": day(now - timedelta(days=DAYS)),
        "found": found,
        "unreached": rest[:PAGE],
        "bands": [{"label": band_words(s.label), **_group(s)} for s in found.bands],
        "buildings": [{"label": s.label, **_group(s)} for s in found.buildings],
        "share": percent((found.reached, found.homes)),
        "options": [
            (str(p.pk), p.name)
            for p in Place.objects.filter(kind__in=["community", "compound"], retired_at=None, path__startswith=_root(paths)).order_by(
                "path"
            )[:80]
        ],
        "next": f"?place={place.pk}&after={rest[PAGE - 1][0]}" if len(rest) > PAGE else "",
        "exports": downloads(request),
    }
    return render(request, "meetings/desk/participation.html", context)


@require_GET
@staff_only
@whole_dates()
def visits(request: HttpRequest) -> HttpResponse:
    """The homes nobody has come from as a sheet to take along, with room to write when would suit; that it was opened is logged."""
    actor, now = at_desk(request)
    paths = reach(actor, "meeting.participation")
    if not paths:
        raise table.refusal(actor, "meeting.participation")
    place = _chosen(request, actor, paths)
    after = request.GET.get("after", "")[:72]
    rest = [home for home in unreached(place, now, days=DAYS) if home[0] > after]
    log_event("meeting_homes_listed", now=now, actor=actor, about=place.name, homes=len(rest[:PAGE]))
    context = {
        "place": place,
        "homes": rest[:PAGE],
        "count": len(rest),
        "next": f"?place={place.pk}&after={rest[PAGE - 1][0]}" if len(rest) > PAGE else "",
        "size": "a4",
        "back_href": f"/desk/meetings/participation/?place={place.pk}",
        "printed": date_long(now),
    }
    return render(request, "meetings/desk/visits.html", context)


def _group(share: Share) -> dict[str, Any]:
    """A row of a table; a count that would point at people is said to be one."""
    if share.part is None:
        return {"came": few_words(), "all": share.whole, "share": "—"}
    return {"came": share.part, "all": share.whole, "share": percent((share.part, share.whole), 0)}


def _root(paths: list[str]) -> str:
    return sorted(paths, key=len)[0]


def _chosen(request: HttpRequest, actor: Actor, paths: list[str]) -> Place:
    """The place asked for, if in reach; else the first community or below in reach. Raises NotFound or NotAllowed."""
    number = number_in(request.GET.get("place", ""))
    if number is not None:
        place = place_by_id(number)
        table.require(actor, "meeting.participation", place.path)
    else:
        first = Place.objects.filter(kind__in=["community", "compound", "building"], retired_at=None, path__startswith=_root(paths))
        found = first.order_by("path").first()
        if found is None:
            raise NotFound("no_place", _("没有找到这个地点。"))
        place = found
    if place.kind in ("province", "city", "district", "street"):
        raise Invalid("too_wide", _("请选一个社区或更小的范围。"))
    return place
