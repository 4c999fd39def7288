"""`linli insight similar`: an index of messages that says which earlier ones may be the same matter."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from linli.config.insight.reading import FILE, MODEL, Columns, per_cent, told
from linli.config.words import _, language

INDEX = click.option("--index", "path", required=True, type=MODEL, help=_("索引文件"))
CARD = click.option("--card", type=MODEL, help=_("用 evaluate 学来的评分表；不写就用自带的"))
TABLE = click.option("--input", "source", required=True, type=FILE, help=_("留言的 CSV，可以是 .gz；写 - 时从标准输入读取"))


def columns(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which column is what."""
    for name, about in (
        ("closed", _("何时办结在哪一列")),
        ("person", _("谁写的在哪一列；只存散列值，删除个人资料时按它找")),
        ("spot", _("地址或门牌在哪一列")),
        ("kind", _("类别在哪一列")),
        ("longitude", _("经度在哪一列")),
        ("latitude", _("纬度在哪一列")),
        ("time", _("时间在哪一列")),
        ("id", _("编号在哪一列；不写就用行号")),
    ):
        command = click.option(f"--{name}", f"column_{name}", default="", metavar="COLUMN", help=about)(command)
    return click.option("--text", type=Columns(), help=_("文字在哪些列，标题在前，用逗号隔开"))(command)


def named(text: tuple[str, ...] | None, given: dict[str, str]) -> Any:
    from linli.insight.same import tables

    return tables.Columns(text=text or (), **{name.removeprefix("column_"): value for name, value in given.items()})


def content_of(source: Path) -> bytes:
    return sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()


def opened(path: Path, *, write: bool = False, card: Path | None = None) -> Any:
    """The index; what was mended on opening is told. Raises FileNotFoundError when there is none."""
    from linli.insight.same import scorecard
    from linli.insight.same.evidence import CARD as OWN
    from linli.insight.same.index import Index

    if not path.exists():
        raise FileNotFoundError(2, "no index", str(path))
    index = Index(path, write=write, card=scorecard.load(card) if card else OWN)
    if said := index.said[0 if language().startswith("zh") else 1]:
        click.echo(said, err=True)
    return index


@click.group(
    help=_("是不是同一件事：把留言编成索引，按文字、地点和时间找出以前可能相同的，说明理由。只提建议，由人决定。"),
    epilog=_("例：linli insight similar index --input 留言.csv --text 标题,内容 --id 编号 --time 时间 --index 留言.same"),
)
def similar() -> None:
    pass


@similar.command(
    help=_("把一份留言编成新的索引。索引里存着原文，要像留言一样保管。"),
    epilog=_("例：linli insight similar index --input 留言.csv --text 标题,内容 --id 编号 --time 时间 --index 留言.same"),
)
@TABLE
@columns
@INDEX
def index(source: Path, text: tuple[str, ...] | None, path: Path, **given: str) -> None:
    with told("numpy"):
        from linli.insight.same.index import Index
        from linli.insight.same.tables import reports_of

        if path.exists():
            raise click.ClickException(_("已经有这个索引了：要添加用 add；要重建，请先移走旧的。"))
        reports = reports_of(content_of(source), named(text, given))
        beside = path.with_name(path.name + ".new")
        beside.unlink(missing_ok=True)
        try:
            with Index(beside, write=True) as made:
                count = made.add(reports)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    click.echo(_("编好了 %(n)s 条。") % {"n": count})


@similar.command(
    help=_("往索引里添加留言；编号已有的，换成新的，旧文字同时抹掉。"),
    epilog=_("例：linli insight similar add --input 新留言.csv --text 标题,内容 --id 编号 --time 时间 --index 留言.same"),
)
@TABLE
@columns
@INDEX
def add(source: Path, text: tuple[str, ...] | None, path: Path, **given: str) -> None:
    with told("numpy"):
        from linli.insight.same.tables import reports_of

        with opened(path, write=True) as made:
            count, total = made.add(reports_of(content_of(source), named(text, given))), len(made)
    click.echo(_("添加了 %(n)s 条，索引里共 %(total)s 条。") % {"n": count, "total": total})


@similar.command(
    help=_(
        "找出可能是同一件事的留言。文字写在命令后面，或用 --input 给一份 CSV 成批地找。"
        "成批输出的列：row、id、rank、same（对方的编号）、chance、metres、hours、words、reasons。"
    ),
    epilog=_("例：linli insight similar find --index 留言.same 楼下搅拌站夜里太吵"),
)
@INDEX
@CARD
@click.option("--input", "source", type=FILE, help=_("成批地找：一份 CSV"))
@columns
@click.option("--output", default="-", type=FILE, show_default=True, help=_("成批的结果写到哪个 CSV；写 - 时写到标准输出"))
@click.option("--point", type=(float, float), help=_("发生在哪：纬度 经度"))
@click.option("--at", type=click.DateTime(), help=_("什么时候；不写就不看时间"))
@click.option("--top", type=click.IntRange(1, 50), default=5, show_default=True, help=_("每条最多列几件"))
@click.option("--least", type=click.FloatRange(0, 1), default=0.3, show_default=True, help=_("把握低于它的不列"))
@click.option("--days", type=click.FloatRange(0, 36500), help=_("相隔多少天以内"))
@click.option("--metres", type=click.FloatRange(0, 1_000_000), help=_("相距多少米以内"))
@click.argument("words", nargs=-1)
def find(
    path: Path,
    card: Path | None,
    source: Path | None,
    text: tuple[str, ...] | None,
    output: Path,
    point: tuple[float, float] | None,
    at: datetime | None,
    words: tuple[str, ...],
    **given: Any,
) -> None:
    limits = {name: given.pop(name) for name in ("top", "least", "days", "metres")}
    if bool(words) == bool(source):
        raise click.UsageError(_("请写要找的文字，或用 --input 给一份 CSV，两者选一。"))
    with told("numpy"), opened(path, card=card) as made:
        from linli.insight.same.reports import Report
        from linli.insight.same.tables import reports_of

        if source:
            reports = reports_of(content_of(source), named(text, given))
            _write((n, report, made.find(report, **limits)) for n, report in enumerate(reports, start=1))(output)
            return
        asked = Report("", " ".join(words), int(at.timestamp()) if at else None, point)
        found = made.find(asked, **limits)
    for one in found:
        place = _("%(n)s 米") % {"n": round(one.metres)} if one.metres is not None else ""
        click.echo("\t".join(filter(None, (one.id, per_cent(one.chance), place, " ".join(one.words)))))
    if not found:
        click.echo(_("没有找到可能相同的。"))


