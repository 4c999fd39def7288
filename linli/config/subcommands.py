"""A group of commands that knows the names of all, and loads one when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import click

from linli.config.words import _

# Name → where it is ("package.module:attribute"), and what it does in a few words.
Table = Mapping[str, tuple[str, str]]


def group_of(table: Table, *, before: Callable[[str], None] = lambda name: None) -> type[click.Group]:
    """The class of a group whose commands stand in `table`; `before` is told the name of a command before it is loaded."""

    class Subcommands(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(table)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in table:
                return None
            before(cmd_name)
            module, _colon, attribute = table[cmd_name][0].partition(":")
            command = getattr(import_module(module), attribute)
            assert isinstance(command, click.Command)
            return command

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section(_("命令")):
                formatter.write_dl([(name, _(about)) for name, (_target, about) in table.items()])

    return Subcommands
