"""
A request being written, kept in the session from step to step and across signing in; nothing is lost on the way.

The token made with the draft names the request to be: sending twice makes one.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.http import HttpRequest

_KEY = "raise_draft"


@dataclass
class Draft:
    """What has been said so far. `place_id` 0: not chosen yet; `photos` are ids of stored files with their names."""

    token: str
    text: str = ""
    place_id: int = 0
    spot: str = ""
    latitude: float | None = None
    longitude: float | None = None
    visibility: str = ""
    raised_for: int | None = None
    photos: list[list[Any]] = field(default_factory=list)
    category: str | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        return (self.latitude, self.longitude) if self.latitude is not None and self.longitude is not None else None


def draft_of(request: HttpRequest) -> Draft:
    """The draft of this reader, a new one when there is none."""
    kept = request.session.get(_KEY)
    known = {f.name for f in fields(Draft)}
    if isinstance(kept, dict) and set(kept) <= known and kept.get("token"):
        return Draft(**kept)
    return Draft(token=secrets.token_urlsafe(12))


def keep(request: HttpRequest, draft: Draft) -> None:
    request.session[_KEY] = asdict(draft)


def drop(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)


def external_id(account_id: int, token: str) -> str:
    """The name under which this account's request is made once, however often it is sent."""
    return f"web:{account_id}:{token[:24]}"
