"""
The same model read without numpy, for a process that must stay small: the website. One text at a time.

Places, rarity and telling are held (eight bytes a piece); weights stay in the file, and of a text only the rows of its own pieces are
fetched. The scores are those of `Model`, up to rounding.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from math import exp, fsum, log, sqrt
from pathlib import Path
from typing import Any, Final

from linli.insight.keywords import Suggestion
from linli.insight.reading.families import BASE, BITS, FAMILIES, FINISH, SALT, SCATTER, SHARES
from linli.insight.reading.model_files import Header, content_of, damaged, only_by_hand, opened
from linli.insight.reading.readings import TOP, Reading, strongest, suggested, verdict_of
from linli.insight.reading.words import LONGEST_WORD, house_words, words_of

MOST: Final = 3000
"""Characters of a text that are read here: a page waits for it."""
Key = tuple[int, int]
"""A family, and a piece's place."""
_ALL: Final = (1 << 64) - 1
_POWERS: Final = tuple(pow(BASE, n, 1 << 64) for n in range(LONGEST_WORD))
_SALTS: Final = tuple((family + 1) * SALT & _ALL for family in range(len(FAMILIES)))


class Light:
    """
    A model's file, opened for reading. It may be replaced on disk meanwhile: this one goes on reading what it opened. Raises InputProblem
    when the file is no whole model of this version, or learned beside an encoder.
    """

    def __init__(self, path: Path) -> None:
        with opened(path) as (file, header):
            if header.dimension:
                only_by_hand()
            self._places = _numbers("I", content_of(file, header.parts["places"]))
            self._rarity, self._telling = (content_of(file, header.parts[name]) for name in ("rarity", "telling"))
            self._offsets = _numbers("d", content_of(file, header.parts["offsets"]))
            content_of(file, header.parts["weights"])  # whole, or refused now and not in the middle of a page
            self._file = os.dup(file.fileno())
        self._header: Header = header
        self._row = struct.Struct(f"<{len(header.labels)}e")
        self._verdict = verdict_of(header.labels, header.facts)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._header.labels

    @property
    def facts(self) -> dict[str, Any]:
        return self._header.facts

    def suggest(self, text: str, top: int = TOP) -> list[Suggestion]:
        """The same interface as the keyword rules; nothing for a text without a known piece."""
        return suggested(self.reading(text), top)

    def read(self, texts: Sequence[Any], *, explained: int = TOP) -> Iterator[Reading]:
        for text in texts:
            yield self.reading(text, explained=explained)

    def reading(self, text: Any, *, explained: int = TOP) -> Reading:
        return self.told(text, explained=explained)[0]

    def told(self, text: Any, *, explained: int = TOP) -> tuple[Reading, list[float]]:
        """The reading, and the chances of all labels in their order."""
        words = words_of(text[:MOST] if isinstance(text, str) else text, house_words)
        where = _pieces(words)
        entries = self._entries(where)
        rows = {key: self._row.unpack(os.pread(self._file, self._row.size, self._at(piece))) for key, (piece, _value) in entries.items()}
        scores = [0.0] * len(self.labels)
        for key, (_piece, value) in entries.items():
            for n, weight in enumerate(rows[key]):
                scores[n] += value * weight
        chances = _chances(scores, self._header.slope, self._offsets)
        best = sorted(range(len(chances)), key=lambda n: -chances[n])[:TOP]
        said: list[tuple[str, ...]] = [()] * len(best)
        if entries and explained > 0:
            spoken = {key: (rows[key], value) for key, (_piece, value) in entries.items()}
            said[:explained] = _spoke(words, where, spoken, best[:explained])
        return self._verdict.reading(best, chances, said, max(scores), bool(entries)), chances

    def _at(self, piece: int) -> int:
        return self._header.parts["weights"].at + piece * self._row.size

    def _entries(self, where: dict[Key, list[tuple[int, int]]]) -> dict[Key, tuple[int, float]]:
        """The number and the value of each known piece of a text; see `model.entries_of`."""
        known: list[dict[Key, tuple[int, float]]] = [{} for _family in FAMILIES]
        for key, at in where.items():
            family, place = key
            piece = bisect_left(self._places, place)
            if piece < len(self._places) and self._places[piece] == place:
                known[family][key] = piece, (1 + log(len(at))) * _half(self._rarity, piece)
        found: dict[Key, tuple[int, float]] = {}
        for share, values in zip(SHARES, known, strict=True):
            length = sqrt(fsum(value * value for _piece, value in values.values())) or 1.0
            for key, (piece, value) in values.items():
                found[key] = piece, value * share / length * _half(self._telling, piece)
        whole = sqrt(fsum(value * value for _piece, value in found.values())) or 1.0
        return {key: (piece, value / whole) for key, (piece, value) in found.items()}


