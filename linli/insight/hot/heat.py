"""
How hot a topic is, where it is going, and whether it has just broken out. Pure numbers; no library.

*Heat* counts people, not messages: everybody who wrote counts one, a little more for coming back, and those who say they met the same count by
the square root, as a click is not a letter. Both fade with age when a half-life is set.

*Trend* compares the last days with as many before: given that so many people wrote in both, each could as well have written in either (the
conditional test of two Poisson means, J. Przyborowski and H. Wilenski, Biometrika 31, 1940).

*Burst*: how likely are so many people in the last days, if the topic went on as in its own past? Its rate is not known but learned from that
past, so that the number to expect follows a negative binomial law (the Poisson-gamma predictive with Jeffreys' prior, A. Gelman et al., "Bayesian
Data Analysis", 2.6). The alarm's level is shared among all topics looked at (C. Bonferroni, 1936): of quiet days, at most `level` raise any.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from linli.insight.hot.messages import Message

MOST_AGAIN: Final = 3.0


@dataclass(frozen=True)
class HeatRule:
    """
    heat = Σ people · fade · (person + again · min(log2(messages of theirs), 3)) + like · √(Σ messages · fade · max(0, likes − dislike · dislikes)),
    fade = ½ ^ (days since the last message of theirs / half_life); no half-life, no fading.
    """

    person: float = 1.0
    again: float = 0.1
    like: float = 1.5
    dislike: float = 1.0
    half_life: float | None = None

    def __post_init__(self) -> None:
        if min(self.person, self.again, self.like, self.dislike) < 0 or (self.half_life is not None and self.half_life <= 0):
            raise ValueError("weights must not be negative, and a half-life is more than nothing")

    def fade(self, age_days: int) -> float:
        return 1.0 if self.half_life is None else 0.5 ** (max(0, age_days) / self.half_life)

    def of(self, messages: Iterable[Message], today: int) -> float:
        """The heat on the day `today` (an ordinal); zero of nothing."""
        last: dict[str, int] = {}
        times: Counter[str] = Counter()
        liked = 0.0
        for m in messages:
            who, day = m.who, m.day
            last[who] = max(last.get(who, day), day)
            times[who] += 1
            if m.likes:
                liked += self.fade(today - day) * max(0.0, m.likes - self.dislike * m.dislikes)
        people = sum(
            self.fade(today - last[who]) * (self.person + self.again * min(math.log2(count), MOST_AGAIN))
            for who, count in sorted(times.items())
        )
        return people + self.like * math.sqrt(liked)


NEW, RISING, STEADY, FALLING, QUIET = "new", "rising", "steady", "falling", "quiet"


@dataclass(frozen=True)
class Alarm:
    """`recent` people in the last days where `expected` were likely; so many or more had the probability `chance`; `raised` is the alarm itself."""

    recent: int
    expected: float
    chance: float
    raised: bool = False


@dataclass(frozen=True)
class Course:
    """Different people by period over the window, the last period ending today; `direction` is one of the five words above."""

    counts: tuple[int, ...]
    period_days: int
    direction: str


def course_of(messages: Sequence[Message], first: int, today: int, period_days: int = 7) -> Course:
    """The course from the day `first` to `today` (ordinals), in whole periods; the earliest may lie partly before `first`."""
    periods = max(1, -(-(today - first + 1) // period_days))
    people: dict[int, set[str]] = defaultdict(set)
    for m in messages:
        back = (today - m.day) // period_days
        if 0 <= back < periods:
            people[back].add(m.who)
    counts = tuple(len(people[back]) for back in range(periods - 1, -1, -1))
    return Course(counts, period_days, _direction(counts))


def _direction(counts: Sequence[int]) -> str:
    now, before = counts[-1], counts[-2] if len(counts) > 1 else 0
    if not now:
        return QUIET
    if not any(counts[:-1]):
        return NEW
    if _as_extreme(now, now + before) < 0.05:
        return RISING if now > before else FALLING
    return STEADY


def _as_extreme(part: int, whole: int) -> float:
    """The probability of a split of `whole` fair tosses at least as uneven as `part`."""
    uneven = max(part, whole - part)
    tail = sum(math.comb(whole, k) for k in range(uneven, whole + 1)) / 2**whole
    return min(1.0, 2 * tail)


def alarm_of(course: Course, *, least_people: int = 3, least_periods: int = 4) -> Alarm | None:
    """The last period against those before it. None when fewer than `least_people` wrote in it or the past is shorter than `least_periods`."""
    *past, recent = course.counts
    if recent < least_people or len(past) < least_periods:
        return None
    shape, share = sum(past) + 0.5, len(past) / (len(past) + 1)
    return Alarm(recent, shape / len(past), at_least(recent, shape, share))


def at_least(count: int, shape: float, share: float) -> float:
    """The probability of `count` or more under a negative binomial law with `shape` > 0 and success probability `share` in (0, 1)."""
    log_term = shape * math.log(share)
    below = 0.0
    for k in range(count):
        below += math.exp(log_term)
        log_term += math.log((shape + k) / (k + 1)) + math.log1p(-share)
    if below < 0.5:
        return max(0.0, 1.0 - below)
    # The sum of what is left, where 1 - below would be noise.
    rest, k = 0.0, count
    while True:
        term = math.exp(log_term)
        rest += term
        ratio = (shape + k) / (k + 1) * (1 - share)
        if ratio < 1 and term * ratio / (1 - ratio) < rest * 1e-12:
            return rest
        log_term += math.log(ratio)
        k += 1


def raised(alarms: Sequence[Alarm | None], level: float = 0.01) -> list[bool]:
    """Which alarms are raised, `level` shared among all that were tested."""
    tested = sum(alarm is not None for alarm in alarms)
    return [alarm is not None and alarm.chance < level / tested for alarm in alarms]
