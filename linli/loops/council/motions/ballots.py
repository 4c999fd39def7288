"""
The door through which the ballots' room meets a motion: it says whether a ballot is set up for a decision, and what a notice freezes of it.

Motions know nothing of how votes are cast or counted; where no room for ballots is installed, only bodies that decide in a meeting can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linli.loops.council.motions.models import Motion


@dataclass(frozen=True)
class Prepared:
    """
    A ballot ready to be announced: what the notice freezes (rule, roll hash, secrecy, window); `words` makes the same in words, in the
    language of the moment: the place's for the notice, the reader's for its preview.
    """

    frozen: dict[str, Any]
    words: Callable[[], Sequence[str]] = tuple
    missing: tuple[str, ...] = field(default=())
    tell_committee: str = ""  # the rule by which the residents' committee is told with the notice, if one does

    @property
    def ready(self) -> bool:
        return not self.missing


Provider = Callable[[Motion, int, datetime], Prepared | None]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """`provider(motion, step, now)` answers with what is prepared for the decision at `step`, or None when nothing is."""
    if provider not in _providers:
        _providers.append(provider)


def prepared_for(motion: Motion, step: int, now: datetime) -> Prepared | None:
    return next((found for provider in _providers if (found := provider(motion, step, now)) is not None), None)
