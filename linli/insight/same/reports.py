"""What is compared: one report as plain data, and what speaks for two being the same matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from linli.lib.geo import Position, metres_between


@dataclass(frozen=True)
class Report:
    """
    One message or request. `at` and `closed_at` are seconds since 1970 (None: unknown; not closed). `point` is latitude and longitude in
    degrees, None where nobody knows: a made-up default place must be left out. `spot` is the address or door as written, `person` any
    name for who wrote it that erasing will use again; both are compared for being equal and never shown. Empty means unknown.
    """

    id: str
    text: str
    at: int | None = None
    point: Position | None = None
    kind: str = ""
    spot: str = ""
    person: str = ""
    closed_at: int | None = None


@dataclass(frozen=True)
class Reason:
    """One thing that spoke: its name in the scorecard, its value, and the points (in logarithms of odds) it added or took."""

    name: str
    value: float | None
    points: float


@dataclass(frozen=True)
class Found:
    """
    An earlier report that may be the same matter. `chance` from 0 to 1; `words` are passages both have, weightiest first; `metres` and
    `hours` are None where unknown; `reasons` add up, with the scorecard's base, to the chance's logarithm of odds.
    """

    id: str
    chance: float
    words: tuple[str, ...]
    metres: float | None
    hours: float | None
    reasons: tuple[Reason, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Pair:
    """What is measured of two reports before it is judged; None where it is not known of both."""

    metres: float | None
    hours: float | None
    values: Mapping[str, float | None] = field(default_factory=dict)


def pair_of(later: Report, earlier: Report, text: float | None) -> Pair:
    """
    The facts two reports are judged by: `text` (how alike the words are, 0 to 1), `metres`, `hours` between them, `kind` and `spot` (1 the
    same, 0 another), `open` (1 when the earlier was not closed yet when the later came).
    """
    metres = metres_between(later.point, earlier.point) if later.point and earlier.point else None
    hours = abs(later.at - earlier.at) / 3600 if later.at is not None and earlier.at is not None else None
    still = None if later.at is None else float(earlier.closed_at is None or earlier.closed_at > later.at)
    values = {
        "text": text,
        "metres": metres,
        "hours": hours,
        "kind": float(later.kind == earlier.kind) if later.kind and earlier.kind else None,
        "spot": float(later.spot == earlier.spot) if later.spot and earlier.spot else None,
        "open": still,
    }
    return Pair(metres, hours, values)
