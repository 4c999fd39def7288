"""
A trained reader: weights of pieces by class, and what is known of how it was made. It reads, says how sure it is and which words spoke.

Needs numpy. `model_files` keeps it; `learn` makes it. It holds no text: pieces are known by their hashes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from linli.insight.keywords import Suggestion
from linli.insight.reading.calibration import chances_of, threshold_of
from linli.insight.reading.measures import Measures, measures_of
from linli.insight.reading.pieces import BITS, FAMILIES, PLACES, Array, Batch, Pieces, batches, counted, pieces_of
from linli.insight.reading.readings import TOP, Reading

SHARES: Final = np.sqrt(np.array([1.0, 0.5, 1.0, 1.0, 1.0]) / 4.5).astype(np.float32)
"""How much each of `FAMILIES` counts, as the length of its part of a text's vector."""
SAID: Final = 5


@dataclass(frozen=True)
class Model:
    """
    `places` (pieces,) ascending, `rarity` (pieces,) their inverse document frequency, `telling` (pieces,) how much they tell of the class, `weights` (pieces, classes); `slope` and `offsets`
    make chances of scores. `facts` says when, from what and how well it learned, in plain JSON.
    """

    labels: tuple[str, ...]
    places: Array
    rarity: Array
    telling: Array
    weights: Array
    slope: float
    offsets: Array
    facts: dict[str, Any] = field(default_factory=dict)
    table: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = np.full(PLACES, -1, dtype=np.int32)
        table[self.places] = np.arange(len(self.places), dtype=np.int32)
        object.__setattr__(self, "table", table)

    @property
    def threshold(self) -> float:
        """From this confidence on a suggestion is worth more than a look by a person."""
        return float(self.facts.get("threshold", threshold_of()))

    def chances(self, texts: Sequence[str]) -> Array:
        """Chances (texts, classes), in the order of `labels`; every row sums to 1."""
        found = [self._scores(batch, pieces_of(batch))[0] for batch in batches(texts)]
        scores = np.concatenate(found) if found else np.zeros((0, len(self.labels)), dtype=np.float32)
        return chances_of(scores, self.slope, self.offsets)

    def suggest(self, text: str, top: int = 3) -> list[Suggestion]:
        """The same interface as the keyword rules; nothing for a text without a known piece."""
        reading = next(self.read([text]))
        if not any(reading.words):
            return []
        told = zip(reading.labels, reading.chances, reading.words, strict=True)
        return [Suggestion(label, round(chance, 3), words) for label, chance, words in told][:top]

    def read(self, texts: Sequence[str], *, explained: int = TOP) -> Iterator[Reading]:
        """What each text is read as, in order, with the words that spoke for the `explained` likeliest classes (none for the others)."""
        for batch in batches(texts):
            yield from self._read(batch, min(explained, TOP))

    def _read(self, batch: Batch, explained: int) -> Iterator[Reading]:
        pieces = pieces_of(batch)
        scores, entries = self._scores(batch, pieces)
        chances = chances_of(scores, self.slope, self.offsets)
        best = np.argsort(-chances, axis=1, kind="stable")[:, :TOP]
        known = np.bincount(entries.text, minlength=len(batch.words)) > 0
        spoken = [self._words(batch, pieces, entries, best[:, n]) for n in range(min(explained, best.shape[1]))]
        for n in range(len(batch.words)):
            told = tuple(float(chances[n, label]) for label in best[n])
            words = tuple(said[n] for said in spoken) + ((),) * (len(told) - len(spoken))
            yield Reading(tuple(self.labels[label] for label in best[n]), told, words, bool(known[n]) and told[0] >= self.threshold)

    def _scores(self, batch: Batch, pieces: Pieces) -> tuple[Array, Entries]:
        entries = entries_of(*counted(pieces.key), self.table, self.rarity).telling(self.telling)
        scores = np.zeros((len(batch.words), len(self.labels)), dtype=np.float32)
        ends = np.searchsorted(entries.text, np.arange(len(batch.words) + 1))
        filled = np.flatnonzero(ends[1:] > ends[:-1])
        if len(filled):
            spoken = self.weights[entries.piece] * entries.value[:, None]
            scores[filled] = np.add.reduceat(spoken, ends[filled], axis=0)
        return scores, entries

    def _words(self, batch: Batch, pieces: Pieces, entries: Entries, label: Array) -> list[tuple[str, ...]]:
        """
        For each text the words that spoke most for its class in `label` (texts,), against the mean of all classes: what a piece adds to the
        score is shared out over the characters it covers, wherever it occurs, and a word has what its characters have.
        """
        gain = self.weights[entries.piece]
        gain = (gain[np.arange(len(gain)), label[entries.text]] - gain.mean(axis=1)) * entries.value / entries.count
        at = np.minimum(np.searchsorted(entries.key, pieces.key), max(len(entries.key) - 1, 0))
        met = entries.key[at] == pieces.key if len(entries.key) else np.zeros(len(pieces.key), dtype=bool)
        start, end = pieces.start[met], pieces.end[met]
        share = gain[at[met]] / (end - start)
        size = len(batch.codes) + 1
        rises = np.bincount(start, weights=share, minlength=size) - np.bincount(end, weights=share, minlength=size)
        until = np.append(0.0, np.cumsum(np.cumsum(rises)))
        of_word = until[batch.word_ends] - until[np.append(0, batch.word_ends[:-1])]
        ends = np.append(0, batch.words_until)
        return [_strongest(words, of_word[ends[n] : ends[n + 1]]) for n, words in enumerate(batch.words)]


