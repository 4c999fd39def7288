"""
The outbox: claims deliveries by lease, hands them to a gateway, records what came of it.

A worker killed between sending and recording is the one case in which a gateway may see a message twice; every send carries the
delivery's own key, by which gateways (and ours in the tests) drop the second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from linli.kernel.notices.models import Channel, Delivery

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
BATCH = 50


class Gateway(Protocol):
    """Sends one message to one address; raises any exception when it did not go. `key` is the same at every retry."""

    def __call__(self, *, to: str, title: str, body: str, key: str) -> None: ...


_gateways: dict[str, Callable[[], Gateway | None]] = {}


def register_gateway(channel: str, make: Callable[[], Gateway | None]) -> None:
    """`make` returns the gateway of a channel, or None when it is not configured (then its messages stay in-app)."""
    _gateways[channel] = make


def gateway_of(channel: str) -> Gateway | None:
    """The gateway that would serve a channel now; None when it is not configured."""
    make = _gateways.get(channel)
    return make() if make else None


def deliver_due(now: datetime) -> int:
    """Send what is waiting and due; returns how many deliveries were tried. Safe to run in several workers at once."""
    tried = 0
    for delivery in _claim(now):
        tried += 1
        _try(delivery, now)
    return tried


def _claim(now: datetime) -> list[Delivery]:
    with transaction.atomic():
        due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=now).exclude(channel=Channel.CALL)
        free = due.filter(Q(leased_until=None) | Q(leased_until__lt=now)).order_by("next_try_at", "id")
        rows = list(free.select_for_update(skip_locked=True, of=("self",)).select_related("message")[:BATCH])
        Delivery.objects.filter(pk__in=[d.pk for d in rows]).update(leased_until=now + LEASE)
    return rows


def _try(delivery: Delivery, now: datetime) -> None:
    gateway = gateway_of(delivery.channel)
    if gateway is None:
        _record(delivery, state=Delivery.State.DROPPED, outcome="no gateway configured", done_at=now)
        return
    message = delivery.message
    try:
        gateway(to=delivery.to.open(), title=message.title, body=message.body, key=f"linli-{delivery.pk}")
    except Exception as error:
        tries = delivery.tries + 1
        given_up = tries > len(WAITS)
        log.warning("delivery %s by %s failed (%s of %s): %s", delivery.pk, delivery.channel, tries, len(WAITS) + 1, error)
        _record(
            delivery,
            tries=tries,
            outcome=str(error)[:200],
            state=Delivery.State.FAILED if given_up else Delivery.State.WAITING,
            next_try_at=now if given_up else now + WAITS[tries - 1],
        )
        return
    _record(delivery, tries=delivery.tries + 1, state=Delivery.State.SENT, outcome="", done_at=now)


def _record(delivery: Delivery, **changes: object) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=None, **changes)
