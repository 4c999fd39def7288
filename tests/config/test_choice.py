"""`linli choice` counts plain files: without settings, without a database, at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

from linli.config import choice
from tests.config.test_cli import only_line, say

CASE = {
    "profile": "owners.civil_code.ordinary",
    "jurisdiction": "CN",
    "policies": {"silent": "follow_majority", "parking": "count_area_if_registered", "invalid_ballot": "not_participating"},
    "units": [
        {"id": f"U{n}", "area": "89.37", "owner": name, "kind": "home", "state": "", "co_owners": []} for n, name in enumerate("ABC")
    ],
    "ballots": [{"owner": "A", "choice": "agree"}],
    "delivered": ["B", "C"],
}


def case(folder: Path, content: object) -> str:
    path = folder / "case.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_a_case_is_answered_in_json(tmp_path: Path) -> None:
    done = say("choice", "tally", case(tmp_path, CASE), "--json", data=tmp_path / "data")

    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["quorum"] is answer["passed"] is True
    assert answer["total"] == answer["participating"] == {"area": "268.11", "owners": 3}
    assert answer["shares"] == {"take_part_area": "1", "take_part_owners": "1", "agree_area": "1", "agree_owners": "1"}
    assert answer["strict"]["passed"] is False
    assert not (tmp_path / "data").exists()


def test_a_case_is_answered_in_sentences(tmp_path: Path) -> None:
    path = case(tmp_path, {**CASE, "policies": {}})

    english, chinese = (say("choice", "tally", path, data=tmp_path, LINLI_LANGUAGE=language) for language in ("en", "zh-hans"))

    assert english.stdout.startswith("Not passed.\n")
    assert "Still needed: 89.37 m²." in english.stdout
    assert chinese.stdout.startswith("没有通过。\n")
    assert "还差89.37平方米。" in chinese.stdout


def test_a_case_can_come_from_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "linli.config.cli", "choice", "tally", "-", "--json"],
        input=json.dumps(CASE),
        capture_output=True,
        text=True,
        check=False,
    )

    assert json.loads(done.stdout)["passed"] is True


def test_a_mistake_is_one_line_and_with_json_also_data(tmp_path: Path) -> None:
    wrong = {**CASE, "ballots": [{"owner": "Z", "choice": "agree"}]}

    done = say("choice", "tally", case(tmp_path, wrong), "--json", data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr) == "linli: $.ballots[0].owner: This owner is not on the roll; check the id, or add the unit."
    assert json.loads(done.stdout)["errors"][0]["path"] == "$.ballots[0].owner"


def test_an_unverified_quorum_is_a_refusal(tmp_path: Path) -> None:
    done = say("choice", "tally", case(tmp_path, {"profile": "residents_meeting.from_2026"}), "--json", data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr).startswith("linli: The thresholds of this rule were not checked against the official text")
    answer = json.loads(done.stdout)
    assert (answer["passed"], answer["refused"]["code"]) == (None, "thresholds_unverified")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = say("choice", "tally", str(tmp_path / "none.json"), data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr) == f"linli: No such file: {tmp_path / 'none.json'}"


def test_every_subcommand_is_there_and_helps_with_an_example(tmp_path: Path) -> None:
    for name in choice.SUBCOMMANDS:
        done = say("choice", name, "--help", data=tmp_path)
        assert done.returncode == 0
        assert f"linli choice {name}" in done.stdout.split("\n", 1)[1]


def test_counting_needs_neither_django_nor_settings(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['linli', 'choice', 'tally', sys.argv[1], '--json']\n"
        "from linli.config.cli import main\n"
        "try: main()\n"
        "finally: print('django' in sys.modules, file=sys.stderr)"
    )
    broken = {**os.environ, "LINLI_DEBUG": "perhaps"}

    done = subprocess.run([sys.executable, "-c", program, case(tmp_path, CASE)], env=broken, capture_output=True, text=True, check=False)

    assert done.stderr.strip() == "False"
