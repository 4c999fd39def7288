"""`linli insight hands`: what share is in time with another hand or another promise, out of an office's own past."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from linli.config.insight.reading import FILE, told
from linli.config.words import _


@click.command(
    help=_(
        "从办件记录里测算：多一个人办，或者把承诺的时限改一改，按时办结的比例会是多少。"
        "CSV 每行一件，要有开始、办结（空着是还没办结）、到期三列时间；类别和承办单位可以没有。"
        "等人手的时间用离散事件模拟，其他原因造成的时间照历史记录不变；结果带区间，并先在已有记录上回头检验。"
    ),
    epilog=_(
        "例：linli insight hands --input 办件.csv --opened 受理时间 --closed 办结时间 --due 到期时间 --group 单位 --only 城管科 --extra 1"
    ),
)
@click.option("--input", "source", required=True, type=FILE, help=_("办件的 CSV，可以是 .gz；写 - 时从标准输入读取"))
@click.option("--opened", default="opened", show_default=True, help=_("开始时间在哪一列"))
@click.option("--closed", default="closed", show_default=True, help=_("办结时间在哪一列"))
@click.option("--due", default="due", show_default=True, help=_("到期时间在哪一列"))
@click.option("--category", default="", help=_("类别在哪一列；不写就不分类别"))
@click.option("--group", default="", help=_("承办单位在哪一列；不写就全部算一个单位"))
@click.option("--priority", default="", help=_("轻重缓急在哪一列，数字越小越先办"))
@click.option("--only", default="", help=_("只算哪个单位；不写就每个单位都算"))
@click.option("--hands", type=click.IntRange(1, 10_000), help=_("现在有几个人办；不写就从最忙的日子估计"))
@click.option("--minutes", type=click.FloatRange(0.1, 100_000), help=_("办一件要占一个人多少分钟；不写就从最忙的日子估计"))
@click.option(
    "--hours",
    default="observed",
    show_default=True,
    help=_("上班时间：office 工作日 9-12、13-17 点，always 不分昼夜，observed 从办结时间看出"),
)
@click.option("--extra", type=click.IntRange(-10_000, 10_000), default=0, show_default=True, help=_("多几个人；负数是少几个人"))
@click.option("--promise", type=click.FloatRange(0.1, 100_000), help=_("承诺改成多少小时"))
@click.option("--promise-for", default="", help=_("只改这个类别的承诺；不写就都改"))
@click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True, help=_("往后算多少天"))
@click.option("--cut", type=click.DateTime(["%Y-%m-%d"]), help=_("从哪天算起，只用这之前的记录；不写就从最后一件的第二天算起"))
@click.option("--test-days", type=click.IntRange(0, 366), default=28, show_default=True, help=_("拿最后多少天回头检验；0 就不检验"))
@click.option("--runs", type=click.IntRange(2, 1000), default=20, show_default=True, help=_("模拟多少遍"))
@click.option("--seed", type=int, default=0, show_default=True, help=_("随机起点的种子"))
@click.option("--output", default="-", show_default=True, type=FILE, help=_("结果写到哪个 JSON；写 - 时写到标准输出"))
def hands(source: Path, output: Path, **given: Any) -> None:
    if find_spec("simpy") is None:
        raise click.ClickException(_("这个命令要用到 simpy，请安装 linli[insight]。"))
    with told():
        found = _answer(sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes(), given)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        if str(output) == "-":
            click.echo(text)
            return
        output.write_text(text + "\n", encoding="utf-8")
    click.echo(_("%(cases)s 件、%(groups)s 个单位，结果已写好。") % {"cases": found["cases"], "groups": len(found["groups"])})


def _answer(content: bytes, given: dict[str, Any]) -> dict[str, Any]:
    from linli.insight.hands.files import Columns, as_data, cases_of, hours_of, looked_back
    from linli.insight.hands.hours import DAY, minute_of
    from linli.insight.hands.looking_back import looking_back
    from linli.insight.hands.outlook import Asked, Office, outlook

    columns = Columns(given["opened"], given["closed"], given["due"], given["category"], given["group"], given["priority"])
    cases = cases_of(content, columns)
    if not cases:
        raise click.ClickException(_("文件里没有一件办件。"))
    cut_at: datetime | None = given["cut"]
    cut = minute_of(cut_at) if cut_at else (max(case.opened for case in cases) // DAY + 1) * DAY
    names = sorted({case.group for case in cases})
    if given["only"]:
        if given["only"] not in names:
            raise click.ClickException(_("记录里没有这个单位：%(name)s") % {"name": given["only"]})
        names = [given["only"]]
        cases = [case for case in cases if case.group == given["only"]]
    promise = max(1, round(given["promise"] * 60)) if given["promise"] else None
    asked = Asked(given["extra"], promise, given["promise_for"], given["days"], given["runs"], given["seed"])
    answers, then = [], cut - given["test_days"] * DAY
    offices = {}
    for name in names:
        mine = [case for case in cases if case.group == name]
        office = Office(hours_of(given["hours"], mine, cut), given["hands"], given["minutes"])
        offices[name] = Office(hours_of(given["hours"], mine, then), given["hands"], given["minutes"])
        try:
            answers.append(as_data(name, office, asked, outlook(mine, cut, office, asked)))
        except ValueError:
            raise click.ClickException(_("%(name)s：至少要留一个人。") % {"name": name or _("全部")}) from None
    tested = looked_back(looking_back(cases, then, cut, offices, asked)) if given["test_days"] else None
    return {"cases": len(cases), "groups": answers, "looking_back": tested}
