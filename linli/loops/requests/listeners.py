"""What requests do when places move, and when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import system
from linli.kernel.matters.actions import follow_places, take_out
from linli.kernel.matters.models import Category, Entry, Link, Matter, Party, Rating
from linli.kernel.matters.turn import Turn, matter_advanced, turn
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.kernel.places.actions import place_moved
from linli.loops.requests import suggest
from linli.loops.requests.actions.repeats import note_repeat
from linli.loops.requests.actions.sameness import forget_words, note_parting
from linli.loops.requests.rules import KIND


@receiver(place_moved, dispatch_uid="requests.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    follow_places(old, new)


@receiver(person_erased, dispatch_uid="requests.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """What an erased person raised stays as the public read it: their own words go, from the timeline too, and the record says so."""
    house = system("erasure")
    for party in _parts(person).select_related("matter"):
        with turn(actor=house, matter_id=party.matter_id, now=now) as t:
            said = Q(account_id=person.account_id) if person.account_id else Q(pk=None)
            if party.role == Party.Role.RAISER:
                said |= Q(seq=1)
                public_body = t.matter.public_body
                t.matter.title = t.matter.public_title
            take_out(t, Entry.objects.filter(said, matter=t.matter), gettext_noop("依法删除个人资料"))
            if party.role == Party.Role.RAISER:
                t.matter.body = t.matter.public_body = public_body
                forget_words(t.matter)
    Rating.objects.filter(_mine(person)).update(comment="")


@receiver(person_exported, dispatch_uid="requests.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """What a person raised, met and judged, for the copy of everything stored about them (PIPL 45)."""
    parts = _parts(person).select_related("matter", "matter__place")
    fields = ("matter_id", "round", "outcome", "answered", "solved", "satisfied", "comment", "channel", "at")
    return {
        "requests": [
            {
                "ref": p.matter.ref,
                "role": p.role,
                "joined_at": p.joined_at,
                "title": p.matter.title if p.role == Party.Role.RAISER else p.matter.public_title,
                "body": p.matter.body if p.role == Party.Role.RAISER else p.matter.public_body,
                "place": p.matter.place.name,
                "state": p.matter.state,
                "raised_at": p.matter.raised_at,
            }
            for p in parts
        ],
        "ratings": list(Rating.objects.filter(_mine(person)).order_by("pk").values(*fields)),
    }


def _mine(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)


def _parts(person: Person) -> Any:
    found = Party.objects.filter(_mine(person), matter__in=Matter.objects.filter(kind="request"))
    return found.exclude(role=Party.Role.RECORDER).order_by("matter_id", "pk")


@receiver(matter_advanced, dispatch_uid="requests.note_repeat")
def tied(sender: Any, turn: Turn, **_kwargs: Any) -> None:
    """However a worker ties a request to the one it repeats, or parts two: on its page, by the suggestion, or over the API."""
    for entry in turn.entries:
        if turn.matter.kind == KIND and entry.verb == "link" and entry.facts.get("kind") == Link.Kind.REPEATS:
            note_repeat(turn, str(entry.facts.get("target", "")))
        elif turn.matter.kind == KIND and entry.verb == "unmerge":
            note_parting(turn)


@receiver((post_save, post_delete), sender=Category, dispatch_uid="requests.forget_suggestions")
def read_categories_anew(sender: Any, **_kwargs: Any) -> None:
    """The suggester learns of a changed category at once in this process, and within half a minute in others."""
    suggest.forget()
