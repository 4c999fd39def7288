"""
Whether a secret ballot by area can be kept secret: before it opens, from the roll; after it closes, from the sums.

The areas of all homes are known to neighbours, and so is who took part. Whoever sees the area in favour can look for the homes that add up to
it (subset sum). Before opening, `why_not_secret` refuses rolls on which that would find single homes; after closing, `who_is_shown` says for how
many owners it does, and then the sums are not published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import comb, isqrt
from typing import Final

from linli.law.reasons import Reason

LEAST_OWNERS: Final = 20
LEAST_ALIKE: Final = 3  # owners who share an area, below which it is rare
HIDING_BITS: Final = 20  # how many more assignments than sums there must be: a million for each sum
MOST_WORK: Final = 2_000_000  # steps of the exact count, a few seconds
CERTAIN: Final = Fraction(9, 10)  # one of the fewer side known with this probability counts as shown


def why_not_secret(areas: Sequence[int], *, silent: str = "strict", invalid_ballot: str = "participates_not_consent") -> tuple[Reason, ...]:
    """
    Why a ballot on this roll (area of each owner, 0.01 m²) could not be kept secret; empty: it can, unless everybody agrees. To be
    asked before the ballot opens, and answered with a named ballot.
    """
    found = []
    if len(areas) < LEAST_OWNERS:
        found.append(Reason("secret_too_few", {"owners": len(areas), "least": LEAST_OWNERS}))
    if outliers := _outliers(areas):
        found.append(Reason("secret_outlier_area", {"owners": outliers}))
    if rare := _rare(areas):
        found.append(Reason("secret_rare_area", {"owners": rare}))
    if silent == "follow_majority":
        found.append(Reason("secret_follow_majority_needs_named"))
    if invalid_ballot != "participates_not_consent":
        found.append(Reason("secret_invalid_needs_participating"))
    return tuple(found)


def why_not_publish_sums(areas: Sequence[int], agreeing: Sequence[int]) -> Reason | None:
    """
    Why the area in favour must not be published, or None. `areas` are those of the owners who took part, `agreeing` those of the ones in
    favour. Where all or none agree the sums show nothing that the numbers do not.
    """
    if not areas:
        return Reason("secret_nobody_voted")
    if len(agreeing) in (0, len(areas)):
        return None
    shown = who_is_shown(areas, agreeing)
    return Reason("sums_identify", {"owners": shown}) if shown else None


def who_is_shown(areas: Sequence[int], agreeing: Sequence[int]) -> int:
    """
    For how many owners the sums tell the choice. An owner is hidden among others with the same area if they voted both ways, whatever else
    is known. All others must be hidden by the sum: there are assignments with the same number and area in which they chose otherwise, and
    none makes them nine in ten sure to be on the smaller side. Counted exactly where the assignments can be gone through; where there are too
    many, they must outnumber the possible sums by HIDING_BITS, or these owners count as shown. Raises ValueError when those agreeing did not
    take part.
    """
    kinds, yes = Counter(areas), Counter(agreeing)
    if yes - kinds:
        raise ValueError("somebody agrees who did not take part")
    fewer = yes if 2 * len(agreeing) <= len(areas) else kinds - yes
    small, wanted = fewer.total(), sum(area * count for area, count in fewer.items())
    exposed = [area for area, alike in kinds.items() if not 0 < fewer[area] < CERTAIN * alike]
    if not exposed:
        return 0
    if beyond := _beyond_reach(kinds, exposed, small, wanted):
        return beyond
    ways = _ways(kinds, small, wanted)
    if ways is None:
        return 0 if hiding_bits(areas, small) >= HIDING_BITS else sum(kinds[area] for area in exposed)
    every = ways[small, wanted]
    shown = 0
    for area in exposed:
        chance = Fraction(_ways_with(ways, area, small, wanted), every)
        if chance == 0 or chance >= CERTAIN:
            shown += kinds[area]
    return shown


def hiding_bits(areas: Iterable[int], small: int) -> int:
    """
    By how many bits the ways to choose `small` homes by their kind (area) outnumber the sums they can have. Homes of one kind are the same
    here: a hundred alike give no ways to hide a home of another kind.
    """
    listed = sorted(areas)
    small = min(small, len(listed) - small)
    counts = [1] + [0] * small
    for alike in Counter(listed).values():
        for size in range(small, -1, -1):
            counts[size] = sum(counts[size - taken] for taken in range(min(alike, size) + 1))
    sums = sum(listed[len(listed) - small :]) - sum(listed[:small]) + 1
    return counts[small].bit_length() - sums.bit_length()


def _outliers(areas: Sequence[int]) -> int:
    """Owners whose area the sum over everybody else's votes cannot drown: further from the mean than six deviations of that sum."""
    count = len(areas)
    if count < 2:
        return 0
    found = 0
    total, squares = sum(areas), sum(area * area for area in areas)
    for area in set(areas):
        others, rest = count - 1, total - area
        spread = isqrt(max((squares - area * area) * others - rest * rest, 0))  # others × their standard deviation
        # The area of those in favour among the others varies by about half their deviation times the root of their number.
        far = abs(area * others - rest)
        if 4 * far * far > 36 * spread * spread * others and far > 0 and areas.count(area) < LEAST_ALIKE:
            found += areas.count(area)
    return found


