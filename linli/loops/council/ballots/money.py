"""
The door through which rooms above say what an option costs one voter's homes, where they know it better than by area or by home: a lift
plan, a levy. Ballots know nothing of how such shares are reckoned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from linli.kernel.rolls.models import VotingUnit
from linli.loops.council.ballots.models import Ballot


@dataclass(frozen=True)
class OwnShare:
    """
    What one option costs a voter's homes, in fen: `share_fen` once (negative: they receive it; None: they are not among those who share),
    `yearly_fen` every year. `about` is how it is shared, `href` leads to the plan.
    """

    code: str
    title: str
    cost_fen: int
    share_fen: int | None
    yearly_fen: int = 0
    about: str = ""
    href: str = ""


Reckon = Callable[[Sequence[VotingUnit]], list[OwnShare]]
Source = Callable[[Ballot, Sequence[dict[str, Any]]], Reckon | None]
_sources: list[Source] = []


def register(source: Source) -> None:
    """`source(ballot, options)` answers with what reckons a voter's homes, or None when it knows nothing of these options."""
    if source not in _sources:
        _sources.append(source)


def reckoned_by(ballot: Ballot, options: Sequence[dict[str, Any]]) -> Reckon | None:
    return next((found for source in _sources if (found := source(ballot, options)) is not None), None)
