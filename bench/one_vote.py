"""
What one vote costs the processor and the database, apart from the way over the network: from the POST of the page (or of the API) to the
committed row, in one process. Where a machine is shared this says more than a rate.

    python bench/one_vote.py --database both --votes 200
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.ballots import PREPARE
from bench.run import BUILD, ROOT, database_of, environment, linli

DOORS = ("page", "api")
WARM = 10


def inside(votes: int, shown: bool, profiled: bool) -> None:
    """In a process of the installation: half of the votes through each door, each of another owner."""
    import os
    import time

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["*"]
    known: dict[str, Any] = json.loads(sys.stdin.read())
    number, told = known["ballot_id"], {}
    for at, door in enumerate(DOORS):
        mine = range(at, votes, len(DOORS))
        took, queries = [], 0
        profile, client = cProfile.Profile(), Client()  # one: each would make the whole chain of middleware anew
        for turn, i in enumerate(mine):
            client.cookies.clear()
            if door == "page":
                client.cookies[settings.SESSION_COOKIE_NAME] = known["sessions"][i]
                act = (f"/ballots/{number}/vote/{known['seqs'][i]}/", "choice=agree&cast=1&nonce=ab12")
                more: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded"}
            else:
                act = (f"/api/v1/ballots/{number}/votes", json.dumps({"choice": "agree"}))
                more = {"content_type": "application/json", "headers": {"authorization": f"Bearer {known['tokens'][i]}"}}
            if turn == WARM:
                with CaptureQueriesContext(connection) as asked:
                    answer = client.post(*act, **more)
                queries = len(asked)
                if shown:
                    print(door, *(q["sql"][:230] for q in asked.captured_queries), sep="\n  ", file=sys.stderr)
            else:
                if profiled and turn > WARM:
                    profile.enable()
                began = time.process_time()
                answer = client.post(*act, **more)
                spent = time.process_time() - began
                profile.disable()
                if turn > WARM:
                    took.append(spent * 1000)
            if answer.status_code not in (201, 302):
                raise SystemExit(f"{door}: {answer.status_code} {answer.content.decode()[:400]}")
        if profiled:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(35)
        ordered = sorted(took)
        told[door] = {"queries": queries, "cpu": sum(ordered) / len(ordered), "median": ordered[len(ordered) // 2], "votes": len(ordered)}
    print(json.dumps(told))


def measure(kind: str, votes: int, shown: bool, profiled: bool) -> None:
    data = BUILD / f"one-vote-{kind}"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    with database_of(kind) as (url, _beside):
        env = environment(kind, data, url)
        linli("migrate", env=env)
        made = subprocess.run(
            [sys.executable, "-c", PREPARE.format(votes=votes)], env=env, cwd=ROOT, check=True, capture_output=True, text=True
        )
        command = [
            sys.executable,
            __file__,
            "--inside",
            "--votes",
            str(votes),
            *(["--show"] if shown else []),
            *(["--profile"] if profiled else []),
        ]
        done = subprocess.run(
            command, env=env, cwd=ROOT, check=True, input=made.stdout.strip().splitlines()[-1], stdout=subprocess.PIPE, text=True
        )
    for door, figures in json.loads(done.stdout.strip().splitlines()[-1]).items():
        print(
            f"{kind}, {door}: {figures['queries']} queries, processor {figures['cpu']:.2f} ms a vote (median {figures['median']:.2f}) "
            f"over {figures['votes']} votes",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--votes", type=int, default=200)
    parser.add_argument("--show", action="store_true", help="the queries of one vote through each door")
    parser.add_argument("--profile", action="store_true", help="where the processor's time goes")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen.votes, chosen.show, chosen.profile)
        return
    for kind in ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]:
        measure(kind, chosen.votes, chosen.show, chosen.profile)


if __name__ == "__main__":
    main()
