"""Carrying a resolution out: tasks with owner, day and money; progress in public; residents accept the work and judge it; others learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter, Party, Rating, WorkOrder
from linli.kernel.matters.orders import close_orders, finish_order, open_order, open_order_until
from linli.kernel.matters.turn import Turn
from linli.kernel.people.models import Person
from linli.lib.masking import scrub
from linli.lib.texts import clean, tokens_for_index
from linli.loops.council.motions import publishing
from linli.loops.council.motions.actions.deciding import archive_number
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.models import Case, Decision, Motion, Opinion, Second, Supervisor, Task
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import end_of_day, judged
from linli.loops.council.motions.standing import home_of_person
from linli.loops.council.motions.tell import tell_followers


@transaction.atomic
def add_task(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    text: str,
    unit: Unit | None,
    due_on: date | None,
    budget_line: str = "",
    budget_fen: int | None = None,
    seen: int | None = None,
) -> Task:
    """
    One thing to be done: by which unit, by which day, from which budget line with how much (fen). The unit finds it in its inbox, is warned
    at half, at four fifths and on the day, and its superior too.

    Raises Invalid for a day that is past or more than three years away, or a negative amount.
    """
    today = now.astimezone(ZONE).date()
    wrong: dict[str, list[Any]] = {}
    if due_on is None or not 0 <= (due_on - today).days <= 3 * 366:
        wrong["due_on"] = [_("请选择今天起三年之内的日期。")]
    if budget_fen is not None and budget_fen < 0:
        wrong["budget"] = [_("金额不能小于零。")]
    title = clean(text, 121)
    if not title or len(title) > 120:
        wrong["text"] = [_("请用一句话写明做什么，最多 120 个字。")]
    if unit is None:
        wrong["unit"] = [_("请选择由谁做。")]
    if wrong:
        raise Invalid("bad_task", _("任务还要补一补。"), fields=wrong)
    assert unit is not None
    assert due_on is not None
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        number = Task.objects.filter(motion=motion).count() + 1
        t.move("add_task", text=title, unit=unit, due_on=due_on, facts={"task": number, "unit": unit.name, "due_on": due_on.isoformat()})
        order = open_order_until(t, unit, WorkOrder.Task.CARRY_OUT, "carry_out", end_of_day(due_on), gettext_noop("决议任务的完成日"))
        task = Task.objects.create(
            motion=motion,
            number=number,
            title=title,
            unit=unit,
            order=order,
            due_on=due_on,
            budget_line=clean(budget_line, 80),
            budget_fen=budget_fen,
        )
    return task


@transaction.atomic
def progress(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    text: str,
    task: int | None = None,
    files: Sequence[StoredFile] = (),
    seen: int | None = None,
) -> Matter:
    """Say in public how far it is, with pictures, on the board too where the road asks for it; whoever seconded it is told."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("progress", text=text, files=files, facts={"task": task} if task else {})
        if publishing.asks_for(motion, "progress"):
            named = Task.objects.filter(motion=motion, number=task).values_list("title", flat=True).first() if task else ""
            publishing.progress(t, text=text, task=named or "")
        tell_followers(t, lambda: _("新进展：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def finish_task(
    *,
    actor: Actor,
    matter_id: int,
    task: int,
    now: datetime,
    text: str,
    spent_fen: int | None = None,
    files: Sequence[StoredFile] = (),
    seen: int | None = None,
) -> Task:
    """A task is done: what was done and what was spent. Late ones stay marked late. Raises Refused when it was done before."""
    if spent_fen is not None and spent_fen < 0:
        raise Invalid("bad_amount", _("金额不能小于零。"), fields={"spent": [_("金额不能小于零。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        found = Task.objects.select_related("order", "unit").filter(motion=motion, number=task).first()
        if found is None:
            raise Invalid("no_task", _("没有这项任务。"))
        if found.done_at is not None:
            raise Refused("task_done", _("这项任务已经登记完成。"))
        order = next(o for o in t.orders if o.pk == found.order_id)
        late = bool(order.due_at and now > order.due_at)
        t.move("finish_task", text=text, files=files, facts={"task": task, "late": late})
        finish_order(t, order, answer=text)
        found.done_at, found.outcome, found.spent_fen = now, text, spent_fen
        found.save(update_fields=["done_at", "outcome", "spent_fen"])
    return found


@transaction.atomic
def appoint(*, actor: Actor, matter_id: int, person: Person, now: datetime, seen: int | None = None) -> Supervisor:
    """Appoint a resident to watch the work. Not whoever decides or works on it; they must live or own here. Raises Refused."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        if home_of_person(person, t.matter.place, now) is None:
            raise Refused("no_home_here", _("监督员要住在这里，或者是这里的业主。"))
        known = Supervisor.objects.filter(motion=motion, person=person, until_at=None).first()
        if known:
            return known
        t.move("appoint", facts={"supervisors": Supervisor.objects.filter(motion=motion, until_at=None).count() + 1})
        made = Supervisor.objects.create(motion=motion, person=person, account_id=person.account_id, since_at=now)
    return made


@transaction.atomic
def deliver(*, actor: Actor, matter_id: int, now: datetime, text: str, files: Sequence[StoredFile] = (), seen: int | None = None) -> Matter:
    """
    All tasks are done: the supervisors are asked to accept. On a road without acceptance the residents are asked to rate at once.

    Raises Refused("tasks_open" | "no_tasks" | "no_supervisors").
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        tasks = list(Task.objects.filter(motion=motion))
        road = road_of(motion)
        if not tasks:
            raise Refused("no_tasks", _("还没有分配任务：没有人做的决议不能算办完。"), rule=_("议题从提出到反馈要走完全程"))
        if any(task.done_at is None for task in tasks):
            n = sum(task.done_at is None for task in tasks)
            raise Refused("tasks_open", ngettext("还有 %(n)s 项任务没有完成。", "还有 %(n)s 项任务没有完成。", n) % {"n": n})
        watched = road.has("accept")
        if watched and not Supervisor.objects.filter(motion=motion, until_at=None).exists():
            raise Refused("no_supervisors", _("请先推选居民监督员，再交付验收。"))
        t.move("deliver", text=text, files=files)
        motion.step = road.next_of("accept" if watched else "rate", 0) or motion.step
        close_orders(t, ["prepare"])
        if not watched:
            _ask_to_rate(t, motion)
        motion.save()
        tell_followers(t, lambda: _("已交付：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def give_opinion(
    *, actor: Actor, matter_id: int, now: datetime, accepts: bool | None, text: str = "", person: Person | None = None, channel: str = ""
) -> Matter:
    """
    A supervisor accepts the work or not, by themselves or (recorded by staff) by phone or on paper. When all have spoken and more than half
    accept it is accepted; as soon as half do not, it goes back, with what was said.

    Raises Refused for whoever is no supervisor or has spoken in this round; Invalid for a refusal without a reason.
    """
    text = clean(text, 1000)
    if accepts is None or (accepts is False and not text):
        raise Invalid("missing", _("请选择是否通过；不通过的请写明哪里不行。"), fields={"text": [_("请写明哪里不行。")]})
    with taking(actor=actor, matter_id=matter_id, now=now) as (t, motion):
        mine = Supervisor.objects.filter(motion=motion, until_at=None)
        me = mine.filter(person=person).first() if person else mine.filter(account_id=actor.own_id).first()
        if person is not None:
            t.require("motion.opinion_for")
        if me is None:
            raise Refused("not_supervisor", _("只有推选出来的居民监督员可以验收。"))
        if Opinion.objects.filter(supervisor=me, round=motion.round).exists():
            raise Refused("already_spoken", _("这一轮您已经给过意见了。"))
        t.move("accept_work", text=text, facts={"accepts": accepts})
        Opinion.objects.create(
            supervisor=me,
            round=motion.round,
            accepts=accepts,
            text=text,
            channel=channel or actor.channel,
            recorded_by_id=actor.account_id if person else None,
            at=now,
        )
        _weigh_opinions(t, motion)
        motion.save()
    return t.matter


def _weigh_opinions(t: Turn, motion: Motion) -> None:
    said = {o.supervisor_id: o.accepts for o in Opinion.objects.filter(supervisor__motion=motion, round=motion.round)}
    watching = Supervisor.objects.filter(motion=motion, until_at=None).order_by("pk").values_list("pk", flat=True)
    come_to = judged([said.get(pk) for pk in watching])
    if come_to is None:
        return
    if come_to:
        motion.step = road_of(motion).next_of("rate", 0) or motion.step
        _ask_to_rate(t, motion)
        tell_followers(t, lambda: _("验收通过：%(title)s") % {"title": t.matter.public_title}, lambda: _("请说说您满不满意。"))
        return
    _to(t, "send_back", "carrying")
    motion.round += 1
    motion.step = road_of(motion).next_of("carry_out", 0) or motion.step
    if t.matter.holder:
        open_order(t, t.matter.holder, "prepare")
    tell_followers(t, lambda: _("验收未通过，退回整改：%(title)s") % {"title": t.matter.public_title}, "")


def _to(t: Turn, verb: str, code: str) -> None:
    """By rule, what the residents' own opinions lead to."""
    before, state = t.matter.state, t.workflow.by_code[code]
    t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
    t.say(verb, facts={"from": before, "to": code, "by_rule": True})


def _ask_to_rate(t: Turn, motion: Motion) -> None:
    _to(t, "pass_work", "rating")
    t.matter.resolved_at = t.now
    t.start("follow_up")
    if t.matter.holder:
        open_order(t, t.matter.holder, "follow_up")


@transaction.atomic
def rate(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    satisfied: bool | None,
    comment: str = "",
    solved: bool | None = None,
    person: Person | None = None,
    channel: str = "",
) -> Matter:
    """
    Whoever raised or seconded it says whether it was done as decided and whether they are satisfied; staff record what a caller says.

    Raises Invalid without an answer, Refused for others and for a second answer.
    """
    if satisfied is None:
        raise Invalid("no_answer", _("请选择满意或不满意。"), fields={"satisfied": [_("请选择。")]})
    comment = clean(comment, 1000)
    with taking(actor=actor, matter_id=matter_id, now=now, quiet=True) as (t, motion):
        account_id, person_id = (person.account_id, person.pk) if person else (actor.account_id, actor.person_id)
        if person is not None:
            t.require("motion.rate_for")
        if not _took_part(motion, account_id, person_id):
            raise Refused("not_a_party", _("提出和附议过的居民可以评价。"))
        mine = Rating.objects.filter(matter=t.matter, outcome="rated")
        if (account_id and mine.filter(account_id=account_id).exists()) or (person_id and mine.filter(person_id=person_id).exists()):
            raise Refused("already_rated", _("您已经评价过了。"))
        t.move("rate", text=comment, facts={"satisfied": satisfied, "solved": solved})
        Rating.objects.create(
            matter=t.matter,
            round=0,
            account_id=account_id,
            person_id=person_id,
            solved=solved,
            satisfied=satisfied,
            comment=comment,
            channel=channel or actor.channel,
            recorded_by_id=actor.account_id if person else None,
            at=now,
        )
    return t.matter


def _took_part(motion: Motion, account_id: int | None, person_id: int | None) -> bool:
    parties = Party.objects.filter(matter_id=motion.pk).exclude(role=Party.Role.RECORDER)
    seconds = Second.objects.filter(motion=motion)
    return any(
        (account_id and rows.filter(account_id=account_id).exists()) or (person_id and rows.filter(person_id=person_id).exists())
        for rows in (parties, seconds)
    )


@transaction.atomic
def close(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Close it and publish what came of it. Raises Refused while nobody was asked: silence is not satisfaction."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.require("motion.close")
        ratings = list(Rating.objects.filter(matter=t.matter))
        if not ratings:
            raise Refused("not_asked", _("还没有人评价。请先请提出和附议的居民评价，或打电话回访。"))
        t.move("close", text=text, facts={"rated": len(ratings), "satisfied": sum(r.satisfied is True for r in ratings)})
        t.matter.closed_at = now
        motion.step = len(road_of(motion).steps) - 1
        close_orders(t)
        motion.archive_number = archive_number(motion, t)
        motion.save()
        if publishing.asks_for(motion, "outcome"):
            tasks = Task.objects.filter(motion=motion).select_related("unit")
            done = [f"{task.number}. {task.title}（{task.unit.name}）：{scrub(task.outcome, named=True).text}" for task in tasks]
            publishing.outcome(t, tasks=done, asked=len(ratings), satisfied=sum(r.satisfied is True for r in ratings))
    return t.matter


@transaction.atomic
def publish_case(
    *, actor: Actor, matter_id: int, now: datetime, title: str, situation: str, done: str, lessons: str = "", seen: int | None = None
) -> Case:
    """
    Put it into the case library, without names: telephone and other numbers are taken out by the house, names by whoever writes it.

    Raises Invalid for an empty part; Refused when it is there already.
    """
    words = {"title": clean(title, 80), "situation": clean(situation, 4000), "done": clean(done, 4000), "lessons": clean(lessons, 4000)}
    wrong = {name: [_("请填写这一项。")] for name in ("title", "situation", "done") if not words[name]}
    if wrong:
        raise Invalid("bad_case", _("案例还要补一补。"), fields=wrong)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        if Case.objects.filter(motion=motion).exists():
            raise Refused("case_there", _("这个议题已经编入案例库。"))
        t.move("publish_case")
        safe = {name: scrub(text).text for name, text in words.items()}
        made = Case.objects.create(
            motion=motion,
            **safe,
            topic=motion.topic,
            figures=_case_figures(motion),
            words=f" {tokens_for_index(' '.join(safe.values()))} ",
            published_at=now,
            published_by_id=actor.account_id,
        )
    return made


def _case_figures(motion: Motion) -> dict[str, Any]:
    """What a reader of a case wants to know in numbers: homes, seconders, days, money, satisfaction."""
    matter = motion.matter
    decision = Decision.objects.filter(motion=motion, annulled_at=None).order_by("-pk").first()
    tasks = list(Task.objects.filter(motion=motion))
    ratings = list(Rating.objects.filter(matter=matter, outcome="rated"))
    return {
        "homes": motion.home_count,
        "seconders": motion.second_count,
        "days": (matter.updated_at - matter.raised_at).days,
        "passed": decision.passed if decision else None,
        "budget_fen": sum(task.budget_fen or 0 for task in tasks),
        "spent_fen": sum(task.spent_fen or 0 for task in tasks),
        "rated": len(ratings),
        "satisfied": sum(r.satisfied is True for r in ratings),
    }
