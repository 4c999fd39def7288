"""Data consistency of rolls, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from linli.kernel.rolls import guard
from linli.kernel.rolls.models import Roll, RollState
from linli.web.checks import Problem, consistency


@consistency("frozen rolls are guarded by the database")
def guarded() -> Iterator[Problem]:
    for name in guard.missing():
        yield Problem(f"the trigger {name} is missing: call linli.kernel.rolls.guard.install()")


@consistency("frozen rolls have their notice")
def noticed() -> Iterator[Problem]:
    for roll in Roll.objects.exclude(state=RollState.DRAFT).filter(notice=None)[:20]:
        yield Problem(f"roll {roll.pk} is frozen and was never published")


@consistency("replaced rolls have a frozen successor")
def replaced() -> Iterator[Problem]:
    for roll in Roll.objects.filter(state=RollState.REPLACED).exclude(replaced_by__state__in=(RollState.FROZEN, RollState.REPLACED))[:20]:
        yield Problem(f"roll {roll.pk} is marked as replaced, and nothing frozen replaces it")
