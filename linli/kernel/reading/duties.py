"""What the worker does for readers: once a night it has them learn, in a process of its own, so that nothing else waits and its memory is given back."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from typing import Final

from linli.kernel.matters.clock import ZONE
from linli.kernel.reading.actions import FEWEST_JUDGED, FEWEST_LEARNED
from linli.kernel.reading.models import Learning
from linli.kernel.reading.records import confirmed
from linli.kernel.reading.shelf import standing
from linli.web.duties import duty

log = logging.getLogger(__name__)
FROM_HOUR, TO_HOUR = 1, 5
_children: Final[list[subprocess.Popen[bytes]]] = []


@duty("learn from the day's requests", every=timedelta(minutes=20))
def learn(now: datetime) -> int:
    """Begin the night's run, when there is enough to learn and no worker has begun it. 1 when it was begun."""
    _children[:] = [child for child in _children if child.poll() is None]
    night = night_of(now)
    if night is None or _children or find_spec("scipy") is None or Learning.objects.filter(night=night).exists() or not enough(now):
        return 0
    _children.append(subprocess.Popen([sys.executable, "-m", "linli.config.cli", "insight", "retrain", "--night", night.isoformat()]))
    return 1


def night_of(now: datetime) -> date | None:
    """The night it is, by its morning; None by day."""
    there = now.astimezone(ZONE)
    return there.date() if FROM_HOUR <= there.hour < TO_HOUR else None


def enough(now: datetime) -> bool:
    """Whether a run could come to anything: the same counts as `actions.retrain` asks for."""
    before = standing()
    newer = confirmed(now).filter(raised_at__gt=before.learned_until) if before is not None and before.learned_until else confirmed(now)
    return confirmed(now).count() >= FEWEST_LEARNED + FEWEST_JUDGED and newer.count() >= FEWEST_JUDGED
