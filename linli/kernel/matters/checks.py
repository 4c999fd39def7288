"""Data consistency of matters, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F

from linli.kernel.matters.models import Clock, Matter, WorkOrder
from linli.web.checks import Problem, consistency


@consistency("closed matters have no open work orders")
def orders() -> Iterator[Problem]:
    for order in WorkOrder.objects.filter(state=WorkOrder.State.OPEN, matter__is_open=False).select_related("matter")[:20]:
        yield Problem(f"{order.matter.ref}: an open order of a closed matter")


@consistency("closed matters have no running clocks")
def clocks() -> Iterator[Problem]:
    for clock in (
        Clock.objects.filter(met_at=None, cancelled_at=None, matter__is_open=False)
        .exclude(subject="follow_up")
        .select_related("matter")[:20]
    ):
        yield Problem(f"{clock.matter.ref}: a clock for {clock.subject} runs on a closed matter")


@consistency("open matters carry their place's path")
def paths() -> Iterator[Problem]:
    for matter in Matter.objects.filter(is_open=True).exclude(place_path=F("place__path"))[:20]:
        yield Problem(f"{matter.ref}: its path differs from its place's")


@consistency("running promises have a due time")
def due_times() -> Iterator[Problem]:
    """Open for want of a work calendar; stopped clocks aside."""
    waiting = Clock.objects.filter(due_at=None, met_at=None, cancelled_at=None, matter__is_open=True).exclude(
        matter__pauses__until_at=None, matter__pauses__isnull=False
    )
    for clock in waiting.select_related("matter")[:20]:
        yield Problem(f"{clock.matter.ref}: no due time for {clock.subject}; enter the work calendar of the coming year")
