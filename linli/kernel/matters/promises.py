"""Which promise applies, and the running clocks of a matter: started, met, stopped, restarted, replayed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.db.models.signals import post_delete, post_save

from linli.kernel.access.paths import ancestors
from linli.kernel.matters.clock import Span, Stop, due_at, next_warning_at
from linli.kernel.matters.models import CalendarYear, Clock, Matter, Pause, PromiseRule, WorkDay, WorkOrder
from linli.lib.calendar import WorkCalendar

_CALENDAR_SECONDS = 30
_kept: dict[str, tuple[float, WorkCalendar]] = {}


def calendar() -> WorkCalendar:
    """The official calendar with the operator's rows; kept for half a minute, fresh at once in the process that changed it."""
    made, known = _kept.get("calendar", (0.0, None))
    if known is None or time.monotonic() - made > _CALENDAR_SECONDS:
        rows = dict(WorkDay.objects.values_list("day", "working"))
        known = WorkCalendar(rows, CalendarYear.objects.values_list("year", flat=True))
        _kept["calendar"] = (time.monotonic(), known)
    return known


def forget_calendar(**_signal: object) -> None:
    _kept.clear()


for _model in (WorkDay, CalendarYear):
    post_save.connect(forget_calendar, sender=_model, dispatch_uid=f"calendar-{_model.__name__}")
    post_delete.connect(forget_calendar, sender=_model, dispatch_uid=f"calendar-gone-{_model.__name__}")


def rules_for(matter: Matter, subjects: Iterable[str], now: datetime) -> dict[str, PromiseRule]:
    """
    The most particular rule in force for each subject: a rule for the place beats one for the category, that one for the
    fast lane, that one for the urgency; the nearer place beats the wider.
    """
    wanted = list(subjects)
    if not wanted:
        return {}
    category = matter.category
    rules = PromiseRule.objects.filter(kind=matter.kind, subject__in=wanted, starts_at__lte=now).filter(Q(ends_at=None) | Q(ends_at__gt=now))
    lineage = set(ancestors(matter.place_path))
    best: dict[str, tuple[tuple[int, ...], PromiseRule]] = {}
    for rule in rules.select_related("place"):
        if rule.place and rule.place.path not in lineage:
            continue
        if rule.category_id and (category is None or rule.category_id not in (category.pk, category.parent_id)):
            continue
        if rule.fast_lane and not (category and category.fast_lane):
            continue
        if rule.urgency and rule.urgency != matter.urgency:
            continue
        rank = (
            len(rule.place.path) if rule.place else 0,
            bool(rule.urgency and rule.urgency != "ordinary"),
            (2 if category and rule.category_id == category.pk else 1) if rule.category_id else 0,
            bool(rule.fast_lane),
            bool(rule.urgency),
            rule.pk,
        )
        if rule.subject not in best or rank > best[rule.subject][0]:
            best[rule.subject] = (rank, rule)
    return {subject: rule for subject, (_rank, rule) in best.items()}


def start(matter: Matter, subjects: Sequence[str], now: datetime, order: WorkOrder | None = None) -> list[Clock]:
    """Start a clock for each subject that has a promise; returns those started. Several orders may each have their own."""
    clocks = []
    for subject, rule in rules_for(matter, subjects, now).items():
        due = due_at(now, Span(rule.amount, rule.unit), (), calendar())
        clocks.append(
            Clock(
                matter=matter,
                order=order,
                subject=subject,
                amount=rule.amount,
                unit=rule.unit,
                source=rule.source,
                started_at=now,
                due_at=due,
                next_warning_at=next_warning_at(now, due, 0),
            )
        )
    return Clock.objects.bulk_create(clocks) if clocks else []


def running(matter: Matter) -> list[Clock]:
    return list(Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None))


def stops_of(matter: Matter) -> list[Stop]:
    return [Stop(p.from_at, p.until_at) for p in Pause.objects.filter(matter=matter).order_by("from_at")]


def rewind(matter: Matter, clocks: Sequence[Clock], now: datetime) -> None:
    """Compute every running clock anew from its start, its promise and the logged stops."""
    stops = stops_of(matter)
    for clock in clocks:
        clock.due_at = due_at(clock.started_at, Span(clock.amount, clock.unit), stops, calendar())
        clock.next_warning_at = next_warning_at(clock.started_at, clock.due_at, clock.warned)
    Clock.objects.bulk_update(clocks, ["due_at", "next_warning_at"])


def end(clocks: Iterable[Clock], now: datetime, *, met: bool) -> bool:
    """Meet or cancel clocks. Returns whether any of those met was late."""
    ended = list(clocks)
    for clock in ended:
        clock.met_at, clock.cancelled_at = (now, None) if met else (None, now)
        clock.next_warning_at = None
    if ended:
        Clock.objects.bulk_update(ended, ["met_at", "cancelled_at", "next_warning_at"])
    return met and any(clock.due_at is not None and now > clock.due_at for clock in ended)
