"""Before the meeting: planned, changed, noticed the lawful days ahead, its papers and register, cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.tongue import Words, as_read, in_place_language, spoken
from linli.kernel.files.actions import Readable, store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.kernel.notices.actions import Addressee, post_notice, send
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import Official
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import RollKind, RollState, Voter
from linli.kernel.rolls.queries import roll_for_staff
from linli.law.periods import Period
from linli.law.reasons import threshold_words
from linli.lib.calendar import YearMissing
from linli.lib.texts import clean
from linli.loops.council.meetings import lawful, rules
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.codes import new_secret
from linli.loops.council.meetings.models import AgendaItem, Attendee, Body, Meeting, Openness, Paper, State
from linli.loops.council.meetings.reading import may_read
from linli.loops.council.meetings.wording import addressee, board_text, notice_text, official_of

MOST_ITEMS = 30
MOST_NAMES = 5000
# A whole address, or a page of this house; "//host" and "/\\host" would lead out of it.
_LINK = re.compile(r"https?://|/(?![/\\])")
# What was called off or taken back stands on the board so long.
_TOLD = timedelta(days=7)


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
    article, and more than half where the law says nothing.
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
    return meeting


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
    if wrong:
        raise Invalid("plan_incomplete", _("会议安排有几处要改一改。"), fields=wrong)
    return replace(plan, topics=topics)


def _lawful_notice(body: str, place: Place, days: int, rule: str) -> tuple[int, str]:
    """The days of notice and their rule: what was planned, or what the law of the place asks where that is more. One query at most."""
    asked, article = lawful.notice_days(body, place)
    return (asked, article) if asked > days else (days, rule or (article if asked == days else ""))


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


def earliest(noticed_on: date, days: int) -> date:
    """The first lawful day by the work calendar; by plain days in a year whose calendar is not published yet."""
    known = calendar()
    try:
        return rules.first_lawful_day(noticed_on, days, known.is_working_day)
    except YearMissing:
        return rules.first_lawful_day(noticed_on, days)


def give_notice(*, actor: Actor, meeting_id: int, now: datetime, days: int | None = None, rule: str = "", once: str = "") -> Meeting:
    """
    Publish the notice on the place's board and tell everybody on the register. `days` is the least number of days the law asks for
    this meeting (None: what the plan says), `rule` its article.

    Raises Refused when the meeting would come too early, naming the first lawful day, or when nobody could say whether enough have come: a village's
    without a number of those entitled, a residents' one whose quorum nobody entered with its source.
    """
    with sitting(actor, meeting_id, "notice", now, permission="meeting.notice", once=once) as act:
        meeting = act.meeting
        if act.repeated:
            return meeting
        if days is not None:
            meeting.notice_days = max(days, meeting.notice_days)
            meeting.notice_rule = clean(rule, 160) or meeting.notice_rule
        meeting.notice_days, meeting.notice_rule = _lawful_notice(meeting.body, meeting.place, meeting.notice_days, meeting.notice_rule)
        first = earliest(now.astimezone(ZONE).date(), meeting.notice_days)
        if meeting.starts_at <= now:
            raise Refused("over", _("开会时间已经过了，请先改时间。"))
        if meeting.starts_at.astimezone(ZONE).date() < first:
            raise Refused(
                "too_early",
                _("要提前满 %(days)s 天通知（从明天起算，最后一天是休息日的顺延）：今天发通知，最早 %(first)s 开会。请改开会时间。")
                % {"days": meeting.notice_days, "first": f"{first:%Y-%m-%d}"},
                rule=meeting.notice_rule,
                first=first.isoformat(),
            )
        _refuse_uncounted(meeting)
        items = list(AgendaItem.objects.filter(meeting=meeting).select_related("matter"))
        meeting.state, meeting.noticed_at = State.NOTICED, now
        if meeting.openness != Openness.MEMBERS:
            meeting.notice = _posted(act, items, counted(now, meeting.notice_days) if meeting.notice_days else None)
        _tell_register(meeting, lambda: notice_text(meeting, items)[0], lambda: notice_text(meeting, items)[1], now)
        act.record("notice", first=first.isoformat(), days=meeting.notice_days)
    return meeting


def _refuse_uncounted(meeting: Meeting) -> None:
    on = meeting.starts_at.astimezone(ZONE).date()
    if meeting.entitled is None and lawful.must_be_counted(meeting.body):
        raise Refused(
            "no_electorate",
            _("%(body)s要知道应到多少人，才能算出到会的人够不够。请先登记应到名单，或者在会议安排里填应到人数。")
            % {"body": meeting.get_body_display()},
            rule=meeting.quorum_rule or lawful.electorate_rule(meeting.body),
        )
    article = lawful.unverified(meeting.body, on)
    if article and (meeting.entitled is None or not meeting.quorum_rule):
        raise Refused(
            "quorum_unverified",
            _("%(body)s要到多少人才能开，这里没有核实过现行法律的数字。请在会议安排里填应到人数和到会比例，并写明依据。")
            % {"body": meeting.get_body_display()},
            rule=article,
        )


@in_place_language()
def _posted(act: Sitting, items: list[AgendaItem], period: Period | None) -> Notice:
    meeting = act.meeting
    title, body = board_text(meeting, items)
    return post_notice(
        actor=act.actor,
        place=meeting.place,
        title=title,
        body=body,
        now=act.now,
        until_at=meeting.starts_at,
        kind="matter",
        facts={"meeting": meeting.pk, "agenda": [i.title for i in items]},
        official=official_of(meeting, items, period),
    )


def _tell_register(meeting: Meeting, title: Words, body: Words, now: datetime) -> None:
    rows = Attendee.objects.filter(meeting=meeting, expected=True).select_related("person")
    to = [Addressee(account_id=r.account_id, person=r.person) for r in rows if r.person or r.account_id]
    send(
        to,
        key=f"meeting:{meeting.pk}:{meeting.line_count}",
        title=title,
        body=body,
        address=f"/meetings/{meeting.pk}/",
        about=f"meeting {meeting.pk}",
        place_path=meeting.place_path,
        now=now,
    )


def _take_back(act: Sitting, reason: str) -> None:
    """The notice no longer holds: its board says so, and those who were told are told again."""
    meeting = act.meeting

    def title() -> str:
        return _("会议通知收回：%(title)s") % {"title": meeting.title}

    def body() -> str:
        return _("%(reason)s。请以新的通知为准，通知天数重新计算。") % {"reason": as_read(reason)}

    if meeting.notice_id and meeting.openness != Openness.MEMBERS:
        _withdrawn(act, title, body, until_at=act.now + _TOLD)
    _tell_register(meeting, title, body, act.now)
    meeting.state, meeting.notice, meeting.noticed_at = State.PLANNED, None, None
    act.record("withdraw_notice", reason=reason)


@in_place_language()
def _withdrawn(act: Sitting, title: Words, body: Words, *, until_at: datetime) -> None:
    """The notice leaves the board, and one says so in its stead."""
    meeting = act.meeting
    Notice.objects.filter(pk=meeting.notice_id or 0, until_at__gt=act.now).update(until_at=act.now)
    post_notice(
        actor=act.actor,
        place=meeting.place,
        title=spoken(title),
        body=spoken(body),
        now=act.now,
        until_at=until_at,
        kind="matter",
        facts={"meeting": meeting.pk},
        official=Official(form="withdrawal", to=addressee(meeting), link=f"/meetings/{meeting.pk}/"),
    )


def withdraw_notice(*, actor: Actor, meeting_id: int, reason: str, now: datetime, once: str = "") -> Meeting:
    """Take the notice back, so that the plan may be changed; the next notice counts its days anew. Raises Invalid without a reason."""
    with sitting(actor, meeting_id, "withdraw_notice", now, permission="meeting.notice", once=once) as act:
        if not act.repeated:
            _take_back(act, _needed(reason))
    return act.meeting


def cancel(*, actor: Actor, meeting_id: int, reason: str, now: datetime, once: str = "") -> Meeting:
    """Call the meeting off, saying why; those who were told of it are told. Raises Invalid without a reason."""
    with sitting(actor, meeting_id, "cancel", now, permission="meeting.plan", once=once) as act:
        meeting = act.meeting
        if act.repeated:
            return meeting
        meeting.reason = _needed(reason)
        if meeting.state != State.PLANNED:

            def title() -> str:
                return _("会议取消：%(title)s") % {"title": meeting.title}

            if meeting.openness != Openness.MEMBERS:
                _withdrawn(act, title, meeting.reason, until_at=max(meeting.starts_at, now + _TOLD))
            _tell_register(meeting, title, meeting.reason, now)
        meeting.state = State.CANCELLED
        act.record("cancel", reason=meeting.reason)
    return meeting


def _needed(reason: str) -> str:
    return needed(reason, "reason", _("请写明原因，大家都能看到。"))


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


@dataclass(frozen=True)
class Expected:
    """Somebody who is entitled to take part, from a roll or a list. `voter_id` names the roll's row."""

    name: str
    person: Person | None = None
    account_id: int | None = None
    home: Place | None = None
    where: str = ""
    capacity: str = ""
    entitled: bool = True
    voter_id: int | None = None


