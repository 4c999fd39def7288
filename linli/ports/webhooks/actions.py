"""What people do with subscriptions: make, try, end; and what the house does: note events, deliver parcels."""

from __future__ import annotations

import json
import logging
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors
from linli.kernel.access.prepared import TEXT, Prepared
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.access.tongue import as_read
from linli.kernel.accounts.actions import log_event
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.matters.turn import Turn, may_read
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.requests.queries import as_public
from linli.ports.webhooks import outgoing, rules
from linli.ports.webhooks.models import Happening, Parcel, Subscription

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
BATCH = 50
MOST = 20


@transaction.atomic
def subscribe(*, actor: Actor, name: str, url: str, events: Sequence[str], place: Place | None, now: datetime) -> tuple[Subscription, str]:
    """
    Tell `url` of `events` at `place` and below; returns the subscription and its secret, shown this once.

    Raises Invalid for an address that cannot be used or an unknown event, NotAllowed outside one's area.
    """
    table.require(actor, "webhook.own", place.path if place else "")
    unknown = rules.unknown_events(events)
    if unknown or not events:
        raise Invalid("bad_events", _("没有这样的事件。"), fields={"events": [_("请从事件表中选择。")]})
    try:
        _scheme, host, port, _path = outgoing.check_url(url)
        outgoing.outside_numbers(host, port)
    except outgoing.Unreachable as error:
        raise Invalid("bad_url", str(error), fields={"url": [str(error)]}) from None
    if Subscription.objects.filter(account_id=actor.own_id, active=True).count() >= MOST:
        raise Invalid("too_many", _("一个账号最多 %(n)s 个推送地址。") % {"n": MOST}, fields={"url": [_("请先停用不用的。")]})
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    made = Subscription.objects.create(
        account_id=actor.own_id,
        name=clean(name, 60) or host[:60],
        url=url[:500],
        secret=secret,
        events=sorted(set(events)),
        place=place,
        place_path=place.path if place else "",
        created_at=now,
    )
    log_event("webhook_made", now=now, actor=actor, about=f"{made.name}: {host}", events=made.events)
    return made, secret


def own_subscription(actor: Actor, subscription_id: int) -> Subscription:
    """Raises NotFound for somebody else's."""
    found = Subscription.objects.select_related("place").filter(pk=subscription_id).first()
    if found is None or (found.account_id != actor.account_id and not table.may(actor, "webhook.manage")):
        raise NotFound("no_subscription", _("没有找到这个推送。"))
    return found


@transaction.atomic
def unsubscribe(*, actor: Actor, subscription_id: int, now: datetime) -> Subscription:
    """End a subscription; what still waits for it is not sent. Ending it again changes nothing."""
    found = own_subscription(actor, subscription_id)
    if found.active:
        _end(found, now, gettext_noop("已由使用者停用。"))
        log_event("webhook_ended", now=now, actor=actor, about=found.name)
    return found


def _end(subscription: Subscription, now: datetime, why: str) -> None:
    subscription.active, subscription.ended_at, subscription.ended_why = False, now, why[:200]
    subscription.save(update_fields=["active", "ended_at", "ended_why"])
    Parcel.objects.filter(subscription=subscription, state=Parcel.State.WAITING).update(
        state=Parcel.State.FAILED, outcome=why[:200], done_at=now
    )


_subscribed: Prepared[Subscription] = Prepared(
    lambda places: Subscription.objects.filter(active=True, place_path__in=places).select_related("account"), places=TEXT
)


# --- events --------------------------------------------------------------------------------------
def note(turn: Turn) -> int:
    """Put what a turn did into the outbox of every subscription it concerns, in the turn's transaction; returns how many parcels."""
    happened = [(entry, rules.EVENTS[entry.verb]) for entry in turn.entries if entry.verb in rules.EVENTS and "replayed" not in entry.facts]
    if not happened:
        return 0
    matter = turn.matter
    places = ["", *ancestors(matter.place_path)]
    subscribed = _subscribed.all(places=places)
    if not subscribed:
        return 0
    readers = {s.account_id: actor_of(s.account, now=turn.now, channel="api") for s in subscribed}
    parcels = []
    for entry, event in happened:
        wanted = [s for s in subscribed if rules.ALL in s.events or event in s.events]
        concerned = [(s, readers[s.account_id]) for s in wanted if _may_know(readers[s.account_id], matter)]
        if concerned:
            happening = Happening.objects.create(code=uuid.uuid4().hex, event=event, matter_id=matter.pk, at=turn.now)
            parcels += [
                Parcel(
                    subscription=s,
                    happening=happening,
                    body=_body(happening, matter, entry, inside=_inside(reader, matter)),
                    next_try_at=turn.now,
                )
                for s, reader in concerned
            ]
    Parcel.objects.bulk_create(parcels)
    return len(parcels)


