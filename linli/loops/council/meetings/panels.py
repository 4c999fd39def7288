"""What a matter's page is told of meetings: when it is discussed next, or what was agreed the last time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.meetings.models import State
from linli.loops.council.meetings.queries import meetings_about
from linli.loops.council.meetings.wording import outcome_words, times_of


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The meetings about a matter that the actor may read; None when there are none. One query."""
    about = yield from meetings_about(actor, matter)
    found = [(i, agreed) for i, agreed in about if i.meeting.state != State.CANCELLED]
    if not found:
        return None
    base = "/desk/meetings/" if desk else "/meetings/"
    rows = [
        {
            "href": f"{base}{i.meeting_id}/",
            "title": i.meeting.title,
            "when": times_of(i.meeting),
            "state": i.meeting.get_state_display(),
            "outcomes": [outcome_words(o) for o in agreed],
        }
        for i, agreed in found
    ]
    coming = next((i for i, _agreed in reversed(found) if i.meeting.starts_at >= now), found[0][0])
    return Panel(_("开会"), "meetings/panel.html", {"rows": rows}, f"{base}{coming.meeting_id}/")
