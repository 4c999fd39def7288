"""Opinion groups: planted groups are found, whoever comes first; nothing is said of few people; the formulas are those of Polis."""

from __future__ import annotations

import gzip
import json
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight import opinion
from linli.insight.groups import clusters, space, speaking
from linli.insight.groups.growing import Growing
from linli.insight.groups.keeping import kept, told_of
from linli.insight.groups.routing import lesson, likely_groups, next_for, spread
from linli.insight.opinion import AGREE, DISAGREE, MISSING, PASS, Counts, analyse, dense, votes_from, votes_of
from linli.insight.opinion_files import as_data, read_votes
from linli.lib.problems import InputProblem

Rows = list[tuple[int, int, int]]


def planted(sizes: tuple[int, ...] = (14, 10), statements: int = 12, *, seed: int = 7, noise: float = 0.08, seen: float = 0.9) -> Rows:
    """Groups that agree on statements 0 and 1 and differ on the others by a pattern of their own."""
    rng = random.Random(seed)
    patterns = [[1 if s < 2 or rng.random() < 0.5 else -1 for s in range(statements)] for _g in sizes]
    for s in range(2, statements):
        patterns[1][s] = -patterns[0][s]
    rows, person = [], 0
    for size, pattern in zip(sizes, patterns, strict=True):
        for _n in range(size):
            rows += [
                (person, s, -choice if s > 1 and rng.random() < noise else choice)
                for s, choice in enumerate(pattern)
                if rng.random() < seen
            ]
            person += 1
    return rows


def parts(groups: dict[object, int]) -> set[frozenset[object]]:
    return {frozenset(p for p, g in groups.items() if g == n) for n in set(groups.values())}


def test_planted_groups_are_found_with_what_they_share() -> None:
    told, groups = analyse(votes_of(planted()))

    assert parts(groups) == {frozenset(range(14)), frozenset(range(14, 24))}
    assert [(g.name, g.size) for g in told.groups] == [("A", 14), ("B", 10)]
    assert {s.statement for s in told.shared[:2]} == {0, 1}
    assert all(s.all_agree for s in told.shared[:2])
    assert all(r.statement not in (0, 1) and r.tested for g in told.groups for r in g.representative)


def test_three_groups_are_told_apart() -> None:
    rows: Rows = []
    for person in range(36):
        group = person % 3
        rows += [(person, s, AGREE if s // 4 == group else DISAGREE) for s in range(12)]

    told, groups = analyse(votes_of(rows))

    assert len(told.groups) == 3
    assert parts(groups) == {frozenset(range(n, 36, 3)) for n in range(3)}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(p, s, 1) for p in range(opinion.LEAST_PEOPLE - 1) for s in range(9)], "few_people"),
        ([(p, s, 1) for p in range(30) for s in range(opinion.LEAST_STATEMENTS - 1)], "few_statements"),
        ([(p, s, 1) for p in range(30) for s in range(p % 3)] + [(99, s, 1) for s in range(9)], "few_votes"),
        ([(p, s, 1) for p in range(30) for s in range(9)], "no_split"),
        ([], "few_people"),
    ],
)
def test_without_enough_there_are_no_groups_and_it_says_why(rows: Rows, why: str) -> None:
    told, groups = analyse(votes_of(rows))

    assert (told.why_none, told.groups, told.shared, told.space, groups) == (why, (), (), None, {})


def test_a_heap_of_three_is_not_shown_as_a_group() -> None:
    rows = planted((15, 11), seen=1.0, noise=0.0)
    rows += [(100 + n, s, PASS) for n in range(3) for s in range(12)]

    told, groups = analyse(votes_of(rows))

    assert min(g.size for g in told.groups) >= opinion.LEAST_GROUP
    assert sum(g.size for g in told.groups) == len(groups) == 29


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_votes_changes_nothing(seed: int, shuffle: random.Random) -> None:
    rows = planted(seed=seed, noise=0.3)
    mixed = rows[:]
    shuffle.shuffle(mixed)

    assert as_data(*analyse(votes_of(mixed), resamples=1)) == as_data(*analyse(votes_of(rows), resamples=1))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(24)))
