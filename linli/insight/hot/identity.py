"""
A topic stays the same topic from day to day although its messages change: today's groups take the numbers of yesterday's topics whose messages
they hold (maximal overlap, as in the tracking of communities: D. Greene et al., ASONAM 2010). Merges and splits are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """`topic` is yesterday's number (None: new); `merged` yesterday's other topics that are now here; `split_from` where a new one's messages were."""

    topic: int | None
    merged: tuple[int, ...] = ()
    split_from: int | None = None


def kept(before: Mapping[int, Iterable[Hashable]], groups: Sequence[Iterable[Hashable]]) -> list[Kept]:
    """
    What became of yesterday's topics (number → messages) in today's `groups`. A topic goes where most of its messages are, to the larger group
    among equals; a group keeps the number that brought most messages, the smallest among equals.
    """
    of = {message: topic for topic in sorted(before) for message in before[topic]}
    shares = [Counter(of[m] for m in group if m in of) for group in groups]
    sizes = [len(set(group)) for group in groups]
    home: dict[int, int] = {}
    for number, share in enumerate(shares):
        for topic, count in share.items():
            best = home.get(topic)
            if best is None or (count, sizes[number]) > (shares[best][topic], sizes[best]):
                home[topic] = number
    arrived: dict[int, list[int]] = {}
    for topic, number in home.items():
        arrived.setdefault(number, []).append(topic)
    found = []
    for number, share in enumerate(shares):
        here = sorted(arrived.get(number, ()), key=lambda topic, share=share: (-share[topic], topic))
        if here:
            found.append(Kept(here[0], tuple(sorted(here[1:]))))
        else:
            most = max(share.items(), key=lambda row: (row[1], -row[0]), default=(None, 0))
            found.append(Kept(None, (), most[0]))
    return found
