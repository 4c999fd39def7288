"""
How fast votes are counted and bundles verified, each beside its limit. Run with `python bench/choice_tally.py`.

Counting starts from prepared lists: positions on the roll (array of integers), one choice a paper (bytes) and areas (integers of 0.01 m²), in a
random order of papers; it includes putting papers and owners together, holding papers that disagree, silence, both sums and all tests, with the
strict result beside the policy's. Verifying starts from the parsed JSON and includes every hash, the tree, the roll and the recount. Elapsed
times are of this machine as loaded as it is; the processor's time stands beside.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from linli.insight.choice import bundle, verify_bundle  # noqa: E402 - the repository is put on the path first
from linli.insight.choice.seals import new_opening  # noqa: E402
from linli.insight.choice.tally import collect, collect_at, tally  # noqa: E402
from linli.insight.choice.units import Roll  # noqa: E402
from linli.law import voting  # noqa: E402

PROFILE = voting.profile("owners.civil_code.ordinary")
KINDS = [6520, 8937, 11205, 13377, 14890]


def measure(name: str, limit: float | None, work: Callable[[], object]) -> bool:
    """Run once; print elapsed and processor seconds beside the limit, and their ratio to it."""
    started, processor = time.perf_counter(), time.process_time()
    work()
    elapsed, used = time.perf_counter() - started, time.process_time() - processor
    beside = f"limit {limit:.0f} s  ratio {elapsed / limit:.2f}" if limit else "no limit set"
    print(f"{name:<58} {elapsed:7.2f} s  (processor {used:6.2f} s)  {beside}", flush=True)
    return limit is None or elapsed < limit


def count(ballots: int) -> bool:
    """One paper an owner, in random order; a tenth of owners silent but delivered."""
    chance = random.Random(1)
    owners = tuple(f"o{number}" for number in range(ballots))
    roll = Roll(owners, [chance.choice(KINDS) for _owner in owners], {owner: at for at, owner in enumerate(owners)})
    order = list(range(ballots))
    chance.shuffle(order)
    places, codes = array("L", order), bytes(chance.choices((1, 2, 3, 4), (60, 25, 10, 5), k=ballots))
    papers = [(owners[at], code) for at, code in zip(order, codes, strict=True)]
    fine = measure(
        f"count {ballots:,} ballots by area and owners, prepared arrays",
        2,
        lambda: tally(PROFILE, roll, collect_at(ballots, places, codes)),
    )
    measure(f"count {ballots:,} ballots that name owners by text", None, lambda: tally(PROFILE, roll, collect(roll, papers)))
    few, some = array("L", order[: ballots * 9 // 10]), codes[: ballots * 9 // 10]
    measure(
        "the same with a tenth silent, following the majority",
        None,
        lambda: tally(PROFILE, roll, collect_at(ballots, few, some), silent="follow_majority", delivered=owners),
    )
    return fine


def rows(homes: int, chance: random.Random) -> list[bundle.Row]:
    return [bundle.Row(number, chance.choice(KINDS), f"{number}", f"{number:064x}") for number in range(1, homes + 1)]


def verify(ballots: int, proven: int) -> bool:
    chance = random.Random(2)
    rule = bundle.rule_snapshot(PROFILE, {"silent": "strict", "invalid_ballot": "participates_not_consent"})
    roll = rows(ballots, chance)
    votes = [bundle.NamedVote(row.owner, chance.choice(("agree", "agree", "against")), "online", f"{row.owner:064x}") for row in roll]
    made = json.loads(json.dumps(bundle.named_bundle({"id": "bench"}, rule, roll, votes)))
    fine = measure(f"verify a named bundle of {ballots:,} ballots", 5, lambda: _holds(made))
    made = _secret(ballots, rule, roll, chance)
    fine &= measure(f"verify a secret bundle of {ballots:,} ballots", 5, lambda: _holds(made))
    roll = rows(proven, chance)
    found: list[dict] = []
    measure(f"make a secret bundle of {proven:,} ballots with its proof", None, lambda: found.append(_secret(proven, rule, roll, chance)))
    measure("verify it, proof included", None, lambda: _holds(found[0]))
    return fine


def _secret(ballots: int, rule: dict, roll: list[bundle.Row], chance: random.Random) -> dict:
    votes = [
        bundle.SecretVote(
            f"{chance.getrandbits(256):064x}", chance.choice(("agree", "agree", "against")), new_opening(row.area, chance.getrandbits)
        )
        for row in roll
    ]
    made = bundle.secret_bundle({"id": "bench"}, rule, roll, range(1, ballots + 1), votes)
    found: dict = json.loads(json.dumps(made))
    return found


def _holds(made: dict) -> None:
    problems = verify_bundle.verify(made)
    if problems:
        raise SystemExit(f"the bundle does not hold: {problems[:3]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("--ballots", type=int, default=1_000_000)
    parser.add_argument("--bundle", type=int, default=100_000)
    parser.add_argument("--proven", type=int, default=1_000)
    asked = parser.parse_args()
    fine = count(asked.ballots)
    return 0 if verify(asked.bundle, asked.proven) and fine else 1


if __name__ == "__main__":
    sys.exit(main())
