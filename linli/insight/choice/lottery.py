"""
A draw anybody can repeat: parking spaces, order of speakers, ties.

Before the draw are published: the entrants (with the digest of their list) and the source, something that will be published by others at
a time to come and that nobody here can steer, such as the numbers of a national lottery of a named day. Afterwards its text is entered, and all
follows from it:

    seed          = SHA-256("linli-draw-1" LF title LF entrants digest LF source LF text)          in hexadecimal
    ticket of one = SHA-256(seed LF id)                                                            in hexadecimal

Who has the smaller ticket comes first. A ticket depends on nobody else's, so every order is as likely as any other while the text is unknown,
and one `sha256sum` per entrant checks it. (Texts in Unicode NFC, UTF-8, runs of white space as one space, none at the ends.)

Those carried over from the waiting list of an earlier draw stand before all others, in the order they had there; their tickets decide
nothing. What is published before the draw can be summed up in one value, the commitment, which covers list, source, categories and lots.
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
    """
    Places for those who have this category. Those not filled pass on to the category after it, unless `passes_on` is false: then they stay
    empty. `lots` are the names of the places in the order in which they are given out; empty: they are not named.
    """

    id: str
    places: int
    passes_on: bool = True
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entrant:
    """
    Who takes part, and for which categories; one place at most is drawn for each entrant, in the first category that has one. `carried` is the
    place on an earlier waiting list, from 1 (0: none). `who` binds the id to a household without naming it: a digest, or empty.
    """

    id: str
    categories: frozenset[str]
    carried: int = 0
    who: str = ""

    def line(self) -> str:
        """How the entrant stands in the digest of the list: the last two columns only where there is something in them."""
        columns = [self.id, ",".join(sorted(self.categories))]
        return "\t".join([*columns, str(self.carried), self.who] if self.carried or self.who else columns) + "\n"


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
        self._check_lots()
        carried = [entrant.carried for entrant in self.entrants if entrant.carried]
        if len(set(carried)) < len(carried) or any(n < 0 for n in carried):
            raise DrawProblem(
                "carried_twice",
                "候补名单上的位置重复了，请核对上一次抽签的候补名单。",
                "Two entrants have the same place on the earlier waiting list. Check that list.",
            )

    def _check_lots(self) -> None:
        lots = [lot for category in self.categories for lot in category.lots]
        unclear = any(set(lot) & set("\n\t,") or not lot.strip() for lot in lots)
        if len(set(lots)) < len(lots) or unclear or any(c.lots and len(c.lots) != c.places for c in self.categories):
            raise DrawProblem(
                "lots_unclear",
                "每个名额的编号只能出现一次，不能有逗号，个数要和名额一致。",
                "Each lot has one name of its own without commas, and there are as many names as places.",
            )

    def digest(self) -> str:
        """SHA-256 of the entrants, one line each in the order of ids: id, tab, categories in order with commas between (and see `Entrant.line`)."""
        return hashlib.sha256("".join(entrant.line() for entrant in sorted(self.entrants, key=lambda one: one.id)).encode()).hexdigest()

    def commitment(self) -> str:
        """SHA-256 over everything that decides the draw but the source's text: what is published beforehand, so that none of it is chosen after."""
        rows = (f"{c.id}\t{c.places}\t{int(c.passes_on)}\t{','.join(c.lots)}" for c in self.categories)
        parts = ["linli-draw-commitment-1", clean(self.title), clean(self.source), *rows, self.digest()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    The result for one entrant: ticket, category of the place (None: none), the turn within it or on the waiting list, from 1, and the name of
    the place where places have names.
    """

    id: str
    ticket: str
    category: str | None
    turn: int
    lot: str = ""


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
    queue = queue_of(announcement, seed)
    having = {entrant.id: entrant.categories for entrant in announcement.entrants}
    drawn: list[Drawn] = []
    places = 0
    lots: list[str] = []
    for category in announcement.categories:
        places, lots = places + category.places, [*lots, *category.lots]
        winners = [one for one in queue if category.id in having[one]][:places]
        named = [*lots[: len(winners)], *[""] * (len(winners) - len(lots))]
        drawn += [
            Drawn(one, ticket_of(seed, one), category.id, turn, lot)
            for turn, (one, lot) in enumerate(zip(winners, named, strict=True), start=1)
        ]
        taken = set(winners)
        queue = [one for one in queue if one not in taken]
        places, lots = (places - len(winners), lots[len(winners) :]) if category.passes_on else (0, [])
    waiting = tuple(Drawn(one, ticket_of(seed, one), None, turn) for turn, one in enumerate(queue, start=1))
    return Draw(seed, announcement.digest(), tuple(drawn), waiting)


def queue_of(announcement: Announcement, seed: str) -> list[str]:
    """Everybody in the order in which they are served: those carried over as they stood, then the others by their tickets."""
    carried = sorted((entrant for entrant in announcement.entrants if entrant.carried), key=lambda one: one.carried)
    fresh = order(seed, (entrant.id for entrant in announcement.entrants if not entrant.carried))
    return [*(entrant.id for entrant in carried), *fresh]


def successor(
    categories: Sequence[Category], waiting: Sequence[tuple[str, frozenset[str]]], freed: str, *, own: str = ""
) -> tuple[str, str] | None:
    """
    Who moves up to a place that was given back, and in which category; None when nobody on the list may have it. `waiting` are ids with their
    categories in the order of the list; `freed` the category the place was drawn in, `own` the one it was announced in (empty: the same).
    The place goes down the categories exactly as an unfilled one does at the draw.
    """
    ids = [category.id for category in categories]
    for category in categories[ids.index(own or freed) :]:
        found = next((one for one, having in waiting if category.id in having), None)
        if found is not None:
            return found, category.id
        if not category.passes_on:
            return None
    return None


def faults(announcement: Announcement, published_text: str, claimed: Draw) -> Sequence[str]:
    """Ids whose claimed result is not what the announcement and the text give; empty when all is right. Raises DrawProblem."""
    true = draw(announcement, published_text)
    right = {one.id: one for one in (*true.drawn, *true.waiting)}
    said = {one.id: one for one in (*claimed.drawn, *claimed.waiting)}
    return sorted(one for one in right.keys() | said.keys() if right.get(one) != said.get(one))
