"""Many more people and requests, written in bulk: the same rows the actions would write, chains and all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from linli.demo.town import Town


def crowd(town: Town, now: datetime, random: Random, *, communities: int, residents: int, requests: int, say: Callable[[str], None]) -> dict[str, int]:
    return {"requests": 0, "residents": 0}
