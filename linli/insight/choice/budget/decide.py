"""One door to the rules: an election in, winners with the reasons for every project out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from linli.insight.choice.budget.completion import Completed, Ending, add_one, as_it_is
from linli.insight.choice.budget.election import Election, Profile, Satisfaction, approvals_of, profile_of
from linli.insight.choice.budget.equal_shares import Frame
from linli.insight.choice.budget.exact import ExactLedger, Payment
from linli.insight.choice.budget.greedy import Considered, greedy
from linli.insight.choice.budget.ledger import Ledger, ledger_for
from linli.insight.choice.budget.phragmen import PhragmenOutcome, sequential_phragmen

Rule = Literal["greedy", "mes", "mes_add1", "phragmen"]
RULES: Final[tuple[Rule, ...]] = ("greedy", "mes", "mes_add1", "phragmen")


@dataclass(frozen=True, slots=True)
class GreedyReason:
    """What decided about a project under the greedy rule."""

    considered: Considered


@dataclass(frozen=True, slots=True)
class SharesReason:
    """
    What decided about a project under Equal Shares: how it was paid for, or what its supporters had left at the end (smallest units of
    money). `price_per` units of satisfaction cost `payment.price`.
    """

    payment: Payment | None
    unit: int
    available: Fraction | None = None


@dataclass(frozen=True, slots=True)
class PhragmenReason:
    """The load of each supporter when bought (None also where nobody supports it), or whether it was what ended the rule."""

    load: Fraction | None
    ended_it: bool


Reason = GreedyReason | SharesReason | PhragmenReason


@dataclass(frozen=True, slots=True)
class Verdict:
    """One project: its turn among the winners from 1 (None: not chosen), its supporters, and the reason."""

    project: int
    turn: int | None
    supporters: int
    reason: Reason


@dataclass(frozen=True)
class Outcome:
    """
    The result of a rule. `winners` are indices of projects in the order chosen; `verdicts` has every project, in the order of ids.

    For Equal Shares `each` is the equal budget of a voter in the smallest unit of money, `raised` by how many units of money it was raised,
    and `ending` why it was raised no further. Sequential Phragmén knows no satisfaction.
    """

    election: Election
    rule: Rule
    satisfaction: Satisfaction | None
    winners: tuple[int, ...]
    verdicts: tuple[Verdict, ...]
    each: Fraction | None = None
    raised: int = 0
    ending: Ending | None = None

    @property
    def cost(self) -> int:
        return self.election.cost_of(self.winners)


def decide(election: Election, rule: Rule, satisfaction: Satisfaction, *, plain: bool = False) -> Outcome:
    """
    The outcome of `rule`; ties go to the smaller id as text. Does not depend on the order of ballots or projects.

    `plain` forbids numpy, which changes nothing but speed. Raises BudgetProblem when the ballots do not fit the satisfaction.
    """
    if rule == "phragmen":
        return _phragmen(election, approvals_of(election))
    profile = profile_of(election, satisfaction)
    if rule == "greedy":
        return _greedy(election, satisfaction, profile)
    return _equal_shares(election, rule, satisfaction, profile, plain)


def _greedy(election: Election, satisfaction: Satisfaction, profile: Profile) -> Outcome:
    turns = greedy(profile)
    winners = tuple(turn.project for turn in turns if turn.taken)
    reasons: dict[int, Reason] = {turn.project: GreedyReason(turn) for turn in turns}
    return Outcome(election, "greedy", satisfaction, winners, _verdicts(profile, winners, reasons))


def _phragmen(election: Election, profile: Profile) -> Outcome:
    found: PhragmenOutcome = sequential_phragmen(profile)
    winners = tuple(laid.project for laid in found.bought)
    loads = {laid.project: laid.load for laid in found.bought}
    reasons: dict[int, Reason] = {p: PhragmenReason(loads.get(p), p in found.stopped_by) for p in range(len(profile.costs))}
    return Outcome(election, "phragmen", None, winners, _verdicts(profile, winners, reasons))


def _equal_shares(election: Election, rule: Rule, satisfaction: Satisfaction, profile: Profile, plain: bool) -> Outcome:
    if not profile.voters:
        reasons: dict[int, Reason] = {p: SharesReason(None, 1, Fraction(0)) for p in range(len(profile.costs))}
        return Outcome(election, rule, satisfaction, (), _verdicts(profile, (), reasons))
    frame = Frame(profile)
    run: Callable[[Frame, Ledger], Completed] = as_it_is if rule == "mes" else add_one
    found = run(frame, ledger_for(profile, plain=plain))
    winners = (*frame.free, *(bought.project for bought in found.rounds))
    reasons = _paid(profile, winners, found.each)
    return Outcome(election, rule, satisfaction, winners, _verdicts(profile, winners, reasons), found.each, found.raised, found.ending)


def _paid(profile: Profile, winners: tuple[int, ...], each: Fraction) -> dict[int, Reason]:
    """The rounds once more, exactly: who paid what, and what was left for the others."""
    ledger = ExactLedger(profile, each)
    reasons: dict[int, Reason] = {}
    for p in winners:
        price = ledger.price(p)
        assert price is not None, "what was bought could be paid for"
        reasons[p] = SharesReason(ledger.pay(p, price), profile.supports[p].unit)
    for p, support in enumerate(profile.supports):
        if p not in reasons:
            reasons[p] = SharesReason(None, support.unit, ledger.available(p))
    return reasons


def _verdicts(profile: Profile, winners: tuple[int, ...], reasons: dict[int, Reason]) -> tuple[Verdict, ...]:
    turns = {p: turn for turn, p in enumerate(winners, start=1)}
    return tuple(Verdict(p, turns.get(p), profile.supports[p].voters, reasons[p]) for p in range(len(profile.costs)))
