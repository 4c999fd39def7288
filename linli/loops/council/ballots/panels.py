"""What a motion's page shows of its ballot."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.ballots import square_words as words
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.ballots.queries import turnout


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool) -> Panel | None:
    """State, window, turnout and the way to vote of the newest ballot that was announced; None before one. One query, two while open."""
    found = Ballot.objects.filter(motion_id=matter.pk).exclude(state=State.DRAFT).select_related("roll").order_by("-pk").first()
    if found is None:
        return None
    chip, tone = words.state_words(found, now)
    is_open = found.state == State.OPEN and now < found.closes_at
    context = {
        "chip": chip,
        "tone": tone,
        "window": words.window_words(found),
        "note": words.kind_note(found),
        "missing": words.missing_words(turnout(found, channels=False)) if is_open and found.kind != Kind.SURVEY else "",
        "headline": words.headline(found) if found.state == State.COUNTED else "",
    }
    href = reverse("ballots:ballot", args=[found.pk])
    return Panel(pgettext("list", "投票表决"), "ballots/panel.html", context, href, _("去表决") if is_open else _("看表决"), is_open)
