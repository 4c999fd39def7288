"""Over whom an administrator may act."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account, Grant
from linli.kernel.accounts.queries import grants_in_force


def require_over(actor: Actor, verb: str, account: Account, now: datetime) -> None:
    """
    May the actor do `verb` to this account? Every role it holds now must lie in the actor's reach; one without roles is anybody's who
    may do it somewhere. Raises NotAllowed.
    """
    if not table.reach_of(actor, verb):
        raise table.refusal(actor, verb)
    for grant in Grant.objects.filter(grants_in_force(now), account=account).select_related("place"):
        table.require(actor, verb, grant.place.path if grant.place else "")
