"""
Pure decisions about talks: what may be done when, which statement comes next, the rules of the place.

Nothing here reads the database, the clock or the settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST: Final = {"statement": 140, "argument": 300, "question": 200}
SHORTEST: Final = 4
LONGEST_TALK: Final = timedelta(days=92)
SHORTEST_TALK: Final = timedelta(hours=24)
APPEAL_DAYS: Final = 15

# What a contribution may be hidden for, and nothing else.
RULES: Final[Mapping[str, Any]] = {
    "insult": gettext_lazy("辱骂、威胁或贬损他人"),
    "personal": gettext_lazy("写了别人的姓名、电话、门牌或其他个人信息"),
    "unlawful": gettext_lazy("内容违法"),
    "advert": gettext_lazy("广告或刷屏"),
    "off_topic": gettext_lazy("和正在谈的事无关"),
    "several": gettext_lazy("一条里写了几件事，没法表态，请分开写"),
    "repeated": gettext_lazy("和已有的一条意思相同"),
}


def is_open(opened_at: datetime, closes_at: datetime, closed_at: datetime | None, now: datetime) -> bool:
    """May people still contribute at `now`? The end itself is past."""
    return opened_at <= now < closes_at and closed_at is None


def why_not_opened(state: str, is_open_matter: bool, already: bool) -> str | None:
    """Why no talk can be opened about a matter in `state`; None when it can."""
    if state == "draft":
        return _("还是草稿，提交以后才能请大家来谈。")
    if not is_open_matter:
        return _("这件事已经结束，不能再开始交流。")
    if already:
        return _("这件事正在交流，先结束那一次，或者延长它。")
    return None


def why_not_until(opened_at: datetime, closes_at: datetime, now: datetime) -> str | None:
    """Why a talk cannot end at `closes_at`: a day at least from now, three months at most from its beginning."""
    if closes_at < now + SHORTEST_TALK:
        return _("结束时间至少要在一天以后，让上班的人晚上也来得及。")
    if closes_at > opened_at + LONGEST_TALK:
        return _("一次交流最长三个月，请定近一点的日子。")
    return None


def why_not_said(kind: str, text: str, source: str, given: int, most: int) -> str | None:
    """Why `text` cannot be contributed by somebody who contributed `given` of `kind` already, of `most` allowed."""
    longest = LONGEST[kind]
    if given >= most:
        return _("每人在这里最多写 %(most)s 条，您已经写满了。可以给别人写的表态。") % {"most": most}
    if len(text) < SHORTEST:
        return _("请写完整的一句话。")
    if len(text) > longest:
        return _("最多 %(n)s 个字，现在有 %(now)s 个。请只说一个意思。") % {"n": longest, "now": len(text)}
    if kind == "statement" and text.rstrip().endswith(("?", "？")):
        return _("这是一个问题，请写到“提问”里；看法要写成一句别人可以同意或者不同意的话。")
    if kind != "argument" and source:
        return _("只有理由才写出处。")
    return None


# --- which statement comes next ---------------------------------------------------------------------------------------------
def draw_of(who: int, what: int) -> int:
    """A lot that is the same whenever this person meets this statement, and another for everybody else."""
    return int.from_bytes(hashlib.sha256(f"{who}:{what}".encode()).digest()[:8], "big")


def in_turn(waiting: Iterable[tuple[int, int]], who: int) -> list[int]:
    """
    Statements `(id, how often seen)` in the order in which this person meets them: the least seen first, equal ones by lot. So every
    statement is judged about equally often, and none gains by being early or by being pushed.
    """
    return [what for what, seen in sorted(waiting, key=lambda row: (row[1], draw_of(who, row[0])))]


# --- names --------------------------------------------------------------------------------------------------------------------
def rule_in_force(found: Sequence[tuple[str, datetime, str]], path: str, now: datetime) -> str:
    """
    How names are shown at `path`: of the rules (path of the place, since, names) in force, that of the nearest place, the latest of it.
    Where nothing was decided: the building.
    """
    rows = [(len(p), since, names) for p, since, names in found if path.startswith(p) and since <= now]
    return max(rows, default=(0, None, "building"), key=lambda r: (r[0], r[1]))[2]
