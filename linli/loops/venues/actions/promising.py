"""Opening hours: a new week follows the one before, a day differs with its reason, a difference is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.accounts.actions import log_event
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.loops.venues import hours
from linli.loops.venues.actions.keeping import locked, refuse_closed
from linli.loops.venues.models import HoursException, HoursPlan
from linli.loops.venues.standing import today_of

FARTHEST: Final = timedelta(days=366)


@transaction.atomic
def set_hours(*, actor: Actor, venue_id: int, week: Sequence[Sequence[Sequence[int]]], starts_on: date, now: datetime) -> HoursPlan:
    """
    Promise these weekly hours (seven days, Monday first, spans in minutes) from `starts_on`, today or later. The hours in force end the day before;
    hours that were to start on that day or after it never come into force. The same hours again change nothing. Raises Invalid.
    """
    venue = locked(actor, venue_id, "venue.hours")
    refuse_closed(venue)
    today = today_of(now)
    try:
        wanted = hours.week_from(week)
    except InputProblem as problem:
        raise Invalid("bad_hours", said(problem), fields={"week": [said(problem)]}) from None
    if not today <= starts_on <= today + FARTHEST:
        text = _("从哪天起，请选今天到一年以内的日子；过去的开放时间不能改。")
        raise Invalid("bad_start", text, fields={"starts_on": [text]})
    plans = HoursPlan.objects.filter(venue=venue)
    known = plans.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on), starts_on__lte=starts_on).first()
    if known is not None and hours.week_from(known.week) == wanted and known.ends_on is None:
        return known
    plans.filter(starts_on__gte=starts_on).delete()
    plans.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on)).update(ends_on=starts_on)
    made = HoursPlan.objects.create(venue=venue, week=wanted, starts_on=starts_on, set_at=now, set_by_id=actor.account_id)
    log_event("venue_hours_set", now=now, actor=actor, about=venue.name, venue=venue.pk, starts_on=starts_on.isoformat())
    return made


@transaction.atomic
def set_exception(*, actor: Actor, venue_id: int, day: date, spans: Sequence[Sequence[int]], reason: str, now: datetime) -> HoursException:
    """On `day` (today or later) these hours hold instead; none: closed that day. What was said of the day before is replaced. Raises Invalid."""
    venue = locked(actor, venue_id, "venue.hours")
    refuse_closed(venue)
    wrong: dict[str, list[Any]] = {}
    today, reason = today_of(now), clean(reason, 80)
    wanted: hours.Day = ()
    try:
        wanted = hours.checked_day(spans)
    except InputProblem as problem:
        wrong["spans"] = [said(problem)]
    if not today <= day <= today + FARTHEST:
        wrong["day"] = [_("请选今天到一年以内的日子。")]
    if not reason:
        wrong["reason"] = [_("请写原因，例如“国庆放假”，公开页面上会显示。")]
    if wrong:
        raise Invalid("bad_exception", _("这一天的安排没有存上。"), fields=wrong)
    made, _new = HoursException.objects.update_or_create(
        venue=venue, day=day, defaults={"spans": wanted, "reason": reason, "set_at": now, "set_by_id": actor.account_id}
    )
    log_event("venue_hours_set", now=now, actor=actor, about=venue.name, venue=venue.pk, day=day.isoformat(), closed=not wanted)
    return made


@transaction.atomic
def drop_exception(*, actor: Actor, venue_id: int, day: date, now: datetime) -> None:
    """The weekly hours hold on that day again; a day that has passed stays as it was promised. Raises NotFound, Invalid."""
    venue = locked(actor, venue_id, "venue.hours")
    found = HoursException.objects.filter(venue=venue, day=day).first()
    if found is None:
        raise NotFound("no_exception", _("这一天没有特别的安排。"))
    if day < today_of(now):
        raise Invalid("past", _("已经过去的日子不能改。"))
    found.delete()
    log_event("venue_hours_set", now=now, actor=actor, about=venue.name, venue=venue.pk, day=day.isoformat(), removed=True)