def _rare(areas: Sequence[int]) -> int:
    """Owners with an area that fewer than LEAST_ALIKE share, where the kinds of homes are too few to hide them at a tenth of votes."""
    kinds = Counter(areas)
    rare = sum(alike for alike in kinds.values() if alike < LEAST_ALIKE)
    return rare if rare and hiding_bits(areas, max(1, len(areas) // 10)) < HIDING_BITS else 0


def _beyond_reach(kinds: Counter[int], exposed: Sequence[int], small: int, wanted: int) -> int:
    """Owners among the exposed who by size alone cannot be on the smaller side, or must be."""
    listed = sorted(kinds.elements())
    sums = [0, *accumulate(listed)]
    all_of_them, count = sums[-1], len(listed)
    shown = 0
    for area in exposed:
        # The least and the most that the others can hold: take `area` itself out of the smallest, or the largest, where it is among them.
        least_in = sums[small - 1] if area >= listed[small - 1] else sums[small] - area
        most_in = all_of_them - sums[count - small + 1] if area <= listed[count - small] else all_of_them - sums[count - small] - area
        least_out = sums[small] if area > listed[small - 1] else sums[small + 1] - area
        most_out = all_of_them - sums[count - small] if area < listed[count - small] else all_of_them - sums[count - small - 1] - area
        if not (least_in + area <= wanted <= most_in + area and least_out <= wanted <= most_out):
            shown += kinds[area]
    return shown


Ways = dict[tuple[int, int], int]


def _ways(kinds: Counter[int], small: int, wanted: int) -> Ways | None:
    """How many choices have each number and sum, up to the ones wanted; None when there are too many sums to go through."""
    ways: Ways = {(0, 0): 1}
    work = 0
    for area, alike in kinds.items():
        more: Ways = {}
        choose = [comb(alike, taken) for taken in range(min(alike, small) + 1)]
        if work + len(ways) * len(choose) > MOST_WORK:
            return None
        for (number, total), count in ways.items():
            for taken, chosen in enumerate(choose):
                key = (number + taken, total + taken * area)
                if key[0] > small or key[1] > wanted:
                    break
                more[key] = more.get(key, 0) + count * chosen
        work += len(ways) * len(choose)
        ways = more
    return ways


def _ways_with(ways: Ways, area: int, small: int, wanted: int) -> int:
    """Choices that contain one given home of that area: take it out of the product again, term by term."""
    return sum((-1) ** more * ways.get((small - 1 - more, wanted - (more + 1) * area), 0) for more in range(small))
