"""
How fast budget elections are decided, beside the public reference library on the same files in the same run.

    python bench/choice_pb.py                 # every instance, rule and satisfaction of reference_outcomes.json
    python bench/choice_pb.py --only Lodz --repeat 3 --peer-seconds 0

Each of our runs is the whole command in a process of its own: start, reading, deciding, the reasons as JSON. Times are processor seconds
(both programs have one thread), so that a busy machine blames nobody. The peer, pabutools (GPL, never part of this project), is installed
into an environment of its own under `build/` and asked for the winners alone, in one process for each run, stopped after --peer-seconds of
processor time. "identical" compares our winners with the recorded outcome, and with what the peer just answered where it finished.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "build" / "bench-pb"
PEER = ["pabutools==1.2.3"]
LIMIT_SECONDS = 2.0

# Runs in the peer's environment: file, rule, satisfaction -> one line of JSON.
PEER_PROGRAM = """
import json, sys
sys.setrecursionlimit(100_000)
from pabutools.election import Additive_Borda_Sat, Additive_Cardinal_Sat, Cardinality_Sat, Cost_Sat, parse_pabulib
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares, sequential_phragmen
path, rule, satisfaction = sys.argv[1:]
instance, profile = parse_pabulib(path)
sat = {"cost": Cost_Sat, "card": Cardinality_Sat, "points": Additive_Cardinal_Sat, "borda": Additive_Borda_Sat}[satisfaction]
if rule == "phragmen":
    outcome = sequential_phragmen(instance, profile)
elif rule == "greedy":
    outcome = greedy_utilitarian_welfare(instance, profile, sat_class=sat)
else:
    outcome = method_of_equal_shares(instance, profile, sat_class=sat, voter_budget_increment=1 if rule == "mes_add1" else None)
print(json.dumps(sorted(project.name for project in outcome)))
"""


@dataclass(frozen=True)
class Task:
    file: Path
    rule: str
    satisfaction: str
    recorded: list[str] | None

    @property
    def name(self) -> str:
        return f"{self.file.stem[:34]:34} {self.rule:9} {self.satisfaction:6}"


def tasks(data: Path, only: str) -> list[Task]:
    reference = json.loads((data / "reference_outcomes.json").read_text(encoding="utf-8"))
    found = []
    for file, known in reference.items():
        for key, outcome in known["outcomes"].items():
            rule, _, satisfaction = ("phragmen", "", "cost") if key == "phragmen" else key.rpartition("_")
            if only in file:
                found.append(Task(data / file, rule, satisfaction, outcome.get("projects")))
    return found


def children_seconds() -> float:
    """Processor time of all processes started here that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def ours(task: Task, plain: bool) -> tuple[float, list[str]]:
    """Processor seconds of the whole command, and the winners."""
    program = "import sys; sys.argv[0] = 'linli'; from linli.config.cli import main; main()"
    if plain:
        program = f"import sys; sys.modules['numpy'] = None; {program}"
    arguments = ["choice", "pb", str(task.file), "--rule", task.rule, "--satisfaction", task.satisfaction, "--json"]
    start = children_seconds()
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return children_seconds() - start, json.loads(done.stdout)["winners"]


def peer_environment() -> Path:
    """The peer's Python; made once under `build/`."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True)
        (ENVIRONMENT / "ready").touch()
    return python


def theirs(task: Task, python: Path, seconds: float) -> tuple[float, list[str] | None]:
    """Processor seconds of the peer's whole process, and its winners; None when it was stopped after `seconds` of them."""
    command = [str(python), "-c", PEER_PROGRAM, str(task.file), task.rule, task.satisfaction]
    start = children_seconds()

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))

    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=bounded)
    took = children_seconds() - start
    if done.returncode == 0:
        return took, json.loads(done.stdout.splitlines()[-1])
    if done.returncode != -signal.SIGXCPU:
        raise RuntimeError(done.stderr)
    return took, None


def line(task: Task, took: float, winners: list[str], peer: tuple[float, list[str] | None] | None) -> tuple[str, bool]:
    known = [outcome for outcome in (task.recorded, peer[1] if peer else None) if outcome is not None]
    same = all(outcome == winners for outcome in known)
    beside = f"{'-':>9} {'-':>9}"
    if peer:
        more = "" if peer[1] is not None else ">"
        beside = f"{more + format(peer[0], '.2f'):>9} {more + format(peer[0] / took, '.1f'):>9}"
    verdict = "unknown" if not known else "yes" if same else "NO"
    return f"{task.name} {took:7.2f}{'' if took < LIMIT_SECONDS else ' over'} {beside}  {verdict}", same and took < LIMIT_SECONDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "pb", help="folder with reference_outcomes.json")
    parser.add_argument("--only", default="", help="only files whose name contains this")
    parser.add_argument("--repeat", type=int, default=1, help="our runs each; the fastest counts")
    parser.add_argument("--peer-seconds", type=float, default=150, help="most processor seconds for one run of the peer; 0 leaves it out")
    parser.add_argument("--plain", action="store_true", help="without numpy")
    chosen = parser.parse_args()
    if not (chosen.data / "reference_outcomes.json").exists():
        print(f"No elections in {chosen.data}: they are not part of the repository.")
        return 0
    python = peer_environment() if chosen.peer_seconds else None
    print(f"{'election':34} {'rule':9} {'by':6} {'ours s':>7} {'peer s':>9} {'ratio':>9}  identical")
    good = True
    for task in tasks(chosen.data, chosen.only):
        runs = [ours(task, chosen.plain) for _ in range(max(1, chosen.repeat))]
        peer = theirs(task, python, chosen.peer_seconds) if python else None
        text, fine = line(task, min(runs)[0], runs[0][1], peer)
        print(text, flush=True)
        good = good and fine
    print("Every outcome identical, each under 2 s." if good else "Not all identical and under 2 s.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
