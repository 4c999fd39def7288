"""Decisions about elections, on plain values: which act from which state, when the next election is due. Seats: `linli.insight.choice.seats`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from linli.law.periods import period
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.lib.units import SHANGHAI

# Verb → the states it is done from.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "change": frozenset({"draft"}),
    "open": frozenset({"draft"}),
    "nominate": frozenset({"nominating"}),
    "consent": frozenset({"nominating"}),
    "second": frozenset({"nominating"}),
    "withdraw": frozenset({"nominating", "posted"}),
    "check": frozenset({"nominating", "posted"}),
    "post": frozenset({"nominating"}),
    "object": frozenset({"posted"}),
    "answer_objection": frozenset({"posted"}),
    "set_ballot": frozenset({"posted", "voting"}),
    "take_result": frozenset({"voting"}),
    "enter_result": frozenset({"posted", "voting"}),
    "vacate": frozenset({"in_office"}),
    "role": frozenset({"in_office"}),
    "file": frozenset({"in_office"}),
    "task": frozenset({"in_office", "ended"}),
    "end_term": frozenset({"in_office"}),
    "remind": frozenset({"in_office"}),
    "cancel": frozenset({"draft", "nominating", "posted", "voting"}),
}

_STATE_WORDS: Final = {
    "draft": _("还没有开始推荐。"),
    "nominating": _("还在推荐和自荐。"),
    "posted": _("候选人名单已经公示。"),
    "voting": _("已经进入投票，候选人不能再变。"),
    "in_office": _("选举已经有结果。"),
    "ended": _("这一届任期已满。"),
    "cancelled": _("这次选举已经取消。"),
}


def why_not(verb: str, state: str) -> str | None:
    """Why `verb` is not done from `state`, in words; None: it may be."""
    return None if state in ALLOWED[verb] else str(_STATE_WORDS[state])


def months_later(start: date, months: int) -> date:
    """The day of the same number, or the last of the month (Civil Code 202)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def end_of(moment: datetime, days: int, calendar: WorkCalendar) -> datetime:
    """
    24:00 of the last day of a period counted the law's way (Civil Code 200-203); by plain days in a year whose calendar is not published yet.
    """
    try:
        return period(moment, days, calendar).ends_at()
    except YearMissing:
        return datetime.combine(moment.astimezone(SHANGHAI).date() + timedelta(days=days + 1), time(), SHANGHAI)


def is_due(term_until: date | None, today: date, months: int) -> bool:
    """Is it time to prepare the next election: `months` or fewer before the term ends?"""
    return term_until is not None and today >= months_later(term_until, -months)


def missing_sources(figures: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str]) -> list[str]:
    """Figures the law's text was not verified for and whose source nobody entered."""
    return [name for name, figure in figures.items() if not figure["verified"] and not sources.get(name, "").strip()]
