"""
Hot topics on real messages that are not part of the repository, and how time and memory grow.

    python bench/insight_hot.py --data ../shared/data                       # quality, the five hottest, 100,000 messages, a day's 2,000
    python bench/insight_hot.py --data ../shared/data --sizes 25000,100000,400000,1000000     # how it grows: some six minutes, 3 GB
    python bench/insight_hot.py --data ../shared/data --sizes "" --tables ../tables            # with both tables of the task's form, ours and the published

Quality is told on topics marked by row number (from 0, without the header) in `hot_topic_messages`: five that a team of the challenge published,
and twenty-five that were looked for by their names and then read (`hot_topics_marked.json`). A topic found is the group that fits it best by F1.

Larger numbers of messages are made of the real ones as they run: each copy of the set gets places of its own (characters of names replaced), loses
one character in ten, and is strewn over a year, so that topics stay as large as they are and their number grows.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import multiprocessing
import os
import platform
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.sparse import triu
from scipy.sparse.csgraph import connected_components

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.hot.gathering import gather
from linli.insight.hot.messages import Message, Span
from linli.insight.hot.summing import Asked, Topic, summed
from linli.insight.hot.tables import DETAILS, messages_of, write_details, write_topics
from linli.insight.hot.ties import Rules, ties_of
from linli.insight.hot.topics import Window, topics_of
from linli.insight.hot.traces import names_of, traces_of
from linli.insight.hot.weights import weighed

ROOT = Path(__file__).resolve().parent.parent

_MARKED = json.loads((ROOT / "bench" / "hot_topics_marked.json").read_text(encoding="utf-8"))
PUBLISHED: dict[str, tuple[float, list[int]]] = {
    f"published {n}": (topic["heat"], topic["rows"]) for n, topic in enumerate(_MARKED["published"], start=1)
}
MARKED: list[list[int]] = _MARKED["topics"]


FILE = "complaints_zh/hot_topic_messages.csv.gz"
LIMITS = {"whole": 60.0, "daily": 5.0}
"""Seconds on the clock for 100,000 messages from nothing, and for a day's 2,000 more."""


def real(folder: Path) -> list[Message]:
    return [m for m, _row in messages_of((folder / FILE).read_bytes())]


def fit(groups: Any, rows: Sequence[int]) -> tuple[float, int, int, int]:
    """(F1, hits, marked, size of the group) of the group that fits the marked rows best."""
    size = Counter(groups.tolist())
    hits = Counter(int(groups[row]) for row in rows)
    return max((2 * n / (len(rows) + size[g]), n, len(rows), size[g]) for g, n in hits.items())


def quality(messages: list[Message]) -> None:
    names = names_of(messages)
    vectors = weighed(traces_of(messages, names))
    bare = weighed(traces_of(messages, ()))
    days, placed = np.array([m.day for m in messages]), np.zeros(len(messages), dtype=bool)
    ties = ties_of(vectors, days, placed)
    window = Window()
    window.add(messages)
    ways = {
        "the product's: where and what, looked at twice": np.where(window.topic < 0, -1 - np.arange(len(messages)), window.topic),
        "where and what, groups as wholes": gather(vectors, ties, placed),
    }
    anything = Rules()
    ways["what alone, groups as wholes"] = gather(bare, ties_of(bare, days, placed, rules=anything), placed, rules=anything)
    for least in (0.1, 0.15, 0.2, 0.3):
        alike = triu(bare.what @ bare.what.T, 1)
        alike.data[alike.data < least] = 0
        alike.eliminate_zeros()
        ways[f"tf-idf of pairs, single link at {least}"] = connected_components(alike, directed=False)[1]
    print(f"\n{'way':47} {'published 5':>12} {'marked 25':>10} {'groups >= 3':>12} {'largest':>8}")
    for name, groups in ways.items():
        published = np.mean([fit(groups, rows)[0] for _heat, rows in PUBLISHED.values()])
        own = np.mean([fit(groups, rows)[0] for rows in MARKED])
        sizes = Counter(groups.tolist()).values()
        print(f"{name:47} {published:12.3f} {own:10.3f} {sum(n >= 3 for n in sizes):12} {max(sizes):8}")


