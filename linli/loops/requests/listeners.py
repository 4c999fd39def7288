"""What requests do when places move or people are erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from linli.kernel.matters.actions import follow_places
from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import person_erased
from linli.kernel.people.models import Person
from linli.kernel.places.actions import place_moved


@receiver(place_moved, dispatch_uid="requests.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    follow_places(old, new)


@receiver(person_erased, dispatch_uid="requests.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """What an erased person raised stays as the public read it: their own words go."""
    for matter in Matter.objects.filter(parties__person=person, parties__role="raiser"):
        matter.title, matter.body = matter.public_title, matter.public_body
        matter.save(update_fields=["title", "body"])
