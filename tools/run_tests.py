"""
Run every check and say at the end what passed and how long it took: `python tools/run_tests.py [step …]`.

Two steps more than there are cores run at a time, since each waits now and then (for a browser, a clock, a process it started), and the
longest begin first, so that every core has work until the end. Whoever is first to read the tests compiles the modules for all: the others
begin once it has. What a step says is printed whole when it ends. All steps run even when one fails; the exit code is 1 when any did.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
AT_ONCE = 2 + (os.cpu_count() or 1)


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    name: str
    seconds: float
    code: int
    last: str  # its closing line

    @property
    def passed(self) -> bool:
        return self.code == 0


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def pytest(name: str, database: str, *arguments: str) -> Step:
    return Step(name, python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments), {"LINLI_TEST_DATABASE": database})


# In parts, so that no step is much longer than the others: these folders, and whatever else there is.
COUNCIL = ("tests/council", "tests/venues", "tests/demo")
PORTS = ("tests/ports", "tests/insight", "tests/law", "tests/test_lists.py")
CRASHES = ("tests/faults",)
# What starts the product as a process of its own, again and again.
PROCESSES = ("tests/config", "tests/faults", "tests/tools", "tests/lib", "tests/web")


def but(*folders: str) -> list[str]:
    return [f"--ignore={folder}" for folder in folders]


# The longest first: what comes late should be short, or one core waits for the other. The second compiles nothing and is there while the first does.
STEPS = [
    # Only what meets a database; the tests say so themselves (tests/conftest.py). In these folders none does.
    pytest(
        "postgres",
        "postgres",
        "-m",
        "not browser",
        *but(*CRASHES, "tests/browser", "tests/insight", "tests/law", "tests/lib", "tests/web", "tests/tools"),
    ),
    Step("types", [str(BIN / "mypy")]),
    pytest("sqlite", "sqlite", *but("tests/browser", *COUNCIL, *PORTS, *PROCESSES)),
    pytest("browser", "sqlite", "-m", "browser", "--ignore-glob=tests/browser/test_*walk.py", "tests/browser"),
    pytest("ports", "sqlite", *PORTS),
    pytest("council", "sqlite", *COUNCIL),
    pytest("crashes", "postgres", *CRASHES),
    pytest("processes", "sqlite", *PROCESSES),
    pytest("walk", "sqlite", "-m", "browser", *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("tests/browser/test_*walk.py")))),
    Step("floors", [str(BIN / "lint-imports")]),
    Step("messages", python("tools/messages.py", "check")),
    Step("licences", python("tools/licences.py", "--check")),
    Step("css", python("tools/build_css.py", "--check")),
    Step("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
    Step("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
]


class Run:
    """One step as a process of its own, with everything it says kept."""

    def __init__(self, step: Step) -> None:
        self.step, self.began = step, time.monotonic()
        self.said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `outcome`, once the process ended
        self.process = subprocess.Popen(
            step.command, cwd=ROOT, env=os.environ | step.environment, stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said
        )

    def outcome(self) -> Outcome:
        """Of a process that has ended; prints what it said."""
        seconds = time.monotonic() - self.began
        self.said.seek(0)
        said = self.said.read()
        self.said.close()
        print(f"── {self.step.name} ──", flush=True)
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        lines = said.decode(errors="replace").strip().splitlines()
        code = self.process.returncode
        last = f"ended by {signal.Signals(-code).name}" if code < 0 else lines[-1].strip("= ") if lines else ""
        return Outcome(self.step.name, seconds, code, last)


def compiled(running: list[Run]) -> bool:
    """Whether a step has read its tests, or none of those that run will."""
    return not any("pytest" in run.step.command for run in running) or Path(os.environ["LINLI_TEST_SHARED"], "collected").exists()


def outcomes(steps: list[Step]) -> Iterator[Outcome]:
    """Run the steps in this order, `AT_ONCE` at a time; each outcome as it comes."""
    waiting, running = list(steps), list[Run]()
    try:
        while waiting or running:
            while waiting and len(running) < (AT_ONCE if compiled(running) else 2):
                running.append(Run(waiting.pop(0)))
                print(f"   {running[-1].step.name} …", flush=True)
            for run in [run for run in running if run.process.poll() is not None]:
                running.remove(run)
                yield run.outcome()
            time.sleep(0.1)
    finally:
        for run in running:
            run.process.terminate()


def main(wanted: list[str]) -> int:
    if unknown := set(wanted) - {step.name for step in STEPS}:
        print(f"no step named {', '.join(sorted(unknown))}; there are {', '.join(step.name for step in STEPS)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    # The tests start the product many times as processes of its own; without compiled modules each start takes seconds.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What takes long to make and is the same for each step (an empty database with all tables) is made by whoever comes first.
    with tempfile.TemporaryDirectory(prefix="linli-tests-") as shared:
        os.environ["LINLI_TEST_SHARED"] = shared
        ended = list(outcomes([step for step in STEPS if not wanted or step.name in wanted]))
    print()
    for outcome in ended:
        print(f"  {'passed' if outcome.passed else 'FAILED':<8}{outcome.name:<10}{outcome.seconds:7.1f} s   {outcome.last[:90]}")
    failed = [outcome.name for outcome in ended if not outcome.passed]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = f"{time.monotonic() - began:.0f} s ({used.ru_utime + used.ru_stime:.0f} s of processor)"
    print(f"  {len(ended) - len(failed)} of {len(ended)} steps passed in {spent}")
    if failed:
        print(f"  failed: {', '.join(failed)}  (one alone: python tools/run_tests.py {failed[0]})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
