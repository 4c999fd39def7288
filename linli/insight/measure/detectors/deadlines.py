"""Closing just before the deadline, to be opened again after it: the promise is met on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from linli.insight.measure.detectors.peers import cells_of, said_of_others, unusual
from linli.insight.measure.detectors.rows import PLACE, Field, Row, aside, key, keys_of, month_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, percent, settled

CODE: Final = "deadlines"
FIELDS: Final = (
    key(),
    PLACE,
    Field("closed_at", "moment"),
    Field("due_at", "moment", future=True),
    Field("reopened_at", "moment", needed=False, after="closed_at"),
)
PARAMETERS: Final = (
    Parameter(
        "hours",
        3,
        1,
        72,
        "到期前三小时：系统在时间用去八成时提醒，被提醒后赶着办好的大多更早。",
        "The last three hours: what is finished because of the warning at four fifths of the time is mostly finished earlier.",
    ),
    Parameter(
        "days",
        14,
        1,
        90,
        "十四天内又打开：居民发现没办好，大多在两周里说。",
        "Opened again within fourteen days: who finds that nothing was mended mostly says so within two weeks.",
    ),
    least(4, "少于四件的不问：个别事情返工很平常。", "Fewer than four are not asked about: now and then something has to be done over."),
    AT_MOST,
)


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a first closing of a request that had a deadline: `row`, `place`, `closed_at`, `due_at`, `reopened_at` (empty: never). Counted by the month
    of closing, among all closed in time: those closed in the last hours and opened again soon after.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS), FIELDS, now, CODE)
    last, soon = timedelta(hours=asked["hours"]), timedelta(days=asked["days"])
    cells = cells_of(
        [
            (row["place"], month_of(row["closed_at"]), row["due_at"] - row["closed_at"] <= last and _again(row, soon), row)
            for row in good
            if row["closed_at"] <= row["due_at"]
        ]
    )
    for one in unusual(cells, least=asked["least"], at_most=asked["at_most"], share=0.01, weight=50, spread=0.05):
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
                f"{one.cell.period.name('zh')}按时办结的 {n:,} 件里，有 {k:,} 件（{percent(k / n)}）在到期前 {asked['hours']} 小时内办结，{asked['days']} 天内又重新办理；"
                f"{others_zh}。{chance_zh}",
                f"Of {n:,} closed in time in {one.cell.period.name('en')}, {k:,} ({percent(k / n)}) were closed in the last {asked['hours']} hours and opened again "
                f"within {asked['days']} days; {others_en}. {chance_en}",
                {"rows": n, "hits": k, "usual": one.usual.share, "past": one.past, "spread": one.usual.spread, "places": one.usual.places},
            )
        )
    return ordered(found)


def _again(row: dict[str, Any], soon: timedelta) -> bool:
    return row["reopened_at"] is not None and row["reopened_at"] - row["closed_at"] <= soon


DETECTOR: Final = Detector(
    CODE,
    "到期前办结、过后又打开",
    "Closed just before the deadline, opened again after it",
    "在到期前几小时办结、不久又重新办理的诉求，所占比例比别处高出太多。",
    "Requests closed in the last hours before their deadline and opened again soon after, far more of them than elsewhere.",
    "临时修好又坏了；等配件先做了应急处理；雨季漏水反复。",
    "A makeshift repair that did not last, a part that was waited for, leaks that come back with the rain.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
