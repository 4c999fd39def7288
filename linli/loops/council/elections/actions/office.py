"""In office: roles, vacancies filled by alternates, handing over with proof, filing, the end of the term and its reminder."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import Words
from linli.kernel.files.actions import Readable, store_paper
from linli.kernel.matters.clock import ZONE
from linli.kernel.notices.actions import Addressee, send
from linli.lib.texts import clean
from linli.loops.council.elections import rules
from linli.loops.council.elections.actions.acting import Acting, acting
from linli.loops.council.elections.models import Election, Seat, State, Task
from linli.loops.council.elections.wording import PATTERN
from linli.web.words import day

MOVED_UP = gettext_noop("递补为委员")
TERM_OVER = gettext_noop("任期届满")


def _seat(act: Acting, seat_id: int) -> Seat:
    found = Seat.objects.select_related("candidate__person").filter(election=act.election, pk=seat_id, until_on=None).first()
    if found is None:
        raise NotFound("no_seat", _("没有这位在任的成员。"))
    return found


def vacate(*, actor: Actor, election_id: int, seat_id: int, reason: str, now: datetime, once: str = "") -> Seat | None:
    """
    A member leaves (moved away, resigned, no longer an owner); the first alternate moves up, in public. Returns the seat that was filled;
    None when nobody stands by: then a by-election is due. Raises Invalid without a reason.
    """
    with acting(actor, election_id, "vacate", now, permission="election.plan", once=once) as act:
        if act.repeated:
            return None
        seat = _seat(act, seat_id)
        why = needed(reason, "reason", _("请写明为什么空缺，大家都能看到。"), 200)
        today = now.astimezone(ZONE).date()
        seat.until_on, seat.why_ended = today, why
        seat.save()
        act.record("vacate", name=seat.candidate.name, reason=why)
        if seat.kind == Seat.Kind.ALTERNATE:
            return None
        standing_by = Seat.objects.filter(election=act.election, kind=Seat.Kind.ALTERNATE, until_on=None).order_by("order")
        first = standing_by.select_related("candidate__person").first()
        if first is None:
            act.publish(
                lambda: (
                    _("%(title)s：出现空缺") % {"title": act.election.title},
                    _("%(name)s不再任职（%(why)s），没有候补，需要补选。") % {"name": seat.candidate.name, "why": why},
                ),
                lambda: PATTERN.of(act.election, "vacancy"),
            )
            return None
        first.until_on, first.why_ended = today, MOVED_UP
        first.save()
        filled = Seat.objects.create(
            election=act.election, candidate=first.candidate, kind=Seat.Kind.MEMBER, order=seat.order, since_on=today
        )
        names = {"old": seat.candidate.name, "why": why, "new": first.candidate.name}
        act.publish(
            lambda: (
                _("%(title)s：候补递补") % {"title": act.election.title},
                _("%(old)s不再任职（%(why)s），由候补%(new)s递补。变更请在三十日内备案。") % names,
            ),
            lambda: PATTERN.of(act.election, "moved_up"),
        )
        act.record("move_up", name=first.candidate.name)
        act.tell([first.candidate], f"move_up:{filled.pk}", lambda: _("您递补为委员"), lambda: _("请看公告。"))
    return filled


def set_role(*, actor: Actor, election_id: int, seat_id: int, role: str, now: datetime) -> Seat:
    """Write down who chairs, as the committee chose in its first meeting."""
    with acting(actor, election_id, "role", now, permission="election.plan") as act:
        seat = _seat(act, seat_id)
        seat.role = clean(role, 30)
        seat.save(update_fields=["role"])
        act.record("role", name=seat.candidate.name, role=seat.role)
    return seat


def record_filing(*, actor: Actor, election_id: int, number: str, on: date, filed_with: str, now: datetime, once: str = "") -> Election:
    """The committee was filed (备案): its number, the day, with whom. Raises Invalid."""
    with acting(actor, election_id, "file", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        if on > now.astimezone(ZONE).date():
            words = _("备案日期不能在今天以后。")
            raise Invalid("bad_day", words, fields={"on": [words]})
        election.filing_number = needed(number, "number", _("请写备案号。"), 60)
        election.filed_with = needed(filed_with, "filed_with", _("请写向哪里备案。"), 80)
        election.filed_on = on
        act.record("file", number=election.filing_number)
    return election


def add_task(*, actor: Actor, election_id: int, title: str, due_on: date, now: datetime, owner: str = "", once: str = "") -> Task | None:
    """One more thing to be handed over."""
    with acting(actor, election_id, "task", now, permission="election.plan", once=once) as act:
        if act.repeated:
            return None
        made = Task.objects.create(
            election=act.election,
            code="own",
            title=needed(title, "title", _("请写要办什么。"), 120),
            owner=clean(owner, 60),
            due_on=due_on,
        )
        act.record("task_added", title=made.title)
    return made


def finish_task(
    *,
    actor: Actor,
    election_id: int,
    task_id: int,
    text: str,
    now: datetime,
    owner: str = "",
    upload: Readable | None = None,
    name: str = "",
    once: str = "",
) -> Task:
    """A task is done, with what shows it: a picture of the signed list, or where it lies. Raises Invalid without words."""
    with acting(actor, election_id, "task", now, permission="election.plan", once=once) as act:
        task = Task.objects.filter(election=act.election, pk=task_id).first()
        if task is None:
            raise NotFound("no_task", _("没有这项任务。"))
        if act.repeated or task.done_at is not None:
            return task
        task.done_text = needed(text, "text", _("请写明交了什么、谁交给谁、清单在哪里。"))
        task.owner = clean(owner, 60) or task.owner
        task.done_at, task.done_by = now, actor.name[:60]
        task.proof = store_paper(actor=actor, upload=upload, name=name, now=now) if upload else None
        task.save()
        act.record("task_done", title=task.title, late=now.astimezone(ZONE).date() > task.due_on)
    return task


def end_term(*, actor: Actor, election_id: int, now: datetime, once: str = "") -> Election:
    """The term is over, or the next committee took over: everybody's seat ends today."""
    with acting(actor, election_id, "end_term", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        today = now.astimezone(ZONE).date()
        follower = Election.objects.filter(follows=election, state=State.IN_OFFICE).exists()
        if election.term_until is not None and today < election.term_until and not follower:
            raise Refused("not_over", _("任期到%(day)s，新一届还没有产生。") % {"day": day(election.term_until)})
        Seat.objects.filter(election=election, until_on=None).update(until_on=today, why_ended=TERM_OVER)
        election.state = State.ENDED
        act.record("end_term")
    return election


def warn_due(now: datetime, *, limit: int = 50) -> int:
    """Tell whoever planned the election of handing over that is overdue, of filing not done, and that the next election is due. Returns how many."""
    return _warn_tasks(now, limit) + _remind(now, limit)


def _warn_tasks(now: datetime, limit: int) -> int:
    today = now.astimezone(ZONE).date()
    late = list(Task.objects.filter(done_at=None, warned_at=None, due_on__lt=today).select_related("election").order_by("due_on")[:limit])
    for task in late:
        _warn_of(task, now)
    Task.objects.filter(pk__in=[t.pk for t in late]).update(warned_at=now)
    return len(late)


def _warn_of(task: Task, now: datetime) -> None:
    election = task.election
    _send(
        election,
        f"task:{task.pk}",
        lambda: _("交接超期：%(title)s") % {"title": task.title},
        lambda: _("%(election)s：应在%(day)s以前办完，还没有登记。") % {"election": election.title, "day": day(task.due_on)},
        now,
    )


def _remind(now: datetime, limit: int) -> int:
    today = now.astimezone(ZONE).date()
    rows = Election.objects.filter(state=State.IN_OFFICE, reminded_at=None, term_until__isnull=False).exclude(followed_by__isnull=False)
    due = [e for e in rows.order_by("term_until")[:limit] if rules.is_due(e.term_until, today, e.remind_months)]
    for election in due:
        with acting(system("elections"), election.pk, "remind", now, permission="election.plan") as act:
            act.election.reminded_at = now
            act.record("remind", until=str(election.term_until))
            _remind_of(election, now)
    return len(due)


def _remind_of(election: Election, now: datetime) -> None:
    until = election.term_until
    _send(
        election,
        f"remind:{election.pk}",
        lambda: _("该准备换届了：%(title)s") % {"title": election.title},
        lambda: _("任期到%(day)s，请报告并着手准备下一届选举。") % {"day": day(until)},
        now,
    )


def _send(election: Election, key: str, title: Words, body: Words, now: datetime) -> None:
    if election.created_by_id is None:
        return
    send(
        [Addressee(account_id=election.created_by_id)],
        key=f"election:{key}",
        title=title,
        body=body,
        address=f"/desk/elections/{election.pk}/",
        about=f"election {election.pk}",
        place_path=election.place_path,
        now=now,
    )
