"""Decisions and tasks, noted as they happen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.matters.clock import ZONE
from linli.lib.texts import clean
from linli.loops.council.meetings.actions.running import RUN
from linli.loops.council.meetings.actions.sitting import sitting
from linli.loops.council.meetings.models import Outcome
from linli.loops.council.meetings.queries import quorum_of


def note(
    *,
    actor: Actor,
    meeting_id: int,
    text: str,
    now: datetime,
    kind: str = Outcome.Kind.DECISION,
    owner: str = "",
    due_on: date | None = None,
    item_id: int | None = None,
    once: str = "",
) -> Outcome:
    """
    Note what was agreed, or a task with who does it and until when (risk `agreed_not_done`: no task without both). On the topic under
    discussion unless another is named.
    """
    with sitting(actor, meeting_id, "note", now, permission=RUN, once=once) as act:
        if act.repeated:
            return Outcome.objects.filter(meeting=act.meeting).latest("pk")
        text, owner = clean(text, 500), clean(owner, 60)
        wrong: dict[str, list[Any]] = {}
        if len(text) < 2:
            wrong["text"] = [_("请写清楚定了什么。")]
        if kind not in Outcome.Kind.values:
            wrong["kind"] = [_("请选择是意见还是任务。")]
        if kind == Outcome.Kind.TASK and not owner:
            wrong["owner"] = [_("任务要写明谁来做。")]
        if kind == Outcome.Kind.TASK and due_on is None:
            wrong["due_on"] = [_("任务要写明哪天以前做完。")]
        elif due_on is not None and due_on < now.astimezone(ZONE).date():
            wrong["due_on"] = [_("完成日期不能在今天以前。")]
        if wrong:
            raise Invalid("bad_note", _("有几处要补上。"), fields=wrong)
        item = act.item(item_id) if item_id else act.meeting.current
        found = Outcome.objects.create(
            meeting=act.meeting, item=item, kind=kind, text=text, owner=owner, due_on=due_on, noted_at=now, noted_by_id=actor.account_id
        )
        quorum = quorum_of(act.meeting)
        reached = {} if quorum.reached is not False or act.meeting.ended_at else {"without_quorum": True}
        act.record("note", item, kind=kind, text=text, owner=owner, due=due_on.isoformat() if due_on else "", **reached)
    return found


def strike(*, actor: Actor, meeting_id: int, outcome_id: int, reason: str, now: datetime, once: str = "") -> Outcome:
    """Take back what was noted wrongly; the record keeps that it was noted, and why it was struck."""
    with sitting(actor, meeting_id, "note", now, permission=RUN, once=once) as act:
        found = Outcome.objects.filter(meeting=act.meeting, pk=outcome_id).select_related("item").first()
        if found is None:
            raise NotFound("no_outcome", _("没有找到这条记录。"))
        if found.struck_at is not None:
            return found
        text = clean(reason, 200)
        if len(text) < 2:
            raise Invalid("no_reason", _("请写明为什么划掉。"), fields={"reason": [_("请写明为什么划掉。")]})
        found.struck_at = now
        found.save(update_fields=["struck_at"])
        act.record("strike", found.item, text=found.text, reason=text)
    return found