def _strongest(words: list[str], gain: Array) -> tuple[str, ...]:
    """The words that gained most, together over their occurrences, at most five; words of one character only when nothing else spoke."""
    sums: dict[str, float] = {}
    for n in np.argsort(-gain, kind="stable")[: 4 * SAID]:
        if gain[n] <= 0:
            break
        sums[words[n]] = sums.get(words[n], 0.0) + float(gain[n])
    ordered = sorted(sums, key=lambda word: -sums[word])
    return tuple([word for word in ordered if len(word) > 1][:SAID] or ordered[:SAID])


@dataclass(frozen=True)
class Entries:
    """The known pieces of some texts, text by text: `key`, the number of the `text` and of the `piece`, how often (`count`), its `value`."""

    key: Array
    text: Array
    piece: Array
    count: Array
    value: Array

    def telling(self, much: Array) -> Entries:
        """The same with each value times what its piece tells, and each text scaled to length 1."""
        value = self.value * much[self.piece]
        length = np.sqrt(np.bincount(self.text, weights=value * value))
        return replace(self, value=(value / np.maximum(length[self.text], 1e-12)).astype(np.float32)) if len(value) else self


def entries_of(key: Array, count: Array, table: Array, rarity: Array) -> Entries:
    """
    (1 + ln count) · inverse document frequency of every piece that `table` knows, each family of a text scaled to the length `SHARES` gives
    it (G. Salton & C. Buckley 1988). `key` as `counted` gives it.
    """
    known = table[key & (PLACES - 1)] >= 0
    key, count = key[known], count[known]
    piece = table[key & (PLACES - 1)]
    part = key >> BITS
    value = (1 + np.log(count.astype(np.float32))) * rarity[piece]
    if len(part):
        first = np.flatnonzero(np.append(True, part[1:] != part[:-1]))
        length = np.sqrt(np.add.reduceat(value * value, first))
        value *= np.repeat(SHARES[part[first] % len(FAMILIES)] / length, np.diff(np.append(first, len(part))))
    return Entries(key, part // len(FAMILIES), piece, count, value.astype(np.float32))


def evaluate(model: Model, texts: Sequence[str], truth: Sequence[str]) -> Measures:
    """How well `model` reads texts whose true labels are known. Labels it never learned count as mistakes, and in the macro-F1."""
    labels = (*model.labels, *sorted(set(truth) - set(model.labels)))
    number = {label: n for n, label in enumerate(labels)}
    chances = np.zeros((len(texts), len(labels)))
    chances[:, : len(model.labels)] = model.chances(texts)
    return measures_of(np.array([number[label] for label in truth], dtype=np.int64), chances, labels, model.threshold)
