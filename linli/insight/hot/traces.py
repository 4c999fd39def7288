"""
What is kept of a message for comparing it: which pairs of neighbouring characters it has, as numbers, told apart into those inside a name of a
place (*where*) and the others (*what*), and into those of its title and those of its body only. A trace holds no text.

Pairs need no word list and stand misspellings and names nobody knows (J. Wieting et al., "Charagram", EMNLP 2016; for Chinese, J. Nie et al.,
"On the use of words and n-grams for Chinese information retrieval", IRAL 2000).

Needs numpy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from linli.insight.hot.messages import Message
from linli.insight.hot.names import LONGEST, SHORTEST, found_in
from linli.insight.hot.texts import Array, Laid, laid_out

BITS: Final = 23
TITLED: Final = 1
WHERE: Final = 1 << (BITS + 1)
BATCH: Final = 10_000
"""Messages read at a time, so that memory does not grow with their number beyond what is kept of each."""

_ASIDE: Final = re.compile(r"\d+(?:栋|期|号线|号|楼|单元|室|米|年|月|日|点|元|万|个|户)")


@dataclass(frozen=True)
class Traces:
    """`pieces` of all messages one after the other, ascending within each; those of message n end before `ends[n]`."""

    pieces: Array
    ends: Array

    def __len__(self) -> int:
        return len(self.ends)

    def of(self, number: int) -> Array:
        return self.pieces[(self.ends[number - 1] if number else 0) : self.ends[number]]


def nothing() -> Traces:
    return Traces(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64))


def joined(parts: Sequence[Traces]) -> Traces:
    """Several in a row as one."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else nothing()
    starts = np.cumsum([0, *(len(part.pieces) for part in parts)])
    return Traces(
        np.concatenate([part.pieces for part in parts]),
        np.concatenate([part.ends + start for part, start in zip(parts, starts, strict=False)]),
    )


def names_of(messages: Sequence[Message], known: Collection[str] = ()) -> frozenset[str]:
    """Names of places found in the titles, and the `known` ones."""
    titles: list[str] = []
    for at in range(0, len(messages), BATCH):
        laid = laid_out(messages[at : at + BATCH], bodies=False)
        titles += [part.partition("\x1f")[0] for part in laid.text.split("\x1e")[:-1]]
    return found_in(titles) | frozenset(known)


def traces_of(messages: Sequence[Message], names: Collection[str]) -> Traces:
    """The traces of `messages` in their order, with what lies inside one of `names` read as *where*."""
    marks = _Names(names)
    return joined([_batch(messages[at : at + BATCH], marks) for at in range(0, len(messages), BATCH)])


def _batch(messages: Sequence[Message], names: _Names) -> Traces:
    laid = laid_out(messages)
    inside = names.inside(laid)
    aside = np.zeros(len(laid.codes), dtype=bool)
    for match in _ASIDE.finditer(laid.text):
        aside[match.start() : match.end()] = True
    good = laid.letter & ~aside
    first, second = slice(None, -1), slice(1, None)
    # A pair that crosses a name's border says neither what nor where.
    pair = good[first] & good[second] & (inside[first] == inside[second])
    if any(m.near for m in messages):  # the tree says where; what the text calls it is no difference
        known = np.array([bool(m.near) for m in messages])[laid.message[first]]
        pair &= ~(inside[first] & known)
    at = np.flatnonzero(pair)
    value = (_place(laid.codes[at], laid.codes[at + 1]) << np.uint64(1)) | laid.titled[at].astype(np.uint64)
    value |= np.where(inside[at], np.uint64(WHERE), np.uint64(0))
    key = (laid.message[at].astype(np.uint64) << np.uint64(32)) | value
    tree = [
        (number << 32) | WHERE | _tree_piece(place) | TITLED
        for number, m in enumerate(messages)
        for place in ((m.near,) if m.near else m.place)
    ]
    if tree:
        key = np.concatenate([key, np.array(tree, dtype=np.uint64)])
    key.sort()
    # The same piece in title and body counts as the title's, which sorts last.
    last = np.append((key[1:] >> np.uint64(1)) != (key[:-1] >> np.uint64(1)), True) if len(key) else np.zeros(0, dtype=bool)
    key = key[last]
    counts = np.bincount((key >> np.uint64(32)).astype(np.int64), minlength=len(messages))
    return Traces((key & np.uint64(0xFFFFFFFF)).astype(np.uint32), np.cumsum(counts))


def _place(one: Array, other: Array) -> Array:
    value = one.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + other.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    return value >> np.uint64(64 - BITS)


def _tree_piece(place: str) -> int:
    return (crc32(f"place:{place}".encode("utf-8", "replace")) >> (32 - BITS)) << 1


class _Names:
    """Finds names in a laid-out row: first three characters by a table, then the longest name that goes on from there."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = {name[:LONGEST] for name in names if len(name) >= SHORTEST}
        self.table = np.zeros(1 << BITS, dtype=bool)
        self.begins = {name[:SHORTEST] for name in self.names}
        codes = np.array([[ord(c) for c in begin] for begin in self.begins], dtype=np.uint64).reshape(-1, SHORTEST).T
        self.table[_place(_place(codes[0], codes[1]), codes[2]).astype(np.int64)] = True

    def inside(self, laid: Laid) -> Array:
        """Whether each character is part of a name."""
        found = np.zeros(len(laid.codes), dtype=bool)
        if not self.names or len(laid.codes) < SHORTEST:
            return found
        threes = _place(_place(laid.codes[:-2], laid.codes[1:-1]), laid.codes[2:])
        free = 0
        for at in np.flatnonzero(self.table[threes.astype(np.int64)]).tolist():
            if at < free or laid.text[at : at + SHORTEST] not in self.begins:  # the fuller the table, the oftener it only seems to be one
                continue
            for length in range(LONGEST, SHORTEST - 1, -1):
                if laid.text[at : at + length] in self.names:
                    found[at : at + length] = True
                    free = at + length
                    break
        return found
