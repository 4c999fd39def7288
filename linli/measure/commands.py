"""`linli facts`, `linli indicators` and `linli verify figures`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.insight.measure import lake
from linli.insight.measure.engines import ENGINES, EngineName
from linli.insight.measure.periods import period
from linli.kernel.matters.commands import verify
from linli.kernel.places.queries import place_by_code
from linli.lib.progress import track
from linli.measure import building, computing, indicators
from linli.measure.actions import verify_figures
from linli.measure.models import Published
from linli.measure.rounds import go_round

__all__ = ["facts", "indicators_", "verify"]


@click.group(help=_("事实库：由办理记录生成、不含个人身份的数据，指标都从这里算。"), epilog=_("例：linli facts build"))
def facts() -> None:
    pass


@facts.command(
    "build",
    help=_("把有变化的部分写进事实库并重算指标；中途停下不会留下半份，再运行就接着做。"),
    epilog=_("例：linli facts build --all"),
)
@click.option("--all", "everything", is_flag=True, help=_("全部重新生成，例如文件损坏以后"))
def build(everything: bool) -> None:
    def tracked(rows: int) -> Any:
        bar = track(max(rows, 1), _("写入事实"))
        advance = bar.__enter__()
        click.get_current_context().call_on_close(lambda: bar.__exit__(None, None, None))
        return advance

    figures = go_round(timezone.now(), tracked, everything=everything)
    state = building.current()
    counts = "，".join(f"{name} {state.rows(name)}" for name in state.tables)
    click.echo(
        _("事实库 %(id)s：%(counts)s；指标数字 %(figures)s 个。") % {"id": state.id, "counts": counts or _("没有记录"), "figures": figures}
    )


@facts.command("check", help=_("检查事实库的文件是否完整、没有被改动；发现问题时以退出码 1 结束。"), epilog=_("例：linli facts check"))
def check() -> None:
    state = building.current()
    with track(max(len(state.parts), 1), _("检查文件")) as advance:
        damaged = lake.damaged_parts(state, advance)
    for part in damaged:
        click.echo(f"{part.table} {part.district} {part.month}  {part.file}")
    if damaged:
        raise click.ClickException(_("%(n)s 个文件缺失或损坏，请运行 linli facts build --all。") % {"n": len(damaged)})
    click.echo(_("%(n)s 个文件完整。") % {"n": len(state.parts)})


@click.group("indicators", help=_("指标：看有哪些、怎么来的，按地点和期间计算。"), epilog=_("例：linli indicators list"))
def indicators_() -> None:
    pass


@indicators_.command(
    "list", help=_("列出全部指标：自动计算、抽样调查、外部文件登记，或者还没有以及为什么。"), epilog=_("例：linli indicators list --json")
)
@click.option("--json", "as_json", is_flag=True, help=_("输出 JSON"))
def list_(as_json: bool) -> None:
    language = get_language() or "zh"
    found = [
        {
            "id": one.id,
            "name": one.name(language),
            "dimension": one.dimension,
            "level": one.level,
            "unit": one.unit,
            "direction": one.direction,
            "state": one.state,
            "why": one.why_zh if language.startswith("zh") else one.why_en,
            "coverage": one.coverage_zh if language.startswith("zh") else one.coverage_en,
            "version": version,
        }
        for one, version in indicators.in_force().values()
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for row in found:
        click.echo(f"{row['id']:<44}{row['state']:<10}{row['name']}")


@indicators_.command(
    "compute",
    help=_("从事实库计算一个地点在一个期间的指标。"),
    epilog=_("例：linli indicators compute --place 510107020001 --period 2026-10 --json"),
)
@click.option("--place", "code", required=True, help=_("社区、街道、区县或更高一级的 12 位代码"))
@click.option("--period", "span", required=True, help=_("2026-10、2026-Q3 或 2026"))
@click.option("--indicator", "codes", multiple=True, help=_("只算这些指标"))
@click.option("--engine", "name", type=click.Choice(list(ENGINES)), default="duckdb", show_default=True, help=_("用哪个引擎"))
@click.option(
    "--lake", "other", type=click.Path(exists=True, file_okay=False, path_type=Path), help=_("用这个文件夹里的事实库，不用本机的")
)
@click.option("--json", "as_json", is_flag=True, help=_("输出 JSON"))
def compute(code: str, span: str, codes: tuple[str, ...], name: EngineName, other: Path | None, as_json: bool) -> None:
    if other is None:
        found = computing.compute(place_by_code(code), period(span), codes=codes, name=name)
    else:
        found = computing.compute_in(lake.read(other), code, computing.level_of(code), period(span), codes=codes, name=name)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "indicator": f.indicator,
                        "level": f.level,
                        "place": f.place,
                        "period": f.period,
                        "numerator": f.numerator,
                        "denominator": f.denominator,
                        "value": f.value,
                    }
                    for f in found
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    for f in found:
        one, _version = indicators.indicator(f.indicator)
        value = _("样本太少") if f.value is None else f"{f.value:.2f}"
        click.echo(f"{one.name(get_language() or 'zh')}  {value}  ({f.numerator} / {f.denominator})")


@verify.command(
    "figures",
    help=_("重算每个公布过的指标数字：用公布时的事实快照和定义；算不出同一个数时逐条指出，并以退出码 1 结束。"),
    epilog=_("例：linli verify figures"),
)
def figures() -> None:
    count = Published.objects.count()
    with track(max(count, 1), _("重算数字")) as advance:
        wrong = list(verify_figures(advance))
    for one in wrong:
        p = one.published
        click.echo(f"{p.code} {p.period} {p.place_code}: {p.value} → {one.problem or one.value}")
    if wrong:
        raise click.ClickException(_("%(n)s 个公布的数字对不上。") % {"n": len(wrong)})
    click.echo(_("全部一致：%(n)s 个公布的数字。") % {"n": count})
