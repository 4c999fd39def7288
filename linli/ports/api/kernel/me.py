"""Who calls, what they were told, and what they want to hear nothing more of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from linli.kernel.matters import muting
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.notices.actions import mark_read
from linli.kernel.notices.models import Message
from linli.kernel.places.models import Place
from linli.loops.requests.api import (
    who,
)
from linli.ports.api.kernel.router import own_account, router
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit


class MessageOut(Schema):
    id: int
    title: str
    body: str
    about: str
    url: str
    created_at: datetime
    read: bool


class MessagePageOut(Schema):
    items: list[MessageOut]
    next_cursor: int | None


class MessagesChosen(Input):
    unread: bool = False
    cursor: Cursor | None = None
    limit: Limit = 20


class ReadIn(Input):
    ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class CountOut(Schema):
    count: int


@router.get("/me/messages", response={200: MessagePageOut, **PROBLEMS}, summary="My messages", operation_id="my_messages", tags=["me"])
def my_messages(request: HttpRequest, chosen: Query[MessagesChosen]) -> MessagePageOut:
    actor, _now = who(request)
    found = Message.objects.filter(account_id=own_account(actor)).order_by("-pk")
    if chosen.unread:
        found = found.filter(read_at=None)
    rows = list((found.filter(pk__lt=chosen.cursor) if chosen.cursor else found)[: chosen.limit + 1])
    shown = rows[: chosen.limit]
    items = [
        MessageOut(
            id=m.pk,
            title=m.title,
            body=m.body,
            about=m.about,
            url=m.address,
            created_at=m.created_at.astimezone(UTC),
            read=m.read_at is not None,
        )
        for m in shown
    ]
    return MessagePageOut(items=items, next_cursor=shown[-1].pk if len(rows) > chosen.limit else None)


@router.post(
    "/me/messages/read", response={200: CountOut, **PROBLEMS}, summary="Mark messages read", operation_id="read_messages", tags=["me"]
)
def read_messages(request: HttpRequest, given: ReadIn) -> CountOut:
    actor, now = who(request)
    own_account(actor)
    return CountOut(count=mark_read(actor=actor, message_ids=given.ids, now=now))


class MutedOut(Schema):
    ref: str
    kind: str
    title: str


class MuteIn(Input):
    """A matter of any kind, by its reference."""

    ref: Annotated[str, Field(pattern=r"^[A-Za-z][1-9][0-9]{0,17}$")]


@router.get("/me/muted", response={200: list[MutedOut], **PROBLEMS}, summary="What I muted", operation_id="my_muted", tags=["me"])
def my_muted(request: HttpRequest) -> list[MutedOut]:
    """The matters I want to hear nothing more of, the newest first, at most 200."""
    actor, _now = who(request)
    own_account(actor)
    return [MutedOut(ref=m.ref, kind=m.kind, title=m.public_title) for m in muting.muted_by(actor)[:200]]


@router.post("/me/mute", response={200: CountOut, **PROBLEMS}, summary="Mute a matter", operation_id="mute", tags=["me"])
def mute(request: HttpRequest, given: MuteIn) -> CountOut:
    """Nothing more is sent to me about it, but for what only I can answer; it stays mine."""
    actor, now = who(request)
    own_account(actor)
    muting.mute(actor=actor, matter_id=id_of_ref(given.ref), now=now)
    return CountOut(count=1)


@router.post(
    "/me/hear-again", response={200: CountOut, **PROBLEMS}, summary="Hear of a matter again", operation_id="hear_again", tags=["me"]
)
def hear_again(request: HttpRequest, given: MuteIn) -> CountOut:
    actor, now = who(request)
    own_account(actor)
    muting.hear_again(actor=actor, matter_id=id_of_ref(given.ref), now=now)
    return CountOut(count=1)


class StandingOut(Schema):
    role: str
    place_id: int | None
    place: str
    unit_id: int | None


class MeOut(Schema):
    """Who the call comes from, and what it may do where."""

    name: str
    person_id: int | None
    scopes: list[str] | None
    standings: list[StandingOut]


@router.get("/me", response={200: MeOut, **PROBLEMS}, summary="Who am I", operation_id="who_am_i", tags=["me"])
def me(request: HttpRequest) -> MeOut:
    actor, _now = who(request)
    own_account(actor)
    places = {p.path: p for p in Place.objects.filter(path__in=[s.path for s in actor.standings])}
    return MeOut(
        name=actor.name,
        person_id=actor.person_id,
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        standings=[
            StandingOut(
                role=s.role,
                place_id=places[s.path].pk if s.path in places else None,
                place=places[s.path].name if s.path in places else "",
                unit_id=s.unit_id,
            )
            for s in actor.standings
        ],
    )
