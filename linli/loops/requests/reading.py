"""What every page of the Square asks of its request."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from linli.kernel.access.actor import ANONYMOUS, Actor


def actor_and_now(request: HttpRequest) -> tuple[Actor, datetime]:
    """
    Who asks, and the one instant of this request, both set by the accounts' middleware.

    A request refused before it got that far (its error page still has a header and a help number) is nobody's, now.
    """
    return getattr(request, "actor", ANONYMOUS), getattr(request, "now", None) or timezone.now()
