"""Places and the units that serve them, in JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import Field

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import chain, children_of, place_at, place_by_code, place_by_id
from linli.loops.requests.api import (
    Latitude,
    Longitude,
    PlaceBrief,
    UnitBrief,
    place_out,
    who,
)
from linli.ports.api.kernel.router import Number, router
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit, at_most


class PlaceOut(Schema):
    """A place; `point` is WGS-84, latitude first."""

    id: int
    kind: str
    code: str
    name: str
    parent_id: int | None
    community_type: str
    phone: str
    point: tuple[float, float] | None
    has_outline: bool
    in_force: bool


class PlaceNameOut(Schema):
    """Another word people have for a place; `why`: alias, road or landmark."""

    name: str
    why: str


class WholePlaceOut(Schema):
    place: PlaceOut
    also_called: list[PlaceNameOut]
    chain: list[PlaceBrief]
    outline: dict[str, Any] | None


class SpotOut(Schema):
    place: PlaceOut
    chain: list[PlaceBrief]
    units: list[UnitBrief]


class PlacePageOut(Schema):
    items: list[PlaceOut]
    next_cursor: int | None


def whole_place(place: Place) -> PlaceOut:
    return PlaceOut(
        id=place.pk,
        kind=place.kind,
        code=place.code,
        name=place.name,
        parent_id=place.parent_id,
        community_type=place.community_type,
        phone=place.phone,
        point=place.point,
        has_outline=bool(place.outline),
        in_force=place.retired_at is None,
    )


class PlacesChosen(Input):
    """Tops without anything; `parent_id` for children; `kind` and `under_id` for a level anywhere below; `code` for one by its code."""

    parent_id: Id | None = None
    under_id: Id | None = None
    kind: Literal["province", "city", "district", "street", "community", "grid", "compound", "building", "entrance", "home"] | None = None
    code: Annotated[str, at_most(32)] = ""
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get("/places", response={200: PlacePageOut, **PROBLEMS}, summary="List places", operation_id="list_places", tags=["places"])
def list_places(request: HttpRequest, chosen: Query[PlacesChosen]) -> PlacePageOut:
    """In force, by id."""
    actor, _now = who(request)
    found = Place.objects.filter(retired_at=None).order_by("pk")
    if chosen.code:
        return PlacePageOut(items=[whole_place(place_by_code(chosen.code))], next_cursor=None)
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    if chosen.parent_id:
        found = found.filter(parent=place_by_id(chosen.parent_id))
    elif chosen.under_id:
        found = found.filter(**subtree("path", place_by_id(chosen.under_id).path))
    elif not chosen.kind:
        found = found.filter(parent=None)
    # Which homes there are is known to staff and to those who live there; down to the building it is public.
    if not actor.is_staff:
        found = found.exclude(kind=Kind.HOME)
    rows = list((found.filter(pk__gt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return PlacePageOut(items=[whole_place(p) for p in shown], next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


class AtPoint(Input):
    latitude: Latitude
    longitude: Longitude
    datum: Literal["wgs84", "gcj02"] = "wgs84"


@router.get(
    "/places/at-point", response={200: SpotOut, **PROBLEMS}, summary="The place at a point", operation_id="place_at_point", tags=["places"]
)
def at_point(request: HttpRequest, at: Query[AtPoint]) -> SpotOut:
    """The smallest drawn place that holds it, what it lies in, and the units that serve it."""
    spot = place_at(at.latitude, at.longitude, datum=at.datum)
    if spot is None:
        raise NotFound("no_place", _("这个位置不在任何已画的范围内。"))
    return SpotOut(
        place=whole_place(spot.place),
        chain=[place_out(p) for p in chain(spot.place)],
        units=[UnitBrief(id=u.pk, name=u.name, kind=u.kind) for u in units_serving(spot.place)],
    )


@router.get("/places/{place_id}", response={200: WholePlaceOut, **PROBLEMS}, summary="One place", operation_id="get_place", tags=["places"])
def get_place(request: HttpRequest, place_id: Number) -> WholePlaceOut:
    place = _place_for(who(request)[0], place_id)
    also = [PlaceNameOut(name=name.name, why=name.why) for name in place.names.order_by("pk")]
    return WholePlaceOut(place=whole_place(place), also_called=also, chain=[place_out(p) for p in chain(place)], outline=place.outline)


@router.get(
    "/places/{place_id}/children",
    response={200: list[PlaceOut], **PROBLEMS},
    summary="Directly below",
    operation_id="place_children",
    tags=["places"],
)
def children(request: HttpRequest, place_id: Number) -> list[PlaceOut]:
    """Numbers in names sorted by value; at most 2000."""
    actor, _now = who(request)
    rows = children_of(_place_for(actor, place_id))[:2000]
    return [whole_place(p) for p in rows if actor.is_staff or p.kind != Kind.HOME]


def _place_for(actor: Actor, place_id: int) -> Place:
    place = place_by_id(place_id)
    if place.kind == Kind.HOME and not actor.is_staff:
        raise NotFound("no_place", _("没有找到这个地点。"))
    return place


class UnitOut(Schema):
    id: int
    name: str
    kind: str
    code: str
    place: PlaceBrief
    superior_id: int | None
    phone: str


class UnitPageOut(Schema):
    items: list[UnitOut]
    next_cursor: int | None


class UnitsChosen(Input):
    serving: Annotated[int, Field(ge=1, le=2**63 - 1, description="A place's id: only units that serve it.")] | None = None
    kind: Literal["community", "street", "department", "property", "grid", "mediation"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@router.get("/units", response={200: UnitPageOut, **PROBLEMS}, summary="List units", operation_id="list_units", tags=["units"])
def list_units(request: HttpRequest, chosen: Query[UnitsChosen]) -> UnitPageOut:
    found = Unit.objects.filter(active=True).select_related("place").order_by("pk")
    if chosen.serving:
        found = found.filter(place__path__in=ancestors(place_by_id(chosen.serving).path))
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    rows = list((found.filter(pk__gt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    return UnitPageOut(
        items=[
            UnitOut(id=u.pk, name=u.name, kind=u.kind, code=u.code, place=place_out(u.place), superior_id=u.superior_id, phone=u.phone)
            for u in shown
        ],
        next_cursor=shown[-1].pk if len(rows) > chosen.limit else None,
    )
