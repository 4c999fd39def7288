"""The words of a text in their order, made comparable: what the reader reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

from linli.insight.reading.particles import PARTICLES
from linli.lib.cutting import words
from linli.lib.texts import simplified

LONGEST: Final = 20_000
"""Characters of a text that are read; what comes after is not, as no message of that length is about something else at its end."""

LONGEST_WORD: Final = 40
QUICK, HOUSE = "quick", "house"
Cut = Callable[[str], list[str]]

_BETWEEN: Final = re.compile(r"[^㐀-䶿一-鿿\U00020000-\U000323afa-z0-9.]+")
TAGS: Final = re.compile(r"<[^<>]{0,300}>|&[a-z]{2,6};|https?://[!-~]+")
"""Markup and addresses of pages."""
_RUNS: Final = re.compile(r"[a-z0-9.]+|[^a-z0-9. ]+")


def words_of(text: Any, cut: Cut | None = None) -> list[str]:
    """
    The words of `text` in their order: width and script folded, lower-case, without punctuation, markup, addresses of pages and particles,
    of at most its first `LONGEST` characters; words longer than 40 characters are shortened. Empty when nothing readable is left, and for
    None and NaN, which data frames hold for no text. `cut` is the quick cutter, where there is one, if none is given.
    """
    if not isinstance(text, str):
        return [] if text is None or text != text else words_of(str(text), cut)
    folded = TAGS.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).lower())
    found = (cut or cutter())(simplified(_BETWEEN.sub(" ", folded)).strip())
    return [word[:LONGEST_WORD] for word in found if word not in PARTICLES and word not in " ."]


def cutter(name: str = QUICK) -> Cut:
    """
    How texts are cut: `QUICK` by the library of the `insight` extra, thousands of messages a second; `HOUSE`, and without the extra, by the
    word list that every process of the house has anyway.
    """
    if name == HOUSE or find_spec("rjieba") is None:
        return house_words
    import rjieba

    return rjieba.cut


def house_words(plain: str) -> list[str]:
    return [word for run in _RUNS.findall(plain) for word in ([run] if run[0] < "{" else words().cut(run))]
