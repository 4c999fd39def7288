"""
From votes to a result: the counting core's answer for the law's test, and the method's winner where there are several options. Pure over
plain data; the same function serves the count, the preview of a case file and the tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from linli.insight.choice import answers
from linli.insight.choice.budget.decide import Outcome, decide
from linli.insight.choice.budget.election import Election, Project
from linli.insight.choice.budget.explain import as_data
from linli.insight.choice.ranked import approval, instant_runoff, points, schulze
from linli.insight.choice.seats import Standing, allot

# A voter's votes by the name the case gives them: one, or several that contradict each other.
Votes = Mapping[str, Sequence[Any]]


def law_case(case: Mapping[str, Any], votes: Votes, says_yes: Any) -> dict[str, Any]:
    """The case with the ballots of one yes-or-no question: `says_yes(choice)` gives agree, against, abstain or invalid."""
    ballots = [{"owner": owner, "choice": says_yes(choice)} for owner, found in votes.items() for choice in found]
    if "units" not in case:
        ballots = [{"voter": b["owner"], "choice": b["choice"]} for b in ballots]
    return {**case, "ballots": ballots}


def plain(choice: Any) -> str:
    return str(choice) if isinstance(choice, str) else "agree"


def count(kind: str, question: Mapping[str, Any], case: Mapping[str, Any], votes: Votes) -> dict[str, Any]:
    """
    The result: {"passed", "law" (the core's answer), "winners", "options", "method" …}. Raises what the core raises for a case it cannot count.

    With several options, one passes only when those who support it reach the law's shares: a winner by the method that the owners' majority
    does not carry has not been decided (Civil Code 278).
    """
    if kind == "survey":
        return _survey(case, votes)
    if kind == "yes_no":
        law = answers.answer_to(law_case(case, votes, plain))
        return {"passed": law["passed"], "law": law, "method": kind}
    if kind == "election":
        return _election(question, case, votes)
    if kind == "budget":
        return _budget(question, case, votes)
    return _options(kind, question, case, votes)


def _survey(case: Mapping[str, Any], votes: Votes) -> dict[str, Any]:
    """A survey decides nothing: the sums alone, by no threshold."""
    policies = {name: value for name, value in case.get("policies", {}).items() if name != "silent"}
    half = [">", "1/2"]
    agree = {"area": half, "owners": half} if "units" in case else {"entitled": half}
    rule = {"profile": "custom", "thresholds": {"agree": agree, "source": "-"}, "policies": policies}
    found = answers.answer_to({**law_case(case, votes, plain), **rule})
    kept = ("total", "participating", "agree", "against", "abstain", "policies", "jurisdiction")
    law = {name: found[name] for name in kept if name in found}
    return {"passed": None, "law": {**law, "shares": {}, "tests": [], "explain": [], "quorum": True, "passed": True}, "method": "survey"}


def _single(votes: Votes) -> dict[str, Any]:
    """Voters whose votes agree, with their choice; those in contradiction take part in nothing."""
    return {owner: found[0] for owner, found in votes.items() if found and all(f == found[0] for f in found)}


def _supports(choice: Any, code: str) -> str:
    if isinstance(choice, str):
        return choice
    named = choice.get("approve") or choice.get("rank") or choice.get("points") or ()
    return "agree" if code in named else "against"


def _law_of_option(case: Mapping[str, Any], votes: Votes, code: str) -> dict[str, Any]:
    return answers.answer_to(law_case(case, votes, lambda choice: _supports(choice, code)))


def _options(kind: str, question: Mapping[str, Any], case: Mapping[str, Any], votes: Votes) -> dict[str, Any]:
    codes = [o["code"] for o in question["options"]]
    chosen = [c for c in _single(votes).values() if not isinstance(c, str)]
    method = kind
    detail: dict[str, Any] = {}
    if kind == "approval":
        scored = approval(codes, Counter(frozenset(c["approve"]) for c in chosen))
        order, detail = list(scored.order), {"counts": dict(scored.counts), "tied_for_first": list(scored.tied_for_first)}
    elif kind == "points":
        shared = points(codes, Counter(tuple(sorted(c["points"].items())) for c in chosen), question["points"])
        order, detail = list(shared.order), {"counts": dict(shared.counts), "tied_for_first": list(shared.tied_for_first)}
    elif question["method"] == "instant_runoff":
        method = "instant_runoff"
        runoff = instant_runoff(codes, Counter(tuple(c["rank"]) for c in chosen))
        order = [runoff.winner] if runoff.winner else []
        detail = {"rounds": [{"counts": dict(r.counts), "exhausted": r.exhausted, "out": r.out, "by_lot": r.by_lot} for r in runoff.rounds]}
    else:
        method = "schulze"
        ranked = Counter(_weak(tuple(c["rank"]), codes) for c in chosen)
        found = schulze(codes, ranked)
        order = list(found.order)
        detail = {"winners": list(found.winners), "prefer": {f"{a}>{b}": n for (a, b), n in found.prefer.items()}}
    winner = order[0] if order else None
    laws = {code: _law_of_option(case, votes, code) for code in codes}
    return {
        "passed": bool(winner and laws[winner]["passed"]),
        "winner": winner,
        "law": laws[winner] if winner else laws[codes[0]],
        "options": [{"code": code, "law": laws[code]} for code in codes],
        "method": method,
        "detail": detail,
    }


def _weak(rank: tuple[str, ...], codes: Sequence[str]) -> tuple[frozenset[str], ...]:
    """Options a voter did not name stand together behind those they did."""
    rest = frozenset(codes) - frozenset(rank)
    return (*(frozenset([c]) for c in rank), *([rest] if rest else []))


def _election(question: Mapping[str, Any], case: Mapping[str, Any], votes: Votes) -> dict[str, Any]:
    """
    Every candidate faces the law's test of an ordinary decision; of those who pass, the seats go to the most votes, and to those a quota of the
    question asks for. Equals at a seat have none until a further vote (no lot is drawn for an office).
    """
    codes = [o["code"] for o in question["options"]]
    laws = {code: _law_of_option(case, votes, code) for code in codes}
    chosen = [c for c in _single(votes).values() if not isinstance(c, str)]
    heads = {code: sum(code in c["approve"] for c in chosen) for code in codes}
    groups = {o["code"]: frozenset(o.get("groups", ())) for o in question["options"]}
    standings = [Standing(n, heads[code], laws[code]["passed"], groups[code]) for n, code in enumerate(codes, 1)]
    quotas = {q["code"]: q["least"] for q in question.get("quotas", ())}
    found = allot(standings, seats=question["seats"], alternates=question.get("alternates", len(codes)), quotas=quotas)
    vacant = question["seats"] - len(found.elected)

    def named(numbers: Sequence[int]) -> list[str]:
        return [codes[n - 1] for n in numbers]

    return {
        "passed": vacant == 0,
        "elected": named(found.elected),
        "alternates": named(found.alternates),
        "tied": named(found.tied),
        "tied_alternates": named(found.tied_by),
        "by_quota": [{"code": codes[n - 1], "quota": quota} for n, quota in found.by_quota],
        "displaced": named(found.displaced),
        "short_of": list(found.short_of),
        "vacant": vacant,
        "law": laws[max(codes, key=lambda c: heads[c])],
        "options": [{"code": code, "heads": heads[code], "law": laws[code]} for code in codes],
        "method": "election",
    }


def _budget(question: Mapping[str, Any], case: Mapping[str, Any], votes: Votes) -> dict[str, Any]:
    """
    Which projects the budget buys: by Equal Shares and by greedy beside it, each with its reasons. Where the law asks for a majority, it is
    the majority for spending by this rule: whoever chose any project took part and agreed.
    """
    options = sorted(question["options"], key=lambda o: o["code"])
    index = {o["code"]: i for i, o in enumerate(options)}
    projects = tuple(Project(id=o["code"], cost=o["cost_fen"], name=o["title"]) for o in options)
    kinds: Counter[tuple[tuple[int, int], ...]] = Counter()
    for choice in _single(votes).values():
        if not isinstance(choice, str):
            kinds[tuple((index[c], 1) for c in choice["approve"])] += 1
    election = Election(projects=projects, budget=question["budget_fen"], vote_type="approval", ballots=kinds, scale=100)
    made: dict[str, Outcome] = {rule: decide(election, rule, "cost") for rule in ("greedy", "mes_add1")}
    law = answers.answer_to(law_case(case, votes, plain))
    chosen = question.get("rule", "mes_add1")
    return {
        "passed": law["passed"],
        "winners": sorted(options[p]["code"] for p in made[chosen].winners),
        "law": law,
        "method": chosen,
        "rules": {rule: as_data(outcome) for rule, outcome in made.items()},
    }
