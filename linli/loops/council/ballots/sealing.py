"""
Votes of a secret ballot between casting and counting: sealed under a key of the ballot's own, padded so that length tells nothing.

The key is itself sealed with the house's field keys, which are kept apart from the database; the count destroys it. Whoever holds database
and field keys while the ballot runs could open votes: docs/ballots.md says so.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from linli.kernel.access.refusals import Refused
from linli.lib.crypto import FieldCipher, KeyRing
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.rules import SEALED_BYTES

_CONTEXT = "ballots.vote"


def new_key() -> str:
    return KeyRing.new().dump()


def cipher_of(ballot: Ballot) -> FieldCipher:
    """The cipher of one ballot. Raises Refused once its key was destroyed."""
    text = ballot.key.open()
    if not text:
        raise Refused("key_destroyed", "key destroyed")
    return FieldCipher(KeyRing.parse(text), settings.CRYPTO_SUITE)


def seal(cipher: FieldCipher, ballot: Ballot, voter_id: int, payload: dict[str, Any]) -> bytes:
    """The payload sealed for this voter of this ballot: moved to another row it cannot be opened."""
    plain = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    room = SEALED_BYTES - len(plain.encode())
    if room < 0:
        raise Refused("too_long", "vote too long")
    return cipher.encrypt(plain + " " * room, f"{_CONTEXT}:{ballot.pk}:{voter_id}")


def unseal(cipher: FieldCipher, ballot: Ballot, voter_id: int, sealed: bytes | memoryview) -> dict[str, Any]:
    found = json.loads(cipher.decrypt(bytes(sealed), f"{_CONTEXT}:{ballot.pk}:{voter_id}"))
    assert isinstance(found, dict)
    return found
