"""What meetings do when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.meetings.models import Attendee, SlotAnswer


@receiver(person_erased, dispatch_uid="meetings.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    That somebody was present stays, as the quorum rests on it; who it was does not. When they can come is nobody's business any more.
    """
    Attendee.objects.filter(_mine(person)).update(
        name=gettext_noop("（已依法删除）"), person=None, account=None, home=None, home_path="", where=""
    )
    SlotAnswer.objects.filter(person=person).delete()


@receiver(person_exported, dispatch_uid="meetings.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """Which meetings a person was on the register of and at, what they said there, and when they said they could come (PIPL 45)."""
    seats = Attendee.objects.filter(_mine(person)).select_related("meeting").prefetch_related("stays", "speeches").order_by("pk")
    answers = SlotAnswer.objects.filter(person=person).select_related("poll").prefetch_related("slots").order_by("pk")
    return {
        "meetings": [
            {
                "title": seat.meeting.title,
                "starts_at": seat.meeting.starts_at,
                "capacity": seat.capacity,
                "present": [{"from": stay.came_at, "until": stay.left_at} for stay in seat.stays.all()],
                "speeches": [speech.gist for speech in seat.speeches.all() if speech.gist],
            }
            for seat in seats
        ],
        "meeting_times": [
            {"poll": answer.poll.title, "slots": [slot.starts_at for slot in answer.slots.all()], "at": answer.at} for answer in answers
        ],
    }


def _mine(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
