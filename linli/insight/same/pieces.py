"""
A text as pieces that can be looked up: pairs of neighbouring Chinese characters, fours of letters and digits, each known by a number alone.

Pairs stand other cuts of words and most misspellings; runs shorter than four letters (a block's number, "58") are pieces whole. Numbers are
hashes (multiplicative, finished as MurmurHash3 is), places in a table of 2²¹ ("feature hashing": K. Weinberger et al., ICML 2009).
Needs numpy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np

from linli.lib.texts import simplified

Array: TypeAlias = "np.ndarray[Any, Any]"

BITS: Final = 21
PLACES: Final = 1 << BITS
HEAD: Final = 60
"""Characters of the first line that are the head: a title, or what people say first, and that names the matter."""
REST: Final = 300
"""Characters read after it. What follows are stories, letters and laws, which make different matters alike."""
STRONG: Final = 5
"""How many times as much a piece weighs that stands in the head (bench/README.md says what was tried)."""
PIECE: Final = np.uint32(PLACES - 1)
IN_HEAD: Final = np.uint32(1 << 31)
"""Marks a piece that stands in the head."""
IN_CELL: Final = np.uint32(1 << 30)
"""Marks what is no text but a cell of the ground."""
_BETWEEN: Final = "\x1e"
"""Ends a text where many are read at once; no piece crosses it."""
_UNREAD: Final = {0: " "}
_UNREAD_OR_MARK: Final = _UNREAD | {ord(_BETWEEN): " "}
_FOUR: Final = 4
_SCRIPTS: Final = ((0x3007, 0x3007), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3), (0x20000, 0x323AF))
"""Chinese characters, kana and Hangul: written without spaces, or as if."""


def folded(text: str) -> str:
    """Compatibility forms, lower case, simplified script; characters that are none are read as a space."""
    return simplified(unicodedata.normalize("NFKC", text.translate(_UNREAD)).encode("utf-8", "ignore").decode().lower())


def parted(text: str, rest: int = REST) -> tuple[str, str]:
    """The head of a text and what is read after it, `rest` characters at most."""
    text = text.lstrip()
    first = text.partition("\n")[0][:HEAD]
    return first, text[len(first) : len(first) + rest]


def pieces_of(texts: Sequence[str], rest: int = REST) -> list[Array]:
    """
    The distinct pieces of each text, ascending, those of the head marked (`IN_HEAD`); empty for a text without letters. At most some
    thousand texts at a time.
    """
    parts = [part for text in texts for part in parted(text, rest)]
    part, piece, _start, _end = _all_pieces(folded(_BETWEEN.join(part.translate(_UNREAD_OR_MARK) for part in parts)))
    keys = np.sort(((part >> 1) << BITS | piece) << 1 | (part & 1))
    first = np.append(True, keys[1:] >> 1 != keys[:-1] >> 1) if len(keys) else np.zeros(0, dtype=bool)
    keys = keys[first]
    ends = np.searchsorted(keys >> 1, (np.arange(len(texts)) + 1) << BITS)[:-1]
    marked = (keys >> 1 & (PLACES - 1)).astype(np.uint32) | np.where(keys & 1, np.uint32(0), IN_HEAD)
    return np.split(marked, ends)


def places_in(text: str) -> tuple[Array, Array, Array]:
    """Every occurrence of a piece in one text already `folded`: the piece, and the characters it covers, from and to before."""
    _text, piece, start, end = _all_pieces(text)
    return piece.astype(np.uint32), start, end


def piece_of_name(name: str) -> int:
    """The number of something that is no text, such as a cell of the ground."""
    codes = np.frombuffer(name.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    value = np.uint64(0xCBF29CE484222325)
    for code in codes.tolist():
        value = np.uint64((int(value) ^ code) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF)  # FNV-1a, 64 bits
    return int(_finished(np.array([value]))[0])


def _all_pieces(joined: str) -> tuple[Array, Array, Array, Array]:
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype="<u4").astype(np.int64)
    han = np.zeros(len(codes), dtype=bool)
    for first, last in _SCRIPTS:
        han |= (codes >= first) & (codes <= last)
    letter = (
        ((codes >= 0x30) & (codes <= 0x39)) | ((codes >= 0x61) & (codes <= 0x7A)) | ((codes >= 0xC0) & (codes < 0x3000) & _letters(codes))
    )
    text = np.cumsum(codes == ord(_BETWEEN))
    run_start, run_length = _runs(letter)
    at = np.arange(len(codes))
    pair = np.flatnonzero(han[:-1] & han[1:]) if len(codes) > 1 else at[:0]
    alone = np.flatnonzero(han & ~_beside(han))
    four = np.flatnonzero(letter & (run_length - (at - run_start) >= _FOUR))
    short = np.flatnonzero(letter & (at == run_start) & (run_length < _FOUR))
    found = [(pair, 2), (four, _FOUR)]
    parts = [(start, np.full(len(start), size), _hash(codes, start, size)) for start, size in found]
    parts.append((alone, np.ones(len(alone), dtype=np.int64), _hash(codes, alone, 1)))
    for size in (1, 2, 3):
        mine = short[run_length[short] == size]
        parts.append((mine, np.full(len(mine), size), _hash(codes, mine, size)))
    start, length, piece = (np.concatenate(column) for column in zip(*parts, strict=True))
    return text[start] if len(codes) else start, piece, start, start + length


def _letters(codes: Array) -> Array:
    """Letters of other alphabets (Latin with accents, Greek, Cyrillic, Hangul is beyond)."""
    return (codes != 0xD7) & (codes != 0xF7) & ((codes < 0x2000) | (codes >= 0x2C00))


def _beside(han: Array) -> Array:
    """Whether a Chinese character stands before or after."""
    before = np.append(False, han[:-1]) if len(han) else han
    after = np.append(han[1:], False) if len(han) else han
    return np.asarray(before | after)


def _runs(mask: Array) -> tuple[Array, Array]:
    """For each place where the mask holds: where its run begins and how long it is."""
    at = np.arange(len(mask))
    begins = mask & ~np.append(False, mask[:-1]) if len(mask) else mask
    start = np.maximum.accumulate(np.where(begins, at, 0)) if len(mask) else at
    ends = np.flatnonzero(mask & ~np.append(mask[1:], False)) if len(mask) else at
    length = np.zeros(len(mask), dtype=np.int64)
    if len(ends):
        until = ends[np.minimum(np.searchsorted(ends, at), len(ends) - 1)]
        length = np.where(mask, until - start + 1, 0)
    return start, length


def _hash(codes: Array, start: Array, length: int) -> Array:
    value = np.full(len(start), length * 0xA0761D6478BD642F & 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
    for step in range(length):
        value = (value ^ codes[start + step].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        value ^= value >> np.uint64(32)
    return _finished(value)


def _finished(value: Array) -> Array:
    value = value.copy()
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value ^= value >> np.uint64(33)
        value *= np.uint64(factor)
    return np.maximum(value >> np.uint64(64 - BITS), 1).astype(np.int64)  # 0 stands for a piece that was erased
