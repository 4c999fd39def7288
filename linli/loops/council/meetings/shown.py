"""The state of a meeting in words, ready to be drawn: for the public, the room, the projector and the chair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from linli.kernel.matters.clock import ZONE
from linli.kernel.rolls.wording import area_words
from linli.law.reasons import threshold_words
from linli.loops.council.meetings import lawful
from linli.loops.council.meetings.models import AgendaItem, Hands, Line, Meeting, Outcome, Point, Speech, State
from linli.loops.council.meetings.queries import Now, matters_to_show, quorum_of
from linli.loops.council.meetings.rules import Count, Quorum, remaining_ms
from linli.loops.council.meetings.wording import (
    TONES,
    counts_words,
    length,
    needed_words,
    outcome_words,
    quorum_words,
    seen_name,
    sides_words,
    task_state,
    topic_plan_words,
)
from linli.web.words import percent

_OVER = frozenset({State.ENDED, State.CONFIRMED, State.PUBLISHED, State.CANCELLED})
SIDE_TONES = {Speech.Side.PRO: "green", Speech.Side.CONTRA: "gold", Speech.Side.OPEN: "plain"}


@dataclass(frozen=True)
class Spoken:
    """Somebody who speaks or waits, in words. `again` when they spoke on this topic before."""

    pk: int
    seat: int
    name: str
    where: str
    side: str
    tone: str
    again: bool
    limit_ms: int = 0
    used_ms: int = 0
    running_since: int | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Tally:
    """A show of hands in words and numbers."""

    pk: int
    question: str
    procedure: bool
    rows: list[tuple[str, str, int, int, int]]
    phone: int
    room: int
    room_counted: bool
    all: int


def tally(hands: Hands, phone: dict[str, int]) -> Tally:
    words = {"agree": pgettext("vote", "同意"), "against": _("不同意"), "abstain": _("弃权")}
    room = {c: getattr(hands, f"room_{c}") for c in words}
    count = Count(phone, room)
    return Tally(
        pk=hands.pk,
        question=hands.question,
        procedure=hands.point_id is not None,
        rows=[(code, str(word), phone[code], room[code], count.total(code)) for code, word in words.items()],
        phone=sum(phone.values()),
        room=sum(room.values()),
        room_counted=bool(hands.room_counted_by),
        all=count.all,
    )


def closed_tally(hands: Hands) -> Tally:
    return tally(hands, {c: getattr(hands, f"phone_{c}") for c in ("agree", "against", "abstain")})


def is_full(now: Now, level: str) -> bool:
    """Names in full for those in the room and those who work here; for the public only where the place decided so."""
    return level != "public" or now.meeting.full_names


def spoken(speech: Speech, *, full: bool) -> Spoken:
    from linli.loops.council.meetings.live import millis

    who = speech.attendee
    return Spoken(
        pk=speech.pk,
        seat=who.seat,
        name=seen_name(who.name, full=full),
        where=who.where or who.capacity if full else "",
        side=str(speech.get_side_display()),
        tone=SIDE_TONES[Speech.Side(speech.side)],
        again=bool(getattr(speech, "spoken_before", 0)),
        limit_ms=speech.limit_ms,
        used_ms=speech.used_ms,
        running_since=millis(speech.running_since),
        stopped=speech.state == Speech.State.SPEAKING and speech.running_since is None,
    )


def present_line(meeting: Meeting) -> tuple[str, str]:
    """How many are here and whether that is enough; of a meeting that is over how many were when it was opened, or must have been. One query."""
    if meeting.state not in _OVER:
        return quorum_line(quorum_of(meeting))
    opened = Line.objects.filter(meeting=meeting, verb="open").order_by("-seq").values_list("facts", flat=True).first()
    if opened is None:
        return needed_words(meeting) or _("没有开会"), "plain"
    words = quorum_words(int(opened["present"]), opened.get("needed"), opened.get("entitled"))
    return _("开会时%(words)s") % {"words": words}, "gold" if opened.get("reached") is False else "green"


def quorum_line(quorum: Quorum) -> tuple[str, str]:
    """The meter in a sentence, and its tone."""
    words = quorum_words(quorum.present, quorum.needed, quorum.entitled)
    if quorum.reached is None:
        return words, "plain"
    if quorum.reached:
        return _("%(words)s：人数够了") % {"words": words}, "green"
    return _("%(words)s：还差 %(n)s 人") % {"words": words, "n": quorum.missing}, "gold"


def area_line(now: Now, *, exact: bool) -> str:
    """
    Of an owners' assembly, how much area came and what the law asks of it; the exact areas only where people work, for a step of theirs is somebody's
    home. Empty for other councils.
    """
    law = lawful.area_test(now.meeting) if now.areas is not None else None
    if now.areas is None or law is None:
        return ""
    part, whole = now.areas
    least = threshold_words(law.test.op, law.test.share)["zh" if (get_language() or "zh").startswith("zh") else "en"]
    facts = {"share": percent((part, whole)), "least": least, "rule": law.rule, "part": area_words(part), "whole": area_words(whole)}
    if exact:
        said = _("到会业主的专有部分面积占 %(share)s（%(part)s，全部 %(whole)s）。")
    else:
        said = _("到会业主的专有部分面积占 %(share)s。")
    return said % facts + _("依法，面积和人数都要有%(least)s的业主参与表决（%(rule)s）；参与了多少，以正式表决为准。") % facts


def item_tone(item: AgendaItem) -> str:
    return {"open": "green", "done": "blue", "deferred": "gold"}.get(item.state, "plain")


def mmss(ms: int) -> str:
    """02:05; with the word in front when the time is over."""
    minutes, seconds = divmod(abs(ms) // 1000, 60)
    text = f"{minutes:02d}:{seconds:02d}"
    return text if ms >= 0 else _("超时 %(time)s") % {"time": text}


def left_of(now: Now, at: datetime | None) -> str:
    """What is left of the speech at an instant; the script on the page counts on from there."""
    speech = now.speaking
    if speech is None or at is None:
        return ""
    return mmss(remaining_ms(speech.limit_ms, speech.used_ms, speech.running_since, at))


def context_of(now: Now, level: str, at: datetime | None = None) -> dict[str, Any]:
    """What the regions are drawn from; `at` is when the page is drawn (the news leave the clock to the page)."""
    full = is_full(now, level)
    public = matters_to_show(now.items)
    words, tone = quorum_line(now.quorum)
    return {
        "level": level,
        "meeting": now.meeting,
        "state_word": now.meeting.get_state_display(),
        "state_tone": TONES[State(now.meeting.state)],
        "item": next((i for i in now.items if i.pk == now.meeting.current_id), None),
        "items": [
            {
                "item": i,
                "tone": item_tone(i),
                "word": i.get_state_display(),
                "plan": topic_plan_words(i),
                "href": f"/{public[i.pk].kind}s/{public[i.pk].ref}/" if i.pk in public else "",
                "ref": public[i.pk].ref if i.pk in public else "",
            }
            for i in now.items
        ],
        "speaking": spoken(now.speaking, full=full) if now.speaking else None,
        "left": left_of(now, at),
        "over": _("超时"),
        "last_count": last_count(now),
        "sides": sides_words(now.sides),
        "queue": [spoken(s, full=full) for s in now.queue],
        "points": [
            {
                "point": p,
                "words": p.text if p.kind == Point.Kind.OTHER else p.get_kind_display(),
                "name": seen_name(p.attendee.name, full=full),
                "put": p.state == Point.State.PUT,
            }
            for p in now.points
        ],
        "hands": tally(now.hands, now.shown) if now.hands else None,
        "past_hands": [closed_tally(h) for h in now.past_hands],
        "outcomes": outcome_rows(now.outcomes, at),
        "quorum": now.quorum,
        "quorum_words": words,
        "quorum_tone": tone,
        "area_words": area_line(now, exact=level == "desk") if level != "public" else "",
        "here": now.here,
        "totals": [{"name": a.called, "where": a.where, "times": n, "length": length(ms)} for a, n, ms in now.totals],
    }


def outcome_rows(outcomes: Iterable[Outcome], at: datetime | None) -> list[dict[str, Any]]:
    """Opinions and tasks as they are drawn; `at` is the moment a task is late by."""
    rows = []
    for one in outcomes:
        word, tone = task_state(one, at.astimezone(ZONE).date() if at else None)
        rows.append(
            {
                "outcome": one,
                "words": outcome_words(one),
                "task": one.kind == Outcome.Kind.TASK,
                "state": word,
                "tone": tone,
                "done": one.done_text,
            }
        )
    return rows


def saying(now: Now, level: str) -> str:
    """What a screen reader is told when it changes: who speaks, or what hands are asked for."""
    if now.hands:
        return _("请举手：%(question)s") % {"question": now.hands.question}
    if now.speaking:
        return _("现在发言：%(name)s") % {"name": seen_name(now.speaking.attendee.name, full=is_full(now, level))}
    if now.meeting.current is not None:
        return _("正在议：%(title)s") % {"title": now.meeting.current.title}
    return str(now.meeting.get_state_display())


def last_count(now: Now) -> str:
    """The last show of hands in words; empty when there was none."""
    if not now.past_hands:
        return ""
    last = closed_tally(now.past_hands[-1])
    return counts_words({code: total for code, _word, _phone, _room, total in last.rows})
