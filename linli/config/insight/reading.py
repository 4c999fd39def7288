"""`linli insight train`, `predict`, `evaluate`, `explain`: a reader of messages that learns from a table of labelled ones."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linli.config.words import _, language
from linli.insight.reading.readings import Reader
from linli.lib.problems import InputProblem

if TYPE_CHECKING:
    from linli.insight.reading.encoder import Encoder
    from linli.insight.reading.model import Model

FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
MODEL = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class Columns(click.ParamType):
    """COLUMN[,COLUMN]: at least one name."""

    name = "COLUMN[,COLUMN]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        names = value if isinstance(value, tuple) else tuple(name.strip() for name in str(value).split(",") if name.strip())
        if not names:
            self.fail(_("要写出至少一列的列名。"), param, ctx)
        return names


def from_table(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads a table of messages."""
    table = click.option("--input", "source", required=True, type=FILE, help=_("留言的 CSV，可以是 .gz；写 - 时从标准输入读取"))
    text = click.option("--text", required=True, type=Columns(), help=_("文字在哪些列，标题在前，用逗号隔开；空的列略过"))
    return table(text(command))


def with_encoder(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option of every command that reads with a model."""
    about = _("编码器的文件夹，里面有 model.onnx 和 tokenizer.json；模型是和编码器一起训练的才要写")
    return click.option("--encoder", type=FOLDER, help=about)(command)


@contextmanager
def told(*libraries: str) -> Iterator[None]:
    """Missing libraries and unreadable input end the command with one sentence."""
    if any(find_spec(name) is None for name in libraries):
        raise click.ClickException(_("这个命令要用到 numpy 和 scipy，请安装 linli[insight]。"))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small tables: threads would only wait for each other
    try:
        yield
    except InputProblem as problem:
        raise click.ClickException(problem.text(language())) from None
    except FileNotFoundError as missing:
        raise click.ClickException(_("找不到文件：%(name)s") % {"name": missing.filename}) from None


def table(source: Path, text: tuple[str, ...], label: str = "") -> tuple[list[str], list[str]]:
    from linli.insight.reading.tables import rows_of

    content = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    rows = list(rows_of(content, text, label))
    return [row[0] for row in rows], [row[1] for row in rows]


def encoder_in(folder: Path) -> Encoder:
    from linli.insight.reading.encoder import opened

    return opened(folder)


def model_of(path: Path, encoder: Path | None) -> Model:
    """The model, ready to read. Raises InputProblem when it cannot be, for want of the encoder it learned beside too."""
    from linli.insight.reading.beside import needs_encoder
    from linli.insight.reading.model_files import load

    found = load(path)
    if found.beside is None:
        if encoder:
            click.echo(_("这个模型没有用编码器，--encoder 略过了。"), err=True)
        return found
    return found.reading_with(encoder_in(encoder)) if encoder else needs_encoder()


def reader_of(model: Path | None, rules: Path | None, encoder: Path | None = None, wrong_cost: float | None = None) -> Reader:
    """The model, with the threshold of another cost if one is named; or, when there is none or it cannot be read, the rules, if there are any. Raises InputProblem otherwise."""
    try:
        if model:
            with told("numpy"):
                found = model_of(model, encoder)
                return found if wrong_cost is None else found.costing(wrong_cost)
    except click.ClickException as refused:
        if not rules:
            raise
        click.echo(_("%(problem)s 先用类别说明代替。") % {"problem": refused.message}, err=True)
    from linli.insight.reading.cold import Rules

    assert rules
    return Rules(described(rules))


def described(rules: Path) -> dict[str, str]:
    """What a table of `label` and `words` says of each label, several lines of one run together."""
    found: dict[str, str] = {}
    for words, label in zip(*table(rules, ("words",), "label"), strict=True):
        if label:
            found[label] = f"{found.get(label, '')} {words}".strip()
    return found


def per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"


@click.command(
    help=_(
        "从有标签的留言里学会分类。标签可以是类别、部门或紧急程度。学完报告在没见过的留言上（三折交叉）的准确率；模型文件里没有留言原文。"
    ),
    epilog=_("例：linli insight train --input 留言.csv --text 标题,内容 --label 类别 --model 类别.model"),
)
@from_table
@click.option("--label", required=True, help=_("标签在哪一列"))
@click.option("--model", required=True, type=MODEL, help=_("模型写到哪个文件"))
@click.option("--wrong-cost", type=click.FloatRange(0, 1000), default=3.0, show_default=True, help=_("派错一次相当于人工看几次"))
@click.option("--separator", default="", help=_("标签是分级的路径时，级与级之间的符号，例如 /；把握不够时建议上一级"))
@click.option("--rules", type=MODEL, help=_("类别说明的 CSV，label、words 两列；留言少或还没有留言的类别先按说明学"))
@click.option(
    "--encoder",
    type=FOLDER,
    help=_("预训练编码器的文件夹，里面有 model.onnx 和 tokenizer.json；和文字一起学，有帮助才用，以后读时也要写它"),
)
@click.option("--learned-on", type=click.DateTime(["%Y-%m-%d"]), help=_("记在模型里的训练日期；不写就不记，同样的数据得到同样的文件"))
def train(
    source: Path,
    text: tuple[str, ...],
    label: str,
    model: Path,
    wrong_cost: float,
    separator: str,
    rules: Path | None,
    encoder: Path | None,
    learned_on: Any,
) -> None:
    with told("numpy", "scipy"):
        from linli.insight.reading.learn import train as learn
        from linli.insight.reading.model_files import save

        beside = encoder_in(encoder) if encoder else None
        texts, labels = table(source, text, label)
        if beside:
            click.echo(_("用编码器读 %(rows)s 条，一个线程，要些时间。") % {"rows": len(texts)}, err=True)
        made = learn(
            texts,
            labels,
            learned_on=learned_on and learned_on.date(),
            wrong_costs=wrong_cost,
            separator=separator,
            descriptions={name: f"{name} {words}" for name, words in described(rules).items()} if rules else None,
            encoder=beside,
        )
        save(made, model)
    click.echo(
        _("学了 %(rows)s 条、%(labels)s 类，略过没有文字或标签的 %(left_out)s 条。")
        % {"rows": made.facts["rows"], "labels": len(made.labels), "left_out": made.facts["left_out"]}
    )
    if held := made.facts.get("held_out"):
        click.echo(
            _("没见过的留言上：准确率 %(accuracy)s，宏平均 F1 %(f1)s，前三命中 %(top3)s。")
            % {"accuracy": per_cent(held["accuracy"]), "f1": per_cent(held["macro_f1"]), "top3": per_cent(held["top3"])}
        )
    if made.beside:
        click.echo(_("编码器占 %(share)s，是在没见过的留言上比出来的；以后读时要写 --encoder。") % {"share": encoder_share(made)})
    elif encoder:
        click.echo(_("加上编码器，没见过的留言并没有认对得更多，所以模型没有用它，读时不必写 --encoder。"))


def encoder_share(model: Model) -> str:
    return per_cent(model.facts["encoder"]["share"])


@click.command(
    help=_(
        "给每条留言一个建议的标签和把握，写出第二、第三可能和说明理由的词。理由前的问号表示把握不够，应当由人来看。"
        "输出的列：row、label、confidence、second、third、reason，每行对应输入的一行。"
    ),
    epilog=_("例：linli insight predict --model 类别.model --input 留言.csv --text 标题,内容 --output 结果.csv"),
)
@click.option("--model", type=MODEL, help=_("训练得到的模型文件"))
@click.option("--rules", type=MODEL, help=_("没有模型，或模型读不了时，用这个 CSV 里的类别说明：label、words 两列"))
@from_table
@click.option("--output", required=True, type=FILE, help=_("结果写到哪个 CSV；写 - 时写到标准输出"))
@click.option("--wrong-cost", type=click.FloatRange(0, 1000), help=_("派错一次相当于人工看几次；不写就用模型里的"))
@with_encoder
def predict(
    model: Path | None,
    rules: Path | None,
    source: Path,
    text: tuple[str, ...],
    output: Path,
    wrong_cost: float | None,
    encoder: Path | None,
) -> None:
    if not (model or rules):
        raise click.UsageError(_("要写 --model 或 --rules。"))
    with told():
        from linli.insight.reading.tables import written

        readings = reader_of(model, rules, encoder, wrong_cost).read(table(source, text)[0], explained=1)
        if str(output) == "-":
            out = io.StringIO()
            written(readings, out)
            click.echo(out.getvalue(), nl=False)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            lines, sure = written(readings, file)
    click.echo(_("%(rows)s 条写好了，其中 %(unsure)s 条把握不够，应当由人来看。") % {"rows": lines, "unsure": lines - sure})


@click.command(
    help=_("拿有标签的留言检验一个模型：准确率、宏平均 F1、各类的查准率和查全率、容易混淆的类、把握是否可信。"),
    epilog=_("例：linli insight evaluate --model 类别.model --input 新留言.csv --text 标题,内容 --label 类别"),
)
@click.option("--model", required=True, type=MODEL, help=_("训练得到的模型文件"))
@from_table
@click.option("--label", required=True, help=_("标签在哪一列"))
@click.option("--output", default="-", show_default=True, type=FILE, help=_("结果写到哪个 JSON；写 - 时写到标准输出"))
@with_encoder
def evaluate(model: Path, source: Path, text: tuple[str, ...], label: str, output: Path, encoder: Path | None) -> None:
    with told("numpy"):
        from linli.insight.reading import model as reader

        pairs = [pair for pair in zip(*table(source, text, label), strict=True) if pair[1]]
        if not pairs:
            raise click.ClickException(_("没有带标签的行，无法检验。"))
        found = asdict(reader.evaluate(model_of(model, encoder), [pair[0] for pair in pairs], [pair[1] for pair in pairs]))
    content = json.dumps(found, ensure_ascii=False, indent=1)
    if str(output) == "-":
        click.echo(content)
    else:
        output.write_text(content + "\n", encoding="utf-8")


@click.command(
    help=_(
        "一段文字会被看成什么、有多大把握、哪些词说明了前三种可能。文字写在命令后面；不写文字时，说明模型本身：何时、从多少留言学来、有多准。"
    ),
    epilog=_("例：linli insight explain --model 类别.model 楼下的井盖没了，晚上很危险"),
)
@click.option("--model", required=True, type=MODEL, help=_("训练得到的模型文件"))
@with_encoder
@click.argument("words", nargs=-1)
def explain(model: Path, words: tuple[str, ...], encoder: Path | None) -> None:
    with told("numpy"):
        from linli.insight.reading.model_files import load

        if not words:
            made = load(model)
            click.echo(json.dumps({"labels": made.labels, **made.facts}, ensure_ascii=False, indent=1))
            return
        made = model_of(model, encoder)
        reading = next(made.read([" ".join(words)]))
    for label, chance, spoke in zip(reading.labels, reading.chances, reading.words, strict=True):
        click.echo(f"{label}\t{per_cent(chance)}\t{' '.join(spoke)}")
    if made.beside:
        click.echo(_("编码器也打了分（占 %(share)s），那一部分分不到词上。") % {"share": encoder_share(made)})
    if not reading.sure and reading.chances[0] >= made.threshold:
        click.echo(_("和学过的留言都不像，应当由人来看。"))
    elif not reading.sure:
        click.echo(_("把握不够（低于 %(threshold)s），应当由人来看。") % {"threshold": per_cent(made.threshold)})