def _spoke(
    words: list[str], where: dict[Key, list[tuple[int, int]]], spoken: dict[Key, tuple[tuple[float, ...], float]], labels: Sequence[int]
) -> list[tuple[str, ...]]:
    """The words that spoke for each of the labels; see `Model._words`."""
    of_char = [[0.0] * sum(map(len, words)) for _label in labels]
    for key, (row, value) in spoken.items():
        at = where[key]
        mean, share = fsum(row) / len(row), value / len(at)
        for label, gains in zip(labels, of_char, strict=True):
            gain = (row[label] - mean) * share
            for start, end in at:
                each = gain / (end - start)
                for n in range(start, end):
                    gains[n] += each
    return [strongest(words, _by_word(words, gains)) for gains in of_char]


def _by_word(words: list[str], of_char: list[float]) -> list[float]:
    start, gains = 0, []
    for word in words:
        gains.append(fsum(of_char[start : start + len(word)]))
        start += len(word)
    return gains


def _chances(scores: list[float], slope: float, offsets: array[float]) -> list[float]:
    raised = [score * slope + offset for score, offset in zip(scores, offsets, strict=True)]
    most = max(raised)
    shares = [exp(one - most) for one in raised]
    whole = fsum(shares)
    return [share / whole for share in shares]


def _half(content: bytes, n: int) -> float:
    return float(_HALF.unpack_from(content, 2 * n)[0])


_HALF: Final = struct.Struct("<e")


def _numbers(kind: str, content: bytes) -> array[Any]:
    found = array(kind, content)
    if sys.byteorder == "big":
        found.byteswap()
    if kind == "I" and any(found[n] >= found[n + 1] for n in range(0, len(found) - 1, max(1, len(found) // 1000))):
        damaged()
    return found


def _pieces(words: list[str]) -> dict[Key, list[tuple[int, int]]]:
    """Every piece of a text with the ranges of characters where it occurs."""
    plain = "".join(words)
    found: dict[Key, list[tuple[int, int]]] = {}
    for n, family in enumerate(FAMILIES):
        places: dict[str, int] = {}
        for start, end in _ranges(words, len(plain), family.length, family.within):
            piece = plain[start:end]
            place = places.get(piece)
            if place is None:
                place = places[piece] = _place(n, piece)
            found.setdefault((n, place), []).append((start, end))
    return found


def _ranges(words: list[str], size: int, length: int, within: int) -> Iterator[tuple[int, int]]:
    if length:
        last = min(size, within or size) - length
        yield from ((start, start + length) for start in range(last + 1))
        return
    start = 0
    for word in words:
        yield start, start + len(word)
        start += len(word)


def _place(family: int, piece: str) -> int:
    """The first bits of the piece's hash, as `pieces._Ranges` makes it of many at once."""
    value = 0
    for char, power in zip(piece, _POWERS, strict=False):
        value += _scattered(char) * power
    value = (value & _ALL) ^ _SALTS[family]
    for factor in FINISH:
        value ^= value >> 33
        value = value * factor & _ALL
    return value >> (64 - BITS)


@cache
def _scattered(char: str) -> int:
    value = (ord(char) + 1) * SCATTER & _ALL
    return value ^ (value >> 32)
