"""What a matter's page is told of talks: the open one with the way in, or what the last one brought; at the Desk, the way to open one."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import Talk
from linli.loops.council.talks.shown import list_row


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The talks about a matter its reader reads; one query. At the Desk also where there is none yet and the reader may open one."""
    (talks,) = yield [Talk.objects.filter(matter=matter).select_related("place").order_by("-pk")[:10]]
    return _shown(actor, matter, now, talks, desk=desk)


def invitation(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Panel | None:
    """Where there has been no talk: at the Desk, the way to open one. Asks nothing."""
    return _shown(actor, matter, now, [], desk=desk)


def _shown(actor: Actor, matter: Matter, now: datetime, found: list[Talk], *, desk: bool) -> Panel | None:
    running = any(rules.is_open(t.opened_at, t.closes_at, t.closed_at, now) for t in found)
    may_open = desk and table.may(actor, "talk.open", matter.place_path) and not rules.why_not_opened(matter.state, matter.is_open, running)
    if not found and not may_open:
        return None
    base = "/desk/talks/" if desk and table.may(actor, "talk.read", matter.place_path) else "/talks/"
    rows = [list_row(t, now, f"{base}{t.pk}/") for t in found]
    open_href = f"/desk/talks/new/?matter={matter.ref}" if may_open else ""
    href = rows[0]["href"] if rows else ""
    label = _("去说说看") if running and not desk else _("打开")
    return Panel(_("大家怎么看"), "talks/panel.html", {"rows": rows, "open_href": open_href}, href, label if href else "")
