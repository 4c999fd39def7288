"""Matters in words for residents, whatever their kind: names of units, promises, how long since and how long still. Pure but for the active language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.accounts.models import Unit
from linli.kernel.matters.clock import left
from linli.kernel.matters.models import Matter
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.web.words import ago, date_long, day, in_english, minutes_words

DAY_MINUTES: Final = 24 * 60
TITLE_LENGTH: Final = 36


@dataclass(frozen=True)
class Promised:
    """The arguments of the promise component: `state` is waiting, late, stopped or met."""

    kind: str
    when: str
    left: str
    state: str
    who: str


@dataclass(frozen=True)
class Standing:
    """Where a matter stands, ready for the strip: `position` from 1 (one more than there are: all done), and the sentence it reads aloud as."""

    position: int
    late: bool
    stopped: bool
    label: str
    tone: str
    sentence: str


def unit_name(unit: Unit | None) -> str:
    """A unit's name in the reader's language; empty for none."""
    if unit is None:
        return ""
    return unit.name_en if unit.name_en and in_english() else unit.name


def title_from(text: str) -> str:
    """A headline made of the first sentence of what somebody wrote, cut at a comma or after 36 characters."""
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    for stop in "。！？!?；;":
        first = first.partition(stop)[0] or first
    if len(first) <= TITLE_LENGTH:
        return first
    head = first[:TITLE_LENGTH]
    cut = max(head.rfind(mark) for mark in "，,、 ")
    return (head[:cut] if cut >= 8 else head).rstrip("，,、 ") + "…"


def is_late(matter: Matter, now: datetime) -> bool:
    return matter.is_open and matter.due_at is not None and matter.due_at < now


def since_words(when: datetime, now: datetime) -> str:
    """How long ago within a week ("3 小时前"), else the day alone."""
    return ago(when, now) if now - when < timedelta(days=7) else day(when)


def left_words(due: datetime, now: datetime, calendar: WorkCalendar) -> str:
    """What is left until `due`: working days when there are any to come, else hours and minutes; how late when it is past."""
    minutes = left(due, "minutes", now, calendar).minutes
    if minutes < 0:
        return _("已过 %(time)s") % {"time": minutes_words(-minutes)}
    if minutes >= DAY_MINUTES:
        try:
            days = left(due, "working_days", now, calendar).working_days or 0
        except YearMissing:
            days = 0
        if days:
            return ngettext("还有 %(n)s 个工作日", "还有 %(n)s 个工作日", days) % {"n": days}
    return _("还有 %(time)s") % {"time": minutes_words(minutes)}


def running_promise(matter: Matter, now: datetime, calendar: WorkCalendar, act: str, who: str) -> Promised | None:
    """The promise an open matter stands under, as a full sentence: by when `act` is done, what is left or how late; None where none runs."""
    if matter.due_at is None:
        return None
    when = _("%(when)s 前%(act)s") % {"when": date_long(matter.due_at), "act": act}
    if matter.due_at < now:
        return Promised(_("超期"), _("应在 %(promise)s") % {"promise": when}, left_words(matter.due_at, now, calendar), "late", who)
    return Promised(_("承诺"), when, left_words(matter.due_at, now, calendar), "waiting", who)


def words_of(text: str, facts: dict[str, Any]) -> str:
    """An entry's text: what people wrote as they wrote it, what a rule wrote in the reader's language."""
    return _(text) if text and facts.get("by_rule") else text


def with_names(facts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """An entry's facts with the units they name put into the reader's language: `names` by the name kept."""
    unit, units = facts.get("unit"), facts.get("units")
    return {
        **facts,
        **({"unit": names.get(unit, unit)} if isinstance(unit, str) else {}),
        **({"units": [names.get(u, u) for u in units]} if isinstance(units, list) else {}),
    }
