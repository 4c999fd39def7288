"""Decisions about draws, on plain values: which act is done from which state, what stands in the way of one, how lots are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.law.periods import period
from linli.lib.calendar import WorkCalendar, YearMissing
from linli.lib.units import SHANGHAI

MOST_LOTS: Final = 2000
MOST_CATEGORIES: Final = 8

# Verb → the states it is done from.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "change": frozenset({"draft"}),
    "open": frozenset({"draft"}),
    "name_source": frozenset({"draft", "open", "listed"}),
    "apply": frozenset({"open"}),
    "withdraw": frozenset({"open", "listed", "frozen", "drawn"}),
    "check": frozenset({"open", "listed"}),
    "carry_over": frozenset({"open"}),
    "post_list": frozenset({"open"}),
    "object": frozenset({"listed"}),
    "answer_objection": frozenset({"listed"}),
    "freeze": frozenset({"listed"}),
    "enter_text": frozenset({"frozen"}),
    "hold": frozenset({"frozen"}),
    "answer_offer": frozenset({"drawn"}),
    "lapse": frozenset({"drawn"}),
    "give_back": frozenset({"drawn"}),
    "close": frozenset({"drawn"}),
    "cancel": frozenset({"draft", "open", "listed", "frozen"}),
}

# Why an application is refused; whoever refuses adds words of their own.
REASONS: Final[Mapping[str, Any]] = {
    "not_here": gettext_lazy("申请人不住在本次抽签的范围里，也没有这里的房屋。"),
    "has_one": gettext_lazy("这户已经有名额，这一类只给还没有名额的家庭。"),
    "not_entitled": gettext_lazy("所报类别要求的证件没有提供，或者核对不上。"),
    "not_theirs": gettext_lazy("车辆或用途不属于这一户。"),
    "twice": gettext_lazy("同一户已经有一份报名。"),
    "unclear": gettext_lazy("材料不清楚，联系后没有补齐。"),
    "other": pgettext_lazy("draw refusal", "其他原因"),
}

_STATE_WORDS: Final = {
    "draft": gettext_lazy("还没有开始报名。"),
    "open": gettext_lazy("还在报名。"),
    "listed": gettext_lazy("名单正在公示。"),
    "frozen": gettext_lazy("名单已经冻结，谁都不能再改，包括管理员。"),
    "drawn": gettext_lazy("已经抽过签，结果不能再改。"),
    "closed": gettext_lazy("这次抽签已经办结。"),
    "cancelled": gettext_lazy("这次抽签已经取消。"),
}


def why_not(verb: str, state: str) -> str | None:
    """Why `verb` is not done from `state`, in words; None: it may be."""
    return None if state in ALLOWED[verb] else str(_STATE_WORDS[state])


def why_not_apply(*, now: datetime, starts: datetime, until: datetime) -> str | None:
    """Applications are taken from `starts` on, before `until`."""
    if now < starts:
        return _("报名还没有开始。")
    return _("报名已经截止。") if now >= until else None


def why_not_freeze(
    *, now: datetime, objections_until: datetime | None, source_at: datetime, unchecked: int, objections: int, accepted: int
) -> str | None:
    """The list is frozen when everything is settled, and before the source's text can be known to anybody."""
    if unchecked:
        return _("还有 %(n)s 份报名没有审核。") % {"n": unchecked}
    if objections:
        return _("还有 %(n)s 条异议没有答复。") % {"n": objections}
    if objections_until is None or now < objections_until:
        return _("异议期还没有结束。")
    if now >= source_at:
        return _("随机数来源的公布时间已经到了：名单必须在它公布以前冻结。请先另定一个还没有公布的来源。")
    return None if accepted else _("没有通过审核的报名，不用抽签。")


def end_of(day: date | datetime, days: int, calendar: WorkCalendar) -> datetime:
    """
    24:00 of the last day of a period counted the law's way (Civil Code 200-203); by plain days in a year whose calendar is not published yet.
    """
    try:
        return period(day, days, calendar).ends_at()
    except YearMissing:
        start = day.astimezone(SHANGHAI).date() if isinstance(day, datetime) else day
        return datetime.combine(start + timedelta(days=days + 1), time(), SHANGHAI)


def read_lots(text: str) -> list[str]:
    """
    Names of lots from a line: "A01-A12、B3 B4". A span counts its last number up, keeping its digits. Raises ValueError with the part that
    cannot be read, or "" for too many.
    """
    found: list[str] = []
    for part in re.split(r"[\s,，、;；]+", text.strip()):
        if not part:
            continue
        span = re.fullmatch(r"(.*?)(\d{1,6})\s*[-—–~至]\s*(.*?)(\d{1,6})", part)
        if span is None:
            found.append(part[:40])
        elif span[3] not in ("", span[1]) or int(span[4]) < int(span[2]):
            raise ValueError(part)
        else:
            if int(span[4]) - int(span[2]) >= MOST_LOTS:
                raise ValueError("")
            found += [f"{span[1]}{n:0{len(span[2])}d}"[:40] for n in range(int(span[2]), int(span[4]) + 1)]
        if len(found) > MOST_LOTS:
            raise ValueError("")
    return found


def write_lots(lots: Sequence[str]) -> str:
    """Lots as `read_lots` reads them back, neighbours drawn together: A01-A12、B3."""
    parts: list[list[str]] = []
    for lot in lots:
        if parts and _after(parts[-1][-1]) == lot:
            parts[-1].append(lot)
        else:
            parts.append([lot])
    return "、".join("、".join(p) if len(p) < 3 else f"{p[0]}-{p[-1]}" for p in parts)


def _after(lot: str) -> str:
    found = re.fullmatch(r"(.*?)(\d{1,6})", lot)
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}d}" if found else ""


def source_line(source: str, source_at: datetime, where: str) -> str:
    """The source as the seed takes it: what, when, where to read it."""
    return f"{source} | {source_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} | {where}"
