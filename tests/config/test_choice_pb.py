"""`linli choice pb` decides a file at once, needs neither settings nor a database, and says what is wrong in one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.test_cli import only_line, say

VOTE = """META
key;value
budget;100
vote_type;approval
PROJECTS
project_id;cost;name
bench;50;Bench
lamp;50;Lamp
tree;40;Tree
VOTES
voter_id;vote
""" + "".join(f"{n};{'bench,lamp' if n < 6 else 'tree'}\n" for n in range(10))


def vote(folder: Path, text: str = VOTE) -> str:
    path = folder / "vote.pb"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_outcome_comes_as_json_with_the_reason_of_every_project(tmp_path: Path) -> None:
    done = say("choice", "pb", vote(tmp_path), "--rule", "mes", "--satisfaction", "cost", "--json", data=tmp_path / "data")

    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert (answer["winners"], answer["total_cost"], answer["budget"]) == (["bench", "tree"], 90, 100)
    assert (answer["rule"], answer["satisfaction"], answer["tie_breaking"]) == ("mes", "cost", "project_id_as_text_ascending")
    bench, lamp, tree = answer["projects"]
    assert bench["paid"]["in_full"] == {"voters": 6, "together": {"exact": "50", "decimal": "50.000000"}}
    assert (bench["price"]["exact"], tree["price"]["exact"]) == ("25/3", "10")
    assert (lamp["reason"], lamp["missing"]["exact"]) == ("supporters_cannot_pay", "40")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("rule", ["greedy", "mes", "mes_add1", "phragmen"])
def test_the_outcome_comes_in_sentences_in_both_languages(rule: str, tmp_path: Path) -> None:
    path = vote(tmp_path)

    english, chinese = (say("choice", "pb", path, "--rule", rule, data=tmp_path, LINLI_LANGUAGE=language) for language in ("en", "zh-hans"))

    assert english.returncode == chinese.returncode == 0
    assert english.stdout.startswith("10 people voted; 2 projects are chosen")
    assert chinese.stdout.startswith("10 人投票，2 个项目入选，")
    assert len(english.stdout.splitlines()) == len(chinese.stdout.splitlines()) == (5 if rule.startswith("mes") else 4)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.stdout)


def test_a_mistake_is_one_line_with_its_number(tmp_path: Path) -> None:
    done = say("choice", "pb", vote(tmp_path, VOTE.replace("9;tree", "9;tre")), "--rule", "greedy", data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr) == "linli: Line 21: the ballot names project tre, which is not in PROJECTS."


def test_a_measure_that_does_not_fit_the_ballots_is_refused_with_one_that_does(tmp_path: Path) -> None:
    done = say("choice", "pb", vote(tmp_path), "--rule", "mes", "--satisfaction", "borda", "--json", data=tmp_path)

    assert done.returncode == 1
    assert "use cost instead" in only_line(done.stderr)
    assert json.loads(done.stdout)["error"]["code"] == "satisfaction_does_not_fit"


def test_what_is_odd_is_said_beside_the_result(tmp_path: Path) -> None:
    done = say("choice", "pb", vote(tmp_path, VOTE + "0;tree\n"), "--rule", "greedy", "--json", data=tmp_path)

    assert only_line(done.stderr) == "Note: Line 22: 1 lines repeat a voter_id; every line is counted."
    assert json.loads(done.stdout)["warnings"][0]["code"] == "voter_twice"


def test_a_file_can_come_from_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "linli.config.cli", "choice", "pb", "-", "--rule", "greedy", "--json"]

    done = subprocess.run(command, input=VOTE, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["winners"] == ["bench", "lamp"]


def test_deciding_loads_no_django(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['linli', 'choice', 'pb', sys.argv[1], '--rule', 'mes_add1', '--json']\n"
        "from linli.config.cli import main\n"
        "try: main()\n"
        "finally: print('django' in sys.modules, file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", program, vote(tmp_path)], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == "False"
