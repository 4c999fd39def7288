"""Small elections full of ties, for property tests."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from linli.insight.choice.budget import USUAL, Election, Project, Satisfaction, VoteType

VOTE_TYPES: list[VoteType] = ["approval", "choose-1", "cumulative", "ordinal"]


@st.composite
def elections(draw: st.DrawFn, most_projects: int = 6, most_voters: int = 9) -> Election:
    number = draw(st.integers(1, most_projects))
    costs = draw(st.lists(st.integers(0, 30) | st.sampled_from([6, 12]), min_size=number, max_size=number))
    vote_type = draw(st.sampled_from(VOTE_TYPES))
    ballots = Counter(draw(st.lists(ballots_of(vote_type, number), max_size=most_voters)))
    projects = tuple(Project(f"P{p}", cost) for p, cost in enumerate(costs))
    return Election(projects, draw(st.integers(0, 70)), vote_type, ballots, scale=draw(st.sampled_from([1, 10])))


def ballots_of(vote_type: VoteType, number: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    some = st.lists(st.integers(0, number - 1), unique=True, max_size=1 if vote_type == "choose-1" else number)
    if vote_type == "cumulative":
        return some.flatmap(lambda chosen: st.tuples(*(st.tuples(st.just(p), st.integers(0, 4)) for p in chosen)))
    return some.map(lambda chosen: tuple((p, 1) for p in (chosen if vote_type == "ordinal" else sorted(chosen))))


def satisfactions(election: Election) -> list[Satisfaction]:
    """Every measure that fits the ballots."""
    return ["cost", "card"] if election.vote_type in ("approval", "choose-1") else ["cost", "card", USUAL[election.vote_type]]
