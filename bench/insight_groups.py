"""
How well and how fast opinion groups are found, on real conversations that are not part of the repository.

    python bench/insight_groups.py --data ../shared/data              # agreement, steadiness, speed beside the public Python port, size
    python bench/insight_groups.py --data ../shared/data --no-port    # without the port, which is installed into a folder of its own under /tmp

Published groups are those of Polis' live service (its own moving components and k-means), so nobody can meet them exactly; three of the
nine conversations are no yardstick (few people, four groups, or next to no votes) and are printed without being counted. Times are
processor seconds of one core, the best of three, as neighbours on the machine change them little.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is what is measured

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.groups.clusters import k_means, rand_index
from linli.insight.groups.growing import Growing
from linli.insight.groups.told import MISSING
from linli.insight.opinion import analyse, dense, place_of, votes_from, votes_of

ROOT = Path(__file__).resolve().parent.parent
Array = Any
# The plain method (mean-filled components, k-means with the published number) as measured by whoever gathered the data.
USABLE = {
    "brexit-consensus": 0.88,
    "scoop-hivemind.biodiversity": 0.78,
    "austria-climate.5twd2jsnkf.2022-08-08": 0.75,
    "american-assembly.bowling-green": 0.74,
    "vtaiwan.uberx": 0.70,
    "15-per-hour-seattle": 0.61,
}
OTHERS = ("scoop-hivemind.ubi", "london.youth.policing", "football-concussions")
PORT = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
from reddwarf.implementations.polis import run_pipeline
votes = json.load(open(sys.argv[1]))
best, wall = 1e9, 1e9
for _n in range(3):
    start, began = time.process_time(), time.perf_counter()
    run_pipeline(votes=votes, random_state=0)
    best, wall = min(best, time.process_time() - start), min(wall, time.perf_counter() - began)
print(json.dumps([best, wall]))
"""


