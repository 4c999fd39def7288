"""Several options are counted by the book, and a tie is shown rather than hidden."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.ranked import RankedProblem, approval, elect, instant_runoff, points, schulze


def ranked(**ballots: int) -> dict[tuple[str, ...], int]:
    return {tuple(ballot): number for ballot, number in ballots.items()}


def weak(**ballots: int) -> dict[tuple[frozenset[str], ...], int]:
    return {tuple(frozenset(option) for option in ballot): number for ballot, number in ballots.items()}


# Tennessee's capital, the usual textbook example: Memphis, Nashville, Chattanooga, Knoxville
TENNESSEE = {"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17}
# Schulze 2011, example 1 (section 3.1)
SCHULZE_1 = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}


def test_instant_runoff_takes_knoxville_where_most_prefer_nashville() -> None:
    result = instant_runoff("MNCK", ranked(**TENNESSEE))

    assert result.winner == "K"
    assert [one.out for one in result.rounds] == ["C", "N", None]
    assert result.rounds[-1].counts == {"M": 42, "K": 58}


def test_schulze_elects_the_condorcet_winner() -> None:
    result = schulze("MNCK", weak(**TENNESSEE))

    assert result.order == ("N", "C", "K", "M")
    assert result.prefer["N", "M"] == 58


def test_schulze_agrees_with_the_paper_on_its_first_example() -> None:
    result = schulze("ABCDE", weak(**SCHULZE_1))

    assert result.order == ("E", "A", "C", "B", "D")
    assert result.prefer["A", "B"] == 20 and result.prefer["E", "B"] == 27
    assert (result.paths["A", "B"], result.paths["B", "A"], result.paths["E", "A"], result.paths["A", "E"]) == (28, 25, 25, 24)


BALLOTS = st.dictionaries(st.sampled_from(list(permutations("ABCD"))), st.integers(1, 9), min_size=1, max_size=8)


@given(BALLOTS)
def test_schulze_always_elects_a_condorcet_winner(ballots) -> None:
    result = schulze("ABCD", {tuple(map(frozenset, ballot)): number for ballot, number in ballots.items()})

    for a in "ABCD":
        if all(result.prefer[a, b] > result.prefer[b, a] for b in "ABCD" if b != a):
            assert result.winners == (a,)


@given(BALLOTS)
def test_an_option_with_most_first_choices_wins_both_ways(ballots) -> None:
    weakly = {tuple(map(frozenset, ballot)): number for ballot, number in ballots.items()}
    for a in "ABCD":
        if 2 * sum(number for ballot, number in ballots.items() if ballot[0] == a) > sum(ballots.values()):
            assert instant_runoff("ABCD", ballots).winner == a
            assert schulze("ABCD", weakly).winners == (a,)


@given(BALLOTS, st.randoms())
def test_the_order_of_ballots_and_options_is_irrelevant(ballots, chance) -> None:
    mixed = list(ballots.items())
    chance.shuffle(mixed)

    assert instant_runoff("DCBA", dict(mixed)) == instant_runoff("ABCD", ballots)


@given(BALLOTS)
def test_every_round_of_a_runoff_accounts_for_every_ballot(ballots) -> None:
    for one in instant_runoff("ABCD", ballots).rounds:
        assert sum(one.counts.values()) + one.exhausted == sum(ballots.values())


def test_ballots_that_name_few_options_run_out() -> None:
    result = instant_runoff("ABC", ranked(A=5, B=3, C=2, CB=1))

    assert [one.exhausted for one in result.rounds] == [0, 2]
    assert result.winner == "A"


def test_equal_last_ones_go_out_by_earlier_rounds_and_then_by_lot() -> None:
    # C and D are equal: by lot; the lot puts D first, so C goes out
    result = instant_runoff("ABCD", ranked(A=5, B=4, C=2, D=2), lot="ABDC")

    assert (result.rounds[0].out, result.rounds[0].by_lot) == ("C", True)


def test_nobody_wins_without_votes() -> None:
    assert instant_runoff("AB", {}).winner is None
    assert schulze("AB", {}).winners == ("A", "B")


def test_unnamed_options_are_equal_and_last_for_schulze() -> None:
    result = schulze("ABC", weak(A=1))

    assert (result.prefer["A", "B"], result.prefer["B", "C"], result.prefer["C", "B"]) == (1, 0, 0)
    assert result.winners == ("A",)


def test_approvals_and_points_are_summed_and_ties_shown() -> None:
    approved = approval("ABC", {frozenset("AB"): 3, frozenset("B"): 1, frozenset("A"): 1, frozenset(): 2})
    given_points = points("ABC", {(("A", 3), ("B", 2)): 2, (("C", 5),): 1}, most=5)

    assert (approved.order, approved.counts["A"], approved.tied_for_first) == (("A", "B", "C"), 4, ("A", "B"))
    assert given_points.order == ("A", "C", "B") and given_points.tied_for_first == ("A",)


@pytest.mark.parametrize(
    "count",
    [
        lambda: approval("AB", {frozenset("C"): 1}),
        lambda: instant_runoff("AB", ranked(AA=1)),
        lambda: schulze("AB", {(frozenset("A"), frozenset("AB")): 1}),
        lambda: points("AB", {(("A", 6),): 1}, most=5),
        lambda: points("AB", {(("A", -1), ("B", 2)): 1}, most=5),
        lambda: approval("", {}),
        lambda: approval("AA", {}),
        lambda: approval("AB", {}, lot="AC"),
        lambda: elect({"A": 3}, ballots=2, seats=1),
        lambda: elect({"A": 1}, ballots=2, seats=0),
    ],
)
def test_what_cannot_be_counted_is_refused(count) -> None:
    with pytest.raises(RankedProblem):
        count()


def test_seats_go_to_those_with_most_votes_and_the_quota() -> None:
    votes = {"A": 80, "B": 70, "C": 60, "D": 51, "E": 50, "F": 10}

    result = elect(votes, ballots=100, seats=3, alternates=2)

    assert result.elected == ("A", "B", "C")
    assert result.alternates == ("D",), "half is not more than half"
    assert result.below_quota == ("E", "F")
    assert elect(votes, ballots=100, seats=3, alternates=2, quota_inclusive=True).alternates == ("D", "E")


def test_a_seat_nobody_reached_the_quota_for_stays_vacant() -> None:
    result = elect({"A": 60, "B": 40}, ballots=100, seats=2)

    assert (result.elected, result.vacant) == (("A",), 1)


def test_those_equal_at_the_last_seat_have_none_until_the_lot_is_drawn() -> None:
    votes = {"A": 80, "B": 60, "C": 60, "D": 55}

    open_ = elect(votes, ballots=100, seats=2, alternates=1)
    drawn = elect(votes, ballots=100, seats=2, alternates=1, lot="DCBA")

    assert (open_.elected, open_.tied, open_.vacant, open_.alternates) == (("A",), ("B", "C"), 1, ())
    assert (drawn.elected, drawn.alternates, drawn.tied) == (("A", "C"), ("B",), ())


@given(st.dictionaries(st.text("ABCDEFGH", min_size=1, max_size=1), st.integers(0, 20), min_size=1), st.integers(1, 5), st.integers(0, 3))
def test_nobody_is_elected_over_somebody_with_more_votes(votes, seats, alternates) -> None:
    result = elect(votes, ballots=20, seats=seats, alternates=alternates, quota=Fraction(1, 4))

    assert len(result.elected) + result.vacant == seats
    if result.elected:
        least = min(votes[one] for one in result.elected)
        assert all(
            votes[one] < least for one in votes if one not in result.elected and one not in result.tied and one not in result.alternates
        ) or (all(votes[one] <= least for one in votes if one not in result.elected))
    assert all(4 * votes[one] > 20 for one in (*result.elected, *result.alternates))
