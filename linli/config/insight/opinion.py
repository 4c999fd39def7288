"""`linli insight opinion --votes CSV --output JSON`: opinion groups and what all of them share."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from linli.config.insight.reading import FILE, told
from linli.config.words import _
from linli.insight.groups.told import LEAST_PEOPLE, LEAST_STATEMENTS, OpinionMap
from linli.insight.opinion_files import as_data, read_votes


@click.command(
    help=_(
        "从表态里找出看法相近的人群、每群人最有代表性的看法、所有人群都认同的看法。CSV 要有 voter、statement、vote 三列，"
        "vote 是 agree、disagree 或 pass；同一人对同一条看法的多次表态以最后一次为准。同样的表态，换人换机器重算，结果一样。"
    ),
    epilog=_("例：linli insight opinion --votes 表态.csv --output 结果.json"),
)
@click.option("--votes", required=True, type=FILE, help=_("表态的 CSV，可以是 .gz；写 - 时从标准输入读取"))
@click.option("--output", required=True, type=FILE, help=_("结果写到哪个 JSON；写 - 时写到标准输出"))
@click.option("--seed", type=int, default=0, show_default=True, help=_("随机起点的种子"))
def opinion(votes: Path, output: Path, seed: int) -> None:
    with told("numpy", "scipy"):
        from linli.insight.opinion import analyse, votes_of

        content = sys.stdin.buffer.read() if str(votes) == "-" else votes.read_bytes()
        found, groups = analyse(votes_of(read_votes(content)), seed=seed)
        text = json.dumps(as_data(found, groups), ensure_ascii=False, indent=1)
        if str(output) == "-":
            click.echo(text)
            return
        output.write_text(text + "\n", encoding="utf-8")
    numbers = {"people": found.people, "statements": len(found.statements), "votes": found.votes, "groups": len(found.groups)}
    if found.groups:
        click.echo(_("%(people)s 人、%(statements)s 条看法、%(votes)s 次表态，分成 %(groups)s 群，结果已写好。") % numbers)
    else:
        click.echo(
            _("%(people)s 人、%(statements)s 条看法、%(votes)s 次表态，没有分出人群：%(why)s结果已写好。") % {**numbers, "why": _why(found)}
        )


def _why(found: OpinionMap) -> str:
    numbers = {"people": LEAST_PEOPLE, "statements": LEAST_STATEMENTS, "votes": found.needed_votes, "counted": found.counted}
    return {
        "few_people": _("至少要有 %(people)s 人表态。"),
        "few_statements": _("至少要有 %(statements)s 条看法。"),
        "few_votes": _("至少要有 %(people)s 人每人给 %(votes)s 条看法表态，现在有 %(counted)s 人。"),
    }.get(found.why_none, _("大家的看法没有分成几群。")) % numbers
