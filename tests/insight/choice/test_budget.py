"""Budget elections are decided exactly as the rules say, whoever recomputes them and in whatever order ballots come."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.choice.budget import BudgetProblem, Election, Project, decide
from linli.insight.choice.budget.completion import add_one
from linli.insight.choice.budget.decide import GreedyReason, PhragmenReason, SharesReason
from linli.insight.choice.budget.election import profile_of
from linli.insight.choice.budget.equal_shares import Frame, Run, equal_shares
from linli.insight.choice.budget.exact import ExactLedger, Payment
from linli.insight.choice.budget.explain import as_data
from linli.insight.choice.budget.ledger import Ledger, PlainLedger
from tests.insight.choice import naive
from tests.insight.choice.elections import elections, satisfactions

RULES_AND = st.sampled_from(["greedy", "mes", "mes_add1", "phragmen"])


def election(costs: dict[str, int], budget: int, ballots: list[str], scale: int = 1) -> Election:
    """Approval ballots written as "A B"."""
    ids = sorted(costs)
    cast = Counter(tuple((ids.index(name), 1) for name in sorted(ballot.split())) for ballot in ballots)
    return Election(tuple(Project(name, costs[name]) for name in ids), budget, "approval", cast, scale)


def names(outcome_of: Election, winners: tuple[int, ...]) -> str:
    return " ".join(outcome_of.projects[p].id for p in winners)


def ledgers(profile) -> list[Ledger]:
    found: list[Ledger] = [PlainLedger(profile)]
    try:
        from linli.insight.choice.budget.ledger_numpy import NumpyLedger
    except ImportError:
        return found
    return [*found, NumpyLedger(profile)]


@given(elections(), st.data())
def test_greedy_is_the_rule_as_it_is_written(given_election: Election, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))

    outcome = decide(given_election, "greedy", measure)

    assert set(outcome.winners) == naive.greedy(given_election, naive.voters_of(given_election, measure))


@settings(max_examples=150)
@given(elections(), st.data())
def test_equal_shares_are_the_rule_as_it_is_written(given_election: Election, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))
    voters = naive.voters_of(given_election, measure)

    outcome = decide(given_election, "mes", measure)

    each = Fraction(given_election.budget, len(voters)) if voters else Fraction(0)
    assert list(outcome.winners) == naive.equal_shares(given_election, voters, each)


@settings(max_examples=150)
@given(elections(), st.data())
def test_completion_is_one_step_at_a_time_however_long_its_strides(given_election: Election, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))
    voters = naive.voters_of(given_election, measure)

    outcome = decide(given_election, "mes_add1", measure)

    if voters:
        assert (list(outcome.winners), outcome.raised) == naive.add_one(given_election, voters)
    else:
        assert outcome.winners == ()


@settings(max_examples=100)
@given(elections(), st.data())
def test_every_ledger_gives_the_same_rounds(given_election: Election, data) -> None:
    profile = profile_of(given_election, data.draw(st.sampled_from(satisfactions(given_election))))
    each = data.draw(st.fractions(0, 40, max_denominator=50))
    frame = Frame(profile)

    rounds = [[bought.project for bought in equal_shares(frame, ledger, each)] for ledger in ledgers(profile)]

    assert all(one == rounds[0] for one in rounds)


@settings(max_examples=100)
@given(elections(), st.data())
def test_where_two_budgets_certainly_repeat_all_between_do(given_election: Election, data) -> None:
    profile = profile_of(given_election, data.draw(st.sampled_from(satisfactions(given_election))))
    low = data.draw(st.fractions(0, 20, max_denominator=7))
    high = low + data.draw(st.fractions(0, 10, max_denominator=7))
    frame, ledger = Frame(profile), PlainLedger(profile)
    rounds = equal_shares(frame, ledger, low)

    if Run(frame, ledger, high).repeats(rounds):
        for part in range(9):
            between = equal_shares(frame, ledger, low + (high - low) * part / 8)
            assert [bought.project for bought in between] == [bought.project for bought in rounds]


@given(elections())
def test_phragmen_is_the_rule_as_it_is_written(given_election: Election) -> None:
    outcome = decide(given_election, "phragmen", "card")

    assert list(outcome.winners) == naive.phragmen(given_election, naive.voters_of(given_election, "card"))


@given(elections(), RULES_AND, st.data())
def test_the_budget_is_never_exceeded_and_every_project_has_its_verdict(given_election: Election, rule, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))

    outcome = decide(given_election, rule, measure)

    assert outcome.cost <= given_election.budget
    assert [verdict.project for verdict in outcome.verdicts] == list(range(len(given_election.projects)))
    assert {verdict.project for verdict in outcome.verdicts if verdict.turn} == set(outcome.winners)


@given(elections(), RULES_AND, st.data())
def test_the_order_of_ballots_is_irrelevant(given_election: Election, rule, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))
    mixed = Counter(dict(data.draw(st.permutations(list(given_election.ballots.items())))))
    other = Election(given_election.projects, given_election.budget, given_election.vote_type, mixed, given_election.scale)

    assert as_data(decide(given_election, rule, measure)) == as_data(decide(other, rule, measure))


@given(elections(), st.sampled_from(["mes", "mes_add1"]), st.data())
def test_what_supporters_paid_adds_up_to_the_cost_and_nobody_paid_more_than_a_share(given_election: Election, rule, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))

    outcome = decide(given_election, rule, measure)

    for verdict in outcome.verdicts:
        assert isinstance(verdict.reason, SharesReason)
        paid, cost = verdict.reason.payment, given_election.projects[verdict.project].cost
        if paid is not None:
            assert paid.in_full_sum + paid.all_left_sum == cost
            assert paid.in_full + paid.all_left + paid.nothing == verdict.supporters
        elif verdict.supporters:
            assert verdict.reason.available is not None and verdict.reason.available < cost
    if outcome.each is not None:
        assert outcome.cost <= outcome.each * given_election.voters


@given(elections(), st.data())
def test_completed_shares_leave_no_supported_project_that_fits_or_would_burst_the_budget_next(given_election: Election, data) -> None:
    measure = data.draw(st.sampled_from(satisfactions(given_election)))
    profile = profile_of(given_election, measure)
    if not profile.voters:
        return
    frame = Frame(profile)

    found = add_one(frame, PlainLedger(profile))

    chosen = {bought.project for bought in found.rounds}
    left = given_election.budget - given_election.cost_of(chosen)
    if found.ending == "exhaustive":
        assert all(p in chosen or profile.costs[p] > left for p in frame.rivals)
    else:
        further = equal_shares(frame, PlainLedger(profile), found.each + profile.scale)
        assert given_election.cost_of(bought.project for bought in further) > given_election.budget


def test_a_group_gets_its_share_where_greedy_gives_everything_to_the_largest() -> None:
    # 6 of 10 like A and B, 4 like C: each side can pay for its own
    vote = election({"A": 50, "B": 50, "C": 40}, 100, ["A B"] * 6 + ["C"] * 4)

    assert names(vote, decide(vote, "greedy", "cost").winners) == "A B"
    assert names(vote, decide(vote, "mes", "cost").winners) == "A C"
    assert names(vote, decide(vote, "phragmen", "cost").winners) == "A C"


def test_the_short_give_all_they_have_and_the_others_share_the_rest() -> None:
    # each has 10: B takes 6 from both its fans; A then finds 10 and 4, too little for 16; for 13 one gives the 4 and the other 9
    dear = election({"A": 16, "B": 12}, 30, ["A", "A B", "B"])
    cheap = election({"A": 13, "B": 12}, 30, ["A", "A B", "B"])

    assert names(dear, decide(dear, "mes", "card").winners) == "B"
    outcome = decide(cheap, "mes", "card")
    reason = outcome.verdicts[0].reason
    assert names(cheap, outcome.winners) == "B A"
    assert isinstance(reason, SharesReason) and reason.payment is not None
    assert reason.payment == Payment(Fraction(9), in_full=1, in_full_sum=Fraction(9), all_left=1, all_left_sum=Fraction(4), nothing=0)


def test_ties_go_to_the_smaller_id_as_text() -> None:
    vote = election({"10": 10, "9": 10}, 10, ["10 9", "10 9"])

    assert [names(vote, decide(vote, rule, "cost").winners) for rule in ("greedy", "mes_add1")] == ["10", "10"]


def test_phragmen_stops_rather_than_skips() -> None:
    vote = election({"A": 10, "B": 8, "C": 1}, 12, ["A B", "A B", "C"])

    outcome = decide(vote, "phragmen", "card")

    assert names(vote, outcome.winners) == "C B"
    ended = [verdict.project for verdict in outcome.verdicts if isinstance(verdict.reason, PhragmenReason) and verdict.reason.ended_it]
    assert [vote.projects[p].id for p in ended] == ["A"]


def test_greedy_says_what_was_left_when_a_project_had_its_turn() -> None:
    vote = election({"A": 8, "B": 5, "C": 2}, 10, ["A B C", "A B", "A"])

    turns = {
        vote.projects[v.project].id: v.reason.considered
        for v in decide(vote, "greedy", "cost").verdicts
        if isinstance(v.reason, GreedyReason)
    }

    assert {name: (turn.left, turn.taken) for name, turn in turns.items()} == {"A": (10, True), "B": (2, False), "C": (2, True)}


def test_a_race_within_the_error_of_floats_is_settled_exactly() -> None:
    # A and B cost one fen of a trillion apart; floats of prices cannot see it once money has been divided
    vote = election({"A": 10**12 + 1, "B": 10**12, "C": 7}, 3 * 10**12, ["A B", "A B", "A B C"])

    outcome = decide(vote, "mes", "card")

    assert names(vote, outcome.winners) == "C B A"
    assert outcome.winners == tuple(naive.equal_shares(vote, naive.voters_of(vote, "card"), Fraction(10**12)))


def test_sums_beyond_what_floats_can_hold_are_settled_exactly() -> None:
    vote = election({"A": 10**20 + 1, "B": 10**20, "C": 3 * 10**20}, 3 * 10**20, ["A B C", "A B", "A", "B C"])

    for rule, measure in (("mes", "card"), ("mes", "cost"), ("greedy", "card")):
        outcome = decide(vote, rule, measure)
        voters = naive.voters_of(vote, measure)
        expected = naive.greedy(vote, voters) if rule == "greedy" else set(naive.equal_shares(vote, voters, Fraction(3 * 10**20, 4)))
        assert set(outcome.winners) == expected


def test_a_long_completion_takes_few_runs() -> None:
    # in fen: a step is a fen a voter, and the share must rise by millions of them
    vote = election({"A": 900_000_00, "B": 100_000_00}, 1_000_000_00, ["A"] * 3 + ["B"] * 997)

    outcome = decide(vote, "mes_add1", "cost")

    assert names(vote, outcome.winners) == "B A"
    assert outcome.raised == 300_000_00 - 1_000_00


def test_the_exact_ledger_says_who_could_not_pay() -> None:
    profile = profile_of(election({"A": 16, "B": 6}, 30, ["A", "A B", "B"]), "card")
    ledger = ExactLedger(profile, Fraction(10))

    payment = ledger.pay(1, Fraction(3))
    price = ledger.price(0)

    assert (payment.in_full, payment.in_full_sum) == (2, 6)
    assert price == 9, "7 from who has 7, 9 from the other"
    assert ledger.available(0) == 17


def test_points_need_ballots_with_points() -> None:
    with pytest.raises(BudgetProblem) as refused:
        decide(election({"A": 1}, 1, ["A"]), "mes", "points")

    assert refused.value.code == "satisfaction_does_not_fit"
    assert "use cost instead" in refused.value.text("en")


def test_an_election_without_voters_chooses_nothing_by_shares() -> None:
    outcome = decide(election({"A": 1}, 1, []), "mes_add1", "cost")

    assert (outcome.winners, outcome.each) == ((), None)
    assert as_data(outcome)["projects"][0]["reason"] == "no_supporters"


def test_the_explanation_speaks_the_money_of_the_file() -> None:
    vote = election({"A": 1050, "B": 300}, 2000, ["A", "A B"], scale=100)

    data = as_data(decide(vote, "mes", "cost"))

    assert (data["budget"], data["total_cost"], data["equal_budget"]["exact"]) == (20, 13.5, "10")
    a = data["projects"][0]
    assert a["price"] == {"per": "voter", "exact": "21/4", "decimal": "5.250000"}
    assert a["rho"]["exact"] == "1/2"
    assert a["paid"]["in_full"] == {"voters": 2, "together": {"exact": "21/2", "decimal": "10.500000"}}
    assert data["projects"][1]["price"]["exact"] == "3"
