"""What motions bring to a resident's own page: those to second, to rate, to accept as a supervisor, to hand in; and those they raised or seconded."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.mine import Mine
from linli.kernel.places.queries import naming
from linli.loops.council.motions.models import Opinion, Supervisor
from linli.loops.council.motions.queries import Wanted, narrowed, rows_of
from linli.loops.council.motions.rows import shown
from linli.loops.council.motions.square_queries import awaits
from linli.web.words import until

ROWS: Final = 5


def mine(actor: Actor, now: datetime) -> Asking[Mine]:
    """Two queries: the motions, and the names of their places."""
    me = Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))
    spoken = Opinion.objects.filter(supervisor=OuterRef("pk"), round=F("supervisor__motion__round"))
    supervises = Exists(Supervisor.objects.filter(me, ~Exists(spoken), motion=OuterRef("pk"), until_at=None))
    accepts = Q(state="accepting") & Q(supervises)
    found = narrowed(actor, Wanted(), now).select_related("motion", "place", "holder")
    waits, own = yield [
        found.annotate(why=Case(When(accepts, then=Value(1)), default=Value(0), output_field=IntegerField()))
        .filter(awaits(actor) | accepts)
        .order_by("-why", "-updated_at")[:ROWS],
        narrowed(actor, Wanted(mine=True), now).select_related("motion", "place", "holder").order_by("-pk")[:ROWS],
    ]
    names = yield from naming([m.place for m in (*waits, *own)], doors=actor.is_staff)
    return Mine(
        _("我的议题"),
        [_waits(matter) for matter in waits],
        [shown(row, now) for row in rows_of(actor, own, now, names)],
        f"{reverse('motions:list')}?mine=1",
    )


def _waits(matter: object) -> dict[str, str]:
    state, title, motion = matter.state, matter.public_title, matter.motion  # type: ignore[attr-defined]  # a matter with its motion
    what = {
        "seconding": _("等您附议：%(title)s"),
        "accepting": _("请您验收：%(title)s"),
        "rating": _("请您评价：%(title)s"),
    }[state]
    due = motion.seconds_due_at if state == "seconding" else None
    return {
        "href": reverse("motions:one", args=[matter.ref]),  # type: ignore[attr-defined]  # as above
        "title": what % {"title": title},
        "meta": _("%(when)s截止") % {"when": until(due)} if due else "",
        "icon": "people",
    }
