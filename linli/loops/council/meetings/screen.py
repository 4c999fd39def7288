"""What meetings bring to the screen in the lobby: the public ones under way and to come."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.paths import ancestors
from linli.kernel.notices.screens import Screen
from linli.kernel.places.models import Place
from linli.loops.council.meetings.models import State
from linli.loops.council.meetings.queries import meeting_list
from linli.loops.council.meetings.wording import times_of

MOST = 6


def to_come(place: Place | None, now: datetime) -> list[Screen]:
    """One page; none without a meeting. Three queries."""
    found = meeting_list(ANONYMOUS, around=ancestors(place.path) if place else (), limit=MOST)
    coming = [m for m in found.coming if m.state == State.NOTICED]
    rows = [(m.title, f"{times_of(m)} · {m.venue}") for m in [*found.now, *coming]][:MOST]
    return [Screen(_("会议"), _("最近的会议"), rows=rows, href="/meetings/")] if rows else []
