"""
Ratings in bursts: many within an hour from one device or one recorder, or from one place through one channel.

Honest ratings clump (a morning of call-backs, the evening after a meeting). So what is compared is how many come in an hour in which any come at all,
with the same channel at other places: a negative binomial's tail, or, where others now and then have far more (the evening after a meeting), the
geometric tail of those, whichever makes it likelier. Hours are laid twice, on the hour and on the half, that none falls between.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from linli.insight.measure.detectors.chances import among, negative_binomial
from linli.insight.measure.detectors.rows import PLACE, Field, Row, aside, key, keys_of, month_of, taken
from linli.insight.measure.detectors.suspicion import AT_MOST, Detector, Parameter, Suspicion, by_chance, least, ordered, settled
from linli.insight.measure.periods import Period
from linli.lib.units import SHANGHAI

CODE: Final = "bursts"
FIELDS: Final = (
    key(),
    PLACE,
    Field("at", "moment"),
    Field("channel", "code"),
    Field("source", "code", needed=False),
)
PARAMETERS: Final = (
    Parameter(
        "minutes",
        60,
        5,
        24 * 60,
        "一小时：一次集中点评或者集中补录，多半在一小时里做完。",
        "An hour: ratings that are made up in one sitting mostly fit into it.",
    ),
    least(
        6,
        "少于六条的不问：一家几口、一次回访都可能在一小时里评几条。",
        "Fewer than six are not asked about: a family, or one round of calls, makes a few in an hour.",
    ),
    AT_MOST,
)
ENOUGH: Final = 30
"""Hours of others from which their own figures outweigh what is supposed: one more after the first, with a variance of three."""
SUPPOSED: Final = (1.0, 3.0)
CAPPED: Final = 0.98
"""Others' counts above this quantile count as it, so that bursts do not hide one another; for what that takes from honest ones the variance is raised."""
FAR: Final = {"source": 0.98, "place": 0.995}
"""Above these quantiles of others' counts their tail is looked at by itself: of one source often, of a whole place where it met (which is seldom)."""
RAISED: Final = 1.1
SUPPOSED_TAIL: Final = (0.5, 3)
"""How many of the hours above the quantile go on for one more, where nothing is known, and how many such hours that weighs."""


@dataclass(frozen=True)
class _Usual:
    """Further ratings of an hour: their mean and variance, and above `far` (a share `above` of hours) how many go on for one more."""

    mean: float
    variance: float
    hours: int
    far: int
    above: float
    further: float

    def chance(self, further: int) -> float:
        alone = negative_binomial(further, self.mean, self.variance)
        if further <= self.far:
            return alone
        return max(alone, self.above * self.further ** (further - self.far - 1))


def look(rows: Iterable[Row], now: datetime, **parameters: Any) -> list[Suspicion]:
    """
    One row a rating: `row`, `place`, `at`, `channel`, `source` (a code that stands for the device or for whoever recorded it, and leads to nobody; empty:
    not known). Told by month; a burst of a place is told only where none of one source makes most of it.
    """
    asked = settled(PARAMETERS, parameters)
    good, found = aside(taken(rows, FIELDS), FIELDS, now, CODE)
    width = asked["minutes"] * 60
    by_source, by_place = _Look(width, FAR["source"]), _Look(width, FAR["place"])
    for row in good:
        if row["source"] is not None:
            by_source.add((row["place"], row["channel"], row["source"]), row)
        by_place.add((row["place"], row["channel"], ""), row)
    looked = by_source.looked + by_place.looked
    of_sources = by_source.unusual(asked["least"], asked["at_most"], looked)
    told = {row["row"] for one in of_sources for row in one.rows}
    of_places = [
        one
        for one in by_place.unusual(asked["least"], asked["at_most"], looked)
        if sum(row["row"] in told for row in one.rows) < len(one.rows) / 2
    ]
    return ordered(found + [_suspicion(one, asked["minutes"], looked) for one in of_sources + of_places])


@dataclass
class _Burst:
    """A source's or place's most unusual hour in a month, and the rows of all its unusual hours."""

    who: tuple[str, str, str]
    month: Period
    most: int
    begins: int
    alone: float
    chance: float
    usual: _Usual
    rows: list[dict[str, Any]]


