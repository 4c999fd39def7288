"""What talks do when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.talks.models import Expert, Participant, Report


@receiver(person_erased, dispatch_uid="talks.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """What was said and voted stays, as others answered it and counts rest on it; that it was this person does not."""
    Participant.objects.filter(person=person).update(person=None, home_path="", building=None)
    if person.account_id:
        Report.objects.filter(account_id=person.account_id).delete()
        Expert.objects.filter(account_id=person.account_id).update(account=None)


@receiver(person_exported, dispatch_uid="talks.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """Which talks a person took part in, what they contributed, and how they voted (PIPL 45)."""
    seats = Participant.objects.filter(person=person).select_related("talk").prefetch_related("contributions", "marks__contribution")
    return {
        "talks": [
            {
                "question": seat.talk.question,
                "joined_at": seat.joined_at,
                "said": [{"kind": c.kind, "text": c.text, "at": c.at, "channel": c.channel} for c in seat.contributions.all()],
                "votes": [
                    {"number": m.contribution.number, "choice": m.choice, "at": m.at, "channel": m.channel} for m in seat.marks.all()
                ],
            }
            for seat in seats.order_by("pk")
        ]
    }
