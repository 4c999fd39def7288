"""What plans bring to a resident's own page: those in which a home of theirs shares."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.kernel.places.queries import naming
from linli.loops.council.plans.queries import plans_of_mine
from linli.loops.council.plans.wording import row_of

ROWS = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """Two queries: the plans, and the names of their places."""
    (plans,) = yield [plans_of_mine(actor, now)[:ROWS]]
    names = yield from naming([p.place for p in plans])
    base = reverse("plans:list")
    return Mine(_("我的费用分摊"), rows=[row_of(p, f"{base}{p.pk}/", names[p.place_id]) for p in plans], href=base)
