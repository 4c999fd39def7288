"""The families of pieces that a text is read by, how much each counts, and the numbers their hashes are made with: one truth for every reader."""

from __future__ import annotations

from typing import Final, NamedTuple


class Family(NamedTuple):
    """Pieces of `length` characters (0: whole words), of the first `within` characters of a text (0: of all), and how much they count."""

    name: str
    length: int
    within: int
    weight: float


BITS: Final = 22
FAMILIES: Final = (
    Family("word", 0, 0, 1.0),
    Family("char", 1, 0, 0.5),
    Family("pair", 2, 0, 1.0),
    Family("triple", 3, 0, 1.0),
    Family("first_pair", 2, 24, 1.0),
)
SHARES: Final = tuple((family.weight / sum(f.weight for f in FAMILIES)) ** 0.5 for family in FAMILIES)
"""How much each family counts, as the length of its part of a text's vector."""

BASE: Final = 0x9E3779B97F4A7C15
SCATTER: Final = 0xD6E8FEB86659FD93
SALT: Final = 0xA0761D6478BD642F
FINISH: Final = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)  # the finish of MurmurHash3, which spreads all bits
