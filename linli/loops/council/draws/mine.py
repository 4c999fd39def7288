"""What draws bring to a resident's own page: places to claim, and the household's entries."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.loops.council.draws.models import Application, State
from linli.loops.council.draws.queries import waits_for
from linli.loops.council.draws.wording import TONES
from linli.web.words import until

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """One query."""
    me = Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))
    offers, entries = yield [
        waits_for(actor, now)[:ROWS],
        Application.objects.filter(me).select_related("draw").order_by("-pk")[:ROWS],
    ]
    return Mine(
        _("我的抽签"),
        [
            {
                "href": f"{reverse('draws:one', args=[o.draw_id])}#mine",
                "title": _("抽中了：%(lot)s") % {"lot": o.lot},
                "meta": _("%(when)s前认领") % {"when": until(o.due_at)},
                "icon": "sort",
            }
            for o in offers
        ],
        [
            {
                "href": f"{reverse('draws:one', args=[a.draw_id])}#mine",
                "title": a.draw.title,
                "meta": _("您的编号 %(number)s · %(state)s") % {"number": a.number, "state": a.get_state_display()},
                "chip": a.draw.get_state_display(),
                "tone": TONES[State(a.draw.state)],
                "icon": "sort",
            }
            for a in entries
        ],
        reverse("draws:list"),
    )
