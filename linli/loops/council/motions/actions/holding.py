"""What stops a motion for a while or for good: blocked with a reason, taken back, an internal note, other words for the public."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Entry, Matter, Pause, Visibility
from linli.kernel.matters.orders import close_orders
from linli.lib.texts import clean
from linli.loops.council.motions.actions.raising import restart_notice
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.models import Motion, Second
from linli.loops.council.motions.tell import tell_followers


@transaction.atomic
def block(*, actor: Actor, matter_id: int, now: datetime, text: str, review_on: date | None, seen: int | None = None) -> Matter:
    """Say in public what holds it up, and when it is looked at again, within a year; its clocks stand still."""
    today = now.astimezone(ZONE).date()
    if review_on is None or not 0 < (review_on - today).days <= 366:
        raise Invalid("bad_review", _("复核日期应在明天到一年之内。"), fields={"review_on": [_("请选择一年之内的日期。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, _motion):
        stage = t.matter.stage
        if t.matter.state == "balloting":
            raise Refused("ballot_runs", _("正在表决，不能停下；要停就停止表决。"))
        t.move("block", text=text, review_on=review_on, facts={"review_on": review_on.isoformat(), "stage": stage})
        t.matter.stage = stage  # the strip stays where it stands; only its clocks stop
        t.hold(Pause.Reason.SUSPENDED, text, review_on)
        tell_followers(t, lambda: _("暂时卡住：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def unblock(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """Go on from where it was held."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, _motion):
        held = Entry.objects.filter(matter=t.matter, verb="block").order_by("-seq").first()
        entry = t.move("unblock", text=text)
        stood = held.facts.get("from", "") if held else ""
        state = t.workflow.by_code[stood if stood in t.workflow.by_verb["unblock"].back_to else "scheduled"]
        t.matter.state, t.matter.stage = state.code, state.stage
        entry.facts["to"] = state.code
        t.end_pause()
        t.release()
    return t.matter


@transaction.atomic
def withdraw(*, actor: Actor, matter_id: int, now: datetime, text: str = "") -> Matter:
    """
    Whoever raised it takes it back. With seconders of other homes it is theirs too: then it goes on, and only staff can end it, with a reason.
    """
    with taking(actor=actor, matter_id=matter_id, now=now) as (t, motion):
        others = Second.objects.filter(motion=motion).exclude(account_id=actor.own_id).count()
        if others and not actor.is_staff:
            raise Refused("others_too", _("还有邻居附议了这个议题，不能撤回。不想再收到它的通知，可以在议题页下面按“不用再通知我”。"))
        if others and not text.strip():
            raise Invalid("missing", _("请写明为什么撤回。"), fields={"text": [_("请写明为什么撤回。")]})
        t.move("withdraw", text=text)
        restart_notice(t, motion, text or gettext_noop("提出人撤回。"))
        Motion.objects.filter(pk=motion.pk).update(seconds_due_at=None)
        t.end_pause()
        t.matter.closed_at = now
        close_orders(t, state="recalled")
        if others:
            tell_followers(t, lambda: _("已撤回：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def note(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """An internal note: read by the staff concerned alone."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, _motion):
        t.move("note", text=text)
    return t.matter


@transaction.atomic
def retell(
    *, actor: Actor, matter_id: int, now: datetime, public_title: str, public_body: str, visibility: str = "", seen: int | None = None
) -> Matter:
    """Change what the public reads (personal details out); what was proposed and will be decided stays as it is."""
    title, body = clean(public_title, 80), clean(public_body, 4000)
    if not title:
        raise Invalid("missing", _("公开标题不能为空。"), fields={"public_title": [_("请填写公开标题。")]})
    if visibility and visibility not in Visibility.values:
        raise Invalid("bad_visibility", _("请选择谁可以看到。"), fields={"visibility": [_("请选择谁可以看到。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, _motion):
        t.move("retell", facts={"visibility": visibility or t.matter.visibility})
        t.matter.public_title, t.matter.public_body = title, body
        t.matter.visibility = visibility or t.matter.visibility
    return t.matter
