"""Seconding: one home, one voice; by phone, at the counter or on paper as well. Enough of them, or an adoption, opens the next step."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.models import Matter, Party
from linli.kernel.matters.orders import close_orders
from linli.kernel.matters.turn import Turn
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.council.motions.actions.raising import to_screening
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.actions.telling import note_demand
from linli.loops.council.motions.models import Motion, Second
from linli.loops.council.motions.rules import STILL_SECONDED, why_not_second
from linli.loops.council.motions.standing import home_of, home_of_person
from linli.loops.council.motions.tell import tell_followers

_WHY_NOT = {
    "not_seconding": lambda: _("这个议题现在不在征集附议。"),
    "no_home_here": lambda: _("附议的人要在这个范围里有自己的家：住在这里，或者是这里的业主。"),
    "home_already": lambda: _("您家已经附议过了，一户只计一次。"),
}


def _refuse(code: str | None) -> None:
    if code:
        turn_to = _("房屋登记不对的，请到社区窗口更正。") if code == "no_home_here" else ""
        raise Refused(code, _WHY_NOT[code](), rule=_("附议规则：一户一次"), turn_to=turn_to)


@transaction.atomic
def second(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """
    A resident or owner seconds for their home. A quiet turn: nobody's view of the motion grows old by it.

    Raises Refused when their home has seconded, when they have no home here, when it is not looking for seconders.
    """
    with taking(actor=actor, matter_id=matter_id, now=now, quiet=True) as (t, motion):
        home = home_of(actor, t.matter.place, now)
        _add(t, motion, home, account_id=actor.account_id, person_id=actor.person_id, channel=actor.channel)
    return t.matter


@transaction.atomic
def second_for(*, actor: Actor, matter_id: int, person: Person, channel: str, now: datetime) -> Matter:
    """A worker records the seconding of somebody who called, came or signed on paper; the record says through which door and by whom."""
    with taking(actor=actor, matter_id=matter_id, now=now, quiet=True) as (t, motion):
        t.require("motion.second_for")
        home = home_of_person(person, t.matter.place, now)
        _add(t, motion, home, account_id=person.account_id, person_id=person.pk, channel=channel, recorded_by=actor.account_id)
    return t.matter


def _add(
    t: Turn,
    motion: Motion,
    home: Place | None,
    *,
    account_id: int | None,
    person_id: int | None,
    channel: str,
    recorded_by: int | None = None,
) -> None:
    already = home is not None and Second.objects.filter(motion=motion, home=home).exists()
    _refuse(
        why_not_second(
            lives_or_owns_here=home is not None, is_raiser_home=False, already=already, closed=t.matter.state not in STILL_SECONDED
        )
    )
    assert home is not None
    t.require("motion.second" if recorded_by is None else "motion.second_for")
    Second.objects.create(
        motion=motion, home=home, account_id=account_id, person_id=person_id, channel=channel, recorded_by_id=recorded_by, at=t.now
    )
    _count(t, motion)
    t.say("second", facts={"count": motion.second_count, "needed": motion.seconds_needed})
    if t.matter.state == "seconding" and motion.second_count >= motion.seconds_needed:
        _reached(t, motion)
    note_demand(t, motion)
    motion.save()


def second_by_raiser(t: Turn, motion: Motion) -> None:
    """Whoever raised it stands behind it: their home is the first to second. Without a home here, nobody's is."""
    party = Party.objects.filter(matter=t.matter, role=Party.Role.RAISER).select_related("person").first()
    home = home_of(t.actor, t.matter.place, t.now) if party and party.account_id == t.actor.account_id else None
    if home is None and party is not None and party.person is not None:
        home = home_of_person(party.person, t.matter.place, t.now)
    if home is not None and party is not None:
        Second.objects.get_or_create(
            motion=motion,
            home=home,
            defaults={"account_id": party.account_id, "person_id": party.person_id, "channel": t.actor.channel, "at": t.now},
        )
    _count(t, motion)
    if motion.second_count >= motion.seconds_needed:
        _reached(t, motion)


def _count(t: Turn, motion: Motion) -> None:
    motion.second_count = Second.objects.filter(motion=motion).count()


def _reached(t: Turn, motion: Motion) -> None:
    to_screening(t, motion)
    tell_followers(t, lambda: _("附议够了：%(title)s") % {"title": t.matter.public_title}, lambda: _("已有足够的邻居附议，进入审核。"))


def bring_seconders(t: Turn, motion: Motion, twin: Motion) -> int:
    """The seconders of a merged twin second this one too, each home still once. Returns how many homes that added."""
    there = set(Second.objects.filter(motion=motion).values_list("home_id", flat=True))
    fresh = [
        Second(
            motion=motion,
            home_id=s.home_id,
            account_id=s.account_id,
            person_id=s.person_id,
            channel=s.channel,
            recorded_by_id=s.recorded_by_id,
            at=s.at,
            came_with=twin,
        )
        for s in Second.objects.filter(motion=twin).order_by("pk")
        if s.home_id not in there
    ]
    Second.objects.bulk_create(fresh)
    _count(t, motion)
    if t.matter.state == "seconding" and motion.second_count >= motion.seconds_needed:
        _reached(t, motion)
    motion.save()
    return len(fresh)


def send_seconders_back(t: Turn, motion: Motion, twin: Motion) -> None:
    """Undo `bring_seconders`. A motion that went on in the meantime stays where it is."""
    Second.objects.filter(motion=motion, came_with=twin).delete()
    _count(t, motion)
    motion.save()


@transaction.atomic
def unsecond(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """Take one's seconding back while it is still looked for. Doing it twice changes nothing."""
    with taking(actor=actor, matter_id=matter_id, now=now, quiet=True) as (t, motion):
        mine = Second.objects.filter(motion=motion, account_id=actor.own_id, came_with=None)
        if mine.exists():
            t.move("unsecond")
            mine.delete()
            _count(t, motion)
            motion.save()
    return t.matter


@transaction.atomic
def adopt(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """A committee, a worker or a survey takes it up without (or before) enough seconders; why is public."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        fresh = t.matter.state == "draft"
        t.move("adopt", text=text, facts={"seconds": motion.second_count, "needed": motion.seconds_needed})
        motion.submitted_at = motion.submitted_at or now
        if fresh:
            from linli.kernel.matters.orders import receive

            receive(t, "screen")
        to_screening(t, motion)
        motion.save()
        tell_followers(t, lambda: _("已列入审核：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def lapse_due(now: datetime, *, limit: int = 100) -> int:
    """End the search for seconders where its days are over; returns how many ended. Whoever raised it is told how many were missing."""
    due = Motion.objects.filter(seconds_due_at__lte=now, matter__state="seconding").order_by("seconds_due_at")
    house = system("seconding")
    ended = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic(), taking(actor=house, matter_id=pk, now=now) as (t, motion):
            if t.matter.state != "seconding" or motion.seconds_due_at is None or motion.seconds_due_at > now:
                continue
            t.move("lapse", facts={"seconds": motion.second_count, "needed": motion.seconds_needed})
            close_orders(t, state="recalled")
            motion.seconds_due_at, t.matter.closed_at = None, now
            motion.save()
            _tell_lapsed(t, motion.seconds_needed - motion.second_count)
            ended += 1
    return ended


def _tell_lapsed(t: Turn, missing: int) -> None:
    tell_followers(
        t,
        lambda: _("附议期满：%(title)s") % {"title": t.matter.public_title},
        lambda: _("还差 %(n)s 户。可以改一改再提，或请业委会、社区直接列入。") % {"n": missing},
    )
