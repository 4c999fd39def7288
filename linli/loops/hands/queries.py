"""What people see of questions about hands: the units they may ask of, and what was asked and answered."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.loops.hands.models import Question


def units_for(paths: Sequence[str]) -> QuerySet[Unit]:
    """The units that serve somewhere under `paths`, or above them."""
    near = Q(pk__in=[])
    for path in paths:
        near |= Q(**subtree("place__path", path)) if path else Q()
        near |= Q(pk__gt=0) if not path else Q(place__path__in=ancestors(path))
    return Unit.objects.filter(near, active=True).select_related("place").order_by("kind", "name", "pk")


def questions_for(actor: Actor, *, limit: int = 20) -> list[Question]:
    """The newest questions whose whole scope the actor may read. One query."""
    rows = Question.objects.select_related("unit", "category")[: limit * 5]
    return [row for row in rows if _may_read(actor, row)][:limit]


def question_for(actor: Actor, question_id: int) -> Question:
    """One question. Raises NotFound for what the actor may not read."""
    found = Question.objects.select_related("unit", "category").filter(pk=question_id).first()
    if found is None or not _may_read(actor, found):
        raise NotFound("no_question", _("没有找到这次测算。"))
    return found


def _may_read(actor: Actor, question: Question) -> bool:
    return all(table.may(actor, "hands.read", path) for path in question.scope)
