"""Judgement: residents rate, or are called and asked; bad ratings reopen; then the matter is looked back on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.matters.models import Entry, Matter, Party, Rating
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.matters.turn import Turn, turn
from linli.lib.texts import clean
from linli.loops.requests.rules import reopens, why_not_rate, why_not_record
from linli.loops.requests.tell import tell_parties

_WHY_NOT = {
    "filed_on_behalf": lambda: _("代为登记的人不能评价，请提出人自己评价，或由别的同事回访。"),
    "not_a_party": lambda: _("只有提出人和也遇到的邻居可以评价。"),
    "already_rated": lambda: _("这一轮您已经评价过了。"),
    "already_said": lambda: _("提出人这一轮已经评价过了，不能再登记一次。"),
    "handled_it": lambda: _("经办人不能登记对自己工作的评价，请由别的同事回访。"),
}


def _refuse(code: str | None) -> None:
    if code:
        raise Refused(code, _WHY_NOT[code](), rule=_("评价规则：谁代录、谁经办，谁就不能评价"))


@transaction.atomic
def rate(
    *, actor: Actor, matter_id: int, now: datetime, answered: bool | None, solved: bool | None, satisfied: bool | None, comment: str = ""
) -> Matter:
    """
    A party rates: was I answered, is it solved, am I satisfied. Unsolved or unsatisfied reopens once by itself.

    Raises Invalid when no question was answered, Refused with the rule for whoever may not rate.
    """
    _check_answers(answered, solved, satisfied)
    with turn(actor=actor, matter_id=matter_id, now=now) as t:
        recorder = (
            actor.account_id is not None
            and Party.objects.filter(matter=t.matter, account_id=actor.account_id, role=Party.Role.RECORDER).exists()
        )
        if not recorder:
            t.require("request.rate")
        me = Q(account_id=actor.account_id) | Q(person_id=actor.person_id) if actor.person_id else Q(account_id=actor.account_id)
        already = Rating.objects.filter(me, matter=t.matter, round=t.matter.reopened, outcome="rated").exists()
        _refuse(why_not_rate(is_party=t.is_party, is_recorder=recorder, already=already))
        t.move("rate", text=clean(comment, 1000), facts={"answered": answered, "solved": solved, "satisfied": satisfied})
        _store(t, answered, solved, satisfied, comment, channel=actor.channel, account_id=actor.account_id)
        _after(t, solved, satisfied)
    return t.matter


@transaction.atomic
def record_rating(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    answered: bool | None,
    solved: bool | None,
    satisfied: bool | None,
    comment: str = "",
    seen: int | None = None,
) -> Matter:
    """
    A worker calls back and records what the person said. Not by whoever filed it on their behalf or did the work.
    """
    _check_answers(answered, solved, satisfied)
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.require("request.record_rating")
        raiser = Party.objects.filter(matter=t.matter, role=Party.Role.RAISER).first()
        _refuse(_why_not_record(t) or ("already_said" if _has_spoken(t, raiser) else None))
        t.move("record_rating", text=clean(comment, 1000), facts={"answered": answered, "solved": solved, "satisfied": satisfied})
        person_id = raiser.person_id if raiser else None
        _store(t, answered, solved, satisfied, comment, channel="phone", person_id=person_id, recorded_by=actor.account_id)
        _after(t, solved, satisfied)
    return t.matter


def _has_spoken(t: Turn, raiser: Party | None) -> bool:
    """Has the raiser rated this round, themselves or over the phone? One voice is counted once."""
    rated = Rating.objects.filter(matter=t.matter, round=t.matter.reopened, outcome="rated")
    if raiser is None:
        return rated.exists()
    said = Q(recorded_by__isnull=False)
    if raiser.account_id:
        said |= Q(account_id=raiser.account_id)
    if raiser.person_id:
        said |= Q(person_id=raiser.person_id)
    return rated.filter(said).exists()


def _why_not_record(t: Turn) -> str | None:
    account = t.actor.account_id
    if account is None:
        return None
    filed = Party.objects.filter(matter=t.matter, account_id=account, role=Party.Role.RECORDER).exists()
    done = Entry.objects.filter(matter=t.matter, account_id=account, verb__in=("resolve", "conclude_whistle")).exists()
    return why_not_record(filed=filed, handled=done)


@transaction.atomic
def record_unreachable(
    *, actor: Actor, matter_id: int, now: datetime, outcome: str = "unreachable", text: str = "", seen: int | None = None
) -> Matter:
    """A worker called and got no answer, or none was wanted: counted and shown, never taken for consent."""
    if outcome not in (Rating.Outcome.UNREACHABLE, Rating.Outcome.DECLINED):
        raise Invalid("bad_outcome", _("请选择回访结果。"), fields={"outcome": [_("请选择回访结果。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        _refuse(_why_not_record(t))
        t.move("record_unreachable", text=text, facts={"outcome": outcome})
        Rating.objects.create(
            matter=t.matter, round=t.matter.reopened, outcome=outcome, channel="phone", recorded_by_id=actor.account_id, at=now
        )
        if not t.matter.called_back:
            t.matter.called_back = outcome
    return t.matter


def _check_answers(answered: bool | None, solved: bool | None, satisfied: bool | None) -> None:
    if answered is None and solved is None and satisfied is None:
        raise Invalid("no_answer", _("请至少回答一个问题。"), fields={"solved": [_("请选择。")]})


def _store(
    t: Turn,
    answered: bool | None,
    solved: bool | None,
    satisfied: bool | None,
    comment: str,
    *,
    channel: str,
    account_id: int | None = None,
    person_id: int | None = None,
    recorded_by: int | None = None,
) -> None:
    Rating.objects.create(
        matter=t.matter,
        round=t.matter.reopened,
        account_id=account_id,
        person_id=person_id if recorded_by else t.actor.person_id,
        answered=answered,
        solved=solved,
        satisfied=satisfied,
        comment=clean(comment, 1000),
        channel=channel,
        recorded_by_id=recorded_by,
        at=t.now,
    )
    # The matter carries the gravest judgement of its latest round: one neighbour left unserved is not outvoted by another.
    for name, value in (("rated_answered", answered), ("rated_solved", solved), ("rated_satisfied", satisfied)):
        before = getattr(t.matter, name)
        if value is not None:
            setattr(t.matter, name, value if before is None else (before and value))
    t.matter.called_back = Rating.Outcome.RATED


def _after(t: Turn, solved: bool | None, satisfied: bool | None) -> None:
    if reopens(solved=solved, satisfied=satisfied, reopened=t.matter.reopened):
        reopen_turn(t, gettext_noop("提出人评价为未解决或不满意，自动重新办理。"), by_rule=True)
    elif t.matter.state == "resolved" and _everyone_asked(t):
        _close(t, "")


def _everyone_asked(t: Turn) -> bool:
    """The raiser has spoken, or there is nobody who could."""
    raisers = list(Party.objects.filter(matter=t.matter, role=Party.Role.RAISER))
    rated = Rating.objects.filter(matter=t.matter, round=t.matter.reopened, outcome="rated")
    return (
        not raisers
        or rated.filter(account_id__in=[p.account_id for p in raisers if p.account_id]).exists()
        or rated.exclude(recorded_by=None).exists()
    )


def reopen_turn(t: Turn, text: str, *, by_rule: bool) -> None:
    """Back to whoever did it, with a fresh promise; the ratings of the round stay, the matter's own are asked anew."""
    lead = t.matter.holder or t.matter.owner_unit
    state = t.workflow.by_code["in_progress"]
    if by_rule:
        t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
        t.cancel("follow_up")
        t.start("resolve")
        t.say("reopen", text=text, facts={"to": state.code, "by_rule": True})
    t.matter.reopened += 1
    t.matter.resolved_at = t.matter.closed_at = None
    t.matter.rated_answered = t.matter.rated_solved = t.matter.rated_satisfied = None
    t.matter.called_back = ""
    close_orders(t, ["follow_up"])
    if lead:
        open_order(t, lead, "handle")
    tell_parties(t, lambda: _("重新办理：%(title)s") % {"title": t.matter.public_title}, lambda: as_read(text))


@transaction.atomic
def reopen(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """The street or the head of the community has a request done again, with the reason."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("reopen", text=text)
        t.matter.excluded = ""
        reopen_turn(t, text, by_rule=False)
    return t.matter


@transaction.atomic
def close(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """
    Look back and close. Only once the raiser rated, or a call back was recorded: silence is not consent.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.require("request.close")
        has_parties = Party.objects.filter(matter=t.matter).exclude(role=Party.Role.RECORDER).exists()
        if t.matter.state == "resolved" and not t.matter.called_back and has_parties:
            raise Refused("not_asked", _("还没有评价，也没有回访记录。请先回访，再转入回看。"))
        _close(t, text)
    return t.matter


def _close(t: Turn, text: str) -> None:
    if t.moved and t.moved[-1].verb in ("rate", "record_rating"):
        # The rating itself closes the round; the house records it, since a resident has no verb for closing.
        state = t.workflow.by_code["closed"]
        t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
        t.meet("follow_up")
        t.cancel("*")
        t.say("close", facts={"to": state.code, "by_rule": True})
    else:
        t.move("close", text=text)
    t.matter.closed_at = t.now
    close_orders(t)
