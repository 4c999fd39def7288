"""
What else was tried for reading, on the folds of `insight_kind.py`: each way learned and read anew in every fold, scores without calibration.

    python bench/insight_kind_tried.py --data ../shared/data                          # ten minutes on one core
    python bench/insight_kind_tried.py --data ../shared/data --only taken,"digits"    # the ways whose names begin so

Pieces are known here by their characters, so that none fall together as hashes may. Rarities, pieces and what they tell come from the rows learned from alone.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Final

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.sparse import csr_matrix, hstack

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from insight_kind import folds_of, messages, unlabelled

from linli.insight.reading.calibration import chances_of
from linli.insight.reading.measures import measures_of
from linli.insight.reading.words import cutter, words_of

ROOT: Final = Path(__file__).resolve().parent.parent
Array = Any
RIDGE, NEAR = 0.15, 0.05
TAKEN: Final = {"word": 1.0, "char1": 0.5, "char2": 1.0, "char3": 1.0, "first24": 1.0}
WIDER: Final = {
    "pairs of the last 40 characters too": {"last40": 0.5},
    "pairs of the last 120 characters too": {"last120": 0.5},
    "pairs of the first 80 characters too": {"first80": 1.0},
    "pairs of words too": {"words2": 0.5},
    "four characters too": {"char4": 0.5},
}


def occurrences(words: list[str], family: str) -> list[str]:
    """The pieces of one text; `last` and `first` are pairs of a window."""
    plain = "".join(words)
    if family == "word":
        return words
    if family == "words2":
        return [f"{a} {b}" for a, b in pairwise(words)]
    if family.startswith("first"):
        plain = plain[: int(family[5:])]
    if family.startswith("last"):
        plain = plain[-int(family[4:]) :]
    size = int(family[4:]) if family.startswith("char") else 2
    return [plain[n : n + size] for n in range(len(plain) - size + 1)]


class Counts:
    """How often each text has each piece of a family, made when first asked for."""

    def __init__(self, words: list[list[str]]) -> None:
        self.words, self._made = words, dict[str, Any]()

    def of(self, family: str) -> Any:
        if family not in self._made:
            number: dict[str, int] = {}
            found = [[number.setdefault(part, len(number)) for part in occurrences(row, family)] for row in self.words]
            text = np.repeat(np.arange(len(found)), [len(row) for row in found])
            piece = np.fromiter(chain.from_iterable(found), dtype=np.int32, count=len(text))
            made = csr_matrix((np.ones(len(piece), dtype=np.float32), (text, piece)), shape=(len(found), len(number)))
            made.sum_duplicates()
            often = np.bincount(made.indices, minlength=len(number))
            self._made[family] = made[:, np.flatnonzero(often >= 2)].tocsr()
        return self._made[family]


def values(counts: Counts, families: dict[str, float], learn: Array, *, binary: bool = False, least: int = 2) -> Any:
    """All texts by the pieces that `least` texts of those learned from have: (1 + ln count) · rarity, each family of its length."""
    found = []
    for family, weight in families.items():
        table = counts.of(family)
        often = np.bincount(table[learn].indices, minlength=table.shape[1])
        kept = np.flatnonzero(often >= least)
        table = table[:, kept].tocsr()
        rarity = (np.log((1 + len(learn)) / (1 + often[kept])) + 1).astype(np.float32)
        table.data = (1.0 if binary else 1 + np.log(table.data)) * rarity[table.indices]
        found.append(long_as(table, (weight / sum(families.values())) ** 0.5))
    return hstack(found, format="csr", dtype=np.float32)


def long_as(table: Any, length: float) -> Any:
    whole = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table.data *= np.repeat((length / np.where(whole > 0, whole, 1)).astype(np.float32), np.diff(table.indptr))
    return table


class Fold:
    """One fold: `learn` and `mine` are row numbers; `table` the texts by what was taken, `plain` before pieces are weighed."""

    def __init__(self, counts: Counts, truth: Array, learn: Array, mine: Array, classes: int) -> None:
        self.counts, self.truth, self.learn, self.mine, self.classes = counts, truth, learn, mine, classes
        self.targets = np.where(truth[:, None] == np.arange(classes), 1.0, -1.0).astype(np.float32)
        self.plain = values(counts, TAKEN, learn)
        self.by_class = self.often(self.plain)
        self.table = self.weighed(self.plain, self.telling())

    def often(self, table: Any) -> Array:
        """In how many texts of each class a piece occurs, of those learned from."""
        there = table[self.learn]
        there.data = np.ones_like(there.data)
        return there.T @ (self.targets[self.learn] > 0).astype(np.float32)

    def telling(self, by_class: Array | None = None, *, shrink: float = 2, least: float = 0.05, only: Array | None = None) -> Array:
        """The root of the divergence; between `only` some classes where they are named."""
        by_class = self.by_class if by_class is None else by_class
        usual = np.bincount(self.truth[self.learn], minlength=self.classes).astype(np.float32)
        if only is not None:
            by_class, usual = by_class[:, only], usual[only]
        usual = usual / usual.sum()
        share = (by_class + shrink * usual) / (by_class.sum(axis=1, keepdims=True) + shrink)
        return np.sqrt(np.maximum((share * np.log(share / usual)).sum(axis=1), 0) + least).astype(np.float32)

    def weighed(self, table: Any, telling: Array) -> Any:
        table = table.copy()
        table.data *= telling[table.indices]
        return long_as(table, 1.0)

    def read(self, table: Any, **how: Any) -> Array:
        rows = table[self.learn]
        return table[self.mine] @ (rows.T @ solved(rows, how.pop("targets", self.targets[self.learn]), **how))


def solved(
    rows: Any, targets: Array, heard: Array | float = 1.0, *, ridge: float = RIDGE, near: float = NEAR, more: Array | None = None
) -> Array:
    """Duals of regularised least squares by conjugate gradients, as `solving.solved`; `more` (rows, n) are further directions."""
    turned = rows.T
    targets = (targets * heard).astype(np.float32)
    found, rest, way = np.zeros_like(targets), targets.copy(), targets.copy()
    length = (rest * rest).sum(axis=0)
    enough = length * near**2
    for _n in range(60):
        image = rows @ (turned @ way) + (0 if more is None else more @ (more.T @ way))
        image = heard * image + np.float32(ridge) * way
        step = length / np.maximum((way * image).sum(axis=0), 1e-30)
        found += step * way
        rest -= step * image
        before, length = length, (rest * rest).sum(axis=0)
        if (length <= enough).all():
            break
        way = rest + length / np.maximum(before, 1e-30) * way
    return found


# ── the ways ──

Way = Callable[[Fold], Array]


def hinge(fold: Fold) -> Array:
    """Squared hinge: what is beyond its margin no longer pulls (S. Keerthi & D. DeCoste, JMLR 6, 2005)."""
    rows, targets = fold.table[fold.learn], fold.targets[fold.learn]
    heard = np.ones_like(targets)
    for _n in range(5):
        weights = rows.T @ solved(rows, targets, heard)
        heard = (targets * (rows @ weights) < 1).astype(np.float32)
    return fold.table[fold.mine] @ weights


def opponents(own: bool) -> Way:
    """A reader for each pair of classes, what pieces tell weighed for the `own` pair or for all; margins summed."""

    def way(fold: Fold) -> Array:
        found = np.zeros((len(fold.mine), fold.classes))
        for a in range(fold.classes):
            for b in range(a + 1, fold.classes):
                rows = fold.learn[(fold.truth[fold.learn] == a) | (fold.truth[fold.learn] == b)]
                table = fold.weighed(fold.plain, fold.telling(only=np.array([a, b]))) if own else fold.table
                targets = np.where(fold.truth[rows] == a, 1, -1)[:, None]
                margin = np.clip((table[fold.mine] @ (table[rows].T @ solved(table[rows], targets)))[:, 0], -1, 1)
                found[:, a] += margin
                found[:, b] -= margin
        return found

    return way


def each_class(fold: Fold) -> Array:
    """What pieces tell weighed for each class against all others (close to NB-SVM: S. Wang & C. Manning, ACL 2012)."""
    found = []
    for n in range(fold.classes):
        against = np.stack([fold.by_class[:, n], fold.by_class.sum(axis=1) - fold.by_class[:, n]], axis=1)
        share = np.array([(fold.truth[fold.learn] == n).mean()])
        usual = np.append(share, 1 - share).astype(np.float32)
        chance = (against + 2 * usual) / (against.sum(axis=1, keepdims=True) + 2)
        telling = np.sqrt(np.maximum((chance * np.log(chance / usual)).sum(axis=1), 0) + 0.05).astype(np.float32)
        found.append(fold.read(fold.weighed(fold.plain, telling), targets=fold.targets[fold.learn][:, [n]]))
    return np.hstack(found)


def multinomial(fold: Fold) -> Array:
    """Multinomial logistic regression, ridge 0.02."""
    from scipy.optimize import minimize

    rows, wanted = fold.table[fold.learn], fold.targets[fold.learn] > 0
    turned = rows.T.tocsr()

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(-1, fold.classes).astype(np.float32)
        chances = chances_of(rows @ weights, 1.0, np.zeros(fold.classes))
        steep = (turned @ (chances - wanted) + 0.02 * weights).ravel()
        return float(-np.log(np.maximum(chances[wanted], 1e-30)).sum() + 0.01 * (weights**2).sum()), steep.astype(np.float64)

    best = minimize(loss, np.zeros(rows.shape[1] * fold.classes), jac=True, method="L-BFGS-B", options={"maxiter": 40, "maxcor": 6})
    return fold.table[fold.mine] @ best.x.reshape(-1, fold.classes).astype(np.float32)


def inner_scores(fold: Fold) -> Array:
    """Scores of the rows learned from, each by a reader that had not seen it (four inner folds)."""
    part = np.random.default_rng(1).permutation(len(fold.learn)) % 4
    found = np.zeros((len(fold.learn), fold.classes), dtype=np.float32)
    for n in range(4):
        inner = Fold(fold.counts, fold.truth, fold.learn[part != n], fold.learn[part == n], fold.classes)
        found[part == n] = inner.read(inner.table)
    return found


def softened(fold: Fold) -> Array:
    targets = 0.8 * fold.targets[fold.learn] + 0.2 * np.clip(inner_scores(fold), -1, 1)
    return fold.read(fold.table, targets=targets)


def cleaned(fold: Fold) -> Array:
    """Rows whose label an inner reader finds 0.8 worse than another are left out."""
    scores, own = inner_scores(fold), fold.targets[fold.learn] > 0
    kept = scores[own] - np.where(own, -9, scores).max(axis=1) > -0.8
    return fold.read(fold.table, heard=kept[:, None].astype(np.float32))


def offset(fold: Fold) -> Array:
    """Offsets of the classes that read inner folds best (accuracy and macro-F1 together), class by class."""
    scores, truth = inner_scores(fold), fold.truth[fold.learn]
    names = tuple(map(str, range(fold.classes)))
    best = np.zeros(fold.classes)

    def good(offsets: Array) -> float:
        found = measures_of(truth, chances_of(scores, 5.0, 5 * offsets), names)
        return found.accuracy + found.macro_f1

    for _round in range(2):
        for n in range(fold.classes):
            tried = [best + step * np.eye(fold.classes)[n] for step in np.arange(-0.12, 0.13, 0.03)]
            best = max(tried, key=good)
    return fold.read(fold.table) + best


def nearest(fold: Fold) -> Array:
    """The 30 most alike, by the cube of their likeness, a tenth beside what was taken."""
    alike = np.asarray((fold.table[fold.mine] @ fold.table[fold.learn].T).todense())
    first = np.argsort(-alike, axis=1)[:, :30]
    weight = np.take_along_axis(alike, first, axis=1) ** 3
    told = np.stack([(weight * (fold.truth[fold.learn][first] == n)).sum(axis=1) for n in range(fold.classes)], axis=1)
    return fold.read(fold.table) + 0.1 * told / np.maximum(told.sum(axis=1, keepdims=True), 1e-9)


def varied(**how: Any) -> Way:
    """The same with another telling, ridge or end."""
    telling = {name: how.pop(name) for name in ("shrink", "least") if name in how}
    return lambda fold: fold.read(fold.weighed(fold.plain, fold.telling(**telling)), **how)


def other(families: dict[str, float], **how: Any) -> Way:
    def way(fold: Fold) -> Array:
        table = values(fold.counts, families, fold.learn, **how)
        return fold.read(fold.weighed(table, fold.telling(fold.often(table))))

    return way


def along(places: Array, weight: float) -> Way:
    """Directions of the texts without labels beside the pieces."""

    def way(fold: Fold) -> Array:
        more = (places * np.float32(weight**0.5)).astype(np.float32)
        rows = fold.table[fold.learn]
        duals = solved(rows, fold.targets[fold.learn], more=more[fold.learn])
        return fold.table[fold.mine] @ (rows.T @ duals) + more[fold.mine] @ (more[fold.learn].T @ duals)

    return way


def directions(words: list[list[str]], labelled: int, count: int = 300) -> Array:
    """Where all texts lie along the main directions of those without labels: words and pairs, randomised (N. Halko et al., SIAM Review 53, 2011)."""
    counts, found = Counts(words), []
    for family in ("word", "char2"):
        table = counts.of(family)
        often = np.bincount(table.indices, minlength=table.shape[1])
        kept = np.flatnonzero((often >= 5) & (often < 0.4 * len(words)))
        table = table[:, kept].tocsr()
        table.data = ((1 + np.log(table.data)) * np.log(len(words) / often[kept])[table.indices]).astype(np.float32)
        found.append(long_as(table, 1.0))
    whole = hstack(found, format="csr", dtype=np.float32)
    rows = whole[labelled:]
    basis = np.random.default_rng(0).normal(size=(whole.shape[1], count + 30)).astype(np.float32)
    for _n in range(3):
        basis = np.linalg.qr(rows.T @ np.linalg.qr(rows @ basis)[0])[0]
    turn = np.linalg.svd(rows @ basis, full_matrices=False)[2]
    places = (whole[:labelled] @ (basis @ turn.T))[:, :count]
    return places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)


def ways(folder: Path, wanted: Callable[[str], bool], words: list[list[str]]) -> Iterator[tuple[str, Way, list[list[str]]]]:
    """Name, way, and the words it reads."""
    named: dict[str, Way] = {
        "taken": lambda fold: fold.read(fold.table),
        "ridge 0.08": varied(ridge=0.08),
        "ridge 0.3": varied(ridge=0.3),
        "ended later (0.02)": varied(near=0.02),
        "ended sooner (0.15)": varied(near=0.15),
        **{f"telling held by {n} texts": varied(shrink=n) for n in (0.5, 1, 4, 8)},
        "telling at least 0.02": varied(least=0.02),
        "telling at least 0.15": varied(least=0.15),
        "telling of each class (NB-SVM)": each_class,
        "squared hinge": hinge,
        "multinomial logistic": multinomial,
        "opponent pairs, own telling": opponents(True),
        "opponent pairs, same telling": opponents(False),
        "targets softened by inner folds": softened,
        "rows that look mislabelled left out": cleaned,
        "offsets chosen on inner folds": offset,
        "pieces there or not": other(TAKEN, binary=True),
        "pieces of three texts on": other(TAKEN, least=3),
        **{name: other({**TAKEN, **more}) for name, more in WIDER.items()},
        "with the thirty nearest": nearest,
    }
    yield from ((name, way, words) for name, way in named.items() if wanted(name))
    if wanted("without single digits"):
        yield "without single digits", named["taken"], [[w for w in row if not (len(w) == 1 and w.isdigit())] for row in words]
    if wanted("directions"):
        with gzip.open(folder / "messages_with_replies.csv.gz", "rt", encoding="utf-8", newline="") as file:
            replied = [f"{row['留言主题']}\n{row['留言详情']}" for row in csv.DictReader(file)]
        cut = cutter()
        places = directions([*words, *(words_of(text, cut) for text in (*unlabelled(folder), *replied))], len(words))
        for count, weight in ((300, 0.1), (300, 0.3), (100, 0.3)):
            yield f"directions of unlabelled texts, {count} at {weight}", along(places[:, :count], weight), words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with complaints_zh")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="beginnings of names, with commas; all")
    asked = parser.parse_args()
    folder = asked.data / "complaints_zh"
    texts, labels, _raw = messages(folder)
    names = tuple(sorted(set(labels)))
    truth = np.array([names.index(label) for label in labels])
    fold = folds_of(truth, asked.folds, asked.seed)
    only = [part.strip() for part in asked.only.split(",") if part.strip()]
    cut = cutter()
    words = [words_of(text, cut) for text in texts]
    kept: dict[int, list[Fold]] = {}
    print(f"{f'tried, {asked.folds} folds, seed {asked.seed}':48} mF1    acc    top3")
    for name, way, read in ways(folder, lambda name: not only or any(name.startswith(part) for part in only), words):
        if id(read) not in kept:
            kept.clear()
            counts = Counts(read)
            kept[id(read)] = [
                Fold(counts, truth, np.flatnonzero(fold != n), np.flatnonzero(fold == n), len(names)) for n in range(asked.folds)
            ]
        scores = np.zeros((len(truth), len(names)))
        for one in kept[id(read)]:
            scores[one.mine] = way(one)
        found = measures_of(truth, chances_of(scores, 1.0, np.zeros(len(names))), names)
        print(f"{name:48} {found.macro_f1:.4f} {found.accuracy:.4f} {found.top3:.4f}", flush=True)


if __name__ == "__main__":
    main()
