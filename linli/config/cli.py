"""
The `linli` command. One table names every subcommand; each is loaded only when it is used.

A package brings its own commands in `<package>/commands.py`. Such a module is imported after Django is set up and the language of
the terminal is active, so plain `gettext` works there, in help texts too. Commands in PURE count on plain files without Django.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import metadata
from typing import TextIO

import click

from linli.config.failures import WRONG_USE, explain
from linli.config.subcommands import group_of
from linli.config.words import _, gettext_noop, language

# Name -> where it is, and what it does in a few words.
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("linli.config.serve:serve", gettext_noop("启动网站和后台任务")),
    "worker": ("linli.config.worker:worker", gettext_noop("只运行后台任务")),
    "migrate": ("linli.config.setup:migrate", gettext_noop("建立或更新数据库结构")),
    "check": ("linli.config.check:check", gettext_noop("检查配置和数据是否一致")),
    "demo": ("linli.config.demo:demo", gettext_noop("装入一个演示小区")),
    "import": ("linli.ports.tables.commands:import_", gettext_noop("从 Excel、CSV 导入居民、房屋、工作人员、诉求和场地")),
    "export": ("linli.ports.tables.commands:export", gettext_noop("导出为 Excel 或 CSV")),
    "verify": ("linli.measure.commands:verify", gettext_noop("验证事项的时间线、公布的表决结果没有被改动")),
    "user": ("linli.kernel.accounts.commands:user", gettext_noop("管理账号和角色")),
    "unit": ("linli.kernel.accounts.commands:unit", gettext_noop("管理承办单位")),
    "token": ("linli.kernel.accounts.commands:token", gettext_noop("管理接口令牌")),
    "calendar": ("linli.kernel.matters.commands:work_calendar", gettext_noop("录入一年的工作日历")),
    "keys": ("linli.kernel.accounts.commands:keys", gettext_noop("更换加密密钥")),
    "choice": ("linli.config.choice:choice", gettext_noop("计票：从文件读入，算出结果和理由")),
    "insight": ("linli.config.insight:insight", gettext_noop("分析：从文件读入，算出结果和理由")),
    "facts": ("linli.measure.commands:facts", gettext_noop("事实库：指标都从这里算")),
    "indicators": ("linli.measure.commands:indicators_", gettext_noop("看有哪些指标，按地点和期间计算")),
    "docs": ("linli.kernel.matters.commands:docs", gettext_noop("从数据生成流程图等文档")),
}
# Commands on plain files: they need no settings and no database, and start at once.
PURE = {"choice", "insight"}


def set_up() -> None:
    """Load settings and applications, and speak the language of the terminal. Raises ImproperlyConfigured."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django
    from django.utils import translation

    # What is loaded here stays for good; looking through it for refuse while it grows takes a seventh of the start.
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()
    translation.activate(language())


def _before(name: str) -> None:
    if name not in PURE:
        set_up()


@click.group(
    cls=group_of(COMMANDS, before=_before),
    help=_("邻里：居民提出的事进来，办成的事出去，中间每一步都看得见。"),
    epilog=_("例：linli serve --port 8000。任何命令都可以加 --debug，出错时显示完整的调用过程。"),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(metadata.version("linli"), prog_name="linli")
def linli() -> None:
    pass


def _never_fail_to_print(stream: TextIO) -> None:
    """A terminal that cannot show a character gets a question mark, not a crash."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")


def run(arguments: list[str]) -> int:
    """Run one command line; return its exit code. A failure prints exactly one line on stderr (with `--debug`, the whole trace)."""
    debug = "--debug" in arguments
    try:
        result = linli.main(args=[word for word in arguments if word != "--debug"], prog_name="linli", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as nothing_asked:
        click.echo(nothing_asked.format_message())
        return WRONG_USE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        text, code = explain(error)
        click.echo(f"linli: {text}", err=True)
        return code
    return result if isinstance(result, int) else 0


def main() -> None:
    _never_fail_to_print(sys.stdout)
    _never_fail_to_print(sys.stderr)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
