"""Had one asked then: the share in time predicted from the first part of the records, beside what really happened in the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from linli.insight.hands.cases import Case, share_in_time
from linli.insight.hands.hours import DAY
from linli.insight.hands.outlook import Asked, Office, Outlook, outlook


@dataclass(frozen=True)
class Then:
    """Predicted and real of one group or category: shares, the interval, and how many promises the real one is of."""

    name: str
    predicted: float
    low: float
    high: float
    real: float
    count: int

    @property
    def error(self) -> float:
        return self.predicted - self.real


@dataclass(frozen=True)
class LookingBack:
    """`whole` is None when nothing could be predicted; `left_out` groups had too little past, `categories` those of at least `least` cases."""

    cut: int
    end: int
    whole: Then | None
    groups: tuple[Then, ...]
    categories: tuple[Then, ...]
    left_out: tuple[str, ...]


def looking_back(cases: Sequence[Case], cut: int, end: int, offices: dict[str, Office], asked: Asked, *, least: int = 20) -> LookingBack:
    """
    Predict for the days from `cut` to `end` knowing only the records as they stood at `cut`, and compare with what became of the cases that
    came then. The records reach beyond `end` or not: what is open and not yet due when they end is not compared.
    """
    days = max(1, (end - cut) // DAY)
    by_group: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_group[case.group].append(case)
    found: list[Then] = []
    categories: list[Then] = []
    left_out = []
    sums = [0.0, 0.0, 0.0, 0.0]
    real_kept = real_told = 0
    records_end = max((c.closed or c.opened for c in cases), default=end)
    for name, rows in sorted(by_group.items()):
        told = outlook(rows, cut, offices[name], replace(asked, extra=0, promise=None, days=days))
        real = [c for c in rows if cut <= c.opened < end]
        kept, count = share_in_time(real, records_end)
        if told.why_none or not count:
            left_out.append(name)
            continue
        share = told.as_it_is
        found.append(Then(name, share.mean, share.low, share.high, kept / count, count))
        promised = sum(row[2] for row in told.by_category.values())
        for n, part in enumerate((share.mean, share.low, share.high, 1.0)):
            sums[n] += part * promised
        real_kept, real_told = real_kept + kept, real_told + count
        categories += _of_categories(told, real, records_end, least)
    whole = None
    if real_told and sums[3]:
        predicted, low, high = (part / sums[3] for part in sums[:3])
        whole = Then("", predicted, low, high, real_kept / real_told, real_told)
    return LookingBack(cut, end, whole, tuple(found), tuple(sorted(categories, key=lambda t: -t.count)), tuple(left_out))


def _of_categories(told: Outlook, real: Sequence[Case], now: int, least: int) -> list[Then]:
    found = []
    for category, (predicted, _then, _many) in told.by_category.items():
        kept, count = share_in_time((c for c in real if c.category == category), now)
        if count >= least:
            found.append(Then(category, predicted, predicted, predicted, kept / count, count))
    return found
