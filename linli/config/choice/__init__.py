"""`linli choice`: counting on plain files. No settings, no database: it starts at once and runs anywhere."""

from __future__ import annotations

import click

from linli.config.subcommands import group_of
from linli.config.words import _, gettext_noop

# Name -> where it is, and what it does in a few words. Each subcommand has its own file.
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "tally": ("linli.config.choice.tally:tally", gettext_noop("按法定比例计票，算出是否通过、还差多少")),
    "pb": ("linli.config.choice.pb:pb", gettext_noop("参与式预算：哪些项目入选，为什么")),
}


@click.group(
    cls=group_of(SUBCOMMANDS),
    help=_("计票：从文件读入，算出结果和理由；不读也不写数据库。"),
    epilog=_("例：linli choice tally 案例.json --json；linli choice pb 选票.pb --rule mes_add1 --json"),
)
def choice() -> None:
    pass
