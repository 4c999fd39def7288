"""
The same text sent to others: answers are boiled down to what they say and compared by their digests and by the share of common pieces.

Only digests are kept, so that an index of what was sent holds no text. Shingles and their resemblance after Broder, "On the resemblance and
containment of documents" (1997), with the smallest hashes of a text standing for all of them (bottom-k sketch).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

from linli.insight.replies.sentences import Kind, sentences

ALIKE: Final = 0.8
SKETCH: Final = 24
_PIECE: Final = 6
_LEFT_OUT: Final = re.compile(r"[\s0-9０-９A-Za-z，。、；：！？,.;:!?（）()“”\"'《》·\-—…]+")
_SHORTEST: Final = 12  # characters; less is too little to call two answers the same


def core(answer: str) -> str:
    """What an answer says without courtesy, numbers, punctuation and white space: what must differ when two matters differ."""
    said = [s.text for s in sentences(answer) if s.kind not in (Kind.GREETING, Kind.THANKS, Kind.SIGNED)]
    return _LEFT_OUT.sub("", "".join(said))


def sketch(answer: str) -> tuple[int, ...]:
    """The smallest digests of the answer's pieces, in order; empty when it says too little."""
    text = core(answer)
    if len(text) < _SHORTEST:
        return ()
    pieces = {zlib.crc32(text[n : n + _PIECE].encode()) for n in range(len(text) - _PIECE + 1)}
    return tuple(sorted(pieces)[:SKETCH])


class Sent:
    """What was sent to others, as sketches. `times` tells how many of them say the same."""

    def __init__(self, answers: Iterable[str] = ()) -> None:
        self._sketches: list[tuple[int, ...]] = []
        self._by_piece: dict[int, list[int]] = {}
        for answer in answers:
            self.add(sketch(answer))

    def add(self, made: tuple[int, ...]) -> None:
        number = len(self._sketches)
        self._sketches.append(made)
        for piece in made:
            self._by_piece.setdefault(piece, []).append(number)

    def times(self, answer: str) -> int:
        """How many kept answers resemble this one by at least `ALIKE`."""
        return self.alike(sketch(answer))

    def alike(self, made: tuple[int, ...]) -> int:
        if not made:
            return 0
        common = Counter(number for piece in made for number in self._by_piece.get(piece, ()))
        return sum(1 for number, count in common.items() if _resemblance(made, self._sketches[number], count) >= ALIKE)


def _resemblance(a: tuple[int, ...], b: tuple[int, ...], common: int) -> float:
    """The share of the smallest digests of both together that both have."""
    if not common:
        return 0.0
    smallest = set(sorted({*a, *b})[:SKETCH])
    return len(smallest & set(a) & set(b)) / len(smallest)