class _Look:
    """Rows counted by hours, twice, and what is usual elsewhere."""

    def __init__(self, width: int, far: float) -> None:
        self._width, self._far = width, far
        self._hours: dict[tuple[tuple[str, str, str], int, int], list[dict[str, Any]]] = defaultdict(list)

    def add(self, who: tuple[str, str, str], row: dict[str, Any]) -> None:
        moment = int(row["at"].timestamp())
        for half in (0, 1):
            self._hours[who, half, (moment + half * self._width // 2) // self._width].append(row)

    @property
    def looked(self) -> int:
        return len(self._hours)

    def unusual(self, least_rows: int, at_most: float, looked: int) -> list[_Burst]:
        usual = _Others(self._hours, self._far)
        best: dict[tuple[tuple[str, str, str], Period], _Burst] = {}
        for (who, half, hour), rows in sorted(self._hours.items()):
            if len(rows) < least_rows:
                continue
            known = usual.without(who[0], who[1])
            alone = known.chance(len(rows) - 1)
            chance = among(alone, looked)
            if chance > at_most:
                continue
            begins = hour * self._width - half * self._width // 2
            month = month_of(min(row["at"] for row in rows))
            one = best.get((who, month))
            if one is None:
                best[who, month] = _Burst(who, month, len(rows), begins, alone, chance, known, list(rows))
                continue
            one.rows += rows
            if (alone, begins) < (one.alone, one.begins):
                one.most, one.begins, one.alone, one.chance = len(rows), begins, alone, chance
        return list(best.values())


class _Others:
    """How many further ratings an hour has that has one, by channel; any place can be left out."""

    def __init__(self, hours: dict[tuple[tuple[str, str, str], int, int], list[dict[str, Any]]], far: float) -> None:
        self._far = far
        self._all: dict[str, Counter[int]] = defaultdict(Counter)
        self._own: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        self._known: dict[tuple[str, str], _Usual] = {}
        for ((place, channel, _source), half, _hour), rows in hours.items():
            if not half:
                self._all[channel][len(rows) - 1] += 1
                self._own[place, channel][len(rows) - 1] += 1

    def without(self, place: str, channel: str) -> _Usual:
        if (place, channel) not in self._known:
            own = self._own[place, channel]
            others = {count: many - own[count] for count, many in self._all[channel].items() if many > own[count]}
            self._known[place, channel] = _usual(others, self._far)
        return self._known[place, channel]


def _usual(others: dict[int, int], quantile: float) -> _Usual:
    hours = sum(others.values())
    cap, far = _quantile(others, CAPPED * hours), _quantile(others, quantile * hours)
    mean, variance = SUPPOSED
    first, second = mean * ENOUGH, (variance + mean * mean) * ENOUGH
    for count, many in others.items():
        first += min(count, cap) * many
        second += min(count, cap) ** 2 * many
    mean = first / (hours + ENOUGH)
    variance = RAISED * (second / (hours + ENOUGH) - mean * mean)
    beyond = {count - far: many for count, many in others.items() if count > far}
    return _Usual(mean, variance, hours, far, (sum(beyond.values()) + 1) / (hours + ENOUGH), _further(beyond))


def _further(beyond: dict[int, int]) -> float:
    """The share that goes on for one more, from the median, which a few made bursts do not move."""
    share, weight = SUPPOSED_TAIL
    many = sum(beyond.values())
    middle = _quantile(beyond, many / 2) if many else 1
    above = sum(times for count, times in beyond.items() if count > middle)
    return float(((above + weight * share**middle) / (many + weight)) ** (1 / middle))


def _quantile(counts: dict[int, int], many: float) -> int:
    """The smallest count that so many hours do not exceed."""
    passed = 0
    for count in sorted(counts):
        passed += counts[count]
        if passed >= many:
            return count
    return 0


def _suspicion(one: _Burst, minutes: int, looked: int) -> Suspicion:
    place, channel, source = one.who
    chance_zh, chance_en = by_chance(one.alone, one.chance, looked)
    local = datetime.fromtimestamp(one.begins, tz=SHANGHAI)
    from_zh, from_en = (
        ("来自同一台设备或同一个录入人", "from one device or recorder") if source else (f"都经过“{channel}”", f'all through "{channel}"')
    )
    return Suspicion(
        CODE,
        place,
        one.month,
        "count",
        one.alone,
        one.chance,
        looked,
        keys_of(one.rows),
        f"{local.month} 月 {local.day} 日 {local:%H:%M} 起的 {minutes} 分钟里来了 {one.most:,} 条评价，{from_zh}；在别处，同一渠道有评价的 {one.usual.hours:,} 个时段平均每个 {1 + one.usual.mean:.1f} 条。{chance_zh}",
        f"In the {minutes} minutes from {local:%Y-%m-%d %H:%M} came {one.most:,} ratings, {from_en}; elsewhere the {one.usual.hours:,} such spells of the channel that have any "
        f"have {1 + one.usual.mean:.1f} on average. {chance_en}",
        {
            "most": one.most,
            "usual": 1 + one.usual.mean,
            "hours": one.usual.hours,
            "channel": channel,
            "of": "source" if source else "place",
        },
    )


DETECTOR: Final = Detector(
    CODE,
    "扎堆的评价",
    "Ratings in bursts",
    "一小时里来自同一台设备、同一个录入人，或者同一个地方同一渠道的评价，比别处多得太多。",
    "Ratings of one hour from one device, one recorder, or one place through one channel, far more than elsewhere.",
    "会后当场请大家评价；公用平板轮流评；攒了一上午的电话回访一起录入。",
    "People asked to rate right after a meeting, a shared tablet, a morning of calls entered at once.",
    PARAMETERS,
    tuple(field.name for field in FIELDS),
    look,
)
