"""
Near-identical events held again and again to fill a quota.

An honest place has series (a choir each week), and places differ in how many; so a place is compared with how the others repeat, and how much they differ.
Source: risks of the plans (twelve like events in three months).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from linli.insight.measure.detectors.peers import cells_of, said_of_others, unusual
from linli.insight.measure.detectors.rows import PLACE, Field, Row, aside, key, keys_of, quarter_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, percent, settled
from linli.insight.similar import similarity
from linli.lib.texts import search_tokens

CODE: Final = "events"
FIELDS: Final = (
    key(),
    PLACE,
    Field("at", "moment"),
    Field("title", "text"),
    Field("text", "text", needed=False),
    Field("people", "number", needed=False),
)
PARAMETERS: Final = (
    Parameter(
        "alike",
        0.8,
        0.3,
        1.0,
        "题目和内容八成相同：日期、期数不同不算不同，换了主题或议题就算不同。",
        "Four fifths of title and text in common: another date or number makes no other event, another theme or agenda does.",
    ),
    Parameter(
        "days",
        92,
        7,
        366,
        "三个月里办过几乎一样的，才算重复（规划中的说法）。",
        "What was held almost the same within three months repeats (as the plans say).",
    ),
    least(6, "少于六场重复的不问：每月一次的固定活动很平常。", "Fewer than six repeats are not asked about: a monthly round is ordinary."),
    AT_MOST,
)
_NUMBERS: Final = re.compile(r"[0-9０-９]+|第?[一二三四五六七八九十百]+(?=[期次场届讲课月日号季周])")
READ: Final = 400
"""Characters of a text that are compared; what comes after them is mostly a form."""


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row an event that was held: `row`, `place`, `at`, `title`, `text` (what it was about; may be empty), `people` (how many came; empty: not counted).
    Counted by quarter among all events of the place: those almost the same as an earlier one there.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS), FIELDS, now, CODE)
    by_place: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in good:
        by_place[row["place"]].append(row)
    counted = []
    earlier: dict[Any, list[dict[str, Any]]] = {}
    for place, events in by_place.items():
        for row, like in zip(*_repeats(events, asked["alike"], timedelta(days=asked["days"])), strict=True):
            counted.append((place, quarter_of(row["at"]), bool(like), row))
            earlier[row["row"]] = like
    for one in unusual(cells_of(counted), least=asked["least"], at_most=asked["at_most"], share=0.2, weight=20, spread=0.1):
        n, k = one.cell.rows, len(one.cell.hits)
        behind = [*one.cell.hits, *(row for hit in one.cell.hits for row in earlier[hit["row"]])]
        others_zh, others_en = said_of_others(one)
        chance_zh, chance_en = by_chance(one.alone, one.chance, one.looked)
        fewer_zh, fewer_en = _coming(one.cell.hits)
        found.append(
            Suspicion(
                CODE,
                one.cell.place,
                one.cell.period,
                "share",
                one.alone,
                one.chance,
                one.looked,
                keys_of(behind),
                f"{one.cell.period.name('zh')}办的 {n:,} 场活动里，有 {k:,} 场（{percent(k / n)}）与本地前 {asked['days']} 天内办过的几乎一样；{others_zh}。{fewer_zh}{chance_zh}",
                f"Of {n:,} events in {one.cell.period.name('en')}, {k:,} ({percent(k / n)}) were almost the same as one held here in the {asked['days']} days before; "
                f"{others_en}. {fewer_en}{chance_en}",
                {"rows": n, "hits": k, "usual": one.usual.share, "past": one.past, "spread": one.usual.spread, "places": one.usual.places},
            )
        )
    return ordered(found)


def _repeats(events: Sequence[dict[str, Any]], alike: float, reach: timedelta) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Events by time, and for each the earlier ones in reach that are almost the same."""
    events = sorted(events, key=lambda row: (row["at"], str(row["row"])))
    tokens = [frozenset(search_tokens(_NUMBERS.sub(" ", f"{row['title']} {row['text'][:READ]}"))) for row in events]
    moments = [row["at"] for row in events]
    same: dict[tuple[frozenset[str], frozenset[str]], bool] = {}
    found = []
    for at, row in enumerate(events):
        like = []
        for before in range(bisect_left(moments, row["at"] - reach), at):
            pair = (tokens[before], tokens[at])
            if pair not in same:
                same[pair] = _alike(*pair, alike)
            if same[pair]:
                like.append(events[before])
        found.append(like)
    return events, found


def _alike(a: frozenset[str], b: frozenset[str], least_alike: float) -> bool:
    """A short title alone is found inside many; so the shorter must have most of what the longer has."""
    if not a or not b or min(len(a), len(b)) < least_alike * 0.6 * max(len(a), len(b)):
        return False
    return similarity(a, b) >= least_alike


def _coming(hits: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Whether fewer people came to the later half, where that was counted."""
    told = [row["people"] for row in sorted(hits, key=lambda row: (row["at"], str(row["row"]))) if row["people"] is not None]
    half = len(told) // 2
    if half < 2:
        return "", ""
    first, last = sum(told[:half]) / half, sum(told[-half:]) / half
    if last > 0.8 * first:
        return "", ""
    return (
        f"来的人从前一半平均 {first:.0f} 人降到后一半平均 {last:.0f} 人。",
        f"Fewer came: {first:.0f} on average to the earlier half, {last:.0f} to the later. ",
    )


DETECTOR: Final = Detector(
    CODE,
    "为凑数重复举办的活动",
    "Repeated events to fill a quota",
    "一个季度里与前三个月办过的几乎一样的活动，所占比例比别处高出太多。",
    "Events of a quarter that are almost the same as those of the three months before, far more of them than elsewhere.",
    "居民自己的兴趣班每周固定活动；同一件事要开几次会才议得完；记录时复制了上次的标题。",
    "A weekly group of the residents' own, a matter that takes several meetings, a title copied from the last record.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
