"""`linli choice`: counting on plain files. No settings, no database: it starts at once and runs anywhere."""

from __future__ import annotations

from importlib import import_module

import click

from linli.config.words import _, gettext_noop

# Name -> where it is, and what it does in a few words. Each subcommand has its own file.
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "tally": ("linli.config.choice.tally:tally", gettext_noop("按法定比例计票，算出是否通过、还差多少")),
    "pb": ("linli.config.choice.pb:pb", gettext_noop("参与式预算：哪些项目入选，为什么")),
}


class Subcommands(click.Group):
    """Knows the names of all subcommands, and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, _colon, attribute = SUBCOMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("命令")):
            formatter.write_dl([(name, _(about)) for name, (_target, about) in SUBCOMMANDS.items()])


@click.group(
    cls=Subcommands,
    help=_("计票：从文件读入，算出结果和理由；不读也不写数据库。"),
    epilog=_("例：linli choice tally 案例.json --json；linli choice pb 选票.pb --rule mes_add1 --json"),
)
def choice() -> None:
    pass
