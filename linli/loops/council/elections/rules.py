"""Decisions about elections, on plain values: which act from which state, who gets the seats, when the next election is due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Standing:
    """A candidate at the count: votes, quota groups, and whether the rule's threshold was reached."""

    number: int
    votes: int
    passed: bool = True
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Allotted:
    """Numbers in order of votes. `tied` are equal where the last seat (or the last alternate) falls: none of them has it until a further vote."""

    elected: tuple[int, ...]
    alternates: tuple[int, ...]
    tied: tuple[int, ...] = ()
    by_quota: tuple[int, ...] = ()
    short_of: tuple[str, ...] = ()


def allot(standings: Sequence[Standing], *, seats: int, alternates: int, quotas: Mapping[str, int]) -> Allotted:
    """
    Seats to the most votes among those who passed; then, where fewer than a quota's least are of a group, the next of the group takes the seat
    of the last elected whom no quota needs. Equal votes at the last seat fill none of the equal ones (no lot is drawn for an office).
    `short_of` names quotas that cannot be met. Pure; the order of `standings` is irrelevant.
    """
    queue = sorted((s for s in standings if s.passed), key=lambda s: (-s.votes, s.number))
    elected, tied = _first(queue, seats)
    rest = [s for s in queue if s not in elected and s not in tied]
    by_quota: list[int] = []
    short: list[str] = []
    for group, least in sorted(quotas.items()):
        while sum(group in s.groups for s in elected) < least:
            comes = next((s for s in rest if group in s.groups), None)
            goes = _replaceable(elected, group, quotas, full=len(elected) >= seats)
            if comes is None or (goes is None and len(elected) >= seats):
                short.append(group)
                break
            if goes is not None:
                elected.remove(goes)
                rest = sorted([*rest, goes], key=lambda s: (-s.votes, s.number))
            elected.append(comes)
            rest.remove(comes)
            by_quota.append(comes.number)
    elected.sort(key=lambda s: (-s.votes, s.number))
    stand_by, tied_by = ([], []) if tied else _first(rest, alternates)
    return Allotted(
        tuple(s.number for s in elected),
        tuple(s.number for s in stand_by),
        tuple(s.number for s in (tied or tied_by)),
        tuple(by_quota),
        tuple(short),
    )


def _first(queue: Sequence[Standing], most: int) -> tuple[list[Standing], list[Standing]]:
    """The first `most`, without those equal to the one left out after them; and those equals."""
    if len(queue) <= most or most == 0 or queue[most - 1].votes > queue[most].votes:
        return list(queue[:most]), []
    level = queue[most].votes
    return [s for s in queue[:most] if s.votes > level], [s for s in queue if s.votes == level]


def _replaceable(elected: Sequence[Standing], group: str, quotas: Mapping[str, int], *, full: bool) -> Standing | None:
    """The last elected, not of the group, whom no other quota needs; None while a seat is free, or when all are needed."""
    if not full:
        return None
    for one in sorted(elected, key=lambda s: (-s.votes, s.number), reverse=True):
        needed = any(g in one.groups and sum(g in s.groups for s in elected) <= least for g, least in quotas.items())
        if group not in one.groups and not needed:
            return one
    return None


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
