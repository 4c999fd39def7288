"""
A worker says whether a suggested request is the same matter: then this one is merged into it, else the word is kept and the panel rests.

What was suggested is kept beside what was chosen (`Suggestion`, field "same"); parting them again counts as having said no.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.matters import actions as matters
from linli.kernel.matters.models import Matter, Suggestion
from linli.kernel.matters.queries import id_of_ref, matter_for_page
from linli.kernel.matters.turn import Turn, turn
from linli.loops.requests.queries import Similar, same_as
from linli.loops.requests.rules import KIND

FIELD = "same"
NOT_THE_SAME = "none"
ENGINE = "scorecard/1"


@transaction.atomic
def merge_same(*, actor: Actor, matter_id: int, target: str, now: datetime, seen: int | None = None) -> Matter:
    """
    Merge this request into the suggested one (a reference), as `matters.merge` does and refuses; returns that one.

    Raises NotFound, Invalid, Refused, NotAllowed, Conflict.
    """
    target_id = id_of_ref(target)
    if not Matter.objects.filter(pk=target_id, kind=KIND).exists():
        raise Invalid("no_target", _("没有找到编号是 %(ref)s 的诉求。") % {"ref": target}, fields={"target": [_("请核对编号。")]})
    own = matter_for_page(actor, matter_id, KIND)
    suggested = next((s for s in same_as(actor, own, now) if s.matter.pk == target_id), None)
    into = matters.merge(actor=actor, source_id=matter_id, target_id=target_id, now=now, seen=seen)
    _keep(own, into.ref, suggested, into.ref, actor, now)
    return into


@transaction.atomic
def refute_same(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None) -> Matter:
    """None of the suggested requests is the same matter; the panel rests. Nothing is refused where none was suggested any more."""
    own = matter_for_page(actor, matter_id, KIND)
    first = next(iter(same_as(actor, own, now)), None)
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.require("request.merge")
        _keep(own, first.matter.ref if first else "", first, NOT_THE_SAME, actor, now)
    return t.matter


def _keep(own: Matter, ref: str, suggested: Similar | None, chosen: str, actor: Actor, now: datetime) -> None:
    found = suggested.found if suggested else None
    Suggestion.objects.update_or_create(
        matter=own,
        field=FIELD,
        defaults={
            "suggested": ref,
            "confidence": round(found.chance * 100) if found else 0,
            "reason": list(suggested.words) if suggested else [],
            "engine": ENGINE,
            "at": now,
            "chosen": chosen,
            "chosen_by_id": actor.account_id,
            "chosen_at": now,
        },
    )


def note_parting(t: Turn) -> None:
    """Whoever parts two merged requests says that they were two matters."""
    merged = Suggestion.objects.filter(matter=t.matter, field=FIELD).exclude(chosen__in=("", NOT_THE_SAME))
    merged.update(chosen=NOT_THE_SAME, chosen_by_id=t.actor.account_id, chosen_at=t.now)


def forget_words(matter: Matter) -> None:
    """The words that an erased text and another had in common go, wherever they were kept."""
    about = Suggestion.objects.filter(field__in=(FIELD, "repeats"))
    about.filter(matter=matter).update(reason=[])
    about.filter(suggested=matter.ref).update(reason=[])
