"""The meeting from its opening to its end, one topic at a time."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Refused
from linli.lib.texts import clean
from linli.loops.council.meetings import rules
from linli.loops.council.meetings.actions.attending import end_stays
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.models import AgendaItem, Hands, Meeting, Point, Speech, State
from linli.loops.council.meetings.queries import quorum_of
from linli.loops.council.meetings.rules import spent_ms
from linli.web.words import date_long

RUN = "meeting.run"


def open_meeting(*, actor: Actor, meeting_id: int, now: datetime, without_quorum: bool = False, once: str = "") -> Meeting:
    """
    Open the meeting. Where a quorum is kept and not reached it is refused, unless those present only want to talk (`without_quorum`),
    which the record and the minutes then say.
    """
    with sitting(actor, meeting_id, "open", now, permission=RUN, once=once) as act:
        meeting = act.meeting
        if act.repeated:
            return meeting
        if now < meeting.starts_at - rules.SIGN_IN_BEFORE:
            raise Refused(
                "too_early",
                _("通知里写的开会时间是%(when)s，最早提前一小时宣布开会。") % {"when": date_long(meeting.starts_at)},
                rule=meeting.notice_rule,
                turn_to=_("要提早开，请收回通知，改好时间再发。"),
            )
        quorum = quorum_of(meeting)
        if quorum.reached is False and not without_quorum:
            raise Refused(
                "no_quorum",
                _("到会 %(present)s 人，还差 %(missing)s 人才够开会。可以再等等，或者注明“人数未到，只交流、不作决定”再开。")
                % {"present": quorum.present, "missing": quorum.missing},
                rule=meeting.quorum_rule,
            )
        meeting.state, meeting.opened_at = State.OPEN, now
        act.record("open", present=quorum.present, entitled=quorum.entitled, needed=quorum.needed, reached=quorum.reached)
    return meeting


def adjourn(*, actor: Actor, meeting_id: int, now: datetime, reason: str = "", once: str = "") -> Meeting:
    """Break off for a while; whoever speaks is heard to the end first."""
    with sitting(actor, meeting_id, "adjourn", now, permission=RUN, once=once) as act:
        if not act.repeated:
            do_adjourn(act, clean(reason, 200))
    return act.meeting


def do_adjourn(act: Sitting, reason: str) -> None:
    stop_speaking(act)
    act.meeting.state = State.ADJOURNED
    act.record("adjourn", act.meeting.current, reason=reason)


def resume(*, actor: Actor, meeting_id: int, now: datetime, once: str = "") -> Meeting:
    """Go on after a break."""
    with sitting(actor, meeting_id, "resume", now, permission=RUN, once=once) as act:
        if not act.repeated:
            act.meeting.state = State.OPEN
            act.record("resume", present=quorum_of(act.meeting).present)
    return act.meeting


def end(*, actor: Actor, meeting_id: int, now: datetime, once: str = "") -> Meeting:
    """
    Close the meeting: the topic under discussion is done, those not reached are left for the next time, everybody leaves.

    Raises Refused while hands are up.
    """
    with sitting(actor, meeting_id, "end", now, permission=RUN, once=once) as act:
        meeting = act.meeting
        if act.repeated:
            return meeting
        close_topic(act, AgendaItem.State.DONE)
        left = AgendaItem.objects.filter(meeting=meeting, state=AgendaItem.State.WAITING)
        left.update(state=AgendaItem.State.DEFERRED)
        Point.objects.filter(meeting=meeting, state=Point.State.WAITING).update(state=Point.State.WITHDRAWN, decided_at=act.now)
        quorum = quorum_of(meeting)
        end_stays(act)
        meeting.state, meeting.ended_at = State.ENDED, now
        act.record("end", present=quorum.present)
    return meeting


def open_item(*, actor: Actor, meeting_id: int, item_id: int, now: datetime, after: int | None = None, once: str = "") -> AgendaItem:
    """
    Take up a topic; the one before is done. `after` is the topic the chair saw as current (0: none).

    Raises Conflict when another chair has moved on meanwhile.
    """
    with sitting(actor, meeting_id, "item", now, permission=RUN, once=once) as act:
        item = act.item(item_id)
        if act.repeated or act.meeting.current_id == item.pk:
            return item
        _same_topic(act, after)
        close_topic(act, AgendaItem.State.DONE)
        item.state, item.opened_at = AgendaItem.State.OPEN, now
        item.closed_at = None
        item.save(update_fields=["state", "opened_at", "closed_at"])
        act.meeting.current = item
        act.record("item", item, title=item.title)
    return item


def close_item(
    *, actor: Actor, meeting_id: int, now: datetime, deferred: bool = False, after: int | None = None, once: str = ""
) -> Meeting:
    """End the topic under discussion; `deferred` leaves it for the next meeting."""
    with sitting(actor, meeting_id, "item", now, permission=RUN, once=once) as act:
        if not act.repeated:
            _same_topic(act, after)
            close_topic(act, AgendaItem.State.DEFERRED if deferred else AgendaItem.State.DONE)
    return act.meeting


def _same_topic(act: Sitting, after: int | None) -> None:
    if after is not None and after != (act.meeting.current_id or 0):
        raise Conflict("moved_on", _("别的主持人已经换了议题，请看看现在到哪里了。"))


def close_topic(act: Sitting, state: str) -> None:
    """Whatever is open on the current topic ends with it. Nothing happens between topics."""
    meeting, item = act.meeting, act.meeting.current
    no_hands_up(act)
    stop_speaking(act)
    if item is None:
        return
    Speech.objects.filter(item=item, state=Speech.State.WAITING).update(state=Speech.State.CLOSED)
    item.state, item.closed_at = state, act.now
    item.save(update_fields=["state", "closed_at"])
    meeting.current = None
    act.record("item_done", item, title=item.title, state=state)


def no_hands_up(act: Sitting) -> None:
    if Hands.objects.filter(meeting=act.meeting, closed_at=None).exists():
        raise Refused("hands_up", _("正在举手，请先清点、结束举手。"))


def stop_speaking(act: Sitting) -> Speech | None:
    """Whoever speaks has finished; returns their speech."""
    speech = Speech.objects.select_related("attendee", "item").filter(meeting=act.meeting, state=Speech.State.SPEAKING).first()
    if speech is None:
        return None
    speech.used_ms = spent_ms(speech.used_ms, speech.running_since, act.now)
    speech.running_since, speech.state, speech.ended_at = None, Speech.State.DONE, act.now
    speech.save(update_fields=["used_ms", "running_since", "state", "ended_at"])
    act.record(
        "spoke",
        speech.item,
        name=speech.attendee.name,
        seat=speech.attendee.seat,
        side=speech.side,
        ms=speech.used_ms,
        limit=speech.limit_ms,
    )
    return speech
