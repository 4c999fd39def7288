"""
How well the share in time is predicted, on the requests of a city that are not part of the repository, and what the simulation costs.

    python bench/insight_hands.py --data ../shared/data

The split is by time: what is predicted for a day is learned from the records as they stood at its cut; what was finished later was open
then. Departments with fewer than fifty finished requests before the cut are left out and named. Beside it the naive figure: the share of
promises kept among those that could be told at the cut.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from linli.insight.hands.cases import Case, share_in_time
from linli.insight.hands.files import Columns, cases_of, hours_of
from linli.insight.hands.hours import minute_of
from linli.insight.hands.looking_back import looking_back
from linli.insight.hands.outlook import Asked, Office, outlook

ROOT = Path(__file__).resolve().parent.parent
CUTS = ("2011-08-15", "2011-09-01", "2011-09-12")
END = "2011-10-01"


def run(data: Path, *, runs: int = 20) -> None:
    print(f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    content = (data / "requests_311" / "boston_2011_q3.csv.gz").read_bytes()
    cases = cases_of(content, Columns("open_dt", "closed_dt", "target_dt", "type", "department"))
    end = minute_of(datetime.fromisoformat(END))
    for day in CUTS:
        back(cases, minute_of(datetime.fromisoformat(day)), end, day, runs)
    questions(cases, end, runs)
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def back(cases: list[Case], cut: int, end: int, day: str, runs: int) -> None:
    names = sorted({case.group for case in cases})
    offices = {name: Office(hours_of("observed", [c for c in cases if c.group == name], cut)) for name in names}
    start = time.process_time()
    found = looking_back(cases, cut, end, offices, Asked(runs=runs))
    spent = time.process_time() - start
    assert found.whole
    known = [case.known_at(cut) for case in cases if case.opened < cut]
    kept, told = share_in_time(known, cut)
    whole = found.whole
    print(
        f"\nlearned until {day}, predicted until {END} ({whole.count} promises): predicted {whole.predicted:.3f}"
        f" [{whole.low:.3f}, {whole.high:.3f}], real {whole.real:.3f}, error {100 * whole.error:+.1f} points;"
        f" naive {kept / told:.3f}, error {100 * (kept / told - whole.real):+.1f} points; {spent:.1f} s"
    )
    for row in found.groups:
        hit = "inside" if row.low <= row.real <= row.high else ""
        print(
            f"  {row.name:8} {row.count:6}  predicted {row.predicted:.3f} [{row.low:.3f}, {row.high:.3f}]  real {row.real:.3f}"
            f"  error {100 * row.error:+5.1f} points {hit}"
        )
    print(f"  too little to learn from: {', '.join(found.left_out)}")
    total = sum(row.count for row in found.categories)
    mean = sum(abs(row.error) * row.count for row in found.categories) / total
    near = sum(row.count for row in found.categories if abs(row.error) <= 0.05)
    print(
        f"  by type ({len(found.categories)} with twenty promises or more): mean error {100 * mean:.1f} points, within five {near / total:.0%}"
    )
    if day == CUTS[1]:
        for row in found.categories[:20]:
            print(
                f"    {row.name[:44]:44} {row.count:5}  predicted {row.predicted:.3f}  real {row.real:.3f}  error {100 * row.error:+5.1f}"
            )


def questions(cases: list[Case], cut: int, runs: int) -> None:
    """What somebody would ask of the largest department."""
    mine = [case for case in cases if case.group == "PWDx"]
    office = Office(hours_of("observed", mine, cut))
    print()
    for label, asked in (
        ("one more hand", Asked(extra=1, runs=runs)),
        ("two fewer", Asked(extra=-2, runs=runs)),
        ("12 hours promised", Asked(promise=12 * 60, runs=runs)),
        ("24 hours promised", Asked(promise=24 * 60, runs=runs)),
    ):
        start = time.process_time()
        told = outlook(mine, cut, office, asked)
        now, then = told.as_it_is, told.as_asked
        print(
            f"PWDx, {told.hands} hands supposed, {label}: {now.mean:.3f} [{now.low:.3f}, {now.high:.3f}] ->"
            f" {then.mean:.3f} [{then.low:.3f}, {then.high:.3f}]; {time.process_time() - start:.1f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with requests_311")
    parser.add_argument("--runs", type=int, default=20)
    asked = parser.parse_args()
    run(asked.data, runs=asked.runs)


if __name__ == "__main__":
    main()
