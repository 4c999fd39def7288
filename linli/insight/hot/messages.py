"""One message as hot topics see it: plain data, nothing of a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

TITLE_CHARS: Final = 80
BODY_CHARS: Final = 150
"""Characters that are read of each: people say what and where first (tried: 0, 100, 150, 300; see bench/README.md)."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    `person` is whoever wrote it, in any form that is the same for the same person; empty means unknown, and then the message counts as one
    person. `place` are keys from the widest known place to the narrowest ("street", "community", "compound"); empty when only the text
    says where; `near` is the one of them by which people mean the same "here" (a compound), empty when all of them compare. `at` is local time. `likes` are people who say they met the same, `dislikes` people who say it is not so.
    """

    id: int | str
    title: str
    body: str
    person: str
    at: datetime
    place: tuple[str, ...] = ()
    likes: int = 0
    dislikes: int = 0
    near: str = ""

    @property
    def day(self) -> int:
        return self.at.toordinal()

    @property
    def who(self) -> str:
        return self.person or f"\0{self.id}"


@dataclass(frozen=True)
class Span:
    """The days asked about, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a span must not end before it begins")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @classmethod
    def until(cls, last: date, days: int) -> Span:
        """The `days` days up to and with `last`; at least one."""
        return cls(last - timedelta(days=max(1, days) - 1), last)


_MARKUP: Final = re.compile(r"<[^<>]{0,300}>|&[a-z]{2,6};|https?://[!-~]+")
_GAPS: Final = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]+")


def plain(text: str, most: int) -> str:
    """One text, shortened to `most` characters after markup, addresses of pages, white space and control characters are gone."""
    return _GAPS.sub("", _MARKUP.sub("", text[: most * 8]))[:most]
