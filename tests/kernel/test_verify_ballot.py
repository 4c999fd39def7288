"""`linli verify ballot`: a published bundle holds, a tampered copy is refused, a receipt is checked, rubbish is one line."""

import json
from pathlib import Path
from typing import Any

from linli.insight.choice import bundle as bundles
from linli.law import voting
from tests.config.test_cli import only_line, say


def published(folder: Path) -> tuple[dict[str, Any], str]:
    rule = bundles.rule_snapshot(voting.profile("owners.civil_code.ordinary"), {})
    roll = [bundles.Row(number, 8937, f"1-{number}", f"{number:064x}") for number in range(1, 6)]
    votes = [bundles.NamedVote(number, "agree", "paper", f"{number:064x}") for number in range(1, 5)]
    made = bundles.named_bundle({"id": "b1", "title": "门禁"}, rule, roll, votes)
    path = folder / "bundle.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    return made, str(path)


def test_a_bundle_and_a_receipt_hold(tmp_path: Path) -> None:
    made, path = published(tmp_path)
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(bundles.receipt(made, made["votes"][2]["leaf"])), encoding="utf-8")

    done = say("verify", "ballot", path, "--receipt", str(mine), "--fingerprint", made["fingerprint"], data=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The bundle holds: 4 ballots, and the result recomputes.\n")
    assert made["fingerprint"] in done.stdout


def test_a_tampered_copy_is_refused_naming_the_vote(tmp_path: Path) -> None:
    made, path = published(tmp_path)
    made["votes"][1]["choice"] = "against"
    Path(path).write_text(json.dumps(made), encoding="utf-8")

    done = say("verify", "ballot", path, data=tmp_path)

    assert done.returncode == 1
    assert "votes[1]  this vote was changed" in done.stdout
    assert only_line(done.stderr).startswith("linli: The bundle has ")


def test_another_fingerprint_than_the_notice_boards_is_refused(tmp_path: Path) -> None:
    _made, path = published(tmp_path)

    assert say("verify", "ballot", path, "--fingerprint", "sha256:00", data=tmp_path).returncode == 1


def test_what_is_no_bundle_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")

    done = say("verify", "ballot", str(tmp_path / "list.json"), data=tmp_path)

    assert done.returncode == 1
    assert only_line(done.stderr) == f"linli: {tmp_path / 'list.json'} is no valid JSON object; check the file."
