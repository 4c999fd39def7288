"""The speaking queue and its clock, and motions on procedure."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.tongue import spoken
from linli.lib.texts import clean
from linli.loops.council.meetings.actions.running import RUN, close_topic, do_adjourn, no_hands_up, stop_speaking
from linli.loops.council.meetings.actions.sitting import Sitting, mine, sitting
from linli.loops.council.meetings.models import AgendaItem, Attendee, Hands, Point, Speech
from linli.loops.council.meetings.queries import waiting_in_order
from linli.loops.council.meetings.rules import spent_ms


def _speaker(act: Sitting, attendee_id: int | None) -> Attendee:
    """The reader themselves, or whom a worker names."""
    if attendee_id is None:
        return act.me()
    found = mine(act.meeting, act.actor)
    if found is None or found.pk != attendee_id:
        table.require(act.actor, "meeting.tick", act.meeting.place_path)
    return act.present(attendee_id)


def ask(
    *, actor: Actor, meeting_id: int, now: datetime, side: str = Speech.Side.OPEN, attendee_id: int | None = None, once: str = ""
) -> Speech:
    """
    Ask to speak on the topic under discussion, for oneself or, as a worker, for somebody in the room. Who waits already keeps their
    place; another side said now replaces the one said before.

    Raises Refused between topics, when the debate was ended, or for somebody not present.
    """
    with sitting(actor, meeting_id, "ask", now, permission="meeting.speak", once=once) as act:
        who = _speaker(act, attendee_id)
        if side not in Speech.Side.values:
            raise Invalid("bad_side", _("请选择赞成、反对，或者提问。"), fields={"side": [_("请选择赞成、反对，或者提问。")]})
        item = act.meeting.current
        if item is None:
            raise Refused("no_topic", _("现在没有正在议的议题，等主持人宣布议题后再申请。"))
        waiting = Speech.objects.filter(item=item, attendee=who, state=Speech.State.WAITING).first()
        if waiting is not None:
            if waiting.side != side and not act.repeated:
                waiting.side = side
                waiting.save(update_fields=["side"])
                act.record("ask", item, seat=who.seat, name=who.name, side=side)
            return waiting
        if act.repeated:
            return Speech.objects.filter(item=item, attendee=who).latest("pk")
        if item.debate_closed:
            raise Refused("debate_closed", _("大家已经举手决定结束这个议题的辩论，不再安排发言。"))
        speech = Speech.objects.create(meeting=act.meeting, item=item, attendee=who, side=side, channel=actor.channel, asked_at=now)
        act.record("ask", item, seat=who.seat, name=who.name, side=side)
    return speech


def withdraw_ask(*, actor: Actor, meeting_id: int, now: datetime, speech_id: int | None = None, once: str = "") -> None:
    """Give one's place in the queue back; a worker may for somebody else. Nothing happens when there is none."""
    with sitting(actor, meeting_id, "ask", now, permission="meeting.speak", once=once) as act:
        rows = Speech.objects.select_related("attendee", "item").filter(meeting=act.meeting, state=Speech.State.WAITING)
        me = mine(act.meeting, actor)
        if speech_id is None:
            speech = rows.filter(attendee=me).first() if me else None
        else:
            speech = rows.filter(pk=speech_id).first()
            if speech is not None and (me is None or speech.attendee_id != me.pk):
                table.require(actor, "meeting.tick", act.meeting.place_path)
        if speech is None or act.repeated:
            return
        speech.state = Speech.State.WITHDRAWN
        speech.save(update_fields=["state"])
        act.record("unask", speech.item, seat=speech.attendee.seat, name=speech.attendee.name)


