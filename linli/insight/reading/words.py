"""The words of a text in their order, made comparable: what the reader reads."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import rjieba

from linli.insight.reading.particles import PARTICLES
from linli.lib.texts import simplified

LONGEST: Final = 20_000
"""Characters of a text that are read; what comes after is not, as no message of that length is about something else at its end."""

LONGEST_WORD: Final = 40

_BETWEEN: Final = re.compile(r"[^㐀-䶿一-鿿\U00020000-\U000323afa-z0-9.]+")
_TAGS: Final = re.compile(r"<[^<>]{0,300}>|&[a-z]{2,6};|https?://[!-~]+")


def words_of(text: str) -> list[str]:
    """
    The words of `text` in their order: folded, lower-case, without punctuation, markup, addresses of pages and particles, at most
    `LONGEST` characters of it. Empty when nothing readable is left.
    """
    plain = _TAGS.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).lower())
    cut = rjieba.cut(simplified(_BETWEEN.sub(" ", plain)).strip())
    return [word[:LONGEST_WORD] for word in cut if word not in PARTICLES and word not in " ."]