def hottest(messages: list[Message], rows: dict[int | str, Any], tables: Path | None) -> None:
    """The five of ours beside the five published, in the form the task asked for; with `tables` both files of each are written there."""
    row_of = {m.id: n for n, m in enumerate(messages)}
    days = [m.at.date() for m in messages]
    span = Span(min(days), max(days))
    found = topics_of(messages, span, Asked(least_people=3, most=10))
    theirs = published(messages, span)
    for name, topics in (("ours", found[:5]), ("published", theirs)):
        print(
            f"\n热点问题表, {name}"
            + ("; words, span, people and place of theirs as we read their rows, heat as they gave it" if name != "ours" else "")
        )
        table = io.StringIO()
        write_topics(topics, table)
        print(table.getvalue(), end="")
        if tables is not None:
            tables.mkdir(parents=True, exist_ok=True)
            with (tables / f"hot_{name}.csv").open("w", encoding="utf-8", newline="") as file:
                write_topics(topics, file, more=False)
            with (tables / f"details_{name}.csv").open("w", encoding="utf-8", newline="") as file:
                print(f"热点问题留言明细表, {name}: {write_details(topics, rows, file)} rows of {len(DETAILS)} columns")
    print("\nside by side: our rank, and of the published one it shares most messages with the share in ours")
    for rank, topic in enumerate(found, start=1):
        own = {row_of[m] for m in topic.messages}
        shared = max(PUBLISHED, key=lambda name, own=own: len(own & set(PUBLISHED[name][1])))  # type: ignore[misc]
        hits = len(own & set(PUBLISHED[shared][1]))
        with_whom = f"{shared} (heat {PUBLISHED[shared][0]}): {hits} of its {len(PUBLISHED[shared][1])}" if hits else "none of the five"
        print(f"{rank:4} {topic.heat:7.1f} {len(topic.messages):5} messages {topic.people:4} people {topic.likes:5} likes — {with_whom}")


def published(messages: Sequence[Message], span: Span) -> list[Topic]:
    """The published five as topics, hottest first by their heat; theirs are rows and a heat, everything else is read off those rows."""
    groups = {n: [messages[row] for row in rows] for n, (_heat, rows) in enumerate(PUBLISHED.values(), start=1)}
    heat = {n: heat for n, (heat, _rows) in enumerate(PUBLISHED.values(), start=1)}
    found = summed(groups, span, Asked(least_people=1), names=names_of(messages))
    return sorted((replace(topic, heat=heat[topic.number]) for topic in found), key=lambda topic: -topic.heat)


# --- larger ------------------------------------------------------------------------------------------
_FIRST, _CHARS = 0x4E00, 3000


def many(messages: list[Message], count: int, seed: int = 1, first: date = date(2025, 1, 1)) -> Iterator[Message]:
    """`count` messages in order of time, made of real ones."""
    names = sorted(names_of(messages), key=len, reverse=True)
    cut = [(_parts(m.title, names), _parts(m.body[:160], names)) for m in messages]
    chance = random.Random(seed)
    minutes = sorted(chance.randrange(365 * 24 * 60) for _ in range(count))
    order = [divmod(n, len(messages)) for n in range(count)]
    chance.shuffle(order)
    begin = datetime.combine(first, datetime.min.time())
    for number, ((copy, n), minute) in enumerate(zip(order, minutes, strict=True)):
        m, (title, body) = messages[n], cut[n]
        at = begin + timedelta(minutes=minute)
        yield replace(m, id=number, title=_told(title, copy, chance), body=_told(body, copy, chance), person=f"{m.person}/{copy}", at=at)


def _parts(text: str, names: Sequence[str]) -> list[tuple[str, bool]]:
    parts = [(text, False)]
    for name in names:
        if name in text:
            parts = [piece for part, named in parts for piece in ([(part, True)] if named else _around(part, name))]
    return parts


