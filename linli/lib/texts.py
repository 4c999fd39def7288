"""
Chinese text made comparable, searchable and safe to show.

Folding brings full-width forms and traditional script together; tokens make every two-character word findable in a plain
full-text index (SQLite FTS5 with unicode61, PostgreSQL "simple"), which by themselves cannot split Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import groupby
from typing import Final

import opencc

from linli.lib.cutting import words

_SIMPLIFIED: Final = opencc.OpenCC("t2s")
_HAN: Final = r"〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_HAN_RUN: Final = re.compile(f"[{_HAN}]+")
_RUNS: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_SPACE: Final = re.compile(r"\s+")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff]"
)
_BLANK_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_LONGEST_TOKEN: Final = 40


@lru_cache(maxsize=2048)
def fold(text: str) -> str:
    """`text` in compatibility form (NFKC) and simplified script, white space collapsed to single spaces; case is kept."""
    return _SPACE.sub(" ", _SIMPLIFIED.convert(unicodedata.normalize("NFKC", text))).strip()


def simplified(text: str) -> str:
    """`text` with traditional characters written in simplified script; nothing else changes, and nothing is remembered."""
    return str(_SIMPLIFIED.convert(text))


def search_tokens(text: str) -> list[str]:
    """
    The distinct tokens of `text` in order of first appearance: folded, lower-case, no punctuation.

    Of a run of Chinese characters every pair of neighbours, so that any word of two characters is found however one cuts, and a longer
    one by its pairs. Letters and digits are kept as whole runs.
    """
    tokens: dict[str, None] = {}
    for run in _RUNS.findall(fold(text).lower()):
        if _is_han(run):
            tokens.update(dict.fromkeys(_pairs(run)))
        else:
            tokens[run[:_LONGEST_TOKEN]] = None
    return list(tokens)


def word_tokens(text: str) -> list[str]:
    """The distinct words of `text`, folded and lower-case, no punctuation: for showing, not for finding."""
    return list(dict.fromkeys(word for run in _RUNS.findall(fold(text).lower()) for word in (words().cut(run) if _is_han(run) else [run])))


def holds(tokens: Collection[str], word: str) -> bool:
    """Whether a text with these `search_tokens` (a set) has all of `word`, one of `word_tokens`: by its pairs where it is Chinese."""
    return all(pair in tokens for pair in _pairs(word)) if _is_han(word) else word[:_LONGEST_TOKEN] in tokens


def query_tokens(text: str) -> list[str]:
    """
    What to look for, all of it, when somebody searches for `text`; everything returned occurs in `tokens_for_index` of a
    text that contains the words. Longer Chinese words become their pairs; lone particles drop out when other words are there.

    Nothing but single Chinese characters comes back as such: look for each as the beginning of a token.
    """
    tokens: dict[str, None] = {}
    singles: list[str] = []
    for run in _RUNS.findall(fold(text).lower()):
        if not _is_han(run):
            tokens[run[:_LONGEST_TOKEN]] = None
            continue
        for alone, found in groupby(words().cut(run), key=lambda word: len(word) == 1):
            joined = list(found)
            if alone and len(joined) == 1:
                singles.append(joined[0])
                continue
            for part in ["".join(joined)] if alone else joined:
                tokens.update(dict.fromkeys(_pairs(part)))
    return list(tokens) or list(dict.fromkeys(singles))


def is_single(token: str) -> bool:
    """Whether a token of `query_tokens` is a single Chinese character, to be looked for as the beginning of others."""
    return len(token) == 1 and _is_han(token)


def tokens_for_index(text: str) -> str:
    """
    The search tokens of `text`, separated by spaces, for a full-text column. The last character of each Chinese run is a
    token of its own, so that a search for tokens that begin with one character finds it wherever it stands.
    """
    tokens = dict.fromkeys(search_tokens(text))
    tokens.update(dict.fromkeys(run[-1] for run in _HAN_RUN.findall(fold(text))))
    return " ".join(tokens)


def clean(text: str, limit: int) -> str:
    """
    Text as typed, made safe to store and show: no control, zero-width or direction-changing characters, line ends as \\n, no more
    than one blank line in a row, no space at the ends, at most `limit` characters (surplus is cut off).
    """
    text = _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))
    text = re.sub(r"[ \t]+\n", "\n", text)
    return _BLANK_LINES.sub("\n\n", unicodedata.normalize("NFC", text)).strip()[:limit].rstrip()


def excerpt(text: str, n: int) -> str:
    """The first `n` characters on one line, ending in … when something was cut."""
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= n else line[: max(0, n - 1)].rstrip() + "…"


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _is_han(run: str) -> bool:
    return _HAN_RUN.match(run) is not None
