"""Times, numbers and steps in words, in the reader's language; every function is pure but for the active language and time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

WEEKDAYS_ZH = "一二三四五六日"
DIGITS_ZH = "零一二三四五六七八九十"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


# Whether dates say their year also when it is this one.
_whole: ContextVar[bool] = ContextVar("whole_dates", default=False)


@contextmanager
def whole_dates() -> Iterator[None]:
    """Dates said in here say their year: what is printed or kept is read in other years too. Also a decorator, for pages that are sheets of paper."""
    before = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(before)


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def local(when: date | datetime) -> date | datetime:
    """The moment in the active time zone; plain dates and naive times stay as they are."""
    if isinstance(when, datetime) and timezone.is_aware(when):
        return timezone.localtime(when)
    return when


def day(when: date | datetime | None, today: date | None = None) -> str:
    """
    ``11 月 25 日周三`` or ``Wed 25 Nov``; the year is said when it is not this one, and within `whole_dates`; the weekday where somebody may
    arrange their week by it: of this year, and of the twelve months to come.
    """
    if when is None:
        return ""
    at, known = local(when), today or timezone.localdate()
    plain = at.year == known.year and not _whole.get()
    near = at.year == known.year or 0 <= at.toordinal() - known.toordinal() < 366
    if in_english():
        text = f"{WEEKDAYS_EN[at.weekday()]} {at.day} {MONTHS_EN[at.month - 1]}" if near else f"{at.day} {MONTHS_EN[at.month - 1]}"
        return text if plain else f"{text} {at.year}"
    text = f"{at.month} 月 {at.day} 日{f'周{WEEKDAYS_ZH[at.weekday()]}' if near else ''}"
    return text if plain else f"{at.year} 年 {text}"


def clock(when: datetime | None) -> str:
    """``18:00``."""
    if when is None:
        return ""
    at = local(when)
    return f"{at:%H:%M}" if isinstance(at, datetime) else ""


def date_long(when: date | datetime | None, today: date | None = None) -> str:
    """``11 月 25 日周三 18:00`` or ``Wed 25 Nov, 18:00``; a plain date has no clock time."""
    if when is None:
        return ""
    if not isinstance(when, datetime):
        return day(when, today)
    return f"{day(when, today)}{', ' if in_english() else ' '}{clock(when)}"


def until(when: datetime | None) -> str:
    """A moment by which something must be done: midnight reads as 24:00 of the day before, as notices write it."""
    if when is None:
        return ""
    at = local(when)
    if not isinstance(at, datetime) or (at.hour, at.minute, at.second) != (0, 0, 0):
        return date_long(when)
    return f"{day(at - timedelta(days=1))}{', ' if in_english() else ' '}24:00"


def begins(when: datetime | None) -> str:
    """A moment from which something may be done: midnight reads as the day alone."""
    if when is None:
        return ""
    at = local(when)
    whole_day = isinstance(at, datetime) and (at.hour, at.minute, at.second) == (0, 0, 0)
    return day(when) if whole_day else date_long(when)


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """How long since, up to a week (``3 小时前``); before that the date itself. A moment to come reads as its date too."""
    if when is None:
        return ""
    seconds = int(((now or timezone.now()) - when).total_seconds())
    if seconds < 0 or seconds >= 7 * 86400:
        return date_long(when)
    if seconds < 60:
        return gettext("刚刚")
    if seconds < 3600:
        n = seconds // 60
        return ngettext("%(n)s 分钟前", "%(n)s 分钟前", n) % {"n": n}
    if seconds < 86400:
        n = seconds // 3600
        return ngettext("%(n)s 小时前", "%(n)s 小时前", n) % {"n": n}
    n = seconds // 86400
    return ngettext("%(n)s 天前", "%(n)s 天前", n) % {"n": n}


def minutes_words(length: int | timedelta | None) -> str:
    """A duration given in whole minutes (or as a timedelta): ``2 天 3 小时``, ``45 分钟``; at most two units."""
    if length is None:
        return ""
    minutes = int(length.total_seconds() // 60) if isinstance(length, timedelta) else int(length)
    minutes = abs(minutes)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days})
    if hours:
        parts.append(ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours})
    if (left and not days) or not parts:
        parts.append(ngettext("%(n)s 分钟", "%(n)s 分钟", left) % {"n": left})
    return " ".join(parts)


def number(value: int | float | Fraction | None) -> str:
    """Figures grouped by thousands: ``12,345``; nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, Fraction):
        value = int(value) if value.denominator == 1 else float(value)
    return f"{value:,}"


def telephone(text: str) -> str:
    """A landline as people write it, the area code apart: ``028-85551234``; anything else as it is."""
    landline = re.fullmatch(r"(010|02\d|0[3-9]\d{2})(\d{7,8})", text)
    return f"{landline[1]}-{landline[2]}" if landline else text


def percent(value: Fraction | float | tuple[int, int] | None, digits: int = 1) -> str:
    """``91.0%`` of a Fraction, a ratio, or a (part, whole) pair, rounded half up exactly; a dash where the whole is none."""
    if value is None:
        return "—"
    if isinstance(value, tuple):
        part, whole = value
        if not whole:
            return "—"
        value = Fraction(part, whole)
    scaled = Fraction(value) * 100 * 10**digits
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign, units = ("-" if units < 0 else ""), abs(units)
    whole_part, decimals = divmod(units, 10**digits)
    return f"{sign}{whole_part}.{decimals:0{digits}d}%" if digits else f"{sign}{whole_part}%"


def numeral(n: int) -> str:
    """A small count in words for reading aloud: 四 in Chinese, ``4`` in English; above ten always figures."""
    return str(n) if in_english() or not 0 <= n <= 10 else DIGITS_ZH[n]


def step_sentence(position: int, total: int, stage: str) -> str:
    """``第四步，共七步：办理`` (Step 4 of 7: handling), the loop strip read aloud."""
    if position > total:
        return gettext("%(total)s步都已走完") % {"total": numeral(total)}
    return gettext("第%(position)s步，共%(total)s步：%(stage)s") % {"position": numeral(position), "total": numeral(total), "stage": stage}
