"""A motion in words for residents: its promise, what happens next, each entry of its timeline. Pure but for the active language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from linli.kernel.matters.models import Entry, Matter
from linli.kernel.matters.saying import Promised, Standing, is_late, running_promise, unit_name, words_of
from linli.law.roads import Road
from linli.lib.calendar import WorkCalendar
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.rules import BODIES, DOCUMENTS, STAGES, TIERS, WORKFLOW
from linli.web.words import date_long, day, number, step_sentence

_STOPPED: Final = ("blocked", "suspended", "failed", "declined", "lapsed", "turned", "annulled", "withdrawn", "merged")

# What a promise is of, as the end of "… 前".
_DUE_FOR: Final = {
    "second": pgettext_lazy("promise", "征集附议"),
    "screen": pgettext_lazy("promise", "审核"),
    "take_up": pgettext_lazy("promise", "排期"),
    "carry_out": pgettext_lazy("promise", "完成决议任务"),
    "follow_up": pgettext_lazy("promise", "由社区回访"),
}

NEXT: Final = {
    "draft": gettext_lazy("写好以后提交，邻居就能看到。提交以前只有您和经办人能看到。"),
    "seconding": gettext_lazy("附议够数以后进入审核；限期到了还不够，可以改一改再提。"),
    "screening": gettext_lazy("审核归谁管、走哪条路。不列入的，会写明理由和可以去的地方。"),
    "banked": gettext_lazy("已经在议题库里，等着排期。排期以后会写在这里。"),
    "scheduled": gettext_lazy("已经定下日子，正在筹备。接下来协商方案、发布公告。"),
    "deliberating": gettext_lazy("大家正在讨论。谈拢了就拟定方案，再公告。"),
    "drafting": gettext_lazy("正在拟定和修改方案，每一版都留着。方案定了就发布公告。"),
    "noticed": gettext_lazy("公告期满才能作出决定。公告期里改了文本，公告要从头算。"),
    "balloting": gettext_lazy("正在表决，截止以后计票并公示结果。"),
    "posted": gettext_lazy("结果正在公示，可以提出异议；公示期满、异议答复以后生效。"),
    "carrying": gettext_lazy("决议已经生效，谁在哪天前做什么都写在下面，做完请居民监督员验收。"),
    "accepting": gettext_lazy("居民监督员正在验收。过半不同意就退回整改。"),
    "rating": gettext_lazy("请提出和附议过的居民评价：照决议做了没有，满意不满意。"),
    "closed": gettext_lazy("这个议题已经走完全程，经过和结果都留在这里。"),
    "suspended": gettext_lazy("决定暂缓执行，到了复核日期会再看一次。理由、依据写在下面；恢复或者撤销都会公告。"),
    "blocked": gettext_lazy("因故停下，到了复核日期会再看一次。停下期间不计时限。"),
    "failed": gettext_lazy("没有通过，差多少写在下面。情况变了，可以重新提出。"),
    "declined": gettext_lazy("不列入议题的理由和可以去的地方已经写明。"),
    "lapsed": gettext_lazy("限期里附议的户数不够。可以改一改，重新提出。"),
    "turned": gettext_lazy("这件事不用表决就能办，已经转为诉求，进展在那里看。"),
    "annulled": gettext_lazy("决议被依法撤销，按它做的事已经停下。"),
    "withdrawn": gettext_lazy("提出人已经撤回，不再继续。"),
    "merged": gettext_lazy("这个议题并入了另一个相同的议题，进展在那里看。"),
}

_DID: Final = {
    "raise": pgettext_lazy("did", "起草了这个议题"),
    "raise_for": pgettext_lazy("did", "代人起草了这个议题"),
    "submit": pgettext_lazy("did", "提交了议题"),
    "second": pgettext_lazy("did", "又有一户附议"),
    "unsecond": pgettext_lazy("did", "一户收回了附议"),
    "adopt": pgettext_lazy("did", "直接列入审核"),
    "screen": pgettext_lazy("did", "审核通过，进入议题库"),
    "decline": pgettext_lazy("did", "不列入议题"),
    "reclass": pgettext_lazy("did", "调整了分类"),
    "deliberate": pgettext_lazy("did", "开始协商"),
    "draft_options": pgettext_lazy("did", "开始拟定方案"),
    "file_document": pgettext_lazy("did", "补充了文件"),
    "take_back_notice": pgettext_lazy("did", "收回了公告"),
    "tell_committee": pgettext_lazy("did", "同时告知了居民委员会"),
    "demand": pgettext_lazy("did", "联名的业主达到法定比例，应当召开业主大会临时会议"),
    "open_ballot": pgettext_lazy("did", "开始表决"),
    "abandon_ballot": pgettext_lazy("did", "停止了表决，已投的票作废"),
    "object": pgettext_lazy("did", "对结果提出了异议"),
    "correct": pgettext_lazy("did", "更正了结果，公示从头算"),
    "next_body": pgettext_lazy("did", "公示期满，进入下一步审议"),
    "fail": pgettext_lazy("did", "公示期满，没有通过"),
    "progress": pgettext_lazy("did", "公布进展"),
    "appoint": pgettext_lazy("did", "推选了一位居民监督员"),
    "deliver": pgettext_lazy("did", "任务都完成了，交付验收"),
    "send_back": pgettext_lazy("did", "验收没有通过，退回整改"),
    "pass_work": pgettext_lazy("did", "验收通过，请居民评价"),
    "close": pgettext_lazy("did", "走完全程，结束"),
    "publish_case": pgettext_lazy("did", "编入案例库"),
    "annul": pgettext_lazy("did", "决议被依法撤销"),
    "publish_draft": pgettext_lazy("did", "公布征求意见稿"),
    "suspend": pgettext_lazy("did", "决定暂缓执行，时限暂停"),
    "resume": pgettext_lazy("did", "恢复执行"),
    "challenge": pgettext_lazy("did", "有人请求撤销决定"),
    "end_challenge": pgettext_lazy("did", "撤销请求有了结果"),
    "block": pgettext_lazy("did", "写明卡在哪里，时限暂停"),
    "unblock": pgettext_lazy("did", "恢复推进"),
    "to_request": pgettext_lazy("did", "转为诉求办理"),
    "withdraw": pgettext_lazy("did", "撤回了议题"),
    "merge": pgettext_lazy("did", "并入另一个相同的议题"),
    "unmerge": pgettext_lazy("did", "拆出来单独推进"),
    "merged_in": pgettext_lazy("did", "另一个相同的议题并了进来"),
    "unmerged": pgettext_lazy("did", "并进来的一个议题拆了出去"),
    "link": pgettext_lazy("did", "与另一件事建立了关联"),
    "linked_from": pgettext_lazy("did", "与另一件事建立了关联"),
    "talk_opened": pgettext_lazy("did", "请大家交流看法"),
    "talk_closed": pgettext_lazy("did", "交流结束"),
    "talk_heard": pgettext_lazy("did", "公布交流中听到了什么"),
    "exclude": pgettext_lazy("did", "依法不计入评价，理由如下"),
    "redact": pgettext_lazy("did", "依法隐去了一处文字"),
    "mask": pgettext_lazy("did", "公开的文字里又遮住了个人信息"),
    "note": pgettext_lazy("did", "内部记录"),
    "retell": pgettext_lazy("did", "改了公开的文字"),
    "lapse": pgettext_lazy("did", "附议期满，户数不够"),
    "reach": pgettext_lazy("did", "附议够数，进入审核"),
    "amend": pgettext_lazy("did", "改了文本"),
    "rate": pgettext_lazy("did", "评价了"),
    "accept_work": pgettext_lazy("did", "监督员给了验收意见"),
    "settle_objection": pgettext_lazy("did", "答复了异议"),
    "resolve": pgettext_lazy("did", "决议生效"),
    "record_decision": pgettext_lazy("did", "登记并公示了决定"),
    "give_notice": pgettext_lazy("did", "发布了公告"),
    "add_task": pgettext_lazy("did", "分配了任务"),
    "finish_task": pgettext_lazy("did", "完成了任务"),
    "move_tier": pgettext_lazy("did", "换了层级"),
    "schedule": pgettext_lazy("did", "排了期"),
    "reschedule": pgettext_lazy("did", "改了排期"),
    "seconders_joined": pgettext_lazy("did", "并进来的议题带来了附议的邻居"),
}
# Residents speak here without their names.
_RESIDENTS: Final = frozenset({"raise", "submit", "second", "unsecond", "object", "accept_work", "rate", "withdraw"})
SEATS: Final = {"raise": gettext_lazy("提出人"), "submit": gettext_lazy("提出人"), "withdraw": gettext_lazy("提出人")}

DIMENSIONS: Final = {
    "area": gettext_lazy("专有面积"),
    "owners": gettext_lazy("业主人数"),
    "persons": gettext_lazy("人数"),
    "households": gettext_lazy("户数"),
    "members": gettext_lazy("成员人数"),
    "representatives": gettext_lazy("代表人数"),
}


def next_words(matter: Matter) -> str:
    return str(NEXT[matter.state])


def standing_of(matter: Matter, now: datetime, calendar: WorkCalendar) -> Standing:
    """Where the motion stands today, with the sentence a screen reader says instead of seven dots."""
    state = WORKFLOW.by_code[matter.state]
    position = len(STAGES) + 1 if matter.state == "closed" else state.stage
    late = is_late(matter, now) and matter.state != "rating"
    promised = promised_of(matter, now, calendar)
    said = [step_sentence(position, len(STAGES), str(STAGES[min(position, len(STAGES)) - 1])), str(state.label)]
    if promised is not None:
        said += [part for part in (promised.when, promised.left) if part]
    return Standing(position, late, matter.state in _STOPPED, str(state.label), "red" if late else state.tone, _("，").join(said))


def promised_of(matter: Matter, now: datetime, calendar: WorkCalendar, *, review_on: date | None = None) -> Promised | None:
    """The promise of a motion as a full sentence, or None where none runs. `review_on` comes from its open pause."""
    who = unit_name(matter.holder)
    if matter.state in ("blocked", "suspended"):
        words = _("%(day)s 复核") % {"day": day(review_on)} if review_on else str(WORKFLOW.by_code[matter.state].label)
        return Promised(_("暂停"), words, "", "stopped", who)
    if not matter.is_open or matter.due_for not in _DUE_FOR:
        return None
    # Seconders are looked for by the neighbours, not by a unit; the call for a rating is the community's.
    who = "" if matter.due_for in ("second", "follow_up") else who
    found = running_promise(matter, now, calendar, str(_DUE_FOR[matter.due_for]), who)
    # That enough neighbours are found is nobody's promise: it is the day by which they must be.
    return replace(found, kind=_("期限")) if found is not None and matter.due_for == "second" else found


def who_must(motion: Motion, matter: Matter) -> str:
    """Who has to take it next, in a few words; empty when it is over."""
    if not matter.is_open:
        return ""
    if matter.state == "draft":
        return _("等提出人提交")
    if matter.state == "seconding":
        return _("等邻居附议")
    if matter.state == "posted":
        return _("等公示期满")
    if matter.state == "accepting":
        return _("等居民监督员验收")
    if matter.state == "rating":
        return _("等参与的居民评价")
    return _("等%(unit)s推进") % {"unit": unit_name(matter.holder)} if matter.holder else _("等社区推进")


def seconded_words(motion: Motion) -> str:
    """How many homes second it, of how many needed."""
    return ngettext("%(n)s 户附议，需要 %(needed)s 户", "%(n)s 户附议，需要 %(needed)s 户", motion.second_count) % {
        "n": motion.second_count,
        "needed": motion.seconds_needed,
    }


def tier_words(tier: str) -> str:
    """A tier with what it means for whoever chooses."""
    return {
        "building": _("只关系到一栋楼的事，由这栋楼的住户商量。"),
        "compound": _("关系到整个小区的事，例如停车、绿化、电梯、维修资金。"),
        "community": _("关系到整个社区几个小区的事，由居民会议或社区决定。"),
        "street": _("社区解决不了、要街道牵头的事。"),
    }[tier]


def language() -> str:
    return get_language() or "zh-hans"


def steps_words(road: Road) -> str:
    """The steps of a road in one line: "提出 → 附议 → …"."""
    return " → ".join(s.name(language()) for s in road.steps)


def body_name(code: str) -> str:
    return str(BODIES.get(code, code))


def document_name(code: str) -> str:
    return str(DOCUMENTS.get(code, code))


def money(fen: int | None) -> str:
    """An amount in yuan: "580,000 元", "12.50 元"; empty for none."""
    if fen is None:
        return ""
    yuan, rest = divmod(fen, 100)
    return _("%(n)s 元") % {"n": f"{number(yuan)}.{rest:02d}" if rest else number(yuan)}


def did(verb: str, facts: dict[str, Any]) -> str:
    """What an entry says was done, as its heading."""
    special = _SPECIAL.get(verb)
    return (special(facts) if special else "") or (str(_DID[verb]) if verb in _DID else _("有新的记录"))


def _noted(text: str, facts: dict[str, Any], *names: str) -> str:
    """The sentence filled from the facts; empty when one of them is not there."""
    return text % facts if all(facts.get(n) not in (None, "") for n in names) else ""


def _day(facts: dict[str, Any], name: str) -> str:
    try:
        return day(date.fromisoformat(str(facts.get(name, ""))))
    except ValueError:
        return ""


def _dated(text: str, facts: dict[str, Any], name: str) -> str:
    found = _day(facts, name)
    return text % {**facts, "day": found} if found else ""


def _rated(facts: dict[str, Any]) -> str:
    satisfied = facts.get("satisfied")
    return _("评价：满意") if satisfied is True else _("评价：不满意") if satisfied is False else ""


_SPECIAL: Final = {
    "second": lambda f: _noted(_("又有一户附议，现在 %(count)s 户，需要 %(needed)s 户"), f, "count", "needed"),
    "demand": lambda f: _noted(
        _(
            "联名业主 %(owners)s 位（名册 %(owners_all)s 位）、%(area)s 平方米（共 %(area_all)s 平方米），都达到 %(share)s：业主委员会应当召开业主大会临时会议（%(rule)s）"
        ),
        f,
        "owners",
        "owners_all",
        "area",
        "area_all",
        "share",
        "rule",
    ),
    "tell_committee": lambda f: _noted(_("公告的同时告知了%(unit)s（%(rule)s）"), f, "unit", "rule"),
    "reach": lambda f: _noted(_("%(seconds)s 户附议，够数了，进入审核"), f, "seconds"),
    "lapse": lambda f: _noted(_("附议期满：%(seconds)s 户，需要 %(needed)s 户"), f, "seconds", "needed"),
    "decline": lambda f: _noted(_("不列入议题。可以找：%(turn_to)s"), f, "turn_to"),
    "amend": lambda f: _noted(_("文本改到第 %(version)s 版"), f, "version"),
    "give_notice": lambda f: _noted(_("发布公告：第 %(version)s 版文本，公告期 %(days)s 天"), f, "version", "days"),
    "record_decision": lambda f: _("决定：通过") if f.get("passed") is True else _("决定：未通过") if f.get("passed") is False else "",
    "correct": lambda f: (
        _("结果更正为通过，公示从头算") if f.get("passed") is True else _("结果更正为未通过，公示从头算") if "passed" in f else ""
    ),
    "settle_objection": lambda f: _("答复异议：成立") if f.get("upheld") else _("答复异议：不成立"),
    "resolve": lambda f: _noted(_("决议生效，编号 %(number)s"), f, "number"),
    "add_task": lambda f: _dated(_("任务 %(task)s 交给%(unit)s，%(day)s前完成"), f, "due_on") if "unit" in f else "",
    "finish_task": lambda f: _noted(_("任务 %(task)s 完成，比期限晚") if f.get("late") else _("任务 %(task)s 完成"), f, "task"),
    "accept_work": lambda f: _("监督员：同意验收") if f.get("accepts") else _("监督员：不同意验收"),
    "rate": _rated,
    "move_tier": lambda f: _noted(_("从%(from)s转到%(to)s：%(place)s"), _tiers(f), "from", "to", "place"),
    "schedule": lambda f: _dated(_("排期：%(day)s起协商"), f, "on"),
    "reschedule": lambda f: _dated(_("改了排期：%(day)s起协商"), f, "on"),
    "publish_draft": lambda f: _dated(_("公布第 %(version)s 版文本征求意见，到 %(day)s为止"), f, "until") if f.get("version") else "",
    "suspend": lambda f: _dated(_("决定暂缓执行，%(day)s再看一次"), f, "review_on"),
    "block": lambda f: _dated(_("暂时卡住，%(day)s再看一次"), f, "review_on"),
    "to_request": lambda f: _noted(_("转为诉求 %(target)s 办理"), f, "target"),
    "merge": lambda f: _noted(_("并入另一个相同的议题 %(target)s"), f, "target"),
    "file_document": lambda f: _("补充了文件：%(name)s") % {"name": document_name(f["document"])} if f.get("document") else "",
    "seconders_joined": lambda f: _noted(_("并进来的 %(source)s 带来 %(homes)s 户附议，现在 %(count)s 户"), f, "source", "homes", "count"),
    "close": lambda f: _noted(_("走完全程：%(rated)s 人评价，%(satisfied)s 人满意"), f, "rated", "satisfied"),
}


def _tiers(facts: dict[str, Any]) -> dict[str, Any]:
    def name(key: str) -> str:
        return str(TIERS.get(facts.get(key, ""), ""))

    return {**facts, "from": name("from_tier"), "to": name("to_tier")}


def kind_of(verb: str, facts: dict[str, Any]) -> str:
    """Which of the timeline's looks an entry has: resident, staff or system."""
    if facts.get("by_rule"):
        return "system"
    return "resident" if verb in _RESIDENTS else "staff"


def speaker_of(entry: Entry) -> str:
    """Whose entry it is, for the public: a unit by its name, residents never by theirs."""
    own = unit_name(entry.unit) if entry.unit and entry.who == entry.unit.name else entry.who
    if entry.verb in ("second", "unsecond", "object"):
        return _("邻居")
    if entry.verb == "accept_work":
        return _("居民监督员")
    if entry.verb in _RESIDENTS:
        return own or _("提出人")
    return own or _("系统")


def entry_words(entry: Entry, text: str) -> str:
    """What was written with it; where the law took it out, that it did."""
    return _("（这里的文字已依法隐去）") if entry.redacted_at else words_of(text, entry.facts)


def days_left_words(until: datetime, now: datetime) -> str:
    """Until when a posting or notice stands, as whole days still to come."""
    n = (until - now).days
    return ngettext("还有 %(n)s 天", "还有 %(n)s 天", n) % {"n": n} if n > 0 else _("到 %(when)s") % {"when": date_long(until)}
