"""
Is it the same matter: how well it is told on real records that are not part of the repository, and how fast on a million made-up messages.

    python bench/insight_same.py --data ../shared/data --only topics,repeats     # a minute or two on one core
    python bench/insight_same.py --only speed                                    # a million messages: a quarter of an hour, 3 GB of disk
    python bench/insight_same.py --only speed --messages 100000

Every figure stands beside its limit where the project set one.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is what is measured

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.same import marks, near, pieces, tables
from linli.insight.same.index import Index
from linli.insight.same.reports import Report

Array = Any

# --- same events: hot topics ----------------------------------------------------------------------------------------
# Groups of one event each: the place stands in the title, the complaint in title or the first 300 characters. Places and
# complaints are those of the published lists of hottest topics of this data set and of the largest further clusters.
TOPICS = {
    "concrete plant at 丽发新城": ("丽发新城|暮云街道", "搅拌|砼|水泥厂|沙石|粉尘|灰尘"),
    "parking sold with flats, 伊景园滨河苑": ("伊景园|滨河苑", "车位|捆绑|强制"),
    "smoke and noise, 魅力之城": ("魅力之城", "油烟|烧烤|夜宵|宵夜|餐饮|餐馆|扰民"),
    "fraud, 58车贷": ("58车贷", "诈骗|立案|案|骗"),
    "subsidy for buying a flat": ("人才", "购房补贴|购房的补贴|购房补助|新政"),
    "smoke, 辉煌国际城": ("辉煌国际", "油烟|餐饮|烧烤|居民楼"),
    "forced internship, 经济学院": ("经济学院", "实习"),
    "泉星公园": ("泉星公园", "."),
    "五矿万境": ("五矿万境", "."),
    "railway beside 绿地海外滩": ("绿地海外滩|渝长厦", "高铁|距离"),
}


def topic_messages(data: Path) -> list[tuple[str, str]]:
    """Title and text of each message, white space taken out."""
    csv.field_size_limit(10_000_000)
    with gzip.open(data / "complaints_zh" / "hot_topic_messages.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [(re.sub(r"\s+", "", row["留言主题"]), re.sub(r"\s+", "", row["留言详情"])) for row in csv.DictReader(file)]


def groups_of(messages: list[tuple[str, str]]) -> dict[str, list[int]]:
    return {
        name: [n for n, (title, text) in enumerate(messages) if re.search(place, title) and re.search(about, title + text[:300])]
        for name, (place, about) in TOPICS.items()
    }


def measured(groups: dict[str, list[int]], find: Callable[[int], list[int]], label: str) -> None:
    """Each message of a group asks for the ten most alike: how many of its group (at most ten) come, how early, and whether first."""
    member = {n: name for name, numbers in groups.items() for n in numbers}
    recall, precision, first = [], [], []
    for name, numbers in groups.items():
        for n in numbers:
            hit = [member.get(other) == name for other in find(n)][:10]
            most = min(10, len(numbers) - 1)
            recall.append(sum(hit) / most)
            precision.append(sum(sum(hit[: k + 1]) / (k + 1) for k in range(len(hit)) if hit[k]) / most)
            first.append(bool(hit) and hit[0])
    print(f"{label:52} {np.mean(recall):.3f} {np.mean(precision):.3f} {np.mean(first):.3f}", flush=True)


def topics(data: Path) -> None:
    messages = topic_messages(data)
    groups = groups_of(messages)
    print(f"\nSame events: {len(messages)} messages, {len(groups)} groups of {sum(map(len, groups.values()))} messages")
    print(f"{'':52} recall@10, mean average precision@10, first is of the group")
    reports = [Report(str(n), f"{title}\n{text}") for n, (title, text) in enumerate(messages)]
    exact = exact_finders(messages)
    for label, find in exact.items():
        measured(groups, find, label)
    measured(groups, by_signatures(reports), "signatures (128 min-hashes, 32 bands of 4), exact after")
    same_text: dict[str, list[int]] = defaultdict(list)
    for n, (_title, text) in enumerate(messages):
        same_text[text].append(n)
    repeated = [numbers for numbers in same_text.values() if len(numbers) > 1]
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder) / "topics.same", write=True) as index:
        index.add(reports)

        def found(n: int, top: int = 10) -> list[int]:
            return [int(one.id) for one in index.find(reports[n], top=top)]

        measured(groups, found, f"the index ({pieces.HEAD} + {pieces.REST} characters, lists)")
        asked = [(n, numbers) for numbers in repeated for n in numbers]
        hits = sum(any(other in numbers for other in found(n, 3)) for n, numbers in asked)
        print(f"messages whose text another repeats word for word: {len(asked)}; a copy among the first three for {hits}")
        others = {n: found(n, 50) for numbers in groups.values() for n in numbers}
    some = np.random.default_rng(0)

    def nearby(n: int) -> list[int]:
        """As a page asks: the group's others hidden among the 25 most alike of other groups and 60 by chance."""
        own = next(numbers for numbers in groups.values() if n in numbers)
        crowd = [*own, *[m for m in others[n] if m not in own][:25], *some.choice(len(reports), 60, replace=False).tolist()]
        return [int(one.id) for one in near.find_near(reports[n], [reports[m] for m in dict.fromkeys(crowd)], top=10)]

    measured(groups, nearby, "what pages use, among the 25 most alike and 60 others")


