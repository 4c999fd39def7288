"""
Rooms to meet in, by a code that stands in a text: "社区议事厅 V3". Whoever keeps rooms offers them here, whoever uses them says so here; neither
knows the other.

A text without a code is a place in words, as it always was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from linli.kernel.access.actor import Actor

CODE: Final = re.compile(r"(?:^|[\s（(#])(V[1-9]\d{0,17})[)）]?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Room:
    """One room: `address` in words, `href` its public page, `open` whether it is open by its hours at the time that was asked about (None: unknown)."""

    code: str
    name: str
    address: str
    href: str
    open: bool | None = None


@dataclass(frozen=True)
class Use:
    """Something that takes place in a room."""

    title: str
    starts_at: datetime
    href: str


Finder = Callable[[str, datetime | None], Room | None]
Offers = Callable[[Sequence[str]], list[str]]
Uses = Callable[[Actor, str, datetime], Sequence[Use]]
_finders: list[Finder] = []
_offers: list[Offers] = []
_uses: list[Uses] = []


def keep(finder: Finder, offers: Offers) -> None:
    """`finder(code, at)` finds a room by its code; `offers(paths)` lists the rooms of these subtrees as a box holds them, "name code"."""
    if finder not in _finders:
        _finders.append(finder)
        _offers.append(offers)


def use(source: Uses) -> None:
    """`source(actor, code, now)` lists what the reader may know to take place in a room from now on, soonest first."""
    if source not in _uses:
        _uses.append(source)


def code_in(text: str) -> str:
    """The room's code at the end of a text; empty when there is none."""
    found = CODE.search(text.strip())
    return found[1].upper() if found else ""


def room_in(text: str, at: datetime | None = None) -> Room | None:
    """The room a text names; None for a place in words alone. One query or two, and none for plain words."""
    code = code_in(text)
    return next((room for finder in _finders if (room := finder(code, at)) is not None), None) if code else None


def offered(paths: Iterable[str]) -> list[str]:
    """What a box for a place to meet offers while typing."""
    wanted = list(paths)
    return [text for offers in _offers for text in offers(wanted)]


def uses_of(actor: Actor, code: str, now: datetime) -> list[Use]:
    """What takes place in a room from now on, soonest first."""
    return sorted((u for source in _uses for u in source(actor, code, now)), key=lambda u: u.starts_at)
