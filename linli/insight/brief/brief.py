"""Everything found in one text, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linli.insight.brief.asking import the_ask
from linli.insight.brief.figures import amounts, times
from linli.insight.brief.pieces import LONGEST, Piece
from linli.insight.brief.places import Gazetteer, Match
from linli.insight.brief.summary import summary
from linli.lib.masking import Detail, details


@dataclass(frozen=True)
class Brief:
    """What was found in a text; every piece says where it stands. `ask` is None, and all else empty, for a text without words."""

    ask: Piece | None
    summary: tuple[Piece, ...]
    places: tuple[Match, ...]
    times: tuple[Piece, ...]
    amounts: tuple[Piece, ...]
    details: tuple[Detail, ...]


def brief_of(text: str, *, title: str = "", gazetteer: Gazetteer | None = None, near: Iterable[int] = ()) -> Brief:
    """
    The ask, the summary, places (with a gazetteer), times, amounts and personal details of a text. Times and amounts inside a personal
    number are none. Texts longer than `pieces.LONGEST` characters are read so far.
    """
    text = text[:LONGEST]
    personal = details(text)
    return Brief(
        ask=the_ask(text, title),
        summary=tuple(summary(text)),
        places=tuple(gazetteer.find(text, near=near)) if gazetteer is not None else (),
        times=_outside(times(text), personal),
        amounts=_outside(amounts(text), personal),
        details=tuple(personal),
    )


def _outside(found: Iterable[Piece], personal: list[Detail]) -> tuple[Piece, ...]:
    return tuple(p for p in found if not any(d.start < p.end and p.start < d.end for d in personal))
