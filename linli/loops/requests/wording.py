"""A request in words for residents: its promise, what happens next, each entry of its timeline. Pure but for the active language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from linli.kernel.matters.models import Entry, Grade, Matter
from linli.kernel.matters.saying import (
    Promised,
    Standing,
    is_late,
    running_promise,
    unit_name,
)
from linli.lib.calendar import WorkCalendar
from linli.loops.requests.rules import CHANNELS, STAGES, WORKFLOW
from linli.web.words import date_long, day, minutes_words, step_sentence

_STOPPED: Final = ("waiting", "suspended", "declined", "withdrawn", "merged")

# What a promise is of, as the end of "… 前".
_DUE_FOR: Final = {
    "accept": pgettext_lazy("promise", "受理"),
    "dispatch": pgettext_lazy("promise", "派给承办单位"),
    "first_answer": pgettext_lazy("promise", "答复"),
    "plan": pgettext_lazy("promise", "拿出方案"),
    "resolve": pgettext_lazy("promise", "办结"),
    "follow_up": pgettext_lazy("promise", "由社区回访"),
    "report_in": pgettext_lazy("promise", "报到"),
    "answer": pgettext_lazy("promise", "答复"),
}

_NEXT: Final = {
    "raised": gettext_lazy("社区先受理，再交给能办的单位。受理以后会告诉提出人。"),
    "accepted": gettext_lazy("社区正在确定由哪个单位办，派单以后会写在这里。"),
    "dispatched": gettext_lazy("承办单位收到后开始办理，有进展会答复。"),
    "whistled": gettext_lazy("街道叫来的每个单位都要到场并各自答复，全部答复以后一起办结。"),
    "in_progress": gettext_lazy("办完以后，承办单位会写明做了什么，再请提出人评价。"),
    "waiting": gettext_lazy("等提出人补充情况。补充以后时限接着算，继续办理。"),
    "suspended": gettext_lazy("到了复核日期会再看一次；条件具备就恢复办理。"),
    "resolved": gettext_lazy("请提出人评价：解决了没有、满意不满意。没解决会自动重新办理一次。"),
    "closed": gettext_lazy("这件事已经走完全程。再次发生，可以重新提出。"),
    "declined": gettext_lazy("不予受理的理由和可以去的地方已经写明。有新的情况，可以重新提出。"),
    "withdrawn": gettext_lazy("提出人已经撤回，不再办理。"),
    "merged": gettext_lazy("这件事并入了另一件相同的事，进展在那里看。"),
}

_DID: Final = {
    "raise": pgettext_lazy("did", "提出了这件事"),
    "accept": pgettext_lazy("did", "受理了"),
    "decline": pgettext_lazy("did", "不予受理"),
    "redispatch": pgettext_lazy("did", "改派给别的单位"),
    "object": pgettext_lazy("did", "说明不属于本单位职责"),
    "report_in": pgettext_lazy("did", "已经报到"),
    "refuse_whistle": pgettext_lazy("did", "说明不属于本部门职责"),
    "answer_whistle": pgettext_lazy("did", "答复了自己那一部分"),
    "conclude_whistle": pgettext_lazy("did", "联合办结"),
    "start": pgettext_lazy("did", "开始办理"),
    "answer": pgettext_lazy("did", "答复"),
    "ask": pgettext_lazy("did", "请提出人补充情况，时限暂停"),
    "add": pgettext_lazy("did", "补充了情况"),
    "suspend": pgettext_lazy("did", "暂时挂账，时限暂停"),
    "resume": pgettext_lazy("did", "恢复办理，时限接着算"),
    "resolve": pgettext_lazy("did", "办结，说明做了什么"),
    "record_unreachable": pgettext_lazy("did", "打过回访电话，没有联系上"),
    "close": pgettext_lazy("did", "转入回看"),
    "reopen": pgettext_lazy("did", "重新办理"),
    "withdraw": pgettext_lazy("did", "撤回了这件事"),
    "merge": pgettext_lazy("did", "并入另一件相同的事"),
    "unmerge": pgettext_lazy("did", "拆出来单独办理"),
    "recategorise": pgettext_lazy("did", "调整了类别"),
    "supervise": pgettext_lazy("did", "督办"),
    "merged_in": pgettext_lazy("did", "另一件相同的事并了进来"),
    "unmerged": pgettext_lazy("did", "并进来的一件事拆了出去"),
    "me_too": pgettext_lazy("did", "又有一位邻居说“我也遇到”"),
    "me_too_ended": pgettext_lazy("did", "一位邻居收回了“我也遇到”"),
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
    "score_whistle": pgettext_lazy("did", "评价了各部门的到场"),
}
# Shown to the public without their text: it may name what the person did not want to show, or is another matter's.
_RESIDENTS: Final = frozenset({"raise", "add", "rate", "withdraw", "me_too", "me_too_ended"})
_RATED: Final = ("answered", "solved", "satisfied")


def standing_of(matter: Matter, now: datetime, calendar: WorkCalendar) -> Standing:
    """Where the request stands today, with the sentence a screen reader says instead of seven dots."""
    state = WORKFLOW.by_code[matter.state]
    position = len(STAGES) + 1 if matter.state == "closed" else state.stage
    late = is_late(matter, now)
    promised = promised_of(matter, now, calendar)
    said = [step_sentence(position, len(STAGES), str(STAGES[min(position, len(STAGES)) - 1])), str(state.label)]
    if promised is not None:
        said += [part for part in (promised.when, promised.left) if part]
    tone = "red" if late else state.tone
    return Standing(position, late, matter.state in _STOPPED, str(state.label), tone, _("，").join(said))


def promised_of(
    matter: Matter, now: datetime, calendar: WorkCalendar, *, review_on: date | None = None, reason: str = ""
) -> Promised | None:
    """
    The promise of a request as a full sentence, or None where none was made (a replayed or withdrawn one).

    `review_on` and `reason` come from its open pause, where the caller has it.
    """
    who = unit_name(matter.holder)
    if matter.state in ("waiting", "suspended"):
        words = _("%(day)s 复核") % {"day": day(review_on)} if review_on else str(WORKFLOW.by_code[matter.state].label)
        return Promised(_("暂停"), words, reason, "stopped", who)
    if not matter.is_open:
        return _kept(matter) if matter.state == "closed" else None
    # The call to ask for a rating is the community's, whoever did the work.
    who = "" if matter.due_for == "follow_up" else who
    return running_promise(matter, now, calendar, str(_DUE_FOR.get(matter.due_for, _DUE_FOR["resolve"])), who)


def _kept(matter: Matter) -> Promised | None:
    ended = matter.resolved_at or matter.closed_at
    if ended is None:
        return None
    took = _("用了 %(time)s") % {"time": minutes_words(ended - matter.raised_at)}
    if matter.was_late:
        return Promised(_("已办结"), _("%(when)s 办结，比承诺晚") % {"when": date_long(ended)}, took, "late", "")
    return Promised(_("兑现"), _("%(when)s 办结，没有超期") % {"when": date_long(ended)}, took, "met", "")


def grade_name(grade: str) -> str:
    return str(Grade(grade).label) if grade in Grade.values else ""


def grade_words(grade: str) -> str:
    """A grade with what it means for whoever waits; empty for none yet."""
    return {
        Grade.SIMPLE.value: _("简单：按期解决，来不及的先给方案"),
        Grade.COMPLEX.value: _("复杂：先给出方案，办结时限更长"),
    }.get(grade, "")


def next_words(matter: Matter) -> str:
    return str(_NEXT[matter.state])


def did(verb: str, facts: dict[str, Any]) -> str:
    """What an entry says was done, as its heading."""
    if verb == "dispatch":
        return _("派给%(unit)s办理") % {"unit": facts.get("unit", "")}
    if verb == "whistle":
        return _("街道吹哨，叫来：%(units)s") % {"units": _("、").join(facts.get("units", []))}
    if verb in ("rate", "record_rating"):
        return rated_words(facts, by_phone=verb == "record_rating")
    if verb == "decline" and facts.get("turn_to"):
        return _("不予受理。可以找：%(turn_to)s") % {"turn_to": facts["turn_to"]}
    if verb == "raise" and facts.get("channel") in ("phone", "counter", "patrol", "paper"):
        return _("提出了这件事（%(channel)s登记）") % {"channel": CHANNELS[facts["channel"]]}
    if verb == "plan" and facts.get("done_on"):
        return _("拿出方案：%(day)s前办完") % {"day": day(date.fromisoformat(facts["done_on"]))}
    if verb == "regrade":
        return _("改定为%(grade)s事项") % {"grade": grade_name(facts.get("grade", ""))}
    if verb == "accept" and facts.get("grade"):
        return _("受理了，定为%(grade)s事项") % {"grade": grade_name(facts["grade"])}
    if verb == "merge":
        return _("并入另一件相同的事 %(ref)s") % {"ref": facts.get("target", "")}
    return str(_DID[verb]) if verb in _DID else _("有新的记录")


def speaker_of(entry: Entry) -> str:
    """Whose entry it is, a unit by its name in the reader's language while it still has the name it spoke under."""
    own = unit_name(entry.unit) if entry.unit and entry.who == entry.unit.name else entry.who
    return who_said(entry.verb, own)


def rated_words(facts: dict[str, Any], *, by_phone: bool) -> str:
    """The three answers in words: "评价：解决了，满意"."""
    words = {
        ("answered", True): pgettext("said", "有答复"),
        ("answered", False): pgettext("said", "没有答复"),
        ("solved", True): pgettext("said", "解决了"),
        ("solved", False): pgettext("said", "没有解决"),
        ("satisfied", True): pgettext("said", "满意"),
        ("satisfied", False): pgettext("said", "不满意"),
    }
    said = _("，").join(words[name, facts[name]] for name in _RATED if facts.get(name) is not None)
    return (_("电话回访：%(said)s") if by_phone else _("评价：%(said)s")) % {"said": said}


def kind_of(verb: str, facts: dict[str, Any]) -> str:
    """Which of the timeline's looks an entry has: resident, staff or system."""
    if verb in _RESIDENTS:
        return "resident"
    return "system" if facts.get("by_rule") else "staff"


def who_said(verb: str, who: str) -> str:
    """Whose entry it is, for the public: a unit by its name, residents never by theirs."""
    if verb in ("me_too", "me_too_ended"):
        return _("邻居")
    if verb in _RESIDENTS:
        return who or _("提出人")
    return who or _("系统")
