"""The one act on machine judgement: turning a switch."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import log_event
from linli.kernel.judgement.models import Function, Switch
from linli.kernel.judgement.switches import forget, own_switches
from linli.kernel.places.models import Place

REASON_MOST = 200


@transaction.atomic
def turn_switch(*, actor: Actor, function: str, on: bool, place: Place | None, now: datetime, reason: str = "") -> Switch:
    """
    Let the machine suggest (or not) at `place` and below, or without one in the whole installation; what stands already is returned as it is.

    Raises Invalid for an unknown function or a reason longer than 200 characters, NotAllowed outside the actor's reach.
    """
    if function not in Function.values:
        raise Invalid("no_function", _("没有这项功能，请从列表中选择。"), fields={"function": [_("请从列表中选择一项功能。")]})
    table.require(actor, "judgement.edit", place.path if place is not None else "")
    if len(reason) > REASON_MOST:
        raise Invalid("too_long", _("原因请不要超过 200 字。"), fields={"reason": [_("原因请不要超过 200 字。")]})
    standing = own_switches(place).get(function)
    if standing is not None and standing.on is on:
        return standing
    made = Switch.objects.create(place=place, function=function, on=on, reason=reason.strip(), set_at=now, set_by_id=actor.account_id)
    about = f"{function}@{place.code or place.pk}" if place is not None else function
    log_event("judgement", now=now, actor=actor, about=about, on=on, reason=made.reason)
    transaction.on_commit(forget)
    return made
