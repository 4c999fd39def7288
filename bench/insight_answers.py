"""
How well answers are read, personal details hidden and texts put in brief, on real messages that are not part of the repository.

    python bench/insight_answers.py --data ../shared/data          # about half a minute on one core

Agreement with labels given by the guide (docs/methods/replies.md; ids and labels alone in bench/data), recall of masking on made-up details of all
formats, and speed of each. What masking finds in real messages is told by number alone; to
judge it by eye, `--show 200` prints the finds of a random sample.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.brief.brief import brief_of
from linli.insight.replies import tables
from linli.insight.replies.points import review
from linli.lib.masking import details, scrub
from tests.lib.made_details import made
from tests.lib.test_masking_formats import readable

ROOT = Path(__file__).resolve().parent.parent
Row = dict[str, str]


def rows_of(folder: Path, name: str) -> list[Row]:
    csv.field_size_limit(10_000_000)
    with gzip.open(folder / "complaints_zh" / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kappas(data: Path) -> None:
    content = (data / "complaints_zh" / "messages_with_replies.csv.gz").read_bytes()
    rows = tables.answered_in(content, ("留言主题", "留言详情"), "答复意见", name="留言编号")
    labels = tables.labels_in((ROOT / "bench" / "data" / "replies_labels.csv").read_bytes())
    told = tables.agreement(labels, rows)
    parts = {"worked": "rules written on", "held": "not looked at"}
    print(f"{'point':10} " + " ".join(f"{parts[p]:>34}" for p in told))
    for name in tables.LABELLED:
        cells = []
        for part in told:
            a = told[part][name]
            cells.append(f"kappa {a.kappa:.2f} ± {1.96 * a.error:.2f}, {100 * a.agreed:.0f} % of {a.pairs}" if a.kappa is not None else "-")
        print(f"{name.value:10} " + " ".join(f"{cell:>34}" for cell in cells))


def recall(each: int, seed: int) -> None:
    met, hidden, forms = Counter[str](), Counter[str](), set()
    for one in made(seed=seed, each=each):
        figures = one.kind in ("phone", "rin", "bank_card")
        met[one.kind] += 1
        forms.add((one.kind, one.form))
        hidden[one.kind] += readable(one.secret, figures=figures) not in readable(scrub(one.text).text, figures=figures)
    print(f"recall on {sum(met.values())} made-up details in {len(forms)} formats: {100 * sum(hidden.values()) / sum(met.values()):.2f} %")
    print("  " + ", ".join(f"{kind} {hidden[kind]}/{met[kind]}" for kind in met))


def speed(name: str, act: Callable[[Row], Any], rows: Sequence[Row]) -> None:
    for row in rows[:50]:
        act(row)
    began = time.process_time()
    for row in rows:
        act(row)
    spent = time.process_time() - began
    print(
        f"{name}: {len(rows) / spent:,.0f} messages a second on one core (mean {sum(len(r['留言详情']) for r in rows) / len(rows):.0f} characters)"
    )


def finds(rows: Sequence[Row], count: int, seed: int, *, show: bool) -> None:
    drawn = random.Random(seed).sample(list(rows), count)
    met: Counter[str] = Counter()
    for row in drawn:
        text = f"{row['留言主题']}\n{row['留言详情']}"
        for d in details(text):
            met[d.kind] += 1
            if show:
                print(f"  {d.kind:8} {text[max(0, d.start - 12) : d.start]!r} [{text[d.start : d.end]}] {text[d.end : d.end + 8]!r}")
    print(f"found in {count} random real messages: {dict(met)}")


def run(data: Path, *, show: int = 0, seed: int = 20261126) -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, one used; seed {seed}")
    rows = rows_of(data, "messages_with_replies.csv.gz")
    kappas(data)
    recall(40, seed)
    finds(rows + rows_of(data, "hot_topic_messages.csv.gz"), show or 900, seed, show=bool(show))
    some = rows[:800]
    speed("points of answers", lambda r: review(r["留言详情"], r["答复意见"]), some)
    speed("in brief", lambda r: brief_of(r["留言详情"]), some)
    speed("scrubbed", lambda r: scrub(r["留言详情"]), some)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with complaints_zh")
    parser.add_argument("--show", type=int, default=0, help="print what is found in so many random messages")
    given = parser.parse_args()
    run(given.data, show=given.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
