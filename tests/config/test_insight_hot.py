"""`linli insight hot`: tables of the hottest topics and of their messages, from a table of messages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from linli.config.insight import insight

pytest.importorskip("scipy")

HEADS = "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n"
ROWS = [
    f"{n},甲{n},桂花苑小区{words},2026/3/{n + 1} 8:30:00,{words},0,{n}"
    for n, words in enumerate(["夜间施工扰民", "工地夜间施工噪音大", "夜间施工吵得睡不着", "半夜工地夜间施工"])
]
OTHER = ["9,乙,路灯坏了两盏,2026/3/9 9:00:00,,0,0", "10,丙,咨询老年证怎么办,2026/3/9 9:00:00,,0,0"]


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_the_two_tables_are_written_in_the_published_form(tmp_path: Path) -> None:
    source, output, details = (tmp_path / name for name in ("留言.csv", "表.csv", "明细.csv"))
    source.write_text(HEADS + "\n".join([*ROWS, *OTHER]) + "\n", encoding="utf-8")
    done = CliRunner().invoke(insight, ["hot", "--input", str(source), "--output", str(output), "--details", str(details), "--plain"])
    assert done.exit_code == 0, done.output
    (row,) = read(output)
    assert list(row) == ["热度排名", "问题ID", "热度指数", "时间范围", "地点/人群", "问题描述"]
    assert (row["时间范围"], row["地点/人群"]) == ("2026/03/01至2026/03/04", "桂花苑小区") and "施工" in row["问题描述"]
    rows = read(details)
    assert [r["留言编号"] for r in rows] == ["0", "1", "2", "3"] and {r["问题ID"] for r in rows} == {row["问题ID"]}
    assert list(rows[0])[-2:] == ["点赞数", "反对数"], "as the task asked for, and unlike the table given"


@pytest.mark.parametrize(
    ("more", "content", "says"),
    [
        ([], "标题\n停水\n", "第一行没有这一列"),
        ([], HEADS + "1,甲,停水,昨天,,0,0\n", "第 2 行的时间读不懂"),
        (["--since", "2026-05-01", "--until", "2026-04-01"], HEADS + ROWS[0], "早于"),
        (["--title", "没有"], HEADS + ROWS[0], "没有"),
    ],
)
def test_what_cannot_be_read_is_said_with_how_to_mend_it(tmp_path: Path, more: list[str], content: str, says: str) -> None:
    source = tmp_path / "留言.csv"
    source.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(insight, ["hot", "--input", str(source), "--output", "-", *more])
    assert done.exit_code == 1 and says in done.output
