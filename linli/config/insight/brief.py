"""`linli insight brief --input CSV --output CSV`: each text in brief, with its personal details hidden."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from linli.config.insight.reading import FILE, from_table, told
from linli.config.words import _


@click.command(
    help=_(
        "每条留言的要点：一句话诉求、摘要（都是原句）、地点、时间、数量；姓名、电话、证件号、车牌、门牌找出来并遮住。"
        "输出的列：row、ask、summary、places、times、amounts、details、masked，每行对应输入的一行。"
    ),
    epilog=_("例：linli insight brief --input 留言.csv --text 标题,内容 --output 要点.csv"),
)
@from_table
@click.option("--places", type=FILE, help=_("要找的地点的 CSV：name 列，可另有 kind、parent、alias、road、landmark"))
@click.option("--output", required=True, type=FILE, help=_("结果写到哪个 CSV；写 - 时写到标准输出"))
def brief(source: Path, text: tuple[str, ...], places: Path | None, output: Path) -> None:
    from linli.insight.brief import tables

    with told():
        content = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        gazetteer, names = tables.places_in(places.read_bytes()) if places else (None, {})
        found = tables.briefs_of(tables.texts_in(content, text), gazetteer)
        if str(output) == "-":
            out = io.StringIO()
            tables.written(found, out, names)
            click.echo(out.getvalue(), nl=False)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            lines = tables.written(found, file, names)
    click.echo(_("%(rows)s 条的要点已写好。") % {"rows": lines})
