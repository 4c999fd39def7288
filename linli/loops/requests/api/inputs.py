"""What the API is told about requests: filters and reports, and how they become what queries and actions take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from django.utils.translation import gettext as _
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Category
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_at, place_by_id, place_in_force
from linli.loops.requests.queries import Filter
from linli.web.jsonapi import Cursor, Id, Input, Limit, at_most

Ref = Annotated[str, Field(pattern=r"^[Rr][1-9][0-9]{0,17}$", description="Reference of a request, such as R12.")]
Code: TypeAlias = Annotated[str, at_most(40, shortest=1)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]

StateOrGroup = Literal[
    "open",
    "closed",
    "overdue",
    "raised",
    "accepted",
    "dispatched",
    "whistled",
    "in_progress",
    "waiting",
    "suspended",
    "resolved",
    "declined",
    "withdrawn",
    "merged",
]


class Chosen(Input):
    """What a list is narrowed to; nothing means all."""

    place_id: Id | None = None
    category: Code | None = None
    unit_id: Id | None = None
    status: StateOrGroup | None = None
    text: Annotated[str, at_most(100)] = ""
    since: datetime | None = None
    until: datetime | None = None
    channel: Literal["web", "phone", "counter", "patrol", "paper", "api", "open311", "import"] | None = None
    grade: Literal["simple", "complex"] | None = None
    mine: bool = False

    def as_filter(self) -> Filter:
        return Filter(
            place=place_by_id(self.place_id) if self.place_id else None,
            category=category_of(self.category) if self.category else None,
            unit_id=self.unit_id,
            status=self.status or "",
            text=self.text,
            since=aware(self.since, "since"),
            until=aware(self.until, "until"),
            channel=self.channel or "",
            grade=self.grade or "",
            mine=self.mine,
        )


class Listed(Chosen):
    cursor: Cursor | None = None
    limit: Limit = 20


def aware(moment: datetime | None, field: str) -> datetime | None:
    """A time that says its zone. Raises Invalid for one that does not, or that the calendar cannot hold."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise Invalid("needs_zone", _("时间要写明时区，例如 2026-11-22T08:00:00+08:00。"), fields={field: [_("请写明时区。")]})
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("bad_time", _("时间超出范围。"), fields={field: [_("请核对时间。")]}) from None


class RaiseIn(Input):
    """Where: `place_id`, or a point that lies in a drawn place (`datum` gcj02 for coordinates from Chinese maps)."""

    title: Annotated[str, at_most(80, shortest=1)]
    body: Annotated[str, at_most(4000)] = ""
    place_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    spot: Annotated[str, at_most(120)] = ""
    category: Code | None = None
    visibility: Literal["public", "neighbours", "private"] = "public"
    urgency: Literal["ordinary", "urgent", "emergency"] | None = None
    sort_of: Annotated[str, at_most(12)] = ""
    files: Annotated[list[Id], Field(max_length=9)] = []
    external_id: Annotated[str, at_most(64)] = ""


class RaiseForIn(RaiseIn):
    """Recorded for somebody: a person on the roster by id, or by name and phone."""

    channel: Literal["phone", "counter", "patrol", "paper"]
    person_id: Id | None = None
    person_name: Annotated[str, at_most(60)] = ""
    person_phone: Annotated[str, at_most(20)] = ""


def category_of(code: str) -> Category:
    """Raises Invalid for a code that is not in force."""
    found = Category.objects.filter(code=code, active=True).first()
    if found is None:
        raise Invalid("unknown_category", _("没有这个类别。"), fields={"category": [_("请从类别表中选择。")]})
    return found


def files_of(actor: Actor, ids: Sequence[int]) -> tuple[StoredFile, ...]:
    """Pictures the actor uploaded before, in the order named. Raises Invalid for others, and for documents: requests take pictures alone."""
    if not ids:
        return ()
    found = StoredFile.objects.filter(added_by_id=actor.account_id).in_bulk(list(ids)) if actor.account_id else {}
    if any(i not in found for i in ids):
        raise Invalid("unknown_file", _("没有找到这个文件，请先上传。"), fields={"files": [_("请先上传文件，再填它的编号。")]})
    if not all(file.is_picture for file in found.values()):
        words = _("诉求只收照片，请把文件拍照上传。")
        raise Invalid("not_a_picture", words, fields={"files": [words]})
    return tuple(found[i] for i in dict.fromkeys(ids))


def where_of(given: RaiseIn) -> tuple[Place, tuple[float, float] | None]:
    """The place and the exact point, if one was given. Raises Invalid when neither leads anywhere."""
    point = None
    if given.latitude is not None and given.longitude is not None:
        point = wgs84(given.latitude, given.longitude, given.datum)
    if given.place_id:
        place = place_in_force(given.place_id)
        if place is None:
            raise Invalid("unknown_place", _("没有找到这个地点。"), fields={"place_id": [_("请从地点树中选择。")]})
        return place, point
    spot = place_at(*point) if point else None
    if spot is None:
        raise Invalid("no_place", _("请选择地点，或给出落在已画范围内的坐标。"), fields={"place_id": [_("请选择地点。")]})
    return spot.place, point


def wgs84(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    from linli.lib.geo import wgs84_from_gcj02

    return wgs84_from_gcj02(latitude, longitude) if datum == "gcj02" else (latitude, longitude)


def raise_fields(actor: Actor, given: RaiseIn) -> dict[str, Any]:
    place, point = where_of(given)
    return {
        "title": given.title,
        "body": given.body,
        "place": place,
        "point": point,
        "spot": given.spot,
        "category": category_of(given.category) if given.category else None,
        "visibility": given.visibility,
        "urgency": given.urgency or "",
        "sort_of": given.sort_of,
        "files": files_of(actor, given.files),
        "external_id": given.external_id,
    }
