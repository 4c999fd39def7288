"""
How long a decision can be attacked and what is kept meanwhile (Civil Code 280; law.yaml OWN-037 to OWN-039).

The year runs from the day somebody knew or had to know of the decision: for those the result was posted before, from the posting; somebody
nobody reached may know later. So the evidence stays for a year after the last posting at least, and for a year after every challenge ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models import Q

from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.law import voting
from linli.loops.council.motions.models import Challenge, Decision, Motion

ARTICLE: Final = "OWN-037"


def last_day_to_challenge(known_on: date) -> date:
    """The last day of the year from the day of knowledge, counted the law's way."""
    years = voting.place("CN").days("annulment_years")
    assert years is not None
    return counted(known_on, years, "years").last_day


def kept_until(posted_at: datetime, challenges: Iterable[Challenge]) -> date | None:
    """Through which day the evidence is kept; None while a challenge runs: then for as long as it does."""
    days = [last_day_to_challenge(posted_at.astimezone(ZONE).date())]
    for one in challenges:
        if not one.outcome or one.ended_at is None:
            return None
        days.append(last_day_to_challenge(one.ended_at.astimezone(ZONE).date()))
    return max(days)


def is_kept(decision: Decision, challenges: Sequence[Challenge], now: datetime) -> bool:
    until = kept_until(decision.posted_at, challenges)
    return until is None or now.astimezone(ZONE).date() <= until


def held(motion_ids: Iterable[int], now: datetime) -> set[int]:
    """
    Of these motions those whose evidence must still be there: undecided ones on their way to a decision, and decided ones while the decision
    can be challenged. Three queries.
    """
    ids = set(motion_ids)
    open_ones = set(Motion.objects.filter(pk__in=ids, matter__is_open=True).values_list("pk", flat=True))
    decisions = list(Decision.objects.filter(motion_id__in=ids).order_by("pk"))
    by_decision: dict[int, list[Challenge]] = {}
    for one in Challenge.objects.filter(decision__in=decisions):
        by_decision.setdefault(one.decision_id, []).append(one)
    return open_ones | {d.motion_id for d in decisions if is_kept(d, by_decision.get(d.pk, ()), now)}


def running() -> Q:
    """Challenges nobody has decided yet."""
    return Q(outcome="")
