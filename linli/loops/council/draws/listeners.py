"""What draws do when people are erased or ask what is stored about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from linli.kernel.files.actions import erase_file
from linli.kernel.files.models import StoredFile
from linli.kernel.people.actions import person_erased, person_exported
from linli.kernel.people.models import Person
from linli.loops.council.draws.models import Application, Objection


@receiver(person_erased, dispatch_uid="draws.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """
    The number stays in the frozen list, as others' places rest on it; whose it was goes, with the paper they showed, and with the nonce nobody can
    show it any more.
    """
    rows = Application.objects.filter(_mine(person))
    papers = list(StoredFile.objects.filter(pk__in=rows.exclude(paper=None).values("paper")))
    rows.update(name=gettext_noop("（已依法删除）"), person=None, account=None, home=None, note="", paper=None, reason_text="", nonce="")
    for paper in papers:
        erase_file(paper)
    if person.account_id:
        Objection.objects.filter(account_id=person.account_id).update(name="", account=None)


@receiver(person_exported, dispatch_uid="draws.tell_person")
def tell(sender: Any, person: Person, **_kwargs: Any) -> dict[str, Any]:
    """Which draws a person applied in, what became of it, and what they objected to (PIPL 45)."""
    rows = Application.objects.filter(_mine(person)).select_related("draw").prefetch_related("offers").order_by("pk")
    objections = Objection.objects.filter(account_id=person.account_id).order_by("pk") if person.account_id else []
    return {
        "draws": [
            {
                "draw": a.draw.title,
                "number": a.number,
                "at": a.at,
                "note": a.note,
                "state": a.state,
                "turn": a.turn,
                "places": [{"lot": o.lot, "state": o.state, "due_at": o.due_at} for o in a.offers.all()],
            }
            for a in rows
        ],
        "draw_objections": [{"draw": o.draw_id, "text": o.text, "state": o.state, "answer": o.answer} for o in objections],
    }


def _mine(person: Person) -> Q:
    return Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
