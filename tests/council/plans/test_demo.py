"""The demo's plans: a lift people talk over, and a roof from the fund that a motion carries; told quickly, and every sum right."""

from __future__ import annotations

from random import Random
from time import perf_counter

import pytest

from linli.demo import plans
from linli.demo import town as towns
from linli.kernel.access.refusals import said
from linli.loops.council.motions.models import Text
from linli.loops.council.motions.reference import load_reference
from linli.loops.council.plans import checks
from linli.loops.council.plans.reckoning import figures_of
from linli.loops.requests.reference import load_reference as load_requests
from tests.factories import DAY, NOW


@pytest.mark.any_database  # tests/demo makes the whole neighbourhood on PostgreSQL
@pytest.mark.django_db
def test_the_demo_compares_keys_for_a_lift_and_shares_a_roof_from_the_fund() -> None:
    load_requests(NOW - 400 * DAY)
    load_reference(NOW - 400 * DAY)
    town = towns.build_town(NOW, Random(2026))
    begun = perf_counter()
    lift, roof = plans.build(town, NOW)
    took = perf_counter() - begun

    assert (lift.state, roof.state) == ("shown", "adopted")
    for plan in (lift, roof):
        found = figures_of(plan)
        assert [said(p) for p in found.problems] == []
        for one in found.alternatives:
            assert sum(s.fen for s in one.shared.shares.values()) == found.net.net_fen
    fund = figures_of(roof).alternatives[0].fund
    assert fund.short
    assert fund.unknown
    assert roof.adoption.digest in Text.objects.get(motion=roof.adoption.motion, number=2).options[0]["text"]
    assert list(checks.calculations()) == list(checks.texts()) == []
    print(f"told in {took:.2f} s")
    assert took < 20
