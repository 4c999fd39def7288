"""`linli choice tally CASE.json`: count one decision and say why it passed or failed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from linli.config.words import _, language
from linli.insight.choice import answers, reading
from linli.insight.choice.reading import CaseError
from linli.law.voting import RuleRefused


@click.command(
    help=_("按法定比例给一个案例计票：读入名册和票，给出是否通过、参与和同意的精确比例、还差多少和理由。CASE 写 - 时从标准输入读取。"),
    epilog=_("例：linli choice tally case.json --json"),
)
@click.argument("case", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=_("输出 JSON"))
def tally(case: Path, as_json: bool) -> None:
    text = sys.stdin.buffer.read() if str(case) == "-" else case.read_bytes()
    try:
        answer = answers.answer_to(reading.parse(text))
    except CaseError as error:
        if as_json:
            _print(answers.problems(error))
        raise click.ClickException(error.text(language())) from None
    except RuleRefused as refused:
        if as_json:
            _print(answers.refusal(refused))
        raise click.ClickException(refused.text(language())) from None
    if as_json:
        _print(answer)
    else:
        _say(answer)


def _print(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _say(answer: dict[str, Any]) -> None:
    """The result in sentences, one a line; the strict result beside any other."""
    if "earliest_meeting" in answer:
        click.echo(
            _("通知期从 %(first_day)s 到 %(last_day_after_holiday_rule)s，最早可以在 %(earliest_meeting)s 开会或者开始投票。") % answer
        )
        return
    for item in answer.get("cases", [answer]):
        click.echo(_("通过。") if item["passed"] else _("没有通过。"))
        tongue = "zh" if language().startswith("zh") else "en"
        for reason in item["explain"]:
            click.echo(f"  {reason[tongue]}")
        if "strict" in item:
            strict = (
                _("按严格口径（未交回的不算参与）：通过。") if item["strict"]["passed"] else _("按严格口径（未交回的不算参与）：没有通过。")
            )
            click.echo(strict)
