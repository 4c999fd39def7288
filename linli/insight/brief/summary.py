"""
A text at its shortest in its own words: the sentences whose words stand for most of it, none saying again what one before said.

After SumBasic (L. Vanderwende, H. Suzuki, C. Brockett, A. Nenkova, "Beyond SumBasic", Information Processing and Management 43, 2007): a
sentence weighs as much as its words are frequent on average, and a word once told counts as the square of its share. The first sentence weighs
a little more, for residents begin with what happened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from linli.insight.brief.pieces import Piece, sentences, words_of

SENTENCES: Final = 3
CHARACTERS: Final = 180
_FIRST: Final = 1.25
_SHORTEST: Final = 8
_ENDED: Final = re.compile(r"[。！？!?；;：:，,、.…”’」』）)]$")


def summary(text: str, *, most: int = SENTENCES, characters: int = CHARACTERS) -> list[Piece]:
    """
    At most `most` sentences of together at most `characters` characters (one is always given), in the order of the text; nothing for a text
    without words. A text that short already is given whole.
    """
    said = sentences(text)
    if len(said) <= most and sum(len(s.text) for s in said) <= characters:
        return said
    bags = [words_of(s.text) for s in said]
    counted = Counter(word for bag in bags for word in bag)
    total = sum(counted.values()) or 1
    share = {word: count / total for word, count in counted.items()}
    chosen: list[int] = []
    room = characters
    while len(chosen) < most:
        left = [n for n in range(len(said)) if n not in chosen and (len(said[n].text) <= room or not chosen)]
        if not left:
            break
        best = max(left, key=lambda n: (_worth(bags[n], share, n, len(said[n].text)), -n))
        chosen.append(best)
        room -= len(said[best].text)
        for word in set(bags[best]):
            share[word] **= 2
    return [_shortened(said[n], characters) for n in sorted(chosen)]


def joined(pieces: Iterable[Piece]) -> str:
    """Pieces one after another as one text: what does not end in a mark gets a full stop, so that two never run into one."""
    return "".join(p.text if _ENDED.search(p.text) else f"{p.text}。" for p in pieces)


def _worth(bag: list[str], share: dict[str, float], at: int, length: int) -> float:
    if not bag or length < _SHORTEST:
        return 0.0
    return sum(share[word] for word in bag) / len(bag) * (_FIRST if at == 0 else 1.0)


def _shortened(piece: Piece, most: int) -> Piece:
    return piece if len(piece.text) <= most else Piece(piece.start, piece.start + most, piece.text[:most])
