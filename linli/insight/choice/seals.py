"""
Sealed areas of a secret ballot: Pedersen commitments and the proof that they hold exactly the areas of those who took part.

A seal G^area · H^blinding (mod the prime of RFC 3526, group 14) tells nothing about the area, and cannot be opened to another. Seals
multiplied are the seal of the sum. Checking is in `verify_bundle`, which is published; making is here. Blindings have 256 bits and the last
masks are drawn from the whole group; all randomness comes in as an argument.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from linli.insight.choice.verify_bundle import SMALL, G, P, Powers, Q, challenge, plain, point_of, second_base

BLINDING_BITS: Final = 256
_SLACK: Final = 96  # bits by which a mask is longer than what it hides
Bits = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a seal holds; with it anybody can check the seal. `area` in 0.01 m²."""

    area: int
    blinding: int


def new_opening(area: int, bits: Bits = secrets.randbits) -> Opening:
    """An opening for one vote. Raises ValueError for an area that is no area."""
    if not 0 < area < 1 << 60:
        raise ValueError("an area is greater than 0")
    return Opening(area, bits(BLINDING_BITS))


def seal(ballot: str, opening: Opening) -> str:
    """The seal as hexadecimal text."""
    return f"{pow(G, opening.area, P) * pow(second_base(ballot), opening.blinding, P) % P:x}"


class Sealer:
    """Seals for one ballot, quick after some preparation: for counting thousands."""

    def __init__(self, ballot: str) -> None:
        self._h = Powers(second_base(ballot), BLINDING_BITS)

    def seal(self, opening: Opening) -> str:
        return f"{pow(G, opening.area, P) * self._h.power(opening.blinding) % P:x}"


def prove(ballot: str, openings: Sequence[Opening], seals: Sequence[str], bits: Bits = secrets.randbits) -> dict[str, Any]:
    """
    The proof that `seals` (in published order, with their openings) hold the areas of the openings in some order. Takes about ten
    milliseconds a vote. Raises ValueError for fewer than two votes, which no proof could hide.
    """
    if len(openings) < 2:
        raise ValueError("one vote cannot be hidden")
    x = point_of(ballot, list(seals), sorted(opening.area for opening in openings))
    h = second_base(ballot)
    powers_g, powers_h = Powers(G, 4 * SMALL), Powers(h, 4 * SMALL)
    numbers = [x - opening.area for opening in openings]
    before = powers_g.power(x) * pow(int(seals[0], 16), -1, P) % P
    blinding = -openings[0].blinding % Q
    steps: list[str] = []
    firsts: list[list[str]] = []
    masks: list[tuple[int, int, int, int]] = []
    for at in range(1, len(openings)):
        last = at == len(openings) - 1
        added = _below_order(bits) if last else bits(BLINDING_BITS)
        u, v = bits(2 * SMALL + _SLACK), bits(BLINDING_BITS + SMALL + _SLACK)
        w = _below_order(bits) if last else bits(BLINDING_BITS + SMALL + _SLACK)
        firsts.append([f"{plain(powers_g.power(u) * powers_h.power(v) % P):x}", f"{plain(pow(before, u, P) * powers_h.power(w) % P):x}"])
        before = pow(before, numbers[at], P) * powers_h.power(added) % P
        blinding = (blinding * numbers[at] + added) % Q
        steps.append(f"{before:x}")
        masks.append((u, v, w, added))
    c = challenge("answers", x, steps, firsts)
    answers = [
        [f"{(u + c * numbers[at]) % Q:x}", f"{(v - c * openings[at].blinding) % Q:x}", f"{(w + c * added) % Q:x}"]
        for at, (u, v, w, added) in enumerate(masks, start=1)
    ]
    return {"challenge": f"{c:x}", "steps": steps, "answers": answers, "last": f"{blinding:x}"}


def _below_order(bits: Bits) -> int:
    """A number below the order of the group, as good as uniform."""
    return bits(Q.bit_length() + SMALL) % Q
