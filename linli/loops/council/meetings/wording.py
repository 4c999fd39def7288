"""What a meeting is called in words: notices in the official pattern, lines of the record, lengths of speeches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.paths import ancestors
from linli.kernel.access.tongue import as_read
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.notices.official import Official, Paper, draft_paper, first_words, full_date, paper_of
from linli.law.periods import Period
from linli.lib.masking import mask_name
from linli.loops.council.meetings.models import AgendaItem, Attendee, Choice, Meeting, Outcome, Point, Presence, Speech, State, Stay
from linli.loops.council.meetings.rules import needed_of
from linli.web.words import clock, date_long, day

TONES = {
    State.PLANNED: "plain",
    State.NOTICED: "gold",
    State.OPEN: "green",
    State.ADJOURNED: "gold",
    State.ENDED: "blue",
    State.CONFIRMED: "blue",
    State.PUBLISHED: "green",
    State.CANCELLED: "red",
}


def notice_text(meeting: Meeting, items: Sequence[AgendaItem]) -> tuple[str, str]:
    """Title and text of the meeting's notice, in the official pattern: who is invited to what, when, where, about what."""
    lines = [
        _("%(to)s：") % {"to": addressee(meeting)},
        _("定于%(when)s在%(where)s召开%(body)s“%(title)s”，请按时参加。")
        % {"when": date_long(meeting.starts_at), "where": meeting.venue, "body": meeting.get_body_display(), "title": meeting.title},
        _("议题："),
        *(_("%(n)s. %(title)s") % {"n": i.seq, "title": i.title} for i in items),
        _("主持人：%(chair)s；记录人：%(recorder)s。") % {"chair": meeting.chair_name, "recorder": meeting.recorder_name},
    ]
    if meeting.online:
        lines.append(_("不能到场的可以线上参加：%(link)s。") % {"link": meeting.online})
    lines.append(_("不用手机的，到场由工作人员登记签到。"))
    if meeting.notice_days:
        rule = _("（%(rule)s）") % {"rule": meeting.notice_rule} if meeting.notice_rule else ""
        lines.append(
            ngettext("本通知至少提前满 %(n)s 天发出%(rule)s。", "本通知至少提前满 %(n)s 天发出%(rule)s。", meeting.notice_days)
            % {"n": meeting.notice_days, "rule": rule}
        )
    return _("会议通知：%(title)s") % {"title": meeting.title}, "\n".join(lines)


def board_text(meeting: Meeting, items: Sequence[AgendaItem]) -> tuple[str, str]:
    """Title and text of the notice on the board: its pattern addresses its readers already."""
    title, body = notice_text(meeting, items)
    return title, body.partition("\n")[2]


def unposted_paper(meeting: Meeting, items: Sequence[AgendaItem], now: datetime) -> Paper:
    """The sheet of a notice that stands on no board: a draft, or one that only members were told of, dated as it went out."""
    title, body = board_text(meeting, items)
    if meeting.noticed_at is None:
        return draft_paper(official_of(meeting, items, None), title, body, meeting.place.name, now)
    days = counted(meeting.noticed_at, meeting.notice_days) if meeting.notice_days else None
    official = official_of(meeting, items, days)
    stored = official.data(title=title, body=body, issuer=meeting.place.name)
    return paper_of(official.form, stored, title=title, body=body, published_at=meeting.noticed_at)


def addressee(meeting: Meeting) -> str:
    """To whom the notice of a meeting is addressed."""
    to = {
        "party_members": _("各位党员"),
        "owners_assembly": _("全体业主"),
        "owners_committee": _("业主委员会各位委员"),
        "representatives": _("各位居民代表"),
        "villagers": _("全体村民"),
        "village_households": _("各户代表"),
        "village_delegates": _("各位村民代表"),
        "village_group": _("本组各位村民"),
    }
    return to.get(meeting.body, _("各位居民"))


def official_of(meeting: Meeting, items: Sequence[AgendaItem], days: Period | None) -> Official:
    """The notice in the official pattern: the days it was given in advance, and what stands on a screen."""
    topics = "；".join(i.title for i in items)
    return Official(
        form="meeting",
        heading=_("关于召开%(body)s的通知") % {"body": meeting.get_body_display()},
        to=addressee(meeting),
        facts=[
            (_("什么时候"), times_of(meeting)),
            (_("在哪里"), meeting.venue),
            (_("提前通知"), days_given(meeting, days)),
            (_("到会要求"), needed_words(meeting)),
            (_("依据"), meeting.notice_rule),
        ],
        object_to=_("对议题或者程序有意见的，请在会前向%(where)s提出。") % {"where": _office(meeting)},
        link=f"/meetings/{meeting.pk}/",
        screen=_("议题：%(topics)s") % {"topics": first_words(topics)},
    )


