"""What venues do when places are merged, and when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.kernel.places.actions import place_moved
from linli.kernel.places.models import Place
from linli.loops.venues.models import State, Venue, VisitRating


@receiver(place_moved, dispatch_uid="venues.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    """Venues of a place that was merged into another belong to that one. (A place that was only moved keeps its venues by itself.)"""
    for source in Place.objects.filter(path=old, merged_into__isnull=False).select_related("merged_into"):
        target = source.merged_into
        for venue in Venue.objects.filter(place=source):
            taken = Venue.objects.filter(place=target, name=venue.name).exclude(state=State.CLOSED).exists()
            if taken and venue.state != State.CLOSED:
                # Two of the same name would now stand beside each other: each keeps its own by its number.
                venue.name = f"{venue.name[:50]} {venue.ref}"
            venue.place = target  # type: ignore[assignment]  # filtered above
            venue.save(update_fields=["place", "name"])


@receiver(person_erased, dispatch_uid="venues.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """What was said counts on; who said it, and their words, are gone."""
    if person.account_id:
        VisitRating.objects.filter(account_id=person.account_id).update(account=None, comment="")


@receiver(person_exported, dispatch_uid="venues.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """What a person answered about venues (PIPL 45)."""
    rows = VisitRating.objects.filter(account_id=person.account_id or 0).select_related("venue").order_by("pk")
    return {"venue_ratings": [{"venue": r.venue.name, "day": r.day, "choice": r.choice, "comment": r.comment} for r in rows]}
