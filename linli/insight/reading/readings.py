"""What reading a text gives, whoever reads: a trained model, the same model read without numpy, or the rules of the first day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from linli.insight.keywords import Suggestion
from linli.insight.reading.doubt import threshold_of

TOP: Final = 3
SAID: Final = 5

LOWEST: Final = -9.0
"""A floor below every score: nothing is strange."""


@dataclass(frozen=True)
class Reading:
    """
    What one text was read as: labels with their chances, likeliest first (at most three), and the words that spoke for each, the strongest
    first. `sure` says whether the first is likelier than the threshold. `strange` says that the text is like none of what was learned:
    then, and without a known word, nothing is sure.
    """

    labels: tuple[str, ...]
    chances: tuple[float, ...]
    words: tuple[tuple[str, ...], ...]
    sure: bool
    strange: bool = False


class Reader(Protocol):
    """Anything that reads texts into labels; it keeps nothing and decides nothing."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def read(self, texts: Sequence[Any], *, explained: int = TOP) -> Iterator[Reading]: ...


def branches_of(labels: Sequence[str], separator: str) -> dict[str, tuple[int, ...]]:
    """
    The branches of a tree whose leaves are `labels` (paths, their steps parted by `separator`): path -> numbers of the leaves at or under
    it, the deepest first. Nothing without a separator. A label that others go on from is a leaf too: what belongs to none of them.
    """
    found: dict[str, list[int]] = {}
    for n, label in enumerate(labels):
        steps = label.split(separator) if separator else []
        for depth in range(1, len(steps)):
            found.setdefault(separator.join(steps[:depth]), []).append(n)
    for n, label in enumerate(labels):
        if label in found and n not in found[label]:
            found[label].append(n)
    return {path: tuple(found[path]) for path in sorted(found, key=lambda path: (-path.count(separator), path))} if separator else {}


@dataclass(frozen=True)
class Verdict:
    """How chances become a reading: the threshold, the least score of a text like those learned, the tree of the labels."""

    labels: tuple[str, ...]
    threshold: float
    floor: float
    branches: dict[str, tuple[int, ...]]

    def reading(
        self, best: Sequence[int], chances: Sequence[float], words: Sequence[tuple[str, ...]], score: float, known: bool
    ) -> Reading:
        """
        Of the chances of all labels, the numbers of the `best` of them in order with the words for each, the best score, and whether any
        piece was known. When the likeliest leaf is not sure, but a branch is, that branch stands first, the deepest there is.
        """
        strange = known and score < self.floor
        labels, told, said = [self.labels[n] for n in best], [float(chances[n]) for n in best], list(words)
        sure = known and not strange and told[0] >= self.threshold
        if not sure and known and not strange:
            for path, leaves in self.branches.items():
                whole = float(sum(chances[n] for n in leaves))
                if best[0] in leaves and whole >= self.threshold:
                    labels, told, said, sure = [path, *labels], [whole, *told], [said[0], *said], True
                    break
        return Reading(tuple(labels[:TOP]), tuple(told[:TOP]), tuple(said[:TOP]), sure, strange)


def verdict_of(labels: tuple[str, ...], facts: Mapping[str, Any]) -> Verdict:
    """As the facts of a model say."""
    threshold, floor = float(facts.get("threshold", threshold_of())), float(facts.get("floor", LOWEST))
    return Verdict(labels, threshold, floor, branches_of(labels, str(facts.get("separator", ""))))


def strongest(words: Sequence[str], gains: Sequence[float]) -> tuple[str, ...]:
    """The words that gained most, together over their occurrences, at most five; words of one character only when nothing else spoke."""
    sums: dict[str, float] = {}
    for word, gain in [pair for pair in zip(words, gains, strict=True) if pair[1] > 0]:
        sums[word] = sums.get(word, 0.0) + gain
    ordered = sorted(sums, key=lambda word: -sums[word])
    return tuple([word for word in ordered if len(word) > 1][:SAID] or ordered[:SAID])


def suggested(reading: Reading, top: int) -> list[Suggestion]:
    """A reading as suggestions, best first; nothing when no word spoke."""
    if not any(reading.words):
        return []
    told = zip(reading.labels, reading.chances, reading.words, strict=True)
    return [Suggestion(label, round(chance, 3), words) for label, chance, words in told][:top]
