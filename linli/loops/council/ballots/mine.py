"""What ballots bring to a resident's own page: those that wait for their vote, and those whose roll they stand on."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.kernel.rolls.models import Holder
from linli.loops.council.ballots.models import Ballot, Proxy, State, Vote
from linli.loops.council.ballots.square_words import state_words
from linli.web.words import until

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """One query: the newest ballots of rolls the reader stands on or holds an authority in, each with whether a vote of theirs is missing."""
    if actor.person_id is None:
        return Mine("")
    here = OuterRef("pk")
    cast = Vote.objects.filter(ballot=OuterRef(here), voter=OuterRef("voter"), state__in=(Vote.State.STANDS, Vote.State.CONFLICT))
    own = Holder.objects.filter(roll=OuterRef("roll"), person=actor.person_id)
    held = Proxy.objects.filter(ballot=here, holder=actor.person_id, ended_at=None)
    found = Ballot.objects.exclude(state=State.DRAFT).filter(Exists(own) | Exists(held)).select_related("motion__matter")
    missing = Exists(own.exclude(Exists(cast))) | Exists(held.exclude(Exists(cast)))
    waits, newest = yield [
        found.filter(missing, state=State.OPEN, opens_at__lte=now, closes_at__gt=now).order_by("closes_at")[:ROWS],
        found.annotate(cast=Exists(own.filter(Exists(cast)))).order_by("-pk")[:ROWS],
    ]
    return Mine(
        _("我的投票"),
        [
            {
                "href": reverse("ballots:ballot", args=[b.pk]),
                "title": _("等您投票：%(title)s") % {"title": b.motion.matter.public_title},
                "meta": _("%(when)s截止") % {"when": until(b.closes_at)},
                "icon": "check",
            }
            for b in waits
        ],
        [_row(b, now) for b in newest],
        reverse("ballots:ballots"),
    )


def _row(ballot: Ballot, now: datetime) -> dict[str, object]:
    chip, tone = state_words(ballot, now)
    return {
        "href": reverse("ballots:ballot", args=[ballot.pk]),
        "title": ballot.motion.matter.public_title,
        "meta": " · ".join((ballot.motion.matter.ref, _("您家投过了") if ballot.cast else _("您家没有投过"))),  # type: ignore[attr-defined]  # annotated above
        "chip": chip,
        "tone": tone,
        "icon": "check",
    }
