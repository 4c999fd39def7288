"""One plan held for one act: locked, allowed, as it was seen, written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, NotFound, Refused
from linli.loops.council.plans.models import Line, Plan


@contextmanager
def holding(
    *,
    actor: Actor,
    plan_id: int,
    verb: str,
    now: datetime,
    seen: int | None = None,
    standing: bool = False,
    facts: dict[str, Any] | None = None,
) -> Iterator[Plan]:
    """
    The plan, locked, for whoever may do `verb`; saved with its next version and a line of what was done. `standing`: the act is also allowed on a
    plan that no longer changes.

    Raises NotFound, NotAllowed, Conflict when somebody else changed it meanwhile, Refused("plan_fixed").
    """
    with transaction.atomic():
        plan = Plan.objects.select_for_update(of=("self",)).select_related("place", "matter").filter(pk=plan_id).first()
        if plan is None:
            raise NotFound("no_plan", _("没有找到这份方案。"))
        table.require(actor, f"plan.{verb}" if f"plan.{verb}" in VERBS else "plan.edit", plan.place_path)
        if seen is not None and seen != plan.version:
            raise Conflict("changed_meanwhile", _("就在刚才，别人改了这份方案。请看最新情况后再改。"))
        if not standing and not plan.may_change:
            raise Refused(
                "plan_fixed",
                _("这份方案已经写入议题或者停用，不能再改。要改的话，请另做一份。"),
                turn_to=_("方案页上的“以此为底另做一份”"),
            )
        yield plan
        if plan.may_change or not standing:
            plan.version += 1
            plan.save()
        note(plan, actor, verb, now, facts or {})


VERBS = frozenset({"plan.edit", "plan.show", "plan.adopt"})


def note(plan: Plan, actor: Actor, verb: str, now: datetime, facts: dict[str, Any]) -> None:
    Line.objects.create(plan=plan, verb=verb[:16], facts=facts, at=now, by_id=actor.account_id, who=actor.name[:80])