def _may_know(reader: Actor, matter: Matter) -> bool:
    units = frozenset(matter.orders.values_list("unit_id", flat=True)) if matter.visibility != "public" and reader.unit_ids else frozenset()
    return may_read(reader, matter, unit_ids=units)


def _inside(reader: Actor, matter: Matter) -> bool:
    return table.may(reader, f"{matter.kind}.read", matter.place_path)


def _body(happening: Happening, matter: Matter, entry: Entry, *, inside: bool) -> str:
    """The whole message. Words of an entry only where it is public; the resident's own words only for staff of the place."""
    facts = as_public(matter)
    facts |= {name: value.astimezone(UTC).isoformat() for name, value in facts.items() if isinstance(value, datetime)}
    said: dict[str, Any] = {"verb": entry.verb, "seq": entry.seq, "who": entry.who, "text": entry.text if entry.public or inside else ""}
    message: dict[str, Any] = {
        "id": happening.code,
        "event": happening.event,
        "at": happening.at.astimezone(UTC).isoformat(),
        "request": facts,
        "entry": said,
    }
    message["url"] = f"{settings.PUBLIC_URL}/requests/{matter.ref}/"
    if inside:
        message["inside"] = {"title": matter.title, "body": matter.body}
    return json.dumps(message, ensure_ascii=False)


# --- delivery ------------------------------------------------------------------------------------
def deliver_due(now: datetime) -> int:
    """Send what waits and is due; returns how many tries were made. Safe in several workers at once."""
    parcels = _claim(now)
    for parcel in parcels:
        _try(parcel, now)
    return len(parcels)


def _claim(now: datetime) -> list[Parcel]:
    with transaction.atomic():
        due = Parcel.objects.filter(state=Parcel.State.WAITING, next_try_at__lte=now).filter(Q(leased_until=None) | Q(leased_until__lt=now))
        rows = list(
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("subscription", "happening")
            .order_by("next_try_at", "id")[:BATCH]
        )
        Parcel.objects.filter(pk__in=[p.pk for p in rows]).update(leased_until=now + LEASE)
    return rows


def _try(parcel: Parcel, now: datetime) -> None:
    subscription, body, at = parcel.subscription, parcel.body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Linli-Webhook/1",
        "X-Linli-Event": parcel.happening.event,
        "X-Linli-Id": parcel.happening.code,
        "X-Linli-Signature": rules.signature(subscription.secret.open(), at, body),
    }
    try:
        status, said = outgoing.post(subscription.url, body, headers)
    except outgoing.Unreachable as error:
        status, said = 0, str(error)
    if 200 <= status < 300:
        Parcel.objects.filter(pk=parcel.pk).update(
            state=Parcel.State.SENT, tries=F("tries") + 1, leased_until=None, done_at=now, outcome=str(status)
        )
        Subscription.objects.filter(pk=subscription.pk, failing_since__isnull=False).update(failing_since=None)
        return
    _failed(parcel, status, f"{status or '—'} {said}"[:200].replace("\0", ""), now)


@transaction.atomic
def _failed(parcel: Parcel, status: int, outcome: str, now: datetime) -> None:
    tries = parcel.tries + 1
    wait = rules.wait_after(tries)
    Parcel.objects.filter(pk=parcel.pk).update(
        tries=tries,
        leased_until=None,
        outcome=outcome,
        state=Parcel.State.WAITING if wait else Parcel.State.FAILED,
        next_try_at=now + (wait or timedelta(0)),
        done_at=None if wait else now,
    )
    log.warning("parcel %s to subscription %s failed (%s): %s", parcel.pk, parcel.subscription_id, tries, outcome)
    Subscription.objects.filter(pk=parcel.subscription_id, failing_since=None).update(failing_since=now)
    subscription = Subscription.objects.get(pk=parcel.subscription_id)
    if subscription.active and (status == 410 or rules.ends(subscription.failing_since, now)):
        _end(subscription, now, gettext_noop("对方说不再接收。") if status == 410 else gettext_noop("连续三天都没有送达，已自动停用。"))
        send(
            [Addressee(account_id=subscription.account_id)],
            key=f"webhook:{subscription.pk}:{subscription.ended_at}",
            title=lambda: _("推送已停用：%(name)s") % {"name": subscription.name},
            body=lambda: _("%(why)s 最后一次的回答：%(said)s") % {"why": as_read(subscription.ended_why), "said": outcome},
            address="/desk/settings/webhooks/",
            about=f"webhook {subscription.pk}"[:40],
            place_path=subscription.place_path,
            now=now,
        )


def forget_old(now: datetime) -> int:
    """Delete events of a month ago, with their parcels."""
    return Happening.objects.filter(at__lt=now - timedelta(days=30)).delete()[0]
