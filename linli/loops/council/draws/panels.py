"""What a motion's page is told of the draws that carry it out."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.draws.models import Draw
from linli.loops.council.draws.reading import may_read
from linli.loops.council.draws.shown import row_of


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The draws about a matter that the actor may read; None when there are none. One query."""
    (rows,) = yield [Draw.objects.filter(about=matter).select_related("place").order_by("-pk")[:5]]
    found = [d for d in rows if may_read(actor, d)]
    if not found:
        return None
    base = "/desk/draws/" if desk else "/draws/"
    shown = [row_of(d, f"{base}{d.pk}/") for d in found]
    return Panel(_("抽签"), "draws/panel.html", {"rows": shown}, shown[0]["href"])
