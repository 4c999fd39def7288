"""A plan before its neighbours: shown for everyone to see their share, taken back to be drafted, dropped."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused, said
from linli.lib.texts import clean
from linli.loops.council.plans.actions.holding import holding
from linli.loops.council.plans.models import Plan, State
from linli.loops.council.plans.reckoning import figures_of


@transaction.atomic
def show(*, actor: Actor, plan_id: int, now: datetime, seen: int | None = None) -> Plan:
    """
    Let the households see it, each its own share. Raises Refused("incomplete") naming all that lacks, so that nobody sees half a plan.
    """
    with holding(actor=actor, plan_id=plan_id, verb="show", now=now, seen=seen) as plan:
        refuse_incomplete(plan)
        plan.state, plan.shown_at = State.SHOWN, plan.shown_at or now
    return plan


def refuse_incomplete(plan: Plan) -> None:
    found = figures_of(plan)
    words = [said(p) for p in found.problems]
    if not found.alternatives:
        words.append(_("还没有分摊办法。"))
    if words:
        raise Refused("incomplete", _("还差几样，补好以后再公开：%(what)s") % {"what": "".join(words)})


@transaction.atomic
def take_back(*, actor: Actor, plan_id: int, now: datetime, seen: int | None = None) -> Plan:
    """Back to the draft: the households see it no longer until it is shown again."""
    with holding(actor=actor, plan_id=plan_id, verb="show", now=now, seen=seen, facts={"back": True}) as plan:
        plan.state = State.DRAFT
    return plan


@transaction.atomic
def drop(*, actor: Actor, plan_id: int, text: str, now: datetime, seen: int | None = None) -> Plan:
    """Stop a plan, with the reason; it stays to be read at the Desk. Raises Invalid without a reason."""
    why = clean(text, 300)
    if not why:
        raise Invalid("missing", _("请写明为什么停用。"), fields={"text": [_("请写明为什么停用。")]})
    with holding(actor=actor, plan_id=plan_id, verb="show", now=now, seen=seen, facts={"drop": True}) as plan:
        plan.state, plan.dropped_at, plan.why_dropped = State.DROPPED, now, why
    return plan
