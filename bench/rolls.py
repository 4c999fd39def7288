"""
How long it takes to draw up and to freeze a roll of owners, beside the size of the compound.

    python bench/rolls.py [--sizes 1000 20000] [--database sqlite|postgres|both]

Each database gets a throw-away folder (SQLite) or cluster (PostgreSQL, from the tests) of its own. One home in ten has two joint owners, one
owner in fifty owns a second home, one home in a hundred belongs to a company, one in forty to the developer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {1_000: 2.0, 20_000: 30.0}


def build(homes: int, now: Any) -> Any:
    """A compound with so many homes in buildings of a hundred, written straight into the tables."""
    from linli.kernel.access.actor import system
    from linli.kernel.access.paths import segment
    from linli.kernel.access.rows import insert_rows, reserve_ids
    from linli.kernel.people.models import Home, Ownership, Person
    from linli.kernel.places.actions import add_place
    from linli.kernel.places.models import Place

    house = system("bench")
    community = add_place(actor=house, kind="community", name=f"社区{homes}", parent=None, now=now)
    compound = add_place(actor=house, kind="compound", name="芳草苑", parent=community, now=now)
    entrances = []
    for number in range((homes + 99) // 100):
        building = add_place(actor=house, kind="building", name=f"{number + 1} 栋", parent=compound, now=now)
        entrances.append(add_place(actor=house, kind="entrance", name="1 单元", parent=building, now=now))
    places = list(reserve_ids(Place, homes))
    insert_rows(
        Place,
        ["id", "kind", "name", "parent_id", "path", "sort_key", "created_at"],
        (
            (pk, "home", f"{at % 100 // 4 + 1}{at % 4 + 1:02d}", entrances[at // 100].pk, entrances[at // 100].path + segment(pk), "", now)
            for at, pk in enumerate(places)
        ),
    )
    flats, people = list(reserve_ids(Home, homes)), list(reserve_ids(Person, homes + homes // 10))
    insert_rows(
        Home,
        ["id", "place_id", "exclusive_area"],
        ((f, p, 6_000 + at % 80 * 100) for at, (f, p) in enumerate(zip(flats, places, strict=True))),
    )
    insert_rows(Person, ["id", "name", "created_at", "home_path"], ((pk, f"王{at}", now, compound.path) for at, pk in enumerate(people)))
    names = ["home_id", "person_id", "organisation", "share_denominator", "since_on"]
    insert_rows(Ownership, names, ((f, *owner) for at, f in enumerate(flats) for owner in owners(at, people, homes)))
    return compound


def owners(at: int, people: list[int], homes: int) -> list[tuple[Any, ...]]:
    since = date(2020, 1, 1)
    if at % 40 == 7:
        return [(None, "开发公司", 1, since)]
    if at % 100 == 9:
        return [(None, f"公司{at}", 1, since)]
    if at % 10 == 3:
        return [(people[at], "", 2, since), (people[homes + at // 10], "", 2, since)]
    return [(people[at - 1 if at % 50 == 11 else at], "", 1, since)]


def timed(what: str, act: Callable[[], Any]) -> tuple[Any, float]:
    """What came of it, and the seconds on the wall; the processor's own seconds beside them tell how busy the machine was."""
    start, worked = time.perf_counter(), time.process_time()
    came = act()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    print(f"  {what:<34}{seconds:8.2f} s  (processor {worked:.2f} s)")
    return came, seconds


def measure(sizes: list[int]) -> bool:
    """In a process of its own, with its database already chosen by the environment."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "linli.config.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from linli.kernel.access.actor import system
    from linli.kernel.rolls import queries
    from linli.kernel.rolls.actions.draft import draw_up
    from linli.kernel.rolls.actions.freezing import freeze
    from linli.kernel.rolls.verify import verify_rolls

    call_command("migrate", verbosity=0)
    now, house = timezone.now(), system("bench")
    today = timezone.localdate(now)
    until = today + timedelta(days=20)

    def one(homes: int) -> bool:
        with transaction.atomic():
            compound = build(homes, now)
        print(f"{connection.vendor}, {homes:,} homes")
        terms = {"place": compound, "kind": "owners", "record_date": today, "policy": {"developer": "开发公司"}}
        roll, _s = timed("drawn up", lambda: draw_up(actor=house, now=now, **terms))
        frozen, seconds = timed("frozen", lambda: freeze(actor=house, roll_id=roll.pk, now=now, objections_until=until))
        faults, _s = timed("verified", lambda: list(verify_rolls(frozen.pk)))
        proof, _s = timed("one proof", lambda: queries.proof_of(frozen, queries.voter_on(frozen, frozen.voter_count // 2)))
        case, _s = timed("case for the counting core", lambda: queries.case_of(frozen, profile="owners.civil_code.ordinary"))
        timed("by building", lambda: queries.buildings(frozen))
        timed("found by door", lambda: queries.find_voters(frozen, "3 栋 502"))
        print(
            f"  {frozen.voter_count:,} voters, {frozen.unit_count:,} units, {len(faults)} faults, "
            f"proof holds: {proof.holds()}, {len(case['units']):,} in the case"
        )
        return not faults and seconds <= LIMITS.get(homes, float("inf"))

    kept = [one(homes) for homes in sizes]
    return all(kept)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 20_000])
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return 0 if measure(given.sizes) else 1
    chosen = ["sqlite", "postgres"] if given.database == "both" else [given.database]
    return max(run(database, given.sizes) for database in chosen)


def run(database: str, sizes: list[int]) -> int:
    """Measure in a fresh process against a fresh database."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        environment = {**os.environ, "LINLI_DATA": folder}
        if database == "postgres":
            sys.path.insert(0, str(ROOT))
            from tests import postgres

            environment["LINLI_DATABASE_URL"] = postgres.url()
        command = [sys.executable, str(Path(__file__).resolve()), "--inside", "--sizes", *map(str, sizes)]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
