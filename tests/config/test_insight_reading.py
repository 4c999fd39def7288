"""`linli insight train`, `predict`, `evaluate`, `explain` in the forms others call them by."""

import csv
import json
from pathlib import Path

from tests.config.test_cli import only_line, say

SAID = {"供水": ("自来水停了", "水管漏水", "停水没有通知"), "供电": ("晚上停电", "电表跳闸", "路灯不亮")}
WHERE = ("一号楼", "东门", "三栋", "六单元", "学校旁边")


def table(folder: Path) -> str:
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["标题", "内容", "类别"])
        out.writerows([said, f"{where}{said}，请处理", label] for label, all_said in SAID.items() for said in all_said for where in WHERE)
        out.writerow(["", "", "供水"])
    return str(path)


def test_learned_told_measured_and_explained(tmp_path: Path) -> None:
    rows, model, out, data = table(tmp_path), str(tmp_path / "kind.model"), tmp_path / "out.csv", tmp_path / "data"
    done = say("insight", "train", "--input", rows, "--text", "标题,内容", "--label", "类别", "--model", model, data=data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Learned from 30 messages")

    done = say("insight", "predict", "--model", model, "--input", rows, "--text", "标题,内容", "--output", str(out), data=data)
    assert (done.returncode, done.stderr) == (0, "")
    with out.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert list(told[0]) == ["row", "label", "confidence", "second", "third", "reason"]
    assert [row["label"] for row in told[:30]] == ["供水"] * 15 + ["供电"] * 15
    assert told[30]["reason"] == "?"

    done = say("insight", "evaluate", "--model", model, "--input", rows, "--text", "标题,内容", "--label", "类别", data=data)
    assert json.loads(done.stdout)["rows"] == 31
    done = say("insight", "explain", "--model", model, "水管漏水了", data=data)
    assert done.stdout.startswith("供水\t")

    cut, rules = tmp_path / "cut.model", tmp_path / "rules.csv"
    cut.write_bytes(Path(model).read_bytes()[:-9])
    rules.write_bytes("label;words\n供水;自来水停水 水管漏水\n供电;停电 电表 路灯\n".encode("gb18030"))
    told_by_rules = ("--model", str(cut), "--rules", str(rules), "--input", rows, "--text", "标题", "--output", "-")
    done = say("insight", "predict", *told_by_rules, data=data)
    assert (done.returncode, done.stdout.splitlines()[1].split(",")[1]) == (0, "供水"), "cut off: the rules take over"
    assert "damaged" in only_line(done.stderr) and "category descriptions" in done.stderr
    assert not data.exists()


def test_a_model_that_is_none_is_refused_on_one_line(tmp_path: Path) -> None:
    rows = table(tmp_path)
    done = say("insight", "predict", "--model", rows, "--input", rows, "--text", "标题", "--output", "-", data=tmp_path / "data")

    assert done.returncode == 1
    assert "train it again" in only_line(done.stderr)


def test_rules_read_on_the_first_day_and_when_the_model_cannot_be_read(tmp_path: Path) -> None:
    rows, rules, data = table(tmp_path), tmp_path / "rules.csv", tmp_path / "data"
    rules.write_text("label,words\n供水,自来水停水 水管漏水\n供电,停电 电表 路灯\n", encoding="utf-8")
    told = ("--rules", str(rules), "--input", rows, "--text", "标题,内容", "--output", "-")
    first = say("insight", "predict", *told, data=data)
    later = say("insight", "predict", "--model", rows, *told, data=data)

    assert [row["label"] for row in csv.DictReader(first.stdout.splitlines())][:30] == ["供水"] * 15 + ["供电"] * 15
    assert later.stdout == first.stdout
    assert "category descriptions" in only_line(later.stderr)
