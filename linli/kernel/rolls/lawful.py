"""
How long a roll may be objected to and how soon an objection is decided, where a law fixes it: owners' rolls as the place posts them, the electors of a
villagers' committee for five days and three (VIL-005).
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from django.utils import timezone

from linli.kernel.places.law import place_rules
from linli.kernel.rolls.models import Roll, RollKind, RollObjection
from linli.kernel.rolls.rules import Policy
from linli.law import voting
from linli.law.periods import period
from linli.lib.calendar import YearMissing, in_force


def is_village_election(roll: Roll) -> bool:
    return Policy.of(roll.policy).purpose == "village_election"


def posting(roll: Roll) -> voting.Setting | None:
    """The days a roll is posted for objections where it is drawn up; None where no law says. One query at most."""
    if is_village_election(roll):
        return place_rules(roll.place).setting("village_roll_objection_days")
    return place_rules(roll.place).setting("roll_posted_days") if roll.kind == RollKind.OWNERS else None


def days_of(setting: voting.Setting) -> int:
    return int(Fraction(str(setting.value)))


def answer_due(objection: RollObjection) -> tuple[datetime, str] | None:
    """
    The instant before which the objection must be decided, and the article; None where no law says, or where its year has no calendar yet. A
    law of the nation: nothing is asked of the database.
    """
    setting = voting.place("CN").setting("village_roll_answer_days") if is_village_election(objection.roll) else None
    if setting is None:
        return None
    zone = timezone.get_current_timezone()
    try:
        return period(objection.raised_at, days_of(setting), in_force(), zone=zone).ends_at(zone), setting.source.citation
    except YearMissing:
        return None
