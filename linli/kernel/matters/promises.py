"""Which promise applies, and the running clocks of a matter: started, met, stopped, restarted, replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.access.paths import ancestors
from linli.kernel.access.prepared import NUMBER, Prepared, store
from linli.kernel.access.refusals import Refused
from linli.kernel.access.together import together
from linli.kernel.matters.clock import Span, Stop, due_at, next_warning_at
from linli.kernel.matters.models import CalendarYear, Clock, Matter, Pause, PromiseRule, WorkDay, WorkOrder
from linli.law.packs import service_levels
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.lib.remembered import Remembered

MOST_DAYS: Final = 100_000  # more than the operator will ever enter
# A promise set on one machine holds on the others within seconds; a calendar row within half a minute.
_calendars: Remembered[WorkCalendar] = Remembered(30)
_rules: Remembered[list[PromiseRule]] = Remembered(5)


def calendar() -> WorkCalendar:
    """The official calendar with the operator's rows."""
    return _calendars.get("calendar", _read_calendar)


def _read_calendar() -> WorkCalendar:
    days, years = together(
        WorkDay.objects.values_list("day", "working")[:MOST_DAYS], CalendarYear.objects.values_list("year", flat=True)[:MOST_DAYS]
    )
    return WorkCalendar(dict(days), years)


forget_calendar = _calendars.forget

for _model, _forget in ((WorkDay, _calendars.forget), (CalendarYear, _calendars.forget), (PromiseRule, _rules.forget)):
    post_save.connect(_forget, sender=_model, weak=False, dispatch_uid=f"forget-{_model.__name__}")
    post_delete.connect(_forget, sender=_model, weak=False, dispatch_uid=f"forget-gone-{_model.__name__}")


def rules_for(matter: Matter, subjects: Iterable[str], now: datetime) -> dict[str, PromiseRule]:
    """
    The most particular rule in force for each subject: a rule for the place beats one for the urgency, that one for the grade a worker
    gave this very matter, that one for the category, that one for the fast lane; the nearer place beats the wider.
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
        and (not rule.grade or rule.grade == matter.grade)
    )


def _rank(rule: PromiseRule, matter: Matter) -> tuple[int, ...]:
    own_category = rule.category_id is not None and matter.category is not None and rule.category_id == matter.category.pk
    return (
        len(rule.place.path) if rule.place else 0,
        int(bool(rule.urgency) and rule.urgency != "ordinary"),
        int(bool(rule.grade)),
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
    store(clocks)
    return clocks


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
            _("还没有 %(year)s 年的工作日历，算不出时限，操作没有写入。录入国务院公布的放假安排后就可以继续。") % {"year": error.year},
            rule=_("时限按官方工作日历计算，没有公布的年份不猜测"),
            turn_to=_("系统管理员（设置 → 工作日历），粘贴通知的文字即可"),
            year=error.year,
            link=f"/desk/settings/calendar/{error.year}/",
            link_words=_("录入 %(year)s 年的工作日历") % {"year": error.year},
        ) from None


def source_words(source: str) -> tuple[str, str]:
    """Where a promise comes from, in the reader's language: the name of the rule, and the codes it is filed under (empty: none)."""
    name, bracket, codes = source.partition("（")
    rule = next((entry for entry in service_levels() if entry.name_zh == name), None)
    if rule is None:
        return source and _(source), ""
    return rule.name(get_language() or "zh-hans"), codes.removesuffix("）") if bracket else ""


NOTICE_COMES: Final = (11, 1)  # month and day from which the coming year is asked for: the State Council tells it in early November


def year_to_enter(known: WorkCalendar, today: date) -> int | None:
    """The year whose calendar must be entered soon or at once: this one, or from November the next. None when all is there."""
    if not known.covers(today.year):
        return today.year
    return today.year + 1 if (today.month, today.day) >= NOTICE_COMES and not known.covers(today.year + 1) else None


_running: Prepared[Clock] = Prepared(lambda pk: Clock.objects.filter(matter_id=pk, met_at=None, cancelled_at=None), pk=NUMBER)


def running(matter: Matter) -> list[Clock]:
    return _running.all(pk=matter.pk)


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


def renew(matter: Matter, clocks: Sequence[Clock], subjects: Iterable[str], since: datetime, now: datetime) -> tuple[list[Clock], bool]:
    """
    Put the promises that hold for the matter as it is now (regraded, say) in place of the running ones for `subjects`.

    Returns the clocks running afterwards, and whether a promise that gave way was already overdue: it stays overdue in the record, its
    clock is ended as it stood. What is newly promised counts from `since`, when the work began, so that nobody wins time by it; only
    where that lies in the past already does it count from now, and then never to later than the promise it replaces.
    """
    wanted = set(subjects)
    stops = stops_of(matter)
    old = {c.subject: c for c in clocks if c.subject in wanted and c.order_id is None}
    rules = rules_for(matter, wanted, now)
    given_way, made = [c for s, c in old.items() if s not in rules], []
    for subject, rule in rules.items():
        span, before = Span(rule.amount, rule.unit), old.get(subject)
        if before is not None and (before.amount, before.unit) == (span.amount, span.unit):
            continue
        began, due = since, _due(since, span, stops)
        if due is not None and due <= now:
            began, due = now, _due(now, span, ())
            if before is not None and before.due_at is not None and due is not None and before.due_at < due:
                continue
        if before is not None:
            given_way.append(before)
        made.append(
            Clock(
                matter=matter,
                subject=subject,
                amount=rule.amount,
                unit=rule.unit,
                source=rule.source,
                started_at=began,
                due_at=due,
                next_warning_at=next_warning_at(began, due, 0),
            )
        )
    late = any(c.due_at is not None and c.due_at < now for c in given_way)
    end(given_way, now, met=False)
    kept = [c for c in clocks if c not in given_way]
    return kept + Clock.objects.bulk_create(made), late


def until(matter: Matter, subject: str, due: datetime, now: datetime, source: str) -> Clock:
    """A promise to a named moment, stored: the minutes from now to it, so that a stop adds itself as to any other."""
    return Clock.objects.create(
        matter=matter,
        subject=subject,
        amount=max(1, -((now - due) // timedelta(minutes=1))),
        unit=PromiseRule.Unit.MINUTES,
        source=source,
        started_at=now,
        due_at=due,
        next_warning_at=next_warning_at(now, due, 0),
    )


def due_if(matter: Matter, subject: str, grade: str, since: datetime, now: datetime) -> datetime | None:
    """When `subject` would be due if the matter had this grade and its work had begun at `since`; None where nothing is promised so."""
    other = copy(matter)
    other.grade = grade
    rule = rules_for(other, [subject], now).get(subject)
    return _due(since, Span(rule.amount, rule.unit), stops_of(matter)) if rule else None


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
