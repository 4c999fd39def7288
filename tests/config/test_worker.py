"""The worker: every duty in its turn, a failing one later, a stop between two duties."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from linli.config import worker
from linli.web.duties import Duty, duty

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