def _office(meeting: Meeting) -> str:
    """Where one turns about a meeting: the committee of its place, or the place where none serves there. One query."""
    kinds = (UnitKind.COMMUNITY, UnitKind.STREET)
    units = Unit.objects.filter(kind__in=kinds, active=True, place__path__in=ancestors(meeting.place_path)).order_by("-place__path")
    return next(iter(units.values_list("name", flat=True)[:1]), meeting.place.name)


def needed_words(meeting: Meeting) -> str:
    """How many must come of how many, and by which rule; empty where no quorum is kept."""
    if not meeting.entitled:
        return ""
    share = Fraction(meeting.quorum_numerator, meeting.quorum_denominator)
    needed = min(needed_of(meeting.entitled, share, strict=meeting.quorum_strict), meeting.entitled)
    rule = _("（%(rule)s）") % {"rule": meeting.quorum_rule} if meeting.quorum_rule else ""
    return _("应到 %(entitled)s 人，%(needed)s 人以上到会才能开会%(rule)s") % {"entitled": meeting.entitled, "needed": needed, "rule": rule}


def notice_words(meeting: Meeting) -> str:
    """How long in advance, how the days are counted, and by which rule."""
    if not meeting.notice_days:
        return _("不要求")
    said = ngettext(
        "满 %(n)s 天：从发出通知的第二天起算，最后一天是休息日的，顺延到下一个工作日；再下一天起可以开会。%(rule)s",
        "满 %(n)s 天：从发出通知的第二天起算，最后一天是休息日的，顺延到下一个工作日；再下一天起可以开会。%(rule)s",
        meeting.notice_days,
    )
    return said % {"n": meeting.notice_days, "rule": meeting.notice_rule}


def days_given(meeting: Meeting, days: Period | None) -> str:
    """How long in advance, counted the law's way: the first day of it, the last, and that the meeting comes after."""
    if days is None:
        return ""
    n = meeting.notice_days
    words = {"n": n, "first": full_date(days.first_day), "last": full_date(days.last_day)}
    given = ngettext("%(n)s 天，从%(first)s起到%(last)s为止", "%(n)s 天，从%(first)s起到%(last)s为止", n) % words
    return given + _("（最后一天%(plain)s是休息日，顺延）") % {"plain": full_date(days.last_day_plain)} if days.moved else given


def topic_times_words(item: AgendaItem) -> str:
    """The minutes planned for a topic and what each may speak where it differs; empty where nothing is planned. Read back by `rules.topic_times`."""
    words = [ngettext("%(n)s 分钟", "%(n)s 分钟", item.minutes) % {"n": item.minutes}] if item.minutes else []
    if item.speak_seconds:
        whole, rest = divmod(item.speak_seconds, 60)
        words.append(_("每人 %(s)s 秒") % {"s": item.speak_seconds} if rest else _("每人 %(n)s 分钟") % {"n": whole})
    return _("，").join(words)


def topic_plan_words(item: AgendaItem) -> str:
    """What is planned for a topic, in a line; of the one under discussion until when it should take. Empty where nothing is planned."""
    times = topic_times_words(item)
    if item.minutes and item.state == AgendaItem.State.OPEN and item.opened_at is not None:
        return _("%(from)s开始，计划议到%(until)s（%(times)s）") % {
            "from": clock(item.opened_at),
            "until": clock(item.opened_at + timedelta(minutes=item.minutes)),
            "times": times,
        }
    return _("计划%(times)s") % {"times": times} if times else ""


def sides_words(sides: Mapping[str, tuple[int, int]]) -> str:
    """How often and how long each side spoke on the topic, so that everybody sees whether both are heard; empty before anybody did."""
    return _("；").join(
        _("%(side)s %(n)s 次，%(time)s") % {"side": Speech.Side(side).label, "n": sides[side][0], "time": length(sides[side][1])}
        for side in Speech.Side.values
        if side in sides
    )


def length(ms: int) -> str:
    """2 分 05 秒; under a minute only seconds."""
    seconds = abs(ms) // 1000
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return _("%(s)s 秒") % {"s": rest}
    return _("%(m)s 分 %(s)02d 秒") % {"m": minutes, "s": rest}


def left_words(ms: int) -> str:
    return _("还有 %(time)s") % {"time": length(ms)} if ms >= 0 else _("超时 %(time)s") % {"time": length(ms)}


# What the house writes where a name stood or should stand: nobody's, so it is read in the reader's language and never masked.
NOBODY = frozenset({"未留姓名", "（已依法删除）"})


def seen_name(name: str, *, full: bool) -> str:
    """A name on the register as a page shows it."""
    if name in NOBODY:
        return as_read(name)
    return name if full else mask_name(name)


def times_of(meeting: Meeting) -> str:
    """When it is: date, clock, and until when if the same day."""
    text = date_long(meeting.starts_at)
    return f"{text}–{clock(meeting.ends_at)}" if meeting.ends_at else text


