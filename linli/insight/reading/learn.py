"""
Learning to read from labelled texts: regularised least squares on one target a class (+1 its own, -1 all others), which reads as well as a
support vector machine here and has one optimum that is found by conjugate gradients (R. Rifkin & A. Klautau, "In defense of one-vs-all
classification", JMLR 5, 2004; M. Hestenes & E. Stiefel 1952). Chances are fitted on texts of folds that a model had not seen.

Needs numpy and scipy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from linli.insight.reading.beside import TRIED, Beside, best_of, centre_of, centred, told_of
from linli.insight.reading.calibration import calibrated, chances_of
from linli.insight.reading.doubt import WRONG_COSTS, threshold_of
from linli.insight.reading.families import BITS, FAMILIES
from linli.insight.reading.measures import measures_of
from linli.insight.reading.model import Model, entries_of
from linli.insight.reading.model_files import MOST_PIECES, MOST_WEIGHTS
from linli.insight.reading.pieces import PLACES, Array, batches, counted, pieces_of
from linli.insight.reading.readings import LOWEST
from linli.insight.reading.solving import BLOCK, Joined, Scaled, solved
from linli.insight.reading.words import QUICK, Cut, cutter
from linli.lib.problems import InputProblem

if TYPE_CHECKING:
    from linli.insight.reading.encoder import Encoder

FOLDS: Final = 3
POWER: Final = 0.5
COLUMNS: Final = 16
SMALL_BATCH: Final = (1 << 32 - BITS) // len(FAMILIES) // 2
"""Texts in a batch whose keys fit into 32 bits, as all of them are kept until the last is read."""
LEAST_TEXTS: Final = 2
MOST_LABELS: Final = 2000
STRANGE_SHARE: Final = 0.05
"""Of the texts read rightly so many have a best score below the floor; what stands below is called unlike all that was learned."""
_NOTHING: Final = frozenset({"", "nan"})


def train(
    texts: Sequence[Any],
    labels: Sequence[Any],
    *,
    learned_on: date | None = None,
    wrong_costs: float = WRONG_COSTS,
    separator: str = "",
    descriptions: Mapping[str, str] | None = None,
    cut: str = QUICK,
    encoder: Encoder | None = None,
    seed: int = 0,
) -> Model:
    """
    A model that reads texts as those of `labels`. The same rows give the same model.

    With a `separator` labels are paths of a tree (城乡建设/交通/公交): leaves are learned, and a branch is told where no leaf is sure.
    `descriptions` say in words what belongs to a label: one more text each, which stands in where a label has few texts or none. `cut` names
    the cutter of words (`words.py`): `HOUSE` for a model that `light` is to read exactly as here.

    With an `encoder` its vectors are learned beside the pieces, with the share (`beside.TRIED`) by which most texts not seen are read rightly;
    the model then reads with that encoder only. Where none is better than 0, the model is one without (`facts` tell what was tried).

    Rows without text or without label (None and NaN too) are left out. Raises InputProblem when nothing, or only one class, is left.
    `facts` hold the rows by class and the measures on the folds (each text read by a model that had not seen it).
    """
    rows = [(text, _label(label)) for text, label in zip(texts, labels, strict=True)]
    rows = [(text, label) for text, label in rows if label and _is_text(text)]
    described = [(words, _label(label)) for label, words in (descriptions or {}).items() if _label(label) and _is_text(words)]
    told = [label for _text, label in (*rows, *described)]
    names = tuple(sorted(set(told)))
    _check(len(told), len(names))
    number = {name: n for n, name in enumerate(names)}
    truth = np.array([number[name] for name in told], dtype=np.int64)
    read = [text for text, _label in (*rows, *described)]
    places, rarity, matrix = _matrix(read, cutter(cut))
    vectors = encoder.vectors(read) if encoder else np.zeros((len(read), 0), dtype=np.float32)
    centre = centre_of(vectors)
    vectors = centred(vectors, centre)
    shares = TRIED if vectors.any() else TRIED[:1]
    tables, fold = _held_out(matrix, vectors, shares, truth, len(names), seed, len(rows))
    heard = np.flatnonzero(fold >= 0)
    best = best_of(tables, truth, heard)
    scores, share = tables[best], shares[best]
    slope, offsets = calibrated(scores[heard], truth[heard])
    threshold = threshold_of(wrong_costs)
    facts: dict[str, Any] = {
        "learned_on": learned_on.isoformat() if learned_on else "",
        "rows": len(rows),
        "left_out": len(texts) - len(rows),
        "by_label": {name: int(n) for name, n in zip(names, np.bincount(truth[: len(rows)], minlength=len(names)), strict=True)},
        "threshold": threshold,
        "wrong_costs": wrong_costs,
        "folds": FOLDS,
        "cutter": cut,
    }
    if separator:
        facts["separator"] = separator
    if descriptions:
        facts["described"] = len(described)
    if encoder:
        facts["encoder"] = told_of(encoder, shares, tables, truth, heard, best)
    if len(heard):
        chances = _chances_by_fold(tables if share else tables[:1], truth, fold)
        facts["floor"] = _floor(scores[heard], truth[heard])
        facts["held_out"] = json.loads(json.dumps(asdict(measures_of(truth[heard], chances[heard], names, threshold))))
        if separator:
            facts["by_depth"] = _by_depth(chances[heard], truth[heard], names, separator)
    everything = np.ones(len(truth), dtype=bool)
    scaled, pieces, telling = _scaled(matrix, truth, len(names), everything)
    weights, more = _learned(scaled, vectors, share, truth, len(names), everything)
    del scaled, matrix, vectors  # the largest there are
    kept = np.flatnonzero(telling)
    pieces = pieces[kept]
    beside = Beside(centre, _rounded(more), dict(encoder.files), encoder) if encoder and share else None
    arrays = places[pieces], _rounded(rarity[pieces]), _rounded(telling[kept]), _rounded(weights[kept])
    return Model(names, *arrays, slope, offsets, facts, beside)


def _rounded(array: Array) -> Array:
    """As the file keeps it, so that a model reads the same before it is saved and after."""
    return array.astype(np.float16).astype(np.float32)


def _is_text(text: Any) -> bool:
    return bool(text.strip()) if isinstance(text, str) else text is not None and text == text


def _label(label: Any) -> str:
    told = str(label).strip() if label is not None else ""
    return "" if told.lower() in _NOTHING else told


def _check(rows: int, names: int) -> None:
    if rows < LEAST_TEXTS:
        raise InputProblem("no_rows", "没有可学的行：文字和标签都要有内容。", "Nothing to learn from: rows need a text and a label.")
    if names < 2:
        raise InputProblem("one_label", "只有一种标签，学不出区别，至少要有两种。", "There is only one label; at least two are needed.")
    if names > MOST_LABELS:
        raise InputProblem(
            "many_labels", f"标签超过 {MOST_LABELS} 种，请检查选的列。", f"More than {MOST_LABELS} labels; is it the right column?"
        )


def _floor(scores: Array, truth: Array) -> float:
    """The best score that all but the strangest of the texts read rightly have; not above 0, from where a text is rather of a class than not."""
    best = scores.max(axis=1)[scores.argmax(axis=1) == truth]
    return min(0.0, float(np.quantile(best, STRANGE_SHARE))) if len(best) else LOWEST


def _by_depth(chances: Array, truth: Array, names: tuple[str, ...], separator: str) -> list[float]:
    """The share of texts whose likeliest branch is right, at each depth of the tree from the trunk on."""
    found = []
    for depth in range(1, 1 + max(name.count(separator) for name in names) + 1):
        above = [separator.join(name.split(separator)[:depth]) for name in names]
        branches = sorted(set(above))
        of = np.array([branches.index(name) for name in above])
        whole = np.zeros((len(chances), len(branches)))
        for n, branch in enumerate(of):
            whole[:, branch] += chances[:, n]
        found.append(round(float((whole.argmax(axis=1) == of[truth]).mean()), 4))
    return found


def _matrix(texts: Sequence[Any], cut: Cut) -> tuple[Array, Array, Any]:
    """Pieces that at least two texts have: their places, inverse document frequencies, and the texts by them (CSR, one row a text)."""
    seen = np.zeros(PLACES, dtype=np.int32)
    parts: list[tuple[Array, Array, int]] = []
    for batch in batches(texts, cut, most=SMALL_BATCH):
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
    How much each piece (pieces,) tells of the class, from the rows that are `heard`: the divergence of the classes of the texts that have
    it from those of all texts (S. Kullback & R. Leibler 1951), each held towards all by two texts, to the power `POWER`; 0 for those that
    find no room.
    """
    often = _often(matrix, heard)
    usual = np.maximum(np.bincount(truth[heard], minlength=classes) / max(int(heard.sum()), 1), 1e-6).astype(np.float32)
    divergence = np.zeros(matrix.shape[1], dtype=np.float32)
    for n in range(classes):  # a table of all pieces and classes may be large
        share = _often(matrix, heard & (truth == n))
        share += 2 * usual[n]
        share /= often + 2
        divergence += share * np.log(share / usual[n])
    much: Array = (np.maximum(divergence, 0) + 0.05).astype(np.float32) ** POWER
    room = min(MOST_PIECES, MOST_WEIGHTS // classes)
    if len(much) > room:  # what is met seldom and tells little goes, so that the file stays small
        much[np.argpartition(often * much, len(much) - room)[: len(much) - room]] = 0
    return much


def _often(matrix: Any, rows: Array) -> Array:
    """In how many of the rows that are marked a piece occurs (pieces,)."""
    found = np.zeros(matrix.shape[1], dtype=np.float32)
    numbers = np.flatnonzero(rows)
    for at in range(0, len(numbers), BLOCK):
        found += np.bincount(matrix[numbers[at : at + BLOCK]].indices, minlength=len(found))
    return found


def _blocks(classes: int) -> list[slice]:
    return [slice(at, min(at + COLUMNS, classes)) for at in range(0, classes, COLUMNS)]


def _scaled(matrix: Any, truth: Array, classes: int, heard: Array) -> tuple[Scaled, Array, Array]:
    """From the rows that are `heard`: `matrix` as it is read by, the numbers of its pieces, how much each tells (0: nothing, it is not kept)."""
    telling = _telling(matrix, truth, classes, heard)
    pieces = np.arange(len(telling))
    if np.count_nonzero(telling) < len(telling) // 2:  # a copy of the few costs less than a table of weights of all
        pieces = np.flatnonzero(telling)
        matrix, telling = matrix[:, pieces], telling[pieces]
    return Scaled(matrix, telling), pieces, telling


def _learned(scaled: Scaled, vectors: Array, share: float, truth: Array, classes: int, heard: Array) -> tuple[Array, Array]:
    """From the rows that are `heard`: the weights of the pieces (pieces, classes) and of the vectors (dimension, classes), which have `share`."""
    targets = _targets(truth, classes)
    weights, more = np.empty((scaled.pieces, classes), dtype=np.float32), np.zeros((vectors.shape[1], classes), dtype=np.float32)
    both = Joined(scaled, vectors, share) if share else scaled
    for columns in _blocks(classes):
        duals = solved(both, targets[:, columns], heard)
        weights[:, columns] = scaled.turned(duals)
        if share:
            weights[:, columns] *= np.float32(1 - share)
            more[:, columns] = np.float32(share) * (vectors.T @ duals)
    return weights, more


def _folds(truth: Array, seed: int) -> Array:
    """The fold of each row, -1 for classes with fewer rows than folds; every class is spread evenly."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    sizes = np.bincount(truth, minlength=1)
    place = np.arange(len(truth)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    fold = np.empty(len(truth), dtype=np.int64)
    fold[order] = place % FOLDS
    fold[sizes[truth] < FOLDS] = -1
    return fold


def _held_out(
    matrix: Any, vectors: Array, shares: Sequence[float], truth: Array, classes: int, seed: int, rows: int
) -> tuple[list[Array], Array]:
    """
    For each share of the vectors scores of every row (all, classes) by a model that had not seen it, and the row's fold. Rows of fold -1
    help all models and are not scored: those of rare classes, and what stands after the first `rows`.
    """
    fold = np.append(_folds(truth[:rows], seed), np.full(len(truth) - rows, -1)).astype(np.int64)
    tables = [np.zeros((len(truth), classes), dtype=np.float32) for _share in shares]
    for n in range(FOLDS):
        mine = fold == n
        if mine.any() and not mine.all():
            scaled, _pieces, _much = _scaled(matrix, truth, classes, ~mine)
            for share, scores in zip(shares, tables, strict=True):
                weights, more = _learned(scaled, vectors, share, truth, classes, ~mine)
                scores[mine] = scaled.times(weights)[mine]
                if share:
                    scores[mine] += vectors[mine] @ more
                del weights
            del scaled
    return tables, fold


def _chances_by_fold(tables: Sequence[Array], truth: Array, fold: Array) -> Array:
    """Chances of each fold by a share and a scale fitted on the others, so that what is said of their error is honest."""
    chances = np.zeros(tables[0].shape)
    for n in range(FOLDS):
        mine, others = fold == n, np.flatnonzero((fold >= 0) & (fold != n))
        scores = tables[best_of(tables, truth, others)]
        chances[mine] = chances_of(scores[mine], *calibrated(scores[others], truth[others]))
    return chances
