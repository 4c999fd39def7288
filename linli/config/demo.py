"""`linli demo`."""

from __future__ import annotations

import time
from pathlib import Path

import click
from django.utils import timezone

from linli.config.setup import prepare
from linli.config.words import _
from linli.demo.build import SCALES, build, sign_ins
from linli.lib.progress import track


@click.command(
    help=_("把演示街区装进空的数据库：hamlet 是一个社区，street 是一个街道，city 是一座城。"), epilog=_("例：linli demo --scale street")
)
@click.option("--scale", type=click.Choice(list(SCALES)), default="hamlet", show_default=True, help=_("规模。"))
@click.option("--seed", default=2026, show_default=True, help=_("随机数种子；同样的种子得到同样的街区。"))
@click.option("--lake", type=click.Path(file_okay=False, path_type=Path), help=_("不装数据库，只把一座城的诉求写成事实库，放在这个文件夹"))
@click.option("--matters", type=click.IntRange(1), default=1_000_000, show_default=True, help=_("和 --lake 一起用：写多少件诉求"))
def demo(scale: str, seed: int, lake: Path | None, matters: int) -> None:
    began = time.monotonic()
    if lake is not None:
        if scale != "city":
            raise click.UsageError(_("--lake 只和 --scale city 一起用。"))
        from linli.demo.lake import make_lake

        with track(matters, _("写入事实")) as advance:
            made = make_lake(lake, matters=matters, now=timezone.now(), seed=seed, advance=advance)
        told: dict[str, float] = {"requests": made.rows("request"), "parts": len(made.parts), "seconds": time.monotonic() - began}
        click.echo(_("完成：%(requests)s 件诉求，%(parts)s 个文件，用时 %(seconds).0f 秒。") % told)
        return
    prepare(click.echo)
    counts = build(scale, seed=seed, quiet=False)
    click.echo(
        _("完成：%(residents)s 位居民，%(requests)s 件诉求，用时 %(seconds).0f 秒。") % {**counts, "seconds": time.monotonic() - began}
    )
    for row in sign_ins():
        click.echo("  ".join(row))
