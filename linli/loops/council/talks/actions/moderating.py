"""Moderation in the open: reports, hiding by a named rule with a published reason, appeal, decision by somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.tongue import Words
from linli.kernel.notices.actions import Addressee, send
from linli.lib.texts import clean
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import Contribution, Report, Ruling, Talk
from linli.loops.council.talks.reading import me_in, talk_for

# In public a unit decides; where somebody acts for none, this.
STAFF = gettext_noop("社区工作人员")


def _contribution(talk: Talk, contribution_id: int) -> Contribution:
    rows = Contribution.objects.select_for_update(of=("self",)).select_related("participant__person")
    found = rows.filter(talk=talk, pk=contribution_id).first()
    if found is None:
        raise NotFound("no_contribution", _("没有找到这一条，也许已经不再显示。"))
    return found


def _rule(rule: str) -> str:
    if rule not in rules.RULES:
        raise Invalid("no_rule", _("请选择违反了哪一条规则。"), fields={"rule": [_("请选择违反了哪一条规则。")]})
    return rule


@transaction.atomic
def report(*, actor: Actor, talk_id: int, contribution_id: int, rule: str, now: datetime, text: str = "") -> Report:
    """Tell the workers that a contribution breaks a rule. Once a reader; reporting again changes nothing. Nothing is hidden by reports alone."""
    talk = talk_for(actor, talk_id)
    table.require(actor, "talk.report", talk.place_path, own=True)
    found = _contribution(talk, contribution_id)
    if found.hidden_at is not None:
        raise NotFound("no_contribution", _("没有找到这一条，也许已经不再显示。"))
    made, new = Report.objects.get_or_create(
        contribution=found, account_id=actor.own_id, defaults={"rule": _rule(rule), "text": clean(text, 200), "at": now}
    )
    if new:
        Contribution.objects.filter(pk=found.pk).update(reports=F("reports") + 1)
    return made


@transaction.atomic
def keep(*, actor: Actor, talk_id: int, contribution_id: int, now: datetime) -> Contribution:
    """The reports were looked at, and the contribution stays."""
    talk = talk_for(actor, talk_id)
    table.require(actor, "talk.moderate", talk.place_path)
    found = _contribution(talk, contribution_id)
    _settle(found, now)
    return found


def _settle(found: Contribution, now: datetime) -> None:
    Report.objects.filter(contribution=found, settled_at=None).update(settled_at=now)
    Contribution.objects.filter(pk=found.pk).update(reports=0)
    found.reports = 0


@transaction.atomic
def hide(*, actor: Actor, talk_id: int, contribution_id: int, rule: str, reason: str, now: datetime) -> Ruling:
    """
    Show a contribution no more. The rule and the reason are published, without the text; the author is told, and may appeal.

    Raises Invalid without a rule or a reason, or when the reason repeats the text; Conflict when somebody else was first.
    """
    talk = talk_for(actor, talk_id)
    table.require(actor, "talk.moderate", talk.place_path)
    found = _contribution(talk, contribution_id)
    if found.hidden_at is not None:
        raise Conflict("hidden", _("别人刚刚已经处理了这一条。"))
    reason = clean(reason, 200)
    _rule(rule)
    why = _("请写明为什么，会公开。") if len(reason) < 4 else ""
    if quotes(found.text, reason):
        why = _("公开的原因里不要引用原文，请换一种说法。")
    if why:
        raise Invalid("bad_reason", why, fields={"reason": [why]})
    found.hidden_at = now
    found.save(update_fields=["hidden_at"])
    _settle(found, now)
    made = Ruling.objects.create(contribution=found, rule=rule, reason=reason, at=now, by_id=actor.account_id, who=_who(actor))
    _tell(
        talk,
        found,
        f"talk-ruling-{made.pk}",
        lambda: _("您写的第 %(n)s 条不再显示") % {"n": found.number},
        lambda: (
            _("依据：%(rule)s。原因：%(reason)s。您不同意的话，可以在 %(days)s 天内申诉，由另一位工作人员复核。")
            % {"rule": rules.RULES[rule], "reason": reason, "days": rules.APPEAL_DAYS}
        ),
        now,
    )
    return made


def quotes(text: str, reason: str, run: int = 8) -> bool:
    """Does `reason` repeat eight characters or more of `text` in a row (or all of a shorter one)?"""
    if len(text) <= run:
        return text in reason
    return any(text[n : n + run] in reason for n in range(len(text) - run + 1))


def _who(actor: Actor) -> str:
    """In public a unit decides, not a person by name."""
    names = [actor.unit_names[u] for u in actor.unit_ids if u in actor.unit_names]
    return (names[0] if names else STAFF)[:80]


def _tell(talk: Talk, found: Contribution, key: str, title: Words, body: Words, now: datetime) -> None:
    person = found.participant.person if found.participant else None
    if person is None:
        return
    about: dict[str, Any] = {"address": f"/talks/{talk.pk}/mine/", "about": talk.matter.ref, "place_path": talk.place_path}
    send([Addressee(person=person)], key=key, title=title, body=body, now=now, **about)


@transaction.atomic
def appeal(*, actor: Actor, talk_id: int, ruling_id: int, text: str, now: datetime, person_id: int | None = None) -> Ruling:
    """The author disagrees with a ruling, once, within fifteen days; a worker may write it down for them."""
    talk = talk_for(actor, talk_id)
    ruling = _ruling(talk, ruling_id)
    author = ruling.contribution.participant
    if person_id is not None and person_id != actor.person_id:
        table.require(actor, "talk.say_for", talk.place_path)
        mine = author is not None and author.person_id == person_id
    else:
        me = me_in(actor, talk)
        mine = author is not None and me is not None and me.pk == author.pk
        table.require(actor, "talk.appeal", talk.place_path, own=mine)
    if not mine:
        raise NotFound("no_ruling", _("没有找到这一条处理。"))
    if ruling.decided_at is not None or ruling.appealed_at is not None:
        raise Refused("appealed", _("这一条已经申诉过了，请等复核的结果。") if ruling.decided_at is None else _("这一条已经复核过了。"))
    if now > ruling.at + timedelta(days=rules.APPEAL_DAYS):
        raise Refused("too_late", _("申诉要在 %(n)s 天内提出，现在已经过了。") % {"n": rules.APPEAL_DAYS}, turn_to=_("社区工作人员"))
    text = clean(text, 300)
    if len(text) < 2:
        raise Invalid("no_text", _("请写明为什么不同意。"), fields={"text": [_("请写明为什么不同意。")]})
    ruling.appeal, ruling.appealed_at = text, now
    ruling.save(update_fields=["appeal", "appealed_at"])
    return ruling


def _ruling(talk: Talk, ruling_id: int) -> Ruling:
    rows = Ruling.objects.select_for_update(of=("self",)).select_related("contribution__participant__person")
    found = rows.filter(contribution__talk=talk, pk=ruling_id).first()
    if found is None:
        raise NotFound("no_ruling", _("没有找到这一条处理。"))
    return found


@transaction.atomic
def decide(*, actor: Actor, talk_id: int, ruling_id: int, outcome: str, reason: str, now: datetime) -> Ruling:
    """
    Uphold a ruling that was appealed, or show the contribution again. An appeal is decided by somebody who did not make the ruling;
    whoever made it may take it back at any time.
    """
    talk = talk_for(actor, talk_id)
    ruling = _ruling(talk, ruling_id)
    own = ruling.by_id is not None and ruling.by_id == actor.account_id
    restores = outcome == Ruling.Outcome.RESTORED
    table.require(actor, "talk.moderate" if own and restores else "talk.decide_appeal", talk.place_path)
    if outcome not in Ruling.Outcome.values:
        raise Invalid("bad_outcome", _("请选择维持还是恢复显示。"), fields={"outcome": [_("请选择维持还是恢复显示。")]})
    if ruling.decided_at is not None:
        if ruling.outcome == outcome:
            return ruling
        raise Conflict("decided", _("别人刚刚已经复核了这一条。"))
    if not restores and ruling.appealed_at is None:
        raise Refused("no_appeal", _("还没有人申诉，不用复核。"))
    if own and not restores:
        raise Refused("own_ruling", _("申诉要由另一位工作人员复核。"), turn_to=_("社区负责人"))
    reason = clean(reason, 200)
    why = _("请写明理由，会公开。") if len(reason) < 4 else ""
    if quotes(ruling.contribution.text, reason):
        why = _("公开的原因里不要引用原文，请换一种说法。")
    if why:
        raise Invalid("bad_reason", why, fields={"reason": [why]})
    ruling.outcome, ruling.outcome_reason, ruling.decided_at = outcome, reason, now
    ruling.decided_by_id, ruling.decided_who = actor.account_id, _who(actor)
    ruling.save(update_fields=["outcome", "outcome_reason", "decided_at", "decided_by", "decided_who"])
    if restores:
        Contribution.objects.filter(pk=ruling.contribution_id).update(hidden_at=None)

    def title() -> str:
        words = _("您写的第 %(n)s 条恢复显示") if restores else _("您写的第 %(n)s 条：维持不显示")
        return words % {"n": ruling.contribution.number}

    _tell(talk, ruling.contribution, f"talk-appeal-{ruling.pk}", title, reason, now)
    return ruling