def exact_finders(messages: list[tuple[str, str]]) -> dict[str, Callable[[int], list[int]]]:
    """Everything compared with everything: what the lists lose is the difference."""
    from scipy.sparse import csr_matrix, diags

    def matrix(texts: list[str], rest: int = pieces.REST) -> Any:
        found = [part & pieces.PIECE for part in pieces.pieces_of(texts, rest)]
        of = np.repeat(np.arange(len(found)), [len(part) for part in found])
        return csr_matrix((np.ones(len(of), dtype=np.float32), (of, np.concatenate(found))), shape=(len(found), pieces.PLACES))

    long, head = pieces.REST, pieces.HEAD
    whole = matrix([f"{title}\n{text}" for title, text in messages], 100_000)
    cut, title = matrix([f"{title}\n{text}" for title, text in messages]), matrix([title[:head] for title, _text in messages])
    often = np.asarray(whole.sum(axis=0)).ravel()
    rarity = diags(np.log((len(messages) + 1) / (often + 0.5)).clip(0.05))

    def by_cosine(counts: Any) -> Callable[[int], list[int]]:
        weighed = (counts @ rarity).tocsr()
        size = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        scaled = diags(1 / np.maximum(size, 1e-9)) @ weighed
        return lambda n: ranked(np.asarray((scaled @ scaled[n].T).todense()).ravel(), n)

    def by_overlap(counts: Any) -> Callable[[int], list[int]]:
        weighed = (counts @ rarity).tocsr()
        size = np.asarray(weighed.sum(axis=1)).ravel()

        def find(n: int) -> list[int]:
            shared = np.asarray((counts @ weighed[n].T).todense()).ravel()
            both, less = size + size[n] - shared, np.minimum(size, size[n])
            return ranked((shared / np.maximum(both, 1e-9) + shared / np.maximum(less, 1e-9)) / 2, n)

        return find

    return {
        "all of the text, Jaccard and overlap": by_overlap(whole),
        "all of the text, cosine": by_cosine(whole),
        f"title and {long} characters, cosine": by_cosine(cut),
        "title alone, cosine": by_cosine(title),
        "the same, the title three times": by_cosine(cut + 2 * title),
        "the same, the title five times": by_cosine(cut + 4 * title),
    }


def ranked(values: Array, own: int) -> list[int]:
    values[own] = -1
    return np.argsort(-values, kind="stable")[:10].tolist()


def by_signatures(reports: list[Report], bands: int = 32, rows: int = 4) -> Callable[[int], list[int]]:
    """Min-hash signatures in bands (A. Broder 1997; P. Indyk & R. Motwani 1998): what collides is compared by Jaccard."""
    random = np.random.default_rng(0)
    factors = random.integers(1, 1 << 61, bands * rows, dtype=np.uint64) | np.uint64(1)
    sets = [part & pieces.PIECE for part in pieces.pieces_of([report.text for report in reports])]
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    signatures = []
    for n, own in enumerate(sets):
        spread = (own.astype(np.uint64)[:, None] + np.uint64(1)) * factors
        signature = (spread ^ (spread >> np.uint64(29))).min(axis=0) if len(own) else np.zeros(len(factors), dtype=np.uint64)
        signatures.append(signature)
        for band in range(bands):
            buckets[band, signature[band * rows : (band + 1) * rows].tobytes()].append(n)

    def find(n: int) -> list[int]:
        keys = ((band, signatures[n][band * rows : (band + 1) * rows].tobytes()) for band in range(bands))
        others = {other for key in keys for other in buckets[key]} - {n}
        worth = {other: len(np.intersect1d(sets[n], sets[other])) / max(1, len(np.union1d(sets[n], sets[other]))) for other in others}
        return sorted(worth, key=lambda other: -worth[other])[:10]

    return find


