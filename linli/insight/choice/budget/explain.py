"""The outcome of a budget election as plain data for JSON: money as written in the file, fractions exact beside a decimal."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from linli.insight.choice.budget.decide import GreedyReason, Outcome, PhragmenReason, SharesReason, Verdict

TIES: Final = "project_id_as_text_ascending"
DIGITS: Final = 6

Data = dict[str, Any]


def as_data(outcome: Outcome) -> Data:
    """`winners` in the order of ids as text, `order` as they were chosen; every project with what decided about it."""
    election = outcome.election
    ids = [project.id for project in election.projects]
    data: Data = {
        "rule": outcome.rule,
        "satisfaction": outcome.satisfaction,
        "tie_breaking": TIES,
        "budget": _money(election.budget, election.scale),
        "total_cost": _money(outcome.cost, election.scale),
        "voters": election.voters,
        "winners": sorted(ids[p] for p in outcome.winners),
        "order": [ids[p] for p in outcome.winners],
    }
    if outcome.each is not None:
        data["equal_budget"] = _fraction(outcome.each / election.scale)
        data["raised_by"] = outcome.raised
        data["ending"] = outcome.ending
    data["projects"] = [_project(outcome, verdict) for verdict in outcome.verdicts]
    data["warnings"] = [{"code": warning.code, "zh": warning.text_zh, "en": warning.text_en} for warning in election.warnings]
    return data


def _project(outcome: Outcome, verdict: Verdict) -> Data:
    project, scale = outcome.election.projects[verdict.project], outcome.election.scale
    data: Data = {
        "id": project.id,
        "name": project.name,
        "cost": _money(project.cost, scale),
        "selected": verdict.turn is not None,
        "round": verdict.turn,
        "supporters": verdict.supporters,
    }
    match verdict.reason:
        case GreedyReason():
            return data | _greedy(outcome, verdict.reason)
        case SharesReason():
            return data | _shares(outcome, verdict, verdict.reason)
        case PhragmenReason():
            return data | _phragmen(outcome, verdict.reason)


def _greedy(outcome: Outcome, reason: GreedyReason) -> Data:
    turn, election = reason.considered, outcome.election
    in_all = Fraction(turn.satisfaction, _unit(outcome))
    return {
        "score": _fraction(in_all),
        "score_per_money": None if turn.density is None else _fraction(turn.density * election.scale / _unit(outcome)),
        "money_left_before": _money(turn.left, election.scale),
        "reason": "fits" if turn.taken else "does_not_fit",
    }


def _shares(outcome: Outcome, verdict: Verdict, reason: SharesReason) -> Data:
    scale, cost = outcome.election.scale, outcome.election.projects[verdict.project].cost
    if reason.payment is None:
        available = reason.available or Fraction(0)
        why = "no_supporters" if not verdict.supporters else "supporters_cannot_pay"
        return {"money_of_supporters": _fraction(available / scale), "missing": _fraction((cost - available) / scale), "reason": why}
    paid = reason.payment
    # a unit of satisfaction: one of money for "cost", one project for "card", one point, one place
    rho = paid.price / reason.unit * _unit(outcome) / scale
    even = outcome.satisfaction in ("cost", "card")
    return {
        "rho": _fraction(rho),
        "price": {"per": "voter", **_fraction(paid.price / scale)} if even else {"per": "point", **_fraction(rho)},
        "paid": {
            "in_full": {"voters": paid.in_full, "together": _fraction(paid.in_full_sum / scale)},
            "all_they_had_left": {"voters": paid.all_left, "together": _fraction(paid.all_left_sum / scale)},
            "nothing_left": {"voters": paid.nothing},
        },
        "reason": "paid_by_supporters" if cost else "costs_nothing",
    }


def _phragmen(outcome: Outcome, reason: PhragmenReason) -> Data:
    if reason.load is not None:
        return {"load": _fraction(reason.load / outcome.election.scale), "reason": "least_load"}
    return {"load": None, "reason": "next_but_over_budget" if reason.ended_it else "not_reached"}


def _unit(outcome: Outcome) -> int:
    """How many of the counted units make one unit of satisfaction as people write it."""
    return {"cost": outcome.election.scale, "points": outcome.election.point_scale}.get(outcome.satisfaction or "", 1)


def _money(amount: int, scale: int) -> int | float:
    return amount // scale if amount % scale == 0 else amount / scale


def _fraction(value: Fraction) -> dict[str, str]:
    """Exact, and rounded half to even to six digits after the point."""
    scaled = round(value * 10**DIGITS)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**DIGITS)
    return {
        "exact": f"{value.numerator}/{value.denominator}" if value.denominator > 1 else str(value.numerator),
        "decimal": f"{sign}{whole}.{part:0{DIGITS}d}",
    }
