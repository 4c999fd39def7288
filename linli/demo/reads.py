"""The first reader of a demo that is large enough, learned and judged by the act the worker does at night, from fewer requests than it would take."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.util import find_spec
from typing import Final

from django.utils.translation import gettext as _

from linli.kernel.reading.actions import NothingToLearn, retrain
from linli.kernel.reading.models import Learning
from linli.lib.progress import track

MOST: Final = 1500
"""Requests learned from: the demo's are told in few words, and it should not wait long."""


def learn(now: datetime, *, quiet: bool = True) -> Learning | None:
    """What was decided; None where there are too few confirmed requests, or nothing to learn with (the `insight` extra)."""
    if find_spec("scipy") is None:
        return None
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tables are small: threads would only wait for each other
    with track(1, _("学第一个类别模型"), quiet=quiet) as advance:
        try:
            return retrain(now=now, most=MOST)
        except NothingToLearn:
            return None
        finally:
            advance(1)
