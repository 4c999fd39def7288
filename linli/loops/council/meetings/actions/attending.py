"""Who is here: signing in by code, online or by a worker's tick, leaving, proxies."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.people.models import Person
from linli.kernel.people.queries import person_in_reach
from linli.lib.texts import clean
from linli.loops.council.meetings import lawful, rules
from linli.loops.council.meetings.actions.sitting import Sitting, mine, sitting
from linli.loops.council.meetings.codes import is_good
from linli.loops.council.meetings.models import Attendee, Hand, Hands, Point, Presence, Speech, Stay


def sign_in(*, actor: Actor, meeting_id: int, now: datetime, code: str = "", vouched: bool = False, once: str = "") -> Attendee:
    """
    The reader signs in with their own phone: in the room by its code (`vouched`: it was good when they scanned it, minutes ago),
    else online. Signing in again changes nothing, but coming into the room from online does.

    Raises Refused for a code that is over, or when the meeting is held in the room alone.
    """
    with sitting(actor, meeting_id, "sign_in", now, permission="meeting.sign_in", once=once) as act:
        meeting = act.meeting
        here = vouched
        if code and not here:
            here = is_good(meeting.secret, code, now, rotating=meeting.rotating)
            if not here:
                raise Refused(
                    "bad_code",
                    _("签到码不对或者已经换了。请看会场屏幕上现在的六位数字，或重新扫码。"),
                    turn_to=_("也可以请现场工作人员代为登记。"),
                )
        if not here and not meeting.online:
            raise Refused(
                "room_only",
                _("这次会议只在现场开。请扫会场里的二维码，或输入屏幕上的六位数字。"),
                turn_to=_("也可以请现场工作人员代为登记。"),
            )
        found = mine(meeting, actor)
        if found is None:
            found = _self(act)
        elif found.account_id is None and actor.account_id:
            found.account_id = actor.account_id
            found.save(update_fields=["account"])
        how = Stay.How.CODE if here else Stay.How.ONLINE
        _enter(act, found, Presence.ROOM if here else Presence.ONLINE, how)
    return found


def _self(act: Sitting) -> Attendee:
    """A row for somebody who was not expected: a resident of the place counts where there is no register, all others sit in."""
    person = Person.objects.select_related("home_place").filter(pk=act.actor.person_id).first() if act.actor.person_id else None
    homes = [s.path for s in act.actor.standings if s.role == "resident"] + ([person.home_path] if person and person.home_path else [])
    lives_here = any(within(path, act.meeting.place_path) for path in homes)
    return _new(act, name=person.name if person else act.actor.name, person=person, account_id=act.actor.account_id, lives_here=lives_here)


def _new(
    act: Sitting,
    *,
    name: str,
    person: Person | None = None,
    account_id: int | None = None,
    lives_here: bool = False,
    entitled: bool | None = None,
    where: str = "",
    capacity: str = "",
) -> Attendee:
    has_register = Attendee.objects.filter(meeting=act.meeting, expected=True).exists()
    counts = rules.counts(listed=False, has_register=has_register, lives_here=lives_here) if entitled is None else entitled
    act.meeting.seat_count += 1
    home = person.home_place if person else None
    return Attendee.objects.create(
        meeting=act.meeting,
        seat=act.meeting.seat_count,
        name=name[:60] or gettext_noop("未留姓名"),
        person=person,
        account_id=account_id,
        home=home,
        home_path=home.path if home else "",
        where=where,
        capacity=capacity,
        entitled=counts,
    )


def _enter(act: Sitting, who: Attendee, present: str, how: str) -> None:
    """Start a stay; the same presence again is nothing new, another ends the one before."""
    if who.present == present:
        return
    if who.present:
        _leave(act, who)
    who.present = present
    who.save(update_fields=["present"])
    by_worker = how in (Stay.How.WORKER, Stay.How.PROXY)
    Stay.objects.create(
        attendee=who,
        present=present,
        how=how,
        came_at=act.now,
        by_id=act.actor.account_id if by_worker else None,
        by_name=act.actor.name if by_worker else "",
    )
    act.record("came", seat=who.seat, name=who.name, present=present, how=how, entitled=who.entitled)


def tick(
    *,
    actor: Actor,
    meeting_id: int,
    now: datetime,
    attendee_id: int | None = None,
    person_id: int | None = None,
    name: str = "",
    where: str = "",
    capacity: str = "",
    entitled: bool | None = None,
    online: bool = False,
    once: str = "",
) -> Attendee:
    """
    A worker ticks somebody off: by their row on the register, as a person of the roster, or by name alone for a guest.

    `entitled` None: as the register (or where they live) says. Raises Invalid when nobody is named.
    """
    with sitting(actor, meeting_id, "sign_in", now, permission="meeting.tick", once=once) as act:
        found = _named(act, attendee_id, person_id, name)
        if found is None:
            person = person_in_reach(actor, person_id) if person_id else None
            if person is None and len(clean(name, 60)) < 1:
                raise Invalid("no_name", _("请写来的是谁。"), fields={"name": [_("请写来的是谁。")]})
            found = _new(
                act,
                name=person.name if person else clean(name, 60),
                person=person,
                account_id=person.account_id if person else None,
                lives_here=bool(person and within(person.home_path, act.meeting.place_path) and person.home_path),
                entitled=entitled,
                where=clean(where, 60),
                capacity=clean(capacity, 40),
            )
        if act.repeated:
            return found
        _enter(act, found, Presence.ONLINE if online else Presence.ROOM, Stay.How.WORKER)
    return found


def _named(act: Sitting, attendee_id: int | None, person_id: int | None, name: str) -> Attendee | None:
    rows = Attendee.objects.filter(meeting=act.meeting)
    if attendee_id is not None:
        found = rows.filter(pk=attendee_id).first()
        if found is None:
            raise NotFound("no_attendee", _("名册上没有这个人。"))
        return found
    if person_id is not None:
        return rows.filter(person_id=person_id).first()
    # A form sent twice for a guest known by name alone finds the guest it made.
    return rows.filter(name=clean(name, 60), person=None).order_by("-seat").first() if act.repeated else None


def leave(*, actor: Actor, meeting_id: int, attendee_id: int, now: datetime, once: str = "") -> Attendee:
    """A worker notes that somebody went, or the resident themselves does; those they stood for go with them."""
    with sitting(actor, meeting_id, "leave", now, permission="meeting.sign_in", once=once) as act:
        found = Attendee.objects.filter(meeting=act.meeting, pk=attendee_id).first()
        if found is None:
            raise NotFound("no_attendee", _("名册上没有这个人。"))
        self_row = mine(act.meeting, actor)
        if self_row is None or self_row.pk != found.pk:
            table.require(actor, "meeting.tick", act.meeting.place_path)
        if not act.repeated and found.present:
            _leave(act, found)
    return found


def _leave(act: Sitting, who: Attendee) -> None:
    """End the stay, and whatever the one who goes still had open: their place in the queue, their hand, those they stand for."""
    running = Speech.objects.filter(meeting=act.meeting, attendee=who, state=Speech.State.SPEAKING).first()
    if running is not None:
        raise Refused("speaking", _("%(name)s正在发言，请先结束发言。") % {"name": who.name})
    for one in Attendee.objects.filter(holder=who):
        _leave(act, one)
    Stay.objects.filter(attendee=who, left_at=None).update(left_at=act.now)
    Speech.objects.filter(meeting=act.meeting, attendee=who, state=Speech.State.WAITING).update(state=Speech.State.WITHDRAWN)
    Point.objects.filter(meeting=act.meeting, attendee=who, state=Point.State.WAITING).update(
        state=Point.State.WITHDRAWN, decided_at=act.now
    )
    Hand.objects.filter(hands__in=Hands.objects.filter(meeting=act.meeting, closed_at=None), attendee=who).delete()
    was = who.present
    who.present, who.holder = "", None
    who.save(update_fields=["present", "holder"])
    act.record("left", seat=who.seat, name=who.name, present=was)


def give_proxy(
    *, actor: Actor, meeting_id: int, absent_id: int, holder_id: int, now: datetime, most: int | None = None, once: str = ""
) -> Attendee:
    """
    Record that an absent one is represented by somebody present, by a written authority the worker has seen. `most` is how many one
    holder may stand for, as the rule of the body says (None: no limit).

    Raises Refused where the body knows no proxies.
    """
    with sitting(actor, meeting_id, "proxy", now, permission="meeting.tick", once=once) as act:
        absent = Attendee.objects.filter(meeting=act.meeting, pk=absent_id).first()
        if absent is None:
            raise NotFound("no_attendee", _("名册上没有这个人。"))
        if act.repeated:
            return absent
        if in_person := lawful.in_person(act.meeting):
            raise Refused("no_proxies", _("业主委员会会议要本人参加，不能委托。"), rule=in_person)
        holder = act.present(holder_id)
        if absent.present:
            raise Refused("here", _("%(name)s已经到会，不用委托。") % {"name": absent.name})
        if absent.pk == holder.pk:
            raise Invalid("self", _("不能委托给自己。"), fields={"holder": [_("不能委托给自己。")]})
        if most is not None and Attendee.objects.filter(holder=holder).count() >= most:
            raise Refused("too_many_proxies", _("每人最多接受 %(n)s 人委托。") % {"n": most})
        absent.holder = holder
        absent.present = Presence.PROXY
        absent.save(update_fields=["holder", "present"])
        Stay.objects.create(
            attendee=absent, present=Presence.PROXY, how=Stay.How.PROXY, came_at=now, by_id=actor.account_id, by_name=actor.name
        )
        act.record("proxy", seat=absent.seat, name=absent.name, holder=holder.name)
    return absent


def end_stays(act: Sitting) -> None:
    """The meeting is over: everybody still here leaves with it."""
    Stay.objects.filter(attendee__meeting=act.meeting, left_at=None).update(left_at=act.now)
    Attendee.objects.filter(meeting=act.meeting).exclude(present="").update(present="", holder=None)
