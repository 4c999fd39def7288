"""What the Desk does with venues beside their daily life, in JSON: their picture, forms keyed in wrongly, a place's own standards."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Path, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from linli.kernel.places.queries import place_by_id
from linli.loops.venues.actions import keeping, rating, setting
from linli.loops.venues.api import router, told, who
from linli.loops.venues.api_shapes import StrikeIn, WholeVenueOut
from linli.loops.venues.models import OwnStandard
from linli.web.jsonapi import NO_NUL, PROBLEMS, Id, Input, at_most


@router.post(
    "/venues/{venue_id}/photo", response={200: WholeVenueOut, **PROBLEMS}, summary="The picture of a venue", operation_id="set_venue_photo"
)
def set_photo(
    request: HttpRequest, venue_id: Path[Id], words: str = Form("", max_length=80, pattern=NO_NUL), photo: File[UploadedFile | None] = None
) -> Any:
    """With what it shows, for those who do not see it; without a picture the one there is is taken away."""
    actor, now = who(request)
    name = (photo.name or "photo") if photo is not None else ""
    keeping.set_photo(actor=actor, venue_id=venue_id, upload=photo, name=name, words=words, now=now)
    return told(actor, venue_id, now)


@router.post(
    "/venues/{venue_id}/forms/{rating_id}/strike",
    response={200: WholeVenueOut, **PROBLEMS},
    summary="Strike forms keyed in wrongly",
    operation_id="strike_venue_forms",
)
def strike_forms(request: HttpRequest, venue_id: Path[Id], rating_id: Path[Id], given: StrikeIn) -> Any:
    actor, now = who(request)
    rating.strike_rating(actor=actor, venue_id=venue_id, rating_id=rating_id, reason=given.reason, now=now)
    return told(actor, venue_id, now)


class OwnStandardIn(Input):
    """
    `standard` as the answers of /venue-standards have it, with names in both languages (`name_zh`, `name_en`); with `off` its code alone: the
    one that comes with the house does not apply there. Without a place everywhere.
    """

    standard: Annotated[dict[Annotated[str, at_most(24)], Any], Field(min_length=1, max_length=20)]
    place: Id | None = None
    starts_on: date
    source: Annotated[str, at_most(120)]
    off: bool = False


class OwnStandardOut(Schema):
    id: int
    code: str
    place: int | None
    off: bool
    source: str
    starts_on: date
    ends_on: date | None


def _own_out(row: OwnStandard) -> OwnStandardOut:
    same = ("code", "off", "source", "starts_on", "ends_on")
    return OwnStandardOut(id=row.pk, place=row.place_id, **{name: getattr(row, name) for name in same})


@router.post(
    "/venue-standards", response={201: OwnStandardOut, **PROBLEMS}, summary="A place's own standard", operation_id="set_venue_standard"
)
def set_standard(request: HttpRequest, given: OwnStandardIn) -> Status[OwnStandardOut]:
    """From a day on, instead of the one of the same code."""
    actor, now = who(request)
    place = place_by_id(given.place) if given.place else None
    made = setting.set_standard(
        actor=actor, data=given.standard, place=place, starts_on=given.starts_on, source=given.source, off=given.off, now=now
    )
    return Status(201, _own_out(made))


class StandardEndsIn(Input):
    ends_on: date


@router.post(
    "/venue-standards/{standard_id}/end", response={200: OwnStandardOut, **PROBLEMS}, summary="End it", operation_id="end_venue_standard"
)
def end_standard(request: HttpRequest, standard_id: Path[Id], given: StandardEndsIn) -> OwnStandardOut:
    """From that day the standard of a wider place, or the house's, holds again."""
    actor, now = who(request)
    return _own_out(setting.end_standard(actor=actor, standard_id=standard_id, ends_on=given.ends_on, now=now))
