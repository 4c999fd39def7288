"""
What answers at a place say, counted by point: for the place alone, never by person or unit, and from `FEWEST` answers on.

Looked at anew when a page asks, kept for a minute in memory and nowhere else. The switch "reply" counts where each answer was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from linli.insight.replies.points import Name, review
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.places.models import Place
from linli.lib.remembered import Remembered
from linli.loops.requests import figures
from linli.loops.requests.hints import ANSWERS, asked_of
from linli.loops.requests.rules import KIND, Rate

NEWEST: Final = 300  # answers looked at; more would make a page wait
COUNTED: Final = (Name.MATTER, Name.ACT, Name.WHO, Name.WHEN, Name.BASIS, Name.POLITE, Name.READABLE)
_kept: Remembered[list[Looked]] = Remembered(60, most=50)


@dataclass(frozen=True)
class Looked:
    """One answer: of which matter, when, and for each counted point the sentence that holds it, or None."""

    ref: str
    title: str
    at: datetime
    text: str
    shown: dict[Name, str | None]


def looked_at(actor: Actor, place: Place | None, since: datetime, until: datetime) -> list[Looked]:
    """
    The newest answers in the actor's reach at `place` and below (everywhere without one), at most `NEWEST`. One query. Raises NotAllowed for those
    who may not read figures.
    """
    if not table.holds(actor, "figures.read"):
        raise table.refusal(actor, "figures.read")
    key = (actor.account_id, place.pk if place else None, since, until)
    return _kept.get(key, lambda: _look(actor, place, since, until))


def _look(actor: Actor, place: Place | None, since: datetime, until: datetime) -> list[Looked]:
    mine = Matter.objects.filter(figures.in_reach(actor), kind=KIND)
    if place is not None:
        mine = mine.filter(figures.at_place(place))
    rows = Entry.objects.filter(verb__in=ANSWERS, public=True, at__gte=since, at__lt=until, matter__in=mine).exclude(text="")
    found = []
    for entry in rows.select_related("matter__place").order_by("-at")[:NEWEST]:
        matter = entry.matter
        if is_on("reply", matter.place):
            seen = review(asked_of(matter, entry.text), entry.text, signed=True)
            shown = {name: entry.text[seen[name].start : seen[name].end] if seen[name].holds else None for name in COUNTED}
            found.append(Looked(matter.ref, matter.title, entry.at, entry.text, shown))
    return found


def rates_of(answers: list[Looked]) -> dict[Name, Rate]:
    """Per point, how many of the answers hold it; a share is shown from `rules.FEWEST` on."""
    return {name: Rate(name.value, sum(a.shown[name] is not None for a in answers), len(answers)) for name in COUNTED}
