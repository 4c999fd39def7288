"""
How fast Linli is, against limits that stand beside each figure. Run with `make bench`.

It builds a street (15,000 residents, 50,000 requests), serves it as production would (one web process a core), and drives it over
loopback with eight clients. The limits are ten times what Signalen, the best open peer with the same job and framework, makes on two
cores with the same number of requests; growth is the ratio of medians at a million requests to those at fifty thousand.

    python bench/run.py --database sqlite --seconds 8
    python bench/run.py --database postgres --grow
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
sys.path.insert(0, str(ROOT))

# Requests a second that each must reach: ten times Signalen's on two cores with 50,000 requests and 8 clients.
LIMITS = {"public list": 23, "one request": 220, "inbox": 23, "raise": 180, "transition": 210}
MEMORY_LIMIT_MB = 180
GROWTH_LIMIT = 1.5


@dataclass
class Result:
    name: str
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    failures: int = 0
    cpu_seconds: float = 0.0  # of the server's processes, warm-up left out

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        """Processor time of server and database for one request: what a busy neighbour on the machine does not change much."""
        return self.cpu_seconds / len(self.times) * 1000 if self.times else float("nan")

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")


@dataclass(frozen=True)
class Stage:
    """A served database and what the load needs to know of it."""

    port: int
    roots: list[int]  # the server first, then the database where it is a server too
    keys: dict[str, str]
    refs: list[str]
    movable: list[str]


PREPARE = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
import django; django.setup()
from django.utils import timezone
from django.contrib.sessions.backends.db import SessionStore
from linli.kernel.access.actor import system
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Place
now, out = timezone.now(), {}
for name in ("wang.fang", "liu.build", "r13900000001"):
    account = Account.objects.get(username=name)
    out["token " + name] = make_token(actor=system("bench"), account=account, name="bench", scopes=["*"], now=now)[1]
    session = SessionStore()
    session["_auth_user_id"], session["_auth_user_backend"] = str(account.pk), "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = account.get_session_auth_hash()
    session.save()
    out["session " + name] = session.session_key
home = Account.objects.get(username="r13900000001").person.home_path
out["building"] = Place.objects.filter(kind="building", path=home[:42]).values_list("pk", flat=True).first() or Place.objects.filter(kind="building").first().pk
out["community"] = Place.objects.filter(kind="community").order_by("pk").first().pk
public = Matter.objects.filter(visibility="public").order_by("-pk")
out["refs"] = [m.ref for m in public[:400]]
community = Place.objects.get(pk=out["community"])
mine = Matter.objects.filter(community_id=community.pk, is_open=True, state__in=["dispatched", "in_progress", "accepted"]).order_by("-pk")
out["movable"] = [m.ref for m in mine[:400]]
print(json.dumps(out))
"""


