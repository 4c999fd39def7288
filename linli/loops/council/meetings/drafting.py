"""The minutes as drafted from the record: head, attendance, each topic with speeches in order, hands, what was agreed, tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.formal import Formal, formal_between
from linli.loops.council.meetings.models import AgendaItem, Attendee, Choice, Hands, Line, Meeting, Outcome, Speech
from linli.loops.council.meetings.wording import counts_words, length, line_words, outcome_words, quorum_words
from linli.web.words import clock, date_long

Section = dict[str, str]


VOTES = "votes"


def draft(meeting: Meeting) -> list[Section]:
    """The sections of the minutes in the reader's language. Six queries, and one of every room that decides formally."""
    lines = list(Line.objects.filter(meeting=meeting).order_by("seq"))
    attendees = list(Attendee.objects.filter(meeting=meeting).prefetch_related("stays").order_by("seat"))
    items = list(AgendaItem.objects.filter(meeting=meeting).select_related("matter"))
    speeches = list(Speech.objects.filter(meeting=meeting).exclude(called_at=None).select_related("attendee").order_by("called_at", "pk"))
    hands = list(Hands.objects.filter(meeting=meeting).exclude(closed_at=None))
    outcomes = list(Outcome.objects.filter(meeting=meeting, struck_at=None))
    return [
        {"key": "head", "title": _("会议概况"), "text": _head(meeting, lines)},
        {"key": "attendance", "title": _("到会情况"), "text": _attendance(meeting, attendees, lines)},
        *(
            {
                "key": f"item-{item.pk}",
                "title": _("议题 %(n)s：%(title)s") % {"n": item.seq, "title": item.title},
                "text": _topic(item, lines, speeches, hands, outcomes),
            }
            for item in items
        ),
        *with_votes([], formal_of(meeting, items)),
        {"key": "tasks", "title": _("任务清单"), "text": _tasks(outcomes)},
        {"key": "end", "title": _("散会"), "text": _end(meeting, outcomes, lines)},
    ]


def formal_of(meeting: Meeting, items: Sequence[AgendaItem]) -> list[Formal]:
    """
    What was formally announced, voted or decided about the matters on the agenda on the days of the meeting: a ballot opened in the evening, after the
    meeting closed, was opened by it. One query of every room that decides.
    """
    if meeting.opened_at is None:
        return []
    first, last = (when.astimezone(ZONE).date() for when in (meeting.opened_at, meeting.ended_at or meeting.opened_at))
    since, until = (
        datetime.combine(first, time(), ZONE),
        datetime.combine(last + timedelta(days=1), time(), ZONE) - timedelta(microseconds=1),
    )
    return formal_between({i.matter_id for i in items if i.matter_id}, since, until)


def with_votes(sections: Sequence[Section], formal: Sequence[Formal]) -> list[Section]:
    """The sections with the one of formal votes written anew, before the tasks; without any it is left out."""
    rest = [s for s in sections if s["key"] != VOTES]
    if not formal:
        return rest
    text = "\n\n".join("\n".join([one.title, *one.lines]) for one in formal)
    made = {"key": VOTES, "title": _("正式表决"), "text": text, "marks": " ".join(one.mark for one in formal)}
    at = next((n for n, s in enumerate(rest) if s["key"] == "tasks"), len(rest))
    return [*rest[:at], made, *rest[at:]]


def _head(meeting: Meeting, lines: Sequence[Line]) -> str:
    opened = next((line for line in lines if line.verb == "open"), None)
    rows = [
        _("会议名称：%(title)s") % {"title": meeting.title},
        _("会议种类：%(body)s") % {"body": meeting.get_body_display()},
        _("时间：%(start)s至%(end)s")
        % {"start": date_long(meeting.opened_at), "end": clock(meeting.ended_at) if meeting.ended_at else _("未散会")},
        _("地点：%(venue)s") % {"venue": meeting.venue}
        + (_("（同时线上：%(link)s）") % {"link": meeting.online} if meeting.online else ""),
        _("主持人：%(chair)s；记录人：%(recorder)s。") % {"chair": meeting.chair_name, "recorder": meeting.recorder_name},
        _("会议通知于%(when)s发出。") % {"when": date_long(meeting.noticed_at)},
    ]
    if opened is not None and opened.facts.get("reached") is False:
        rows.append(_("开会时人数未到，本次会议只交流，不作决定。"))
    return "\n".join(rows)


