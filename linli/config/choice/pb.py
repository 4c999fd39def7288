"""`linli choice pb FILE.pb`: decide a participatory budget and say why for every project."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from linli.config.words import _, gettext_noop, language
from linli.insight.choice.budget import RULES, USUAL, Election, decide
from linli.insight.choice.budget.explain import as_data
from linli.insight.choice.pabulib import parse_pb
from linli.lib.problems import InputProblem

SATISFACTIONS = ("cost", "card", "points", "borda")
ENDINGS = {
    "not_completed": gettext_noop("平均份额法，没有补足：可能还有钱剩下。"),
    "exhaustive": gettext_noop("每人的份额加了 %(raised)s，剩下的钱已经放不下任何有人支持的项目。"),
    "next_exceeds": gettext_noop("每人的份额加了 %(raised)s，再加 1 就会超出预算。"),
}


@click.command(
    help=_(
        "按 .pb 文件（Pabulib 格式）里的项目、费用和选票，算出哪些项目入选，并说明每个项目的理由。FILE 写 - 时从标准输入读取。"
        "同样的选票，换人换机器重算，结果一样；并列时项目编号按文字排序在前的优先。"
    ),
    epilog=_("例：linli choice pb 选票.pb --rule mes_add1 --satisfaction cost --json"),
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--rule",
    type=click.Choice(RULES),
    required=True,
    help=_("greedy 贪心法；mes 平均份额法；mes_add1 平均份额法，每人份额逐次加 1 补足；phragmen 顺序弗拉格门法"),
)
@click.option(
    "--satisfaction",
    type=click.Choice(SATISFACTIONS),
    help=_("怎样衡量满意：cost 按费用，card 按个数，points 按打分，borda 按名次；不写时按选票类型取。phragmen 用不到"),
)
@click.option("--json", "as_json", is_flag=True, help=_("输出 JSON"))
def pb(file: Path, rule: Any, satisfaction: Any, as_json: bool) -> None:
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        election = parse_pb(content)
        outcome = decide(election, rule, satisfaction or USUAL[election.vote_type])
    except InputProblem as problem:
        if as_json:
            click.echo(json.dumps({"error": {"code": problem.code, "zh": problem.text_zh, "en": problem.text_en}}, ensure_ascii=False))
        raise click.ClickException(problem.text(language())) from None
    _warn(election)
    data = as_data(outcome)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        _say(data)


def _warn(election: Election) -> None:
    for warning in election.warnings:
        click.echo(_("注意：%(what)s") % {"what": warning.text(language())}, err=True)


def _say(data: dict[str, Any]) -> None:
    facts = {"winners": len(data["winners"]), "cost": data["total_cost"], "budget": data["budget"], "voters": data["voters"]}
    click.echo(_("%(voters)s 人投票，%(winners)s 个项目入选，共 %(cost)s，预算 %(budget)s。") % facts)
    if data.get("ending"):
        click.echo(_(ENDINGS[data["ending"]]) % {"raised": data["raised_by"]})
    chosen = sorted((project for project in data["projects"] if project["selected"]), key=lambda project: project["round"])
    for project in [*chosen, *(project for project in data["projects"] if not project["selected"])]:
        mark = f"{project['round']:>4}" if project["selected"] else "   -"
        click.echo(f"{mark}  {project['id']}  {project['name']}  {_reason(project)}".rstrip())


def _reason(project: dict[str, Any]) -> str:
    facts = {"cost": project["cost"], "supporters": project["supporters"]} | {
        name: _short(project[name]) for name in ("score", "money_left_before", "money_of_supporters", "missing", "load") if name in project
    }
    if project["reason"] == "paid_by_supporters":
        price = _("每人 %(price)s") if project["price"]["per"] == "voter" else _("每分 %(price)s")
        facts |= {"price": price % {"price": _short(project["price"])}, "full": project["paid"]["in_full"]["voters"]}
        facts |= {"less": project["paid"]["all_they_had_left"]["voters"], "none": project["paid"]["nothing_left"]["voters"]}
    return _(REASONS[project["reason"]]) % facts


def _short(value: Any) -> str:
    """A decimal with at most two digits after the point, for reading; JSON has it exactly."""
    if not isinstance(value, dict):
        return str(value)
    return f"{float(value['decimal']):.2f}".removesuffix("0").removesuffix("0").removesuffix(".")


REASONS = {
    "fits": gettext_noop("费用 %(cost)s，得分 %(score)s；轮到时还有 %(money_left_before)s，够。"),
    "does_not_fit": gettext_noop("费用 %(cost)s，得分 %(score)s；轮到时只剩 %(money_left_before)s，不够。"),
    "costs_nothing": gettext_noop("不用花钱，有 %(supporters)s 人支持。"),
    "paid_by_supporters": gettext_noop(
        "费用 %(cost)s，由支持者付：%(price)s，%(full)s 人付足，%(less)s 人付出所剩的全部，%(none)s 人已无份额。"
    ),
    "supporters_cannot_pay": gettext_noop("费用 %(cost)s，%(supporters)s 名支持者的份额只剩 %(money_of_supporters)s，差 %(missing)s。"),
    "no_supporters": gettext_noop("费用 %(cost)s，没有人支持。"),
    "least_load": gettext_noop("费用 %(cost)s，%(supporters)s 人支持，买下后每名支持者累计负担 %(load)s。"),
    "next_but_over_budget": gettext_noop("费用 %(cost)s，轮到它时超出预算，到此为止。"),
    "not_reached": gettext_noop("费用 %(cost)s，%(supporters)s 人支持，没有轮到。"),
}
