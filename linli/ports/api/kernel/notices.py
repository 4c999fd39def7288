"""Public notices in JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from linli.kernel.access.paths import ancestors
from linli.kernel.notices.models import Notice
from linli.kernel.places.queries import place_by_id
from linli.loops.requests.api import (
    PlaceBrief,
    place_out,
    utc,
    who,
)
from linli.ports.api.kernel.router import router
from linli.web.jsonapi import PROBLEMS, Cursor, Input, Limit


class NoticeOut(Schema):
    id: int
    kind: str
    title: str
    body: str
    place: PlaceBrief | None
    published_at: datetime
    until_at: datetime | None
    facts: dict[str, Any]


class NoticePageOut(Schema):
    items: list[NoticeOut]
    next_cursor: int | None


class NoticesChosen(Input):
    place_id: Annotated[int, Field(ge=1, le=2**63 - 1, description="Notices of this place and of all above it.")] | None = None
    kind: Literal["notice", "day_root", "matter"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


@router.get("/notices", response={200: NoticePageOut, **PROBLEMS}, summary="Public notices", operation_id="list_notices", tags=["notices"])
def list_notices(request: HttpRequest, chosen: Query[NoticesChosen]) -> NoticePageOut:
    """In force, newest first; the daily roots of the timelines are among them (`kind=day_root`)."""
    _actor, now = who(request)
    found = (
        Notice.objects.filter(published_at__lte=now).filter(Q(until_at=None) | Q(until_at__gt=now)).select_related("place").order_by("-pk")
    )
    if chosen.place_id:
        found = found.filter(Q(place_path__in=ancestors(place_by_id(chosen.place_id).path)) | Q(place=None))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    rows = list((found.filter(pk__lt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return NoticePageOut(
        items=[
            NoticeOut(
                id=n.pk,
                kind=n.kind,
                title=n.title,
                body=n.body,
                place=place_out(n.place) if n.place else None,
                published_at=n.published_at.astimezone(UTC),
                until_at=utc(n.until_at),
                facts=n.facts,
            )
            for n in shown
        ],
        next_cursor=shown[-1].pk if len(rows) > chosen.limit else None,
    )
