"""What a ballot is told of the money for a voter's homes, where its text came from a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from linli.kernel.rolls.models import VotingUnit
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.money import OwnShare, Reckon
from linli.loops.council.plans.models import Alternative
from linli.loops.council.plans.queries import adopted_figures, adopted_for, number_of
from linli.loops.council.plans.wording import how_words


def own_money(ballot: Ballot, options: Sequence[dict[str, Any]]) -> Reckon | None:
    """None where the options are not a plan's. Two queries, three the first time."""
    adoption = adopted_for(ballot.motion_id, options)
    if adoption is None:
        return None
    figures = adopted_figures(adoption.pk, adoption.digest)
    ways = {a.number: how_words(a) for a in Alternative.objects.filter(plan_id=adoption.plan_id)}
    href = reverse("plans:plan", args=[adoption.plan_id])

    def reckon(units: Sequence[VotingUnit]) -> list[OwnShare]:
        homes = [unit.home_id for unit in units]
        rows = []
        for option in options:
            number = number_of(adoption, option)
            once, yearly = figures[number]
            share = sum(once[h] for h in homes if h in once) if any(h in once for h in homes) else None
            every = sum(yearly.get(h, 0) for h in homes)
            about = ways.get(number, "")
            rows.append(OwnShare(str(option.get("code", "")), str(option["title"]), int(option["cost_fen"]), share, every, about, href))
        return rows

    return reckon
