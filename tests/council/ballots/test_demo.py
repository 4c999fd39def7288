"""The demo's ballots: one running with everything that can happen to a vote, one that failed by area although it passed by number."""

from __future__ import annotations

from random import Random
from time import perf_counter

import pytest

from linli.demo import ballots
from linli.demo import town as towns
from linli.loops.council.ballots import checks
from linli.loops.council.ballots.models import Ballot, Proxy, Reading, Vote
from linli.loops.requests.reference import load_reference
from tests.factories import NOW


@pytest.mark.any_database  # tests/demo makes the whole neighbourhood on PostgreSQL
@pytest.mark.django_db
def test_the_demo_votes_and_one_decision_fails_by_area_alone() -> None:
    load_reference(NOW)
    town = towns.build_town(NOW, Random(2026))
    begun = perf_counter()
    assert ballots.build(town, NOW) == 2
    took = perf_counter() - begun
    counted, running = Ballot.objects.get(state="counted"), Ballot.objects.get(state="open")
    law = counted.result["law"]
    assert not counted.passed
    assert law["quorum"]
    assert 2 * law["agree"]["owners"] > law["participating"]["owners"]
    assert [r for r in law["reasons"] if "area" in r] == law["reasons"]
    votes = Vote.objects.filter(ballot=running)
    assert {"online", "paper", "phone", "proxy"} <= set(votes.values_list("channel", flat=True))
    assert votes.filter(state="conflict").count() == 2
    assert Reading.objects.filter(state="waiting").count() == Proxy.objects.count() == 1
    for check in (checks.frozen, checks.once, checks.on_the_roll, checks.recounted):
        assert list(check()) == []
    assert took < 20, took
