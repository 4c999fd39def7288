"""Subscriptions in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Router, Schema, Status
from pydantic import Field

from linli.kernel.access.refusals import Refused
from linli.kernel.access.tongue import as_read
from linli.kernel.places.queries import place_by_id
from linli.loops.requests.api import utc, who
from linli.ports.webhooks import actions
from linli.ports.webhooks.models import Subscription
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most

router = Router(tags=["webhooks"])


class SubscriptionOut(Schema):
    id: int
    name: str
    url: str
    events: list[str]
    place_id: int | None
    active: bool
    created_at: datetime
    failing_since: datetime | None
    ended_at: datetime | None
    ended_why: str


class MadeOut(SubscriptionOut):
    """`secret` is shown this once: `X-Linli-Signature: t=…,v1=…` is the HMAC-SHA256 of `t.body` under it."""

    secret: str


class SubscribeIn(Input):
    name: Annotated[str, at_most(60)] = ""
    url: Annotated[str, at_most(500, shortest=8)]
    events: Annotated[list[Annotated[str, at_most(40, shortest=1)]], Field(min_length=1, max_length=40)]
    place_id: Id | None = None


def _out(found: Subscription) -> SubscriptionOut:
    return SubscriptionOut(
        id=found.pk,
        name=found.name,
        url=found.url,
        events=found.events,
        place_id=found.place_id,
        active=found.active,
        created_at=found.created_at,
        failing_since=utc(found.failing_since),
        ended_at=utc(found.ended_at),
        ended_why=as_read(found.ended_why),
    )


@router.get("/webhooks", response={200: list[SubscriptionOut], **PROBLEMS}, summary="My webhooks", operation_id="list_webhooks")
def list_webhooks(request: HttpRequest) -> list[SubscriptionOut]:
    actor, _now = who(request)
    if actor.account_id is None:
        raise Refused("sign_in", _("请先登录或带上令牌。"), would_signing_in_help=True)
    return [_out(s) for s in Subscription.objects.filter(account_id=actor.account_id).order_by("-pk")[:200]]


@router.post("/webhooks", response={201: MadeOut, **PROBLEMS}, summary="Subscribe", operation_id="subscribe")
def subscribe(request: HttpRequest, given: SubscribeIn) -> Status[MadeOut]:
    actor, now = who(request)
    place = place_by_id(given.place_id) if given.place_id else None
    made, secret = actions.subscribe(actor=actor, name=given.name, url=given.url, events=given.events, place=place, now=now)
    return Status(201, MadeOut(secret=secret, **_out(made).model_dump()))


@router.post(
    "/webhooks/{subscription_id}/end", response={200: SubscriptionOut, **PROBLEMS}, summary="Unsubscribe", operation_id="unsubscribe"
)
def unsubscribe(request: HttpRequest, subscription_id: Path[Id]) -> SubscriptionOut:
    actor, now = who(request)
    return _out(actions.unsubscribe(actor=actor, subscription_id=subscription_id, now=now))
