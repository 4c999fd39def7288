"""After the draw: places accepted or declined, lapsed by time, given back; the next on the list moves up; the draw is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from linli.insight.choice.lottery import successor
from linli.kernel.access.actor import Actor, system
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.promises import calendar
from linli.loops.council.draws import rules
from linli.loops.council.draws.actions.acting import Acting, acting
from linli.loops.council.draws.actions.applying import is_mine, waiting_of
from linli.loops.council.draws.actions.drawing import tell_offer
from linli.loops.council.draws.actions.planning import announcement_frame
from linli.loops.council.draws.models import Draw, Offer, State
from linli.web.words import until


def answer_offer(*, actor: Actor, draw_id: int, offer_id: int, accept: bool, now: datetime, channel: str = "", once: str = "") -> Offer:
    """
    Accept a place, or decline it so that the next one moves up; one's own, or on behalf (`channel` says how the household answered). Answering
    again the same way changes nothing. Raises Refused after the deadline.
    """
    offer = Offer.objects.select_related("application").filter(draw_id=draw_id, pk=offer_id).first()
    mine = is_mine(actor, offer.application if offer else None)
    with acting(actor, draw_id, "answer_offer", now, permission="draw.apply" if mine else "draw.apply_for", own=mine, once=once) as act:
        offer = _offer(act, offer_id)
        wanted = Offer.State.ACCEPTED if accept else Offer.State.DECLINED
        if act.repeated or offer.state == wanted:
            return offer
        if offer.state != Offer.State.OFFERED:
            raise Refused("answered", _("这个名额已经答复过：%(state)s。") % {"state": offer.get_state_display()})
        if now >= offer.due_at:
            raise Refused("overdue", _("认领期限到%(when)s为止，已经过了。") % {"when": until(offer.due_at)})
        offer.answered_at, offer.channel = now, actor.channel if mine else channel[:12] or actor.channel
        offer.recorded_by_id = None if mine else actor.account_id
        if accept:
            offer.state = Offer.State.ACCEPTED
            offer.save()
            act.record("accept", lot=offer.lot, number=offer.application.number)
        else:
            end_offer(act, offer, Offer.State.DECLINED)
    return offer


def _offer(act: Acting, offer_id: int) -> Offer:
    found = Offer.objects.select_related("application__person").filter(draw=act.draw, pk=offer_id).first()
    if found is None:
        raise NotFound("no_offer", _("这次抽签里没有这个名额。"))
    return found


def give_back(*, actor: Actor, draw_id: int, offer_id: int, reason: str, now: datetime, once: str = "") -> Offer:
    """An accepted place comes back (moved away, sold the car, broke the rules), with the reason; the next one moves up. Raises Invalid."""
    with acting(actor, draw_id, "give_back", now, permission="draw.plan", once=once) as act:
        offer = _offer(act, offer_id)
        if act.repeated or offer.ended_at is not None:
            return offer
        if offer.state != Offer.State.ACCEPTED:
            raise Refused("not_accepted", _("这个名额还没有认领。"))
        why = needed(reason, "reason", _("请写明为什么收回。"))
        offer.ended_at = now
        offer.save()
        act.record("give_back", lot=offer.lot, number=offer.application.number, reason=why)
        _move_up(act, offer)
    return offer


def end_offer(act: Acting, offer: Offer, state: str) -> None:
    """A place nobody took: declined or lapsed. It goes to the next who may have it."""
    offer.state, offer.answered_at = state, offer.answered_at or act.now
    offer.save()
    act.record("decline" if state == Offer.State.DECLINED else "lapse", lot=offer.lot, number=offer.application.number)
    _move_up(act, offer)


def _move_up(act: Acting, freed: Offer) -> None:
    draw = act.draw
    waiting = waiting_of(draw)
    line = [(a.number, frozenset(a.categories)) for a in waiting]
    found = successor(announcement_frame(draw), line, freed.category, own=freed.own)
    if found is None:
        act.record("unclaimed", lot=freed.lot)
        return
    number, category = found
    entry = next(a for a in waiting if a.number == number)
    due = rules.end_of(act.now, draw.accept_days, calendar())
    offer = Offer.objects.create(
        draw=draw, application=entry, lot=freed.lot, category=category, own=freed.own, moved_up=True, offered_at=act.now, due_at=due
    )
    act.record("move_up", lot=offer.lot, number=number, turn=entry.turn)
    tell_offer(act, offer, due)


def lapse_due(now: datetime, *, limit: int = 50) -> int:
    """Offers whose deadline is over lapse, and the next ones move up. Returns how many lapsed."""
    house = system("draws")
    due = Offer.objects.filter(state="offered", due_at__lte=now, draw__state=State.DRAWN).order_by("due_at", "pk")
    count = 0
    for draw_id in sorted(set(due.values_list("draw_id", flat=True)[:limit])):
        with acting(house, draw_id, "lapse", now, permission="draw.plan") as act:
            for offer in (
                Offer.objects.select_related("application__person").filter(draw=act.draw, state="offered", due_at__lte=now).order_by("pk")
            ):
                end_offer(act, offer, Offer.State.LAPSED)
                count += 1
    return count


def close(*, actor: Actor, draw_id: int, now: datetime, once: str = "") -> Draw:
    """The draw is done: no offer waits. Its waiting list can be carried into the next one. Raises Refused while an offer waits."""
    with acting(actor, draw_id, "close", now, permission="draw.plan", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        waiting = Offer.objects.filter(draw=draw, state="offered").count()
        if waiting:
            raise Refused("offers_open", _("还有 %(n)s 个名额没有答复。") % {"n": waiting})
        draw.state, draw.closed_at = State.CLOSED, now
        act.record("close", **_counts(draw))
    return draw


def _counts(draw: Draw) -> Mapping[str, int]:
    taken = Offer.objects.filter(draw=draw, state="accepted", ended_at=None).count()
    return {"taken": taken, "waiting": len(waiting_of(draw))}
