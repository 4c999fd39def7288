"""
The workflow of a motion (议题) as data, and the decisions on its road. Pure: plain values in, a reason or None out.

Sources: processes.yaml agenda_full_cycle, four_discuss_two_open, consultative_four_steps, three_tier_council; law.yaml OWN-020 to OWN-026,
OWN-035 to OWN-037, DEL-001 to DEL-003.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.workflow import Move, State, Workflow
from linli.law.roads import Road

KIND: Final = "motion"

STAGES: Final = (_("提出"), _("附议"), _("入库"), _("协商"), _("表决"), _("落实"), pgettext_lazy("stage", "评价"))

STATES: Final = (
    State("draft", _("起草中"), 1, _("还在起草，提出人写好后提交")),
    State("seconding", _("征集附议"), 2, _("等邻居附议，够数就进入审核")),
    State("screening", _("待审核"), 3, _("等审核：归谁管、走哪条路")),
    State("banked", _("在议题库"), 3, _("已入议题库，等排期")),
    State("scheduled", _("已排期"), 4, _("已排期，正在筹备")),
    State("deliberating", _("协商中"), 4, _("大家正在讨论")),
    State("drafting", _("拟定方案"), 4, _("正在拟定和修改方案")),
    State("noticed", _("公告中"), 4, _("方案已公告，公告期满才能表决")),
    State("balloting", _("表决中"), 5, _("正在表决")),
    State("posted", _("结果公示"), 5, _("结果正在公示，可以提出异议")),
    State("carrying", _("落实中"), 6, _("决议已生效，正在落实")),
    State("accepting", _("待验收"), 6, _("等居民监督员验收")),
    State("rating", _("待评价"), 7, _("请参与的居民评价")),
    State("closed", _("已办成"), 7, _("已经走完全程"), open=False, tone="green"),
    State("suspended", _("暂缓执行"), 6, _("决定暂缓执行，理由和复核日期已公开"), tone="plain"),
    State("blocked", _("暂时卡住"), 4, _("因故停下，原因和复核日期已公开"), tone="plain"),
    State("failed", _("未通过"), 5, _("没有通过，差多少已写明"), open=False, tone="plain"),
    State("declined", _("不列入议题"), 3, _("不列入议题，理由和去处已写明"), open=False, tone="red"),
    State("lapsed", _("附议不足"), 2, _("限期内附议不足，可以重新提出"), open=False, tone="plain"),
    State("turned", _("已转为诉求"), 3, _("不用表决就能办，已转为诉求"), open=False, tone="plain"),
    State("annulled", _("决议被撤销"), 6, _("决议被依法撤销"), open=False, tone="red"),
    State("withdrawn", _("已撤回"), 1, _("提出人已撤回"), open=False, tone="plain"),
    State("merged", _("已并入"), 3, _("已并入另一件相同的议题"), open=False, tone="plain"),
)

PREPARING: Final = ("scheduled", "deliberating", "drafting", "noticed")
# Enough for the screening need not be enough for a fifth of the owners (OWN-023): more may stand behind it until it is scheduled.
STILL_SECONDED: Final = ("seconding", "screening", "banked")
EARLY: Final = ("draft", "seconding", "screening", "banked")
BEFORE_VOTE: Final = (*EARLY, *PREPARING)
DECIDED: Final = ("posted", "carrying", "accepting", "rating")
# A decision that was taken can be attacked wherever its motion went since.
CONTESTABLE: Final = (
    *DECIDED,
    "suspended",
    "closed",
    "failed",
    "blocked",
    "scheduled",
    "deliberating",
    "drafting",
    "noticed",
    "balloting",
    "annulled",
)
_WORKING: Final = (*BEFORE_VOTE, "balloting", *DECIDED)

MOVES: Final = (
    Move("submit", pgettext_lazy("verb", "提交"), ("draft",), "seconding", starts=("second",), back_to=("screening",)),
    Move("second", _("附议"), STILL_SECONDED, None),
    Move("unsecond", _("收回附议"), ("seconding",), None),
    Move("reach", _("附议达到要求"), ("seconding",), "screening", meets=("second",), starts=("screen",)),
    Move("adopt", _("直接列入审核"), ("draft", "seconding"), "screening", asks=("text",), cancels=("second",), starts=("screen",)),
    Move("lapse", _("附议期满"), ("seconding",), "lapsed", cancels=("*",)),
    Move("screen", _("审核入库"), ("screening",), "banked", asks=("power",), meets=("screen",), starts=("take_up",)),
    Move("decline", _("不列入议题"), ("screening", "banked"), "declined", asks=("text", "turn_to"), meets=("screen",), cancels=("*",)),
    Move("reclass", _("改分类"), ("screening", "banked", *PREPARING), None),
    Move("move_tier", _("上交或下放"), BEFORE_VOTE, None, asks=("tier", "text")),
    Move("schedule", _("排期"), ("banked",), "scheduled", asks=("on",), meets=("take_up",)),
    Move("reschedule", _("改排期"), PREPARING, None, asks=("on", "text")),
    Move("deliberate", _("开始协商"), ("scheduled", "drafting", "noticed"), "deliberating"),
    Move("draft_options", _("拟定方案"), ("scheduled", "deliberating"), "drafting"),
    Move("publish_draft", _("公布征求意见稿"), ("scheduled", "deliberating", "drafting"), None),
    Move("amend", _("修改文本"), ("draft", *PREPARING, "screening", "banked"), None),
    Move("file_document", _("补充文件"), BEFORE_VOTE, None),
    Move("give_notice", _("发布公告"), ("scheduled", "deliberating", "drafting"), "noticed"),
    Move("take_back_notice", _("收回公告"), ("noticed",), "drafting", asks=("text",)),
    # A notice stands while people talk and draft on; whether it still does, `why_not_decide` says.
    Move("open_ballot", _("开始表决"), ("deliberating", "drafting", "noticed"), "balloting"),
    Move("abandon_ballot", _("停止表决"), ("balloting",), "drafting", asks=("text",)),
    Move("record_decision", _("登记决定"), ("scheduled", "deliberating", "drafting", "noticed", "balloting"), "posted", asks=("text",)),
    Move("object", _("提出异议"), ("posted",), None, asks=("text",), public=False),
    Move("settle_objection", _("答复异议"), (*DECIDED, "suspended"), None, asks=("text",)),
    Move("correct", _("更正结果"), ("posted",), None, asks=("text",)),
    Move("challenge", _("登记撤销之诉"), CONTESTABLE, None, asks=("text",)),
    Move("end_challenge", _("登记裁判结果"), CONTESTABLE, None, asks=("text",)),
    Move("suspend", _("暂缓执行"), DECIDED, "suspended", asks=("text", "rule", "review_on"), stops=True),
    Move("resume", _("恢复执行"), ("suspended",), "carrying", asks=("text",), restarts=True, back_to=DECIDED),
    Move("next_body", _("进入下一步审议"), ("posted",), "scheduled"),
    Move("resolve", _("形成决议"), ("posted",), "carrying"),
    Move("fail", _("确认未通过"), ("posted",), "failed", cancels=("*",)),
    Move("add_task", _("分配任务"), ("carrying",), None, asks=("text", "unit", "due_on")),
    Move("progress", _("公布进展"), ("carrying", "accepting"), None, asks=("text",)),
    Move("finish_task", _("任务完成"), ("carrying",), None, asks=("text",)),
    Move("appoint", _("推选监督员"), (*PREPARING, "balloting", "posted", "carrying", "accepting"), None),
    Move("deliver", _("交付验收"), ("carrying",), "accepting", asks=("text",), back_to=("rating",)),
    Move("accept_work", _("验收意见"), ("accepting",), None),
    Move("send_back", _("退回整改"), ("accepting",), "carrying", asks=("text",)),
    Move("pass_work", _("验收通过"), ("accepting",), "rating", starts=("follow_up",)),
    Move("rate", _("评价"), ("rating", "closed"), None),
    Move("close", _("结束"), ("rating",), "closed", meets=("follow_up",), cancels=("*",)),
    Move("publish_case", _("编入案例库"), ("closed", "failed"), None),
    Move(
        "annul",
        _("依法撤销"),
        ("posted", "carrying", "accepting", "rating", "suspended", "closed"),
        "annulled",
        asks=("text", "rule"),
        cancels=("*",),
    ),
    Move("block", _("写明卡在哪里"), _WORKING, "blocked", asks=("text", "review_on"), stops=True),
    Move("unblock", _("恢复"), ("blocked",), "scheduled", asks=("text",), restarts=True, back_to=_WORKING),
    Move("to_request", _("转为诉求"), BEFORE_VOTE, "turned", asks=("text",), cancels=("*",)),
    Move("withdraw", _("撤回"), BEFORE_VOTE, "withdrawn", cancels=("*",)),
    Move("merge", _("并入"), ("seconding", "screening", "banked"), "merged"),
    Move("unmerge", _("拆出"), ("merged",), None),
    Move("note", _("内部记录"), tuple(s.code for s in STATES), None, asks=("text",), public=False),
    Move("retell", _("改公开文字"), tuple(s.code for s in STATES), None, public=False),
)

WORKFLOW: Final = Workflow(kind=KIND, prefix="M", label=_("议题"), stages=STAGES, states=STATES, moves=MOVES, first="draft")

RUNGS: Final = {"told": _("告知"), "asked": _("咨询"), "together": _("共治"), "deciding": _("赋权")}
TIERS: Final = {"building": _("楼栋"), "compound": _("小区"), "community": _("社区"), "street": _("街道")}
ORIGINS: Final = {
    "resident": _("居民提出"),
    "committee": _("业委会或居委会提出"),
    "worker": _("工作人员提出"),
    "request": _("由反复出现的诉求转来"),
    "survey": _("由调查转来"),
}
POWERS: Final = {
    "owners": _("业主共同决定"),
    "owners_committee": _("业主委员会"),
    "residents": _("居民会议或村民会议"),
    "residents_committee": _("居委会或村委会"),
    "building": _("本楼栋住户"),
    "street": _("街道或上级部门"),
    "property": _("物业服务合同之内"),
}
TOPICS: Final = {
    "public_matters": _("小区公共事务"),
    "property_quality": _("物业服务质量"),
    "facility_works": _("公共设施改造"),
    "lift": _("加装电梯"),
    "parking": _("停车"),
    "money": _("维修资金和公共收益"),
    "election": _("业委会选举"),
    "other": _("其他"),
}
BODIES: Final = {
    "residents": _("居民"),
    "owners": _("全体业主"),
    "parties": _("相关各方"),
    "executor": _("执行单位"),
    "supervisors": _("居民监督员"),
    "committee": _("业委会或居委会"),
    "building_council": _("楼栋议事会"),
    "residents_assembly": _("居民会议或村民会议"),
    "party_branch": _("党组织"),
    "two_committees": _("社区两委"),
    "party_members": _("党员大会"),
    "villagers": _("村民"),
    "villagers_committee": _("村民委员会"),
    "villagers_assembly": _("村民会议"),
}
DOCUMENTS: Final = {
    "power_check": _("权限核对"),
    "ballot_text": _("表决文本"),
    "roll": _("名册"),
    "budget": _("预算"),
    "drawing": _("图纸"),
    "quotation": _("报价"),
    "legal_opinion": _("法律意见"),
    "supporting": _("审核材料"),
    "consent_of_neighbours": _("相邻业主意见"),
    "committee_told": _("告知居民委员会的回执"),
}
# What the house itself has at hand once the step before was done; nobody uploads these.
MADE_HERE: Final = frozenset({"ballot_text", "roll", "power_check"})


# --- seconding -------------------------------------------------------------------------------------
def seconds_needed(homes: int, *, count: int | None, share: Fraction | None) -> int:
    """
    How many homes must second: `count`, or `share` of `homes` rounded up, whichever is reached first; never fewer than one, never
    more than there are homes (a stair of four is not asked for ten).
    """
    asked = [n for n in (count, None if share is None else -(-homes * share.numerator // share.denominator)) if n is not None]
    return max(1, min(min(asked, default=1), homes or 1))


def why_not_second(*, lives_or_owns_here: bool, is_raiser_home: bool, already: bool, closed: bool) -> str | None:
    """Say why somebody may not second: a code, or None. One home seconds once; the raiser's own home is counted with raising."""
    if closed:
        return "not_seconding"
    if not lives_or_owns_here:
        return "no_home_here"
    if already or is_raiser_home:
        return "home_already"
    return None


