"""Where a request goes: accepted or declined, categorised, dispatched, sent back as not ours."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Category, Matter, Suggestion, Urgency, Visibility, WorkOrder
from linli.kernel.matters.orders import close_orders, finish_order, open_order, order_of_actor
from linli.kernel.matters.saying import unit_name
from linli.kernel.matters.turn import Turn, turn
from linli.law.packs import exclusions
from linli.loops.requests.actions.intake import lawful_grade
from linli.loops.requests.suggest import department_of
from linli.loops.requests.tell import tell_parties


def note_choice(t: Turn, field: str, chosen: str) -> None:
    """Put the person's choice beside the suggestion, if there was one."""
    Suggestion.objects.filter(matter=t.matter, field=field).update(chosen=chosen, chosen_by_id=t.actor.account_id, chosen_at=t.now)


def note_unit(t: Turn, unit: Unit) -> None:
    """The unit somebody sends it to, beside the department that was suggested."""
    note_choice(t, "unit", department_of(unit))


@transaction.atomic
def accept(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    seen: int | None = None,
    text: str = "",
    category: Category | None = None,
    grade: str = "",
) -> Matter:
    """
    Accept a request, choosing its category and grade if not yet chosen: what is promised from here on follows them. Tells whoever raised it.

    Raises Invalid for an unknown grade.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        sort_into(t, category)
        set_grade(t, grade)
        t.move("accept", text=text, facts=graded_facts(grade))
        take_up(t)
        close_orders(t, ["accept"])
        if t.matter.owner_unit:
            open_order(t, t.matter.owner_unit, "dispatch")
        tell_parties(t, lambda: _("已受理：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def sort_into(t: Turn, category: Category | None) -> None:
    """The category as chosen, before the promises that follow it are made."""
    if category is not None and category.pk != t.matter.category_id:
        _categorise(t, category)
    if category is not None:
        note_choice(t, "category", category.code)


def set_grade(t: Turn, grade: str) -> None:
    """Grade a matter that a worker takes up (empty: leave it as it is). Raises Invalid for an unknown one."""
    if lawful_grade(grade):
        t.matter.grade = grade
        note_choice(t, "grade", grade)


def graded_facts(grade: str) -> dict[str, str]:
    return {"grade": grade} if grade else {}


def take_up(t: Turn) -> None:
    """The first time a request is taken up, by whichever move: from here its plan is owed, where one is promised."""
    if t.matter.accepted_at is None:
        t.matter.accepted_at = t.now
        t.start("plan")


def promise_anew(t: Turn, before: str, promised: datetime | None) -> None:
    """A grade chosen after the request was taken up (at `promised`; None: only now): what is owed counts from then, as the grade before would."""
    if promised is not None and t.matter.grade != before:
        t.renew("plan", "resolve", since=promised)


def _categorise(t: Turn, category: Category) -> None:
    """A category that is private by its nature makes the request private."""
    t.matter.category = category
    if category.private:
        t.matter.visibility = Visibility.PRIVATE


@transaction.atomic
def decline(*, actor: Actor, matter_id: int, now: datetime, text: str, reason: str, turn_to: str, seen: int | None = None) -> Matter:
    """
    Decline a request for a lawful class of reasons, with the reply and where to turn instead (law.yaml HOT-003, HOT-021).

    Raises Invalid for an unknown reason or without both texts.
    """
    if reason and reason not in exclusions():
        raise Invalid("bad_reason", _("请从法定情形中选择理由。"), fields={"reason": [_("请选择理由。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("decline", text=text, reason=reason, turn_to=turn_to, facts={"reason": reason, "turn_to": turn_to})
        t.matter.answered_at = t.matter.answered_at or now
        t.matter.closed_at = now
        t.matter.excluded = reason
        close_orders(t)
        tell_parties(
            t,
            lambda: _("不予受理：%(title)s") % {"title": t.matter.public_title},
            lambda: _("%(text)s 可以找：%(turn_to)s") % {"text": text, "turn_to": turn_to},
        )
    return t.matter


@transaction.atomic
def recategorise(*, actor: Actor, matter_id: int, now: datetime, category: Category, seen: int | None = None, urgency: str = "") -> Matter:
    """Put a request into another category. Running promises keep what was promised; what starts later follows the new one."""
    if urgency and urgency not in Urgency.values:
        raise Invalid("bad_urgency", _("请选择紧急程度。"), fields={"urgency": [_("请选择紧急程度。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        before = t.matter.category.code if t.matter.category else ""
        t.move("recategorise", category=category, facts={"category_from": before, "category_to": category.code})
        _categorise(t, category)
        if urgency:
            t.matter.urgency = urgency
            note_choice(t, "urgency", urgency)
        note_choice(t, "category", category.code)
    return t.matter


@transaction.atomic
def dispatch(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    unit: Unit,
    text: str = "",
    category: Category | None = None,
    grade: str = "",
    seen: int | None = None,
) -> Matter:
    """
    Send a request to the unit that must act; accepts it first when nobody has. A grade chosen only now counts from the acceptance.

    A unit that was insisted on after it said "not ours" may not say so again (law.yaml HOT-021). Raises Invalid for an unknown grade.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        insisted = WorkOrder.objects.filter(matter=t.matter, unit=unit, state=WorkOrder.State.REFUSED).exists()
        before, promised = t.matter.grade, t.matter.accepted_at
        sort_into(t, category)
        set_grade(t, grade)
        t.move("dispatch", text=text, unit=unit, facts={"unit": unit.name, "insisted": insisted, **graded_facts(grade)})
        take_up(t)
        promise_anew(t, before, promised)
        _hand_to(t, unit)
        note_unit(t, unit)
        tell_parties(t, lambda: _("已派给%(unit)s：%(title)s") % {"unit": unit_name(unit), "title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def redispatch(*, actor: Actor, matter_id: int, now: datetime, unit: Unit, text: str, seen: int | None = None) -> Matter:
    """Correct a dispatch that has not been started: the first unit's order is recalled, with the reason."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("redispatch", text=text, unit=unit, facts={"unit": unit.name})
        close_orders(t, state=WorkOrder.State.RECALLED)
        _hand_to(t, unit)
        note_unit(t, unit)
    return t.matter


def _hand_to(t: Turn, unit: Unit) -> None:
    if not unit.active:
        raise Invalid("unit_closed", _("“%(unit)s”已经停用，请选择别的单位。") % {"unit": unit.name}, fields={"unit": [_("请选择单位。")]})
    close_orders(t, ["accept", "dispatch"])
    t.matter.holder = unit
    open_order(t, unit, "handle")


@transaction.atomic
def object_to_dispatch(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """
    The unit says that a request is not its duty; whoever dispatched decides again (law.yaml HOT-004).

    Raises Refused for a unit that was insisted on.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        order = order_of_actor(t, ["handle"])
        t.move("object", text=text)
        if order is None:
            raise Refused("not_yours", _("这件事现在不在您的单位手里。"))
        if WorkOrder.objects.filter(matter=t.matter, unit=order.unit, state=WorkOrder.State.REFUSED).exists():
            raise Refused("insisted", _("派单单位复核后仍确定由您的单位办理，不能再次退回。"), rule="潍坊市 12345 政务服务便民热线条例 22")
        finish_order(t, order, state=WorkOrder.State.REFUSED, refusal=text[:32])
        t.matter.holder = t.matter.owner_unit
        if t.matter.owner_unit:
            open_order(t, t.matter.owner_unit, "dispatch")
    return t.matter
