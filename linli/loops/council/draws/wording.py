"""Draws in words: notices in the official pattern, the lines of the record, states and their tones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from linli.kernel.matters.held_notices import Pattern
from linli.loops.council.draws.models import Draw, Line, Offer, State
from linli.loops.council.draws.rules import REASONS, write_lots
from linli.web.words import date_long, until

TONES = {
    State.DRAFT: "plain",
    State.OPEN: "green",
    State.LISTED: "gold",
    State.FROZEN: "gold",
    State.DRAWN: "blue",
    State.CLOSED: "plain",
    State.CANCELLED: "red",
}
OFFER_TONES = {Offer.State.OFFERED: "gold", Offer.State.ACCEPTED: "green", Offer.State.DECLINED: "plain", Offer.State.LAPSED: "red"}
STEPS = ("open", "listed", "frozen", "drawn", "closed")


def steps() -> list[str]:
    """The draw's stages in their order, for the strip."""
    return [_("报名"), _("名单公示"), _("冻结等待"), _("抽签认领"), pgettext("draw", "办结")]


def position(draw: Draw) -> int:
    """Where a draw stands on the strip; 0 before it is announced, six when it is done."""
    if draw.state in (State.DRAFT, State.CANCELLED):
        return 0
    return len(STEPS) + 1 if draw.state == State.CLOSED else STEPS.index(draw.state) + 1


def category_lines(draw: Draw) -> list[str]:
    """Categories in their order with lots: who may have them, and what happens to unfilled ones."""
    rows = []
    for n, c in enumerate(draw.categories, 1):
        rest = _("剩下的转给下一类") if c["passes_on"] and n < len(draw.categories) else _("剩下的不转给别类")
        facts = {"n": n, "name": c["name"], "count": len(c["lots"]), "lots": write_lots(c["lots"]), "rest": rest}
        rows.append(_("%(n)s. %(name)s，%(count)s 个：%(lots)s；%(rest)s。") % facts)
    return rows


def source_words(draw: Draw) -> str:
    return _("%(source)s（%(when)s公布，可在%(where)s查看）") % {
        "source": draw.source,
        "when": date_long(draw.source_at),
        "where": draw.source_where,
    }


def rule_words() -> str:
    """How the draw works, in two sentences everybody can follow."""
    return _(
        "名单先冻结并公布校验值，之后来源才公布随机数。种子由名单校验值和随机数算出，每个编号再和种子一起算出签号，签号小的在前；谁都可以用公布的文件重算一遍。"
    )


def notice_of_opening(draw: Draw) -> tuple[str, str]:
    lines = [
        _("各位居民："),
        _("%(place)s将公开抽签分配%(what)s（%(title)s），现在开始报名。")
        % {"place": draw.place.name, "what": draw.get_what_display(), "title": draw.title},
        _("报名时间：%(from)s至%(until)s，一户一份。") % {"from": date_long(draw.applies_from), "until": until(draw.applies_until)},
        _("类别和名额（按顺序抽）："),
        *category_lines(draw),
        _("随机数来源：%(source)s。") % {"source": source_words(draw)},
        rule_words(),
        _("报名截止后公示名单 %(days)s 天，有异议可以提出；抽中后 %(accept)s 天内认领，逾期由候补递补。")
        % {"days": draw.objection_days, "accept": draw.accept_days},
        _("不用手机的，请到社区窗口报名，或者打电话请工作人员代报。"),
    ]
    if draw.terms:
        lines.insert(2, draw.terms)
    return _("抽签报名：%(title)s") % {"title": draw.title}, "\n".join(lines)


def notice_of_source(draw: Draw, before: str) -> tuple[str, str]:
    body = _("原定的随机数来源“%(before)s”改为：%(now)s。改在名单冻结和新来源公布以前作出，不影响已经报名的人家。") % {
        "before": before,
        "now": source_words(draw),
    }
    return _("抽签来源变更：%(title)s") % {"title": draw.title}, body


def notice_of_list(draw: Draw, accepted: int) -> tuple[str, str]:
    lines = [
        _("报名审核结束，共 %(n)s 户参加抽签，名单见本系统抽签页面和社区公示栏。") % {"n": accepted},
        _("公示到%(until)s为止。认为名单有错的，可以在这以前提出异议。") % {"until": until(draw.objections_until)},
        _("随机数来源：%(source)s。") % {"source": source_words(draw)},
    ]
    return _("抽签名单公示：%(title)s") % {"title": draw.title}, "\n".join(lines)


def notice_of_freezing(draw: Draw, entrants: int) -> tuple[str, str]:
    lines = [
        _("参加抽签的名单已经冻结，共 %(n)s 户，任何人不能再改。") % {"n": entrants},
        _("名单校验值：%(digest)s") % {"digest": draw.digest},
        _("公布的承诺值（名单、来源、类别和名额）：%(commitment)s") % {"commitment": draw.commitment},
        _("随机数来源：%(source)s。") % {"source": source_words(draw)},
        _("请抄下或者拍下承诺值，抽签后可以核对。"),
    ]
    return _("抽签名单冻结：%(title)s") % {"title": draw.title}, "\n".join(lines)