def test_what_people_are_called_changes_no_group(seed: int, names: list[int]) -> None:
    rows = planted(seed=seed, noise=0.2)

    told, groups = analyse(votes_of(rows), resamples=0)
    renamed, other = analyse(votes_of([(names[p], s, c) for p, s, c in rows]), resamples=0)

    assert {names[p]: g for p, g in groups.items()} == other
    assert (told.groups, told.shared) == (renamed.groups, renamed.shared)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 14), st.sampled_from([1, 0, -1])), max_size=400))
def test_any_votes_give_a_whole_answer(rows: Rows) -> None:
    votes = votes_of(rows)
    told, groups = analyse(votes, resamples=0)

    assert told.votes == len({(p, s) for p, s, _c in rows})
    assert bool(told.groups) == (not told.why_none) == bool(groups)
    assert all(g.size >= opinion.LEAST_GROUP for g in told.groups)
    assert sum(g.size for g in told.groups) == len(groups)
    if told.groups:
        assert len(groups) == told.counted
        assert [g.size for g in told.groups] == sorted((g.size for g in told.groups), reverse=True)
        assert all(a.agree >= b.agree for a, b in pairwise(told.shared))
        assert -1 <= told.silhouette <= 1


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_one_more_agreement_never_lowers_what_is_shared(agree: int, disagree: int, passed: int) -> None:
    assert Counts(agree + 1, disagree, passed).share > Counts(agree, disagree, passed).share


def test_consensus_is_the_product_over_groups() -> None:
    votes = votes_of(planted(seen=1.0, noise=0.0))
    told, groups = analyse(votes)

    for shared in told.shared:
        column = votes.statements.index(shared.statement)
        expected = 1.0
        for number in range(len(told.groups)):
            cells = [votes.matrix[row, column] for row, p in enumerate(votes.people) if groups[p] == number]
            expected *= (sum(c == AGREE for c in cells) + 1) / (sum(c != MISSING for c in cells) + 2)
        assert shared.agree == pytest.approx(expected)


def test_the_tests_of_proportions_are_those_of_polis() -> None:
    assert speaking.one_proportion(9, 9) == pytest.approx(2 * 10**0.5 * 0.5)
    assert speaking.one_proportion(0, 0) == pytest.approx(1.0)
    pooled = (9 + 3) / (11 + 11)
    assert speaking.two_proportions(8, 10, 2, 10) == pytest.approx((9 / 11 - 3 / 11) / (pooled * (1 - pooled) * (2 / 11)) ** 0.5)
    assert speaking.two_proportions(5, 5, 5, 5) == 0.0


def test_who_saw_little_is_moved_out_and_who_saw_nothing_stands_in_the_middle() -> None:
    votes = votes_of(planted(seen=1.0, noise=0.0))
    found = space.space_of(votes)
    full = votes.matrix[:1]
    half = full.copy()
    half[0, 6:] = MISSING
    nothing = np.full_like(full, MISSING)

    assert np.allclose(space.project(dense(nothing), found), 0)
    seen = half != MISSING
    plain = np.where(seen, half - np.array(found.means), 0) @ np.array(found.axes).T
    assert np.allclose(space.project(dense(half), found), plain * (12 / 6) ** found.exponent)
    assert found.place(half[0].tolist()) == pytest.approx(tuple(space.project(dense(half), found)[0]))


def test_the_directions_are_those_of_the_whole_decomposition() -> None:
    rng = np.random.default_rng(5)
    cells = np.where(rng.random((300, 60)) < 0.4, rng.integers(-1, 2, (300, 60)), MISSING)
    cells[:150, :10] = np.where(cells[:150, :10] == MISSING, MISSING, 1)
    votes = dense(cells)
    centred = space.centred_of(votes)[1].toarray()

    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]

    found = np.array(space.space_of(votes).axes)
    assert np.allclose(np.abs((found * axes).sum(axis=1)), 1, atol=1e-6)


def test_ones_own_place_is_in_ones_own_group_and_needs_enough_votes() -> None:
    votes = votes_of(planted())
    told, groups = analyse(votes)

    for row, person in enumerate(votes.people):
        found = opinion.place_of(list(votes.matrix[row]), told)
        assert (found[1] if found else None) == groups.get(person)
    assert opinion.place_of([MISSING] * 12, told) is None


