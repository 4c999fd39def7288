"""One inside at a time, over threads and over processes; whoever stands at the door is not passed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from linli.lib.turns import Turns, turns_at

ADD = """
import sys, time
from pathlib import Path
from linli.lib.turns import turns_at
turns, counter = turns_at(Path(sys.argv[1])), Path(sys.argv[2])
for _ in range(40):
    assert turns.enter(20)
    seen = int(counter.read_text())
    time.sleep(0.0005)
    counter.write_text(str(seen + 1))
    turns.leave()
"""
HOLD = """
import sys, time
from pathlib import Path
from linli.lib.turns import turns_at
assert turns_at(Path(sys.argv[1])).enter(5)
print("in", flush=True)
time.sleep(60)
"""


def test_one_queue_serves_a_path_in_a_process(tmp_path: Path) -> None:
    assert turns_at(tmp_path / "a") is turns_at(tmp_path / "a")
    assert turns_at(tmp_path / "a") is not turns_at(tmp_path / "b")


def test_only_one_thread_is_inside(tmp_path: Path) -> None:
    turns, inside, most = Turns(tmp_path / "a"), [], []

    def work() -> None:
        for _ in range(50):
            assert turns.enter(20)
            inside.append(1)
            most.append(len(inside))
            time.sleep(0)
            inside.pop()
            turns.leave()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert max(most) == 1


def test_only_one_process_is_inside(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path / "a"), str(counter)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert counter.read_text() == "120"


def test_waiting_ends_when_the_time_is_over_and_the_next_can_still_come(tmp_path: Path) -> None:
    first, second = Turns(tmp_path / "a"), Turns(tmp_path / "a")  # as two processes have them
    assert first.enter(1)
    began = time.monotonic()
    assert not second.enter(0.05)
    assert 0.04 < time.monotonic() - began < 2
    assert not first.enter(0.05)
    first.leave()
    assert second.enter(1)
    second.leave()


def test_whoever_stands_at_the_door_goes_in_before_whoever_has_just_left(tmp_path: Path) -> None:
    first, second, order = Turns(tmp_path / "a"), Turns(tmp_path / "a"), []
    assert first.enter(1)

    def wait() -> None:
        assert second.enter(10)
        order.append("second")
        second.leave()

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.1)
    first.leave()
    assert first.enter(10)
    order.append("first")
    first.leave()
    waiting.join()
    assert order == ["second", "first"]


def test_a_process_that_is_killed_inside_leaves_the_room_free(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "a")], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    turns = Turns(tmp_path / "a")
    assert not turns.enter(0.05)
    process.kill()
    process.wait()
    process.stdout.close()
    assert turns.enter(5)
    turns.leave()


def test_a_folder_that_cannot_be_written_keeps_order_among_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(tmp_path / "missing" / "a")
    assert turns.enter(1)
    assert not turns.enter(0.01)
    turns.leave()
    assert turns.enter(1)
    turns.leave()
