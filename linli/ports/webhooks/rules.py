"""Names of events, the signature, and how long to wait between tries. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

# Verb of the timeline -> event of the outside. What is inside business (notes, additions, redactions) has none.
EVENTS: Final = {
    "raise": "request.raised",
    "accept": "request.accepted",
    "decline": "request.declined",
    "dispatch": "request.dispatched",
    "redispatch": "request.dispatched",
    "object": "request.returned",
    "whistle": "request.whistled",
    "report_in": "request.reported_in",
    "answer_whistle": "request.unit_answered",
    "refuse_whistle": "request.unit_refused",
    "conclude_whistle": "request.resolved",
    "start": "request.started",
    "answer": "request.answered",
    "ask": "request.asked",
    "suspend": "request.suspended",
    "resume": "request.resumed",
    "resolve": "request.resolved",
    "rate": "request.rated",
    "record_rating": "request.rated",
    "close": "request.closed",
    "reopen": "request.reopened",
    "withdraw": "request.withdrawn",
    "merge": "request.merged",
    "unmerge": "request.unmerged",
    "recategorise": "request.recategorised",
    "supervise": "request.supervised",
    "me_too": "request.me_too",
    "retell": "request.retold",
}
NAMES: Final = tuple(sorted(set(EVENTS.values())))
ALL: Final = "*"

WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 1440, 1440))
GIVES_UP_AFTER: Final = timedelta(days=3)


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`: the receiver checks both, and that t is near."""
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after this many tries; None: no more."""
    return WAITS[tries - 1] if 0 < tries <= len(WAITS) else None


def ends(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an address that has failed since then is given up."""
    return failing_since is not None and now - failing_since > GIVES_UP_AFTER


def unknown_events(events: Sequence[str]) -> list[str]:
    return [e for e in events if e not in NAMES and e != ALL]
