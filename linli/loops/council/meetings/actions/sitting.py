"""Acting on a meeting: `linli.kernel.matters.held`, with what only a meeting has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.held import Held, Kind, holding
from linli.loops.council.meetings import live, rules
from linli.loops.council.meetings.models import AgendaItem, Attendee, Line, Meeting, State
from linli.loops.council.meetings.reading import may_read

SELF = frozenset({"meeting.sign_in", "meeting.speak", "meeting.raise_hand"})


@dataclass
class Sitting(Held[Meeting, Line]):
    """A locked meeting for the time of one act."""

    kind = Kind(
        name="meeting",
        model=Meeting,
        line=Line,
        may_read=may_read,
        why_not=rules.why_not,
        missing=gettext_lazy("没有找到这次会议。"),
        changed=gettext_lazy("您打开以后，别人改过这份会议安排。请看看新的内容再改。"),
        related=("place", "current"),
    )

    @property
    def meeting(self) -> Meeting:
        return self.thing

    def record(self, verb: str, item: AgendaItem | None = None, **facts: Any) -> None:
        """One line of the record, of an item of the agenda where it is about one; facts are plain values."""
        self.write(verb, facts, item=item)

    def me(self) -> Attendee:
        """The actor's own row, when they are present. Raises Refused otherwise."""
        found = mine(self.meeting, self.actor)
        if found is None or not found.present:
            raise Refused("not_present", _("请先签到，再发言或举手。"), turn_to=_("不会签到的，请现场工作人员代为登记。"))
        return found

    def present(self, attendee_id: int) -> Attendee:
        found = Attendee.objects.filter(meeting=self.meeting, pk=attendee_id).first()
        if found is None:
            raise NotFound("no_attendee", _("名册上没有这个人。"))
        if not found.present or found.present == "proxy":
            raise Refused("not_present", _("%(name)s现在不在会上，请先登记签到。") % {"name": found.name})
        return found

    def item(self, item_id: int) -> AgendaItem:
        found = AgendaItem.objects.filter(meeting=self.meeting, pk=item_id).first()
        if found is None:
            raise NotFound("no_item", _("议程里没有这个议题。"))
        return found


def mine(meeting: Meeting, actor: Actor) -> Attendee | None:
    """The actor's row on the register, by account or by the person behind it."""
    if actor.account_id is None:
        return None
    rows = Attendee.objects.filter(meeting=meeting)
    found = rows.filter(account_id=actor.account_id).first()
    if found is None and actor.person_id is not None:
        found = rows.filter(person_id=actor.person_id).first()
    return found


def own(meeting: Meeting, actor: Actor) -> bool:
    """Does the actor chair or record this meeting (or only act for themselves)?"""
    return actor.account_id is not None and actor.account_id in (meeting.chair_id, meeting.recorder_id)


@contextmanager
def sitting(actor: Actor, meeting_id: int, verb: str, now: datetime, *, permission: str, once: str = "") -> Iterator[Sitting]:
    """
    Lock the meeting and let the body change it; `verb` is looked up in `rules.ALLOWED`.

    Raises NotFound, NotAllowed, or Refused when the meeting is not where `verb` may be done.
    """

    def itself(meeting: Meeting) -> bool:
        return permission in SELF or own(meeting, actor)

    with holding(Sitting, actor, meeting_id, verb, now, permission=permission, own=itself, once=once) as act:
        meeting = act.meeting
        early = verb in ("sign_in", "proxy") and meeting.state == State.NOTICED and now < meeting.starts_at - rules.SIGN_IN_BEFORE
        if early and not act.repeated:
            start = (meeting.starts_at - rules.SIGN_IN_BEFORE).astimezone(ZONE)
            raise Refused("too_early", _("签到从开会前一小时开始，%(when)s 以后再来。") % {"when": f"{start:%m-%d %H:%M}"})
        yield act
        if act.touched:
            transaction.on_commit(lambda: live.forget(meeting.pk))
