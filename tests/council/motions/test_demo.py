"""The demo's motions stand at every point of their road, and are told quickly."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

import pytest

from linli.config.setup import load_reference_data
from linli.demo import motions
from linli.demo import town as towns
from linli.kernel.matters.models import Matter
from linli.loops.council.motions.models import Case, Task
from tests.factories import DAY, NOW

# tests/demo makes the whole neighbourhood on PostgreSQL.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.any_database]


def test_the_hamlet_has_motions_at_every_point_of_the_road() -> None:
    load_reference_data(NOW - 400 * DAY)
    town = towns.build_town(NOW, Random(1))
    begun = time.monotonic()
    motions.build(town, NOW)
    took = time.monotonic() - begun

    states = Counter(Matter.objects.filter(kind="motion").values_list("state", flat=True))
    assert set(states) == {"closed", "carrying", "posted", "noticed", "deliberating", "banked", "seconding", "screening", "draft"}
    assert Task.objects.filter(done_at=None, order__due_at__lt=NOW).count() == 1
    assert Case.objects.count() == 1
    print(f"told in {took:.2f} s")
    assert took < 20
