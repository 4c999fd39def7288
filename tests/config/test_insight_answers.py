"""`linli insight replies` and `brief` in the forms others call them by."""

import csv
import json
from pathlib import Path

from tests.config.test_cli import only_line, say

ROWS = [
    (
        "1",
        "电梯坏了",
        "芳草苑3栋电梯停了三天，请尽快修。",
        "您好，维保单位6月3日已更换控制板，恢复运行。",
        "2026-06-01 09:00",
        "2026-06-04 09:00",
    ),
    ("2", "路灯不亮", "联系人王小明13812345678，希望修好老电厂宿舍的路灯。", "您的留言已收悉。", "2026-06-01", "2026-07-01"),
    ("3", "", "", "", "", "没有"),
]


def table(folder: Path) -> str:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("编号", "标题", "内容", "答复", "问", "答"), *ROWS])
    return str(path)


def test_answers_are_looked_at_point_by_point_and_measured_against_labels(tmp_path: Path) -> None:
    asked = ("insight", "replies", "--input", table(tmp_path), "--message", "标题,内容", "--reply", "答复", "--id", "编号")
    out = tmp_path / "out.csv"
    done = say(*asked, "--asked", "问", "--answered", "答", "--output", str(out), data=tmp_path / "data")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "Looked at 3 answers; the result is written.\n")
    with out.open(encoding="utf-8", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert (first["row"], first["act"], first["when"], first["in_time"]) == ("1", "1", "1", "1")
    assert "更换控制板" in first["act_shown"]
    assert (second["matter"], second["matter_shown"], second["in_time"], third["in_time"]) == ("0", "receipt", "0", "")

    labels = tmp_path / "labels.csv"
    points = "matter,act,who,when,basis,own_words,polite,readable"
    labels.write_text(f"message,part,{points}\n1,held,1,1,1,1,0,1,1,1\n2,held,0,0,0,0,0,0,0,1\n", encoding="utf-8")
    measured = json.loads(say(*asked, "--evaluate", str(labels), data=tmp_path / "data").stdout)
    assert (measured["held"]["matter"]["kappa"], measured["held"]["matter"]["pairs"], measured["held"]["basis"]["kappa"]) == (1.0, 2, None)
    labels.write_text(f"message,part,{points}\n9,held,1,1,1,1,0,1,1,1\n", encoding="utf-8")
    assert "None of the labelled messages" in only_line(say(*asked, "--evaluate", str(labels), data=tmp_path / "data").stderr)


def test_texts_are_put_in_brief_without_what_is_personal(tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text("name,kind,parent,alias\n芳草苑,compound,,老电厂宿舍\n3 栋,building,芳草苑,\n", encoding="utf-8")
    told = ("--text", "标题,内容", "--places", str(places), "--output", "-")
    done = say("insight", "brief", "--input", table(tmp_path), *told, data=tmp_path / "data")

    assert (done.returncode, done.stderr) == (0, "")
    first, second, _third = csv.DictReader(done.stdout.splitlines())
    assert (first["places"], first["ask"]) == ("3 栋", "芳草苑3栋电梯停了三天，请尽快修。")
    assert (second["places"], second["details"]) == ("芳草苑", "name；phone")
    assert "王小明" not in done.stdout and "13812345678" not in done.stdout
    assert not (tmp_path / "data").exists()
    wrong = say("insight", "brief", "--input", str(places), "--text", "内容", "--output", "-", data=tmp_path / "data")
    assert wrong.returncode == 1 and "lacks 内容" in only_line(wrong.stderr)
