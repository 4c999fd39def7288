"""
"Don't tell me about this any more", and again: for everybody who is told of a matter, whoever raised it too.

Whoever mutes stays what they are: it remains theirs, they may add, rate and withdraw. What only they can answer still reaches them. It is nobody
else's business: no entry, no version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter, Mute, Party
from linli.kernel.matters.panels import Panel
from linli.kernel.matters.queries import matter_for
from linli.kernel.notices.models import Message

M = TypeVar("M", bound=Model)


@transaction.atomic
def mute(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """Send the actor nothing more about the matter. Repeating it changes nothing. Raises NotFound, NotAllowed for nobody in particular."""
    matter = matter_for(actor, matter_id)
    table.require(actor, "matter.mute", matter.place_path)
    Mute.objects.get_or_create(matter=matter, account_id=actor.own_id, defaults={"since": now})
    return matter


@transaction.atomic
def hear_again(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """Tell the actor of the matter again. Repeating it changes nothing."""
    matter = matter_for(actor, matter_id)
    table.require(actor, "matter.mute", matter.place_path)
    Mute.objects.filter(matter=matter, account_id=actor.own_id).delete()
    return matter


def listening(rows: QuerySet[M], matter: str = "matter_id") -> QuerySet[M]:
    """Rows of followers (`account`, `person`, and the matter's number in the field named) without those who muted it. No query of its own."""
    theirs = Q(account_id=OuterRef("account_id")) | Q(account_id=OuterRef("person__account_id"))
    return rows.exclude(Exists(Mute.objects.filter(theirs, matter_id=OuterRef(matter))))


def muted_by(actor: Actor) -> QuerySet[Matter]:
    """What the actor muted, the newest first."""
    return (
        Matter.objects.filter(mutes__account_id=actor.account_id).order_by(F("mutes__since").desc())
        if actor.account_id
        else Matter.objects.none()
    )


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The switch on the matter's page, for whoever is told of it: its parties, and whoever was sent a message about it."""
    if actor.account_id is None or desk:
        return None
    me = Q(account_id=actor.account_id) | Q(person_id=actor.person_id) if actor.person_id else Q(account_id=actor.account_id)
    muted, parts, told = yield [
        Mute.objects.filter(matter=matter, account_id=actor.account_id)[:1],
        Party.objects.filter(me, matter=matter).exclude(role=Party.Role.RECORDER)[:1],
        Message.objects.filter(account_id=actor.account_id, about=matter.ref)[:1],
    ]
    if not (muted or parts or told):
        return None
    context: dict[str, Any] = {"matter": matter, "muted": bool(muted)}
    return Panel(_("要不要通知我"), "matters/mute.html", context, aside=True)


def bring_along(source: Matter, target: Matter) -> None:
    """Whoever muted a matter is not told of the one it is merged into either."""
    theirs = Mute.objects.filter(matter=source).values_list("account_id", "since")
    Mute.objects.bulk_create([Mute(matter=target, account_id=a, since=since) for a, since in theirs], ignore_conflicts=True)
