"""What a kind of sheet is: its columns, each with the words people use for it, how it is read, and an example."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import get_language

from linli.ports.tables import values

# The column a marked copy adds; an import passes over it.
EXPLAINED = ("导入说明（可保留）", "Import notes (may stay)")


@dataclass(frozen=True)
class Column:
    """
    `key` is the stable name used in mapping files. `synonyms` are further words for the heading; matching ignores spaces, case,
    brackets and width. `read` turns a cell into a value or raises values.Wrong; `looks` says whether a text could be such a value.
    """

    key: str
    name_zh: str
    name_en: str
    read: Callable[[Any], Any] = values.text
    synonyms: tuple[str, ...] = ()
    required: bool = False
    example: str = ""
    note_zh: str = ""
    note_en: str = ""
    limit: int = 0
    choices: Callable[[], list[str]] | None = None
    looks: Callable[[str], bool] | None = None
    personal: bool = False
    width: int = 14

    @property
    def name(self) -> str:
        return self.name_en if _english() else self.name_zh

    @property
    def note(self) -> str:
        return self.note_en if _english() else self.note_zh

    @cached_property
    def headings(self) -> frozenset[str]:
        return frozenset(heading_key(word) for word in (self.key, self.name_zh, self.name_en, *self.synonyms))


@dataclass(frozen=True)
class Kind:
    """One kind of sheet. `one_of` are groups of columns of which at least one must be there."""

    code: str
    name_zh: str
    name_en: str
    columns: tuple[Column, ...]
    one_of: tuple[tuple[str, ...], ...] = ()
    about_zh: str = ""
    about_en: str = ""
    by_key: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {column.key: column for column in self.columns})

    @property
    def name(self) -> str:
        return self.name_en if _english() else self.name_zh

    @property
    def about(self) -> str:
        return self.about_en if _english() else self.about_zh

    @cached_property
    def headings(self) -> dict[str, str]:
        """Heading word → column key."""
        return {word: column.key for column in reversed(self.columns) for word in column.headings}

    def is_heading(self, text: str) -> bool:
        return heading_key(text) in self.headings


_BRACKETS = re.compile(r"[（(\[【].*?[)）\]】]")
_DROPPED = re.compile(r"[\s_*:：·.、\-—/]+")


@lru_cache(maxsize=4096)
def heading_key(text: str) -> str:
    """A heading without width, case, spaces, stars, and what stands in brackets: "专有面积（㎡） *" is 专有面积."""
    plain = unicodedata.normalize("NFKC", text).lower()
    short = _DROPPED.sub("", _BRACKETS.sub("", plain))
    return short or _DROPPED.sub("", plain)


def is_explanation(heading: str) -> bool:
    return heading_key(heading) in {heading_key(word) for word in EXPLAINED}


def words_of(choices: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """(code, words) → every word, and the code itself, in lower case."""
    return {unicodedata.normalize("NFKC", word).lower(): code for code, words in choices for word in (code, *words)}


def _english() -> bool:
    return (get_language() or "").startswith("en")