def call(
    *,
    actor: Actor,
    meeting_id: int,
    now: datetime,
    speech_id: int | None = None,
    after: int | None = None,
    start: bool = True,
    reason: str = "",
    once: str = "",
) -> Speech:
    """
    Call the next in the queue (or `speech_id`, out of turn, with a reason), and start their clock. Whoever spoke has finished.

    `after` is the speech the chair saw running (0: none). Raises Conflict when another chair called somebody meanwhile, Refused while
    a motion on procedure waits or when nobody does.
    """
    with sitting(actor, meeting_id, "call", now, permission=RUN, once=once) as act:
        running = Speech.objects.filter(meeting=act.meeting, state=Speech.State.SPEAKING).first()
        if act.repeated:
            found = running or Speech.objects.filter(meeting=act.meeting).exclude(called_at=None).order_by("-called_at").first()
            if found is not None:
                return found
        if after is not None and after != (running.pk if running else 0):
            raise Conflict("moved_on", _("别的主持人已经请了下一位，请看看现在是谁在发言。"))
        _no_point_waiting(act)
        no_hands_up(act)
        queue = waiting_in_order(act.meeting)
        if not queue:
            raise Refused("nobody_waits", _("现在没有人申请发言。"))
        chosen = next((s for s in queue if s.pk == speech_id), None) if speech_id else queue[0]
        if chosen is None:
            raise NotFound("not_waiting", _("这个人已经不在排队。"))
        out_of_turn = chosen.pk != queue[0].pk
        if out_of_turn and len(clean(reason, 200)) < 2:
            text = _("先请后面的人发言，要说明理由，会记入会议记录。")
            raise Invalid("no_reason", text, fields={"reason": [text]})
        stop_speaking(act)
        chosen.state, chosen.called_at = Speech.State.SPEAKING, now
        chosen.limit_ms = 1000 * (chosen.item.speak_seconds or act.meeting.speak_seconds)
        chosen.running_since = now if start else None
        chosen.save(update_fields=["state", "called_at", "limit_ms", "running_since"])
        facts = {"out_of_turn": True, "reason": clean(reason, 200)} if out_of_turn else {}
        act.record("call", chosen.item, seat=chosen.attendee.seat, name=chosen.attendee.name, side=chosen.side, **facts)
    return chosen


def clock(*, actor: Actor, meeting_id: int, speech_id: int, running: bool, now: datetime, once: str = "") -> Speech:
    """Start or stop the speaker's clock; what is so already stays so. Raises Conflict when somebody else speaks by now."""
    with sitting(actor, meeting_id, "timer", now, permission=RUN, once=once) as act:
        speech = _speaking(act, speech_id)
        if act.repeated or running == (speech.running_since is not None):
            return speech
        speech.used_ms = spent_ms(speech.used_ms, speech.running_since, now)
        speech.running_since = now if running else None
        speech.save(update_fields=["used_ms", "running_since"])
        act.record("clock", speech.item, seat=speech.attendee.seat, running=running, used=speech.used_ms)
    return speech


def finish(*, actor: Actor, meeting_id: int, speech_id: int, now: datetime, once: str = "") -> Speech:
    """The speaker has finished. Doing it twice changes nothing; for another speaker it is a Conflict."""
    with sitting(actor, meeting_id, "finish", now, permission=RUN, once=once) as act:
        done = Speech.objects.filter(meeting=act.meeting, pk=speech_id, state=Speech.State.DONE).first()
        if done is not None:
            return done
        _speaking(act, speech_id)
        speech = stop_speaking(act)
        assert speech is not None
    return speech


def _speaking(act: Sitting, speech_id: int) -> Speech:
    found = Speech.objects.select_related("attendee", "item").filter(meeting=act.meeting, state=Speech.State.SPEAKING).first()
    if found is None or found.pk != speech_id:
        raise Conflict("moved_on", _("别的主持人已经请了下一位，请看看现在是谁在发言。"))
    return found


def note_gist(*, actor: Actor, meeting_id: int, speech_id: int, gist: str, now: datetime) -> Speech:
    """Write down what a speaker said in a few words, for the minutes; writing again replaces it."""
    with sitting(actor, meeting_id, "gist", now, permission=RUN) as act:
        speech = Speech.objects.select_related("attendee", "item").filter(meeting=act.meeting, pk=speech_id).exclude(called_at=None).first()
        if speech is None:
            raise NotFound("no_speech", _("没有找到这次发言。"))
        text = clean(gist, 1000)
        if text != speech.gist:
            speech.gist = text
            speech.save(update_fields=["gist"])
            act.record("gist", speech.item, seat=speech.attendee.seat)
    return speech


# --- motions on procedure ------------------------------------------------------------------------------------------------
def raise_point(
    *, actor: Actor, meeting_id: int, kind: str, now: datetime, text: str = "", attendee_id: int | None = None, once: str = ""
) -> Point:
    """
    Move something on procedure: end the debate, move on, adjourn. It comes before everybody in the queue. One of a kind at a time:
    the same again is the one that waits.
    """
    with sitting(actor, meeting_id, "point", now, permission="meeting.speak", once=once) as act:
        who = _speaker(act, attendee_id)
        if kind not in Point.Kind.values:
            raise Invalid("bad_kind", _("没有这种程序动议。"), fields={"kind": [_("请选择一种程序动议。")]})
        text = clean(text, 200)
        if kind == Point.Kind.OTHER and not text:
            raise Invalid("no_text", _("请写明是什么程序问题。"), fields={"text": [_("请写明是什么程序问题。")]})
        waiting = Point.objects.filter(meeting=act.meeting, kind=kind, state__in=[Point.State.WAITING, Point.State.PUT]).first()
        if waiting is not None:
            return waiting
        if act.repeated:
            return Point.objects.filter(meeting=act.meeting, kind=kind, attendee=who).latest("pk")
        if kind in (Point.Kind.END_DEBATE, Point.Kind.MOVE_ON) and act.meeting.current is None:
            raise Refused("no_topic", _("现在没有正在议的议题。"))
        point = Point.objects.create(meeting=act.meeting, item=act.meeting.current, attendee=who, kind=kind, text=text, asked_at=now)
        act.record("point", act.meeting.current, seat=who.seat, name=who.name, kind=kind, text=text)
    return point


