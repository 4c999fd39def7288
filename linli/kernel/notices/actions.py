"""Messages out: written with the act that causes them, delivered afterwards, never lost, never doubled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.prepared import store
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import Words, spoken
from linli.kernel.accounts.models import Account
from linli.kernel.notices.models import Channel, Delivery, Message, Notice
from linli.kernel.notices.official import Official
from linli.kernel.people.models import ContactBy, Person
from linli.kernel.places.models import Place


@dataclass(frozen=True)
class Addressee:
    """One receiver: an account (in-app), a person (by their preference), or a unit (its members, and its robot)."""

    account_id: int | None = None
    person: Person | None = None
    unit_id: int | None = None


def send(
    to: Iterable[Addressee],
    *,
    key: str,
    title: Words,
    body: Words,
    address: str,
    about: str,
    place_path: str,
    now: datetime,
    robot: bool = False,
) -> int:
    """
    Write one message for each addressee, with a delivery for each way out they chose; returns how many.

    `key` names the occasion: sending again under the same key writes nothing. `address` is the page it opens. `title` and `body` are what
    somebody wrote, or functions that make the house's own sentence: each receiver gets it in the language they want to be contacted in,
    the place's own where they named none. Must run inside the transaction of the act it tells of.
    """
    receivers = {_receiver_key(a): a for a in to}
    languages = _languages(receivers)
    said = {language: (spoken(title, language), spoken(body, language)) for language in set(languages.values())}
    fresh = [
        Message(
            key=f"{key}:{who}",
            account_id=a.account_id or (a.person.account_id if a.person else None),
            person_id=a.person.pk if a.person else None,
            unit_id=a.unit_id,
            place_path=place_path,
            about=about,
            title=said[languages[who]][0][:160],
            body=said[languages[who]][1][:600],
            address=address,
            created_at=now,
        )
        for who, a in receivers.items()
    ]
    if not any(_channel(a, robot) for a in receivers.values()):
        Message.objects.bulk_create(fresh, ignore_conflicts=True)
        return len(fresh)
    known = set(Message.objects.filter(key__in=[m.key for m in fresh]).values_list("key", flat=True))
    fresh = [m for m in fresh if m.key not in known]
    store(fresh)
    ways = [(m, receivers[m.key.removeprefix(f"{key}:")]) for m in fresh]
    store([_delivery(m, a, now, robot) for m, a in ways if _channel(a, robot)])
    return len(fresh)


def _receiver_key(a: Addressee) -> str:
    if a.unit_id:
        return f"u{a.unit_id}"
    return f"p{a.person.pk}" if a.person else f"a{a.account_id}"


def _languages(receivers: Mapping[str, Addressee]) -> dict[str, str]:
    """By receiver: what the person chose, of an account without one the language of its pages; empty for none. One query for such accounts."""
    alone = [a.account_id for a in receivers.values() if a.account_id and a.person is None]
    chosen = dict(Account.objects.filter(pk__in=alone).exclude(language="").values_list("pk", "language")) if alone else {}
    return {who: a.person.language if a.person else chosen.get(a.account_id or 0, "") for who, a in receivers.items()}


def _channel(a: Addressee, robot: bool) -> str:
    """The way out beside the app, or empty: a unit's robot, or what the person chose and can be reached by."""
    if a.unit_id:
        return Channel.ROBOT if robot else ""
    if a.person is None or not a.person.phone:
        return ""
    return {ContactBy.SMS: Channel.SMS, ContactBy.PHONE: Channel.CALL}.get(ContactBy(a.person.contact_by), "")


def _delivery(message: Message, a: Addressee, now: datetime, robot: bool) -> Delivery:
    # A delivery carries its own sealed number: erasing the person later cannot send it elsewhere.
    return Delivery(message=message, channel=_channel(a, robot), to=a.person.phone.open() if a.person else "", next_try_at=now)


@transaction.atomic
def publish_notice(
    *,
    actor: Actor,
    place: Place,
    title: str,
    body: str,
    now: datetime,
    until_at: datetime | None = None,
    kind: str = "notice",
    facts: dict[str, Any] | None = None,
    official: Official | None = None,
) -> Notice:
    """Put a public notice on a place's board, by somebody who may. Raises Invalid without title or text."""
    table.require(actor, "notice.publish", place.path)
    return post_notice(
        actor=actor, place=place, title=title, body=body, now=now, until_at=until_at, kind=kind, facts=facts, official=official
    )


def post_notice(
    *,
    actor: Actor,
    place: Place,
    title: str,
    body: str,
    now: datetime,
    until_at: datetime | None = None,
    kind: str = "notice",
    facts: dict[str, Any] | None = None,
    official: Official | None = None,
) -> Notice:
    """
    A notice that follows from another act, in its transaction: whoever may give notice of a ballot or post a result, may. `official` are the
    parts of the official pattern; where its days end, the notice does, unless `until_at` says otherwise.

    What the house itself says in it is made in the place's own language (`tongue.in_place_language`), whoever presses the button.
    """
    if not title.strip() or not body.strip():
        raise Invalid("missing", _("公示需要标题和内容。"), fields={"title": [_("请填写标题和内容。")]})
    pattern = official or Official()
    if until_at is None and pattern.days is not None:
        until_at = pattern.days.ends_at()
    return Notice.objects.create(
        place=place,
        place_path=place.path,
        kind=kind,
        form=pattern.form,
        title=title.strip()[:120],
        body=body.strip(),
        paper=pattern.data(title=title.strip(), body=body, issuer=issuer_of(actor, place)),
        facts=facts or {},
        published_at=now,
        until_at=until_at,
        published_by_id=actor.account_id,
    )


def issuer_of(actor: Actor, place: Place) -> str:
    """Who signs: the unit the actor speaks for at the place, else the place's own name."""
    standing = max(actor.standings_at(place.path), key=lambda s: (bool(s.unit_id), len(s.path)), default=None)
    return actor.unit_names.get(standing.unit_id or 0, "") if standing and standing.unit_id else place.name


def mark_read(*, actor: Actor, message_ids: Iterable[int], now: datetime) -> int:
    """The actor has seen these messages of theirs."""
    return Message.objects.filter(pk__in=list(message_ids), account_id=actor.own_id, read_at=None).update(read_at=now)


@transaction.atomic
def record_call(*, actor: Actor, delivery_id: int, reached: bool, outcome: str, now: datetime) -> Delivery:
    """
    A worker phoned somebody on the call list: what came of it. Not reached: the call stays on the list, its tries counted.

    Raises Refused when it was already recorded by somebody else.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("message").get(pk=delivery_id, channel=Channel.CALL)
    table.require(actor, "call.record", delivery.message.place_path)
    if delivery.state != Delivery.State.WAITING:
        raise Refused("already_called", _("这个电话已经有人打过并登记了。"))
    delivery.tries += 1
    delivery.outcome = outcome[:200]
    if reached:
        delivery.state, delivery.done_at, delivery.done_by_id = Delivery.State.SENT, now, actor.account_id
    delivery.save(update_fields=["tries", "outcome", "state", "done_at", "done_by"])
    return delivery
