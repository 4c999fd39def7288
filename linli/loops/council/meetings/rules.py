"""
Pure decisions about meetings: what may be done when, notice days, quorum, whose turn it is, what a show of hands decided, good slots.

Nothing here reads the database, the clock or the settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _

# verb → states it may be done in. What no row allows is refused with the words of `why_not`.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    verb: frozenset(states.split())
    for verb, states in {
        "plan": "planned noticed",
        "paper": "planned noticed open adjourned ended confirmed",
        "register": "planned noticed open adjourned",
        "notice": "planned",
        "withdraw_notice": "noticed",
        "cancel": "planned noticed adjourned",
        "open": "noticed",
        "adjourn": "open",
        "resume": "adjourned",
        "end": "open adjourned",
        "sign_in": "noticed open adjourned",
        "leave": "noticed open adjourned",
        "proxy": "noticed open adjourned",
        "item": "open",
        "ask": "open",
        "call": "open",
        "timer": "open",
        "finish": "open adjourned",
        "point": "open",
        "hands": "open",
        "note": "open adjourned ended",
        "task_done": "open adjourned ended confirmed published",
        "gist": "open adjourned ended",
        "draft": "ended",
        "correct": "ended",
        "confirm": "ended",
        "publish": "confirmed",
    }.items()
}
SIGN_IN_BEFORE: Final = timedelta(minutes=60)
CODE_SECONDS: Final = 60
CODE_KEPT: Final = timedelta(minutes=15)


def why_not(verb: str, state: str) -> str | None:
    """Why `verb` cannot be done to a meeting in `state`, in whole sentences; None when it can."""
    if state in ALLOWED[verb]:
        return None
    return {
        "planned": _("会议还在筹备，先发出会议通知。"),
        "noticed": _("会议还没有开始。"),
        "open": _("会议正在进行，要先散会或休会。"),
        "adjourned": _("会议正在休会，要先恢复。"),
        "ended": _("会议已经散会。"),
        "confirmed": _("会议纪要已经由主持人和记录人确认，不能再改。"),
        "published": _("会议纪要已经公布，不能再改。"),
        "cancelled": _("会议已经取消。"),
    }[state]


# --- notice -------------------------------------------------------------------------------------------------------------
def first_lawful_day(noticed_on: date, days: int, is_working: Callable[[date], bool] | None = None) -> date:
    """
    The first day a meeting noticed on `noticed_on` may be held: the day of notice does not count, then `days` whole days pass
    (Civil Code 200-203). With `is_working` the last of them moves to the next working day when it falls on a holiday, which is the
    cautious reading; zero days mean the same day.
    """
    if not days:
        return noticed_on
    last = noticed_on + timedelta(days=days)
    if is_working is not None:
        while not is_working(last):
            last += timedelta(days=1)
    return last + timedelta(days=1)


# --- quorum -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Quorum:
    """How many of `entitled` count as present, and how many are `needed`; `reached` is None where no quorum is kept."""

    present: int
    entitled: int | None
    needed: int | None

    @property
    def reached(self) -> bool | None:
        return None if self.needed is None else self.present >= self.needed

    @property
    def missing(self) -> int:
        return max(0, (self.needed or 0) - self.present)


def needed_of(entitled: int, fraction: Fraction, *, strict: bool) -> int:
    """The least whole number that is at least (`strict`: more than) `fraction` of `entitled`. Exact."""
    exact = fraction * entitled
    if strict:
        return exact.numerator // exact.denominator + 1
    return -(-exact.numerator // exact.denominator)


def quorum(present: int, entitled: int | None, fraction: Fraction, *, strict: bool) -> Quorum:
    """The meter for `present` of `entitled`; nobody entitled or None: no quorum is kept."""
    if not entitled:
        return Quorum(present, entitled, None)
    return Quorum(present, entitled, min(needed_of(entitled, fraction, strict=strict), entitled))


# --- the speaking queue --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ask:
    """Somebody who waits: number of the wish (in order of asking), who, on which side, how often they spoke on this topic already."""

    number: int
    who: int
    side: str
    spoken: int = 0


def in_order(asks: Iterable[Ask], *, last_side: str = "", alternate: bool = True) -> list[Ask]:
    """
    The order in which those who wait are called: who has spoken less on this topic first; among equals pro and contra in turn
    (questions take their place by time and do not change whose turn it is); else by time of asking.
    """
    waiting = sorted(asks, key=lambda a: (a.spoken, a.number))
    ordered: list[Ask] = []
    side = last_side
    while waiting:
        chosen = waiting[0]
        if alternate and chosen.side == side and side in ("pro", "contra"):
            other = "contra" if side == "pro" else "pro"
            chosen = next((a for a in waiting if a.spoken == chosen.spoken and a.side == other), chosen)
        waiting.remove(chosen)
        ordered.append(chosen)
        if chosen.side != "open":
            side = chosen.side
    return ordered


def remaining_ms(limit_ms: int, used_ms: int, running_since: datetime | None, now: datetime) -> int:
    """What is left of a speech in milliseconds; negative when it runs over. The same wherever and whenever it is asked."""
    return limit_ms - spent_ms(used_ms, running_since, now)


def spent_ms(used_ms: int, running_since: datetime | None, now: datetime) -> int:
    """Milliseconds spoken until `now`."""
    return used_ms + (max(0, (now - running_since) // timedelta(milliseconds=1)) if running_since else 0)


# --- an agenda as it is typed ---------------------------------------------------------------------------------------------
_TIMES: Final = re.compile(r"\s*[（(]([^（）()]+)[）)]\s*$")
_PLANNED: Final = re.compile(r"(?:约|about\s+)?(\d{1,4})\s*(?:分钟|分|min(?:utes?)?)")
_EACH: Final = re.compile(r"(?:每人(?:每次)?\s*)(\d{1,4})\s*(分钟|分|秒)|(\d{1,4})\s*(min(?:utes?)?|s(?:ec(?:onds)?)?)\s+each")


def topic_times(line: str) -> tuple[str, int | None, int | None]:
    """
    The title in a line of an agenda, the minutes planned for it and the seconds each may speak, where its last brackets say so: "电梯大修（20 分钟，
    每人 2 分钟）". Brackets that say anything else belong to the title; what is not said is None.
    """
    found = _TIMES.search(line)
    if found is None:
        return line, None, None
    planned: int | None = None
    each: int | None = None
    for part in re.split(r"[，,、；;]", found[1]):
        if of_each := _EACH.fullmatch(part.strip()):
            number, unit = of_each[1] or of_each[3], of_each[2] or of_each[4]
            each = int(number) * (1 if unit.startswith(("秒", "s")) else 60)
        elif of_all := _PLANNED.fullmatch(part.strip()):
            planned = int(of_all[1])
        else:
            return line, None, None
    return line[: found.start()].rstrip(), planned, each


# --- hands --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Count:
    """Hands shown by phone and counted in the room."""

    phone: Mapping[str, int]
    room: Mapping[str, int]

    def total(self, choice: str) -> int:
        return self.phone.get(choice, 0) + self.room.get(choice, 0)

    @property
    def all(self) -> int:
        return sum(self.phone.values()) + sum(self.room.values())

    @property
    def carried(self) -> bool:
        """A motion on procedure carries when more agree than are against; equal hands do not carry it."""
        return self.total("agree") > self.total("against")


def why_not_counted(count: Count, present: int) -> str | None:
    """More hands than people present means that some were counted twice."""
    if count.all <= present:
        return None
    return _("手机举手和现场举手加起来有 %(all)s 只，但在场只有 %(present)s 人：用手机举了手的人，现场不要再数。请重新清点。") % {
        "all": count.all,
        "present": present,
    }


# --- signing in -----------------------------------------------------------------------------------------------------------
def counts(*, listed: bool, has_register: bool, lives_here: bool) -> bool:
    """Does somebody who signs in count towards the quorum? With a register only those on it; without one, who lives in the place."""
    return listed if has_register else lives_here


# --- slots ----------------------------------------------------------------------------------------------------------------
EVENING: Final = (time(19, 0), time(20, 30))
WEEKEND: Final = ((time(9, 30), time(11, 0)), (time(15, 0), time(16, 30)), (time(19, 0), time(20, 30)))


def proposed_slots(first: date, days: int, is_working: Callable[[date], bool]) -> list[tuple[date, time, time]]:
    """Evenings of working days, and mornings, afternoons and evenings of free days, for `days` days from `first` on."""
    found: list[tuple[date, time, time]] = []
    for n in range(days):
        on = first + timedelta(days=n)
        found += [(on, a, b) for a, b in ((EVENING,) if is_working(on) else WEEKEND)]
    return found


def out_of_hours(on: date, starts: time, is_working: Callable[[date], bool]) -> bool:
    """Can somebody with a job come? In the evening from six, or on a free day (risk `working_hour_only`)."""
    return not is_working(on) or starts >= time(18, 0)


def part_of_day(on: date, starts: time, is_working: Callable[[date], bool]) -> str:
    """Which kind of time a slot is, for what people answered before to say something about it: "work", "evening", "morning", "afternoon", "night"."""
    if is_working(on):
        return "evening" if starts >= time(18, 0) else "work"
    return "morning" if starts < time(12, 0) else "afternoon" if starts < time(18, 0) else "night"


@dataclass(frozen=True)
class Earlier:
    """Of `asked` people who were offered such a time in earlier polls, how many `could` come."""

    could: int
    asked: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.could, self.asked) if self.asked else Fraction(0)


def suited(offered: Iterable[tuple[int, str]], marked: Iterable[tuple[int, str]]) -> dict[str, Earlier]:
    """
    What earlier answers say of each kind of time, from (person, kind) of what was offered to those who answered and of what they marked. One
    person counts once a kind however often asked, and could come if they ever marked one.
    """
    asked: dict[str, set[int]] = {}
    could: dict[str, set[int]] = {}
    for found, rows in ((asked, offered), (could, marked)):
        for person, kind in rows:
            found.setdefault(kind, set()).add(person)
    return {kind: Earlier(len(could.get(kind, set()) & people), len(people)) for kind, people in asked.items()}


def likeliest(kinds: Sequence[str], earlier: Mapping[str, Earlier], most: int) -> list[int]:
    """
    Which of the times (by their place in `kinds`) to propose: those whose kind suited most people before, the sooner first; a kind nobody was asked
    about counts as the middle of those known. Empty where nothing is known.
    """
    known = {kind: e.share for kind, e in earlier.items() if e.asked}
    if not known:
        return []
    middle = sum(known.values(), Fraction(0)) / len(known)
    return sorted(sorted(range(len(kinds)), key=lambda n: (-known.get(kinds[n], middle), n))[:most])


@dataclass(frozen=True)
class SlotCount:
    """Of those who can come at a slot: how many people, how many of them were never at a meeting here, and from how many homes."""

    slot: int
    people: int
    fresh: int
    homes: int


def best_first(found: Sequence[SlotCount]) -> list[SlotCount]:
    """Slots by how many not yet reached could come, then by how many could at all; equal ones in the order they stand."""
    return sorted(found, key=lambda s: (-s.fresh, -s.people))


def plan_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which of the things a notice announces differ."""
    return [key for key in ("starts_at", "venue", "body", "title", "agenda") if before.get(key) != after.get(key)]
