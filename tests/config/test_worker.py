"""The worker: every duty in its turn, a failing one later, a stop between two duties, heavy ones in a process of their own."""

import os
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from linli.config import worker
from linli.web.duties import Duty, duty, registered

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_duty_is_due_again_after_its_time() -> None:
    turn = worker.Turn(Duty("count", timedelta(seconds=30), lambda now: 7))

    done = turn.take(NOW, monotonic=100.0)

    assert (done, turn.due, turn.failures) == (7, 130.0, 0)


def test_a_failing_duty_waits_longer_each_time_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[int | Exception] = [OSError("gateway away"), OSError("gateway away"), 4]

    def work(now: datetime) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    turn = worker.Turn(Duty("send", timedelta(seconds=10), work))

    seen = [(turn.take(NOW, monotonic=0.0), turn.due) for _attempt in range(3)]

    assert seen == [(None, 20.0), (None, 40.0), (4, 10.0)]
    assert "duty send failed, 2 in a row" in caplog.text


def test_the_pause_after_failures_has_an_end() -> None:
    def fail(now: datetime) -> int:
        raise OSError

    turn = worker.Turn(Duty("send", timedelta(seconds=10), fail))
    for _attempt in range(30):
        turn.take(NOW, monotonic=0.0)

    assert turn.due == worker.LONGEST_BACKOFF


def test_a_stop_lets_the_duty_that_has_begun_finish_and_starts_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    ran = []

    def first(now: datetime) -> int:
        stop.set()
        ran.append("first")
        return 1

    def second(now: datetime) -> int:
        ran.append("second")
        return 1

    monkeypatch.setattr(worker, "registered", lambda: [Duty("a", timedelta(hours=1), first), Duty("b", timedelta(hours=1), second)])

    worker.run(stop)

    assert ran == ["first"]


def test_run_once_counts_each_duty_and_marks_the_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> int:
        raise OSError

    monkeypatch.setattr(worker, "registered", lambda: [Duty("a", timedelta(hours=1), lambda now: 3), Duty("b", timedelta(hours=1), fail)])

    assert worker.run_once(NOW) == {"a": 3, "b": None}


def test_a_duty_without_any_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="must leave some time"):
        duty("restless", every=timedelta(0))(lambda now: 0)


def heavy(waits: bool = True) -> Duty:
    def here(now: datetime) -> int:
        raise AssertionError("not in the worker's own process")

    return Duty("heavy", timedelta(seconds=30), here, apart=lambda now: waits)


def processes(monkeypatch: pytest.MonkeyPatch, *scripts: str) -> None:
    """What the duty's process does, the first time it is begun, the second time, …"""
    left = list(scripts)
    monkeypatch.setattr(worker, "command_of", lambda duty: [sys.executable, "-c", left.pop(0)])


def test_a_heavy_duty_has_one_process_at_a_time_and_is_put_off_when_that_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    processes(monkeypatch, "input()", "raise SystemExit(3)")
    turn = worker.TurnApart(heavy())

    begun = turn.take(NOW, monotonic=0.0)
    assert turn.process
    assert (begun, turn.due, turn.take(NOW, monotonic=30.0), turn.due) == (1, worker.LOOK_AGAIN, 0, 30.0 + worker.LOOK_AGAIN)

    turn.process.kill()
    turn.process.wait()
    assert (turn.take(NOW, monotonic=40.0), turn.due) == (None, 100.0)
    assert "duty heavy failed, 1 in a row" in caplog.text
    assert turn.take(NOW, monotonic=100.0) == 1
    turn.process.wait()
    assert turn.take(NOW, monotonic=140.0) is None


def test_without_anything_waiting_no_process_is_begun() -> None:
    turn = worker.TurnApart(heavy(waits=False))

    assert (turn.take(NOW, monotonic=0.0), turn.process, turn.due) == (0, None, 30.0)


def test_a_worker_that_stops_takes_the_process_along(monkeypatch: pytest.MonkeyPatch) -> None:
    processes(monkeypatch, "import time; time.sleep(60)")
    stop, begun = threading.Event(), worker.TurnApart(heavy())

    def halt(now: datetime) -> int:
        stop.set()
        return 0

    worker.keep_turns([begun, worker.Turn(Duty("then stop", timedelta(hours=1), halt))], stop)

    assert begun.process is not None and begun.process.poll() is not None


def test_every_heavy_duty_can_be_run_alone_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    calmer: list[int] = []
    monkeypatch.setattr(os, "nice", calmer.append)
    names = [duty.name for duty in registered() if duty.apart]
    assert len(names) >= 3

    done = CliRunner().invoke(worker.worker, ["--once", *(word for name in names for word in ("--only", name))])
    unknown = CliRunner().invoke(worker.worker, ["--once", "--only", "idle"])

    assert [line.split("\t")[0] for line in done.output.splitlines()] == names
    assert calmer == [10]
    assert unknown.exit_code == 2 and "idle" in unknown.output