def environment(database: str, data: Path, url: str) -> dict[str, str]:
    found = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_")}
    found |= {
        "LINLI_DATA": str(data),
        "LINLI_DEMO": "off",
        "LINLI_STAFF_SECOND_FACTOR": "optional",
        "LINLI_API_PER_MINUTE": "100000000",
        "LINLI_API_PER_MINUTE_ANONYMOUS": "100000000",
        "LINLI_LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    if database == "postgres":
        found["LINLI_DATABASE_URL"] = url
    return found


def linli(*words: str, env: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "linli.config.cli", *words], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database_of(kind: str) -> Iterator[tuple[str, list[int]]]:
    """
    The address of a database for the time of the run and its processes: nothing for SQLite (its file), a throw-away cluster for PostgreSQL.
    """
    if kind == "sqlite":
        yield "", []
        return
    from tests.postgres import Cluster

    cluster = Cluster(durable=True)
    try:
        yield cluster.url, [cluster.process.pid]
    finally:
        cluster.remove()


def fill(kind: str, scale: str, url: str, *, copied: bool = True) -> tuple[Path, dict[str, str]]:
    """
    The data folder of a scale: for SQLite built once and kept (and copied, unless the load only reads), for PostgreSQL each time anew.
    """
    data = BUILD / (f"{scale}.kept" if kind == "sqlite" else f"{kind}-{scale}")
    env = environment(kind, data, url)
    if kind == "sqlite" and (data / "linli.sqlite3").exists():
        linli("migrate", env=env)
    else:
        build(data, scale, env, kind)
    if kind == "sqlite" and copied:
        copy = BUILD / f"{kind}-{scale}"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
        return copy, environment(kind, copy, url)
    return data, env


def build(data: Path, scale: str, env: dict[str, str], kind: str) -> None:
    """Fill an empty database; a folder is there whole or not at all."""
    making = data.with_name(f"{data.name}.making")
    for folder in (data, making):
        shutil.rmtree(folder, ignore_errors=True)
    making.mkdir(parents=True)
    began = time.monotonic()
    linli("demo", "--scale", scale, env=env | {"LINLI_DATA": str(making)})
    making.rename(data)
    print(f"  built {scale} on {kind} in {time.monotonic() - began:.0f} s", flush=True)


@contextmanager
def served(env: dict[str, str], workers: int, beside: list[int]) -> Iterator[Stage]:
    told = json.loads(subprocess.run([sys.executable, "-c", PREPARE], env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    port = free_port()
    command = [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(port)
        keys = {k: v for k, v in told.items() if isinstance(v, str)} | {
            "building": str(told["building"]),
            "community": str(told["community"]),
        }
        yield Stage(port, [process.pid, *beside], keys, told["refs"], told["movable"])
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def wait_for(port: int) -> None:
    for _attempt in range(300):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/requests/")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def family(pid: int) -> list[int]:
    """The process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(p for child in children for p in family(int(child)))]


def resident_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def cpu_seconds(roots: list[int]) -> float:
    """User and system time these processes and all below them have used so far."""
    ticks = 0
    for pid in (pid for root in roots for pid in family(root)):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


Call = tuple[str, str, dict[str, str], bytes]


class Line:
    """
    One connection kept open, with as little of HTTP as the load needs: the clients share two cores with what they measure.

    Every answer is read whole, by its length or its chunks. Raises OSError when it breaks off or is not HTTP.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"
        self._read = b""

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", *(f"{k}: {v}" for k, v in headers.items())]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)
        head = self._until(b"\r\n\r\n").decode("latin-1").lower()
        if not head.startswith("http/1.1 "):
            raise OSError("no answer in HTTP/1.1")
        fields = dict(line.partition(":")[::2] for line in head.split("\r\n")[1:])
        if "content-length" in fields:
            return int(head[9:12]), self._exactly(int(fields["content-length"]))
        if fields.get("transfer-encoding", "").strip() == "chunked":
            return int(head[9:12]), self._chunks()
        return int(head[9:12]), b""

    def _more(self) -> None:
        got = self._socket.recv(1 << 18)
        if not got:
            raise OSError("the server hung up")
        self._read += got

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            self._more()
        found, _mark, self._read = self._read.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _chunks(self) -> bytes:
        whole = b""
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            whole += self._exactly(size + 2)[:-2]
        self._until(b"\r\n")
        return whole

    def close(self) -> None:
        self._socket.close()


SETTLED_SHARE, SETTLED_SECONDS, SETTLES_WITHIN = 0.1, 4, 240


def settle(roots: list[int]) -> None:
    """
    Wait until what the worker finds to catch up with after the filling (facts, topics) is done: it comes once a day or an hour, at a low
    priority, and would be counted as if each request cost it.
    """
    quiet, end = 0, time.monotonic() + SETTLES_WITHIN
    while quiet < SETTLED_SECONDS and time.monotonic() < end:
        used = cpu_seconds(roots)
        time.sleep(1)
        quiet = quiet + 1 if cpu_seconds(roots) - used < SETTLED_SHARE else 0
    if quiet < SETTLED_SECONDS:
        print(f"  the worker was still at work after {SETTLES_WITHIN} s", flush=True)


def drive(name: str, stage: Stage, make: Callable[[int], Call], *, clients: int, seconds: float) -> Result:
    """`clients` threads, each with one connection kept open, for `seconds` after a short warm-up."""
    result, lock, counter = Result(name), threading.Lock(), iter(range(10**9))
    begin = time.monotonic() + 1.0
    end = begin + seconds

    def client() -> None:
        line = Line(stage.port)
        while time.monotonic() < end:
            method, path, headers, body = make(next(counter))
            started = time.perf_counter()
            status, answer = line.ask(method, path, headers, body)
            took = time.perf_counter() - started
            if time.monotonic() < begin:
                continue
            with lock:
                result.times.append(took)
                result.failures += status >= 400 or not answer
        line.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, begin - time.monotonic()))
    used = cpu_seconds(stage.roots)
    for thread in threads:
        thread.join()
    result.cpu_seconds = cpu_seconds(stage.roots) - used
    result.seconds = seconds
    return result


def scenes(stage: Stage) -> dict[str, Callable[[int], Call]]:
    """What is measured: pages as a browser gets them, acts as a machine does them."""
    desk = {"Cookie": f"sessionid={stage.keys['session liu.build']}"}
    resident = {"Authorization": f"Bearer {stage.keys['token r13900000001']}", "Content-Type": "application/json"}
    worker = {"Authorization": f"Bearer {stage.keys['token wang.fang']}", "Content-Type": "application/json"}

    def raising(i: int) -> Call:
        body = {"title": f"路灯不亮 {i}", "body": "东门到公交站这一段路灯都不亮，晚上走路看不清。", "place_id": int(stage.keys["building"])}
        return "POST", "/api/v1/requests", resident, json.dumps(body).encode()

    def moving(i: int) -> Call:
        ref = stage.movable[i % len(stage.movable)]
        return "POST", f"/api/v1/requests/{ref}/answer", worker, json.dumps({"text": "已到现场查看，正在处理。"}).encode()

    return {
        "public list": lambda i: ("GET", f"/requests/?place={stage.keys['community']}", {}, b""),
        "one request": lambda i: ("GET", f"/requests/{stage.refs[i % len(stage.refs)]}/", {}, b""),
        "inbox": lambda i: ("GET", "/desk/", desk, b""),
        "search": lambda i: ("GET", "/requests/?q=%E7%94%B5%E6%A2%AF", {}, b""),
        "list of 100 (JSON)": lambda i: ("GET", "/api/v1/requests?limit=100", {}, b""),
        "raise": raising,
        "transition": moving,
    }


def show(results: list[Result], database: str) -> None:
    print(f"\n{database}: requests a second over loopback, 8 clients, one web process a core")
    print(f"  {'':22}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'failed':>8}{'limit':>8}{'ratio':>8}")
    for r in results:
        limit = LIMITS.get(r.name)
        ratio = f"{r.per_second / limit:.2f}" if limit else ""
        print(
            f"  {r.name:22}{r.per_second:12.1f}{r.quantile(0.5):9.1f}{r.quantile(0.99):9.1f}{r.cpu_ms:9.1f}{r.failures:8}{limit or '':>8}{ratio:>8}",
            flush=True,
        )


def measure(kind: str, seconds: float, clients: int, only: list[str]) -> None:
    with database_of(kind) as (url, beside):
        _data, env = fill(kind, "street", url)
        with served(env, os.cpu_count() or 1, beside) as stage:
            settle(stage.roots)
            results = [
                drive(name, stage, make, clients=clients, seconds=seconds)
                for name, make in scenes(stage).items()
                if not only or name in only
            ]
            show(results, kind)
            sizes = [resident_mb(pid) for pid in family(stage.roots[0])]
            print(
                f"  memory of each process: {', '.join(f'{s:.0f}' for s in sizes)} MB; largest against the limit of {MEMORY_LIMIT_MB}: {max(sizes) / MEMORY_LIMIT_MB:.2f}"
            )


def grow(kind: str, seconds: float) -> None:
    """Medians of list, inbox and search with one client, at 50,000 and at 1,000,000 requests."""
    names = ("public list", "inbox", "search", "one request")
    medians: dict[str, dict[str, float]] = {}
    for scale in ("street", "city"):
        with database_of(kind) as (url, beside):
            _data, env = fill(kind, scale, url, copied=False)
            with served(env, 1, beside) as stage:
                made = scenes(stage)
                medians[scale] = {n: statistics.median(drive(n, stage, made[n], clients=1, seconds=seconds).times) * 1000 for n in names}
    print(f"\n{kind}: median ms with one client at 50,000 and at 1,000,000 requests (limit of growth {GROWTH_LIMIT})")
    for name in names:
        small, large = medians["street"][name], medians["city"][name]
        print(f"  {name:22}{small:9.1f}{large:9.1f}   ratio {large / small:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=[], help="measure these alone, by their names in the table")
    parser.add_argument("--grow", action="store_true", help="measure growth to a million requests instead (builds a city; long)")
    chosen = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    for kind in ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]:
        if chosen.grow:
            grow(kind, chosen.seconds)
        else:
            measure(kind, chosen.seconds, chosen.clients, chosen.only)


if __name__ == "__main__":
    main()
