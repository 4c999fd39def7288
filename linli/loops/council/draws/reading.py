"""Who may read a draw, and what every page asks of its request."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.loops.council.draws.models import Draw, State


def is_public(draw: Draw) -> bool:
    """A draw is public from its notice on; one called off before it never was."""
    return draw.opened_at is not None


def may_read(actor: Actor, draw: Draw) -> bool:
    return is_public(draw) or table.may(actor, "draw.read", draw.place_path)


def readable(actor: Actor) -> Q:
    """`may_read` as a filter: the same rule in SQL."""
    seen = Q(opened_at__isnull=False)
    for reach, standing in table.reach_of(actor, "draw.read"):
        if reach == "area":
            seen |= Q(**subtree("place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return seen


def draw_for(actor: Actor, draw_id: int) -> Draw:
    """A draw the actor may read. Raises NotFound."""
    found = Draw.objects.select_related("place", "about", "follows").filter(pk=draw_id).first()
    if found is None or not may_read(actor, found):
        raise NotFound("no_draw", _("没有找到这次抽签。"))
    return found


def around(actor: Actor) -> list[str]:
    """Paths of the places above (and of) the reader's own: what concerns them. Empty for strangers and staff."""
    return sorted({step for s in actor.standings for step in ancestors(s.path)}) if not actor.is_staff else []


def running(draw: Draw) -> bool:
    return draw.state not in (State.DRAFT, State.CLOSED, State.CANCELLED)
