"""From a plan's rows to its figures: the pure arithmetic of `linli.insight.plans` on what is stored, with what cannot be reckoned said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from linli.insight.plans import (
    Fund,
    Key,
    Line,
    Net,
    Shared,
    Subsidy,
    Unit,
    by_floor,
    fund_after,
    lack_words,
    lacking,
    net_of,
    share_out,
    summed,
)
from linli.law.lifts import scheme_from
from linli.lib.problems import InputProblem
from linli.loops.council.plans.models import Alternative, How, Plan, PlanHome


@dataclass(frozen=True)
class Reckoned:
    """One alternative: what each home pays once and every year, the same by floor, and what is left of the fund; or why it cannot be reckoned."""

    alternative: Alternative
    key: Key | None
    shared: Shared | None = None
    yearly: Shared | None = None
    floors: Mapping[int | None, Line] = field(default_factory=dict)
    fund: Fund | None = None
    problems: Sequence[InputProblem] = ()
    lacks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.alternative.number

    def fen(self, home_id: int) -> int | None:
        """What one home pays; None for a home that shares nothing or where nothing can be reckoned."""
        found = self.shared.shares.get(str(home_id)) if self.shared else None
        return found.fen if found else None

    def yearly_fen(self, home_id: int) -> int:
        found = self.yearly.shares.get(str(home_id)) if self.yearly else None
        return found.fen if found else 0


@dataclass(frozen=True)
class Figures:
    """All of a plan: the net cost, the homes that share, the alternatives in order; `problem` when the costs themselves cannot be used."""

    plan: Plan
    homes: Sequence[PlanHome]
    net: Net | None
    running_fen: int
    alternatives: Sequence[Reckoned]
    problem: InputProblem | None = None

    @property
    def sharing(self) -> list[PlanHome]:
        return [h for h in self.homes if not h.left_out]

    @property
    def lead(self) -> Reckoned | None:
        """The alternative that counts as the present one: the one named, else the first."""
        return self.by_number(self.plan.lead) or next(iter(self.alternatives), None)

    def by_number(self, number: int) -> Reckoned | None:
        return next((a for a in self.alternatives if a.number == number), None)

    @property
    def problems(self) -> list[InputProblem]:
        """Everything in the way, each sentence once."""
        found = [*([self.problem] if self.problem else []), *(p for a in self.alternatives for p in a.problems)]
        return list({str(p): p for p in found}.values())


def subsidies_of(plan: Plan) -> list[Subsidy]:
    return [
        Subsidy(
            row["name"], row["kind"], int(row.get("fen") or 0), Fraction(row.get("share") or 0), row.get("cap_fen"), row.get("source", "")
        )
        for row in plan.subsidies
    ]


def unit_of(home: PlanHome) -> Unit:
    return Unit(str(home.home_id), home.floor, home.area, home.key, home.balance_fen)


def key_of(alternative: Alternative) -> Key:
    """Raises InputProblem for a scheme that cannot be used."""
    scheme = scheme_from(alternative.scheme).floors if alternative.how == How.FLOOR else None
    how: Any = alternative.how
    return Key(how, scheme, alternative.free_up_to, alternative.paid_fen)


def reckon(plan: Plan, homes: Sequence[PlanHome], alternatives: Sequence[Alternative]) -> Figures:
    """Reckon everything; what cannot be reckoned says why and stops nothing else. No query."""
    units = [unit_of(home) for home in homes if not home.left_out]
    running = sum(int(row["fen"]) for row in plan.running)
    try:
        net = net_of(plan.cost_fen, subsidies_of(plan), lifts=plan.lifts)
    except InputProblem as problem:
        return Figures(plan, homes, None, running, [Reckoned(a, None) for a in alternatives], problem)
    return Figures(plan, homes, net, running, [_one(plan, units, net, running, a) for a in alternatives])


def _one(plan: Plan, units: Sequence[Unit], net: Net, running: int, alternative: Alternative) -> Reckoned:
    try:
        key = key_of(alternative)
    except InputProblem as problem:
        return Reckoned(alternative, None, problems=[problem])
    if missing := lacking(units, key):
        return Reckoned(alternative, key, problems=lack_words(missing), lacks=missing)
    try:
        shared = share_out(net.net_fen, units, key)
        yearly = share_out(running, units, key.every_year) if running else None
    except InputProblem as problem:
        return Reckoned(alternative, key, problems=[problem])
    floors = {floor: summed(some, shared) for floor, some in by_floor(units).items()}
    return Reckoned(alternative, key, shared, yearly, floors, fund_after(units, shared) if plan.from_fund else None)


def figures_of(plan: Plan) -> Figures:
    """Two queries."""
    return reckon(plan, list(plan.homes.all()), list(plan.alternatives.all()))
