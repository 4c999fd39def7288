"""Moments that cannot be: later than now, ends before beginnings. Every detector puts such rows aside and names them; this one does nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from linli.insight.measure.detectors.rows import CLOCKS, PLACE, Field, Row, aside, key, taken
from linli.insight.measure.detectors.suspicion import Detector, Suspicion, ordered, settled

CODE: Final = CLOCKS
FIELDS: Final = (key(), PLACE, Field("began_at", "moment"), Field("ended_at", "moment", needed=False, after="began_at"))


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """One row a record: `row`, `place`, `began_at`, `ended_at` (empty: not ended)."""
    settled((), parameters)
    return ordered(aside(taken(rows, FIELDS), FIELDS, now, CODE)[1])


DETECTOR: Final = Detector(
    CODE,
    "不可能的时间",
    "Moments that cannot be",
    "时间比现在还晚，或者结束早于开始的记录；在改正以前，它们不参加其他检查。",
    "Records with a moment later than now, or an end before its beginning; the other checks leave them out until they are mended.",
    "电脑时钟不准；补录时日期填错。",
    "A clock that is wrong, a date mistyped when it was recorded later.",
    (),
    tuple(field.name for field in FIELDS),
    look,
)
