"""What matters do when people are erased or ask what is stored about them, whatever kind of matter it is."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from linli.kernel.matters.models import Mute
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person


@receiver(person_erased, dispatch_uid="matters.forget_mutes")
def forget(sender: Any, person: Person, **_kwargs: Any) -> None:
    if person.account_id:
        Mute.objects.filter(account_id=person.account_id).delete()


@receiver(person_exported, dispatch_uid="matters.tell_mutes")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    mutes = Mute.objects.filter(account_id=person.account_id).select_related("matter").order_by("pk") if person.account_id else []
    return {"muted": [{"ref": m.matter.ref, "since": m.since} for m in mutes]}
