"""
Days counted the law's way (Civil Code art. 200-204, GEN-002, GEN-003): notice, posting, objection, annulment.

The day of the act does not count; the last day ends at 24:00; a last day that is a day off moves to the next working day (days off are
the official holidays and the weekends as shifted). A period is half-open: it runs from the start of its first day until before the start of the
day after its last. Pure: days and calendar are arguments; a year without an official calendar is refused, not guessed (`YearMissing`).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from linli.lib.calendar import WorkCalendar
from linli.lib.units import SHANGHAI

PeriodUnit = Literal["days", "working_days", "months", "years"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """
    `first_day` and `last_day` both belong to it. `last_day_plain` is the last day before it moved for a day off; it is the same when
    it did not move. `next_day` is the earliest day for what may only happen after the period, such as a meeting after its notice.
    """

    trigger: date
    first_day: date
    last_day_plain: date
    last_day: date

    @property
    def next_day(self) -> date:
        return self.last_day + _DAY

    @property
    def moved(self) -> bool:
        """Whether the last day moved because it was a day off."""
        return self.last_day != self.last_day_plain

    def ends_at(self, zone: tzinfo = SHANGHAI) -> datetime:
        """The first instant that is no longer in it: 24:00 of the last day."""
        return datetime.combine(self.next_day, time(), zone)

    def contains(self, instant: datetime, zone: tzinfo = SHANGHAI) -> bool:
        """Whether an aware instant lies in it. What happens on the day of the trigger is not yet in it."""
        return datetime.combine(self.first_day, time(), zone) <= instant < self.ends_at(zone)

    def over(self, instant: datetime, zone: tzinfo = SHANGHAI) -> bool:
        """Whether it has ended by then."""
        return instant >= self.ends_at(zone)


def period(trigger: date | datetime, amount: int, calendar: WorkCalendar, *, unit: PeriodUnit = "days", zone: tzinfo = SHANGHAI) -> Period:
    """
    `amount` days, working days, months or years from the day of `trigger` (an instant is taken as its day in `zone`). Months and years end
    on the day of the same number, or on the last of the month (art. 202). Raises ValueError for an amount below 1 or a naive instant.
    """
    start = _local(trigger, zone)
    if amount < 1:
        raise ValueError("a period has at least one day")
    if unit == "working_days":
        last = calendar.add_working_days(start, amount)
        return Period(start, start + _DAY, last, last)
    plain = start + amount * _DAY if unit == "days" else _months_later(start, amount * (12 if unit == "years" else 1))
    return Period(start, start + _DAY, plain, working_day_from(plain, calendar))


def working_day_from(day: date, calendar: WorkCalendar) -> date:
    """`day` itself when it is a working day, else the next one (art. 203)."""
    return day if calendar.is_working_day(day) else calendar.next_working_day(day)


def hours(trigger: datetime, amount: int) -> datetime:
    """The end of a period in hours: nights and days off count (art. 201(2))."""
    if trigger.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return trigger + timedelta(hours=amount)


def earliest_after_notice(published: date | datetime, days: int, calendar: WorkCalendar, zone: tzinfo = SHANGHAI) -> date:
    """The first day on which what needs `days` of notice may happen; the cautious reading, with the last day moved off a day off."""
    return period(published, days, calendar, zone=zone).next_day


def latest_notice(meeting: date, days: int, calendar: WorkCalendar) -> date:
    """The last day on which a notice of `days` may still be published for a meeting on `meeting`: the inverse of `earliest_after_notice`."""
    if days < 1:
        raise ValueError("a period has at least one day")
    day = meeting - (days + 1) * _DAY
    while earliest_after_notice(day, days, calendar) > meeting:
        day -= _DAY
    return day


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _local(moment: date | datetime, zone: tzinfo) -> date:
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return moment.astimezone(zone).date()
