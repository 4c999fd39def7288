"""`linli serve` as an operator meets it: it starts, survives its worker's death, and leaves nothing behind, however it ends."""

import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linli.config import serve
from tests.installation import lay_down

pytestmark = pytest.mark.slow
WITHIN = 120.0


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end, f"waited {WITHIN:.0f} s in vain: {what}"
        time.sleep(0.05)


def children_of(pid: int) -> dict[int, str]:
    """Living descendants: process number -> command line."""
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            state, parent = stat.rsplit(")", 1)[1].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found |= {int(folder.name): command} | children_of(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    def __init__(self, data: Path, database: str = "") -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
        self.port, self.log = free_port(), data / "log.txt"
        environment = kept | {"LINLI_DATA": str(data), "LINLI_LANGUAGE": "en", "LINLI_DEMO": "off"}
        if database:
            environment["LINLI_DATABASE_URL"] = database
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(self.port), "--workers", "1"],
                env=environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def started(self) -> "Server":
        wait_until(lambda: "Linli is running" in self.said or self.process.poll() is not None, "the server's announcement")
        assert self.process.poll() is None, self.said
        return self

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def worker(self) -> int:
        return next((pid for pid, command in children_of(self.process.pid).items() if command.rstrip().endswith("cli worker")), 0)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(WITHIN)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """On an installation that was there before; which database it has makes no difference to what is tested here."""
    lay_down(tmp_path, "sqlite")
    yield from running(Server(tmp_path))


def migrate_on_a_full_disk(data: Path) -> subprocess.CompletedProcess[str]:
    def no_file_above_200_kb() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "linli.config.cli", "migrate"],
        env=kept | {"LINLI_DATA": str(data), "LINLI_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=no_file_above_200_kb,
    )


def running(server: Server) -> Iterator[Server]:
    family: set[int] = set()
    yield server
    family |= set(children_of(server.process.pid))
    if server.process.poll() is None:
        server.process.terminate()
        server.process.wait(WITHIN)
    assert [pid for pid in family if alive(pid)] == []


def test_a_first_start_after_one_on_a_full_disk_serves_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    full = migrate_on_a_full_disk(tmp_path)

    assert full.returncode == 1
    assert full.stderr.startswith("linli: The disk is full or cannot be written; nothing was half saved.") and full.stderr.count("\n") == 1
    for server in running(Server(tmp_path)):
        stops_cleanly(server, tmp_path, signal.SIGINT)


def test_a_request_to_stop_ends_web_and_worker_and_counts_as_success(server: Server, tmp_path: Path) -> None:
    stops_cleanly(server, tmp_path, signal.SIGTERM)


def stops_cleanly(server: Server, tmp_path: Path, number: int) -> None:
    server.started()
    family = children_of(server.process.pid)
    assert server.status("/robots.txt") == 200

    code = server.end(number)

    assert code == 0
    assert len(family) >= 3
    assert [command for pid, command in family.items() if alive(pid)] == []
    assert list(tmp_path.glob("serve-*.pid")) == []


def test_a_worker_that_dies_is_started_again(server: Server) -> None:
    server.started()
    wait_until(lambda: server.worker() != 0, "the worker")
    first = server.worker()

    os.kill(first, signal.SIGKILL)
    wait_until(lambda: server.worker() not in {0, first}, "a new worker")

    assert "The background worker ended unexpectedly" in server.said
    assert server.status("/robots.txt") == 200


def test_the_death_of_the_web_server_ends_everything_with_a_word(server: Server) -> None:
    server.started()
    family = children_of(server.process.pid)
    web = next(pid for pid, command in family.items() if "-m granian" in command)

    os.kill(web, signal.SIGKILL)

    assert server.process.wait(WITHIN) == 1
    assert "The web server ended unexpectedly" in server.said
    wait_until(lambda: not any(alive(pid) for pid in family), "the end of every child")


def test_children_do_not_outlive_a_server_that_was_killed(server: Server) -> None:
    server.started()
    family = children_of(server.process.pid)

    server.end(signal.SIGKILL)

    wait_until(lambda: not any(alive(pid) for pid in family), "the end of every child")


def test_a_busy_port_is_named_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        environment = os.environ | {"LINLI_DATA": str(tmp_path), "LINLI_LANGUAGE": "en", "DJANGO_SETTINGS_MODULE": "linli.config.settings"}

        done = subprocess.run(
            [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(port)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.strip() == f"linli: Cannot use 127.0.0.1:{port} (Address already in use). Choose another port: --port 8123"
    assert not (tmp_path / "linli.sqlite3").exists()


def test_the_table_of_sign_ins_is_aligned_though_chinese_characters_are_wide(capsys: pytest.CaptureFixture[str]) -> None:
    serve._show([("居民", "13800000001", "code on the console"), ("社区工作者", "worker", "secret")])

    assert capsys.readouterr().out.splitlines()[2:4] == [
        "  居民        13800000001  code on the console",
        "  社区工作者  worker       secret",
    ]
