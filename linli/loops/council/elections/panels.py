"""What a motion's page is told of the election it decides."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.elections.models import Election
from linli.loops.council.elections.reading import may_read
from linli.loops.council.elections.shown import row_of


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The elections about a matter that the actor may read; None when there are none. One query."""
    (rows,) = yield [Election.objects.filter(about=matter).select_related("place").order_by("-pk")[:5]]
    found = [e for e in rows if may_read(actor, e)]
    if not found:
        return None
    base = "/desk/elections/" if desk else "/elections/"
    shown = [row_of(e, f"{base}{e.pk}/") for e in found]
    return Panel(_("选举"), "elections/panel.html", {"rows": shown}, shown[0]["href"])