def test_the_later_vote_counts_and_unseen_statements_keep_their_column() -> None:
    votes = votes_of([("b", "2", 1), ("a", "10", 1), ("b", "2", -1)], statements=["7"])

    assert (votes.people, votes.statements) == (("a", "b"), ("2", "7", "10"))
    assert votes.matrix.tolist() == [[MISSING, MISSING, 1], [-1, MISSING, MISSING]]


def test_a_map_names_and_places_nobody() -> None:
    told, _groups = analyse(votes_of([(f"person-{p}", s, c) for p, s, c in planted()]))

    assert "person-" not in repr(told)
    assert all(len(part) == len(told.statements) for part in (told.space.means, told.space.axes[0]))
    assert "person-" not in json.dumps(kept(told))
    assert told_of(json.loads(json.dumps(kept(told)))).groups == told.groups


def test_more_people_than_are_sampled_still_get_a_silhouette() -> None:
    rng = np.random.default_rng(1)
    points = np.vstack([rng.normal(-3, 0.3, (900, 2)), rng.normal(3, 0.3, (900, 2))])

    found = clusters.grouping_of([points])

    assert found is not None
    assert len(found.centres) == 2
    assert found.silhouette > 0.8


# --- files -----------------------------------------------------------------------------------------------------------------------
def test_votes_are_read_from_any_order_of_columns_and_both_languages() -> None:
    text = "\ufeffVote,voter,statement\nagree,1,a\n不同意,1,b\npass,2,a\n\n-1,2,b\n"

    assert list(read_votes(text.encode())) == [("1", "a", 1), ("1", "b", -1), ("2", "a", 0), ("2", "b", -1)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"voter,statement\n1,2\n", "no_column"),
        ("voter,statement,vote\n1,2,也许\n".encode(), "bad_line"),
        (b"voter,statement,vote\n,2,agree\n", "bad_line"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"", "no_column"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content: bytes, code: str) -> None:
    with pytest.raises(InputProblem) as caught:
        list(read_votes(content))
    assert caught.value.code == code


def test_an_empty_matrix_has_no_directions() -> None:
    assert analyse(dense(np.zeros((0, 0), dtype=np.int8)))[0].why_none == "few_people"


def test_a_packed_file_is_read_and_a_broken_one_refused() -> None:
    packed = gzip.compress(b"timestamp,comment-id,voter-id,vote\n1,7,3,-1\n")

    assert list(read_votes(packed)) == [("3", "7", -1)]
    with pytest.raises(InputProblem) as caught:
        list(read_votes(packed[:-9]))
    assert caught.value.code == "bad_gzip"


# --- bad input ----------------------------------------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-3, 3), st.text(max_size=3), st.none(), st.floats()),
            st.one_of(st.integers(0, 5), st.text(max_size=3), st.none(), st.floats()),
            st.one_of(st.sampled_from([1, 0, -1]), st.integers(-9, 9), st.floats(), st.none(), st.text(max_size=2)),
        ),
        max_size=12,
    )
)
def test_anything_given_as_votes_is_taken_or_refused_with_words(rows: list[tuple[Any, Any, Any]]) -> None:
    try:
        votes = votes_of(rows)
    except InputProblem as problem:
        assert problem.code in ("bad_vote", "no_name")
        return
    assert all(choice in (1, 0, -1) for _p, _s, choice in rows)
    assert analyse(votes)[0].why_none


@pytest.mark.parametrize("how", [[2], [-9], [float("nan")], [float("inf")]])
def test_arrays_with_other_votes_are_refused(how: list[float]) -> None:
    with pytest.raises(InputProblem):
        votes_from(np.array([1]), np.array([1]), np.array(how))


def test_columns_that_do_not_fit_and_odd_tables_are_refused() -> None:
    for act in (
        lambda: votes_from(np.array([1, 2]), np.array([1]), np.array([1])),
        lambda: votes_from(np.array([1.5]), np.array([1]), np.array([1])),
        lambda: dense(np.array([[5]])),
        lambda: dense(np.array([1, 0])),
    ):
        with pytest.raises(InputProblem):
            act()


