"""A street whose requests of a year are in the lake, and whose figures are prepared: what the tests of pages begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import override_settings

from linli.kernel.matters.models import Clock, Matter
from linli.measure.rounds import go_round
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, build_cast, dispatched, raised

LATE = 4
A_MONTH = 16


def _lived() -> Cast:
    """
    In each of three months sixteen requests of the community here, four of them answered late; two more there, far too few to show; one still open
    and late, one not public.
    """
    cast = build_cast()
    for month in (3, 4, 5):
        for n in range(A_MONTH):
            _answered(cast, _at(month, n), late=n < LATE, place=cast.here.buildings[n % 2])
        for n in range(2):
            _answered(cast, _at(month, n), late=False, place=cast.there.buildings[0])
    dispatched(cast, title="路灯不亮", now=NOW - 2 * DAY)
    raised(cast, title="车棚漏雨", now=NOW - HOUR, visibility="private")
    return cast


def _at(month: int, n: int) -> datetime:
    return NOW.replace(month=month, day=2 + n, hour=9)


def _answered(cast: Cast, when: datetime, *, late: bool, place: Any) -> Matter:
    """A request that was answered after two hours, or after a week, and closed; written as rows, since how it came to it is told elsewhere."""
    matter = raised(cast, title="电梯停了", now=when, place=place, actor=HOUSE, channel="counter")
    done = when + (timedelta(days=7) if late else 2 * HOUR)
    Matter.objects.filter(pk=matter.pk).update(
        answered_at=done, accepted_at=when + HOUR, resolved_at=done + DAY, closed_at=done + 2 * DAY, state="closed", stage=7, is_open=False,
        updated_at=done + 2 * DAY, rated_satisfied=not late, rated_answered=True, called_back="rated",
    )  # fmt: skip
    Clock.objects.filter(matter=matter, subject="first_answer").update(met_at=done)
    return matter


@contextmanager
def lived(folder: Path) -> Iterator[Cast]:
    """The street, its lake in `folder`, its figures prepared at `NOW`; all of it goes again at the end."""
    with override_settings(STAFF_SECOND_FACTOR="optional", LAKE_DIR=folder), transaction.atomic():
        cast = _lived()
        go_round(NOW)
        yield cast
        transaction.set_rollback(True)
