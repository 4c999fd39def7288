"""
How well and how fast messages are read, on real ones that are not part of the repository: stratified folds with a fixed seed, against the
largest class, the rules of the first day and naive Bayes, all in one process.

    python bench/insight_kind.py --data ../shared/data                     # five folds: a quarter of an hour on one core, with all that was tried
    python bench/insight_kind.py --data ../shared/data --folds 10 --no-curve --no-tried

The original text where there is one, the words where there is none. Near duplicates are told by rare triples of characters that two
messages share (half of the fewer); figures are given with them and without those that resemble a message learned from.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is what is measured

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.reading import learn
from linli.insight.reading.cold import Rules
from linli.insight.reading.families import BITS, FAMILIES
from linli.insight.reading.light import Light
from linli.insight.reading.measures import Measures, measures_of
from linli.insight.reading.model_files import load, save
from linli.insight.reading.pieces import batches, counted, pieces_of
from linli.insight.reading.words import HOUSE, cutter

ROOT = Path(__file__).resolve().parent.parent
Array = Any


def messages(folder: Path) -> tuple[list[str], list[str], Array]:
    """Texts, labels, and whether the text is the original one."""
    csv.field_size_limit(10_000_000)
    with gzip.open(folder / "messages_labelled.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] or row["tokens"] for row in rows], [row["label"] for row in rows], np.array([row["has_raw"] == "1" for row in rows])


def unlabelled(folder: Path) -> list[str]:
    """Further messages of the same kind, without labels."""
    found = []
    for name in ("messages_unlabelled", "hot_topic_messages"):
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            found += [f"{row['留言主题']}\n{row['留言详情']}" for row in csv.DictReader(file)]
    return found


def folds_of(truth: Array, count: int, seed: int) -> Array:
    random = np.random.default_rng(seed)
    fold = np.empty(len(truth), dtype=np.int64)
    for label in np.unique(truth):
        mine = random.permutation(np.flatnonzero(truth == label))
        fold[mine] = (np.arange(len(mine)) + label) % count
    return fold


def resembles_other(texts: list[str], fold: Array) -> Array:
    """Whether a text shares half its rare triples (in 2 to 40 texts) with one of another fold."""
    from scipy.sparse import csr_matrix

    found: list[Array] = []
    at = 0
    triples = next(n for n, family in enumerate(FAMILIES) if family.name == "triple")
    for batch in batches(texts, cutter()):
        key, _count = counted(pieces_of(batch).key)
        part = key >> BITS
        triple = part % len(FAMILIES) == triples
        found.append(np.stack([part[triple] // len(FAMILIES) + at, key[triple] & ((1 << BITS) - 1)]))
        at += len(batch.words)
    text, place = np.concatenate(found, axis=1)
    often = np.bincount(place, minlength=1 << BITS)
    rare = (often[place] >= 2) & (often[place] <= 40)
    has = csr_matrix((np.ones(rare.sum(), dtype=np.float32), (text[rare], place[rare])), shape=(len(texts), 1 << BITS))
    shared = (has @ has.T).tocoo()
    size = np.asarray(has.sum(axis=1)).ravel()
    like = (
        (fold[shared.row] != fold[shared.col]) & (shared.data >= 10) & (shared.data >= 0.5 * np.minimum(size[shared.row], size[shared.col]))
    )
    answer = np.zeros(len(texts), dtype=bool)
    answer[shared.row[like]] = True
    return answer


def line(name: str, found: Measures) -> None:
    print(
        f"{name:44} {found.rows:6} {found.macro_f1:.4f} {found.accuracy:.4f} {found.top3:.4f} {found.calibration_error:.4f}"
        f"   sure {found.sure:.3f} of which right {found.sure_accuracy:.4f}",
        flush=True,
    )


def by_naive_bayes(texts: list[str], truth: Array, fold: Array, classes: int) -> Array:
    """Multinomial naive Bayes on the same weighted pieces (A. McCallum & K. Nigam 1998), smoothing 0.02."""
    _places, _rarity, matrix = learn._matrix(texts, cutter())
    chances = np.zeros((len(truth), classes))
    for n in np.unique(fold):
        mine, others = np.flatnonzero(fold == n), np.flatnonzero(fold != n)
        counts = matrix[others].T @ np.eye(classes, dtype=np.float32)[truth[others]] + 0.02
        prior = np.log(np.bincount(truth[others], minlength=classes) / len(others))
        scores = matrix[mine] @ np.log(counts / counts.sum(axis=0)) + prior
        chances[mine] = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def by_rules(folder: Path, texts: list[str], names: tuple[str, ...]) -> Array:
    """The first day: the published tree of labels as descriptions."""
    told = dict.fromkeys(names, "")
    with (folder / "label_tree.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["level1"] in told:
                told[row["level1"]] += f" {row['level2']} {row['level3']}"
    number = {name: n for n, name in enumerate(names)}
    chances = np.full((len(texts), len(names)), 1e-9)
    for n, reading in enumerate(Rules(told).read(texts)):
        chances[n, [number[label] for label in reading.labels]] += reading.chances
    return chances / chances.sum(axis=1, keepdims=True)


def learned(texts: list[str], labels: list[str], fold: Array, share: float = 1.0) -> Array:
    """Chances of each row by a model learned from the other folds, or a share of them."""
    chances = np.zeros((len(texts), len(set(labels))))
    random = np.random.default_rng(0)
    for n in np.unique(fold):
        mine, others = np.flatnonzero(fold == n), np.flatnonzero(fold != n)
        others = np.sort(random.permutation(others)[: int(share * len(others))])
        model = learn.train([texts[i] for i in others], [labels[i] for i in others])
        chances[mine] = model.chances([texts[i] for i in mine])
    return chances


def changed_texts(texts: list[str]) -> dict[str, list[str]]:
    """The same messages as people also write them, with a fixed seed."""
    import opencc

    random = np.random.default_rng(0)
    traditional = opencc.OpenCC("s2t")
    wide = {n: n + 0xFEE0 for n in range(0x21, 0x7F)}
    common = [chr(n) for n in range(0x4E00, 0x4E00 + 3000)]

    def misspelt(text: str) -> str:
        return "".join(common[random.integers(3000)] if char > "一" and random.random() < 0.05 else char for char in text)

    def shuffled(text: str) -> str:
        return "".join(text[at : at + 2][:: -1 if random.random() < 0.05 else 1] for at in range(0, len(text), 2))

    return {
        "traditional script": [traditional.convert(text) for text in texts],
        "full-width letters and digits": [text.translate(wide) for text in texts],
        "one character in twenty wrong": [misspelt(text) for text in texts],
        "one pair in twenty turned around": [shuffled(text) for text in texts],
        "the first 20 characters alone": [text.replace(" ", "")[:20] for text in texts],
        "the first 60 characters alone": [text.replace(" ", "")[:60] for text in texts],
    }


def robust(texts: list[str], labels: list[str], raw: Array, fold: Array, names: tuple[str, ...]) -> None:
    """One fold's original texts, changed; and texts of a class that was not among those learned."""
    others, mine = np.flatnonzero(fold != 0), np.flatnonzero((fold == 0) & raw)
    model = learn.train([texts[n] for n in others], [labels[n] for n in others])
    truth = np.array([names.index(labels[n]) for n in mine])
    plain = [texts[n] for n in mine]
    print()
    for name, read in {"as written": plain, **changed_texts(plain)}.items():
        line(f"  {name}", measures_of(truth, model.chances(read), names, 2 / 3))
    sure, strange = [], []
    for name in names:
        rest = [n for n in others if labels[n] != name]
        model = learn.train([texts[n] for n in rest], [labels[n] for n in rest])
        for kept, wanted in ((sure, False), (strange, True)):
            read = list(model.read([texts[n] for n in np.flatnonzero(fold == 0) if (labels[n] == name) == wanted], explained=0))
            kept.append((np.mean([r.sure for r in read]), np.mean([r.strange for r in read])))
    print("  one class kept away in turn: of the classes learned {:.3f} sure, {:.3f} strange;".format(*np.mean(sure, axis=0)), end=" ")
    print("of the one kept away {:.3f} sure, {:.3f} strange".format(*np.mean(strange, axis=0)))


