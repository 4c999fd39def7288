"""
Learning to read from labelled texts: regularised least squares on one target a class (+1 its own, -1 all others), which reads as well as a
support vector machine here and has one optimum that is found by conjugate gradients (R. Rifkin & A. Klautau, "In defense of one-vs-all
classification", JMLR 5, 2004; M. Hestenes & E. Stiefel 1952). Chances are fitted on texts of folds that a model had not seen.

Needs numpy and scipy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.reading.calibration import calibrated, chances_of, threshold_of
from linli.insight.reading.measures import measures_of
from linli.insight.reading.model import Model, entries_of
from linli.insight.reading.pieces import BITS, FAMILIES, PLACES, Array, batches, counted, pieces_of
from linli.lib.problems import InputProblem

RIDGE: Final = 0.15
FOLDS: Final = 3
ROUNDS: Final = 60
NEAR: Final = 0.05
BLOCK: Final = 1000
SMALL_BATCH: Final = (1 << 32 - BITS) // len(FAMILIES) // 2
"""Texts in a batch whose keys fit into 32 bits, as all of them are kept until the last is read."""
LEAST_TEXTS: Final = 2
MOST_LABELS: Final = 2000


def train(texts: Sequence[str], labels: Sequence[str], *, learned_on: date | None = None, wrong_costs: float = 3.0, seed: int = 0) -> Model:
    """
    A model that reads texts as those of `labels`. The same rows give the same model.

    Rows without text or without label are left out. Raises InputProblem when nothing, or only one class, is left. `facts` hold the rows by
    class and the measures on the folds (each text read by a model that had not seen it).
    """
    kept = [n for n, (text, label) in enumerate(zip(texts, labels, strict=True)) if text.strip() and label.strip()]
    told = [labels[n].strip() for n in kept]
    names = tuple(sorted(set(told)))
    _check(len(kept), len(names))
    number = {name: n for n, name in enumerate(names)}
    truth = np.array([number[name] for name in told], dtype=np.int64)
    places, rarity, matrix = _matrix([texts[n] for n in kept])
    scores, fold = _held_out(matrix, truth, len(names), seed)
    heard = np.flatnonzero(fold >= 0)
    slope, offsets = calibrated(scores[heard], truth[heard])
    threshold = threshold_of(wrong_costs)
    facts: dict[str, Any] = {
        "learned_on": learned_on.isoformat() if learned_on else "",
        "rows": len(kept),
        "left_out": len(texts) - len(kept),
        "by_label": {name: int(n) for name, n in zip(names, np.bincount(truth, minlength=len(names)), strict=True)},
        "threshold": threshold,
        "folds": FOLDS,
    }
    if len(heard):
        chances = _chances_by_fold(scores, truth, fold)
        facts["held_out"] = json.loads(json.dumps(asdict(measures_of(truth[heard], chances[heard], names, threshold))))
    telling, weights = _learned(matrix, truth, len(names), np.ones(len(truth), dtype=bool))
    kept_weights, kept_telling = (array.astype(np.float16).astype(np.float32) for array in (weights, telling))
    return Model(names, places, rarity, kept_telling, kept_weights, slope, offsets, facts)


def _check(rows: int, names: int) -> None:
    if rows < LEAST_TEXTS:
        raise InputProblem("no_rows", "没有可学的行：文字和标签都要有内容。", "Nothing to learn from: rows need a text and a label.")
    if names < 2:
        raise InputProblem("one_label", "只有一种标签，学不出区别，至少要有两种。", "There is only one label; at least two are needed.")
    if names > MOST_LABELS:
        raise InputProblem(
            "many_labels", f"标签超过 {MOST_LABELS} 种，请检查选的列。", f"More than {MOST_LABELS} labels; is it the right column?"
        )


def _matrix(texts: Sequence[str]) -> tuple[Array, Array, Any]:
    """Pieces that at least two texts have: their places, inverse document frequencies, and the texts by them (CSR, one row a text)."""
    seen = np.zeros(PLACES, dtype=np.int32)
    parts: list[tuple[Array, Array, int]] = []
    for batch in batches(texts, most=SMALL_BATCH):
        key, count = counted(pieces_of(batch).key)
        np.add.at(seen, key & (PLACES - 1), 1)
        parts.append((key.astype(np.uint32), np.minimum(count, 65535).astype(np.uint16), len(batch.words)))
    places = np.flatnonzero(seen >= LEAST_TEXTS)
    rarity = (np.log((1 + len(texts)) / (1 + seen[places])) + 1).astype(np.float32)
    table = seen
    table.fill(-1)
    table[places] = np.arange(len(places), dtype=np.int32)
    size = sum(int(np.count_nonzero(table[key & (PLACES - 1)] >= 0)) for key, _count, _rows in parts)
    values, pieces, ends = np.empty(size, dtype=np.float32), np.empty(size, dtype=np.int32), np.zeros(len(texts) + 1, dtype=np.int64)
    row = at = 0
    parts.reverse()
    while parts:
        key, count, rows = parts.pop()
        entries = entries_of(key, count, table, rarity)
        until = at + len(entries.value)
        values[at:until], pieces[at:until] = entries.value, entries.piece
        ends[row + 1 : row + rows + 1] = at + np.searchsorted(entries.text, np.arange(1, rows + 1))
        row, at = row + rows, until
    matrix = csr_matrix((values, pieces, ends), shape=(len(texts), len(places)))
    return places, rarity, matrix


def _targets(truth: Array, classes: int) -> Array:
    targets = np.full((len(truth), classes), -1.0, dtype=np.float32)
    targets[np.arange(len(truth)), truth] = 1.0
    return targets


def _telling(matrix: Any, truth: Array, classes: int, heard: Array) -> Array:
    """
    How much each piece (pieces,) tells of the class, from the rows that are `heard`: the square root of the divergence of the classes of the
    texts that have it from those of all texts (S. Kullback & R. Leibler 1951), each held towards all by two texts, and never 0.
    """
    own = np.zeros((len(truth), classes), dtype=np.float32)
    own[np.arange(len(truth)), truth] = heard
    usual = own.sum(axis=0) / max(own.sum(), 1)
    usual = np.maximum(usual, 1e-6)
    counts = np.zeros((matrix.shape[1], classes), dtype=np.float32)
    for at in range(0, len(truth), BLOCK):
        block = matrix[at : at + BLOCK]
        block.data.fill(1)
        counts += block.T @ own[at : at + BLOCK]
    counts += 2 * usual
    counts /= counts.sum(axis=1, keepdims=True)
    divergence = np.zeros(len(counts), dtype=np.float32)
    for n in range(classes):  # by class, as a table of all pieces and classes is large
        divergence += counts[:, n] * np.log(counts[:, n] / usual[n])
    told: Array = np.sqrt(np.maximum(divergence, 0) + 0.05).astype(np.float32)
    return told


def _learned(matrix: Any, truth: Array, classes: int, heard: Array) -> tuple[Array, Array]:
    """How much each piece tells (pieces,), and the weights (pieces, classes), from the rows that are `heard`."""
    telling = _telling(matrix, truth, classes, heard)
    scaled = _Scaled(matrix, telling)
    return telling, scaled.turned(_solved(scaled, _targets(truth, classes), heard))


class _Scaled:
    """`matrix` with each column times `telling` and each row scaled to length 1, without being made."""

    def __init__(self, matrix: Any, telling: Array) -> None:
        self._matrix, self._transposed, self._telling = matrix, matrix.T, telling[:, None]
        length = np.zeros(matrix.shape[0])
        for at in range(0, len(length), BLOCK):
            block = matrix[at : at + BLOCK]
            np.square(block.data, out=block.data)
            length[at : at + BLOCK] = np.sqrt(block @ np.square(telling))
        self._rows = np.where(length > 0, 1 / np.where(length > 0, length, 1), 0).astype(np.float32)[:, None]

    def times(self, columns: Array) -> Array:
        found: Array = self._rows * (self._matrix @ (self._telling * columns))
        return found

    def turned(self, columns: Array) -> Array:
        found: Array = self._telling * (self._transposed @ (self._rows * columns))
        return found


def _solved(matrix: _Scaled, targets: Array, heard: Array, *, rounds: int = ROUNDS, near: float = NEAR) -> Array:
    """
    The duals A of (M·Mᵀ + ridge) A = `targets` over the rows that are `heard` (0 for the others), all columns at once, by conjugate gradients
    until every column's rest is below `near` of its beginning. Neither M·Mᵀ (texts × texts) nor a part of M is ever made.
    """
    heard = heard[:, None].astype(np.float32)
    targets = targets * heard
    found = np.zeros_like(targets)
    rest = targets.copy()
    way = rest.copy()
    length = (rest * rest).sum(axis=0)
    enough = length * near**2
    for _n in range(rounds):
        image = heard * matrix.times(matrix.turned(way)) + np.float32(RIDGE) * way
        step = length / np.maximum((way * image).sum(axis=0), 1e-30)
        found += step * way
        rest -= step * image
        before, length = length, (rest * rest).sum(axis=0)
        if (length <= enough).all():
            break
        way = rest + (length / np.maximum(before, 1e-30)) * way
    return found


def _folds(truth: Array, seed: int) -> Array:
    """The fold of each row, -1 for classes with fewer rows than folds; every class is spread evenly."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    sizes = np.bincount(truth)
    place = np.arange(len(truth)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    fold = np.empty(len(truth), dtype=np.int64)
    fold[order] = place % FOLDS
    fold[sizes[truth] < FOLDS] = -1
    return fold


def _held_out(matrix: Any, truth: Array, classes: int, seed: int) -> tuple[Array, Array]:
    """Scores (rows, classes) of every row by a model that had not seen it, and the row's fold; rows of fold -1 help all and are not scored."""
    fold = _folds(truth, seed)
    scores = np.zeros((len(truth), classes), dtype=np.float32)
    for n in range(FOLDS):
        mine = fold == n
        if mine.any() and not mine.all():
            telling, weights = _learned(matrix, truth, classes, ~mine)
            scores[mine] = _Scaled(matrix, telling).times(weights)[mine]
    return scores, fold


def _chances_by_fold(scores: Array, truth: Array, fold: Array) -> Array:
    """Chances of each fold by a scale fitted on the others, so that what is said of their error is honest."""
    chances = np.zeros(scores.shape)
    for n in range(FOLDS):
        mine, others = fold == n, (fold >= 0) & (fold != n)
        chances[mine] = chances_of(scores[mine], *calibrated(scores[others], truth[others]))
    return chances
