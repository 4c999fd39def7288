"""What a motion's page shows of its ballot."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.ballots import square_words as words
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.ballots.queries import MOST_BUILDINGS, by_building, turnout_of


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """State, window, turnout and the way to vote of the newest ballot that was announced; None before one. One query, two while open."""
    ballots = Ballot.objects.filter(motion_id=matter.pk).exclude(state=State.DRAFT).select_related("roll").order_by("-pk")
    (newest,) = yield [ballots[:1]]
    if not newest:
        return None
    found = newest[0]
    chip, tone = words.state_words(found, now)
    is_open = found.state == State.OPEN and now < found.closes_at
    missing = ""
    if is_open and found.kind != Kind.SURVEY:
        (buildings,) = yield [by_building(found)[:MOST_BUILDINGS]]
        missing = words.missing_words(turnout_of(found, buildings))
    context = {
        "chip": chip,
        "tone": tone,
        "window": words.window_words(found),
        "note": words.kind_note(found),
        "missing": missing,
        "headline": words.headline(found) if found.state == State.COUNTED else "",
    }
    href = reverse("ballots:ballot", args=[found.pk])
    return Panel(pgettext("list", "投票表决"), "ballots/panel.html", context, href, _("去表决") if is_open else _("看表决"), is_open)
