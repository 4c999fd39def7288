"""What is promised, and the working days it is counted in."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Schema

from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.models import PromiseRule
from linli.kernel.matters.promises import calendar
from linli.lib.calendar import YearMissing
from linli.loops.requests.api import (
    who,
)
from linli.ports.api.kernel.router import router
from linli.web.jsonapi import PROBLEMS, Input


class PromiseOut(Schema):
    id: int
    kind: str
    subject: str
    label: str
    amount: int
    unit: str
    category: str | None
    fast_lane: bool
    urgency: str
    grade: str
    place_id: int | None
    source: str


@router.get(
    "/promises", response={200: list[PromiseOut], **PROBLEMS}, summary="What is promised", operation_id="list_promises", tags=["promises"]
)
def list_promises(request: HttpRequest) -> list[PromiseOut]:
    """The rules in force; the most particular one that fits wins."""
    _actor, now = who(request)
    rows = (
        PromiseRule.objects.filter(starts_at__lte=now)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .select_related("category")
        .order_by("pk")[:1000]
    )
    return [
        PromiseOut(
            id=r.pk,
            kind=r.kind,
            subject=r.subject,
            label=str(r.get_subject_display()),
            amount=r.amount,
            unit=r.unit,
            category=r.category.code if r.category else None,
            fast_lane=r.fast_lane,
            urgency=r.urgency,
            grade=r.grade,
            place_id=r.place_id,
            source=r.source,
        )
        for r in rows
    ]


class DayOut(Schema):
    day: date
    working: bool


class DaysChosen(Input):
    """At most 400 days, both ends included."""

    since: date
    until: date


@router.get(
    "/work-calendar", response={200: list[DayOut], **PROBLEMS}, summary="Working days", operation_id="work_calendar", tags=["promises"]
)
def work_calendar(request: HttpRequest, chosen: Query[DaysChosen]) -> list[DayOut]:
    """Of the official calendar, with make-up workdays. A year nobody has entered is refused, never guessed."""
    days = (chosen.until - chosen.since).days
    if not 0 <= days <= 400:
        raise Refused("bad_span", _("请给出不超过 400 天的起止日期。"))
    known = calendar()
    try:
        return [DayOut(day=d, working=known.is_working_day(d)) for d in (chosen.since + timedelta(days=n) for n in range(days + 1))]
    except YearMissing as missing:
        raise NotFound("year_missing", _("还没有 %(year)s 年的工作日历。") % {"year": missing.year}) from None
