"""`linli insight retrain`: what the worker does every night, by hand. The one command of insight that meets the database."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.util import find_spec

import click

from linli.config.words import _


@click.command(
    help=_(
        "从已经由人确认类别的诉求里学习，和正在用的模型（没有时是关键词规则）在最新几周的诉求上比一比，认对的更多才换上。"
        "后台任务每天夜里也会做一次；结果在工作台“类别模型”页。"
    ),
    epilog=_("例：linli insight retrain"),
)
@click.option("--night", type=click.DateTime(["%Y-%m-%d"]), help=_("记为哪一晚的学习；同一晚只做一次"))
def retrain(night: datetime | None) -> None:
    if any(find_spec(name) is None for name in ("numpy", "scipy")):
        raise click.ClickException(_("这个命令要用到 numpy 和 scipy，请安装 linli[insight]。"))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small tables: threads would only wait for each other
    from linli.config.cli import set_up

    set_up()
    from django.utils import timezone

    from linli.kernel.access.refusals import Refused
    from linli.kernel.reading.actions import retrain as learn
    from linli.kernel.reading.models import Learning

    try:
        done = learn(now=timezone.now(), night=night.date() if night else None)
    except Refused as refused:
        raise click.ClickException(" ".join(str(part) for part in (refused.text, refused.turn_to) if part)) from None
    told = {"n": done.judged, "new": done.right, "old": done.before_right, "rows": done.rows}
    if done.decision == Learning.Decision.TAKEN:
        click.echo(_("学了 %(rows)s 件；最新的 %(n)s 件里新的认对 %(new)s 件，原来的 %(old)s 件，已换上新的。") % told)
    else:
        click.echo(_("学了 %(rows)s 件；最新的 %(n)s 件里新的认对 %(new)s 件，原来的 %(old)s 件，没有更好，保留原来的。") % told)
