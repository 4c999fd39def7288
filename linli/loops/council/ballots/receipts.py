"""
What a voter takes away, and finds again in the published bundle. Pure but for randomness.

Named: a hash over ballot, number on the roll, choice and a nonce; the bundle publishes all four, so anybody computes it again. Secret: the tag
under which the choice is published, and the blinding that opens the seal of one's own area; the server forgets both with the count.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from linli.insight.choice.bundle import make_tag, new_nonce
from linli.insight.choice.seals import BLINDING_BITS
from linli.insight.choice.verify_bundle import RECEIPT, canonical
from linli.loops.council.ballots.models import Ballot

# As much of a device's own text as goes into a tag.
LONGEST_THEIRS = 64


def ballot_name(ballot: Ballot) -> str:
    """What the ballot is called in its bundle and receipts: its number and the beginning of the hash of its frozen terms."""
    return f"ballot-{ballot.pk}-{ballot.frozen_hash.rpartition(':')[2][:16]}"


def named_code(name: str, owner: int, choice: Any, nonce: str) -> str:
    """The receipt of a named vote; `nonce` in hexadecimal, as in the bundle."""
    return hashlib.sha256(b"linli receipt 1\n" + canonical([name, owner, choice, nonce])).hexdigest()


def secret_payload(choice: Any, theirs: str = "") -> dict[str, Any]:
    """What is sealed of a secret vote: the choice, its tag with both nonces, the blinding of its area."""
    ours, theirs = new_nonce(), theirs.strip()[:LONGEST_THEIRS]
    blinding = f"{secrets.randbits(BLINDING_BITS):x}"
    return {"choice": choice, "tag": make_tag(ours, theirs), "ours": ours, "theirs": theirs, "blinding": blinding}


def secret_file(ballot: Ballot, payload: dict[str, Any], choice: str, area: str, seal: str) -> dict[str, Any]:
    """The receipt as `verify_bundle.py --receipt` reads it. `choice` is as the bundle has it; path and root come only after the count."""
    vote = {"tag": payload["tag"], "choice": choice, "seal": seal}
    return {
        "format": RECEIPT, "ballot": ballot_name(ballot), "vote": vote, "area": area, "blinding": payload["blinding"],
        "nonces": [payload["ours"], payload["theirs"]],
    }  # fmt: skip
