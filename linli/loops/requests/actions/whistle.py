"""
街道吹哨、部门报到: the street calls several departments to one matter. Each has its own order, clock, receipt, refusal or
answer; one leads; it ends only when all have answered (law.yaml HOT-006, HOT-008; processes.yaml street_whistle).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Category, Matter, WorkOrder
from linli.kernel.matters.orders import close_orders, finish_order, open_order, open_orders, order_of_actor
from linli.kernel.matters.turn import Turn, turn
from linli.law.packs import refusal_reasons
from linli.loops.requests.actions.dispatch import graded_facts, note_unit, promise_anew, set_grade, sort_into, take_up
from linli.loops.requests.actions.handling import finish_work
from linli.loops.requests.tell import tell_parties

TASKS = ("report_in", "answer")


@transaction.atomic
def whistle(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    lead: Unit,
    others: Sequence[Unit],
    text: str,
    category: Category | None = None,
    grade: str = "",
    seen: int | None = None,
) -> Matter:
    """
    Call `lead` and `others` to a request; takes it up first when nobody has, so that category and grade may be chosen as on accepting it.
    Each gets an order to report in, with its own clock. A grade chosen only now counts from the acceptance.

    Raises Invalid with fewer than two different units (one department is a dispatch, not a whistle) and for an unknown grade.
    """
    called = list(dict.fromkeys([lead, *others]))
    if len(called) < 2:
        raise Invalid("too_few", _("吹哨至少要叫两个部门；只有一个部门时请用派单。"), fields={"units": [_("请至少选择两个部门。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        before, promised = t.matter.grade, t.matter.accepted_at
        sort_into(t, category)
        set_grade(t, grade)
        t.move("whistle", text=text, units=called, facts={"lead": lead.name, "units": [u.name for u in called], **graded_facts(grade)})
        close_orders(t, ["accept", "dispatch"])
        # Whistled again, with another lead or other departments: who has not answered yet is called anew or not at all.
        close_orders(t, ["handle", *TASKS], state=WorkOrder.State.RECALLED)
        take_up(t)
        promise_anew(t, before, promised)
        t.matter.holder = lead
        note_unit(t, lead)
        for unit in called:
            open_order(t, unit, "report_in", lead=unit == lead, promise="report_in")
        tell_parties(t, lambda: _("街道已召集 %(n)s 个部门一起办：%(title)s") % {"n": len(called), "title": t.matter.public_title}, text)
    return t.matter


def _order(t: Turn, tasks: Sequence[str]) -> WorkOrder:
    order = order_of_actor(t, tasks)
    if order is None:
        raise Refused("not_called", _("您的单位没有被叫到这件事，或者已经答复过了。"))
    return order


@transaction.atomic
def report_in(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """The actor's unit reports in: its receipt is kept, and the clock for its answer starts."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        order = _order(t, ["report_in"])
        t.move("report_in", text=text, facts={"unit": order.unit.name})
        order.reported_at = now
        order.was_late = t.meet("report_in", order=order)
        order.task = WorkOrder.Task.ANSWER
        clocks = t.start("answer", order=order)
        order.due_at = clocks[0].due_at if clocks else None
        order.save(update_fields=["reported_at", "was_late", "task", "due_at"])
    return t.matter


@transaction.atomic
def refuse_whistle(*, actor: Actor, matter_id: int, now: datetime, reason: str, text: str, seen: int | None = None) -> Matter:
    """
    The actor's unit says, with a reason, that the matter is none of its duty. The lead may not: somebody must carry it to the end.
    """
    if reason not in refusal_reasons():
        raise Invalid("bad_reason", _("请选择理由。"), fields={"reason": [_("请选择理由。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        order = _order(t, TASKS)
        t.move("refuse_whistle", text=text, reason=reason, facts={"unit": order.unit.name, "reason": reason})
        if order.lead:
            raise Refused("lead_stays", _("牵头单位不能退出；确需更换，请街道重新吹哨。"), rule="北京市接诉即办工作条例 14")
        finish_order(t, order, state=WorkOrder.State.REFUSED, answer=text, refusal=reason)
    return t.matter


@transaction.atomic
def answer_whistle(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """The actor's unit answers for its part. A unit that had not reported in does so with its answer."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        order = _order(t, TASKS)
        t.move("answer_whistle", text=text, facts={"unit": order.unit.name})
        t.matter.answered_at = t.matter.answered_at or now
        late_before = order.was_late
        order.reported_at = order.reported_at or now
        finish_order(t, order, answer=text)
        order.was_late = order.was_late or late_before
        order.save(update_fields=["reported_at", "was_late"])
    return t.matter


def still_owing(t: Turn) -> list[WorkOrder]:
    """The called units that have neither answered nor refused."""
    return open_orders(t, TASKS)


@transaction.atomic
def conclude_whistle(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """
    Close the joint work with what was done. Only the street, or the lead's unit, and only when everyone called has answered.

    Raises Refused naming who still owes an answer.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        owing = still_owing(t)
        t.require("request.conclude_whistle")
        if owing:
            names = "、".join(o.unit.name for o in owing)
            raise Refused("still_owing", _("还有单位没有答复：%(names)s。全部答复后才能联合办结。") % {"names": names})
        _only_lead_or_street(t)
        t.move("conclude_whistle", text=text)
        finish_work(t, text)
    return t.matter


def _only_lead_or_street(t: Turn) -> None:
    if t.actor.is_system or any(s.role == "street_officer" for s in t.actor.standings_at(t.matter.place_path)):
        return
    leads = WorkOrder.objects.filter(matter=t.matter, lead=True, reported_at__isnull=False, unit_id__in=t.actor.unit_ids)
    leads = leads.exclude(state=WorkOrder.State.RECALLED).filter(unit_id=t.matter.holder_id or 0)
    if not leads.exists():
        raise Refused("not_the_lead", _("联合办结由牵头单位或街道来做。"))


@transaction.atomic
def score_whistle(*, actor: Actor, matter_id: int, now: datetime, scores: Mapping[int, int], seen: int | None = None) -> Matter:
    """
    The street judges how each called unit did, 1 to 5, by order id; units never judge themselves (processes.yaml street_whistle).
    """
    if any(score not in range(1, 6) for score in scores.values()):
        raise Invalid("bad_score", _("评分是 1 到 5。"), fields={"scores": [_("请给 1 到 5 分。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("score_whistle", scores=scores, facts={"scores": {str(k): v for k, v in scores.items()}})
        called = WorkOrder.objects.filter(matter=t.matter, task__in=TASKS).exclude(state=WorkOrder.State.RECALLED)
        orders = {o.pk: o for o in called}
        if set(scores) - set(orders):
            raise Invalid("bad_score", _("只能评价这次吹哨叫到的部门。"), fields={"scores": [_("请核对部门。")]})
        if any(orders[pk].unit_id in actor.unit_ids for pk in scores):
            raise Refused("own_unit", _("不能评价自己的单位。"))
        for pk, score in scores.items():
            orders[pk].score = score
        WorkOrder.objects.bulk_update(orders.values(), ["score"])
    return t.matter
