"""The work itself: started, answered, paused and resumed, resolved; notes, additions, supervision; words for the public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Entry, Matter, Pause, Visibility
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.matters.turn import Turn, turn
from linli.kernel.notices.actions import Addressee, send
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.requests.tell import page_of, tell_parties


@transaction.atomic
def start(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """The holder begins."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("start", text=text)
    return t.matter


@transaction.atomic
def answer(*, actor: Actor, matter_id: int, now: datetime, text: str, files: Sequence[StoredFile] = (), seen: int | None = None) -> Matter:
    """
    Answer the people who raised it: what was found, what comes next. The first answer by a person meets that promise; nothing
    the house sends by itself ever does.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        if actor.is_system:
            raise Refused("not_a_person", _("自动发出的内容不算答复。"))
        t.move("answer", text=text, files=files)
        t.matter.answered_at = t.matter.answered_at or now
        tell_parties(t, lambda: _("有新答复：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def ask(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """Ask whoever raised it for more; the clocks stand still, publicly, until they add something or the holder resumes."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("ask", text=text)
        t.matter.answered_at = t.matter.answered_at or now
        t.hold(Pause.Reason.WAITING, text)
        tell_parties(t, lambda: _("请补充情况：%(title)s") % {"title": t.matter.public_title}, text, asks=True)
    return t.matter


@transaction.atomic
def add(*, actor: Actor, matter_id: int, now: datetime, text: str, files: Sequence[StoredFile] = ()) -> Matter:
    """A party (or staff) adds to a request. When it was waiting for just that, the work goes on and the clocks run again."""
    with turn(actor=actor, matter_id=matter_id, now=now) as t:
        t.move("add", text=text, files=files)
        if t.matter.state == "waiting" and t.is_party:
            _run_again(t)
        if t.matter.holder_id:
            send(
                [Addressee(unit_id=t.matter.holder_id)],
                key=f"{t.matter.ref}:add:{t.matter.entry_count + len(t.entries)}",
                title=lambda: _("提出人补充了情况：%(title)s") % {"title": t.matter.public_title},
                body=scrub(text).text,
                address=f"/desk/requests/{t.matter.ref}/",
                about=t.matter.ref,
                place_path=t.matter.place_path,
                now=now,
            )
    return t.matter


def _run_again(t: Turn) -> None:
    before = t.matter.state
    _go_on(t)
    t.release()
    t.say("resume", facts={"from": before, "to": t.matter.state})


def _go_on(t: Turn) -> None:
    """Back to where the matter was held: a called whistle goes on as one, what was not yet dispatched can be; the rest is in progress."""
    held = Entry.objects.filter(matter=t.matter, verb__in=("ask", "suspend")).order_by("-seq").first()
    stood = held.facts.get("from") if held else None
    state = t.workflow.by_code[stood if stood in t.workflow.by_verb["resume"].back_to else "in_progress"]
    t.matter.state, t.matter.stage = state.code, state.stage


@transaction.atomic
def suspend(*, actor: Actor, matter_id: int, now: datetime, text: str, review_on: date, seen: int | None = None) -> Matter:
    """
    Suspend a request (挂账) with a public reason and a date to look at it again, within a year. The clocks stand still.
    """
    today = now.astimezone(ZONE).date()
    if review_on is not None and not 0 < (review_on - today).days <= 366:
        raise Invalid("bad_review", _("复核日期应在明天到一年之内。"), fields={"review_on": [_("请选择一年之内的日期。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("suspend", text=text, review_on=review_on, facts={"review_on": review_on.isoformat()})
        t.matter.answered_at = t.matter.answered_at or now
        t.hold(Pause.Reason.SUSPENDED, text, review_on)
        tell_parties(t, lambda: _("暂时挂账：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def resume(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Go on with a request that waited or was suspended; what it stood still is added to its promises."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        entry = t.move("resume", text=text)
        _go_on(t)
        entry.facts["to"] = t.matter.state
        t.release()
        if not t.matter.orders.filter(state="open").exists() and t.matter.holder:
            open_order(t, t.matter.holder, "handle")
    return t.matter


@transaction.atomic
def resolve(*, actor: Actor, matter_id: int, now: datetime, text: str, files: Sequence[StoredFile] = (), seen: int | None = None) -> Matter:
    """Say what was done. Whoever raised it is asked to rate; the community gets an order to call those who do not."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("resolve", text=text, files=files)
        finish_work(t, text)
    return t.matter


def finish_work(t: Turn, text: str) -> None:
    """What every way of resolving does: times, orders, the follow-up call, the question to the parties."""
    t.matter.accepted_at = t.matter.accepted_at or t.now
    t.matter.answered_at = t.matter.answered_at or t.now
    t.matter.resolved_at = t.now
    close_orders(t)
    if t.matter.owner_unit:
        open_order(t, t.matter.owner_unit, "follow_up")
    tell_parties(t, lambda: _("已办结，请评价：%(title)s") % {"title": t.matter.public_title}, text)


@transaction.atomic
def note(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """An internal note: read by the staff concerned alone."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("note", text=text)
    return t.matter


@transaction.atomic
def supervise(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """A superior asks for speed (督办), publicly; the holder is told."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("supervise", text=text)
        if t.matter.holder_id:
            send(
                [Addressee(unit_id=t.matter.holder_id)],
                key=f"{t.matter.ref}:supervise:{t.matter.entry_count + len(t.entries)}",
                title=lambda: _("督办：%(title)s") % {"title": t.matter.public_title},
                body=text,
                address=f"/desk/requests/{t.matter.ref}/",
                about=t.matter.ref,
                place_path=t.matter.place_path,
                now=now,
                robot=True,
            )
    return t.matter


@transaction.atomic
def retell(
    *, actor: Actor, matter_id: int, now: datetime, public_title: str, public_body: str, visibility: str = "", seen: int | None = None
) -> Matter:
    """Change what the public reads (personal details out, plain words in); what was raised stays as it was."""
    title, body = clean(public_title, 80), clean(public_body, 4000)
    if not title:
        raise Invalid("missing", _("公开标题不能为空。"), fields={"public_title": [_("请填写公开标题。")]})
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.move("retell", facts={"visibility": visibility or t.matter.visibility})
        t.matter.public_title, t.matter.public_body = title, body
        if visibility:
            if visibility not in Visibility.values:
                raise Invalid("bad_visibility", _("请选择谁可以看到。"), fields={"visibility": [_("请选择谁可以看到。")]})
            t.matter.visibility = visibility
    return t.matter


@transaction.atomic
def withdraw(*, actor: Actor, matter_id: int, now: datetime, text: str = "") -> Matter:
    """Whoever raised it takes it back. Raises Refused when neighbours met the same: then it is theirs too."""
    with turn(actor=actor, matter_id=matter_id, now=now) as t:
        raiser = t.matter.parties.filter(role="raiser")
        if not (raiser.filter(account_id=actor.own_id).exists() or t.is_party):
            t.require("request.withdraw")
        if t.matter.parties.filter(role="me_too").exists():
            text = _("还有邻居也遇到了这件事，不能撤回，会接着办。您这边已经好了的话，请在“补充情况”里写一句。")
            raise Refused("others_too", text, turn_to=page_of(t.matter.ref))
        t.move("withdraw", text=text)
        t.end_pause()
        t.matter.closed_at = now
        close_orders(t, state="recalled")
    return t.matter
