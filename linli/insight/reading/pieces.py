"""
A text as countable pieces: its words, its single characters, pairs and triples of characters, and once more the pairs it begins with, as
people put the matter first (`families.py`).

Words and pairs together stand misspellings and other cuts of words; full-width digits and traditional script are folded before. A piece is known by a 64-bit hash alone, of which the first 22 bits are its place in a table ("feature hashing": K. Weinberger et
al., ICML 2009), so that a model holds no text of anybody. Hashes of all ranges of a batch come from prefix sums over its characters
(R. Karp & M. Rabin 1987).

Needs numpy; `light.py` makes the same hashes without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.reading.families import BASE, BITS, FAMILIES, FINISH, SALT, SCATTER
from linli.insight.reading.words import Cut, words_of

Array: TypeAlias = "np.ndarray[Any, Any]"

PLACES: Final = 1 << BITS
MOST_CHARS: Final = 200_000
"""Characters after which a batch is full, so that many long texts need no more memory than many short ones."""
_INVERSE: Final = pow(BASE, -1, 1 << 64)


@dataclass(frozen=True)
class Pieces:
    """
    Every occurrence of every piece of a batch of texts. `key` holds text, family and place (see `_Ranges`); the occurrence covers the
    characters from `start` to before `end` of the batch.
    """

    key: Array
    start: Array
    end: Array


@dataclass(frozen=True)
class Batch:
    """The words of some texts in one row: `codes` of all characters, `word_ends` of all words, `text_ends` and `words_until` by text."""

    words: list[list[str]]
    codes: Array
    word_ends: Array
    text_ends: Array
    words_until: Array


def batch_of(words: list[list[str]]) -> Batch:
    """Texts cut into words, laid out for counting."""
    flat = [word for row in words for word in row]
    codes = np.frombuffer("".join(flat).encode("utf-32-le", "replace"), dtype="<u4")
    word_ends = np.cumsum(np.fromiter(map(len, flat), dtype=np.int64, count=len(flat)))
    words_until = np.cumsum(np.array([len(row) for row in words], dtype=np.int64))
    text_ends = np.append(0, word_ends)[words_until]
    return Batch(words, codes, word_ends, text_ends, words_until)


def pieces_of(batch: Batch) -> Pieces:
    """All pieces of a batch, text by text unsorted."""
    hashed = _Ranges(batch.codes)
    of_char = np.repeat(np.arange(len(batch.words)), np.diff(batch.text_ends, prepend=0))
    left, after = batch.text_ends[of_char] - np.arange(len(of_char)), np.arange(len(of_char)) - np.append(0, batch.text_ends[:-1])[of_char]
    found = []
    for n, family in enumerate(FAMILIES):
        if not family.length:
            of_word = np.repeat(np.arange(len(batch.words)), np.diff(batch.words_until, prepend=0))
            found.append(hashed.pieces(n, of_word, np.append(0, batch.word_ends[:-1]), batch.word_ends))
            continue
        inside = left >= family.length
        if family.within:
            inside &= after <= family.within - family.length
        start = np.flatnonzero(inside)
        found.append(hashed.pieces(n, of_char[start], start, start + family.length))
    return Pieces(*(np.concatenate(column) for column in zip(*found, strict=True)))


class _Ranges:
    """Hashes of ranges of characters: two equal ranges have the same hash wherever they stand."""

    def __init__(self, codes: Array) -> None:
        self._back = _powers(_INVERSE, len(codes) + 1)
        scattered = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(SCATTER)
        scattered ^= scattered >> np.uint64(32)
        self._sums = np.append(np.uint64(0), np.cumsum(scattered * _powers(BASE, len(codes) + 1)[:-1], dtype=np.uint64))

    def pieces(self, family: int, text: Array, start: Array, end: Array) -> tuple[Array, Array, Array]:
        value = (self._sums[end] - self._sums[start]) * self._back[start]
        value ^= np.uint64((family + 1) * SALT % (1 << 64))
        for factor in FINISH:
            value ^= value >> np.uint64(33)
            value *= np.uint64(factor)
        place = (value >> np.uint64(64 - BITS)).astype(np.int64)
        return ((text * len(FAMILIES) + family) << BITS) | place, start, end


_known: dict[int, Array] = {}


def _powers(base: int, count: int) -> Array:
    """1, base, base², … modulo 2⁶⁴; kept, as every batch needs the same."""
    known = _known.get(base)
    if known is None or len(known) < count:
        factors = np.full(max(count, 1 << 16), base, dtype=np.uint64)
        factors[0] = 1
        known = _known[base] = np.cumprod(factors, dtype=np.uint64)
    return known[:count]


def counted(keys: Array) -> tuple[Array, Array]:
    """The distinct `keys`, ascending, and how often each occurs."""
    ordered = np.sort(keys)
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, dtype=np.int64)
    return ordered[first], np.diff(np.append(first, len(ordered)))


def batches(texts: Sequence[Any], cut: Cut, *, most: int = 256) -> Iterable[Batch]:
    """`texts` in their order, in batches of at most `most`, and of not many more than `MOST_CHARS` characters."""
    waiting: list[list[str]] = []
    chars = 0
    for text in texts:
        waiting.append(words_of(text, cut))
        chars += sum(map(len, waiting[-1]))
        if len(waiting) >= most or chars >= MOST_CHARS:
            yield batch_of(waiting)
            waiting, chars = [], 0
    if waiting:
        yield batch_of(waiting)
