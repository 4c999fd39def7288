"""Before the meeting: planned and changed, its agenda, its papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.files.actions import Readable, store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.kernel.places.models import Place
from linli.law.reasons import threshold_words
from linli.lib.texts import clean
from linli.loops.council.meetings import lawful, rules
from linli.loops.council.meetings.actions.noticing import _lawful_notice, _take_back
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.codes import new_secret
from linli.loops.council.meetings.models import AgendaItem, Body, Meeting, Openness, Paper, SlotPoll, State

MOST_ITEMS = 30
MOST_MINUTES = 600
# A whole address, or a page of this house; "//host" and "/\\host" would lead out of it.
_LINK = re.compile(r"https?://|/(?![/\\])")


@dataclass(frozen=True)
class Topic:
    """One item of an agenda as planned: words, and the reference of a matter where there is one. `item_id` keeps an item that exists."""

    title: str
    ref: str = ""
    detail: str = ""
    minutes: int | None = None
    speak_seconds: int | None = None
    item_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """
    What a meeting is planned with. `entitled` None: no quorum is kept. A fraction that is not given (None) is the law's for this council, with its
    article, and more than half where the law says nothing. `poll_id` names the poll whose time it takes.
    """

    place: Place
    body: str
    title: str
    starts_at: datetime
    venue: str
    chair_name: str
    recorder_name: str
    ends_at: datetime | None = None
    purpose: str = ""
    openness: str = Openness.PUBLIC
    full_names: bool = False
    online: str = ""
    chair_id: int | None = None
    recorder_id: int | None = None
    notice_days: int = 0
    notice_rule: str = ""
    speak_seconds: int = 180
    alternate: bool = True
    roll_id: int | None = None
    entitled: int | None = None
    quorum_numerator: int | None = None
    quorum_denominator: int = 2
    quorum_strict: bool = True
    quorum_rule: str = ""
    rotating: bool = True
    topics: Sequence[Topic] = field(default_factory=tuple)
    poll_id: int | None = None


_COLUMNS = [
    "body",
    "title",
    "starts_at",
    "ends_at",
    "purpose",
    "openness",
    "full_names",
    "venue",
    "online",
    "chair_id",
    "chair_name",
    "recorder_id",
    "recorder_name",
    "notice_days",
    "notice_rule",
    "speak_seconds",
    "alternate",
    "roll_id",
    "entitled",
    "quorum_numerator",
    "quorum_denominator",
    "quorum_strict",
    "quorum_rule",
    "rotating",
]


@transaction.atomic
def plan_meeting(*, actor: Actor, plan: Plan, now: datetime) -> Meeting:
    """Plan a meeting with its agenda. Raises Invalid for what must be mended, NotFound for a matter the actor may not read."""
    table.require(actor, "meeting.plan", plan.place.path)
    plan = _checked(plan, now)
    meeting = Meeting.objects.create(
        place=plan.place,
        place_path=plan.place.path,
        secret=new_secret(),
        created_at=now,
        created_by_id=actor.account_id,
        **{name: getattr(plan, name) for name in _COLUMNS},
    )
    act = Sitting(meeting, actor, now)
    _write_agenda(act, plan.topics)
    act.record("plan")
    meeting.save()
    act.lines[0].save()
    if plan.poll_id is not None:
        _answer_poll(plan.poll_id, meeting)
    return meeting


def _answer_poll(poll_id: int, meeting: Meeting) -> None:
    """The poll of times leads to the meeting it was asked for; the first one planned from it counts. Raises NotFound for a poll of another place."""
    poll = SlotPoll.objects.filter(pk=poll_id, place_id=meeting.place_id).first()
    if poll is None:
        raise NotFound("no_poll", _("没有找到这次时间征集。"))
    if poll.meeting_id is None:
        poll.meeting = meeting
        poll.save(update_fields=["meeting"])


def change_plan(*, actor: Actor, meeting_id: int, plan: Plan, now: datetime, seen: int | None = None, restart: bool = False) -> Meeting:
    """
    Change the plan. After the notice went out, a change of time, place, name or agenda is refused unless `restart` withdraws the
    notice; the days then count anew from the next one. `seen` is the plan's version the planner saw.

    Raises Conflict when somebody else changed it since.
    """
    with sitting(actor, meeting_id, "plan", now, permission="meeting.plan") as act:
        meeting = act.meeting
        if seen is not None and seen != meeting.plan_version:
            raise Conflict("changed", _("您打开以后，别人改过这份会议安排。请看看新的内容再改。"))
        if plan.place.pk != meeting.place_id:
            raise Invalid("place_fixed", _("开会的范围不能改。请取消这次会议，另外安排一次。"), fields={"place": [_("开会的范围不能改。")]})
        plan = _checked(replace(plan, place=meeting.place), now)
        before = {**{name: getattr(meeting, name) for name in _COLUMNS}, "agenda": _agenda_of(meeting)}
        after = {**{name: getattr(plan, name) for name in _COLUMNS}, "agenda": [(t.title, t.ref.upper(), t.detail) for t in plan.topics]}
        changed = rules.plan_changes(before, after)
        if meeting.state == State.NOTICED and changed:
            if not restart:
                raise Refused(
                    "noticed",
                    _("通知已经发出，时间、地点和议程不能再改。要改，就收回通知，改好再发，通知天数从新通知起重新计算。"),
                    rule=meeting.notice_rule,
                    changed=changed,
                )
            _take_back(act, gettext_noop("会议安排有变"))
        for name in _COLUMNS:
            setattr(meeting, name, getattr(plan, name))
        meeting.plan_version += 1
        _write_agenda(act, plan.topics)
        act.record("plan", changed=changed)
    return meeting


def _agenda_of(meeting: Meeting) -> list[tuple[str, str, str]]:
    items = AgendaItem.objects.filter(meeting=meeting).select_related("matter")
    return [(i.title, i.matter.ref if i.matter else "", i.detail) for i in items]


def _checked(plan: Plan, now: datetime) -> Plan:
    """The plan with its texts cleaned. Raises Invalid naming every field that must be mended."""
    plan = replace(
        plan,
        title=clean(plan.title, 80),
        venue=clean(plan.venue, 120),
        purpose=clean(plan.purpose, 2000),
        online=clean(plan.online, 300),
        chair_name=clean(plan.chair_name, 60),
        recorder_name=clean(plan.recorder_name, 60),
        notice_rule=clean(plan.notice_rule, 160),
        quorum_rule=clean(plan.quorum_rule, 160),
        topics=[replace(t, title=clean(t.title, 120), detail=clean(t.detail, 2000), ref=t.ref.strip()) for t in plan.topics],
    )
    days, rule = _lawful_notice(plan.body, plan.place, plan.notice_days, plan.notice_rule)
    least = lawful.least_quorum(plan.body, plan.place, plan.starts_at.astimezone(ZONE).date())
    plan = _with_quorum(replace(plan, notice_days=days, notice_rule=rule), least)
    over = plan.quorum_numerator or 0
    wrong: dict[str, list[Any]] = {}
    for name, text in (
        ("title", _("请写会议名称。")),
        ("venue", _("请写在哪里开会；只在线上开，就写“线上”。")),
        ("chair_name", _("请写谁主持。")),
        ("recorder_name", _("请写谁记录。")),
    ):
        if not getattr(plan, name):
            wrong[name] = [text]
    if plan.body not in Body.values:
        wrong["body"] = [_("请选择是什么会。")]
    if plan.openness not in Openness.values:
        wrong["openness"] = [_("请选择谁可以看。")]
    if plan.starts_at <= now:
        wrong["starts_at"] = [_("开会时间要在现在以后。")]
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        wrong["ends_at"] = [_("结束时间要在开始时间以后。")]
    if plan.online and not plan.online.startswith(("https://", "http://")) and "://" in plan.online:
        wrong["online"] = [_("线上会议的链接请以 https:// 开头，或者只写会议号。")]
    if not 30 <= plan.speak_seconds <= 3600:
        wrong["speak_seconds"] = [_("每人每次发言时间请填半分钟到一小时。")]
    if not 0 <= plan.notice_days <= 60:
        wrong["notice_days"] = [_("提前通知的天数请填 0 到 60。")]
    if not 1 <= over <= plan.quorum_denominator <= 1000:
        wrong["quorum_numerator"] = [_("到会比例要大于零、不大于全部，例如 1/2。")]
    counted_here = plan.entitled is not None or lawful.must_be_counted(plan.body)
    if counted_here and least is not None and least.weaker(over, plan.quorum_denominator, strict=plan.quorum_strict):
        words = _("到会至少要%(share)s（%(rule)s）。")
        share = threshold_words(least.test.op, least.test.share)["zh" if (get_language() or "zh").startswith("zh") else "en"]
        wrong["quorum_numerator"] = [words % {"share": share, "rule": least.rule}]
    if plan.entitled is not None and not 1 <= plan.entitled <= 1_000_000:
        wrong["entitled"] = [_("应到人数请填 1 以上的整数；不计到会比例就空着。")]
    topics = [t for t in plan.topics if t.title or t.ref]
    if not topics:
        wrong["topics"] = [_("请至少写一个议题。")]
    elif len(topics) > MOST_ITEMS:
        wrong["topics"] = [_("一次会议最多 %(n)s 个议题。") % {"n": MOST_ITEMS}]
    elif any(t.minutes is not None and not 1 <= t.minutes <= MOST_MINUTES for t in topics):
        wrong["topics"] = [_("每个议题的时间请填 1 到 %(n)s 分钟。") % {"n": MOST_MINUTES}]
    elif any(t.speak_seconds is not None and not 30 <= t.speak_seconds <= 3600 for t in topics):
        wrong["topics"] = [_("每人每次发言时间请填半分钟到一小时。")]
    if wrong:
        raise Invalid("plan_incomplete", _("会议安排有几处要改一改。"), fields=wrong)
    return replace(plan, topics=topics)


def _with_quorum(plan: Plan, least: lawful.LeastQuorum | None) -> Plan:
    """The plan with a quorum: what was planned; where nothing was, the law's, or more than half."""
    if plan.quorum_numerator is not None:
        return plan
    if least is None:
        return replace(plan, quorum_numerator=1, quorum_denominator=2, quorum_strict=True)
    share = least.test.share
    return replace(
        plan,
        quorum_numerator=share.numerator,
        quorum_denominator=share.denominator,
        quorum_strict=least.test.op == ">",
        quorum_rule=plan.quorum_rule or clean(least.rule, 160),
    )


