"""What notices do when people are erased or ask what is stored about them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from linli.kernel.notices.models import Message
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person


def _to(person: Person) -> Q:
    return Q(person_id=person.pk) | Q(account_id=person.account_id) if person.account_id else Q(person_id=person.pk)


@receiver(person_erased, dispatch_uid="notices.forget_person")
def forget(sender: Any, person: Person, **_kwargs: Any) -> None:
    """Their messages go, with the numbers they would have been sent to."""
    Message.objects.filter(_to(person)).delete()


@receiver(person_exported, dispatch_uid="notices.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    return {"messages": list(Message.objects.filter(_to(person)).order_by("pk").values("title", "body", "about", "created_at", "read_at"))}
