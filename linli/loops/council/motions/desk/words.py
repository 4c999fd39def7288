"""A motion's record in words, for those who work on it: what was done, by whom, how it looks in the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.kernel.matters.models import Entry, Matter
from linli.loops.council.motions.desk.forms import name_of
from linli.loops.council.motions.rules import DOCUMENTS, POWERS, STAGES, TIERS, WORKFLOW
from linli.web.words import day, in_english, minutes_words, step_sentence

_RESIDENTS: Final = frozenset({"raise", "second", "unsecond", "object", "accept_work", "rate", "withdraw"})
_DID: Final = {
    "raise": gettext_lazy("提出了这个议题"),
    "raise_for": gettext_lazy("代他人提出了这个议题"),
    "submit": gettext_lazy("提交了议题"),
    "reach": gettext_lazy("附议够了，进入审核"),
    "lapse": gettext_lazy("附议期满，没有够数"),
    "adopt": gettext_lazy("直接列入审核"),
    "unsecond": gettext_lazy("收回了附议"),
    "decline": gettext_lazy("不列入议题"),
    "deliberate": gettext_lazy("开始协商"),
    "draft_options": gettext_lazy("开始拟定方案"),
    "take_back_notice": gettext_lazy("收回了公告"),
    "open_ballot": gettext_lazy("开始表决"),
    "abandon_ballot": gettext_lazy("停止了表决"),
    "object": gettext_lazy("对结果提出异议"),
    "correct": gettext_lazy("更正了结果"),
    "next_body": gettext_lazy("结果生效，进入下一步审议"),
    "fail": gettext_lazy("没有通过，结果生效"),
    "appoint": gettext_lazy("推选了监督员"),
    "deliver": gettext_lazy("交付验收"),
    "send_back": gettext_lazy("验收没有通过，退回整改"),
    "pass_work": gettext_lazy("验收通过，请居民评价"),
    "close": gettext_lazy("走完全程，结束"),
    "publish_case": gettext_lazy("编入案例库"),
    "annul": gettext_lazy("决议被依法撤销"),
    "publish_draft": gettext_lazy("公布了征求意见稿"),
    "suspend": gettext_lazy("决定暂缓执行"),
    "resume": gettext_lazy("恢复执行"),
    "challenge": gettext_lazy("登记了撤销请求"),
    "end_challenge": gettext_lazy("登记了撤销请求的结果"),
    "block": gettext_lazy("暂时卡住"),
    "unblock": gettext_lazy("恢复办理"),
    "withdraw": gettext_lazy("撤回了议题"),
    "note": gettext_lazy("内部记录"),
    "retell": gettext_lazy("改了公开的文字"),
    "reclass": gettext_lazy("改了分类"),
    "progress": gettext_lazy("公布了进展"),
    "link": gettext_lazy("关联了另一件事"),
    "linked_from": gettext_lazy("另一件事关联到这里"),
    "talk_opened": gettext_lazy("请大家交流看法"),
    "talk_closed": gettext_lazy("交流结束"),
    "talk_heard": gettext_lazy("公布交流中听到了什么"),
    "merged_in": gettext_lazy("有相同的议题并入"),
    "unmerge": gettext_lazy("从另一个议题拆出"),
    "unmerged": gettext_lazy("并入的议题拆出去了"),
}


def did(verb: str, facts: Mapping[str, Any]) -> str:
    """What an entry says was done, as its heading."""
    if (special := _with_facts(verb, facts)) is not None:
        return special
    if verb in _DID:
        return str(_DID[verb])
    return str(WORKFLOW.by_verb[verb].label) if verb in WORKFLOW.by_verb else _("有新的记录")


def _with_facts(verb: str, facts: Mapping[str, Any]) -> str | None:
    """The headings that say more than the verb; None where the facts do not."""
    if verb == "second" and "count" in facts:
        return _("附议：%(count)s 户，要 %(needed)s 户") % {"count": facts["count"], "needed": facts.get("needed", "")}
    if verb == "seconders_joined":
        n = int(facts.get("homes", 0))
        return ngettext("并入的议题带来 %(n)s 户附议", "并入的议题带来 %(n)s 户附议", n) % {"n": n}
    if verb == "screen" and facts.get("power") in POWERS:
        return _("审核入库：由%(power)s") % {"power": POWERS[facts["power"]]}
    if verb in ("schedule", "reschedule") and facts.get("on"):
        return (_("排到 %(day)s") if verb == "schedule" else _("改到 %(day)s")) % {"day": day(date.fromisoformat(facts["on"]))}
    if verb == "move_tier" and facts.get("to_tier") in TIERS:
        return _("转到%(tier)s：%(place)s") % {"tier": TIERS[facts["to_tier"]], "place": facts.get("place", "")}
    if verb == "amend" and facts.get("version"):
        return _("文本改到第 %(n)s 版") % {"n": facts["version"]}
    if verb == "file_document" and facts.get("document") in DOCUMENTS:
        return _("补充文件：%(document)s") % {"document": DOCUMENTS[facts["document"]]}
    if verb == "give_notice" and facts.get("days") is not None:
        n = int(facts["days"])
        return ngettext("发布公告，公告期 %(n)s 天", "发布公告，公告期 %(n)s 天", n) % {"n": n}
    if verb == "record_decision" and "passed" in facts:
        return _("决定：通过") if facts["passed"] else _("决定：未通过")
    if verb == "settle_objection" and "upheld" in facts:
        return _("答复异议：成立") if facts["upheld"] else _("答复异议：不成立")
    if verb == "resolve" and facts.get("number"):
        return _("形成决议 %(number)s") % {"number": facts["number"]}
    if verb == "add_task" and facts.get("unit"):
        return _("任务 %(n)s 交给%(unit)s") % {"n": facts.get("task", ""), "unit": facts["unit"]}
    if verb == "finish_task" and facts.get("task"):
        return (_("任务 %(n)s 完成（超期）") if facts.get("late") else _("任务 %(n)s 完成")) % {"n": facts["task"]}
    if verb == "accept_work" and "accepts" in facts:
        return _("监督员意见：通过") if facts["accepts"] else _("监督员意见：不通过")
    if verb == "rate" and "satisfied" in facts:
        return _("评价议题：满意") if facts["satisfied"] else _("评价议题：不满意")
    if verb in ("merge", "to_request") and facts.get("target"):
        words = _("并入相同的议题 %(ref)s") if verb == "merge" else _("转为诉求 %(ref)s")
        return words % {"ref": facts["target"]}
    return None


def speaker(entry: Entry) -> str:
    """Whose entry it is: a unit by its name in the reader's language, a resident by how the house shows them."""
    own = name_of(entry.unit) if entry.unit and entry.who == entry.unit.name else entry.who
    if own:
        return own
    return _("居民") if entry.verb in _RESIDENTS and not entry.facts.get("by_rule") else _("系统")


def look_of(entry: Entry) -> str:
    """Which of the timeline's looks an entry has: resident, staff or system."""
    if entry.facts.get("by_rule"):
        return "system"
    return "resident" if entry.verb in _RESIDENTS else "staff"


def position_of(matter: Matter) -> int:
    """Where on the loop strip it stands; behind the last stage when it has gone the whole way."""
    return len(STAGES) + 1 if matter.state == "closed" else matter.stage


def strip_sentence(matter: Matter) -> str:
    """What a screen reader says instead of seven dots."""
    at = position_of(matter)
    said = [step_sentence(at, len(STAGES), str(STAGES[min(at, len(STAGES)) - 1])), str(WORKFLOW.by_code[matter.state].label)]
    return _("，").join(said)


def left_words(due: datetime, now: datetime) -> str:
    return (_("已过 %(time)s") if due < now else _("还有 %(time)s")) % {"time": minutes_words(abs(due - now))}


def step_name(zh: str, en: str) -> str:
    """A road's own words in the reader's language."""
    return en if en and in_english() else zh
