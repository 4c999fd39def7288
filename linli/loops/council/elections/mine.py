"""What elections bring to a resident's own page: nominations that wait for their yes or no, and where they stand or hold a seat."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.loops.council.elections.models import Candidate, State
from linli.loops.council.elections.queries import asked_for_consent
from linli.loops.council.elections.wording import TONES

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """One query."""
    me = Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))
    asked, stood = yield [
        asked_for_consent(actor)[:ROWS],
        Candidate.objects.filter(me).select_related("election").order_by("-pk")[:ROWS],
    ]
    return Mine(
        _("我的选举"),
        [
            {
                "href": f"{reverse('elections:one', args=[c.election_id])}#mine",
                "title": _("有人推荐您：%(title)s") % {"title": c.election.title},
                "meta": _("请表示同意或者不同意"),
                "icon": "people",
            }
            for c in asked
        ],
        [
            {
                "href": f"{reverse('elections:one', args=[c.election_id])}#mine",
                "title": c.election.title,
                "meta": c.get_outcome_display() or c.get_state_display(),
                "chip": c.election.get_state_display(),
                "tone": TONES[State(c.election.state)],
                "icon": "people",
            }
            for c in stood
        ],
        reverse("elections:list"),
    )
