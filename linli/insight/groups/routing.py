"""
Which statement to ask somebody next: the one whose answer teaches most. Plain Python, so that a page can ask.

What an answer teaches is the information it is expected to bring (D. Lindley, On a measure of the information provided by an experiment,
1956), of two things: which group the person is near, and what that group thinks of the statement. The first is large where groups differ,
the second where few have been asked; both are in nats and simply added. Without groups only the second is left: the least asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import exp, log
from typing import Final, TypeVar

from linli.insight.groups.told import Counts

Key = TypeVar("Key", bound=Hashable)
SAME_AUTHOR_EVERY: Final = 4


def likely_groups(own: Mapping[Key, int], by_group: Mapping[Key, Sequence[Counts]], sizes: Sequence[int]) -> list[float]:
    """How likely somebody who voted `own` (statement → 1, 0, -1) is in each group: naive Bayes from the groups' smoothed shares."""
    scores = [log((size + 1) / (sum(sizes) + len(sizes))) for size in sizes]
    for statement, vote in own.items():
        for n, counts in enumerate(by_group.get(statement, ())):
            scores[n] += log(_chances(counts)[vote])
    top = max(scores)
    weights = [exp(score - top) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _chances(counts: Counts) -> dict[int, float]:
    """What the next of a group says, each choice smoothed by one."""
    whole = counts.seen + 3
    return {1: (counts.agree + 1) / whole, -1: (counts.disagree + 1) / whole, 0: (counts.passed + 1) / whole}


def lesson(counts: Sequence[Counts], groups: Sequence[float]) -> float:
    """What one more answer is expected to teach, in nats, of somebody who is in group n with chance `groups[n]`."""
    told = [_chances(c) for c in counts]
    mixed = {choice: sum(p * chances[choice] for p, chances in zip(groups, told, strict=True)) for choice in (1, -1, 0)}
    who = _entropy(mixed.values()) - sum(p * _entropy(chances.values()) for p, chances in zip(groups, told, strict=True))
    # Of three shares known from n answers the next brings about (3 - 1) / 2n.
    what = sum(p / (c.seen + 3) for p, c in zip(groups, counts, strict=True))
    return max(0.0, who) + what


def _entropy(chances: Iterable[float]) -> float:
    return -sum(p * log(p) for p in chances if p > 0)


def next_for(
    waiting: Sequence[Key],
    own: Mapping[Key, int],
    by_group: Mapping[Key, Sequence[Counts]],
    sizes: Sequence[int],
    *,
    seen: Mapping[Key, int],
    authors: Mapping[Key, Hashable] | None = None,
    lot: Callable[[Key], int],
) -> list[Key]:
    """
    The statements `waiting` for somebody, in the order in which they teach most; equal ones by `lot`.

    `by_group` holds the counts by group of the statements the groups were found with; one that is newer, or all where there are no groups
    yet, counts by how often it was `seen`. One author's statements come at most every fourth while others wait, so that nobody fills the
    queue (`authors`: statement → author, without an entry for nobody's).
    """
    groups = likely_groups(own, by_group, sizes) if sizes else [1.0]
    worth = {key: lesson(by_group[key], groups) if key in by_group else _new(seen.get(key, 0)) for key in waiting}
    ranked = sorted(waiting, key=lambda key: (-round(worth[key], 9), lot(key)))
    return spread(ranked, authors or {})


def _new(seen: int) -> float:
    """Of a statement groups say nothing of yet: what is left to learn of its shares, and of who differs on it (at most ln 2, halved)."""
    return 1 / (seen + 3) + 0.35 * 3 / (seen + 3)


def spread(ranked: Sequence[Key], authors: Mapping[Key, Hashable]) -> list[Key]:
    """The same order, but after one statement of an author the next three are of others while there are any."""
    left, found = list(ranked), list[Key]()
    recent: list[Hashable | None] = []
    while left:
        turn = recent[-(SAME_AUTHOR_EVERY - 1) :]
        at = next((n for n, key in enumerate(left) if authors.get(key) is None or authors[key] not in turn), 0)
        key = left.pop(at)
        found.append(key)
        recent.append(authors.get(key))
    return found
