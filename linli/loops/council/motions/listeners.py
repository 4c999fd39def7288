"""What motions do when people are erased or ask what is stored about them. (Places that move are followed for every matter at once.)"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import system
from linli.kernel.matters.actions import take_out
from linli.kernel.matters.models import Entry, Party, Rating
from linli.kernel.matters.turn import turn
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.motions.models import Motion, Objection, Opinion, Second, Supervisor, Text
from linli.loops.council.motions.rules import KIND


@receiver(person_erased, dispatch_uid="motions.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    What an erased person wrote goes, from the timeline too, and the record says so. What the motion proposes stays as the public read it:
    neighbours seconded and decided on it; that a home seconded stays counted, without whose account it was.
    """
    house = system("erasure")
    for matter_id in sorted(_touched(person)):
        with turn(actor=house, matter_id=matter_id, now=now) as t:
            mine = Q(account_id=person.account_id) if person.account_id else Q(pk=None)
            whole, public = t.matter.body, t.matter.public_body
            if _parts(person).filter(matter_id=matter_id, role=Party.Role.RAISER).exists():
                mine |= Q(seq=1)
                t.matter.title, whole = t.matter.public_title, public
                Text.objects.filter(motion_id=matter_id).filter(_author(person)).update(who="", by=None)
            take_out(t, Entry.objects.filter(mine, matter=t.matter), gettext_noop("依法删除个人资料"))
            t.matter.body, t.matter.public_body = whole, public
    Objection.objects.filter(_mine(person)).update(text=gettext_noop("（这里的文字已依法隐去）"), account=None, person=None)
    Opinion.objects.filter(supervisor__in=Supervisor.objects.filter(_mine(person))).update(text="")
    Supervisor.objects.filter(_mine(person), until_at=None).update(until_at=now)
    Second.objects.filter(_mine(person)).update(account=None, person=None)
    Rating.objects.filter(_mine(person), matter__kind=KIND).update(comment="")


def _author(person: Person) -> Q:
    return Q(by_id=person.account_id) if person.account_id else Q(pk=None)


def _touched(person: Person) -> set[int]:
    """The motions in whose timelines the person spoke."""
    found = set(_parts(person).values_list("matter_id", flat=True))
    if person.account_id:
        found |= set(Entry.objects.filter(account_id=person.account_id, matter__kind=KIND).values_list("matter_id", flat=True))
    return found


@receiver(person_exported, dispatch_uid="motions.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """What a person raised, seconded, objected to, watched and judged, for the copy of everything stored about them (PIPL 45)."""
    mine = _mine(person)
    ratings = Rating.objects.filter(mine, matter__kind=KIND)
    return {
        "motions": [
            {
                "ref": p.matter.ref,
                "role": p.role,
                "title": p.matter.title,
                "body": p.matter.body,
                "place": p.matter.place.name,
                "state": p.matter.state,
                "raised_at": p.matter.raised_at,
                "texts": list(
                    Text.objects.filter(motion_id=p.matter_id).order_by("number").values("number", "title", "body", "options", "at")
                ),
            }
            for p in _parts(person).select_related("matter__place")
        ],
        "seconds": [
            {"ref": f"M{s.motion_id}", "home": s.home.name, "channel": s.channel, "at": s.at}
            for s in Second.objects.filter(mine).select_related("home").order_by("pk")
        ],
        "motion_objections": [
            {"ref": f"M{o.decision.motion_id}", "text": o.text, "at": o.at, "outcome": o.outcome, "answer": o.answer}
            for o in Objection.objects.filter(mine).select_related("decision").order_by("pk")
        ],
        "supervisions": [
            {
                "ref": f"M{s.motion_id}",
                "since_at": s.since_at,
                "until_at": s.until_at,
                "opinions": list(s.opinions.order_by("pk").values("round", "accepts", "text", "at")),
            }
            for s in Supervisor.objects.filter(mine).order_by("pk")
        ],
        "motion_ratings": list(ratings.order_by("pk").values("matter_id", "solved", "satisfied", "comment", "channel", "at")),
    }


def _mine(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)


def _parts(person: Person) -> Any:
    found = Party.objects.filter(_mine(person), matter__in=Motion.objects.values("matter"))
    return found.exclude(role=Party.Role.RECORDER).order_by("matter_id", "pk")