def result_lines(draw: Draw, bundle: Mapping[str, Any]) -> list[str]:
    """The result by category, in numbers."""
    lines = []
    for c in bundle["categories"]:
        rows = [f"{row['id']} → {row['lot']}" for row in bundle["drawn"] if row["category"] == c["id"]]
        lines.append(_("%(name)s：%(rows)s。") % {"name": c["name"], "rows": _("；").join(rows) or _("没有")})
    return lines


def notice_of_result(draw: Draw, bundle: Mapping[str, Any], due: datetime) -> tuple[str, str]:
    lines = [
        _("来源公布的内容：%(text)s。") % {"text": draw.text},
        _("种子：%(seed)s") % {"seed": bundle["seed"]},
        *result_lines(draw, bundle),
        _("候补（按顺序）：%(list)s。") % {"list": _("、").join(row["id"] for row in bundle["waiting"]) or _("没有")},
        _("抽中的请在%(due)s以前认领，逾期由候补递补。") % {"due": until(due)},
        _("填写人：%(first)s；核对抽签人：%(second)s。") % {"first": draw.text_by_name, "second": bundle["about"]["held_by"]},
        _("文件指纹：%(fingerprint)s") % {"fingerprint": bundle["fingerprint"]},
        _("文件和核对程序在本系统抽签页面下载，谁都可以重算一遍。"),
    ]
    return _("抽签结果：%(title)s") % {"title": draw.title}, "\n".join(lines)


PATTERN = Pattern(
    form="draw",
    headings={
        "open": gettext_lazy("关于公开抽签“%(title)s”开始报名的公告"),
        "source": gettext_lazy("关于变更抽签“%(title)s”随机数来源的公告"),
        "list": gettext_lazy("关于抽签“%(title)s”参加名单的公示"),
        "frozen": gettext_lazy("关于冻结抽签“%(title)s”名单的公告"),
        "result": gettext_lazy("关于抽签“%(title)s”结果的公告"),
        "cancel": gettext_lazy("关于取消抽签“%(title)s”的公告"),
    },
    objected="list",
    object_to=gettext_lazy("对名单有异议的，请在期限以前在网上或者到%(where)s书面提出，每一件都会答复。"),
)


def line_words(line: Line) -> str:
    """A line of the record in a sentence; numbers stand for households."""
    f = line.facts
    made = {
        "plan": lambda: _("安排了抽签。"),
        "change": lambda: _("修改了安排。"),
        "open": lambda: _("发出报名公告。"),
        "name_source": lambda: _("随机数来源改为：%(source)s") % f,
        "apply": lambda: _("编号 %(number)s 报名。") % f,
        "apply_again": lambda: _("编号 %(number)s 修改报名。") % f,
        "apply_for": lambda: _("代为登记编号 %(number)s 报名。") % f,
        "withdraw": lambda: _("编号 %(number)s 撤回。") % f,
        "check": lambda: (
            _("编号 %(number)s 审核通过。") % f
            if f.get("accepted")
            else _("编号 %(number)s 未通过：%(why)s") % {**f, "why": REASONS[f["reason"]]}
        ),
        "carry_over": lambda: _("接续上次候补名单 %(count)s 户。") % f,
        "post_list": lambda: _("公示名单，共 %(accepted)s 户。") % f,
        "object": lambda: _("收到一条异议。"),
        "answer_objection": lambda: _("答复异议：成立。") if f.get("upheld") else _("答复异议：不成立。"),
        "freeze": lambda: _("冻结名单，共 %(entrants)s 户，承诺值 %(commitment)s。") % f,
        "enter_text": lambda: _("填写来源公布的内容：%(text)s") % f,
        "hold": lambda: _("核对并抽签：抽中 %(drawn)s 户，候补 %(waiting)s 户。") % f,
        "accept": lambda: _("编号 %(number)s 认领 %(lot)s。") % f,
        "decline": lambda: _("编号 %(number)s 放弃 %(lot)s。") % f,
        "lapse": lambda: _("编号 %(number)s 逾期未认领 %(lot)s。") % f,
        "give_back": lambda: _("%(lot)s 收回（编号 %(number)s）：%(reason)s") % f,
        "move_up": lambda: _("候补第 %(turn)s 位，编号 %(number)s，递补 %(lot)s。") % f,
        "unclaimed": lambda: _("%(lot)s 没有可以递补的人家。") % f,
        "close": lambda: _("办结：认领 %(taken)s 个，候补还有 %(waiting)s 户。") % f,
        "cancel": lambda: _("取消：%(reason)s") % f,
    }.get(line.verb)
    return made() if made else line.verb
