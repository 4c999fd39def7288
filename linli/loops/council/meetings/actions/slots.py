"""When to meet: slots are offered, residents say when they can come, themselves or through a worker, one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.people.models import Person
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.council.meetings import rules
from linli.loops.council.meetings.models import Body, Slot, SlotAnswer, SlotPoll
from linli.loops.council.meetings.slot_queries import is_working_day
from linli.web.words import date_long

MOST_SLOTS = 20


@transaction.atomic
def open_poll(
    *,
    actor: Actor,
    place: Place,
    body: str,
    title: str,
    slots: Sequence[tuple[datetime, datetime]],
    closes_at: datetime,
    now: datetime,
) -> SlotPoll:
    """
    Offer slots. At least one must be outside working hours, so that people with a job can come (risk `working_hour_only`).

    Raises Invalid naming what to mend.
    """
    table.require(actor, "meeting.plan", place.path)
    wrong: dict[str, list[Any]] = {}
    title = clean(title, 80)
    if not title:
        wrong["title"] = [_("请写为什么事开会。")]
    if body not in Body.values:
        wrong["body"] = [_("请选择是什么会。")]
    distinct = sorted(set(slots))
    if not 2 <= len(distinct) <= MOST_SLOTS:
        wrong["slots"] = [_("请给出 2 到 %(n)s 个时间，供大家选。") % {"n": MOST_SLOTS}]
    elif any(a >= b or a <= now for a, b in distinct):
        wrong["slots"] = [_("时间都要在现在以后，结束要在开始以后。")]
    elif not any(rules.out_of_hours(a.astimezone(ZONE).date(), a.astimezone(ZONE).time(), is_working_day) for a, _b in distinct):
        wrong["slots"] = [_("至少要有一个晚上或休息日的时间，上班的人才来得了。")]
    if not now < closes_at or (distinct and closes_at > distinct[-1][0]):
        wrong["closes_at"] = [_("截止时间要在现在以后、最后一个开会时间以前。")]
    if wrong:
        raise Invalid("bad_poll", _("有几处要改一改。"), fields=wrong)
    poll = SlotPoll.objects.create(
        place=place, place_path=place.path, body=body, title=title, closes_at=closes_at, created_at=now, created_by_id=actor.account_id
    )
    Slot.objects.bulk_create(Slot(poll=poll, starts_at=a, ends_at=b) for a, b in distinct)
    return poll


def proposed(now: datetime, days: int = 10) -> list[tuple[datetime, datetime]]:
    """Evenings and free days from three days on, for the planner to tick."""
    first = (now + timedelta(days=3)).astimezone(ZONE).date()
    found = rules.proposed_slots(first, days, is_working_day)
    return [(datetime.combine(on, a, ZONE), datetime.combine(on, b, ZONE)) for on, a, b in found][:MOST_SLOTS]


@transaction.atomic
def answer(*, actor: Actor, poll_id: int, slot_ids: Sequence[int], now: datetime, person_id: int | None = None) -> SlotAnswer:
    """
    Say when one can come; no slot means that none suits. A worker answers for a person of the roster. Answering again replaces it.

    Raises Refused when it is closed, or for somebody who does not live there.
    """
    poll = SlotPoll.objects.select_for_update(of=("self",)).filter(pk=poll_id).first()
    if poll is None:
        raise NotFound("no_poll", _("没有找到这次时间征集。"))
    if person_id is not None and person_id != actor.person_id:
        table.require(actor, "meeting.answer_for", poll.place_path)
        person = person_in_reach(actor, person_id)
    else:
        table.require(actor, "meeting.answer_slot", poll.place_path, own=True)
        found = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
        if found is None:
            raise Refused("no_person", _("您的账号还没有和住户档案对上，请社区工作人员代为登记。"))
        person = found
    if not within(person.home_path, poll.place_path) or not person.home_path:
        raise Refused("lives_elsewhere", _("这次会议由住在本范围的居民选时间。"))
    if poll.closed_at is not None or poll.closes_at <= now:
        raise Refused("closed", _("征集已经截止。"))
    known = list(Slot.objects.filter(poll=poll, pk__in=list(slot_ids)))
    if len(known) != len(set(slot_ids)):
        raise Invalid("bad_slot", _("有的时间不在这次征集里，请重新选。"), fields={"slots": [_("有的时间不在这次征集里，请重新选。")]})
    given, _new = SlotAnswer.objects.update_or_create(
        poll=poll,
        person=person,
        defaults={"home_path": person.home_path, "channel": actor.channel, "by_id": actor.account_id, "at": now},
    )
    given.slots.set(known)
    return given


@transaction.atomic
def choose(*, actor: Actor, poll_id: int, slot_id: int, now: datetime) -> SlotPoll:
    """Take a slot and close the poll. Choosing the same again changes nothing; another is a Conflict."""
    poll = SlotPoll.objects.select_for_update(of=("self",)).filter(pk=poll_id).first()
    if poll is None:
        raise NotFound("no_poll", _("没有找到这次时间征集。"))
    table.require(actor, "meeting.plan", poll.place_path)
    if poll.chosen_id is not None:
        if poll.chosen_id == slot_id:
            return poll
        raise Conflict("chosen", _("别人已经定了时间，请看看现在的结果。"))
    slot = Slot.objects.filter(poll=poll, pk=slot_id).first()
    if slot is None:
        raise NotFound("no_slot", _("没有这个时间。"))
    poll.chosen, poll.closed_at = slot, now
    poll.save(update_fields=["chosen", "closed_at"])
    _tell(poll, slot, now)
    return poll


def _tell(poll: SlotPoll, slot: Slot, now: datetime) -> None:
    """Whoever said when they could come learns which time it is; whoever could at none is told too, so that they may take part otherwise."""
    answered = Person.objects.filter(pk__in=SlotAnswer.objects.filter(poll=poll).values("person"), erased_at=None)
    send(
        [Addressee(person=p) for p in answered],
        key=f"meeting:slot:{poll.pk}",
        title=lambda: _("开会时间定了：%(title)s") % {"title": poll.title},
        body=lambda: (
            _("定在%(when)s，%(place)s。会议通知发出后，地点和议程以通知为准；来不了的可以线上参加，或者把意见告诉社区工作人员。")
            % {"when": date_long(slot.starts_at), "place": poll.place.name}
        ),
        address=f"/meetings/slots/{poll.pk}/",
        about=f"slot poll {poll.pk}",
        place_path=poll.place_path,
        now=now,
    )
