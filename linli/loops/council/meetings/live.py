"""
What a running meeting tells everybody who follows it, kept in the process for part of a second.

A poll costs no session and, while nothing changed, at most one small query each `FRESH` seconds and process however many ask: the
version is asked for once, the words of a version are made once for each level and language.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.template import engines
from django.utils import translation

from linli.lib.remembered import Remembered
from linli.loops.council.meetings.models import Meeting, State
from linli.loops.council.meetings.queries import Now, now_of

FRESH: Final = 0.4
KEPT: Final = 3600
# How often a page asks, in milliseconds: while the meeting runs, and while it only may begin.
POLL_MS: Final = {State.OPEN: 1000, State.ADJOURNED: 2000, State.NOTICED: 5000}
IDLE_MS: Final = 30_000
# In a full hall each page asks a little more seldom: 200 questions a second are enough for 300 phones to know within two seconds.
HALL: Final = 150
HALL_MS: Final = 1500

REGIONS: Final = {
    "public": ("now", "queue", "hands", "quorum", "agenda", "outcomes"),
    "room": ("now", "queue", "hands", "quorum", "agenda", "outcomes"),
    "board": ("board",),
    "desk": ("desk_now", "desk_queue", "desk_hands", "quorum", "desk_agenda", "desk_outcomes", "desk_totals"),
}


@dataclass(frozen=True)
class News:
    """The news of one version: its tag and its body."""

    version: int
    body: bytes


_versions: Remembered[int] = Remembered(FRESH)
_news: Remembered[News] = Remembered(KEPT, most=200)
_nows: Remembered[Now] = Remembered(KEPT, most=50)
_making = threading.Lock()


def forget(meeting_id: int) -> None:
    """Something happened in this process: the next one who asks reads the version."""
    _versions.forget(meeting=meeting_id)


def version_of(meeting_id: int) -> int:
    """The meeting's version, at most `FRESH` seconds old; 0 when there is no such meeting."""
    return _versions.get(meeting_id, lambda: Meeting.objects.filter(pk=meeting_id).values_list("version", flat=True).first() or 0)


def news(meeting_id: int, level: str, language: str) -> News | None:
    """What stands now, in a language, for a level; None when there is no such meeting."""
    version = version_of(meeting_id)
    if not version:
        return None
    # One thread makes it; the others wait and find it.
    with _making:
        return _news.get((meeting_id, level, language, version), lambda: _made(meeting_id, level, language))


def _made(meeting_id: int, level: str, language: str) -> News:
    meeting = Meeting.objects.select_related("place", "current").get(pk=meeting_id)
    with translation.override(language):
        found = state(now_at(meeting, totals=level == "desk"), level)
    return News(meeting.version, json.dumps(found, ensure_ascii=False).encode())


def now_at(meeting: Meeting, *, totals: bool = False) -> Now:
    """
    The state of a meeting as it was read, kept for its version: a room full of phones that open the page at once reads it once.
    """
    return _nows.get((meeting.pk, totals, meeting.version), lambda: now_of(meeting, totals=totals))


def pace(state: str, present: int) -> int:
    """How long a page waits before it asks again, in milliseconds."""
    wait = POLL_MS.get(State(state), IDLE_MS)
    return max(wait, HALL_MS) if present > HALL else wait


def millis(when: datetime | None) -> int | None:
    return int(when.astimezone(UTC).timestamp() * 1000) if when else None


def state(now: Now, level: str) -> dict[str, Any]:
    """The state as plain values, with the page's regions drawn in the reader's language."""
    from linli.loops.council.meetings.shown import context_of, saying

    meeting, speaking = now.meeting, now.speaking
    context = context_of(now, level)
    return {
        "version": meeting.version,
        "state": meeting.state,
        "poll_ms": pace(meeting.state, sum(now.here.values())),
        "item": meeting.current_id,
        "timer": {
            "speech": speaking.pk,
            "seat": speaking.attendee.seat,
            "limit_ms": speaking.limit_ms,
            "used_ms": speaking.used_ms,
            "running_since": millis(speaking.running_since),
        }
        if speaking
        else None,
        "queue": [s.attendee.seat for s in now.queue],
        "hands": now.hands.pk if now.hands else None,
        "procedure": bool(now.hands and now.hands.point_id),
        "may_ask": meeting.state == State.OPEN and meeting.current is not None and not meeting.current.debate_closed,
        "say": saying(now, level),
        "regions": {name: draw(name, context) for name in REGIONS[level]},
    }


def draw(region: str, context: dict[str, Any]) -> str:
    """One region of the page as HTML, the same file the whole page includes."""
    made: str = engines["jinja2"].get_template(f"meetings/live/{region}.html").render(context)
    return made
