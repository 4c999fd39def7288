"""A question about hands in a demo that is large enough: what one more would change where most was handled, answered as the worker does."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from linli.demo.town import Town
from linli.kernel.matters.models import WorkOrder
from linli.loops.hands.actions import HAS_SIMPY, answer_due, ask
from linli.loops.hands.models import Question
from linli.loops.hands.reckoning import LEAST_CLOSED, TASKS


def build(town: Town, now: datetime) -> Question | None:
    """What was asked by the street; None where no unit has enough behind it, or nothing can be reckoned with."""
    done = (
        WorkOrder.objects.filter(task__in=TASKS, closed_at__lte=now).values("unit").annotate(n=Count("pk")).order_by("-n", "unit").first()
    )
    if not HAS_SIMPY or done is None or done["n"] < LEAST_CLOSED:
        return None
    asked = ask(actor=town.actors["zhou.street"], unit_id=done["unit"], extra=1, now=now)
    answer_due(now)
    return asked