def _around(text: str, name: str) -> list[tuple[str, bool]]:
    pieces = [piece for part in text.split(name) for piece in ((part, False), (name, True))][:-1]
    return [piece for piece in pieces if piece[0]]


def _told(parts: list[tuple[str, bool]], copy: int, chance: random.Random) -> str:
    return "".join(_elsewhere(text, copy) if named else "".join(c for c in text if chance.random() > 0.1) for text, named in parts)


def _elsewhere(name: str, copy: int) -> str:
    """Another place's name of the same length, the same for the same copy; its last character says what it is."""
    return "".join(chr(_FIRST + (ord(c) * 31 + copy * 977) % _CHARS) for c in name[:-1]) + name[-1] if copy else name


def measured(folder: Path, size: int, day: int = 2_000) -> dict[str, Any]:
    """One size in a process of its own, so that memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_one_size, (folder, size, day))


def _one_size(folder: Path, size: int, day: int) -> dict[str, Any]:
    messages = list(many(real(folder), size + day))
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    last = messages[size - 1].at.date()
    began, work = time.perf_counter(), time.process_time()
    window = Window()
    window.add(messages[:size])
    gathered = time.perf_counter() - began
    found = window.topics(Span.until(last, 365), Asked(least_people=3))
    whole, whole_work = time.perf_counter() - began, time.process_time() - work
    before = {t.number for t in found}
    began, work = time.perf_counter(), time.process_time()
    window.add(messages[size:])
    again = window.topics(Span.until(messages[-1].at.date(), 365), Asked(least_people=3))
    daily, daily_work = time.perf_counter() - began, time.process_time() - work
    return {
        "size": size,
        "gathered": gathered,
        "whole": whole,
        "whole_work": whole_work,
        "daily": daily,
        "daily_work": daily_work,
        "topics": len(window.members()),
        "kept": len(before & {t.number for t in again}) / max(1, len(before)),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "base": base,
    }


def run(data: Path, sizes: Sequence[int] = (100_000,), tables: Path | None = None) -> None:
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}; one process, one thread"
    )
    rows = {m.id: (m, row) for m, row in messages_of((data / FILE).read_bytes())}
    messages = [m for m, _row in rows.values()]
    quality(messages)
    hottest(messages, rows, tables)
    if not sizes:
        return
    print(f"\n{'messages':>9} {'from nothing':>22} {'2,000 more':>20} {'topics':>8} {'memory':>9} (its messages alone)")
    before: dict[str, Any] | None = None
    for size in sizes:
        m = measured(data, size)
        print(
            f"{m['size']:9,} {m['whole']:9.1f} s ({m['whole_work']:.1f} s cpu) {m['daily']:6.2f} s ({m['daily_work']:.2f} s cpu)"
            f" {m['topics']:8,} {m['memory']:6,.0f} MB ({m['base']:,.0f} MB); {100 * m['kept']:.0f} % of the hottest topics keep their number"
            + grown(before, m)
            + (f"; limits {LIMITS['whole']:.0f} s, {LIMITS['daily']:.0f} s" if size == 100_000 else ""),
            flush=True,
        )
        before = m


def grown(before: dict[str, Any] | None, now: dict[str, Any]) -> str:
    """By which power of the number of messages the time grew since the size before: 1 is linear."""
    if before is None:
        return ""
    more = math.log(now["size"] / before["size"])
    powers = (math.log(now[what] / before[what]) / more for what in ("whole_work", "daily_work"))
    return "; time grows by the power " + ", ".join(f"{power:.2f}" for power in powers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sizes", default="100000")
    parser.add_argument(
        "--tables", type=Path, help="where the tables in the task's form are written; they hold messages and stay out of the repository"
    )
    given = parser.parse_args()
    run(given.data, [int(size) for size in given.sizes.split(",") if size], given.tables)


if __name__ == "__main__":
    main()
