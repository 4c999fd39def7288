"""Notes about people erased meanwhile go once nobody can challenge the decision any more."""

from __future__ import annotations

from datetime import datetime

from linli.kernel.rolls.models import Holder
from linli.loops.council.ballots.models import Ballot, Delivery, Vote
from linli.loops.council.motions.contesting import held


def forget_notes(now: datetime, *, limit: int = 200) -> int:
    """Empty the notes on deliveries to and votes of erased people where the evidence need not stand any longer; returns how many."""
    gone = Holder.objects.filter(person__erased_at__isnull=False)
    deliveries = Delivery.objects.filter(voter_id__in=gone.values("voter_id")).exclude(note="")
    votes = Vote.objects.filter(person__erased_at__isnull=False).exclude(note="")
    motions = {
        *Ballot.objects.filter(deliveries__in=deliveries).values_list("motion_id", flat=True)[:limit],
        *Ballot.objects.filter(votes__in=votes).values_list("motion_id", flat=True)[:limit],
    }
    free = motions - held(motions, now)
    if not free:
        return 0
    return deliveries.filter(ballot__motion__in=free).update(note="") + votes.filter(ballot__motion__in=free).update(note="")