def register(
    *, actor: Actor, meeting_id: int, expected: Iterable[Expected], now: datetime, roll_id: int | None = None, count: bool = True
) -> int:
    """
    Put people on the register; who is on it already (same voter, person or account) is left as they are. Returns how many are new.

    With `count` the number of entitled ones becomes what the quorum is reckoned from. `from_roll` adapts a roll's voters.
    """
    with sitting(actor, meeting_id, "register", now, permission="meeting.plan") as act:
        meeting = act.meeting
        rows = Attendee.objects.filter(meeting=meeting)
        voters = set(rows.exclude(voter_id=None).values_list("voter_id", flat=True))
        people = set(rows.exclude(person=None).values_list("person_id", flat=True))
        accounts = set(rows.exclude(account=None).values_list("account_id", flat=True))
        fresh = []
        for one in expected:
            person_id = one.person.pk if one.person else None
            account_id = one.account_id or (one.person.account_id if one.person else None)
            if one.voter_id in voters or person_id in people or account_id in accounts or not clean(one.name, 60):
                continue
            for known, number in ((voters, one.voter_id), (people, person_id), (accounts, account_id)):
                if number is not None:
                    known.add(number)
            meeting.seat_count += 1
            home = one.home or (one.person.home_place if one.person else None)
            fresh.append(
                Attendee(
                    meeting=meeting,
                    seat=meeting.seat_count,
                    name=clean(one.name, 60),
                    person_id=person_id,
                    account_id=account_id,
                    home=home,
                    home_path=home.path if home else "",
                    where=clean(one.where, 60),
                    capacity=clean(one.capacity, 40),
                    expected=True,
                    entitled=one.entitled,
                    roll_id=roll_id,
                    voter_id=one.voter_id,
                )
            )
            if len(fresh) > MOST_NAMES:
                raise Invalid("too_many", _("一次最多登记 %(n)s 人。") % {"n": MOST_NAMES})
        Attendee.objects.bulk_create(fresh)
        if roll_id is not None:
            meeting.roll_id = roll_id
        if count:
            meeting.entitled = rows.filter(expected=True, entitled=True).count() or None
        if fresh:
            act.record("register", count=len(fresh), entitled=meeting.entitled)
    return len(fresh)


