"""The workflow of a request as a table, and the pure rules beside it: who may rate, what reopens, the three rates, quantiles."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.turn import Turn
from linli.kernel.matters.workflow import Move, State, Workflow, diagram
from linli.loops.requests.rules import FEWEST, MOVES, STATES, WORKFLOW, Judged, quantile, rates, reopens, why_not_rate, why_not_record
from tests.factories import HOUSE, NOW, Cast, raised

# What leads where: the specification, written out. "=" leaves the state as it is.
SPECIFICATION = """
accept             raised                                                                                   > accepted
decline            raised accepted                                                                          > declined
dispatch           raised accepted                                                                          > dispatched
redispatch         dispatched                                                                               > dispatched
object             dispatched                                                                               > accepted
whistle            raised accepted dispatched whistled in_progress                                          > whistled
report_in          whistled                                                                                 > =
refuse_whistle     whistled                                                                                 > =
answer_whistle     whistled                                                                                 > =
conclude_whistle   whistled                                                                                 > resolved
start              dispatched                                                                               > in_progress
answer             accepted dispatched whistled in_progress waiting suspended                               > =
ask                accepted dispatched in_progress                                                          > waiting
add                raised accepted dispatched whistled in_progress waiting suspended                        > =
suspend            dispatched whistled in_progress                                                          > suspended
resume             waiting suspended                                                                        > in_progress
resolve            accepted dispatched in_progress                                                          > resolved
rate               resolved closed                                                                          > =
record_rating      resolved closed                                                                          > =
record_unreachable resolved                                                                                 > =
close              resolved                                                                                 > closed
reopen             resolved closed declined                                                                 > in_progress
withdraw           raised accepted dispatched whistled in_progress waiting suspended                        > withdrawn
merge              raised accepted dispatched whistled in_progress waiting                                  > merged
unmerge            merged                                                                                   > =
recategorise       raised accepted dispatched whistled in_progress waiting suspended                        > =
regrade            accepted dispatched whistled in_progress waiting suspended                               > =
plan               accepted dispatched whistled in_progress                                                 > =
supervise          raised accepted dispatched whistled in_progress waiting suspended                        > =
note               *                                                                                        > =
retell             *                                                                                        > =
score_whistle      resolved closed                                                                          > =
"""
ALL = tuple(s.code for s in STATES)


def _specified() -> dict[tuple[str, str], str]:
    """(state, verb) → the state it leads to."""
    ends = {}
    for line in SPECIFICATION.strip().splitlines():
        left, _arrow, target = line.partition(">")
        verb, *sources = left.split()
        for state in ALL if sources == ["*"] else sources:
            ends[state, verb] = state if target.strip() == "=" else target.strip()
    return ends


SPECIFIED = _specified()
GIVEN: dict[str, Any] = {
    "text": "说明", "reason": "outside_duty", "turn_to": "12345", "unit": 1, "units": [1, 2], "review_on": NOW.date(), "category": 1, "scores": {1: 5},
    "grade": "complex", "done_on": NOW.date()
}  # fmt: skip


# --- the data -----------------------------------------------------------------------------------------------------------------------------
def test_the_specification_names_every_verb() -> None:
    assert {verb for _state, verb in SPECIFIED} == {m.verb for m in MOVES}


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, edge = {WORKFLOW.first}, {WORKFLOW.first}
    while edge:
        edge = {m.target for code in edge for m in WORKFLOW.moves_from(code) if m.target} - reached
        reached |= edge

    assert reached == set(ALL)


def test_every_open_state_can_be_left_and_every_way_ends_in_a_closed_one() -> None:
    ends = {code for code in ALL if not WORKFLOW.by_code[code].open}
    while True:
        more = {code for code in ALL if any(m.target in ends for m in WORKFLOW.moves_from(code))} - ends
        if not more:
            break
        ends |= more

    assert ends == set(ALL)


def test_every_move_has_a_row_in_the_permission_table() -> None:
    verbs = {row.verb for row in table.rows()}

    assert {f"request.{m.verb}" for m in MOVES} <= verbs


def test_every_state_says_who_owes_what_and_stands_on_the_strip() -> None:
    for state in STATES:
        assert str(state.label)
        assert str(state.sentence)
        assert 1 <= state.stage <= 7


def test_the_diagram_draws_every_move_and_the_ways_back() -> None:
    drawn = diagram(WORKFLOW)

    for (state, verb), end in SPECIFIED.items():
        assert f"    {state} --> {end}: {verb} / " in drawn
    assert "    suspended --> whistled: resume / " in drawn
    assert "    [*] --> raised\n" in drawn
    assert "    closed --> [*]" in drawn


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "nowhere"},
        {"moves": (Move("go", "go", ("nowhere",), None),)},
        {"moves": (Move("go", "go", ("a",), "nowhere"),)},
        {"moves": (Move("go", "go", ("a",), "a", back_to=("nowhere",)),)},
        {"moves": (Move("go", "go", ("a",), None), Move("go", "go", ("a",), "a"))},
        {"stages": ("one",)},
        {"states": (State("a", "a", 1, "a"), State("a", "b", 1, "b"))},
    ],
)
def test_a_workflow_that_contradicts_itself_cannot_be_made(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "kind": "x",
        "prefix": "X",
        "label": "x",
        "stages": tuple("1234567"),
        "states": (State("a", "a", 1, "a"),),
        "moves": (),
        "first": "a",
    }
    Workflow(**right)

    with pytest.raises(ValueError, match="workflow x"):
        Workflow(**{**right, **wrong})


# --- each state and verb --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ALL)
def test_each_verb_leads_where_the_table_says_or_is_refused_naming_what_can_be_done(cast: Cast, state: str) -> None:
    matter = raised(cast)
    for move in MOVES:
        here = WORKFLOW.by_code[state]
        matter.state, matter.stage, matter.is_open = here.code, here.stage, here.open
        taken = Turn(matter, HOUSE, NOW)

        if (state, move.verb) in SPECIFIED:
            taken.move(move.verb, **GIVEN)

            there = WORKFLOW.by_code[SPECIFIED[state, move.verb]]
            assert (matter.state, matter.stage, matter.is_open) == (there.code, there.stage, there.open), move.verb
            assert taken.entries[0].facts["from"] == state
            assert taken.entries[0].facts["to"] == matter.state
        else:
            with pytest.raises(Refused) as refused:
                taken.move(move.verb, **GIVEN)

            assert refused.value.code == "wrong_state", move.verb
            assert str(here.label) in str(refused.value)
            assert str(move.label) in str(refused.value)
            for possible in WORKFLOW.moves_from(state):
                assert str(possible.label) in str(refused.value.turn_to)
            assert taken.entries == []
            assert matter.state == state


@pytest.mark.parametrize("move", [m for m in MOVES if m.asks], ids=lambda m: m.verb)
def test_a_move_without_what_it_asks_for_names_each_missing_field(cast: Cast, move: Move) -> None:
    matter = raised(cast)
    matter.state = move.sources[0]

    with pytest.raises(Invalid) as invalid:
        Turn(matter, HOUSE, NOW).move(move.verb)

    assert set(invalid.value.fields) == set(move.asks)
    assert matter.state == move.sources[0]


# --- who may rate, who may record ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("party", "recorder", "already", "why"),
    [
        (True, False, False, None),
        (True, False, True, "already_rated"),
        (False, False, False, "not_a_party"),
        (False, False, True, "not_a_party"),
        (False, True, False, "filed_on_behalf"),
        (True, True, False, "filed_on_behalf"),  # a neighbour too, and still the one who filed it
        (True, True, True, "filed_on_behalf"),
        (False, True, True, "filed_on_behalf"),
    ],
)
def test_why_somebody_may_not_rate(party: bool, recorder: bool, already: bool, why: str | None) -> None:
    assert why_not_rate(is_party=party, is_recorder=recorder, already=already) == why


@pytest.mark.parametrize(
    ("filed", "handled", "why"),
    [(False, False, None), (True, False, "filed_on_behalf"), (False, True, "handled_it"), (True, True, "filed_on_behalf")],
)
def test_why_somebody_may_not_record_a_rating(filed: bool, handled: bool, why: str | None) -> None:
    assert why_not_record(filed=filed, handled=handled) == why


@pytest.mark.parametrize(("solved", "satisfied", "reopened"), list(product((True, False, None), (True, False, None), (0, 1, 2))))
def test_only_a_bad_word_reopens_and_only_once(solved: bool | None, satisfied: bool | None, reopened: int) -> None:
    bad = solved is False or satisfied is False

    assert reopens(solved=solved, satisfied=satisfied, reopened=reopened) is (bad and reopened == 0)


# --- the three rates ----------------------------------------------------------------------------------------------------------------------
def judged(answered: bool | None = None, solved: bool | None = None, satisfied: bool | None = None, **more: Any) -> Judged:
    more.setdefault("reached", "rated" if (answered, solved, satisfied) != (None, None, None) else "")
    more.setdefault("excluded", "")
    return Judged(answered, solved, satisfied, **more)


def test_each_rate_counts_those_who_said_yes_over_those_who_said_anything() -> None:
    found = rates([judged(True, True, True)] * 4 + [judged(True, False, None)] * 2 + [judged(None, None, False)])

    assert (found.answered.numerator, found.answered.denominator) == (6, 6)
    assert (found.solved.numerator, found.solved.denominator) == (4, 6)
    assert (found.satisfied.numerator, found.satisfied.denominator) == (4, 5)
    assert found.solved.share == Fraction(2, 3)
    assert (found.finished, found.called_back) == (7, 7)


def test_what_is_left_out_is_counted_and_shown() -> None:
    found = rates(
        [judged(True, True, True)] * 5
        + [judged(False, False, False, excluded="outside_duty")] * 3
        + [judged(False, False, False, excluded="emergency")]
        + [judged(False, False, False, suspended=True)] * 2
        + [judged(reached="unreachable")] * 4
        + [judged(reached="declined")]
        + [judged()] * 6
    )

    assert found.solved.share == 1
    assert found.excluded == {"outside_duty": 3, "emergency": 1}
    assert (found.suspended, found.unreachable, found.not_asked, found.called_back, found.finished) == (2, 5, 6, 5, 22)


@pytest.mark.parametrize(("answers", "shown"), [(0, False), (1, False), (FEWEST - 1, False), (FEWEST, True), (FEWEST + 1, True)])
def test_no_share_is_shown_of_fewer_answers_than_the_numbers_allow(answers: int, shown: bool) -> None:
    found = rates([judged(True, True, True)] * answers)

    assert (found.answered.share is not None) is shown
    assert found.answered.denominator == answers


said = st.sampled_from([True, False, None])
rows = st.lists(
    st.builds(
        Judged,
        said,
        said,
        said,
        st.sampled_from(["rated", "unreachable", "declined", ""]),
        st.sampled_from(["", "", "emergency", "outside_duty"]),
        st.booleans(),
    ),
    max_size=40,
)


@given(rows)
def test_every_finished_request_is_counted_exactly_once(found: list[Judged]) -> None:
    made = rates(found)

    assert (
        made.finished == len(found) == made.called_back + made.unreachable + made.not_asked + made.suspended + sum(made.excluded.values())
    )
    for rate in (made.answered, made.solved, made.satisfied):
        assert 0 <= rate.numerator <= rate.denominator <= made.called_back


@given(rows, rows)
def test_rates_of_two_parts_add_up_to_those_of_the_whole(one: list[Judged], other: list[Judged]) -> None:
    left, right, whole = rates(one), rates(other), rates([*one, *other])

    assert whole.solved.numerator == left.solved.numerator + right.solved.numerator
    assert whole.solved.denominator == left.solved.denominator + right.solved.denominator


@given(rows)
def test_an_excluded_request_moves_no_rate(found: list[Judged]) -> None:
    before = rates(found)
    after = rates([*found, judged(False, False, False, excluded="emergency")])

    assert (after.answered, after.solved, after.satisfied) == (before.answered, before.solved, before.satisfied)


# --- quantiles ------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], Fraction(1, 2), None),
        ([7], Fraction(1, 2), 7),
        ([7], Fraction(9, 10), 7),
        ([1, 2], Fraction(1, 2), 1),
        ([1, 2, 3], Fraction(1, 2), 2),
        (list(range(1, 11)), Fraction(9, 10), 9),
        (list(range(1, 11)), Fraction(1, 1), 10),
        (list(range(1, 12)), Fraction(9, 10), 10),
        ([1, 2, 3], Fraction(0, 1), 1),
    ],
)
def test_quantiles_by_nearest_rank(values: list[int], share: Fraction, found: int | None) -> None:
    assert quantile(values, share) == found


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60).map(sorted), st.fractions(0, 1))
def test_a_quantile_is_the_least_value_with_enough_at_or_below(values: list[int], share: Fraction) -> None:
    found = quantile(values, share)

    assert found in values
    assert sum(v <= found for v in values) >= share * len(values)
    smaller = [v for v in values if v < found]
    assert not smaller or len(smaller) < share * len(values)
