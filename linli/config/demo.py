"""`linli demo`."""

from __future__ import annotations

import time

import click

from linli.config.setup import prepare
from linli.config.words import _
from linli.demo.build import SCALES, build, sign_ins


@click.command(
    help=_("把演示街区装进空的数据库：hamlet 是一个社区，street 是一个街道，city 是一座城。"), epilog=_("例：linli demo --scale street")
)
@click.option("--scale", type=click.Choice(list(SCALES)), default="hamlet", show_default=True, help=_("规模。"))
@click.option("--seed", default=2026, show_default=True, help=_("随机数种子；同样的种子得到同样的街区。"))
def demo(scale: str, seed: int) -> None:
    prepare(click.echo)
    began = time.monotonic()
    counts = build(scale, seed=seed, quiet=False)
    click.echo(
        _("完成：%(residents)s 位居民，%(requests)s 件诉求，用时 %(seconds).0f 秒。") % {**counts, "seconds": time.monotonic() - began}
    )
    for row in sign_ins():
        click.echo("  ".join(row))
