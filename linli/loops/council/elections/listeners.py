"""What elections do when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.elections.models import Candidate, Objection, Second


@receiver(person_erased, dispatch_uid="elections.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    Who was elected by whom is public record and stays by name; the home, the statement and the account go. Those
    who never became candidates leave nothing but a number.
    """
    mine = Candidate.objects.filter(_mine(person))
    mine.exclude(outcome__in=["elected", "alternate"]).update(name="—")
    mine.update(person=None, account=None, home=None, statement="", consent_note="", reason="")
    if person.account_id:
        Candidate.objects.filter(nominator_id=person.account_id).update(nominator=None, nominated_by="")
        Second.objects.filter(account_id=person.account_id).update(account=None)
        Objection.objects.filter(account_id=person.account_id).update(name="", account=None)


@receiver(person_exported, dispatch_uid="elections.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """Where a person stood, was looked at, and what they seconded and objected to (PIPL 45)."""
    rows = Candidate.objects.filter(_mine(person)).select_related("election").order_by("pk")
    own = Q(account_id=person.account_id) if person.account_id else Q(pk=None)
    return {
        "candidatures": [
            {
                "election": c.election.title,
                "at": c.at,
                "consent": c.consent,
                "state": c.state,
                "checks": c.checks,
                "statement": c.statement,
                "votes": c.votes,
                "outcome": c.outcome,
            }
            for c in rows
        ],
        "election_seconds": list(Second.objects.filter(own).order_by("pk").values("candidate__election__title", "candidate__number", "at")),
        "election_objections": list(Objection.objects.filter(own).order_by("pk").values("election__title", "text", "state", "answer")),
    }


def _mine(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
