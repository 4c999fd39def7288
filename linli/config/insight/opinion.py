"""`linli insight opinion --votes CSV --output JSON`: opinion groups and what all of them share."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from linli.config.words import _, language
from linli.insight.opinion_files import as_data, read_votes
from linli.lib.problems import InputProblem


@click.command(
    help=_(
        "从表态里找出看法相近的人群、每群人最有代表性的看法、所有人群都认同的看法。CSV 要有 voter、statement、vote 三列，"
        "vote 是 agree、disagree 或 pass；同一人对同一条看法的多次表态以最后一次为准。同样的表态，换人换机器重算，结果一样。"
    ),
    epilog=_("例：linli insight opinion --votes 表态.csv --output 结果.json"),
)
@click.option(
    "--votes", required=True, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), help=_("表态的 CSV；写 - 时从标准输入读取")
)
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help=_("结果写到哪个 JSON；写 - 时写到标准输出"),
)
@click.option("--seed", type=int, default=0, show_default=True, help=_("随机起点的种子"))
def opinion(votes: Path, output: Path, seed: int) -> None:
    if find_spec("numpy") is None:
        raise click.ClickException(_("这个命令要用到 numpy，请安装 linli[insight]。"))
    from linli.insight.opinion import analyse, votes_of

    content = sys.stdin.buffer.read() if str(votes) == "-" else votes.read_bytes()
    try:
        told, groups = analyse(votes_of(read_votes(content)), seed=seed)
    except InputProblem as problem:
        raise click.ClickException(problem.text(language())) from None
    text = json.dumps(as_data(told, groups), ensure_ascii=False, indent=1)
    if str(output) == "-":
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        click.echo(
            _("%(people)s 人、%(statements)s 条看法、%(votes)s 次表态，分成 %(groups)s 群，结果已写好。")
            % {"people": told.people, "statements": len(told.statements), "votes": told.votes, "groups": len(told.groups)}
        )
