"""People in JSON, masked."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Schema

from linli.kernel.people.actions import reveal
from linli.kernel.people.models import Person
from linli.kernel.people.queries import find_people, people_in_reach, person_in_reach
from linli.kernel.places.queries import short_names
from linli.lib.masking import mask_name
from linli.loops.requests.api import (
    who,
)
from linli.ports.api.kernel.router import Number, router
from linli.web.jsonapi import PROBLEMS, Input, Limit, at_most


class PersonOut(Schema):
    """A person of the roster, masked. `has` names the sealed fields that are filled."""

    id: int
    name: str
    where: str
    contact_by: str
    language: str
    large_type: bool
    has: list[str]


class RevealIn(Input):
    field: Literal["identity", "phone", "address"]
    purpose: Annotated[str, at_most(120, shortest=1)]


class RevealedOut(Schema):
    field: str
    value: str


class PeopleChosen(Input):
    text: Annotated[str, at_most(100)] = ""
    limit: Limit = 50


@router.get("/people", response={200: list[PersonOut], **PROBLEMS}, summary="Find people", operation_id="find_people", tags=["people"])
def list_people(request: HttpRequest, chosen: Query[PeopleChosen]) -> list[PersonOut]:
    """By the beginning of a name, or by an exact phone or identity number; only in the caller's reach, always masked."""
    actor, _now = who(request)
    rows = find_people(actor, chosen.text, limit=chosen.limit) if chosen.text.strip() else list(people_in_reach(actor)[: chosen.limit])
    return _people_out(rows)


@router.get(
    "/people/{person_id}", response={200: PersonOut, **PROBLEMS}, summary="One person, masked", operation_id="get_person", tags=["people"]
)
def get_person(request: HttpRequest, person_id: Number) -> PersonOut:
    return _people_out([person_in_reach(who(request)[0], person_id)])[0]


@router.post(
    "/people/{person_id}/reveal",
    response={200: RevealedOut, **PROBLEMS},
    summary="Open one sealed field",
    operation_id="reveal",
    tags=["people"],
)
def reveal_field(request: HttpRequest, person_id: Number, given: RevealIn) -> RevealedOut:
    """Logged with its purpose; the person can see who read it."""
    actor, now = who(request)
    person = person_in_reach(actor, person_id)
    return RevealedOut(field=given.field, value=reveal(actor=actor, person=person, field=given.field, purpose=given.purpose, now=now))


def _people_out(people: list[Person]) -> list[PersonOut]:
    names = short_names([p.home_place for p in people if p.home_place])
    return [
        PersonOut(
            id=p.pk,
            name=mask_name(p.name),
            where=names.get(p.home_place_id, "") if p.home_place_id else "",
            contact_by=p.contact_by,
            language=p.language,
            large_type=p.large_type,
            has=[f for f in ("identity", "phone", "address") if getattr(p, f)],
        )
        for p in people
    ]
