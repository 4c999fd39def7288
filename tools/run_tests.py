"""
Run every check, in order, and say at the end what passed and how long it took: `python tools/run_tests.py [step …]`.

All steps run even when one fails; the exit code is 1 when any did. The two databases are tested at the same time, one core each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    step: Step
    seconds: float
    code: int

    @property
    def passed(self) -> bool:
        return self.code == 0


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def pytest(*arguments: str) -> list[str]:
    return python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)


WITH_DATABASE = ["tests/config", "tests/faults", "tests/kernel", "tests/loops", "tests/ports", "tests/test_sweep.py"]

# Each inner list runs at once, the lists one after another.
STAGES: list[list[Step]] = [
    [Step("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."])],
    [Step("lint", [str(BIN / "ruff"), "check", "--quiet", "."])],
    [Step("floors", [str(BIN / "lint-imports")])],
    [Step("messages", python("tools/messages.py", "check"))],
    [Step("css", python("tools/build_css.py", "--check"))],
    [Step("licences", python("tools/licences.py", "--check"))],
    [Step("types", [str(BIN / "mypy")])],
    [
        Step("sqlite", pytest("-m", "not browser"), {"LINLI_TEST_DATABASE": "sqlite"}),
        # What never meets a database is tested once.
        Step("postgres", pytest("-m", "not browser", *WITH_DATABASE), {"LINLI_TEST_DATABASE": "postgres"}),
    ],
    [Step("browser", pytest("-m", "browser"), {"LINLI_TEST_DATABASE": "sqlite"})],
]


def run_stage(steps: list[Step]) -> list[Outcome]:
    """Start the steps of a stage together; print each one's output whole, in order, as it ends."""
    running: list[tuple[Step, subprocess.Popen[bytes], IO[bytes] | None]] = []
    began = time.monotonic()
    for position, step in enumerate(steps):
        # The first of a stage speaks at once; what runs beside it is kept until its turn.
        output: IO[bytes] | None = tempfile.TemporaryFile() if position else None  # noqa: SIM115 - closed below, once its process ended
        running.append(
            (step, subprocess.Popen(step.command, cwd=ROOT, env=os.environ | step.environment, stdout=output, stderr=output), output)
        )
    print(f"── {' + '.join(step.name for step in steps)} ──", flush=True)
    ended: dict[str, float] = {}
    while len(ended) < len(running):
        for step, process, _output in running:
            if step.name not in ended and process.poll() is not None:
                ended[step.name] = time.monotonic() - began
        time.sleep(0.1)
    for step, _process, output in running:
        if output:
            print(f"── {step.name} ──", flush=True)
            output.seek(0)
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
            output.close()
    return [Outcome(step, ended[step.name], process.returncode) for step, process, _output in running]


def main(wanted: list[str]) -> int:
    known = [step.name for stage in STAGES for step in stage]
    if unknown := set(wanted) - set(known):
        print(f"no step named {', '.join(sorted(unknown))}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    outcomes: list[Outcome] = []
    began = time.monotonic()
    # The tests start the product many times as processes of its own; without compiled modules each start takes seconds.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for stage in STAGES:
        steps = [step for step in stage if not wanted or step.name in wanted]
        if steps:
            outcomes += run_stage(steps)
    print()
    for outcome in outcomes:
        print(f"  {'passed' if outcome.passed else 'FAILED':<8}{outcome.step.name:<12}{outcome.seconds:7.1f} s")
    failed = [outcome.step.name for outcome in outcomes if not outcome.passed]
    print(f"  {len(outcomes) - len(failed)} of {len(outcomes)} steps passed in {time.monotonic() - began:.0f} s")
    if failed:
        print(f"  failed: {', '.join(failed)}  (one alone: python tools/run_tests.py {failed[0]})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