# --- notice and decision -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Announced:
    """A notice as it went out: which text, for which decision, and the first instant at which its days are over."""

    step: int
    version: int
    decidable_at: datetime


def why_not_announce(road: Road, decision: int, *, documents: Iterable[str], ballot_ready: bool, has_options: bool) -> list[str]:
    """What is still missing before the decision `decision` may be announced: codes of documents, "ballot", "options"; empty means it may."""
    notice = road.leading_to(decision, "notice")
    at_hand = set(documents) | MADE_HERE
    missing = [code for code in (notice.documents if notice else ()) if code not in at_hand]
    if road.steps[decision].how == "ballot" and not ballot_ready:
        missing.append("ballot")
    if not has_options:
        missing.append("options")
    return missing


def why_not_decide(road: Road, decision: int, announced: Announced | None, *, version: int, now: datetime) -> str | None:
    """
    Say why `decision` may not be taken now; None means it may. What no notice announced is not voted on; a changed text needs a new
    notice; the days must have run (OWN-020, OWN-022).
    """
    if road.leading_to(decision, "notice") is None:
        return None
    if announced is None or announced.step != decision:
        return "not_announced"
    if announced.version != version:
        return "text_changed"
    if now < announced.decidable_at:
        return "too_early"
    return None


def why_not_confirm(*, holds_from: datetime, open_objections: int, now: datetime) -> str | None:
    """Say why a posted result does not hold yet; None means that it does."""
    if now < holds_from:
        return "still_posted"
    return "objections_open" if open_objections else None


# --- carrying out ------------------------------------------------------------------------------------
def judged(opinions: Sequence[bool | None]) -> bool | None:
    """
    What the supervisors' opinions come to: True when all have spoken and more than half accept, False as soon as half or more do not,
    None while it is open (and when nobody was appointed: nobody cannot accept).
    """
    if not opinions:
        return None
    refused = sum(o is False for o in opinions)
    if 2 * refused >= len(opinions):
        return False
    return None if any(o is None for o in opinions) else True


def end_of_day(day: date) -> datetime:
    """When something due on `day` is due: at six in the evening, as every promise in days."""
    return datetime.combine(day, time(18), tzinfo=ZONE)