def _attendance(meeting: Meeting, attendees: Sequence[Attendee], lines: Sequence[Line]) -> str:
    came = [a for a in attendees if any(s.present != "proxy" for s in a.stays.all())]
    proxies = [a for a in attendees if any(s.present == "proxy" for s in a.stays.all())]
    room = [a for a in came if any(s.present == "room" for s in a.stays.all())]
    counted = [a for a in attendees if a.entitled and a.stays.all()]
    opened: dict[str, Any] = next((line.facts for line in lines if line.verb == "open"), {})
    rows = [
        quorum_words(int(opened["present"]), opened.get("needed"), opened.get("entitled")) + _("（开会时）。") if opened else "",
        _("先后到会 %(all)s 人，其中有资格参会的 %(counted)s 人；现场 %(room)s 人，只在线上 %(online)s 人，委托他人 %(proxy)s 人。")
        % {"all": len(came), "counted": len(counted), "room": len(room), "online": len(came) - len(room), "proxy": len(proxies)},
        _("名单和签到、离开的时间见到会登记表。"),
    ]
    names = [a.name for a in came if a.entitled]
    if names and len(names) <= 60:
        rows.append(_("到会：%(names)s。") % {"names": "、".join(names)})
    guests = [f"{a.name}（{a.capacity}）" if a.capacity else a.name for a in came if not a.entitled]
    if guests and len(guests) <= 60:
        rows.append(_("列席：%(names)s。") % {"names": "、".join(guests)})
    return "\n".join(row for row in rows if row)


def _topic(item: AgendaItem, lines: Sequence[Line], speeches: Sequence[Speech], hands: Sequence[Hands], outcomes: Sequence[Outcome]) -> str:
    """What happened on one topic, in the order it happened."""
    if item.state == AgendaItem.State.DEFERRED and item.opened_at is None:
        return _("没有议到，留待下次。")
    happened: list[tuple[Any, str]] = []
    for speech in (s for s in speeches if s.item_id == item.pk):
        words = _("%(name)s（%(side)s，用时 %(time)s）") % {
            "name": speech.attendee.name,
            "side": speech.get_side_display(),
            "time": length(speech.used_ms),
        }
        gist = _("%(who)s：%(gist)s") % {"who": words, "gist": speech.gist} if speech.gist else _("%(who)s发言。") % {"who": words}
        happened.append((speech.called_at, gist))
    for line in lines:
        if line.item_id == item.pk and line.verb in ("point", "point_done"):
            happened.append((line.at, line_words(line.verb, line.facts) + "。"))
    for show in (h for h in hands if h.item_id == item.pk):
        happened.append((show.closed_at, hands_words(show)))
    for outcome in (o for o in outcomes if o.item_id == item.pk):
        label = _("形成意见：%(text)s") if outcome.kind == Outcome.Kind.DECISION else _("任务：%(text)s")
        happened.append((outcome.noted_at, label % {"text": outcome_words(outcome)}))
    rows = [text for _at, text in sorted(happened, key=lambda pair: pair[0])]
    if item.state == AgendaItem.State.DEFERRED:
        rows.append(_("没有议完，留待下次。"))
    return "\n".join(rows) or _("宣读了议题，没有人发言。")


def hands_words(show: Hands) -> str:
    """A show of hands with where the hands were, and that it is no vote."""
    totals = {c: getattr(show, f"phone_{c}") + getattr(show, f"room_{c}") for c in Choice.values}
    phone = sum(getattr(show, f"phone_{c}") for c in Choice.values)
    room = sum(getattr(show, f"room_{c}") for c in Choice.values)
    words = {"question": show.question, "counts": counts_words(totals), "phone": phone, "room": room}
    if show.point_id:
        return _("举手决定“%(question)s”：%(counts)s（手机 %(phone)s，现场 %(room)s）。") % words
    return _("举手了解意见“%(question)s”：%(counts)s（手机 %(phone)s，现场 %(room)s）。举手不是表决票，不计入任何正式表决。") % words


def _tasks(outcomes: Sequence[Outcome]) -> str:
    tasks = [o for o in outcomes if o.kind == Outcome.Kind.TASK]
    rows = [_("%(n)s. %(text)s") % {"n": n, "text": outcome_words(task)} for n, task in enumerate(tasks, 1)]
    return "\n".join(rows) or _("没有布置任务。")


def _end(meeting: Meeting, outcomes: Sequence[Outcome], lines: Sequence[Line]) -> str:
    rows = []
    rest = [o for o in outcomes if o.item_id is None and o.kind == Outcome.Kind.DECISION]
    rows += [_("另外形成意见：%(text)s") % {"text": o.text} for o in rest]
    breaks = [f"{line.at.astimezone(ZONE):%H:%M}" for line in lines if line.verb == "adjourn"]
    if breaks:
        rows.append(_("休会：%(times)s。") % {"times": "、".join(breaks)})
    if meeting.ended_at:
        rows.append(_("%(when)s散会。") % {"when": date_long(meeting.ended_at)})
    return "\n".join(rows)
