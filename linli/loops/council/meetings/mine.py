"""What meetings bring to a resident's own page: those under way, times to answer, minutes to confirm; and those whose register they stand on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.loops.council.meetings.models import Attendee, Meeting, Minutes, SlotAnswer, SlotPoll, State
from linli.loops.council.meetings.queries import LIVE_STATES
from linli.loops.council.meetings.reading import myself, readable
from linli.loops.council.meetings.wording import TONES, times_of
from linli.web.words import until

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """One query: meetings and polls of times."""
    here = Attendee.objects.filter(myself(actor), meeting=OuterRef("pk"))
    leads = Q(chair_id=actor.account_id) | Q(recorder_id=actor.account_id)
    found = Meeting.objects.filter(readable(actor)).select_related("place")
    under_way = found.filter(Exists(here.filter(expected=True, present="")), state__in=LIVE_STATES)
    open_minutes = Minutes.objects.filter(meeting=OuterRef("pk"))
    to_confirm = found.filter(
        Q(Exists(open_minutes.filter(chair_at=None)), chair_id=actor.account_id)
        | Q(Exists(open_minutes.filter(recorder_at=None)), recorder_id=actor.account_id),
        state=State.ENDED,
    )
    polls = SlotPoll.objects.filter(place_path__in=_around(actor), closed_at=None, closes_at__gt=now)
    answered = SlotAnswer.objects.filter(poll=OuterRef("pk"), person=actor.person_id)
    running, ended, times, own = yield [
        under_way.order_by("starts_at")[:ROWS],
        to_confirm.order_by("-pk")[:ROWS],
        polls.exclude(Exists(answered)).order_by("closes_at")[:ROWS] if actor.person_id else SlotPoll.objects.none()[:ROWS],
        found.filter(Exists(here) | leads).order_by("-starts_at")[:ROWS],
    ]
    waits = [_row(m, _("正在开会：%(title)s") % {"title": m.title}) for m in running]
    waits += [
        {**_row(m, _("纪要等您确认：%(title)s") % {"title": m.title}), "href": reverse("meetings:minutes", args=[m.pk])} for m in ended
    ]
    waits += [
        {
            "href": reverse("meetings:slots", args=[p.pk]),
            "title": _("哪些时间能来：%(title)s") % {"title": p.title},
            "meta": _("%(when)s截止") % {"when": until(p.closes_at)},
            "icon": "people",
        }
        for p in times
    ]
    return Mine(_("我的会议"), waits, [_row(m, m.title) for m in own], reverse("meetings:list"))


def _around(actor: Actor) -> list[str]:
    return sorted({step for s in actor.standings for step in ancestors(s.path)}) if not actor.is_staff else []


def _row(meeting: Meeting, title: str) -> dict[str, Any]:
    return {
        "href": reverse("meetings:one", args=[meeting.pk]),
        "title": title,
        "meta": f"{times_of(meeting)} · {meeting.venue}",
        "chip": meeting.get_state_display(),
        "tone": TONES[State(meeting.state)],
        "icon": "people",
    }
