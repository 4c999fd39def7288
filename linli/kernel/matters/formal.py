"""
Formal decisions about matters, for rooms that write them down without knowing who makes them: the minutes of a meeting.

A room that lets decide (ballots, motions) brings a source; it answers for several matters at once with what was announced, voted or decided about
them in a span of time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Formal:
    """
    One formal decision: about which matter, what was asked, and in whole sentences by which rule, with which figures, and what came of it.
    `at` orders them; `decided` is false while it has no result yet. `mark` is a word that changes with the result alone, in any language.
    """

    matter_id: int
    at: datetime
    title: str
    lines: tuple[str, ...]
    decided: bool
    mark: str


# source(ids of matters, since, until), both ends included: in a bounded number of queries however many matters.
Source = Callable[[Collection[int], datetime, datetime], list[Formal]]
_sources: dict[str, tuple[int, Source]] = {}


def register(name: str, source: Source, *, order: int = 50) -> None:
    """Add what a room above knows of formal decisions; earlier orders are asked first."""
    _sources[name] = (order, source)


def formal_between(matter_ids: Collection[int], since: datetime, until: datetime) -> list[Formal]:
    """All that was formally announced, voted or decided about the matters in the span, in the order it came. No query without matters."""
    if not matter_ids:
        return []
    found = [one for _order, source in sorted(_sources.values(), key=lambda row: row[0]) for one in source(matter_ids, since, until)]
    return sorted(found, key=lambda one: one.at)
