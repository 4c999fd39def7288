"""The show of hands: opened by the chair, shown by phone, counted in the room, closed. Never a ballot."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count as CountOf
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.lib.texts import clean
from linli.loops.council.meetings import rules
from linli.loops.council.meetings.actions.running import RUN, no_hands_up
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.actions.speaking import decide_point
from linli.loops.council.meetings.models import Attendee, Choice, Hand, Hands


def open_hands(*, actor: Actor, meeting_id: int, question: str, now: datetime, once: str = "") -> Hands:
    """Ask everybody present for a show of hands. Raises Invalid without a question, Refused while another is open."""
    with sitting(actor, meeting_id, "hands", now, permission=RUN, once=once) as act:
        if act.repeated:
            return Hands.objects.filter(meeting=act.meeting).latest("pk")
        text = clean(question, 200)
        if len(text) < 2:
            raise Invalid("no_question", _("请写清楚问大家什么。"), fields={"question": [_("请写清楚问大家什么。")]})
        no_hands_up(act)
        found = Hands.objects.create(meeting=act.meeting, item=act.meeting.current, question=text, opened_at=now)
        act.record("hands", act.meeting.current, question=text)
    return found


def show_hand(*, actor: Actor, meeting_id: int, hands_id: int, choice: str, now: datetime) -> Hand:
    """
    Show a hand by phone; another choice replaces it while the question is open. On procedure only those entitled have one.

    Raises Conflict when the question is over.
    """
    with sitting(actor, meeting_id, "hands", now, permission="meeting.raise_hand") as act:
        me = act.me()
        if choice not in Choice.values:
            raise Invalid("bad_choice", _("请选择同意、不同意或弃权。"), fields={"choice": [_("请选择同意、不同意或弃权。")]})
        found = _open(act, hands_id)
        if found.point_id and not me.entitled:
            raise Refused("sits_in", _("您是列席，程序动议只由有资格参会的人举手决定。"))
        hand, made = Hand.objects.get_or_create(hands=found, attendee=me, defaults={"choice": choice, "at": now})
        if made or hand.choice != choice:
            hand.choice, hand.at = choice, now
            hand.save(update_fields=["choice", "at"])
            act.touch()
    return hand


def count_room(*, actor: Actor, meeting_id: int, hands_id: int, agree: int, against: int, abstain: int, now: datetime) -> Hands:
    """Hands counted in the room of those without a phone in it; counting again replaces it. Raises Invalid for impossible numbers."""
    with sitting(actor, meeting_id, "hands", now, permission=RUN) as act:
        found = _open(act, hands_id)
        numbers = {"agree": agree, "against": against, "abstain": abstain}
        bad = {name: [_("请填 0 到 100000 的整数。")] for name, n in numbers.items() if not 0 <= n <= 100_000}
        if bad:
            raise Invalid("bad_count", _("现场举手数不对。"), fields=bad)
        why = rules.why_not_counted(rules.Count(phones(found), numbers), _may_show(act, found))
        if why is not None:
            raise Invalid("too_many_hands", why, fields={"agree": [why]})
        found.room_agree, found.room_against, found.room_abstain = agree, against, abstain
        found.room_counted_by = actor.name[:60]
        found.save(update_fields=["room_agree", "room_against", "room_abstain", "room_counted_by"])
        act.record("room", found.item, **numbers)
    return found


def close_hands(
    *,
    actor: Actor,
    meeting_id: int,
    hands_id: int,
    now: datetime,
    agree: int | None = None,
    against: int | None = None,
    abstain: int | None = None,
    once: str = "",
) -> Hands:
    """
    Hands down: the sums are kept, whose phone showed what is deleted, and a motion on procedure takes effect. Numbers given here are
    the room's count; left out, the last count stands. Doing it twice changes nothing.
    """
    with sitting(actor, meeting_id, "hands", now, permission=RUN, once=once) as act:
        found = Hands.objects.select_related("point__attendee", "point__item", "item").filter(meeting=act.meeting, pk=hands_id).first()
        if found is None:
            raise NotFound("no_hands", _("没有找到这次举手。"))
        if found.closed_at is not None or act.repeated:
            return found
        for name, given in (("agree", agree), ("against", against), ("abstain", abstain)):
            if given is not None:
                if not 0 <= given <= 100_000:
                    raise Invalid("bad_count", _("现场举手数不对。"), fields={name: [_("请填 0 到 100000 的整数。")]})
                setattr(found, f"room_{name}", given)
                found.room_counted_by = actor.name[:60]
        count = rules.Count(phones(found), {"agree": found.room_agree, "against": found.room_against, "abstain": found.room_abstain})
        why = rules.why_not_counted(count, _may_show(act, found))
        if why is not None:
            raise Invalid("too_many_hands", why, fields={"agree": [why]})
        for choice in Choice.values:
            setattr(found, f"phone_{choice}", count.phone.get(choice, 0))
        found.closed_at = now
        found.save()
        Hand.objects.filter(hands=found).delete()
        totals = {choice: count.total(choice) for choice in Choice.values}
        act.record("hands_down", found.item, question=found.question, phone=dict(count.phone), room=dict(count.room), **totals)
        if found.point is not None:
            decide_point(act, found.point, carried=count.carried)
    return found


def phones(hands: Hands) -> dict[str, int]:
    """How many phones show what: of an open question counted now, of a closed one as it was kept. At most one query."""
    if hands.closed_at is not None:
        return {"agree": hands.phone_agree, "against": hands.phone_against, "abstain": hands.phone_abstain}
    found = Hand.objects.filter(hands=hands).values_list("choice").annotate(n=CountOf("pk"))
    return dict.fromkeys(Choice.values, 0) | dict(found)


def _may_show(act: Sitting, hands: Hands) -> int:
    """How many people there are whose hands could be counted; whoever stands for another has their hand too."""
    here = Attendee.objects.filter(meeting=act.meeting).exclude(present="")
    return here.filter(entitled=True).count() if hands.point_id else here.count()


def _open(act: Sitting, hands_id: int) -> Hands:
    found = Hands.objects.select_related("item").filter(meeting=act.meeting, pk=hands_id).first()
    if found is None:
        raise NotFound("no_hands", _("没有找到这次举手。"))
    if found.closed_at is not None:
        raise Conflict("hands_down", _("这次举手已经结束。"))
    return found
