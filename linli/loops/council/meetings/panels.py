"""What a matter's page is told of meetings: when it is discussed next, or what was agreed the last time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.meetings.models import Outcome, State
from linli.loops.council.meetings.queries import meetings_about
from linli.loops.council.meetings.reading import may_read
from linli.loops.council.meetings.wording import outcome_words, times_of


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Panel | None:
    """The meetings about a matter that the actor may read; None when there are none. Two queries and more for those not public."""
    items = [i for i in meetings_about(matter) if i.meeting.state != State.CANCELLED and may_read(actor, i.meeting)]
    if not items:
        return None
    outcomes: dict[int, list[str]] = {}
    for outcome in Outcome.objects.filter(item__in=items, struck_at=None):
        outcomes.setdefault(outcome.item_id or 0, []).append(outcome_words(outcome))
    base = "/desk/meetings/" if desk else "/meetings/"
    rows = [
        {
            "href": f"{base}{i.meeting_id}/",
            "title": i.meeting.title,
            "when": times_of(i.meeting),
            "state": i.meeting.get_state_display(),
            "outcomes": outcomes.get(i.pk, []),
        }
        for i in items
    ]
    coming = next((i for i in reversed(items) if i.meeting.starts_at >= now), items[0])
    return Panel(_("开会"), "meetings/panel.html", {"rows": rows}, f"{base}{coming.meeting_id}/")
