"""What people see of notices: the board of a place, one notice, a person's own messages."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.db.models import Model, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.notices.models import Message, Notice
from linli.kernel.places.models import Place

Row = TypeVar("Row", bound=Model)
UNREAD_CAP = 100


def board(
    place: Place | None, now: datetime, *, kinds: tuple[str, ...] = ("notice", "matter"), before: int | None = None, limit: int = 20
) -> list[Notice]:
    """Notices on the boards a reader of `place` walks past, at most `limit`. One query."""
    return list(_earlier(on_board(place, now, kinds=kinds), "published_at", before)[:limit])


def on_board(place: Place | None, now: datetime, *, kinds: tuple[str, ...] = ("notice", "matter")) -> QuerySet[Notice]:
    """Notices of the place, of all above it and all below; the newest first."""
    found = Notice.objects.filter(kind__in=kinds, published_at__lte=now).select_related("place")
    if place is not None:
        found = found.filter(Q(place_path__in=["", *ancestors(place.path)]) | Q(**subtree("place_path", place.path)))
    return found.order_by("-published_at", "-pk")


def _earlier(found: QuerySet[Row], moment: str, before: int | None) -> QuerySet[Row]:
    """The rows older than the one of this number, by their moment: what is recorded late still stands at its own day."""
    if not before:
        return found
    at = found.model._default_manager.filter(pk=before).values(moment)[:1]
    return found.filter(Q(**{f"{moment}__lt": Subquery(at)}) | Q(**{moment: Subquery(at)}, pk__lt=before))


def notice_by_id(notice_id: int, now: datetime) -> Notice:
    """A published notice; raises NotFound."""
    found = Notice.objects.select_related("place").filter(pk=notice_id, published_at__lte=now).first()
    if found is None:
        raise NotFound("no_notice", _("没有找到这份公示。"))
    return found


def messages_of(actor: Actor, *, before: int | None = None, limit: int = 20) -> list[Message]:
    """The actor's own messages, newest first. One query."""
    if actor.account_id is None:
        return []
    found = Message.objects.filter(account_id=actor.account_id)
    return list(_earlier(found, "created_at", before).order_by("-created_at", "-pk")[:limit])


def unread_count(actor: Actor) -> int:
    """How many of the actor's messages are unread, counted no further than a hundred."""
    if actor.account_id is None:
        return 0
    return len(Message.objects.filter(account_id=actor.account_id, read_at=None).values_list("pk")[:UNREAD_CAP])
