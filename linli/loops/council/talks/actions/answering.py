"""Experts are invited; they answer, or a worker writes down what they said, under their name and with the day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.models import Account, Unit
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.people.models import Person
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.council.talks.actions.opening import locked
from linli.loops.council.talks.models import Answer, Contribution, Expert, Kind
from linli.loops.council.talks.reading import talk_for


@transaction.atomic
def invite(
    *, actor: Actor, talk_id: int, now: datetime, name: str = "", capacity: str = "", unit_id: int | None = None, username: str = ""
) -> Expert:
    """Name a unit or a person who answers; a unit gives its own name. Inviting the same again returns the invitation."""
    talk = locked(talk_id, actor)
    table.require(actor, "talk.manage", talk.place_path)
    wrong: dict[str, list[Any]] = {}
    unit = Unit.objects.filter(pk=unit_id, active=True).first() if unit_id else None
    account = Account.objects.filter(username=username.strip(), is_active=True).first() if username.strip() else None
    name = clean(name, 60) or (unit.name if unit else account.name if account else "")
    if unit_id and unit is None:
        wrong["unit_id"] = [_("没有这个单位。")]
    if username.strip() and account is None:
        wrong["username"] = [_("没有这个登录名，可以不填，由工作人员代为登记回答。")]
    if len(name) < 2:
        wrong["name"] = [_("请写姓名，或者选一个单位。")]
    if wrong:
        raise Invalid("bad_expert", _("有几处要改一改。"), fields=wrong)
    found, new = Expert.objects.get_or_create(
        talk=talk,
        name=name,
        ended_at=None,
        defaults={"capacity": clean(capacity, 80), "unit": unit, "account": account, "invited_at": now, "invited_by_id": actor.account_id},
    )
    if new and (unit or account):
        to = [Addressee(unit_id=unit.pk)] if unit else [Addressee(account_id=account.pk)] if account else []
        send(
            to,
            key=f"talk-expert-{found.pk}",
            title=lambda: _("请您回答居民的提问：%(question)s") % {"question": talk.question},
            body=lambda: _("居民的提问和想知道的人数都在页面上，请直接回答，会写明单位和日期。"),
            address=f"/talks/{talk.pk}/questions/",
            about=talk.matter.ref,
            place_path=talk.place_path,
            now=now,
        )
    return found


@transaction.atomic
def uninvite(*, actor: Actor, talk_id: int, expert_id: int, now: datetime) -> Expert:
    """The expert answers no more; what they answered stays under their name."""
    talk = locked(talk_id, actor)
    table.require(actor, "talk.manage", talk.place_path)
    found = Expert.objects.filter(talk=talk, pk=expert_id).first()
    if found is None:
        raise NotFound("no_expert", _("没有请过这位。"))
    if found.ended_at is None:
        found.ended_at = now
        found.save(update_fields=["ended_at"])
    return found


def is_expert(actor: Actor, expert: Expert) -> bool:
    """Is the actor this expert, or a member of the unit that was invited?"""
    if expert.ended_at is not None or actor.account_id is None:
        return False
    return expert.account_id == actor.account_id or (expert.unit_id is not None and expert.unit_id in actor.unit_ids)


@transaction.atomic
def answer(*, actor: Actor, talk_id: int, contribution_id: int, text: str, now: datetime, expert_id: int | None = None) -> Answer:
    """
    Answer a question, as the expert one is, or writing down what the named expert said; also after the talk has ended. Who asked and
    who wants to know too are told. The same words of the same expert are kept once.
    """
    talk = talk_for(actor, talk_id)
    experts = list(Expert.objects.filter(talk=talk, ended_at=None))
    mine = next((e for e in experts if is_expert(actor, e)), None)
    chosen = next((e for e in experts if e.pk == expert_id), None) if expert_id else mine
    if chosen is None or not is_expert(actor, chosen):
        table.require(actor, "talk.answer_for", talk.place_path)
        if chosen is None:
            raise Invalid("no_expert", _("请选择是谁回答的。"), fields={"expert_id": [_("请选择是谁回答的。")]})
    question = Contribution.objects.filter(talk=talk, pk=contribution_id, kind=Kind.QUESTION).select_related("participant").first()
    if question is None:
        raise NotFound("no_question", _("没有找到这个提问。"))
    if question.hidden_at is not None:
        raise Refused("hidden", _("这个提问已经不再显示，不用回答。"))
    text = scrub(clean(text, 2000)).text
    if len(text) < 2:
        raise Invalid("no_text", _("请写回答。"), fields={"text": [_("请写回答。")]})
    who = f"{chosen.name}（{chosen.capacity}）" if chosen.capacity else chosen.name
    known = Answer.objects.filter(question=question, expert=chosen, text=text).first()
    if known is not None:
        return known
    made = Answer.objects.create(
        question=question, expert=chosen, who=who[:140], text=text, channel=actor.channel, by_id=actor.account_id, at=now
    )
    seats = [m.participant for m in question.marks.select_related("participant")] + [question.participant]
    waiting = {seat.person_id for seat in seats if seat is not None and seat.person_id is not None}
    send(
        [Addressee(person=p) for p in Person.objects.filter(pk__in=waiting, erased_at=None)],
        key=f"talk-answer-{made.pk}",
        title=lambda: _("%(who)s回答了您想知道的问题") % {"who": chosen.name},
        body=text,
        address=f"/talks/{talk.pk}/questions/#c{question.number}",
        about=talk.matter.ref,
        place_path=talk.place_path,
        now=now,
    )
    return made
