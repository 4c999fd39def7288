"""
A trained reader: weights of pieces by class, and what is known of how it was made. It reads, says how sure it is and which words spoke.

Needs numpy. `model_files` keeps it; `learn` makes it; `light` reads the same file without numpy. It holds no text: pieces are known by their
hashes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from linli.insight.keywords import Suggestion
from linli.insight.reading.beside import Beside
from linli.insight.reading.calibration import chances_of
from linli.insight.reading.doubt import threshold_of
from linli.insight.reading.families import BITS, FAMILIES, SHARES
from linli.insight.reading.measures import Measures, measures_of
from linli.insight.reading.pieces import PLACES, Array, Batch, Pieces, batches, counted, pieces_of
from linli.insight.reading.readings import TOP, Reading, Verdict, strongest, suggested, verdict_of
from linli.insight.reading.words import QUICK, Cut, cutter

if TYPE_CHECKING:
    from linli.insight.reading.encoder import Encoder

_SHARES: Final = np.array(SHARES, dtype=np.float32)


@dataclass(frozen=True)
class Model:
    """
    `places` (pieces,) ascending, `rarity` (pieces,) their inverse document frequency, `telling` (pieces,) how much they tell of the class,
    `weights` (pieces, classes); `slope` and `offsets` make chances of scores. `facts` says when, from what and how well it learned, in plain JSON.
    `beside` is what it learned of an encoder's vectors, if it had one; then nothing is read without that encoder (`reading_with`).
    """

    labels: tuple[str, ...]
    places: Array
    rarity: Array
    telling: Array
    weights: Array
    slope: float
    offsets: Array
    facts: dict[str, Any] = field(default_factory=dict)
    beside: Beside | None = None
    table: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = np.full(PLACES, -1, dtype=np.int32)
        table[self.places] = np.arange(len(self.places), dtype=np.int32)
        object.__setattr__(self, "table", table)

    @property
    def threshold(self) -> float:
        """From this confidence on a suggestion is worth more than a look by a person."""
        return self.verdict.threshold

    @cached_property
    def verdict(self) -> Verdict:
        return verdict_of(self.labels, self.facts)

    @cached_property
    def cut(self) -> Cut:
        return cutter(str(self.facts.get("cutter", QUICK)))

    def costing(self, wrong_costs: float) -> Model:
        """The same reader where a wrong dispatch costs `wrong_costs` looks by a person."""
        return replace(self, facts={**self.facts, "threshold": threshold_of(wrong_costs)})

    def reading_with(self, encoder: Encoder) -> Model:
        """The same reader with the encoder it learned beside; one without needs none. Raises InputProblem when it is another one."""
        return replace(self, beside=self.beside.reading_with(encoder)) if self.beside else self

    def scores(self, texts: Sequence[Any]) -> Array:
        """
        Scores (texts, classes): about 1 for what is surely of a class, about -1 for what is not. Raises InputProblem, as all reading does,
        when the encoder it learned beside is not there.
        """
        found = [self._scores(batch, pieces_of(batch), part)[0] for batch, part in self._batches(texts)]
        return np.concatenate(found) if found else np.zeros((0, len(self.labels)), dtype=np.float32)

    def chances(self, texts: Sequence[Any]) -> Array:
        """Chances (texts, classes), in the order of `labels`; every row sums to 1."""
        return chances_of(self.scores(texts), self.slope, self.offsets)

    def suggest(self, text: str, top: int = 3) -> list[Suggestion]:
        """The same interface as the keyword rules; nothing for a text without a known piece."""
        return suggested(next(self.read([text])), top)

    def read(self, texts: Sequence[Any], *, explained: int = TOP) -> Iterator[Reading]:
        """What each text is read as, in order, with the words that spoke for the `explained` likeliest classes (none for the others)."""
        for batch, part in self._batches(texts):
            yield from self._read(batch, part, min(explained, TOP))

    def _batches(self, texts: Sequence[Any]) -> Iterator[tuple[Batch, Sequence[Any]]]:
        """Batches of the words of the texts, and the texts themselves."""
        at = 0
        for batch in batches(texts, self.cut):
            yield batch, texts[at : at + len(batch.words)]
            at += len(batch.words)

    def _read(self, batch: Batch, texts: Sequence[Any], explained: int) -> Iterator[Reading]:
        pieces = pieces_of(batch)
        scores, entries = self._scores(batch, pieces, texts)
        chances = chances_of(scores, self.slope, self.offsets)
        best = np.argsort(-chances, axis=1, kind="stable")[:, :TOP]
        known = np.bincount(entries.text, minlength=len(batch.words)) > 0
        spoken = self._words(batch, pieces, entries, best[:, :explained]) if explained else []
        for n in range(len(batch.words)):
            words = [said[n] for said in spoken] + [()] * (best.shape[1] - len(spoken))
            yield self.verdict.reading(best[n], chances[n], words, float(scores[n].max()), bool(known[n]))

    def _scores(self, batch: Batch, pieces: Pieces, texts: Sequence[Any]) -> tuple[Array, Entries]:
        entries = entries_of(*counted(pieces.key), self.table, self.rarity).telling(self.telling)
        scores = np.zeros((len(batch.words), len(self.labels)), dtype=np.float32)
        ends = np.searchsorted(entries.text, np.arange(len(batch.words) + 1))
        filled = np.flatnonzero(ends[1:] > ends[:-1])
        if len(filled):
            spoken = self.weights[entries.piece] * entries.value[:, None]
            scores[filled] = np.add.reduceat(spoken, ends[filled], axis=0)
        if self.beside:
            scores += self.beside.scores(texts)
        return scores, entries

    def _words(self, batch: Batch, pieces: Pieces, entries: Entries, labels: Array) -> list[list[tuple[str, ...]]]:
        """
        For each of `labels` (texts, n) by text the words that spoke most for that class, against the mean of all classes: what a piece adds to
        the score is shared out over the characters it covers, wherever it occurs, and a word has what its characters have.
        """
        word_ends, until_word = batch.word_ends, np.append(0, batch.words_until)
        at = np.minimum(np.searchsorted(entries.key, pieces.key), max(len(entries.key) - 1, 0))
        met = entries.key[at] == pieces.key if len(entries.key) else np.zeros(len(pieces.key), dtype=bool)
        start, end, size = pieces.start[met], pieces.end[met], len(batch.codes) + 1
        weights = self.weights[entries.piece]
        mean = weights.mean(axis=1)
        found = []
        for label in labels.T:
            gain = (weights[np.arange(len(weights)), label[entries.text]] - mean) * entries.value / entries.count
            share = gain[at[met]] / (end - start)
            rises = np.bincount(start, weights=share, minlength=size) - np.bincount(end, weights=share, minlength=size)
            until = np.append(0.0, np.cumsum(np.cumsum(rises)))
            of_word = (until[word_ends] - until[np.append(0, word_ends[:-1])]).tolist() if len(word_ends) else []
            found.append([strongest(row, of_word[until_word[n] : until_word[n + 1]]) for n, row in enumerate(batch.words)])
        return found


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
        value *= np.repeat(_SHARES[part[first] % len(FAMILIES)] / length, np.diff(np.append(first, len(part))))
    return Entries(key, part // len(FAMILIES), piece, count, value.astype(np.float32))


def evaluate(model: Model, texts: Sequence[Any], truth: Sequence[str]) -> Measures:
    """
    How well `model` reads texts whose true labels are known. Labels it never learned count as mistakes, and in the macro-F1. Where labels
    are paths of a tree, the whole path has to be right.
    """
    labels = (*model.labels, *sorted(set(truth) - set(model.labels)))
    number = {label: n for n, label in enumerate(labels)}
    chances = np.zeros((len(texts), len(labels)))
    chances[:, : len(model.labels)] = model.chances(texts)
    return measures_of(np.array([number[label] for label in truth], dtype=np.int64), chances, labels, model.threshold)
