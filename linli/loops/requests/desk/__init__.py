"""The Desk's pages of requests: lists, one request, intake on behalf, patrol, calls, figures."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from linli.kernel.access.actor import Actor


def actor_and_now(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who works, and the one instant of this request, both set by the accounts' middleware; their acts come through the Desk."""
    return request.actor.through("desk"), request.now  # type: ignore[attr-defined]  # as the docstring says
