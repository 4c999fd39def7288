"""One round of measuring: facts brought up to the records, figures prepared of them. What went wrong is kept, and the last good figures stay."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils import timezone

from linli.kernel.matters.models import Matter
from linli.lib.problems import InputProblem
from linli.measure import building, computing
from linli.measure.models import Definition, Run

log = logging.getLogger(__name__)
EVERY: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=90)


def waits(now: datetime) -> bool:
    """Whether something moved since the last round began, and that is an hour ago or more (at once, when there was none)."""
    last = Run.objects.order_by("-began_at").first()
    if last is None:
        return True
    if now - last.began_at < EVERY:
        return False
    moved = Matter.objects.aggregate(at=Max("updated_at"))["at"]
    changed = Definition.objects.aggregate(at=Max("made_at"))["at"]
    day_passed = now.date() != last.began_at.date()
    return day_passed or any(at is not None and at >= last.began_at for at in (moved, changed))


def go_round(now: datetime, track: Callable[[int], Callable[[int], None]] | None = None, *, everything: bool = False) -> int:
    """
    Build and prepare; returns how many figures there are now. A problem (another build, damaged facts, a full disk) is kept with the round and
    raised again.
    """
    run = Run.objects.create(began_at=now)
    try:
        built = building.build(now, everything=everything, track=track)
        run.snapshot, run.parts, run.rows = built.snapshot.id, built.written, built.rows
        run.figures = computing.prepare(now)
    except (InputProblem, OSError) as problem:
        run.problem = (problem.text_zh if isinstance(problem, InputProblem) else str(problem))[:300]
        log.error("figures were not prepared: %s", problem)
        raise
    finally:
        run.ended_at = timezone.now()
        run.save()
        Run.objects.filter(began_at__lt=now - KEPT).delete()
    return run.figures
