"""The demo's talk is lively: two camps, much in common, something unanswered, something ruled."""

from __future__ import annotations

from random import Random

import pytest

from linli.demo import motions, talks
from linli.demo.town import build_town
from linli.loops.council.talks import checks
from linli.loops.council.talks.models import Answer, Contribution, Ruling
from linli.loops.council.talks.opinions import map_of
from tests.factories import NOW


@pytest.mark.any_database  # tests/demo makes the whole neighbourhood on PostgreSQL
@pytest.mark.django_db
def test_the_hamlet_talks() -> None:
    town = build_town(NOW, Random(2026))
    motions.build(town, NOW)
    talk = talks.build(town, NOW)["talk"]

    found = list(Contribution.objects.filter(talk=talk, kind="statement", hidden_at=None))
    told = map_of(talk, found).told
    assert told is not None
    assert len(told.groups) == 2
    assert sum(s.all_agree for s in told.shared) >= 3
    assert (Answer.objects.count(), Ruling.objects.count()) == (1, 1)
    assert not [p for check in (checks.marks, checks.seats, checks.rulings) for p in check()]
