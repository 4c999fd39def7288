"""What a ballot does when its motion moves (it freezes with the notice, thaws when that is taken back), and when people go or ask for their data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from linli.kernel.matters.turn import Turn, matter_advanced
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Holder
from linli.loops.council.ballots.actions.announcing import freeze, thaw
from linli.loops.council.ballots.models import Ballot, Delivery, Proxy, Vote
from linli.loops.council.motions.contesting import held
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.rules import KIND


@receiver(matter_advanced, dispatch_uid="ballots.follow_motion")
def follow(sender: Any, turn: Turn, **_kwargs: Any) -> None:
    if turn.matter.kind != KIND:
        return
    verbs = {e.verb for e in turn.entries}
    if "take_back_notice" in verbs or verbs & {"to_request", "withdraw", "reschedule", "move_tier"}:
        thaw(Motion(pk=turn.matter.pk))
    if "give_notice" in verbs:
        freeze(Motion.objects.select_related("matter").get(pk=turn.matter.pk), turn.now)


@receiver(person_erased, dispatch_uid="ballots.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    A vote that was cast counts and stays, by its number on the roll: the account behind it and notes about the person go. Open authorities
    to vote for others, or by others for them, end only with the ballot: they are its evidence.

    While the decision can be challenged the notes are evidence too (Civil Code 280; PIPL 47 lets them stay as long as a law asks for them): they go
    when the time is over (`duties.forget_notes`).
    """
    Vote.objects.filter(_of(person)).update(account=None)
    ids = Holder.objects.filter(person=person).values("voter_id")
    touched = Ballot.objects.filter(Q(votes__in=Vote.objects.filter(_of(person))) | Q(deliveries__voter_id__in=ids))
    motions = set(touched.values_list("motion_id", flat=True))
    free = motions - held(motions, now)
    Vote.objects.filter(_of(person), ballot__motion__in=free).update(note="")
    Delivery.objects.filter(voter_id__in=ids, ballot__motion__in=free).update(note="")


@receiver(person_exported, dispatch_uid="ballots.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """One's votes (of secret ballots only that one voted), authorities held and given (PIPL 45)."""
    fields = ("ballot_id", "ballot__motion__matter__title", "channel", "state", "choice", "cast_at", "receipt")
    votes = Vote.objects.filter(_of(person)).order_by("pk").values(*fields)[:500]
    ids = Holder.objects.filter(person=person).values("voter_id")
    proxies = Proxy.objects.filter(Q(holder=person) | Q(voter_id__in=ids)).order_by("pk")
    return {
        "votes": list(votes),
        "proxies": [{"ballot": p.ballot_id, "held": p.holder_id == person.pk, "recorded_at": p.recorded_at} for p in proxies[:500]],
    }


def _of(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
