"""
Texts of many messages laid out as one row of characters, made comparable: folded, lower-case, simplified, without markup, addresses of pages
and white space. A title is followed by its body; the ends are kept.

Needs numpy.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np

from linli.insight.hot.messages import BODY_CHARS, TITLE_CHARS, Message, plain
from linli.lib.texts import simplified

Array: TypeAlias = "np.ndarray[Any, Any]"

_END: Final = "\x1e"
_HALF: Final = "\x1f"


@dataclass(frozen=True)
class Laid:
    """
    `text` of all messages with an end sign after each title and each message; `codes` its characters; `message` the number of the message
    each belongs to; `titled` whether it is in a title; `letter` whether it is a Chinese character, a Latin letter or a digit.
    """

    text: str
    codes: Array
    message: Array
    titled: Array
    letter: Array


@cache
def _folding() -> Array:
    """For each character of the first plane what it is compared as: compatibility forms (NFKC), lower-case, simplified, where that is one character."""
    found = np.arange(0x10000, dtype=np.uint32)
    plain_forms = [chr(code) if 0xD800 <= code < 0xE000 else unicodedata.normalize("NFKC", chr(code)).lower() for code in range(0x10000)]
    for code, form in enumerate(plain_forms):
        if len(form) == 1:
            found[code] = ord(form)
    han = [code for code in range(0x3400, 0xA000) if found[code] == code]
    simple = simplified("\n".join(map(chr, han))).split("\n")
    for code, form in zip(han, simple, strict=True):
        if len(form) == 1:
            found[code] = ord(form)
    return found


def folded(text: str) -> tuple[str, Array]:
    """A text made comparable, character by character, and its characters as numbers."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
    table = _folding()
    codes = np.where(codes < len(table), table[np.minimum(codes, len(table) - 1)], codes).astype("<u4")
    return codes.tobytes().decode("utf-32-le"), codes


def laid_out(messages: Sequence[Message], *, bodies: bool = True) -> Laid:
    """The messages in their order. Punctuation stays where it is, so that what it divides is not read as one."""
    parts = (f"{plain(m.title, TITLE_CHARS)}{_HALF}{plain(m.body, BODY_CHARS) if bodies else ''}{_END}" for m in messages)
    text, codes = folded("".join(parts))
    ends = codes == ord(_END)
    halves = codes == ord(_HALF)
    message = np.cumsum(ends) - ends
    titled = (np.cumsum(halves) - message) == 0
    han = ((codes >= 0x3400) & (codes <= 0x9FFF)) | ((codes >= 0x20000) & (codes <= 0x323AF)) | (codes == 0x3007)
    letter = han | ((codes >= ord("a")) & (codes <= ord("z"))) | ((codes >= ord("0")) & (codes <= ord("9")))
    return Laid(text, codes, message, titled, letter)
