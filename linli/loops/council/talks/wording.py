"""What talks are called in words: who says something, how long there is, why there is no map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.insight.groups.told import LEAST_PEOPLE, LEAST_STATEMENTS
from linli.lib.groups import LEAST_COUNT
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import Contribution, Names, Ruling, Talk
from linli.web.words import date_long, day

if TYPE_CHECKING:
    from linli.loops.council.talks.opinions import Read


def author_words(names: str, said: Contribution, buildings: Mapping[int, str]) -> str:
    """Who said it, as everybody reads it: by name, by building, or as a neighbour, as the talk began with."""
    seat = said.participant
    if seat is None:
        return _("主办方")
    if names == Names.NAME and seat.person is not None:
        return seat.person.name
    if names == Names.BUILDING and seat.building_id:
        return _("%(building)s的邻居") % {"building": buildings.get(seat.building_id, "")}
    return _("一位邻居")


def inside_words(said: Contribution, buildings: Mapping[int, str]) -> str:
    """Who said it, as those who work here read it."""
    seat = said.participant
    if seat is None:
        return _("主办方")
    if seat.person is None:
        return _("（已依法删除）")
    building = buildings.get(seat.building_id or 0, "")
    return f"{seat.person.name} · {building}" if building else seat.person.name


def names_words(names: str) -> str:
    """How one's own name will be shown, in a sentence: said before somebody writes."""
    return {
        "name": _("写的内容会带着您的姓名公开。"),
        "building": _("写的内容公开，只写您是哪栋楼的，不写姓名。工作人员知道是谁。"),
        "anonymous": _("写的内容公开，不写是谁。工作人员知道是谁。"),
    }[names]


def ends_words(talk: Talk, now: datetime) -> str:
    """Until when it runs, or when it ended."""
    if rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now):
        return _("%(when)s截止") % {"when": date_long(talk.closes_at)}
    return _("%(day)s已结束") % {"day": day(min(talk.closes_at, talk.closed_at or talk.closes_at))}


def people_words(n: int) -> str:
    return ngettext("%(n)s 人参加", "%(n)s 人参加", n) % {"n": n}


def count_words(said: Contribution) -> str:
    """Votes on a statement in a sentence; under three they would point at somebody."""
    if said.seen < LEAST_COUNT:
        return _("表态的还不到 %(n)s 人") % {"n": LEAST_COUNT}
    return _("同意 %(agree)s，不同意 %(disagree)s，跳过 %(passes)s") % {
        "agree": said.agrees,
        "disagree": said.disagrees,
        "passes": said.passes,
    }


def why_none_words(read: Read) -> str:
    """Why there is no map of groups, and from how many on there is one; that an older one is shown."""
    told = read.told
    if told is None:
        return {
            "off": _("这里没有打开意见分布图，只显示每条看法的票数。"),
            "missing": _("这里没有安装分析组件，只显示每条看法的票数。"),
        }.get(read.why_off, _("意见分布图正在算，过一分钟再看。下面先列出每条看法的票数。"))
    if told.groups:
        return (
            "" if read.is_fresh or read.at is None else _("分群算到%(when)s为止，之后的表态一分钟内算进来。") % {"when": date_long(read.at)}
        )
    numbers: dict[str, Any] = {"people": LEAST_PEOPLE, "now": told.people, "votes": told.needed_votes, "counted": told.counted}
    return {
        "few_people": _("有 %(people)s 人表态以后才分群，现在 %(now)s 人。人太少时分群会让人看出谁是谁。") % numbers,
        "few_statements": _("有 %(n)s 条看法以后才分群。") % {"n": LEAST_STATEMENTS},
        "few_votes": _("要有 %(people)s 人每人至少给 %(votes)s 条表态才分群，现在这样的有 %(counted)s 人。") % numbers,
        "no_split": _("大家的看法没有分成几群。"),
    }.get(told.why_none, "")


def ruling_words(ruling: Ruling) -> str:
    """What became of a ruling, in a few words."""
    if ruling.outcome == Ruling.Outcome.RESTORED:
        return _("已恢复显示")
    if ruling.outcome == Ruling.Outcome.UPHELD:
        return _("申诉后维持")
    return _("申诉中，等待复核") if ruling.appealed_at else _("不再显示")


def age_words(asked_at: datetime, now: datetime) -> str:
    """How long a question has waited: whole days."""
    days = (now - asked_at).days
    if not days:
        return _("今天提的，还没有人回答")
    return ngettext("等了 %(n)s 天，还没有人回答", "等了 %(n)s 天，还没有人回答", days) % {"n": days}
