"""`linli insight`: algorithms on plain files. No settings, no database: it starts at once and runs anywhere. Only `retrain` sets up the house."""

from __future__ import annotations

import click

from linli.config.subcommands import group_of
from linli.config.words import _, gettext_noop

# Name -> where it is, and what it does in a few words. Each subcommand has its own file.
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "opinion": ("linli.config.insight.opinion:opinion", gettext_noop("从同意、不同意、跳过的表态里找出看法相近的人群和大家的共识")),
    "hot": ("linli.config.insight.hot:hot", gettext_noop("从留言里找出大家在说的热点，按热度排名，带时间、地点和人数")),
    "hands": ("linli.config.insight.hands:hands", gettext_noop("多一个人办，或者改一改承诺，按时办结的比例会是多少")),
    "train": ("linli.config.insight.reading:train", gettext_noop("从有标签的留言里学会分类")),
    "predict": ("linli.config.insight.reading:predict", gettext_noop("给每条留言建议一个标签，带把握和理由")),
    "evaluate": ("linli.config.insight.reading:evaluate", gettext_noop("拿有标签的留言检验一个模型")),
    "similar": ("linli.config.insight.similar:similar", gettext_noop("编成索引，找出可能是同一件事的留言")),
    "retrain": ("linli.config.insight.retrain:retrain", gettext_noop("从本机已确认的诉求里重新学习，更好才换上")),
    "explain": ("linli.config.insight.reading:explain", gettext_noop("说明一段文字为什么这样分类，或模型从哪里学来")),
    "replies": ("linli.config.insight.replies:replies", gettext_noop("检查答复说了什么、缺什么，每一点附上那句话")),
    "brief": ("linli.config.insight.brief:brief", gettext_noop("摘出每条留言的诉求、地点、时间、数量，遮住个人信息")),
}


@click.group(
    cls=group_of(SUBCOMMANDS),
    help=_("分析：从文件读入，算出结果和理由；除了 retrain，都不读也不写数据库。"),
    epilog=_("例：linli insight opinion --votes 表态.csv --output 结果.json"),
)
def insight() -> None:
    pass