def quorum_words(present: int, needed: int | None, entitled: int | None) -> str:
    """到会 12 人，应到 30 人，够开会需要 16 人。"""
    if needed is None:
        return _("到会 %(present)s 人") % {"present": present}
    return _("到会 %(present)s 人，应到 %(entitled)s 人，开会需要 %(needed)s 人") % {
        "present": present,
        "entitled": entitled,
        "needed": needed,
    }


def counts_words(counts: dict[str, int]) -> str:
    return _("同意 %(agree)s，不同意 %(against)s，弃权 %(abstain)s") % counts


def stay_words(stay: Stay) -> str:
    left = clock(stay.left_at) if stay.left_at else _("未离开")
    return f"{clock(stay.came_at)}–{left}"


def how_words(attendee: Attendee) -> str:
    """How somebody signed, each way once."""
    return _("、").join(dict.fromkeys(str(s.get_how_display()) for s in attendee.stays.all()))


def outcome_words(outcome: Outcome) -> str:
    if outcome.kind != Outcome.Kind.TASK or outcome.due_on is None:
        return outcome.text
    return _("%(text)s（%(owner)s，%(day)s前完成）") % {"text": outcome.text, "owner": outcome.owner, "day": day(outcome.due_on)}


def task_state(outcome: Outcome, today: date | None) -> tuple[str, str]:
    """How a task stands, and its tone; both empty for what is no task. Without a day nothing is called late."""
    if outcome.kind != Outcome.Kind.TASK or outcome.due_on is None:
        return "", "plain"
    if outcome.done_at is not None:
        late = outcome.done_at.astimezone(ZONE).date() > outcome.due_on
        return (_("已办完，超期"), "plain") if late else (_("已办完"), "green")
    return (_("超期"), "red") if today is not None and today > outcome.due_on else (_("待办"), "gold")


def line_words(verb: str, facts: dict[str, Any], *, full: bool = True) -> str:
    """One line of the record as a sentence. Names are masked unless `full`."""
    name = seen_name(str(facts.get("name", "")), full=full)
    made = {**facts, "name": name}
    if verb == "came":
        return _("%(name)s签到（%(present)s）") % {**made, "present": Presence(facts["present"]).label}
    if verb == "left":
        return _("%(name)s离开") % made
    if verb == "proxy":
        return _("%(name)s委托%(holder)s参加") % {**made, "holder": seen_name(str(facts["holder"]), full=full)}
    if verb in ("item", "item_done"):
        words = _("开始议“%(title)s”") if verb == "item" else _("“%(title)s”议完")
        return words % {"title": facts["title"]}
    if verb in ("ask", "call", "spoke"):
        words = {
            "ask": _("%(name)s申请发言（%(side)s）"),
            "call": _("请%(name)s发言（%(side)s）"),
            "spoke": _("%(name)s发言结束，用时 %(time)s"),
        }[verb]
        return words % {"name": name, "side": Speech.Side(facts["side"]).label, "time": length(int(facts.get("ms", 0)))}
    if verb == "point":
        return _("%(name)s提出程序动议：%(kind)s") % {"name": name, "kind": facts.get("text") or Point.Kind(facts["kind"]).label}
    if verb == "point_done":
        return _("程序动议“%(kind)s”：%(state)s") % {"kind": Point.Kind(facts["kind"]).label, "state": Point.State(facts["state"]).label}
    if verb == "hands":
        return _("请大家举手：%(question)s") % made
    if verb == "hands_down":
        return _("举手结果：%(counts)s") % {"counts": counts_words({c: int(facts[c]) for c in Choice.values})}
    if verb == "adjourn" and facts.get("reason"):
        return _("休会：%(reason)s") % {"reason": as_read(str(facts["reason"]))}
    if verb == "note":
        return _("记下：%(text)s") % made
    if verb == "task_done":
        words = _("超期办完：%(text)s（%(said)s）") if facts.get("late") else _("办完：%(text)s（%(said)s）")
        return words % made
    if verb == "strike":
        return _("划掉：%(text)s（%(reason)s）") % made
    return plain_words(verb)


def plain_words(verb: str) -> str:
    """What a verb is called that needs no facts."""
    words = {
        "plan": _("安排会议"),
        "notice": _("发出会议通知"),
        "withdraw_notice": _("收回会议通知"),
        "cancel": _("取消会议"),
        "paper": _("加上会议材料"),
        "register": _("登记应到名单"),
        "open": _("宣布开会"),
        "adjourn": _("休会"),
        "resume": _("恢复开会"),
        "end": _("散会"),
        "unask": _("取消发言申请"),
        "clock": _("计时开始或暂停"),
        "gist": _("记录发言要点"),
        "room": _("清点现场举手"),
        "draft": _("起草会议纪要"),
        "correct": _("修改会议纪要"),
        "confirm": _("确认会议纪要"),
        "publish": _("公布会议纪要"),
    }
    return words.get(verb, verb)
