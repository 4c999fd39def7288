"""`linli insight similar` in the forms others call it by: an index made, added to, asked, let go of; marks as a yardstick."""

import csv
import json
from pathlib import Path

from tests.config.test_cli import only_line, say

ROWS = (
    ("11", "丽发新城附近搅拌站噪音扰民", "夜里还在生产", "2019/12/2 8:15", "李"),
    ("12", "丽发新城搅拌站粉尘大", "关窗都没用", "2019/12/3 9:00", "王"),
    ("13", "伊景园捆绑销售车位", "买房必须买车位", "2019/12/4 10:00", "李"),
)


def table(path: Path, rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("编号", "标题", "内容", "时间", "谁"), *rows])
    return str(path)


def test_made_asked_added_to_and_erased(tmp_path: Path) -> None:
    data, index = tmp_path / "data", str(tmp_path / "messages.same")
    told = ("--text", "标题,内容", "--id", "编号", "--time", "时间", "--person", "谁", "--index", index)
    done = say("insight", "similar", "index", "--input", table(tmp_path / "rows.csv"), *told, data=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Indexed 3 messages.\n", "")
    assert "already" in only_line(say("insight", "similar", "index", "--input", table(tmp_path / "rows.csv"), *told, data=data).stderr)

    found = say("insight", "similar", "find", "--index", index, "--top", "2", "丽发新城的搅拌站太吵", data=data)
    assert (found.returncode, found.stderr) == (0, "")
    assert {line.split("\t")[0] for line in found.stdout.splitlines()} == {"11", "12"} and "搅拌站" in found.stdout

    more = table(tmp_path / "more.csv", (("14", "丽发新城搅拌站又开工了", "", "2019/12/5 10:00", "赵"),))
    out = tmp_path / "out.csv"
    bulk = say("insight", "similar", "find", "--input", more, *told, "--output", str(out), data=data)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert bulk.returncode == 0 and list(rows[0]) == ["row", "id", "rank", "same", "chance", "metres", "hours", "words", "reasons"]
    assert {row["same"] for row in rows} == {"11", "12"} and "text +" in rows[0]["reasons"]
    assert "4 in all" in say("insight", "similar", "add", "--input", more, *told, data=data).stdout

    gone = say("insight", "similar", "erase", "--index", index, "--person", "李", "--compact", data=data)
    assert gone.stdout.startswith("Erased 2")
    assert "伊景园".encode() not in Path(index).read_bytes()
    Path(index).write_bytes(Path(index).read_bytes()[:-3])
    cut = say("insight", "similar", "find", "--index", index, "丽发新城", data=data)
    assert cut.returncode == 0 and "not finished" in cut.stderr
    Path(index).write_bytes(b"PK")
    assert "build it again" in only_line(say("insight", "similar", "find", "--index", index, "丽发新城", data=data).stderr)
    assert not data.exists()


def test_marks_are_measured_against_and_the_card_learned_is_used(tmp_path: Path) -> None:
    data, rows, card = tmp_path / "data", tmp_path / "marks.csv", tmp_path / "card.json"
    with rows.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("id", "at", "closed", "lat", "lon", "kind", "original"))
        for n in range(80):
            day, where = 1 + n % 28, 39.9 + n % 9 * 0.002
            month = 1 + n // 28
            out.writerow((f"a{n}", f"2026-{month:02}-{day:02} 08:00", f"2026-{month:02}-{day:02} 20:00", where, 116.4, "light", ""))
            if n % 2:
                out.writerow(
                    (f"b{n}", f"2026-{month:02}-{day:02} 09:00", f"2026-{month:02}-{day:02} 10:00", where, 116.4, "light", f"a{n}")
                )
    columns = ("--id", "id", "--time", "at", "--closed", "closed", "--latitude", "lat", "--longitude", "lon", "--kind", "kind")

    done = say(
        "insight", "similar", "evaluate", "--input", str(rows), *columns, "--original", "original", "--from", "2026-02-15",
        "--every", "20", "--card", str(card), data=data,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    assert figures["originals"]["first_3"] == 1.0 and figures["rule"]["recall"] == 1.0
    assert json.loads(card.read_text(encoding="utf-8"))["format"] == "linli-same-scorecard"
    early = say(
        "insight", "similar", "evaluate", "--input", str(rows), *columns, "--original", "original", "--from", "2026-01-01", data=data
    )
    assert "later day" in only_line(early.stderr)