# --- steady, and against flooding -----------------------------------------------------------------------------------------------------
def test_clear_groups_are_steady_and_it_is_said_how_they_were_chosen() -> None:
    told, groups = analyse(votes_of(planted((60, 40))))
    data = as_data(told, groups)["method"]

    assert told.chosen.steadiness.mean > 0.95
    assert told.chosen.steadiness.same_number == data["stability"]["resamples"] == 10
    assert max(told.chosen.by_number, key=lambda n: told.chosen.by_number[n]) == 2
    assert (data["restarts"], data["seed"]) == (clusters.RESTARTS, 0)


def test_copied_ballots_do_not_turn_the_picture() -> None:
    rows = planted((40, 30), statements=20)
    alone = analyse(votes_of(rows))[1]
    copied = [(1000 + n, s, AGREE if s % 3 else DISAGREE) for n in range(150) for s in range(20)]

    told, groups = analyse(votes_of(rows + copied))

    honest = list(alone)
    same = clusters.rand_index(np.array([alone[p] for p in honest]), np.array([groups[p] for p in honest]))
    assert same > 0.9
    assert (told.copies, told.most_copies) == (150, 150)


def test_a_group_ten_times_as_large_does_not_outvote_the_other() -> None:
    told, _groups = analyse(votes_of(planted((100, 10))))

    against = [s for s in told.shared if not s.by_group[1].share > 0.5]
    assert against
    assert not any(s.all_agree for s in against)


def test_one_statement_in_many_words_speaks_once_for_a_group() -> None:
    rows = planted((30, 30), statements=10, noise=0.15, seen=1.0)
    copies = [(p, 100 + n, c) for p, s, c in rows if s == 4 for n in range(6)]

    told, _groups = analyse(votes_of(rows + copies))

    for group in told.groups:
        said = [r.statement for r in group.representative]
        assert sum(s == 4 or int(str(s)) >= 100 for s in said) <= 1
        assert len(said) == 5


# --- what to ask next ------------------------------------------------------------------------------------------------------------------
def test_what_divides_is_asked_before_what_is_known_and_the_unknown_before_both() -> None:
    divides, known = (Counts(40, 2, 0), Counts(2, 40, 0)), (Counts(40, 2, 0), Counts(40, 2, 0))
    counts = {"divides": divides, "known": known, "new": (Counts(0, 0, 0), Counts(0, 0, 0))}

    order = next_for(["known", "divides", "new"], {}, counts, [42, 42], seen={}, lot=len)
    assert order == ["divides", "new", "known"]
    # Who has shown where they stand is asked something else.
    sure = {"a": 1, "b": 1, "c": 1}
    counts |= dict.fromkeys(sure, divides)
    assert likely_groups(sure, counts, [42, 42])[0] > 0.99
    assert next_for(["known", "divides", "new"], sure, counts, [42, 42], seen={}, lot=len)[0] == "new"
    assert lesson(divides, [0.5, 0.5]) > lesson(divides, [1, 0]) > 0


def test_without_groups_the_least_seen_comes_first_and_no_author_fills_the_queue() -> None:
    seen = {1: 5, 2: 0, 3: 9}

    assert next_for([1, 2, 3], {}, {}, [], seen=seen, lot=lambda key: key) == [2, 1, 3]
    assert spread([1, 2, 3, 4, 5], {1: "a", 2: "a", 3: "a"}) == [1, 4, 5, 2, 3]


# --- growing -----------------------------------------------------------------------------------------------------------------------------
def test_a_growing_map_counts_as_a_whole_one_would() -> None:
    rows = planted((40, 30))
    votes = votes_of(rows)
    told, groups = analyse(votes)
    growing = Growing(votes, told, groups)
    like_the_first = {s: c for p, s, c in rows if p == 0}
    more = [(999, s, c) for s, c in like_the_first.items()] + [(0, 3, PASS)]

    assert growing.add(more) == len(more)
    assert growing.add(more) == 0
    after = growing.map()

    assert (after.people, after.counted, after.votes) == (71, 71, len(rows) + len(like_the_first))
    assert sum(g.size for g in after.groups) == 71
    whole = {(p, s): c for p, s, c in rows + more}
    third = next(s for s in after.shared if s.statement == 3)
    assert sum(c.passed for c in third.by_group) == sum(c == PASS for (_p, s), c in whole.items() if s == 3)
    assert not growing.is_due
    with pytest.raises(InputProblem):
        growing.add([(0, "unknown", 1)])
    with pytest.raises(InputProblem):
        growing.add([(0, 3, 2)])
