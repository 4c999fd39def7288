"""Decisions and tasks, noted as they happen; tasks seen through afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.matters.clock import ZONE
from linli.kernel.notices.actions import Addressee, send
from linli.lib.texts import clean
from linli.loops.council.meetings.actions.running import RUN
from linli.loops.council.meetings.actions.sitting import sitting
from linli.loops.council.meetings.models import Outcome
from linli.loops.council.meetings.queries import quorum_of
from linli.web.words import day


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


def finish_task(*, actor: Actor, meeting_id: int, outcome_id: int, text: str, now: datetime, once: str = "") -> Outcome:
    """
    A task of the meeting is done, with what came of it, which everybody reads who reads the meeting; also long after the minutes were published. A
    second time changes nothing. Raises NotFound for what is no task of it, Invalid without words.
    """
    with sitting(actor, meeting_id, "task_done", now, permission=RUN, once=once) as act:
        found = (
            Outcome.objects.select_related("item")
            .filter(meeting=act.meeting, pk=outcome_id, kind=Outcome.Kind.TASK, struck_at=None)
            .first()
        )
        if found is None:
            raise NotFound("no_outcome", _("没有找到这项任务。"))
        if found.done_at is not None:
            return found
        found.done_text = needed(text, "text", _("请写明办成了什么，大家都能看到。"), 300)
        found.done_at, found.done_by = now, actor.name[:60]
        found.save(update_fields=["done_text", "done_at", "done_by"])
        late = found.due_on is not None and now.astimezone(ZONE).date() > found.due_on
        act.record("task_done", found.item, text=found.text, said=found.done_text, late=late)
    return found


def warn_late(now: datetime, *, limit: int = 50) -> int:
    """Tell whoever noted a task that its day has passed and nobody said it is done; once a task. Returns how many."""
    today = now.astimezone(ZONE).date()
    open_tasks = Outcome.objects.filter(kind=Outcome.Kind.TASK, done_at=None, struck_at=None, warned_at=None, due_on__lt=today)
    late = list(open_tasks.select_related("meeting").order_by("due_on", "pk")[:limit])
    for task in late:
        _warn(task, now)
    return len(late)


@transaction.atomic
def _warn(task: Outcome, now: datetime) -> None:
    if not Outcome.objects.filter(pk=task.pk, warned_at=None).update(warned_at=now):
        return  # another worker was quicker
    to = task.noted_by_id or task.meeting.created_by_id
    if to is None:
        return
    send(
        [Addressee(account_id=to)],
        key=f"meeting:task:{task.pk}",
        title=lambda: _("会议定的任务超期了：%(text)s") % {"text": task.text[:60]},
        body=lambda: (
            _("%(meeting)s定下，由%(owner)s在%(day)s前完成，还没有登记办完。办完了请登记，没办完请问一问、告诉大家。")
            % {"meeting": task.meeting.title, "owner": task.owner, "day": day(task.due_on)}
        ),
        address=f"/desk/meetings/{task.meeting_id}/",
        about=f"meeting {task.meeting_id}",
        place_path=task.meeting.place_path,
        now=now,
    )
