"""The demo neighbourhood can be made on any day, also where the last day of a notice falls into a weekend or the long holidays."""

from __future__ import annotations

from datetime import datetime

import pytest

from linli.config.setup import load_reference_data
from linli.demo.build import build
from linli.kernel.matters.clock import ZONE
from linli.loops.council.ballots.models import Ballot


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("day", [pytest.param("2026-10-20", marks=pytest.mark.any_database), "2026-11-26"])
def test_the_hamlet_is_built_on_any_day(day: str) -> None:
    now = datetime.fromisoformat(f"{day}T11:00").replace(tzinfo=ZONE)
    load_reference_data(now)

    made = build("hamlet", now)

    assert made["requests"] > 50
    assert sorted(Ballot.objects.values_list("state", flat=True)) >= ["counted", "open"]
