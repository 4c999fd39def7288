"""The clock pages see, and sign-ins of staff without a second factor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine


@pytest.fixture
def plain_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


@pytest.fixture
def at() -> Iterator[Any]:
    """Sets the clock the pages see."""
    held: list[Any] = []

    def go(moment: datetime) -> None:
        for old in held:
            old.stop()
        held[:] = [time_machine.travel(moment, tick=False)]
        held[0].start()

    yield go
    for old in held:
        old.stop()
