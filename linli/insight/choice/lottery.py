"""
A draw anybody can repeat: parking spaces, order of speakers, ties.

Before the draw are published: the entrants (with the digest of their list) and the source, something that will be published by others at
a time to come and that nobody here can steer, such as the numbers of a national lottery of a named day. Afterwards its text is entered, and all
follows from it:

    seed          = SHA-256("linli-draw-1" LF title LF entrants digest LF source LF text)          in hexadecimal
    ticket of one = SHA-256(seed LF id)                                                            in hexadecimal

Who has the smaller ticket comes first. A ticket depends on nobody else's, so every order is as likely as any other while the text is unknown,
and one `sha256sum` per entrant checks it. (Texts in Unicode NFC, UTF-8, runs of white space as one space, none at the ends.)
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from linli.lib.problems import InputProblem


class DrawProblem(InputProblem):
    """The draw cannot be held like this."""


@dataclass(frozen=True, slots=True)
class Category:
    """Places for those who have this category. Those not filled pass on to the category after it."""

    id: str
    places: int


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who takes part, and for which categories; one place at most is drawn for each entrant, in the first category that has one."""

    id: str
    categories: frozenset[str]


@dataclass(frozen=True)
class Announcement:
    """What is published before the draw. Categories are drawn in their order."""

    title: str
    source: str
    categories: tuple[Category, ...]
    entrants: tuple[Entrant, ...]

    def __post_init__(self) -> None:
        ids = [entrant.id for entrant in self.entrants]
        names = [category.id for category in self.categories]
        if len(set(ids)) < len(ids) or len(set(names)) < len(names):
            raise DrawProblem("twice", "同一编号出现了两次。请删去重复的。", "An id appears twice. Remove the repetition.")
        if any("\n" in one or "\t" in one for one in [*ids, *names]) or not all(map(clean, [self.title, self.source])):
            raise DrawProblem(
                "unclear",
                "要写明抽签名称和随机数的来源；编号里不能有换行或制表符。",
                "Name the draw and the source of its seed; ids cannot contain line breaks or tabs.",
            )
        unknown = {name for entrant in self.entrants for name in entrant.categories} - set(names)
        if unknown or any(category.places < 0 for category in self.categories):
            raise DrawProblem(
                "category_unknown",
                "参加者的类别必须是公布的类别，名额不能是负数。",
                "Entrants can only have categories that are announced, and places cannot be negative.",
            )

    def digest(self) -> str:
        """SHA-256 of the entrants: one line each, in the order of ids: id, tab, categories in order with commas between."""
        lines = (f"{entrant.id}\t{','.join(sorted(entrant.categories))}\n" for entrant in sorted(self.entrants, key=lambda one: one.id))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result for one entrant: ticket, category of the place (None: none), and the turn within it or on the waiting list, from 1."""

    id: str
    ticket: str
    category: str | None
    turn: int


@dataclass(frozen=True)
class Draw:
    """The draw as published: `drawn` in the order of categories and turns, `waiting` everybody else by ticket."""

    seed: str
    digest: str
    drawn: tuple[Drawn, ...]
    waiting: tuple[Drawn, ...]

    def waiting_for(self, announcement: Announcement, category: str) -> list[Drawn]:
        """The waiting list of one category: who has it and has no place, in the order of tickets."""
        having = {entrant.id for entrant in announcement.entrants if category in entrant.categories}
        return [one for one in self.waiting if one.id in having]


def clean(text: str) -> str:
    """Unicode NFC, runs of white space as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def seed_of(announcement: Announcement, published_text: str) -> str:
    """The seed in hexadecimal. Raises DrawProblem while the published text is empty."""
    text = clean(published_text)
    if not text:
        raise DrawProblem(
            "no_text", "随机数来源还没有公布内容，不能抽签。", "The source has not been published yet; there is nothing to draw from."
        )
    parts = ["linli-draw-1", clean(announcement.title), announcement.digest(), clean(announcement.source), text]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ticket_of(seed: str, entrant: str) -> str:
    """The ticket of one entrant in hexadecimal."""
    return hashlib.sha256(f"{seed}\n{entrant}".encode()).hexdigest()


def order(seed: str, ids: Iterable[str]) -> list[str]:
    """The ids in the order of their tickets; for breaking a tie by lot."""
    return sorted(ids, key=lambda one: (ticket_of(seed, one), one))


def draw(announcement: Announcement, published_text: str) -> Draw:
    """Hold the draw. The same announcement and text give the same result, in whatever order entrants are listed. Raises DrawProblem."""
    seed = seed_of(announcement, published_text)
    queue = order(seed, (entrant.id for entrant in announcement.entrants))
    having = {entrant.id: entrant.categories for entrant in announcement.entrants}
    drawn: list[Drawn] = []
    places = 0
    for category in announcement.categories:
        places += category.places
        winners = [one for one in queue if category.id in having[one]][:places]
        places -= len(winners)
        drawn += [Drawn(one, ticket_of(seed, one), category.id, turn) for turn, one in enumerate(winners, start=1)]
        queue = [one for one in queue if one not in set(winners)]
    waiting = tuple(Drawn(one, ticket_of(seed, one), None, turn) for turn, one in enumerate(queue, start=1))
    return Draw(seed, announcement.digest(), tuple(drawn), waiting)


def faults(announcement: Announcement, published_text: str, claimed: Draw) -> Sequence[str]:
    """Ids whose claimed result is not what the announcement and the text give; empty when all is right. Raises DrawProblem."""
    true = draw(announcement, published_text)
    right = {one.id: one for one in (*true.drawn, *true.waiting)}
    said = {one.id: one for one in (*claimed.drawn, *claimed.waiting)}
    return sorted(one for one in right.keys() | said.keys() if right.get(one) != said.get(one))
