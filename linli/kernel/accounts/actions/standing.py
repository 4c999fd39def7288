"""Over whom an administrator may act, and which grants hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account, Grant


def require_over(actor: Actor, verb: str, account: Account, now: datetime) -> None:
    """
    May the actor do `verb` to this account? Every role it holds now must lie in the actor's reach; one without roles is anybody's who
    may do it somewhere. Raises NotAllowed.
    """
    if not table.reach_of(actor, verb):
        raise table.refusal(actor, verb)
    for grant in in_force(Grant.objects.filter(account=account), now).select_related("place"):
        table.require(actor, verb, grant.place.path if grant.place else "")


def in_force(grants: Any, now: datetime) -> Any:
    return grants.filter(starts_at__lte=now).filter(Q(ends_at=None) | Q(ends_at__gt=now))
