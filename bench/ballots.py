"""
Votes cast through the web, against limits that stand beside each figure: 200 a second on PostgreSQL with a p99 under 300 ms, 100 on SQLite.

Each vote is that of another owner, by its own token or its own session, sent once over loopback to `linli serve` with one process a core. No
vote is counted twice here, and one that is refused is a failure.

    python bench/ballots.py --database both --votes 2000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.run import BUILD, ROOT, Line, database_of, environment, free_port, linli

LIMITS = {"sqlite": (100, None), "postgres": (200, 300)}
PREPARE = """
import json, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
import django; django.setup()
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from tests.council.electorate import build
print(json.dumps(asdict(build({votes}, datetime.now(UTC) + timedelta(hours=2)))))
"""
LOOK = """
import json, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
import django; django.setup()
from linli.loops.council.ballots.models import Vote
print(json.dumps([Vote.objects.count(), Vote.objects.filter(state="stands").values("voter").distinct().count()]))
"""


def script(source: str, env: dict[str, str]) -> Any:
    done = subprocess.run([sys.executable, "-c", source], env=env, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def cast_all(port: int, known: dict[str, Any], clients: int) -> tuple[list[float], float, int]:
    """Every vote once; times of each, seconds in all, failures."""
    times: list[float] = []
    failures = [0]
    lock, path = threading.Lock(), f"/api/v1/ballots/{known['ballot_id']}/votes"
    numbers = iter(range(len(known["tokens"])))

    def client() -> None:
        line = Line(port)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            headers = {"Authorization": f"Bearer {known['tokens'][number]}", "Content-Type": "application/json"}
            started = time.perf_counter()
            status, _answer = line.ask("POST", path, headers, json.dumps({"choice": "against" if number % 3 else "agree"}).encode())
            took = time.perf_counter() - started
            with lock:
                times.append(took)
                failures[0] += status != 201
        line.close()

    for _warm in range(8):
        line = Line(port)
        line.ask("GET", f"/api/v1/ballots/{known['ballot_id']}", {}, b"")
        line.close()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - began, failures[0]


def measure(kind: str, votes: int, clients: int) -> None:
    data = BUILD / f"ballots-{kind}"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    with database_of(kind) as (url, _beside):
        env = environment(kind, data, url)
        linli("migrate", env=env)
        known = script(PREPARE.format(votes=votes), env)
        port = free_port()
        command = [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(port), "--workers", str(os.cpu_count() or 1)]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(port)
            times, seconds, failed = cast_all(port, known, clients)
        finally:
            process.terminate()
            process.wait(20)
        stored, counted = script(LOOK, env)
    ordered = sorted(times)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] * 1000 for q in (0.5, 0.99))
    limit, slowest = LIMITS[kind]
    rate = len(times) / seconds
    print(f"{kind}: {len(times)} votes by {clients} clients, {rate:.1f} a second (limit {limit}, ratio {rate / limit:.2f}); p50 {p50:.1f} ms, p99 {p99:.1f} ms" + (f" (limit {slowest}, ratio {p99 / slowest:.2f})" if slowest else "") + f"; failed {failed}; stored {stored}, of {counted} voters; load {os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip


def wait_for(port: int) -> None:
    for _attempt in range(300):
        try:
            line = Line(port)
            status, _body = line.ask("GET", "/api/v1/ballots", {}, b"")
            line.close()
            if status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--votes", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    chosen = parser.parse_args()
    for kind in ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]:
        measure(kind, chosen.votes, chosen.clients)


if __name__ == "__main__":
    main()
