"""
Photographs used twice: the same file, or one almost the same, shown as proof with different matters.

Two shots never give the same file. Whether marks are too near for chance is told from how far those of different places lie apart. A picture that
whoever raised a matter brought counts for nothing, nor one visit that served two matters (same place, within days), nor matters known to belong together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from math import ceil
from typing import Any, Final

from linli.insight.measure.detectors.chances import among, binomial
from linli.insight.measure.detectors.marks import BITS, distance
from linli.insight.measure.detectors.rows import PLACE, Field, Row, aside, key, keys_of, month_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, ordered, settled
from linli.insight.measure.periods import Period
from linli.insight.measure.problems import refuse

CODE: Final = "pictures"
FIELDS: Final = (
    key(),
    PLACE,
    Field("at", "moment"),
    Field("digest", "code"),
    Field("mark", "code", needed=False),
    Field("case", "code", needed=False),
    Field("by_staff", "yes", needed=False),
)
PARAMETERS: Final = (
    Parameter(
        "apart",
        8,
        0,
        24,
        "256 个点里至多差 8 个：缩小、重存、调亮大多只差几个，另拍一张要差几十个。",
        "At most 8 of 256 points differ: a smaller or brighter copy differs in a few, another shot of the same spot in dozens.",
    ),
    Parameter(
        "days",
        3,
        0,
        60,
        "同一个地方三天以内用同一张照片答复两件事，多半是一次上门办了两件。",
        "One picture for two matters of a place within three days is mostly one visit that served both.",
    ),
    Parameter(
        "common",
        5,
        2,
        1_000,
        "五个地方都用过的照片，多半是宣传画或说明图。",
        "A picture used at five places is mostly a poster or a drawing.",
    ),
    AT_MOST,
)
SUPPOSED: Final = (0.5, 24)
"""Share of points in which different pictures differ, and as how many independent points they behave, where there are too few to tell."""
SAMPLE: Final = 2_000
ENOUGH: Final = 200
CROWDED: Final = 400
"""More pictures with the same piece of a mark are of one kind (forms, screens): the piece tells nothing."""


_Pair = tuple[dict[str, Any], dict[str, Any], int | None]
"""Two uses, and in how many points their pictures differ (None: the same file)."""


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a picture shown with a matter: `row` (the matter; may have many), `place`, `at`, `digest` (of the file), `mark` (of `picture_mark`; empty: not
    made), `case` (matters that belong together share it; empty: none), `by_staff` (false: brought by whoever raised it; empty: not known, counted as
    staff's). Told at the place and month of each later use.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS, once=False), FIELDS, now, CODE)
    shown = sorted(
        (_read(row) for row in good if row["by_staff"] is not False), key=lambda row: (row["at"], str(row["row"]), row["digest"])
    )
    shown = _not_common(shown, asked["common"])
    days = timedelta(days=asked["days"])
    pairs: list[_Pair] = [(a, b, None) for a, b in _same_files(shown) if _asks(a, b, days)]
    points = _Points(shown)
    near = [(a, b, apart) for a, b, apart in _near(shown, asked["apart"]) if _asks(a, b, days)]
    pairs += [one for one in near if among(points.chance(one[2]), points.pairs) <= asked["at_most"]]
    return ordered(found + [_suspicion(one, points, len(shown)) for one in _gathered(pairs)])


def _read(row: dict[str, Any]) -> dict[str, Any]:
    mark = row["mark"]
    if mark is None:
        return row
    try:
        if len(mark) != BITS // 4:
            raise ValueError
        return {**row, "mark": int(mark, 16)}
    except ValueError:
        raise refuse(
            "bad_mark",
            f"照片的 mark 应当是 {BITS // 4} 位十六进制数（由 picture_mark 算出）；没有就留空。",
            f"A picture's mark is {BITS // 4} hexadecimal digits (as picture_mark makes them); leave it empty where there is none.",
        ) from None


def _not_common(shown: list[dict[str, Any]], common: int) -> list[dict[str, Any]]:
    """Without the files that are shown at so many places that they are everybody's."""
    places: dict[str, set[str]] = defaultdict(set)
    for row in shown:
        places[row["digest"]].add(row["place"])
    return [row for row in shown if len(places[row["digest"]]) < common]


def _asks(a: dict[str, Any], b: dict[str, Any], days: timedelta) -> bool:
    """Whether two uses ask for a reason at all."""
    if a["row"] == b["row"] or (a["case"] is not None and a["case"] == b["case"]):
        return False
    return bool(a["place"] != b["place"] or abs(a["at"] - b["at"]) > days)


