"""
The rules as their papers state them, one voter at a time in fractions, slowly and with nothing clever: what the product's are held to.

Worths come as one dict per voter, from project to satisfaction.
"""

from __future__ import annotations

from fractions import Fraction

from linli.insight.choice.budget.election import Election, Satisfaction

Worths = list[dict[int, int]]


def voters_of(election: Election, satisfaction: Satisfaction) -> Worths:
    voters: Worths = []
    for ballot, number in election.ballots.items():
        worth = {}
        for place, (p, points) in enumerate(ballot):
            worth[p] = {
                "cost": election.projects[p].cost * (points > 0),
                "card": int(points > 0),
                "points": points,
                "borda": len(ballot) - 1 - place,
            }[satisfaction]
        voters += [{p: value for p, value in worth.items() if value > 0}] * number
    return voters


def greedy(election: Election, voters: Worths) -> set[int]:
    left, taken = election.budget, set()

    def order(p: int) -> tuple[Fraction | float, int]:
        in_all, cost = sum(voter.get(p, 0) for voter in voters), election.projects[p].cost
        return -(Fraction(in_all, cost) if cost else float("inf") if in_all else 0), p

    for p in sorted(range(len(election.projects)), key=order):
        if election.projects[p].cost <= left:
            left -= election.projects[p].cost
            taken.add(p)
    return taken


def rho_of(money: list[Fraction], voters: Worths, p: int, cost: int) -> Fraction | None:
    """The least ρ with sum of min(money, ρ * worth) = cost: the supporters sorted by the ρ at which they run dry."""
    purses = sorted((money[i] / voter[p], money[i], voter[p]) for i, voter in enumerate(voters) if p in voter)
    if sum(purse[1] for purse in purses) < cost:
        return None
    left, worths = Fraction(cost), sum(purse[2] for purse in purses)
    for dry, purse, worth in purses:
        if left <= dry * worths:
            return left / worths
        left -= purse
        worths -= worth
    raise AssertionError


def equal_shares(election: Election, voters: Worths, each: Fraction) -> list[int]:
    money = [each] * len(voters)
    supported = {p for voter in voters for p in voter}
    bought = [p for p in sorted(supported) if not election.projects[p].cost]
    rest = supported - set(bought)
    while True:
        rhos = {p: rho_of(money, voters, p, election.projects[p].cost) for p in rest}
        found = min(((rho, p) for p, rho in rhos.items() if rho is not None), default=None)
        if found is None:
            return bought
        rho, p = found
        money = [m - min(m, rho * voter.get(p, 0)) for m, voter in zip(money, voters, strict=True)]
        bought.append(p)
        rest.discard(p)


def add_one(election: Election, voters: Worths) -> tuple[list[int], int]:
    """The completed outcome and by how many units of money the equal budgets were raised."""
    supported = {p for voter in voters for p in voter}
    raised, before = 0, list[int]()
    while True:
        outcome = equal_shares(election, voters, Fraction(election.budget, len(voters)) + raised * election.scale)
        left = election.budget - election.cost_of(outcome)
        if left < 0:
            return before, raised - 1
        if all(p in outcome or election.projects[p].cost > left for p in supported):
            return outcome, raised
        raised, before = raised + 1, outcome


def phragmen(election: Election, voters: Worths) -> list[int]:
    loads = [Fraction(0)] * len(voters)
    rest = [p for p, project in enumerate(election.projects) if project.cost <= election.budget]
    bought: list[int] = []
    while rest:
        after: dict[int, Fraction | float] = {}
        for p in rest:
            fans = [i for i, voter in enumerate(voters) if p in voter]
            after[p] = (sum((loads[i] for i in fans), Fraction(election.projects[p].cost)) / len(fans)) if fans else float("inf")
        tied = [p for p in rest if after[p] == min(after.values())]
        if any(election.cost_of([*bought, p]) > election.budget for p in tied):
            break
        p = tied[0]
        loads = [after[p] if p in voter else load for load, voter in zip(loads, voters, strict=True)]
        bought.append(p)
        rest.remove(p)
    return bought