# --- repeats that clerks marked: requests of a city ------------------------------------------------------------------
GROUPS = ("case_title", "queue", "neighborhood")
WRITTEN = re.compile(r"\bdup|case exists already|already (?:created|reported)", re.IGNORECASE)
"""How clerks say in their closing words that another case is the same, beside the form of words by which repeats are marked."""


def requests_of(data: Path, *, every_point: bool = False, also_written: bool = False) -> marks.Records:
    """
    The requests with what clerks marked (`also_written`: and what they wrote off as a repeat in other words). Those without an address carry one default point, which is left out (unless `every_point`): it
    would put 1,375 unrelated requests on one spot.
    """
    folder = data / "requests_311"
    with (folder / "boston_2011_q3_duplicates.csv").open(encoding="utf-8", newline="") as file:
        named = {row["case_enquiry_id"]: row["original_case_id"] for row in csv.DictReader(file)}
    with gzip.open(folder / "boston_2011_q3.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def report(row: dict[str, str]) -> Report:
        there = every_point or row["location"].strip()
        point = (float(row["latitude"]), float(row["longitude"])) if there else None
        at, closed = tables.moment(row["open_dt"], 0), tables.moment(row["closed_dt"].strip(), 0)
        return Report(row["case_enquiry_id"], "", at, point, row["type"], row["location"].strip(), closed_at=closed)

    ids = [row["case_enquiry_id"] for row in rows]
    groups = [[row[name] for row in rows] for name in GROUPS]
    marked = [i in named or (also_written and bool(WRITTEN.search(row["closure_reason"]))) for i, row in zip(ids, rows, strict=True)]
    return marks.records_of([report(row) for row in rows], marked, [named.get(i, "") for i in ids], [row["source"] for row in rows], groups)


def repeats(data: Path, first_day: str = "2011-08-01") -> None:
    """Learned until the day, and from then on only from what was marked before; figures from the day on."""
    raw = requests_of(data, every_point=True)
    rule = marks.by_rule(raw, marks.near_pairs(raw, metres=30.0, days=14.0))
    hits = int((rule & raw.marked).sum())
    print(f"\nRepeats: {len(raw.ids)} requests, {int(raw.marked.sum())} marked; the rule (same type, 30 m, 14 days before) on all of them")
    print(
        f"takes {int(rule.sum())}: precision {hits / rule.sum():.3f}, recall {hits / raw.marked.sum():.3f}; precision is counted against clerks' marks only"
    )
    records = requests_of(data)
    first = float(tables.moment(first_day, 0) or 0)
    began = time.process_time()
    figures, card = marks.evaluate(records, first)
    print(
        f"from {first_day} on: {figures['reports']} requests, {figures['marked']} marked ({time.process_time() - began:.0f} s of processor)"
    )
    print(f"  the rule: {figures['rule']}")
    alone = figures["rule"]["precision"]
    for row in figures["learned"]:
        print(
            f"  learned: recall {row['recall']:.2f} precision {row['precision']:.3f}, {row['precision'] / alone:.1f} times the rule's, {row['precision'] / 0.0824:.1f} times 0.082"
        )
    print(f"  the named original, where it came before: {figures['originals']} (goal: among the first three for 0.70)")
    pairs = marks.near_pairs(records)
    later = records.at >= first
    scores = marks.told_in_time(records, pairs, first)
    for label, part in (("August", records.at < first + 31 * 86_400), ("September", records.at >= first + 31 * 86_400)):
        inside = later & part
        print(f"  {label} alone ({int((records.marked & inside).sum())} marked): precision {curve(scores[inside], records.marked[inside])}")
    plain = replace(records, groups=())
    print(f"  without queue, district and title: precision {curve(marks.told_in_time(plain, pairs, first)[later], records.marked[later])}")
    once = marks.told_in_time(records, pairs, first, every=1000.0)
    print(f"  learned once, from what came before that day, and never again: precision {curve(once[later], records.marked[later])}")
    also_written(data, records, scores, first)
    seen = np.zeros(len(records.ids), dtype=bool)
    seen[pairs.later[pairs.same_kind & pairs.open]] = True
    print(
        f"  marked with an earlier open one of their type within 250 m: {(seen & records.marked & later).sum() / (records.marked & later).sum():.3f}"
    )
    after = (records.original > np.arange(len(records.ids))) & later
    print(f"  marked as repeats of one that came after them: {int(after.sum())} of {int(((records.original >= 0) & later).sum())} named")
    print(
        "  points of the scorecard: " + "; ".join(f"{name} " + " ".join(f"{p:+.1f}" for p in t.points) for name, t in card.tables.items())
    )


def curve(scores: Array, marked: Array) -> str:
    return ", ".join(f"{p:.3f} at {r:.2f}" for r, p in marks.precision_at(scores, marked))


def also_written(data: Path, records: marks.Records, scores: Array, first: float) -> None:
    """What is taken and not marked: how much of it clerks wrote off as a repeat in other words, or lies beside an open one of its type; and all again, those counted as marked."""
    later, wide = records.at >= first, requests_of(data, also_written=True)
    order = np.flatnonzero(later)[np.argsort(-scores[later], kind="stable")]
    hits = np.cumsum(records.marked[order])
    taken = order[: int(np.searchsorted(hits, np.ceil(0.75 * hits[-1]))) + 1]
    wrong = taken[~records.marked[taken]]
    pairs = marks.near_pairs(records)
    beside = np.zeros(len(records.ids), dtype=bool)
    beside[pairs.later[pairs.same_kind & pairs.open & (pairs.metres < 40)]] = True
    print(
        f"  taken at recall 0.75: {len(taken)}, of them not marked {len(wrong)}: {int(wide.marked[wrong].sum())} closed in other words as the same as another,"
        f" {beside[wrong].mean():.2f} with an open one of their type within 40 m (of the marked ones taken {beside[taken[records.marked[taken]]].mean():.2f})"
    )
    rule, again = marks.by_rule(wide, pairs), marks.told_in_time(wide, pairs, first)
    hit = rule & wide.marked & later
    print(
        f"  those of other words counted as marked too ({int((wide.marked & later).sum())}), learned and judged anew: precision {curve(again[later], wide.marked[later])};"
        f" the rule {hit.sum() / (rule & later).sum():.3f} at {hit.sum() / (wide.marked & later).sum():.2f}"
    )


# --- a million messages ---------------------------------------------------------------------------------------------
LIMITS = {"answer_ms": 10.0, "memory_mb": 2000.0}
DAY = 86_400


def made_up(count: int, seed: int = 0) -> Iterator[Report]:
    """
    Messages as a large city gets: 30,000 places with a name each, 400 complaints, characters after Zipf in between; 100 to 350 characters,
    one in five about an event that others write of as well, a year long, by 200,000 people.
    """
    random = np.random.default_rng(seed)
    common = np.array([chr(code) for code in random.permutation(np.arange(0x4E00, 0x4E00 + 6000))])
    share = 1 / (np.arange(6000) + 10.0)
    share /= share.sum()
    words = ["".join(random.choice(common, int(size), p=share)) for size in random.choice([2, 2, 2, 3, 4], 40_000)]
    often = 1 / (np.arange(len(words)) + 30.0)
    often /= often.sum()
    places = ["".join(random.choice(common[200:3000], int(size))) + end for size, end in zip(random.choice([2, 3], 30_000), random.choice(["小区", "花园", "新城", "路", "苑"], 30_000), strict=True)]  # fmt: skip
    where = np.stack([28 + random.random(30_000) * 0.5, 112.8 + random.random(30_000) * 0.5], axis=1)
    about = ["".join(random.choice(words, 3)) for _n in range(400)]
    events = [(int(random.integers(30_000)), int(random.integers(400)), int(random.integers(365))) for _n in range(max(1, count // 100))]
    batch = 4096
    for start in range(0, count, batch):
        size = min(batch, count - start)
        sizes = random.integers(40, 130, size)
        filling = random.choice(len(words), int(sizes.sum()), p=often)
        ends = np.cumsum(sizes)
        for n in range(size):
            place, complaint, day = (
                events[int(random.integers(len(events)))]
                if random.random() < 0.2
                else (int(random.integers(30_000)), int(random.integers(400)), 0)
            )
            day = min(364, day + int(random.integers(14))) if day else int((start + n) * 365 / count)
            text = "".join(words[w] for w in filling[ends[n] - sizes[n] : ends[n]].tolist())
            point = (float(where[place][0] + random.normal() * 0.0003), float(where[place][1] + random.normal() * 0.0003))
            title = f"{places[place]}{about[complaint]}{words[filling[ends[n] - 1]]}"
            person = f"p{int(random.integers(200_000))}"
            yield Report(f"m{start + n}", f"{title}\n{text}", day * DAY + int(random.integers(DAY)), point, str(complaint), person=person)


def memory() -> tuple[float, float]:
    """Megabytes of this process now and at most."""
    with Path("/proc/self/status").open(encoding="ascii") as status:
        now = next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
    return now, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def asked(index: Index, reports: list[Report], label: str) -> None:
    wall, spent = [], time.process_time()
    for report in reports:
        began = time.perf_counter()
        index.find(report, top=5)
        wall.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - spent) / len(reports) * 1000
    p50, p99 = np.percentile(wall, 50), np.percentile(wall, 99)
    print(f"{label}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, processor {cpu:.1f} ms an answer (limit {LIMITS['answer_ms']:.0f} ms)", flush=True)


def speed(count: int, folder: Path) -> None:
    print(f"\nA million: {count} made-up messages")
    path = folder / "bench.same"
    path.unlink(missing_ok=True)
    base = memory()[0]
    queries: list[Report] = []
    with Index(path, write=True) as index:
        spent = pause = 0.0
        batch: list[Report] = []
        for n, report in enumerate(made_up(count)):
            batch.append(report)
            if len(queries) < 1000 and n % max(1, count // 1000) == 0:
                queries.append(Report("", report.text[: 20 + n % 280], report.at, report.point, report.kind))
            if len(batch) == 4096 or n == count - 1:
                began = time.perf_counter()
                index.add(batch)
                took = time.perf_counter() - began
                spent, pause, batch = spent + took, max(pause, took), []
                if (n + 1) % (4096 * 50) == 0:
                    print(f"  {n + 1} added, {spent:.0f} s, {memory()[0]:.0f} MB", flush=True)
        print(f"inserted in bulk: {count / spent:.0f} a second, longest pause {pause:.2f} s for 4,096")
        asked(index, queries, "answer while open")
        began = time.perf_counter()
        single = [Report(f"s{n}", one.text, one.at, one.point) for n, one in enumerate(queries[:500])]
        times = []
        for one in single:
            began = time.perf_counter()
            index.add([one])
            times.append((time.perf_counter() - began) * 1000)
        print(f"inserted one by one, each flushed to the disk: p50 {np.median(times):.1f} ms, p99 {np.percentile(times, 99):.1f} ms")
        now, most = memory()
        print(
            f"memory {now:.0f} MB, at most {most:.0f} MB (limit {LIMITS['memory_mb']:.0f}), of which {base:.0f} before; file {path.stat().st_size / 1e6:.0f} MB"
        )
    del index
    began = time.perf_counter()
    with Index(path, write=True) as index:
        print(
            f"opened again in {time.perf_counter() - began:.1f} s: {len(index)} messages, said {index.said[1] or 'nothing'}; memory {memory()[0]:.0f} MB, at most {memory()[1]:.0f} MB"
        )
        asked(index, queries, "answer after opening")
        person = next(one.person for one in made_up(5))
        began = time.perf_counter()
        gone = index.erase(persons=[person])
        print(f"one person erased ({gone} messages) in {(time.perf_counter() - began) * 1000:.0f} ms")
        began = time.perf_counter()
        index.compact()
        print(f"compacted in {time.perf_counter() - began:.1f} s; memory at most {memory()[1]:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent.parent / "shared" / "data")
    parser.add_argument("--only", default="topics,repeats,speed")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the file of the million lies; a temporary folder without it")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    run(given.data, given.only.split(","), given.messages, given.folder)


def run(data: Path, parts: list[str], count: int = 1_000_000, folder: Path | None = None) -> None:
    """The parts wanted: "topics", "repeats", "speed"."""
    if "topics" in parts:
        topics(data)
    if "repeats" in parts:
        repeats(data)
    if "speed" in parts:
        place = folder or Path(tempfile.mkdtemp(prefix="linli-same-"))
        try:
            speed(count, place)
        finally:
            if folder is None:
                shutil.rmtree(place)


if __name__ == "__main__":
    main()
