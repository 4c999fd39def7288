"""Asking what another hand or another promise would change, and answering it in the background."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import reach
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Category
from linli.loops.hands.models import Question
from linli.loops.hands.queries import units_for
from linli.loops.hands.rules import why_not_asked

HAS_SIMPY: Final = find_spec("simpy") is not None
LEASE: Final = timedelta(minutes=10)
AT_ONCE: Final = 3
log = logging.getLogger(__name__)


@transaction.atomic
def ask(
    *,
    actor: Actor,
    unit_id: int,
    now: datetime,
    category: str = "",
    hands: int | None = None,
    extra: int = 0,
    promise_hours: int | None = None,
) -> Question:
    """
    Ask; the worker answers within a minute. The same question that still waits is returned.

    Raises NotAllowed, NotFound for a unit outside the actor's reach, Refused where it is switched off or cannot be reckoned, Invalid.
    """
    paths = reach(actor, "hands.ask")
    if not paths:
        raise table.refusal(actor, "hands.ask")
    unit = units_for(paths).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("no_unit", _("没有找到这个单位。"))
    if not is_on("hands", unit.place):
        raise Refused("off", _("这里没有打开人手测算。"), turn_to=_("街道或社区负责人"))
    if not HAS_SIMPY:
        raise Refused("no_simpy", _("这里没有安装分析组件，不能测算。"), turn_to=_("系统管理员"))
    if wrong := why_not_asked(hands, extra, promise_hours):
        raise Invalid("bad_question", next(iter(wrong.values())), fields={name: [words] for name, words in wrong.items()})
    found = Category.objects.filter(code=category, active=True).first() if category else None
    if category and found is None:
        raise Invalid("no_category", _("没有这个类别。"), fields={"category": [_("没有这个类别。")]})
    same = {"unit": unit, "category": found, "scope": sorted(paths), "hands": hands, "extra": extra, "promise_hours": promise_hours}
    waiting = Question.objects.filter(**same, answered_at=None).first()
    return waiting or Question.objects.create(**same, asked_at=now, asked_by_id=actor.account_id)


def _free(now: datetime) -> QuerySet[Question]:
    return Question.objects.filter(Q(begun_at=None) | Q(begun_at__lt=now - LEASE), answered_at=None)


def any_waits(now: datetime) -> bool:
    return HAS_SIMPY and _free(now).exists()


def answer_due(now: datetime) -> int:
    """Answer what waits, the oldest first, a few at a time; returns how many. Brings simpy into the process: for the worker."""
    if not HAS_SIMPY:
        return 0
    done = 0
    for question in _free(now).select_related("category").order_by("pk")[:AT_ONCE]:
        # Of several workers one gets it: the update names what it was.
        if not Question.objects.filter(pk=question.pk, begun_at=question.begun_at, answered_at=None).update(begun_at=now):
            continue
        from linli.loops.hands.reckoning import reckoned

        try:
            answer, failed = reckoned(question, now), False
        except Exception:
            log.exception("the question %s about hands could not be answered", question.pk)
            answer, failed = {}, True
        Question.objects.filter(pk=question.pk).update(answered_at=now, answer=answer, failed=failed)
        done += 1
    return done