def apart(texts: list[str], labels: list[str]) -> str:
    """Processor seconds and most memory of `linli insight train` on these rows, a process of its own, and the size of its file."""
    with tempfile.TemporaryDirectory() as place:
        rows, model = Path(place) / "rows.csv", Path(place) / "model"
        with rows.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *zip(texts, labels, strict=True)])
        words = ("-m", "linli.config.cli", "insight", "train", "--input", rows, "--text", "text", "--label", "label", "--model", model)
        child = subprocess.Popen([sys.executable, *map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL)
        _pid, state, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(state)
        if child.returncode:
            raise SystemExit(f"linli insight train ended with {child.returncode}")
        size = model.stat().st_size / 1e6
    return f"{used.ru_utime + used.ru_stime:.1f} s, {used.ru_maxrss / 1024:.0f} MB at most, file {size:.1f} MB"


def speed(texts: list[str], labels: list[str], folder: Path) -> None:
    """Processor seconds, as neighbours on the machine change them little."""
    start = time.process_time()
    model = learn.train(texts, labels)
    print(f"learning from {len(texts)}: {time.process_time() - start:.1f} s, with chances fitted on three folds")
    more = [*texts, *unlabelled(folder)][:10_000]
    told = [*labels, *(reading.labels[0] for reading in model.read(more[len(texts) :], explained=0))]
    print(f"linli insight train on {len(texts)}, a process of its own: {apart(texts, labels)}")
    print(f"the same on {len(more)} (the further ones labelled by the model): {apart(more, told)}")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model"
        save(model, path)
        start = time.process_time()
        model = load(path)
        print(f"model file {path.stat().st_size / 1e6:.1f} MB, read in {time.process_time() - start:.2f} s")
        light = Light(path)
        short, long = [text[:60] for text in texts[:300]], [text[:1500] for text in texts[:100]]
        for name, read in (("60", short), ("1,500", long)):
            start = time.process_time()
            for text in read:
                light.reading(text)
            print(f"without numpy, texts of up to {name} characters: {1000 * (time.process_time() - start) / len(read):.1f} ms each")
    for name, act in (("label and confidence", model.chances), ("with reasons", lambda rows: list(model.read(rows, explained=1)))):
        start = time.process_time()
        act(texts[:4000])
        print(f"{name}: {4000 / (time.process_time() - start):.0f} messages a second and core")
    start = time.process_time()
    learn.train(texts[:2000], labels[:2000], cut=HOUSE)
    print(f"learning from 2000 with the house's own cutter: {time.process_time() - start:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with complaints_zh")
    options(parser)
    kind(parser.parse_args())


def options(parser: argparse.ArgumentParser) -> None:
    """What `insight.py` hands on."""
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-curve", action="store_true", help="without the learning curve")
    parser.add_argument("--no-tried", action="store_true", help="without the table of all that was tried")
    parser.add_argument("--only-speed", action="store_true")


def kind(asked: argparse.Namespace) -> None:
    """Which category a message is."""
    folder = asked.data / "complaints_zh"
    texts, labels, raw = messages(folder)
    print(
        f"{len(texts)} messages; {os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}"
    )
    speed(texts, labels, folder)
    if asked.only_speed:
        return
    names = tuple(sorted(set(labels)))
    truth = np.array([names.index(label) for label in labels])
    fold = folds_of(truth, asked.folds, asked.seed)
    print(f"\n{f'{asked.folds} folds, seed {asked.seed}':44} {'rows':>6} mF1    acc    top3   ECE")
    largest = np.tile(np.bincount(truth) / len(truth), (len(truth), 1))
    line("the largest class", measures_of(truth, largest, names))
    line("rules from the tree of labels", measures_of(truth, by_rules(folder, texts, names), names))
    line("naive Bayes, same pieces", measures_of(truth, by_naive_bayes(texts, truth, fold, len(names)), names))
    chances = learned(texts, labels, fold)
    found = measures_of(truth, chances, names, 2 / 3)
    line("learned", found)
    alike = resembles_other(texts, fold)
    for name, mine in (
        ("  without near duplicates", ~alike),
        ("  near duplicates", alike),
        ("  original text", raw),
        ("  words only", ~raw),
    ):
        line(name, measures_of(truth[mine], chances[mine], names, 2 / 3))
    for row in found.labels:
        print(f"  {row.label}\t{row.rows}\tprecision {row.precision:.3f} recall {row.recall:.3f} F1 {row.f1:.3f}")
    print("  confused: " + "; ".join(f"{a} as {b} {count}" for a, b, count in found.confused[:6]))
    robust(texts, labels, raw, fold, names)
    if not asked.no_curve:
        for share in (0.125, 0.25, 0.5):
            line(f"learned from {share:.1%} of the folds", measures_of(truth, learned(texts, labels, fold, share), names, 2 / 3))
    if not asked.no_tried:
        words = ("--data", asked.data, "--folds", asked.folds, "--seed", asked.seed)
        subprocess.run([sys.executable, str(ROOT / "bench" / "insight_kind_tried.py"), *map(str, words)], check=True)


if __name__ == "__main__":
    main()
