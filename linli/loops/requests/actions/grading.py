"""How difficult a request is, said anew with a reason, and the plan that a difficult one is owed (service_levels.yaml need_complex_plan)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters import promises
from linli.kernel.matters.clock import CLOSE_OF_DAY, ZONE
from linli.kernel.matters.models import Entry, Grade, Matter
from linli.kernel.matters.turn import Turn, turn
from linli.loops.requests.actions.dispatch import set_grade
from linli.loops.requests.tell import tell_parties
from linli.web.words import day

PLAN_MOST_DAYS = 366
BY_PLAN = gettext_noop("方案写明的日期")


@transaction.atomic
def regrade(*, actor: Actor, matter_id: int, now: datetime, grade: str, text: str, seen: int | None = None) -> Matter:
    """
    Grade a request anew, publicly and with the reason. What is promised from now on is that of the new grade, counted from when the
    work began; a promise that was already overdue stays overdue in the record (see `promises.renew`).

    Raises Refused when it has that grade already, Invalid for an unknown one.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        before = t.matter.grade
        set_grade(t, grade)
        t.move("regrade", text=text, grade=grade, facts={"grade_from": before, "grade": grade})
        if grade == before:
            raise Refused("same_grade", _("这件事已经是“%(grade)s”。") % {"grade": Grade(grade).label})
        owed = ("resolve",) if _has_plan(t) else ("plan", "resolve")
        t.renew(*owed, since=_began(t))
        label = Grade(grade).label
        tell_parties(t, lambda: _("定为%(grade)s事项：%(title)s") % {"grade": label, "title": t.matter.public_title}, text)
    return t.matter


def _has_plan(t: Turn) -> bool:
    return Entry.objects.filter(matter=t.matter, verb="plan", at__gte=_began(t)).exists()


def _began(t: Turn) -> datetime:
    """When the work on this round began: at the acceptance, or when it was taken up again."""
    again = Entry.objects.filter(matter=t.matter, verb="reopen").order_by("-seq").values_list("at", flat=True).first()
    return again or t.matter.accepted_at or t.matter.raised_at


@transaction.atomic
def plan(*, actor: Actor, matter_id: int, now: datetime, text: str, done_on: date, seen: int | None = None) -> Matter:
    """
    Say how it will be solved and by which day, publicly: what a complex request is owed within three working days. For a simple one,
    of which a solution or a plan is promised, the plan keeps that promise and its day becomes the promise. No plan moves a day back.

    Raises Invalid for a day that is past, more than a year off, or later than what is promised.
    """
    if not now < _close_of(done_on) <= now + timedelta(days=PLAN_MOST_DAYS):
        raise Invalid("bad_day", _("完成日期应在今天到一年之内。"), fields={"done_on": [_("请选择一年之内的日期。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        if actor.is_system:
            raise Refused("not_a_person", _("自动发出的内容不算方案。"))
        planned = _has_plan(t)
        t.move("plan", text=text, done_on=done_on, facts={"done_on": done_on.isoformat()})
        t.matter.answered_at = t.matter.answered_at or now
        _promise_the_day(t, done_on, planned=planned)
        tell_parties(t, lambda: _("有了方案，%(day)s前办完：%(title)s") % {"day": day(done_on), "title": t.matter.public_title}, text)
    return t.matter


def _close_of(on: date) -> datetime:
    return datetime.combine(on, CLOSE_OF_DAY, tzinfo=ZONE)


def _promise_the_day(t: Turn, done_on: date, *, planned: bool) -> None:
    """
    The day becomes the promise where it comes sooner than the rule's; later only once, for a simple matter, in place of the solution.

    What is overdue already stays so: a plan is welcome, but no new promise.
    """
    end = _close_of(done_on)
    promised = next((c for c in t.clocks if c.subject == "resolve" and c.order_id is None), None)
    if promised is None or promised.due_at is None:
        return
    first_of_simple = t.matter.grade != Grade.COMPLEX and not planned
    latest = promises.due_if(t.matter, "resolve", Grade.COMPLEX, _began(t), t.now) if first_of_simple else promised.due_at
    if latest is not None and latest < t.now:
        return
    if latest is not None and done_on > latest.astimezone(ZONE).date():
        raise Invalid(
            "beyond_promise",
            _("方案的完成日期晚于可以承诺的办结时限。确实办不完，请挂账并公开理由。"),
            fields={"done_on": [_("最晚 %(day)s。") % {"day": day(latest)}]},
        )
    if end == promised.due_at:
        return
    if first_of_simple:
        t.meet("resolve")
    elif end < promised.due_at:
        t.cancel("resolve")
    else:
        return
    t.promise_until(end, "resolve", BY_PLAN)
