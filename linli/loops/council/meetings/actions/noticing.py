"""The notice of a meeting: given the lawful days ahead, taken back, the meeting called off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import Refused
from linli.kernel.access.tongue import Words, as_read, in_place_language, spoken
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.matters.promises import calendar
from linli.kernel.notices.actions import Addressee, post_notice, send
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import Official
from linli.kernel.places.models import Place
from linli.law.periods import Period
from linli.lib.calendar import YearMissing
from linli.lib.texts import clean
from linli.loops.council.meetings import lawful, rules
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.models import AgendaItem, Attendee, Meeting, Openness, State
from linli.loops.council.meetings.wording import addressee, board_text, notice_text, official_of

# What was called off or taken back stands on the board so long.
_TOLD = timedelta(days=7)


def _lawful_notice(body: str, place: Place, days: int, rule: str) -> tuple[int, str]:
    """The days of notice and their rule: what was planned, or what the law of the place asks where that is more. One query at most."""
    asked, article = lawful.notice_days(body, place)
    return (asked, article) if asked > days else (days, rule or (article if asked == days else ""))


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