def _same_files(shown: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each use of a file with its first use, and with the one before."""
    by_digest: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in shown:
        uses = by_digest[row["digest"]]
        if uses:
            yield uses[0], row
            if len(uses) > 1:
                yield uses[-1], row
        uses.append(row)


def _near(shown: Sequence[dict[str, Any]], apart: int) -> Iterator[tuple[dict[str, Any], dict[str, Any], int]]:
    """
    Pairs of different files whose marks differ in at most `apart` points: two such agree in at least one of `apart` + 1 pieces, so that only those are compared.
    """
    first: dict[str, dict[str, Any]] = {}
    for row in shown:
        if row["mark"] is not None:
            first.setdefault(row["digest"], row)
    pieces = apart + 1
    edges = [BITS * n // pieces for n in range(pieces + 1)]
    seen: set[tuple[str, str]] = set()
    for low, high in pairwise(edges):
        crowd: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in first.values():
            crowd[row["mark"] >> low & ((1 << high - low) - 1)].append(row)
        for rows in crowd.values():
            if not 1 < len(rows) <= CROWDED:
                continue
            for a, b in combinations(rows, 2):
                differ = distance(a["mark"], b["mark"])
                if differ <= apart and (a["digest"], b["digest"]) not in seen:
                    seen.add((a["digest"], b["digest"]))
                    yield a, b, differ


class _Points:
    """How marks of different pictures differ: those of different places, taken at steady strides."""

    def __init__(self, shown: Sequence[dict[str, Any]]) -> None:
        marked = sorted({(row["mark"], row["place"]) for row in shown if row["mark"] is not None})
        self.pairs = len(marked) * (len(marked) - 1) // 2
        self.share, self.points = SUPPOSED
        if len(marked) < 2:
            return
        shares = []
        for stride in range(1, len(marked)):
            for at in range(0, len(marked) - stride, max(1, len(marked) // 50)):
                (a, here), (b, there) = marked[at], marked[at + stride]
                if here != there and a != b:
                    shares.append(distance(a, b) / BITS)
            if len(shares) >= SAMPLE:
                break
        if len(shares) < ENOUGH:
            return
        mean = sum(shares) / len(shares)
        variance = sum((one - mean) ** 2 for one in shares) / len(shares)
        if 0 < mean < 1 and variance > 0:
            self.share, self.points = mean, max(1, min(BITS, int(mean * (1 - mean) / variance)))

    def chance(self, apart: int) -> float:
        """That two different pictures lie so near."""
        alike = self.points - ceil(apart * self.points / BITS)
        return binomial(alike, self.points, 1 - self.share)


@dataclass
class _Use:
    place: str
    month: Period
    same: int
    near: int
    apart: int
    rows: list[dict[str, Any]]


def _gathered(pairs: Sequence[_Pair]) -> list[_Use]:
    """Pairs by the place and month of the later use."""
    found: dict[tuple[str, Period, bool], _Use] = {}
    counted: set[tuple[Any, Any, bool]] = set()
    for a, b, apart in pairs:
        earlier, later = (a, b) if (a["at"], str(a["row"])) <= (b["at"], str(b["row"])) else (b, a)
        kind = apart is None
        use = found.setdefault((later["place"], month_of(later["at"]), kind), _Use(later["place"], month_of(later["at"]), 0, 0, BITS, []))
        use.rows += [earlier, later]
        use.apart = min(use.apart, BITS if apart is None else apart)
        if (later["row"], later["digest"], kind) in counted:
            continue
        counted.add((later["row"], later["digest"], kind))
        use.same += kind
        use.near += not kind
    return list(found.values())


def _suspicion(use: _Use, points: _Points, shown: int) -> Suspicion:
    places = len({row["place"] for row in use.rows})
    elsewhere_zh, elsewhere_en = (f"，涉及 {places} 个地方", f", at {places} places") if places > 1 else ("", "")
    if use.same:
        return Suspicion(
            CODE,
            use.place,
            use.month,
            "same_file",
            None,
            None,
            shown,
            keys_of(use.rows),
            f"{use.month.name('zh')}有 {use.same:,} 次用作办理凭证的照片，与另一件事用过的是同一个文件{elsewhere_zh}。分别拍的两张照片不可能是同一个文件，所以不存在碰巧；要问的是为什么用了两次。",
            f"{use.same:,} times in {use.month.name('en')} a picture shown as proof is the very file shown with another matter{elsewhere_en}. Two shots never give the same file, "
            "so this is no chance; the question is why it was used twice.",
            {"same": use.same, "places": places},
        )
    alone = points.chance(use.apart)
    chance = among(alone, points.pairs)
    chance_zh, chance_en = by_chance(alone, chance, points.pairs)
    return Suspicion(
        CODE,
        use.place,
        use.month,
        "pictures",
        alone,
        chance,
        points.pairs,
        keys_of(use.rows),
        f"{use.month.name('zh')}有 {use.near:,} 次用作办理凭证的照片，与另一件事用过的几乎一样{elsewhere_zh}：{BITS} 个点里只差 {use.apart} 个，不同的照片平均差 {points.share * BITS:.0f} 个。{chance_zh}",
        f"{use.near:,} times in {use.month.name('en')} a picture shown as proof is almost the one shown with another matter{elsewhere_en}: {use.apart} of {BITS} points differ, "
        f"between different pictures {points.share * BITS:.0f} do on average. {chance_en}",
        {"near": use.near, "apart": use.apart, "places": places, "points": points.points},
    )


DETECTOR: Final = Detector(
    CODE,
    "用了两次的照片",
    "Photographs used twice",
    "用作办理凭证的照片，在别的事里已经用过：同一个文件，或者几乎一样。",
    "Pictures shown as proof that were shown with another matter before: the same file, or almost the same.",
    "一张照片里正好是两件事的现场；宣传画、说明图本来就反复使用；选错了文件。",
    "One picture that really shows both spots, a poster or a drawing that is meant to be used again, a wrong file chosen.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