def _write_agenda(act: Sitting, topics: Sequence[Topic]) -> None:
    """Put the agenda in this order; items that stay keep their identity, those left out go. Only before anything was discussed."""
    meeting = act.meeting
    known = {i.pk: i for i in AgendaItem.objects.filter(meeting=meeting)}
    kept = {t.item_id for t in topics if t.item_id in known}
    AgendaItem.objects.filter(meeting=meeting).exclude(pk__in=kept).delete()
    # Out of the way first: two items may change places.
    for n, pk in enumerate(kept):
        AgendaItem.objects.filter(pk=pk).update(seq=1000 + n)
    for seq, topic in enumerate(topics, 1):
        try:
            matter = matter_for(act.actor, id_of_ref(topic.ref)) if topic.ref else None
        except NotFound as missing:
            raise Invalid("no_matter", str(missing.text), fields={"topics": [str(missing.text)]}) from None
        item = known[topic.item_id] if topic.item_id in kept and topic.item_id else AgendaItem(meeting=meeting)
        item.seq, item.matter = seq, matter
        item.title = topic.title or (matter.public_title if matter else "")
        item.detail, item.minutes, item.speak_seconds = topic.detail, topic.minutes, topic.speak_seconds
        item.save()


def add_paper(
    *,
    actor: Actor,
    meeting_id: int,
    title: str,
    now: datetime,
    upload: Readable | None = None,
    name: str = "",
    file: StoredFile | None = None,
    link: str = "",
    item_id: int | None = None,
    kind: str = Paper.Kind.DOCUMENT,
    once: str = "",
) -> Paper | None:
    """
    Add a document: a picture, PDF or Word file (uploaded with it, or kept before as `file`), a link, or both; of the signed sheets kind `signature`. Raises
    Invalid for neither. None when repeated.
    """
    with sitting(
        actor, meeting_id, "paper", now, permission="meeting.minutes" if kind == "signature" else "meeting.plan", once=once
    ) as act:
        if act.repeated:
            return None
        title, link = clean(title, 120), clean(link, 300)
        wrong: dict[str, list[Any]] = {}
        if not title and kind == Paper.Kind.DOCUMENT:
            wrong["title"] = [_("请写材料的名称。")]
        if upload is None and file is None and not link:
            wrong["photo"] = [_("请选一张照片或一份文件，或者填一个链接。")]
        if link and not _LINK.match(link):
            wrong["link"] = [_("链接请以 https:// 开头。")]
        if kind not in Paper.Kind.values:
            wrong["kind"] = [_("没有这种材料。")]
        if wrong:
            raise Invalid("bad_paper", _("材料没有加上。"), fields=wrong)
        item = act.item(item_id) if item_id else None
        stored = store_paper(actor=actor, upload=upload, name=name, now=now) if upload is not None else file
        paper = Paper.objects.create(
            meeting=act.meeting,
            item=item,
            kind=kind,
            title=title or gettext_noop("签字页"),
            link=link,
            file=stored,
            added_at=now,
            added_by_id=actor.account_id,
        )
        act.record("paper", item, title=paper.title, kind=kind)
    return paper
