"""What meetings tell of the rooms they take place in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from linli.kernel.access.actor import Actor
from linli.kernel.places.rooms import Use, code_in
from linli.loops.council.meetings.models import Meeting, State
from linli.loops.council.meetings.reading import readable

UNDER_WAY = timedelta(hours=6)


def uses(actor: Actor, code: str, now: datetime) -> Sequence[Use]:
    """Meetings announced for a room that the reader may read, soonest first. One query."""
    coming = Meeting.objects.filter(readable(actor), venue__icontains=code, starts_at__gte=now - UNDER_WAY)
    found = coming.filter(state__in=[State.NOTICED, State.OPEN, State.ADJOURNED]).order_by("starts_at")[:40]
    return [Use(m.title, m.starts_at, reverse("meetings:one", args=[m.pk])) for m in found if code_in(m.venue) == code]
