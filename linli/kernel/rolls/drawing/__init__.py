"""
Drawing up: from the register and what was decided, the voters with their units, and everything wrong or worth telling. Pure.

Number of owners: interpretation on strata title 9 (law.yaml OWN-007); joint owners: Lishui 12 (OWN-012); parking: OWN-009, OWN-010. A block
makes the count itself wrong or undecided; a warning leaves open who casts; a note tells how something was counted.
"""

from linli.kernel.rolls.drawing.alike import look_alike, pair, same_as
from linli.kernel.rolls.drawing.entered import draw_entered
from linli.kernel.rolls.drawing.facts import Decided, Drawn, Entry, Found, HomeFact, Known, Outcome, PersonFact, Share, Stay
from linli.kernel.rolls.drawing.households import draw_households
from linli.kernel.rolls.drawing.owners import draw_owners
from linli.kernel.rolls.drawing.residents import draw_residents

__all__ = [
    "DRAW",
    "Decided",
    "Drawn",
    "Entry",
    "Found",
    "HomeFact",
    "Known",
    "Outcome",
    "PersonFact",
    "Share",
    "Stay",
    "draw",
    "look_alike",
    "pair",
    "same_as",
]

DRAW = {"owners": draw_owners, "residents": draw_residents, "households": draw_households}


def draw(kind: str, known: Known) -> Outcome:
    return DRAW.get(kind, draw_entered)(known)
