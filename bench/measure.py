"""
What measuring a city asks of the machine: facts written straight into a lake, and every computable indicator for all communities and all months.

Limits (two cores): all indicators of 100 million requests, all communities and months, under 600 s and 8 GB; growth nearly linear. For orientation a
bare DuckDB query over the same files, grouped counts alone, is timed in the same run: the ratio says what exactness over many indicators costs.

    python bench/measure.py --matters 1000000 10000000
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
SECONDS_LIMIT, MEMORY_LIMIT_MB, AT = 600, 8192, 100_000_000


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("LINLI_")} | {
        "LINLI_DATA": str(BUILD / "measure-data"),
        "LINLI_DEMO": "off",
        "PYTHONPATH": str(ROOT),
    }


def in_process(what: str, folder: Path, matters: int) -> dict[str, float]:
    """Run one step in a process of its own and return what it measured: memory is given back, and the peak is this step's."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), "--step", what, "--folder", str(folder), "--matters", str(matters)],
        env=environment(),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def step(what: str, folder: Path, matters: int) -> dict[str, float]:
    os.environ.update(environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from datetime import UTC, datetime

    from linli.demo.lake import make_lake
    from linli.insight.measure import lake
    from linli.insight.measure.engines import engine
    from linli.insight.measure.expressions import figures_of
    from linli.insight.measure.periods import months_between, period
    from linli.kernel.places.facts import tables
    from linli.law.indicators import pack
    from linli.measure.indicators import indicator_from

    began, figures = time.monotonic(), 0
    if what == "write":
        made = make_lake(folder, matters=matters, now=datetime(2026, 11, 26, tzinfo=UTC))
        figures = sum(p.rows for p in made.parts)
    else:
        known = tables()
        snapshot = lake.read(folder)
        months = sorted({p.month for p in snapshot.parts})
        spans = months_between(period(months[0]), period(months[-1]))
        with engine("duckdb", snapshot, known.values(), memory="6GB") as connected:
            if what == "bare":
                t = connected.table("request")
                figures = len(connected.rows(t.group_by(["community", "raised_at_month"]).aggregate(n=t.count(), late=t.late.sum())))
            else:
                read = [indicator_from(said, known) for said in pack().values() if said["state"] == "computed"]
                chosen = [one for one in read if one.formula and one.formula.numerator and one.formula.numerator.table == "request"]
                for level in ("community", "street", "district"):
                    figures += len(figures_of(connected, known, chosen, spans, level))
    seconds = time.monotonic() - began
    return {"seconds": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "count": figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matters", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        print(json.dumps(step(chosen.step, chosen.folder, chosen.matters[0])))
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"{'requests':>12} {'step':32}{'seconds':>9}{'MB':>8}{'count':>12}   against")
    before: dict[str, float] = {}
    for matters in sorted(chosen.matters):
        folder = BUILD / f"lake-{matters}"
        shutil.rmtree(folder, ignore_errors=True)
        seconds = {}
        for what, name in (
            ("write", "facts into the lake (rows)"),
            ("bare", "grouped counts, bare"),
            ("figures", "all indicators (figures)"),
        ):
            found = in_process(what, folder, matters)
            seconds[what] = found["seconds"]
            limit = f"limit {SECONDS_LIMIT} s, {MEMORY_LIMIT_MB} MB at {AT:,}" if what == "figures" else ""
            print(f"{matters:12,} {name:32}{found['seconds']:9.1f}{found['mb']:8.0f}{found['count']:12,.0f}   {limit}", flush=True)
        print(f"{'':12} all indicators take {seconds['figures'] / seconds['bare']:.1f} times the bare counts", flush=True)
        if before:
            grown = seconds["figures"] / before["figures"]
            times = matters / before["matters"]
            print(f"{'':12} {times:.0f} times the requests take {grown:.1f} times as long", flush=True)
        before = {"matters": matters, "figures": seconds["figures"]}
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
