"""What rolls do when somebody is erased or asks for a copy of their data, and when places move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from linli.kernel.access.paths import subtree
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.kernel.places.actions import place_moved
from linli.kernel.rolls.models import Decision, Holder, Roll, RollObjection, RollProblem, Voter
from linli.kernel.rolls.wording import DECISION_WORDS, finding_title


@receiver(place_moved, dispatch_uid="rolls.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    """A roll is looked after by whoever serves its place now; what a frozen one says of homes stays as it was."""
    moving = Roll.objects.filter(**subtree("place_path", old))
    moving.update(place_path=Concat(Value(new), Substr(F("place_path"), len(old) + 1)))


@receiver(person_erased, dispatch_uid="rolls.erase")
def erase(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    Names and salt go, also from frozen rolls: the digest of the names stays, so the roll's hash still holds and nobody can guess back.
    """
    ids = Holder.objects.filter(person=person).values("voter_id")
    Voter.objects.filter(Q(pk__in=ids) | Q(person=person) | Q(agent=person)).update(name="", agent_name="", co_owners=[], salt=b"")
    mine = RollObjection.objects.filter(Q(person=person) | (Q(account=person.account) if person.account_id else Q(pk__in=[])))
    mine.update(name=gettext_noop("已删除的居民"), text=gettext_noop("（内容已随个人资料删除）"))
    Decision.objects.filter(Q(person=person) | Q(other=person)).exclude(verb__in=("merge", "apart")).update(
        value={}, reason=gettext_noop("（已删除）")
    )


@receiver(person_exported, dispatch_uid="rolls.export")
def export(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """The rolls a person stands on, what was found and decided about them while drawing up, and the objections they made."""
    about = Q(person=person) | Q(other=person)
    found = Q(person=person) | Q(other_person=person)
    on = Holder.objects.filter(person=person, roll__state__in=("frozen", "replaced")).select_related("roll__place", "voter")
    return {
        "rolls": [
            {"roll": str(h.roll.place), "kind": h.roll.kind, "record_date": h.roll.record_date, "as": h.role, "number": h.voter.seq}
            for h in on[:500]
        ],
        "roll_decisions": [
            {"roll": d.roll_id, "what": str(DECISION_WORDS.get(d.verb, d.verb)), "why": d.reason, "by": d.by_name, "at": d.at}
            for d in Decision.objects.filter(about).order_by("id")[:500]
        ],
        "roll_findings": [
            {"roll": roll, "what": finding_title(code)}
            for roll, code in RollProblem.objects.filter(found).order_by("id").values_list("roll_id", "code")[:500]
        ],
        "roll_objections": list(RollObjection.objects.filter(person=person).values("kind", "text", "state", "raised_at", "answer")[:500]),
    }
