"""Who may read an election, and what every page asks of its request."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.loops.council.elections.models import Election


def may_read(actor: Actor, election: Election) -> bool:
    """An election is public from its notice on."""
    return election.opened_at is not None or table.may(actor, "election.read", election.place_path)


def readable(actor: Actor) -> Q:
    """`may_read` as a filter: the same rule in SQL."""
    seen = Q(opened_at__isnull=False)
    for reach, standing in table.reach_of(actor, "election.read"):
        if reach == "area":
            seen |= Q(**subtree("place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return seen


def election_for(actor: Actor, election_id: int) -> Election:
    """An election the actor may read. Raises NotFound."""
    found = Election.objects.select_related("place", "about", "follows", "ballot").filter(pk=election_id).first()
    if found is None or not may_read(actor, found):
        raise NotFound("no_election", _("没有找到这次选举。"))
    return found


def around(actor: Actor) -> list[str]:
    """Paths of the places above (and of) the reader's own; empty for strangers and staff."""
    return sorted({step for s in actor.standings for step in ancestors(s.path)}) if not actor.is_staff else []
