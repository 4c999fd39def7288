"""
In which language the house speaks when its words are kept: a notice in the place's own, a message in the one its receiver chose, and never
in that of whoever presses the button.

What is shown and not kept needs nothing of this: pages are in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation

from linli.web.words import whole_dates

# What somebody wrote, which stays as it is, or the house's own sentence, made in each language it is needed in.
Words = str | Callable[[], str]


@contextmanager
def in_place_language() -> Iterator[None]:
    """
    Whatever is put into words in here is in the place's own language: notices, records, numbers on paper; dates say their year, for it is read in
    others too. Also a decorator, for a function that makes such words and refuses nothing (a refusal is read by who asks).
    """
    with translation.override(settings.LANGUAGE_CODE), whole_dates():
        yield


def as_read(text: str) -> str:
    """A kept text for a page: a sentence of the house's own that was kept as its source (`gettext_noop`) in the reader's language, what people wrote as it is."""
    return translation.gettext(text) if text else ""


def spoken(words: Words, language: str = "") -> str:
    """Words in a language; empty, or one the house does not speak: in the place's own."""
    if isinstance(words, str):
        return words
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        return str(words())