def withdraw_point(*, actor: Actor, meeting_id: int, point_id: int, now: datetime, once: str = "") -> Point:
    """Who moved it takes it back before hands are shown."""
    with sitting(actor, meeting_id, "point", now, permission="meeting.speak", once=once) as act:
        point = _waiting_point(act, point_id)
        me = mine(act.meeting, actor)
        if me is None or me.pk != point.attendee_id:
            table.require(actor, "meeting.tick", act.meeting.place_path)
        if not act.repeated:
            _decide(act, point, Point.State.WITHDRAWN, "")
    return point


def rule_out(*, actor: Actor, meeting_id: int, point_id: int, reason: str, now: datetime, once: str = "") -> Point:
    """The chair does not admit it and says why. Raises Invalid without a reason."""
    with sitting(actor, meeting_id, "point", now, permission=RUN, once=once) as act:
        point = _waiting_point(act, point_id)
        if act.repeated:
            return point
        text = clean(reason, 200)
        if len(text) < 2:
            raise Invalid(
                "no_reason", _("不受理要说明理由，会记入会议记录。"), fields={"reason": [_("不受理要说明理由，会记入会议记录。")]}
            )
        _decide(act, point, Point.State.RULED_OUT, text)
    return point


def put_point(*, actor: Actor, meeting_id: int, point_id: int, now: datetime, once: str = "") -> Hands:
    """Put it to a show of hands; whoever speaks is heard to the end first."""
    with sitting(actor, meeting_id, "point", now, permission=RUN, once=once) as act:
        put = Hands.objects.filter(meeting=act.meeting, point_id=point_id).first()
        if put is not None:
            return put
        point = _waiting_point(act, point_id)
        no_hands_up(act)
        stop_speaking(act)
        point.state = Point.State.PUT
        point.save(update_fields=["state"])
        question = spoken(
            lambda: _("程序动议：%(what)s") % {"what": point.text if point.kind == Point.Kind.OTHER else point.get_kind_display()}
        )
        put = Hands.objects.create(meeting=act.meeting, item=act.meeting.current, point=point, question=question[:200], opened_at=now)
        act.record("hands", act.meeting.current, question=put.question, procedure=True)
    return put


def decide_point(act: Sitting, point: Point, *, carried: bool) -> None:
    """What the hands decided takes effect at once."""
    _decide(act, point, Point.State.ACCEPTED if carried else Point.State.REJECTED, "")
    if not carried:
        return
    item = act.meeting.current
    if point.kind == Point.Kind.END_DEBATE and item is not None:
        item.debate_closed = True
        item.save(update_fields=["debate_closed"])
        Speech.objects.filter(item=item, state=Speech.State.WAITING).update(state=Speech.State.CLOSED)
    elif point.kind == Point.Kind.MOVE_ON:
        close_topic(act, AgendaItem.State.DONE)
        following = AgendaItem.objects.filter(meeting=act.meeting, state=AgendaItem.State.WAITING).order_by("seq").first()
        if following is not None:
            following.state, following.opened_at = AgendaItem.State.OPEN, act.now
            following.save(update_fields=["state", "opened_at"])
            act.meeting.current = following
            act.record("item", following, title=following.title)
    elif point.kind == Point.Kind.ADJOURN:
        do_adjourn(act, gettext_noop("举手通过休会动议"))


def _decide(act: Sitting, point: Point, state: str, reason: str) -> None:
    point.state, point.decided_at, point.reason = state, act.now, reason
    point.save(update_fields=["state", "decided_at", "reason"])
    act.record("point_done", point.item, seat=point.attendee.seat, name=point.attendee.name, kind=point.kind, state=state, reason=reason)


def _waiting_point(act: Sitting, point_id: int) -> Point:
    point = Point.objects.select_related("attendee", "item").filter(meeting=act.meeting, pk=point_id).first()
    if point is None:
        raise NotFound("no_point", _("没有找到这个程序动议。"))
    if point.state != Point.State.WAITING and not act.repeated:
        raise Conflict("decided", _("这个程序动议已经处理过了。"))
    return point


def _no_point_waiting(act: Sitting) -> None:
    if Point.objects.filter(meeting=act.meeting, state=Point.State.WAITING).exists():
        raise Refused("point_first", _("有人提出程序动议，要先处理它，再请下一位发言。"))
