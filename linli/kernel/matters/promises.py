"""Which promise applies, and the running clocks of a matter: started, met, stopped, restarted, replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext as _

from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.clock import Span, Stop, due_at, next_warning_at
from linli.kernel.matters.models import CalendarYear, Clock, Matter, Pause, PromiseRule, WorkDay, WorkOrder
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.lib.remembered import Remembered

# A promise set on one machine holds on the others within seconds; a calendar row within half a minute.
_calendars: Remembered[WorkCalendar] = Remembered(30)
_rules: Remembered[list[PromiseRule]] = Remembered(5)


def calendar() -> WorkCalendar:
    """The official calendar with the operator's rows."""
    return _calendars.get("calendar", _read_calendar)


def _read_calendar() -> WorkCalendar:
    return WorkCalendar(dict(WorkDay.objects.values_list("day", "working")), CalendarYear.objects.values_list("year", flat=True))


forget_calendar = _calendars.forget

for _model, _forget in ((WorkDay, _calendars.forget), (CalendarYear, _calendars.forget), (PromiseRule, _rules.forget)):
    post_save.connect(_forget, sender=_model, weak=False, dispatch_uid=f"forget-{_model.__name__}")
    post_delete.connect(_forget, sender=_model, weak=False, dispatch_uid=f"forget-gone-{_model.__name__}")


def rules_for(matter: Matter, subjects: Iterable[str], now: datetime) -> dict[str, PromiseRule]:
    """
    The most particular rule in force for each subject: a rule for the place beats one for the urgency, that one for the category,
    that one for the fast lane; the nearer place beats the wider.
    """
    wanted = set(subjects)
    lineage = set(ancestors(matter.place_path))
    best: dict[str, tuple[tuple[int, ...], PromiseRule]] = {}
    for rule in _rules.get(matter.kind, lambda: list(PromiseRule.objects.filter(kind=matter.kind).select_related("place"))):
        if rule.subject not in wanted or not _applies(rule, matter, lineage, now):
            continue
        rank = _rank(rule, matter)
        if rule.subject not in best or rank > best[rule.subject][0]:
            best[rule.subject] = (rank, rule)
    return {subject: rule for subject, (_rank_of, rule) in best.items()}


def _applies(rule: PromiseRule, matter: Matter, lineage: set[str], now: datetime) -> bool:
    category = matter.category
    return (
        rule.starts_at <= now
        and (rule.ends_at is None or rule.ends_at > now)
        and (rule.place is None or rule.place.path in lineage)
        and (rule.category_id is None or (category is not None and rule.category_id in (category.pk, category.parent_id)))
        and (not rule.fast_lane or (category is not None and category.fast_lane))
        and (not rule.urgency or rule.urgency == matter.urgency)
    )


def _rank(rule: PromiseRule, matter: Matter) -> tuple[int, ...]:
    own_category = rule.category_id is not None and matter.category is not None and rule.category_id == matter.category.pk
    return (
        len(rule.place.path) if rule.place else 0,
        int(bool(rule.urgency) and rule.urgency != "ordinary"),
        (2 if own_category else 1) if rule.category_id else 0,
        int(rule.fast_lane),
        int(bool(rule.urgency)),
        rule.pk,
    )


def start(matter: Matter, subjects: Sequence[str], now: datetime, order: WorkOrder | None = None, *, lenient: bool = False) -> list[Clock]:
    """
    Start a clock for each subject that has a promise; returns those started. Several orders may each have their own.

    A promise that reaches into a year without a calendar is refused; a `lenient` start (a resident's own act must not fail for
    what the office has not entered) leaves the due time open, to be computed by `fill_in` once the year is there.
    """
    clocks = []
    for subject, rule in rules_for(matter, subjects, now).items():
        try:
            due = _due(now, Span(rule.amount, rule.unit), ())
        except Refused:
            if not lenient:
                raise
            due = None
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


def start_until(matter: Matter, subject: str, now: datetime, due: datetime, source: str, order: WorkOrder | None = None) -> Clock:
    """A clock to an instant somebody named (a task's day): the promise is the minutes from now until then."""
    minutes = max(1, -(-int((due - now).total_seconds()) // 60))
    return Clock.objects.create(
        matter=matter,
        order=order,
        subject=subject,
        amount=minutes,
        unit=PromiseRule.Unit.MINUTES,
        source=source[:120],
        started_at=now,
        due_at=due,
        next_warning_at=next_warning_at(now, due, 0),
    )


def _due(start: datetime, span: Span, stops: Sequence[Stop]) -> datetime | None:
    """Raises Refused naming the year whose work calendar nobody has entered: a deadline is never guessed."""
    try:
        return due_at(start, span, stops, calendar())
    except YearMissing as error:
        raise Refused(
            "year_missing",
            _("还没有 %(year)s 年的工作日历，算不出时限，操作没有写入。请系统管理员录入该年的节假日和调休后再试。") % {"year": error.year},
            rule="linli.lib.calendar",
            year=error.year,
        ) from None


def running(matter: Matter) -> list[Clock]:
    return list(Clock.objects.filter(matter=matter, met_at=None, cancelled_at=None))


def stops_of(matter: Matter) -> list[Stop]:
    return [Stop(p.from_at, p.until_at) for p in Pause.objects.filter(matter=matter).order_by("from_at")]


def rewind(matter: Matter, clocks: Sequence[Clock], now: datetime) -> None:
    """Compute every running clock anew from its start, its promise and the logged stops."""
    stops = stops_of(matter)
    for clock in clocks:
        clock.due_at = _due(clock.started_at, Span(clock.amount, clock.unit), stops)
        clock.next_warning_at = next_warning_at(clock.started_at, clock.due_at, clock.warned)
    Clock.objects.bulk_update(clocks, ["due_at", "next_warning_at"])


def end(clocks: Iterable[Clock], now: datetime, *, met: bool) -> bool:
    """Meet or cancel clocks. Returns whether any of those met was late."""
    ended = list(clocks)
    met_at, cancelled_at = (now, None) if met else (None, now)
    for clock in ended:
        clock.met_at, clock.cancelled_at, clock.next_warning_at = met_at, cancelled_at, None
    if ended:
        Clock.objects.filter(pk__in=[c.pk for c in ended]).update(met_at=met_at, cancelled_at=cancelled_at, next_warning_at=None)
    return met and any(clock.due_at is not None and now > clock.due_at for clock in ended)


def fill_in(now: datetime) -> int:
    """Compute the due times left open for want of a calendar year; returns how many could be. Stopped clocks stay stopped."""
    filled = 0
    for clock in Clock.objects.filter(due_at=None, met_at=None, cancelled_at=None, matter__is_open=True).select_related("matter")[:500]:
        try:
            clock.due_at = _due(clock.started_at, Span(clock.amount, clock.unit), stops_of(clock.matter))
        except Refused:
            continue
        if clock.due_at is None:
            continue
        clock.next_warning_at = next_warning_at(clock.started_at, clock.due_at, clock.warned)
        clock.save(update_fields=["due_at", "next_warning_at"])
        if clock.order_id is None:
            Matter.objects.filter(pk=clock.matter_id, due_at=None).update(due_at=clock.due_at, due_for=clock.subject)
        filled += 1
    return filled
