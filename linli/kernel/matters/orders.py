"""Work orders: opened, recalled, finished. Whoever holds one finds the matter in the inbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from linli.kernel.access.prepared import store
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.accounts.queries import units_serving
from linli.kernel.matters.models import WorkOrder
from linli.kernel.matters.turn import Turn, order_due
from linli.kernel.places.models import Place


def open_order(t: Turn, unit: Unit, task: str, *, lead: bool = True, promise: str = "") -> WorkOrder:
    """Give `unit` a task on the turn's matter; `promise` names a subject with a clock of the order's own."""
    due = order_due(task, {c.subject: c.due_at for c in t.clocks if c.order_id is None})
    order = WorkOrder(matter=t.matter, unit=unit, task=task, lead=lead, opened_at=t.now, due_at=None if promise else due)
    if t.fresh and not promise:
        t.bring([order])
    else:
        store([order])
    t.orders.append(order)
    if promise:
        clocks = t.start(promise, order=order)
        order.due_at = clocks[0].due_at if clocks else None
        order.save(update_fields=["due_at"])
    return order


def open_orders(t: Turn, tasks: Iterable[str] = ()) -> list[WorkOrder]:
    wanted = set(tasks)
    return [o for o in t.orders if o.state == WorkOrder.State.OPEN and (not wanted or o.task in wanted)]


def close_orders(t: Turn, tasks: Iterable[str] = (), *, state: str = WorkOrder.State.DONE) -> None:
    """End the open orders of these tasks (all when none named): done, or recalled. Their own clocks end with them."""
    for order in open_orders(t, tasks):
        finish_order(t, order, state=state)


def finish_order(t: Turn, order: WorkOrder, *, state: str = WorkOrder.State.DONE, answer: str = "", refusal: str = "") -> None:
    order.state, order.closed_at = state, t.now
    order.answer, order.refusal = answer or order.answer, refusal or order.refusal
    if state == WorkOrder.State.DONE:
        order.was_late = t.meet("*", order=order) or bool(order.due_at and t.now > order.due_at)
    else:
        t.cancel("*", order=order)
    order.save(update_fields=["state", "closed_at", "answer", "refusal", "was_late"])


def order_of_actor(t: Turn, tasks: Iterable[str]) -> WorkOrder | None:
    """The open order, of one of these tasks, held by a unit the actor speaks for."""
    mine = set(t.actor.unit_ids)
    return next((o for o in open_orders(t, tasks) if o.unit_id in mine), None)


def first_receiver(place: Place) -> Unit | None:
    """
    The unit that serves the place: it becomes the first receiver of what is raised there (首接负责, law.yaml HOT-006) and follows it to the end.

    Without a community or street unit anywhere above, a matter waits without a holder and `linli check` says so.
    """
    return next(iter(units_serving(place, UnitKind.COMMUNITY, UnitKind.STREET)), None)


def receive(opened: Turn, task: str) -> None:
    """The first receiver of the matter's place holds it, with `task` in its inbox."""
    receiver = first_receiver(opened.matter.place)
    if receiver is not None:
        opened.matter.holder = opened.matter.owner_unit = receiver
        open_order(opened, receiver, task)


def open_order_until(t: Turn, unit: Unit, task: str, subject: str, due_at: datetime, source: str) -> WorkOrder:
    """Give `unit` a task with a day named for it alone: its clock warns and goes late as every promise does."""
    order = WorkOrder.objects.create(matter=t.matter, unit=unit, task=task, lead=False, opened_at=t.now, due_at=due_at)
    t.orders.append(order)
    t.start_until(subject, due_at, source, order)
    return order
