"""The demo's draws and elections hold together and are quick."""

from __future__ import annotations

from random import Random
from time import perf_counter

import pytest

from linli.demo import draws, elections
from linli.demo import town as towns
from linli.loops.council.draws import checks
from linli.loops.council.draws.models import Application, Draw, Offer
from linli.loops.council.elections.models import Candidate, Election, Task
from linli.loops.requests.reference import load_reference
from tests.factories import NOW


@pytest.mark.any_database  # tests/demo makes the whole neighbourhood on PostgreSQL
@pytest.mark.django_db
def test_the_demo_draws_carries_a_waiting_list_and_elects() -> None:
    load_reference(NOW)
    town = towns.build_town(NOW, Random(2026))
    begun = perf_counter()

    assert (draws.build(town, NOW), elections.build(town, NOW)) == (2, 2)

    took = perf_counter() - begun
    past, present = Draw.objects.order_by("pk")
    assert (past.state, present.state) == ("closed", "open")
    assert Offer.objects.filter(draw=past, moved_up=True).exists()
    assert Application.objects.filter(draw=present, carried__gt=0).exists()
    assert not [*checks.frozen(), *checks.published()]
    office, calling = Election.objects.order_by("pk")
    assert (office.state, calling.state) == ("in_office", "nominating")
    assert office.filing_number
    assert Candidate.objects.filter(election=office, state="refused").count() == 1
    assert Task.objects.filter(election=office, done_at=None).count() == 1
    assert Candidate.objects.filter(election=calling).count() == 2
    assert took < 10, took
