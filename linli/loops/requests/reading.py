"""What every page of the Square asks of its request."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from linli.kernel.access.actor import Actor


def actor_and_now(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and the one instant of this request, both set by the accounts' middleware."""
    return request.actor, request.now  # type: ignore[attr-defined]  # as the docstring says