def conversation(folder: Path) -> tuple[Array, Array]:
    """Votes (people, statements) and the published group of each person, -1 for who has none."""
    with gzip.open(folder / "participants-votes.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        first, group = next(n for n, name in enumerate(header) if name.isdigit()), header.index("group-id")
        cells, groups = [], []
        for row in rows:
            cells.append([int(float(cell)) if cell else MISSING for cell in row[first:]])
            groups.append(int(float(row[group])) if row[group] else -1)
    return np.array(cells, dtype=np.int8), np.array(groups)


def plain(cells: Array, number: int) -> Array:
    """The baseline: components of the mean-filled matrix, moved out by the root, k-means with the published number of groups."""
    seen = cells != MISSING
    means = np.where(seen, cells, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    centred = np.where(seen, cells - means, 0.0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    return k_means(centred @ axes.T * np.sqrt(cells.shape[1] / seen.sum(axis=1))[:, None], number, restarts=20)[0]


def agreement(folder: Path) -> None:
    print(f"{'conversation':40} people  k   found    counted   all    plain here / published   steady (10 % out, mean / least)")
    better = no_worse = 0
    for name in (*USABLE, *OTHERS):
        cells, published = conversation(folder / name)
        told, groups = analyse(dense(cells))
        grouped = np.flatnonzero(published >= 0)
        counted = [n for n in groups if published[n] >= 0]
        of_counted = rand_index(np.array([groups[n] for n in counted]), published[counted])
        found = np.array([groups[n] if n in groups else _near(cells[n], told) for n in grouped.tolist()])
        of_all, beside = (
            rand_index(found, published[grouped]),
            rand_index(plain(cells[grouped], len(set(published[grouped]))), published[grouped]),
        )
        steady, goal = told.chosen.steadiness, USABLE.get(name)
        print(
            f"{name:40} {len(grouped):6} {len(set(published[grouped])):2}   {len(told.groups)}        {of_counted:.3f}     {of_all:.3f}"
            f"  {beside:.3f} / {'not a yardstick' if goal is None else f'{goal:.2f}':15}      {steady.mean:.3f} / {steady.least:.3f}",
            flush=True,
        )
        if goal is not None:
            no_worse += round(of_all, 2) >= goal
            better += of_all > goal + 0.005
    print(f"at least the plain figure on {no_worse} of {len(USABLE)}, better on {better}\n")


def _near(row: Array, told: Any) -> int:
    """Those too new to be counted stand by the nearest group."""
    from dataclasses import replace

    found = place_of(row.tolist(), replace(told, needed_votes=1))
    return found[1] if found else -1


def speed(folder: Path, *, with_port: bool) -> None:
    python = port() if with_port else None
    for name in USABLE:
        cells = conversation(folder / name)[0]
        who, what = np.nonzero(cells != MISSING)
        rows = [(int(a), int(b), int(cells[a, b])) for a, b in zip(who, what, strict=True)]
        groups = best_of(lambda rows=rows: analyse(votes_of(rows), resamples=0))
        steady = best_of(lambda rows=rows: analyse(votes_of(rows)), times=1)
        beside = ""
        if python:
            given = [{"participant_id": a, "statement_id": b, "vote": v, "modified": n} for n, (a, b, v) in enumerate(rows)]
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                json.dump(given, file)
                file.flush()
                done = subprocess.run([python, "-c", PORT, file.name], capture_output=True, text=True, check=True, timeout=600)
            theirs = json.loads(done.stdout.splitlines()[-1])[0]
            beside = f"   port {1e3 * theirs:7.0f} ms   {theirs / groups:5.1f} times"
        print(f"{name:40} {len(rows):7} votes  {1e3 * groups:6.0f} ms{beside}   with ten resamples {1e3 * steady:6.0f} ms", flush=True)
    print()


def port() -> str:
    """The public Python port in an environment of its own, made once."""
    home = Path(tempfile.gettempdir()) / "linli-bench-red-dwarf"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "red-dwarf==0.4.0"], check=True, timeout=600)
        (home / "ready").touch()
    return str(python)


def best_of(act: Any, times: int = 3) -> float:
    seconds = []
    for _n in range(times):
        start = time.process_time()
        act()
        seconds.append(time.process_time() - start)
    return min(seconds)


def size(people: int, statements: int) -> None:
    """Three planted groups; each person votes on fifty statements or so, the early ones on more."""
    random = np.random.default_rng(0)
    group = random.choice(3, people, p=[0.5, 0.3, 0.2])
    lean = random.normal(0, 1, (3, statements))
    count = np.minimum(statements, random.geometric(1 / 50, people) + 7)
    who = np.repeat(np.arange(people), count)
    what = random.integers(0, statements, len(who))
    push = lean[group[who], what] + random.normal(0, 1, len(who))
    how = np.where(push > 0.4, 1, np.where(push < -0.4, -1, 0)).astype(np.int8)
    start, began = time.process_time(), time.perf_counter()
    votes = votes_from(who, what, how)
    told, groups = analyse(votes)
    print(
        f"{people} people × {statements} statements, {len(votes.how)} votes: {time.perf_counter() - began:.1f} s"
        f" ({time.process_time() - start:.1f} s of one core) with ten resamples,"
        f" {len(told.groups)} groups, adjusted Rand with the planted {rand_index(np.array(list(groups.values())), group[list(groups)]):.3f},"
        f" steady {told.chosen.steadiness.mean:.3f}, most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    growing = Growing(votes, told, groups)
    more = [(int(random.integers(people + 500)), int(random.integers(statements)), int(random.choice([1, 0, -1]))) for _n in range(2000)]
    began = time.perf_counter()
    changed = growing.add(more)
    after = growing.map()
    print(f"2,000 more votes ({changed} changed something): {time.perf_counter() - began:.2f} s to the new map, {after.counted} counted")


def run(data: Path, *, with_port: bool = True, people: int = 100_000) -> None:
    print(
        f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    )
    agreement(data / "polis")
    speed(data / "polis", with_port=with_port)
    size(people, 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with polis")
    parser.add_argument("--no-port", action="store_true")
    parser.add_argument("--people", type=int, default=100_000)
    asked = parser.parse_args()
    run(asked.data, with_port=not asked.no_port, people=asked.people)


if __name__ == "__main__":
    main()
