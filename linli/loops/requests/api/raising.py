"""Raising a request, for oneself or for somebody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Status

from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import register_person
from linli.kernel.people.queries import person_in_reach
from linli.kernel.places.models import Kind
from linli.kernel.places.queries import ancestor_of_kind
from linli.loops.requests.actions import intake
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import RaiseForIn, RaiseIn, raise_fields
from linli.loops.requests.api.shapes import RequestOut, one_out
from linli.web.jsonapi import PROBLEMS


def created(response: HttpResponse, matter: Matter) -> None:
    response.headers["Location"] = f"/api/v1/requests/{matter.ref}"


@router.post("/requests", response={201: RequestOut, **PROBLEMS}, summary="Raise a request", operation_id="raise_request")
def raise_request(request: HttpRequest, response: HttpResponse, given: RaiseIn) -> Status[RequestOut]:
    """`external_id` makes sending it again harmless, for ever; `Idempotency-Key` does so for a day."""
    actor, now = who(request)
    matter = intake.raise_request(actor=actor, now=now, **raise_fields(actor, given))
    created(response, matter)
    return Status(201, one_out(actor, matter, now))


@router.post(
    "/requests/on-behalf", response={201: RequestOut, **PROBLEMS}, summary="Record a request for somebody", operation_id="raise_on_behalf"
)
def raise_on_behalf(request: HttpRequest, response: HttpResponse, given: RaiseForIn) -> Status[RequestOut]:
    actor, now = who(request)
    fields = raise_fields(actor, given)
    person = None
    if given.person_id:
        person = person_in_reach(actor, given.person_id)
    elif given.person_name:
        person, _new = register_person(
            actor=actor,
            name=given.person_name,
            phone=given.person_phone,
            now=now,
            home_place=ancestor_of_kind(fields["place"], Kind.COMMUNITY) or fields["place"],
        )
    matter = intake.raise_request(actor=actor, now=now, channel=given.channel, raised_for=person, **fields)
    created(response, matter)
    return Status(201, one_out(actor, matter, now))
