"""The router all requests' addresses hang on, and who comes through it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router

from linli.kernel.access.actor import Actor

router = Router(tags=["requests"])


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and when."""
    return request.actor, request.now  # type: ignore[attr-defined]  # set by the middleware and the guard
