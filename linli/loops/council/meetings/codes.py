"""The sign-in code shown in the room: six digits that change every minute, or stay for the meeting. And who may follow it live."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from django.core import signing

from linli.loops.council.meetings.rules import CODE_SECONDS

LEVELS: Final = ("public", "room", "board", "desk")
_SALT: Final = "linli.meetings.live"


def new_secret() -> str:
    return secrets.token_hex(24)


def code_at(secret: str, now: datetime, *, rotating: bool) -> str:
    """The code that the room shows at `now`."""
    return _code(secret, int(now.timestamp()) // CODE_SECONDS if rotating else 0)


def is_good(secret: str, code: str, now: datetime, *, rotating: bool) -> bool:
    """Is it the code of now, or the one just before (a phone needs a moment)?"""
    window = int(now.timestamp()) // CODE_SECONDS if rotating else 0
    right = [_code(secret, window), *([_code(secret, window - 1)] if rotating else [])]
    given = code.strip().encode()
    return any(hmac.compare_digest(given, one.encode()) for one in right)


def _code(secret: str, window: int) -> str:
    digest = hmac.new(secret.encode(), str(window).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def live_key(meeting_id: int, level: str) -> str:
    """
    The part of an address by which a page asks for news at its level. It stands in place of the session: a poll opens none.
    """
    return signing.Signer(salt=_SALT).signature(f"{meeting_id}:{level}")


def is_live_key(meeting_id: int, level: str, key: str) -> bool:
    return level in LEVELS and hmac.compare_digest(live_key(meeting_id, level), key)
