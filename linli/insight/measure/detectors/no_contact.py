"""Satisfaction without contact: staff recorded that somebody is satisfied, and no call or visit to them stands before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from linli.insight.measure.detectors.peers import cells_of, said_of_others, unusual
from linli.insight.measure.detectors.rows import PLACE, SKEW, Field, Row, aside, key, keys_of, month_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, percent, settled

CODE: Final = "no_contact"
FIELDS: Final = (
    key(),
    PLACE,
    Field("at", "moment"),
    Field("by_staff", "yes"),
    Field("satisfied", "yes", needed=False),
    Field("contact_at", "moment", needed=False),
)
PARAMETERS: Final = (
    Parameter(
        "days",
        7,
        1,
        60,
        "回访以后一周内补记评价，仍算有联系；再久就说不清评价从哪里来。",
        "A judgement recorded within a week of the call still rests on it; later nobody can say what it rests on.",
    ),
    least(5, "少于五条的不问：漏记一两次通话很平常。", "Fewer than five are not asked about: a call or two goes unrecorded anywhere."),
    AT_MOST,
)


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a rating: `row`, `place`, `at`, `by_staff` (recorded for somebody), `satisfied` (empty: not said), `contact_at` (the last call or visit
    before it, empty: none recorded). Counted by month among all that staff recorded.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS), FIELDS, now, CODE)
    reach = timedelta(days=asked["days"])
    cells = cells_of(
        [(row["place"], month_of(row["at"]), bool(row["satisfied"]) and not _rests(row, reach), row) for row in good if row["by_staff"]]
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
                f"{one.cell.period.name('zh')}由工作人员代录的 {n:,} 条评价里，有 {k:,} 条（{percent(k / n)}）记的是“满意”，而之前 {asked['days']} 天里没有通话或上门的记录；"
                f"{others_zh}。{chance_zh}",
                f"Of {n:,} ratings recorded by staff in {one.cell.period.name('en')}, {k:,} ({percent(k / n)}) say satisfied with no call or visit recorded in the "
                f"{asked['days']} days before; {others_en}. {chance_en}",
                {"rows": n, "hits": k, "usual": one.usual.share, "past": one.past, "spread": one.usual.spread, "places": one.usual.places},
            )
        )
    return ordered(found)


def _rests(row: dict[str, Any], reach: timedelta) -> bool:
    """Whether there was contact in time before the rating; clocks of two machines may differ a little."""
    return row["contact_at"] is not None and -SKEW <= row["at"] - row["contact_at"] <= reach


DETECTOR: Final = Detector(
    CODE,
    "没有联系的满意",
    "Satisfaction without contact",
    "工作人员代录的满意评价，之前没有通话或上门记录，所占比例比别处高出太多。",
    "Satisfied ratings recorded by staff with no call or visit before them, far more of them than elsewhere.",
    "居民当面说的，通话没有记；电话用的是自己的手机；回访记录在另一个系统里。",
    "It was said in person or over a private phone and the contact was not recorded, or it is recorded in another system.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
