"""`linli insight replies --input CSV ...`: what each answer says and leaves out, and how far that agrees with labels."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from linli.config.insight.reading import FILE, Columns, told
from linli.config.words import _


@click.command(
    help=_(
        "逐条检查答复：是否对应所问、说了做什么、谁来做、什么时候、依据什么、是不是套话、是否按时、是否礼貌好懂。"
        "每一点一列：1 有，0 没有，空白是无从知道；旁边一列写出说明它的那句话，或缺什么。只看答复，不评人。"
    ),
    epilog=_("例：linli insight replies --input 答复.csv --message 标题,内容 --reply 答复 --output 结果.csv"),
)
@click.option("--input", "source", required=True, type=FILE, help=_("留言和答复的 CSV，可以是 .gz；写 - 时从标准输入读取"))
@click.option("--message", required=True, type=Columns(), help=_("留言在哪些列，标题在前，用逗号隔开"))
@click.option("--reply", required=True, help=_("答复在哪一列"))
@click.option("--id", "name", default="", help=_("编号在哪一列；不写就用行号"))
@click.option("--asked", default="", help=_("留言时间在哪一列"))
@click.option("--answered", default="", help=_("答复时间在哪一列"))
@click.option(
    "--within", type=click.IntRange(1, 3650), default=15, show_default=True, help=_("几天以内算按时；要同时写 --asked 和 --answered")
)
@click.option("--output", default="-", show_default=True, type=FILE, help=_("结果写到哪个 CSV；写 - 时写到标准输出"))
@click.option(
    "--evaluate",
    "labels",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help=_("人工标签的 CSV；给出一致程度（Cohen’s kappa），不写结果"),
)
def replies(
    source: Path, message: tuple[str, ...], reply: str, name: str, asked: str, answered: str, within: int, output: Path, labels: Path | None
) -> None:
    from linli.insight.replies import tables

    with told():
        content = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        rows = tables.answered_in(content, message, reply, name=name, asked=asked, answered=answered)
        if labels is not None:
            agreed = tables.agreement(tables.labels_in(labels.read_bytes()), rows)
            as_data = {part: {point.value: asdict(a) for point, a in points.items()} for part, points in agreed.items()}
            click.echo(json.dumps(as_data, ensure_ascii=False, indent=1))
            return
        reviews = tables.reviews_of(rows, timedelta(days=within))
        if str(output) == "-":
            out = io.StringIO()
            tables.written(rows, reviews, out)
            click.echo(out.getvalue(), nl=False)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            lines = tables.written(rows, reviews, file)
    click.echo(_("检查了 %(rows)s 条答复，结果已写好。") % {"rows": lines})
