"""
Where one Chinese word ends and the next begins, so that a search asks for the words of what was typed and not for its very letters.

A run is read in the likeliest way, each word by itself as likely as it was met (a unigram model, as jieba's without its guesses at unknown
words). The words are jieba's of at most four characters (MIT; `words.txt`, made by `tools/words.py`), kept in two flat arrays: a library
with a dictionary of its own costs each process thirty megabytes, these cost one and a half.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from functools import cache
from math import log2
from pathlib import Path
from typing import Final, TextIO

LONGEST: Final = 4
_LINE: Final = LONGEST + 2  # the word filled up with spaces, a letter for how often it was met, the line's end
_BLOCK: Final = 4096  # lines read at a time, so that reading leaves no hole in the heap
_ONCE: Final = ord("a")
_SPACE: Final = ord(" ")
_BLANK: Final = int.from_bytes((" " * LONGEST).encode("utf-16-be"), "big")
_SHIFTS: Final = tuple(16 * (LONGEST - 1 - n) for n in range(LONGEST))
_WIDEST: Final = 0xFFFF


class Words:
    """
    Words and how often each is met, from lines of `words.txt` in the order of code points.

    Raises ValueError when a line is not a word filled up to four characters and a letter from a (met once) on, each twice as often.
    """

    def __init__(self, lines: TextIO) -> None:
        self._keys, self._letters = array("Q"), array("B")  # a word's four characters in one number; how often it is met
        while block := lines.read(_LINE * _BLOCK):
            size, raw = len(block) // _LINE, block.encode("utf-16-be")
            if len(raw) != size * _LINE * 2 or block[_LINE - 1 :: _LINE] != "\n" * size:
                raise ValueError("each line must hold a word filled up to four characters, and a letter")
            keys = bytearray(size * 8)
            for at in range(8):
                keys[at::8] = raw[at :: _LINE * 2]
            self._keys.frombytes(keys)
            self._letters.frombytes(raw[LONGEST * 2 + 1 :: _LINE * 2])
        if sys.byteorder == "little":
            self._keys.byteswap()
        letters = self._letters.tobytes()
        self._once = log2(sum(2 ** (letter - _ONCE) * letters.count(letter) for letter in range(_ONCE, _ONCE + 26)) or 1)
        self._prices = array("f", [self._once - max(0, letter - _ONCE) for letter in range(128)])

    def __len__(self) -> int:
        return len(self._keys)

    def met(self, word: str) -> int:
        """How often a word was met, to the nearest power of two; 0 for what is no word here, and for what is longer than the list goes."""
        if not 0 < len(word) <= LONGEST or any(ord(char) > _WIDEST for char in word):
            return 0
        key = _BLANK + sum((ord(char) - _SPACE) << shift for char, shift in zip(word, _SHIFTS, strict=False))
        spot = bisect_left(self._keys, key)
        return 2 ** (self._letters[spot] - _ONCE) if spot < len(self._keys) and self._keys[spot] == key else 0

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as words which joined are the run again. What is no word stands character by character."""
        codes = [ord(char) for char in run]
        best, ends = [0.0] * (len(run) + 1), [0] * len(run)
        for at in range(len(run) - 1, -1, -1):
            best[at], ends[at] = self._likeliest(codes, at, best)
        found, at = [], 0
        while at < len(run):
            found.append(run[at : ends[at]])
            at = ends[at]
        return found

    def _likeliest(self, codes: list[int], at: int, best: list[float]) -> tuple[float, int]:
        """What the rest from `at` on costs in bits, and where its first word ends; a character never met costs as one met once."""
        keys, count = self._keys, len(self._keys)
        least, end = self._once + best[at + 1], at + 1
        key, spot = _BLANK, 0
        for stop, shift in zip(range(at + 1, len(codes) + 1), _SHIFTS, strict=False):
            code = codes[stop - 1]
            if code > _WIDEST:
                break
            key += (code - _SPACE) << shift
            spot = bisect_left(keys, key, spot)
            if spot == count or keys[spot] >> shift != key >> shift:
                break  # no word begins like this
            if keys[spot] == key:
                price = self._prices[self._letters[spot]] + best[stop]
                if price < least:
                    least, end = price, stop
        return least, end


@cache
def words() -> Words:
    """The words of the house, read once in a process."""
    with Path(__file__).with_name("words.txt").open(encoding="utf-8", newline="\n") as lines:
        return Words(lines)
