"""
A motion being written, kept in the session from step to step and across signing in; nothing is lost on the way.

The token made with the draft names the motion to be: sending twice makes one.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field, fields

from django.http import HttpRequest

_KEY = "motion_draft"


@dataclass
class Draft:
    """
    What has been said so far. `place_id` 0: not chosen yet; `options` are rows of {title, text, cost}, the cost as typed; `parent` is the
    reference of the request it comes from.
    """

    token: str
    title: str = ""
    body: str = ""
    topic: str = "public_matters"
    place_id: int = 0
    tier: str = ""
    road: str = ""
    options: list[dict[str, str]] = field(default_factory=list)
    options_seen: bool = False
    raised_for: int | None = None
    parent: str = ""


def draft_of(request: HttpRequest) -> Draft:
    """The draft of this reader, a new one when there is none."""
    kept = request.session.get(_KEY)
    known = {f.name for f in fields(Draft)}
    return Draft(**kept) if isinstance(kept, dict) and set(kept) <= known and kept.get("token") else fresh()


def fresh() -> Draft:
    return Draft(token=secrets.token_urlsafe(12))


def keep(request: HttpRequest, draft: Draft) -> None:
    request.session[_KEY] = asdict(draft)


def drop(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)


def external_id(account_id: int, token: str) -> str:
    """The name under which this account's motion is made once, however often it is sent."""
    return f"web:{account_id}:{token[:24]}"