def _write(found: Any) -> Callable[[Path], None]:
    from linli.insight.same.tables import written

    def to(output: Path) -> None:
        if str(output) == "-":
            out = io.StringIO()
            written(found, out)
            click.echo(out.getvalue(), nl=False)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            lines = written(found, file)
        click.echo(_("写好了 %(n)s 行。") % {"n": lines})

    return to


@similar.command(
    help=_("抹掉某人写的或某些编号的留言：文字在文件里变成零，不只是做标记。别处的备份要另外更新。"),
    epilog=_("例：linli insight similar erase --index 留言.same --person 10086 --compact"),
)
@INDEX
@click.option("--person", multiple=True, help=_("谁写的，和添加时 --person 那一列的写法一样；可以写几个"))
@click.option("--id", "ids", multiple=True, help=_("编号；可以写几个"))
@click.option("--compact", is_flag=True, help=_("抹掉以后把文件重新整理，去掉空出来的地方"))
def erase(path: Path, person: tuple[str, ...], ids: tuple[str, ...], compact: bool) -> None:
    if not (person or ids or compact):
        raise click.UsageError(_("请写 --person、--id 或 --compact。"))
    with told("numpy"), opened(path, write=True) as made:
        count = made.erase(persons=person, ids=ids)
        if compact:
            made.compact()
        total = len(made)
    click.echo(_("抹掉了 %(n)s 条，索引里还有 %(total)s 条。") % {"n": count, "total": total})


@similar.command(
    help=_(
        "拿经办人标过重复的记录检验：从 --from 那天起，只用此前知道的学，看能找回多少、准多少、写明的原件排第几，和“同类、30 米、14 天”的规则比。"
        "可以把学到的评分表存下来，给 find 用。经办人只标了一部分，所以准确率只低不高。"
    ),
    epilog=_(
        "例：linli insight similar evaluate --input 诉求.csv --id 编号 --time 提出 --closed 办结 --latitude 纬度 --longitude 经度 "
        "--kind 类别 --original 重复于 --from 2026-03-01"
    ),
)
@TABLE
@columns
@click.option("--original", required=True, metavar="COLUMN", help=_("重复于哪一件（编号）在哪一列；空着表示没有写明"))
@click.option("--marked", default="", metavar="COLUMN", help=_("是不是标了重复在哪一列，有字就算；不写就看上一项"))
@click.option("--source-column", default="", metavar="COLUMN", help=_("来源在哪一列"))
@click.option("--groups", type=Columns(), help=_("经办习惯可能不同的其他列，比如承办单位、片区，用逗号隔开"))
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help=_("从哪天起检验；此前的用来学"))
@click.option("--every", type=click.FloatRange(0.5, 90), default=2.0, show_default=True, help=_("隔几天重新学一次"))
@click.option("--card", "made", type=MODEL, help=_("把学到的评分表存到这个文件"))
def evaluate(
    source: Path,
    text: tuple[str, ...] | None,
    original: str,
    marked: str,
    source_column: str,
    groups: tuple[str, ...] | None,
    first: datetime,
    every: float,
    made: Path | None,
    **given: str,
) -> None:
    with told("numpy"):
        from linli.insight.same import marks, scorecard
        from linli.insight.same.tables import lines_of, report_of

        names = named(text, given)
        wanted = [*names.named(), *(name for name in (original, marked, source_column, *(groups or ())) if name)]
        lines = list(lines_of(content_of(source), wanted))
        originals = [line.get(original, "").strip() for line in lines]
        flags = [bool(line.get(marked, "").strip()) for line in lines] if marked else [bool(name) for name in originals]
        sources = [line.get(source_column, "").strip() for line in lines] if source_column else []
        others = [[line.get(name, "").strip() for line in lines] for name in groups or ()]
        reports = [report_of(line, names, n) for n, line in enumerate(lines, start=1)]
        records = marks.records_of(reports, flags, originals, sources, others)
        figures, card = marks.evaluate(records, first.replace(tzinfo=UTC).timestamp(), every=every)
        if made:
            scorecard.save(card, made, {"figures": figures, "from": first.date().isoformat()})
    click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