def register_residents(*, actor: Actor, meeting_id: int, now: datetime) -> int:
    """
    Put everybody on the register who lives in the meeting's place and is eighteen or older on the day of the meeting. Returns how many are new.

    Raises Refused where the law names another electorate, NotAllowed for who may not read the people of the place.
    """
    meeting = _to_register(actor, meeting_id)
    table.require(actor, "person.read", meeting.place_path)
    _refuse_other(meeting, RollKind.RESIDENTS)
    on = meeting.starts_at.astimezone(ZONE).date()
    # Of 29 February one is of age on 1 March in a year without it: whoever was born by then.
    born_by = on.replace(year=on.year - 18) if (on.month, on.day) != (2, 29) else date(on.year - 18, 2, 28)
    living = Person.objects.filter(erased_at=None, born_on__lte=born_by, **subtree("home_path", meeting.place_path))
    people = living.select_related("home_place").order_by("home_path", "pk")[: MOST_NAMES + 1]
    return register(actor=actor, meeting_id=meeting_id, expected=[Expected(p.name, person=p) for p in people], now=now)


def register_roll(*, actor: Actor, meeting_id: int, roll_id: int, now: datetime) -> int:
    """
    Put the voters of a frozen roll on the register: the electorate of the meeting. Returns how many are new.

    Raises NotFound for a roll out of reach; Refused for a draft or a roll that was replaced, for one of another place, and for one of people who
    are not this meeting's electorate by law, citing the article.
    """
    meeting = _to_register(actor, meeting_id)
    roll = roll_for_staff(actor, roll_id)
    if roll.state != RollState.FROZEN:
        raise Refused("roll_not_frozen", _("只能用已经冻结、没有被更正的名册。"), turn_to=_("名册在“表决名册”里草拟、公示和冻结。"))
    if not within(roll.place_path, meeting.place_path):
        raise Refused("other_place", _("这份名册是%(place)s的，不是这次会议范围里的。") % {"place": roll.place.name})
    _refuse_other(meeting, roll.kind)
    voters = Voter.objects.filter(roll=roll).select_related("person", "agent").order_by("seq")
    return register(actor=actor, meeting_id=meeting_id, expected=from_roll(voters), now=now, roll_id=roll.pk)


def _to_register(actor: Actor, meeting_id: int) -> Meeting:
    found = Meeting.objects.select_related("place").filter(pk=meeting_id).first()
    if found is None or not may_read(actor, found):
        raise NotFound("no_meeting", _("没有找到这次会议。"))
    table.require(actor, "meeting.plan", found.place_path)
    return found


def _refuse_other(meeting: Meeting, kind: str) -> None:
    """Raises Refused, citing the article, for people of a roll of `kind` who are not this meeting's electorate."""
    entitled = lawful.electorate(meeting.body)
    if not entitled or kind in entitled:
        return
    said = {"body": meeting.get_body_display(), "kinds": "”“".join(str(RollKind(k).label) for k in entitled), "kind": RollKind(kind).label}
    words = _("%(body)s的应到名单按“%(kinds)s”名册，不能用“%(kind)s”名册。")
    raise Refused("other_electorate", words % said, rule=lawful.electorate_rule(meeting.body))


def from_roll(voters: Iterable[Voter]) -> Iterable[Expected]:
    """Voters of a roll as expected attendees: whoever may speak for them comes, an agent, a household's representative or they themselves."""
    for voter in voters:
        agent = voter.agent
        name = f"{voter.name}（{voter.agent_name}）" if voter.agent_name else voter.name
        yield Expected(name=name, person=agent or voter.person, voter_id=voter.pk, where=voter.door)
