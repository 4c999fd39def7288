"""`linli insight` reads plain files: without settings, without a database, at once."""

import json
from pathlib import Path

from tests.config.test_cli import only_line, say

ROWS = [(p, s, "agree" if s == 5 or (s % 2 == 0) == (p % 2 == 0) else "disagree") for p in range(16) for s in range(8)]


def votes(folder: Path, lines: list[str]) -> str:
    path = folder / "votes.csv"
    path.write_text("\n".join(["voter,statement,vote", *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_votes_in_a_map_of_groups_out(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    source = votes(tmp_path, [f"{p},{s},{c}" for p, s, c in ROWS])
    done = say("insight", "opinion", "--votes", source, "--output", str(out), data=tmp_path / "data")

    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert (answer["people"], answer["k"], [g["size"] for g in answer["groups"]]) == (16, 2, [8, 8])
    assert answer["consensus"][0]["statement"] == "5"
    assert answer["consensus"][0]["all_groups_agree"] is True
    assert len({answer["voters"][str(p)] for p in range(0, 16, 2)}) == 1
    assert not (tmp_path / "data").exists()


def test_a_line_that_cannot_be_read_is_named_on_one_line(tmp_path: Path) -> None:
    done = say("insight", "opinion", "--votes", votes(tmp_path, ["1,2,maybe"]), "--output", "-", data=tmp_path / "data")

    assert done.returncode == 1
    assert "2" in only_line(done.stderr)
