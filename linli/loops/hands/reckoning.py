"""
From work orders to an answer: what a unit was given and when it was done, into `linli.insight.hands`. For the worker.

Only counts of cases leave here: neither who asked nor who worked is read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from linli.insight.hands.cases import Case
from linli.insight.hands.hours import DAY, Hours, minute_of, observed
from linli.insight.hands.looking_back import looking_back
from linli.insight.hands.outlook import Asked, Office, Outlook, Share, outlook
from linli.kernel.access.paths import subtree
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import WorkOrder
from linli.kernel.matters.promises import calendar
from linli.lib.calendar import YearMissing
from linli.loops.hands.models import Question

PAST: Final = timedelta(days=400)
MOST_ORDERS: Final = 20_000
DAYS: Final = 28
LEAST_CLOSED: Final = 50
TASKS: Final = (WorkOrder.Task.HANDLE, WorkOrder.Task.ANSWER)


def reckoned(question: Question, now: datetime) -> dict[str, Any]:
    """The answer of a question as plain values, with what the past says of such answers. One query for the orders."""
    cases = cases_of(question, now)
    cut = _minute(now)
    office = Office(_hours(cases, now), question.hands)
    promise = question.promise_hours * 60 if question.promise_hours else None
    try:
        told = outlook(cases, cut, office, Asked(question.extra, promise, days=DAYS))
    except ValueError:
        # So many fewer that nobody would be left, of a number that was guessed.
        told = Outlook("no_hands", len(cases))
    return {
        "why_none": told.why_none,
        "cases": told.cases,
        "days": told.days,
        "a_day": round(told.a_day, 2),
        "past": list(told.past),
        "hands": told.hands,
        "minutes": round(told.work, 1),
        "load": round(told.load, 4),
        "load_then": round(told.load_then, 4),
        "now": _share(told.as_it_is),
        "then": _share(told.as_asked),
        "gain": _share(told.gain),
        "for_days": DAYS,
        "back": _back(cases, now, question) if not told.why_none else None,
    }


def _share(share: Share) -> list[float]:
    return [round(share.mean, 5), round(share.low, 5), round(share.high, 5)]


def cases_of(question: Question, now: datetime) -> list[Case]:
    """What the unit was given to handle within the scope in the last year or so, the newest `MOST_ORDERS` of it."""
    where = Q()
    for path in question.scope:
        where |= Q(**subtree("matter__place_path", path)) if path else Q(pk__gt=0)
    states = [WorkOrder.State.OPEN, WorkOrder.State.DONE]
    rows = WorkOrder.objects.filter(where, unit_id=question.unit_id, task__in=TASKS, state__in=states, opened_at__gte=now - PAST)
    if question.category_id:
        rows = rows.filter(Q(matter__category=question.category_id) | Q(matter__category__parent=question.category_id))
    columns = ("opened_at", "closed_at", "due_at", "matter__category__parent_id", "matter__category_id", "matter__urgency")
    found = []
    for opened, closed, due, top, leaf, urgency in rows.order_by("-opened_at").values_list(*columns)[:MOST_ORDERS]:
        promise = max(1, _minute(due) - _minute(opened)) if due is not None else None
        done = max(_minute(closed), _minute(opened)) if closed is not None and closed <= now else None
        found.append(Case(_minute(opened), done, promise, str(top or leaf or ""), "", 0 if urgency == "ordinary" else -1))
    return found


def _minute(at: datetime) -> int:
    return minute_of(at.astimezone(ZONE))


def _hours(cases: list[Case], now: datetime) -> Hours:
    """When this unit finishes things, where that can be seen, else office hours; days off and made up are those of the official calendar."""
    done = [case.closed for case in cases if case.closed is not None]
    week = observed(done).week if len(done) >= LEAST_CLOSED else Hours().week
    first, last = (now - PAST).date(), (now + timedelta(days=DAYS * 2)).date()
    closed: set[date] = set()
    opened: set[date] = set()
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        works = _works(day)
        if works is None or works == (day.weekday() < 5):
            continue
        (opened if works else closed).add(day)
    return Hours(week, frozenset(closed), frozenset(opened))


def _works(day: date) -> bool | None:
    """Whether offices work; None in a year nobody has entered."""
    try:
        return calendar().is_working_day(day)
    except YearMissing:
        return None


def _back(cases: list[Case], now: datetime, question: Question) -> dict[str, Any] | None:
    """What would have been predicted a while ago, beside what happened; None where there was too little to learn from then."""
    if not cases:
        return None
    cut = _minute(now)
    span = (cut - min(case.opened for case in cases)) // DAY
    days = min(DAYS, span // 4)
    if days < 7:
        return None
    then = cut - days * DAY
    known = [case.known_at(then) for case in cases if case.opened < then]
    office = Office(_hours(known, now - timedelta(days=days)), question.hands)
    found = looking_back(cases, then, cut, {"": office}, Asked()).whole
    if found is None:
        return None
    return {
        "predicted": round(found.predicted, 5),
        "low": round(found.low, 5),
        "high": round(found.high, 5),
        "real": round(found.real, 5),
        "cases": found.count,
        "days": days,
    }
