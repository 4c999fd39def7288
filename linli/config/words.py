"""
Words of the command line, in the language of whoever sits at the terminal.

The command line speaks before Django is set up (and when it cannot be), so it reads its own catalogue.
"""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent / "locale"


def language() -> str:
    """`zh-hans` or `en`: LINLI_LANGUAGE decides, then the locale; a locale that names no language (C, POSIX) means Chinese."""
    for name in ("LINLI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        text = os.environ.get(name, "").lower()
        if text:
            plain = text.split(".", 1)[0] in {"c", "posix"}
            return "zh-hans" if plain or text.startswith("zh") else "en"
    return "zh-hans"


@lru_cache(maxsize=2)
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", LOCALE, [code], fallback=True)


def _(text: str) -> str:
    """`text` (a Chinese message) in the reader's language."""
    return _catalogue(language()).gettext(text)


def gettext_noop(text: str) -> str:
    """Mark `text` for translation; it is translated with `_` when shown."""
    return text
