"""
The one way to act on a meeting: lock it, ask the table, ask the rules, change, write the record, move its version on.

A form sent twice carries the same mark `once`; the second time `repeated` is true and the action changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.clock import ZONE
from linli.loops.council.meetings import live, rules
from linli.loops.council.meetings.models import AgendaItem, Attendee, Line, Meeting, State
from linli.loops.council.meetings.reading import may_read

SELF = frozenset({"meeting.sign_in", "meeting.speak", "meeting.raise_hand"})


@dataclass
class Sitting:
    """A locked meeting for the time of one act. `touch()` moves the version on without a line; `record` does both."""

    meeting: Meeting
    actor: Actor
    now: datetime
    once: str = ""
    repeated: bool = False
    touched: bool = False
    lines: list[Line] = field(default_factory=list)

    def touch(self) -> None:
        self.touched = True

    def record(self, verb: str, item: AgendaItem | None = None, **facts: Any) -> None:
        """One line of the record; facts are plain values."""
        self.touched = True
        self.meeting.line_count += 1
        self.lines.append(
            Line(
                meeting=self.meeting,
                seq=self.meeting.line_count,
                at=self.now,
                verb=verb,
                who=(self.actor.name or str(_("系统")))[:60],
                account_id=self.actor.account_id,
                channel=self.actor.channel,
                item=item,
                facts=facts,
                once="" if self.lines else self.once,
            )
        )

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
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update(of=("self",)).select_related("place", "current").filter(pk=meeting_id).first()
        if meeting is None or not may_read(actor, meeting):
            raise NotFound("no_meeting", _("没有找到这次会议。"))
        table.require(actor, permission, meeting.place_path, own=permission in SELF or own(meeting, actor))
        act = Sitting(meeting, actor, now, once[:40])
        if act.once and Line.objects.filter(meeting=meeting, once=act.once).exists():
            act.repeated = True
            yield act
            return
        why = rules.why_not(verb, meeting.state)
        if why is not None:
            raise Refused("not_now", why, state=meeting.state)
        if verb in ("sign_in", "proxy") and meeting.state == State.NOTICED and now < meeting.starts_at - rules.SIGN_IN_BEFORE:
            start = (meeting.starts_at - rules.SIGN_IN_BEFORE).astimezone(ZONE)
            raise Refused("too_early", _("签到从开会前一小时开始，%(when)s 以后再来。") % {"when": f"{start:%m-%d %H:%M}"})
        yield act
        if act.touched:
            meeting.version += 1
            meeting.save()
            Line.objects.bulk_create(act.lines)
            transaction.on_commit(lambda: live.forget(meeting.pk))
