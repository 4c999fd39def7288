"""
Every figure of insight on real messages that are not part of the repository, one part after another.

    python bench/insight.py --data ../shared/data                 # all parts: an hour and a half
    python bench/insight.py --data ../shared/data --parts kind    # one of them; what else is written is handed on to it
    python bench/insight.py --data ../shared/data --parts kind --folds 10 --no-curve --no-tried

Each part is a script of its own (`bench/insight_*.py`) and runs as a process of its own, so that the memory it tells is its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("kind", "same", "hot", "answers", "groups", "hands")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="all", help=f"which, with commas: {', '.join(PARTS)}; all")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with complaints_zh")
    asked, others = parser.parse_known_args()
    parts = PARTS if asked.parts == "all" else tuple(asked.parts.split(","))
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part named {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if others and len(parts) > 1:
        parser.error(f"{' '.join(others)}: name the one part it is for with --parts")
    for part in parts:
        print(f"── {part} ──", flush=True)
        subprocess.run([sys.executable, str(ROOT / "bench" / f"insight_{part}.py"), "--data", str(asked.data), *others], check=True)


if __name__ == "__main__":
    main()
