"""Requests opened and closed by the same hand within minutes: more of them in one place than honest counters elsewhere have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from linli.insight.measure.detectors.peers import cells_of, said_of_others, unusual
from linli.insight.measure.detectors.rows import PLACE, Field, Row, aside, key, keys_of, month_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, percent, settled

CODE: Final = "same_hand"
FIELDS: Final = (
    key(),
    PLACE,
    Field("opened_at", "moment"),
    Field("closed_at", "moment", needed=False, after="opened_at"),
    Field("opened_by", "code", needed=False),
    Field("closed_by", "code", needed=False),
)
PARAMETERS: Final = (
    Parameter(
        "minutes",
        10,
        1,
        24 * 60,
        "十分钟里来得及听完、答复、记录一个咨询，来不及到现场办一件事。",
        "Ten minutes are enough to hear, answer and record a question, and not enough to go and mend something.",
    ),
    least(
        5,
        "少于五件的不问：柜台上当场答复几个咨询很平常。",
        "Fewer than five are not asked about: a counter answers some questions at once.",
    ),
    AT_MOST,
)


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a request: `row`, `place`, `opened_at`, `closed_at` (empty: still open), `opened_by` and `closed_by` (codes that stand for whoever
    recorded it; empty: nobody of the staff). Counted by the month of closing, among all closed.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS), FIELDS, now, CODE)
    soon = timedelta(minutes=asked["minutes"])
    cells = cells_of(
        [
            (row["place"], month_of(row["closed_at"]), _same(row) and row["closed_at"] - row["opened_at"] <= soon, row)
            for row in good
            if row["closed_at"] is not None
        ]
    )
    for one in unusual(cells, least=asked["least"], at_most=asked["at_most"], share=0.05, weight=20, spread=0.05):
        n, k = one.cell.rows, len(one.cell.hits)
        others_zh, others_en = said_of_others(one)
        chance_zh, chance_en = by_chance(one.alone, one.chance, one.looked)
        found.append(
            Suspicion(
                CODE,
                one.cell.place,
                one.cell.period,
                "share",
                one.alone,
                one.chance,
                one.looked,
                keys_of(one.cell.hits),
                f"{one.cell.period.name('zh')}办结的 {n:,} 件里，有 {k:,} 件（{percent(k / n)}）由同一人录入又办结，前后不超过 {asked['minutes']} 分钟；{others_zh}。{chance_zh}",
                f"Of {n:,} closed in {one.cell.period.name('en')}, {k:,} ({percent(k / n)}) were recorded and closed by the same hand within {asked['minutes']} minutes; "
                f"{others_en}. {chance_en}",
                {"rows": n, "hits": k, "usual": one.usual.share, "past": one.past, "spread": one.usual.spread, "places": one.usual.places},
            )
        )
    return ordered(found)


def _same(row: dict[str, Any]) -> bool:
    return row["opened_by"] is not None and row["opened_by"] == row["closed_by"]


DETECTOR: Final = Detector(
    CODE,
    "同一人几分钟内录入又办结",
    "Opened and closed by the same hand within minutes",
    "同一个人录入、又在几分钟内办结的诉求，所占比例比别处高出太多。",
    "Requests that one hand recorded and closed within minutes, far more of them than elsewhere.",
    "窗口当场答复咨询；电话里当场说清；白天办好的事晚上集中补录。",
    "Questions answered at the counter or on the phone at once; work of the day that was recorded in the evening.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
