"""`linli insight hot --input CSV --output CSV`: what many people talk about, hottest first; with their messages in a second table."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from linli.config.insight.reading import FILE, told
from linli.config.words import _


def output_to(path: Path, write: Callable[[Any], object]) -> None:
    """A table to a file, or to standard output for "-"."""
    if str(path) == "-":
        out = io.StringIO()
        write(out)
        click.echo(out.getvalue(), nl=False)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        write(file)


@click.command(
    help=_(
        "从留言里找出大家在说的热点：说的是同一处、同一件事的留言归到一起，按热度排名。同一个人写很多次只算一个人。输出的列：热度排名、问题ID、"
        "热度指数、时间范围、地点/人群、问题描述，后面是留言数、人数、点赞数、反对数、走势、突发。同样的留言重算，结果一样。"
    ),
    epilog=_("例：linli insight hot --input 留言.csv --output 热点问题表.csv --details 热点问题留言明细表.csv --top 5"),
)
@click.option("--input", "source", required=True, type=FILE, help=_("留言的 CSV，可以是 .gz；写 - 时从标准输入读取"))
@click.option("--output", required=True, type=FILE, help=_("热点问题表写到哪个 CSV；写 - 时写到标准输出"))
@click.option("--details", type=FILE, help=_("热点问题留言明细表写到哪个 CSV；不写就不出"))
@click.option("--top", type=click.IntRange(1, 10_000), default=5, show_default=True, help=_("要最热的几个"))
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help=_("从哪天起；不写就从最早的留言起"))
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help=_("到哪天止；不写就到最晚的留言"))
@click.option("--within", default="", help=_("只要这个地点以下的留言；要有地点列，各级用 / 隔开"))
@click.option("--least-people", type=click.IntRange(1), default=3, show_default=True, help=_("至少几个不同的人说，才算热点"))
@click.option("--half-life", type=click.FloatRange(0, 10_000), default=0, show_default=True, help=_("热度过多少天减半；0 是不减"))
@click.option("--like", type=click.FloatRange(0, 1000), default=1.5, show_default=True, help=_("点赞数平方根的权重"))
@click.option("--plain", is_flag=True, help=_("只要前六列"))
@click.option("--id", "id_column", help=_("编号在哪一列"))
@click.option("--title", "title_column", help=_("主题在哪一列"))
@click.option("--body", "body_column", help=_("详情在哪一列"))
@click.option("--person", "person_column", help=_("用户在哪一列"))
@click.option("--time", "at_column", help=_("时间在哪一列"))
@click.option("--place", "place_column", help=_("地点在哪一列"))
@click.option("--likes", "likes_column", help=_("点赞数在哪一列"))
@click.option("--dislikes", "dislikes_column", help=_("反对数在哪一列"))
def hot(
    source: Path,
    output: Path,
    details: Path | None,
    top: int,
    since: datetime | None,
    until: datetime | None,
    within: str,
    least_people: int,
    half_life: float,
    like: float,
    plain: bool,
    **columns: str | None,
) -> None:
    with told("numpy", "scipy"):
        from linli.insight.hot.heat import HeatRule
        from linli.insight.hot.messages import Span
        from linli.insight.hot.summing import Asked
        from linli.insight.hot.tables import messages_of, write_details, write_topics
        from linli.insight.hot.topics import topics_of

        content = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        named = {key.removesuffix("_column"): name for key, name in columns.items() if name}
        rows = {m.id: (m, row) for m, row in messages_of(content, named)}
        messages = [m for m, _row in rows.values()]
        days = [m.at.date() for m in messages]
        first = since.date() if since else min(days, default=date(2000, 1, 1))
        last = until.date() if until else max(days, default=first)
        if last < first:
            raise click.ClickException(_("结束的日子早于开始的日子。"))
        asked = Asked(least_people=least_people, most=top, within=within, heat=HeatRule(like=like, half_life=half_life or None))
        found = topics_of([m for m in messages if first <= m.at.date() <= last], Span(first, last), asked)
    output_to(output, lambda file: write_topics(found, file, more=not plain))
    if details:
        output_to(details, lambda file: write_details(found, rows, file))
    if str(output) != "-":
        counted = sum(len(topic.messages) for topic in found)
        click.echo(
            _("%(rows)s 条留言里找出 %(topics)s 个热点，说到它们的有 %(counted)s 条，结果已写好。")
            % {"rows": len(messages), "topics": len(found), "counted": counted}
        )
