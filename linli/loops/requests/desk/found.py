"""What the machine finds in a long text, for those who read many: the ask, places, times, amounts. Switch: "brief"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linli.insight.brief.brief import brief_of
from linli.insight.brief.summary import joined
from linli.kernel.judgement.switches import is_on
from linli.kernel.judgement.writing import writer
from linli.kernel.matters.models import Matter
from linli.kernel.places.naming import places_named

LONG: Final = 100  # characters; a shorter text is read as fast as its points
VERY_LONG: Final = 400
MOST: Final = 6


@dataclass(frozen=True)
class Found:
    """
    The points of one text, each in its own words; a summary only of a very long one. Empty lists where nothing is named. `model` and
    `host` say which model may be asked for more, empty when none may.
    """

    ask: str
    summary: str
    places: list[str]
    times: list[str]
    amounts: list[str]
    model: str
    host: str


def found_in(matter: Matter) -> Found | None:
    """The points of a matter's text; None for a short one, and where the function is off. At most two queries in a minute."""
    if len(matter.body) < LONG or not is_on("brief", matter.place):
        return None
    asked = writer() if len(matter.body) >= VERY_LONG else None
    made = brief_of(matter.body, title=matter.title)
    return Found(
        ask=made.ask.text if made.ask else "",
        summary=joined(made.summary) if len(matter.body) >= VERY_LONG else "",
        places=[named.name if named.sure else f"{named.name}？" for named in places_named(matter.body, matter.place_path)],
        times=list(dict.fromkeys(p.text for p in made.times))[:MOST],
        amounts=list(dict.fromkeys(p.text for p in made.amounts))[:MOST],
        model=asked.model if asked else "",
        host=asked.host if asked else "",
    )
