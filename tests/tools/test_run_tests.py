"""`make test` says what every step said, goes on after a failure, and ends with what is to be done."""

import sys

import pytest

from tools import run_tests
from tools.run_tests import Step


def steps(**scripts: str) -> list[Step]:
    return [Step(name, [sys.executable, "-c", script]) for name, script in scripts.items()]


def test_a_failure_is_named_and_the_steps_after_it_still_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broken = "import sys; print('what went wrong'); print('1 failed', file=sys.stderr); sys.exit(3)"
    monkeypatch.setattr(run_tests, "STEPS", steps(first=broken, second="print('7 passed')", third="print('9 passed')"))

    code = run_tests.main([])

    said = capsys.readouterr().out
    assert code == 1
    assert "── first ──\nwhat went wrong\n1 failed\n" in said
    table = said.rpartition("\n\n")[2]
    assert [line.split()[0] for line in sorted(table.splitlines()[:3], key=lambda line: line.split()[1])] == ["FAILED", "passed", "passed"]
    assert "7 passed" in table and "9 passed" in table
    assert "2 of 3 steps passed" in table and "python tools/run_tests.py first" in table


def test_a_step_that_was_killed_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    killed = "import os, signal; print('half way', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(run_tests, "STEPS", steps(first=killed))

    assert run_tests.main([]) == 1
    assert "ended by SIGKILL" in capsys.readouterr().out


def test_only_what_was_asked_for_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run_tests, "STEPS", steps(first="raise SystemExit(1)", second="print('fine')"))

    assert run_tests.main(["second"]) == 0
    assert "1 of 1 steps passed" in capsys.readouterr().out


def test_a_step_nobody_knows_is_named_with_those_there_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run_tests, "STEPS", steps(first="", second=""))

    assert run_tests.main(["thrid"]) == 2
    assert capsys.readouterr().err == "no step named thrid; there are first, second\n"


def test_never_more_run_at_once_than_there_are_cores_for(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    class Counted(run_tests.Run):
        def __init__(self, step: Step) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            super().__init__(step)

        def outcome(self) -> run_tests.Outcome:
            nonlocal running
            running -= 1
            return super().outcome()

    monkeypatch.setattr(run_tests, "Run", Counted)

    ended = list(run_tests.outcomes(steps(a="", b="", c="", d="")))

    assert (most, sorted(outcome.name for outcome in ended)) == (run_tests.AT_ONCE, ["a", "b", "c", "d"])
