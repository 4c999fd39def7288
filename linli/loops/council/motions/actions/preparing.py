"""Preparing a decision: when it is taken up, deliberated, drafted, with what at hand, and announced for the lawful days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted, first_moment_after
from linli.kernel.matters.models import Matter
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.notices.official import days_words
from linli.lib.texts import clean
from linli.loops.council.motions import publishing
from linli.loops.council.motions.actions.raising import restart_notice, take_back
from linli.loops.council.motions.actions.taking import taking, text_in_force
from linli.loops.council.motions.actions.telling import tell_residents_committee
from linli.loops.council.motions.ballots import Prepared, prepared_for
from linli.loops.council.motions.models import Announcement, Document, Motion, Text
from linli.loops.council.motions.publishing import posted_days
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import BODIES, DOCUMENTS, why_not_announce
from linli.loops.council.motions.tell import tell_followers
from linli.loops.council.motions.wording import money
from linli.web.words import date_long

_LONGEST_WAIT = 366
DRAFT_DAYS = 7
MOST_DRAFT_DAYS = 90


def decision_of(motion: Motion) -> int:
    """The index of the decision the motion is on its way to."""
    found = road_of(motion).decision_after(motion.step)
    assert found is not None, "every road ends behind its last decision only once that was taken"
    return found


@transaction.atomic
def schedule(*, actor: Actor, matter_id: int, now: datetime, on: date | None, text: str = "", seen: int | None = None) -> Matter:
    """Take it up from the bank: from which day it is deliberated. Raises Invalid for a day in the past or more than a year away."""
    _check_day(on, now)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("schedule", text=text, on=on, facts={"on": on.isoformat() if on else ""})
        motion.scheduled_on = on
        close_orders(t, ["schedule"])
        if t.matter.holder:
            open_order(t, t.matter.holder, "prepare")
        motion.save()
        tell_followers(t, lambda: _("已排期：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def reschedule(*, actor: Actor, matter_id: int, now: datetime, on: date | None, text: str, seen: int | None = None) -> Matter:
    """Another day, with the reason. What was announced for the old day must be announced anew."""
    _check_day(on, now)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("reschedule", text=text, on=on, facts={"on": on.isoformat() if on else ""})
        motion.scheduled_on = on
        motion.save()
        restart_notice(t, motion, text)
        tell_followers(t, lambda: _("改了排期：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def _check_day(on: date | None, now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    if on is None or not 0 <= (on - today).days <= _LONGEST_WAIT:
        raise Invalid("bad_day", _("请选择今天起一年之内的日期。"), fields={"on": [_("请选择今天起一年之内的日期。")]})


@transaction.atomic
def deliberate(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Deliberation begins; a notice already given stands, since talking changes no text."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("deliberate", text=text)
        motion.step = road_of(motion).next_of("deliberate", motion.step) or motion.step
        motion.save()
    return t.matter


@transaction.atomic
def draft_options(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """The options are being drafted now; each change of text is an amendment of its own."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("draft_options", text=text)
        motion.step = max(motion.step, road_of(motion).next_of("draft", 0) or 0)
        motion.save()
    return t.matter


@transaction.atomic
def file_document(
    *, actor: Actor, matter_id: int, now: datetime, kind: str, file: StoredFile | None = None, text: str = "", public: bool = True
) -> Document:
    """
    Put a required document at hand: a file, or words. What is not `public` only the Desk sees, in the timeline too. Raises Invalid for an unknown
    kind or for neither.
    """
    text = clean(text, 300)
    if kind not in DOCUMENTS or (file is None and not text):
        raise Invalid("bad_document", _("请选择文件种类，并上传文件或写明内容。"), fields={"kind": [_("请选择文件种类。")]})
    with taking(actor=actor, matter_id=matter_id, now=now) as (t, motion):
        t.move("file_document", text=text, files=[file] if file else [], facts={"document": kind, "public": public}, public=public)
        stored = Document.objects.create(motion=motion, kind=kind, file=file, text=text, public=public, at=now, by_id=actor.account_id)
    return stored


@transaction.atomic
def give_notice(*, actor: Actor, matter_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """
    Announce the next decision. From here on text, rule, roll and secrecy stand still for everybody, administrators too; whatever changes
    them takes the notice back, and the days begin anew (OWN-020, OWN-022).

    Raises Refused("missing", …) naming what is not at hand, Refused("no_notice_step") on a road whose next decision needs none.
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.require("motion.give_notice")
        road, decision = road_of(motion), decision_of(motion)
        step = road.leading_to(decision, "notice")
        if step is None:
            raise Refused("no_notice_step", _("下一步决定不需要公告，可以直接登记。"), rule=road.name("zh-hans"))
        ballot = prepared_for(motion, decision, now)
        current = text_in_force(motion)
        _refuse_missing(motion, decision, ballot, current)
        days = max(step.notice_days, int((ballot.frozen if ballot else {}).get("notice_days", 0)))
        period = posted_days(now, days)
        with in_place_language():
            published = publishing.put_up(
                t,
                "ballot" if road.steps[decision].how == "ballot" else "decision",
                title=_("%(step)s：%(title)s") % {"step": step.name_zh, "title": t.matter.public_title},
                heading=_heading(road.steps[decision].how, t.matter.public_title),
                body=road.steps[decision].body,
                lines=notice_lines(motion, decision, current, ballot, text),
                facts=[
                    (_("由谁决定"), str(BODIES[road.steps[decision].body])),
                    (_("最早哪天决定"), date_long(first_moment_after(now, days))),
                ],
                days=period,
                until_at=None if period else now + timedelta(days=1),
                object_to=publishing.where_to_object(t, period, _("名册、文本或程序")),
                about={"step": step.code, "version": current.number, "digest": current.digest},
            )
        Announcement.objects.create(
            motion=motion,
            step=decision,
            text=current,
            days=days,
            frozen=ballot.frozen if ballot else {},
            notice=published,
            published_at=now,
            decidable_at=first_moment_after(now, days),
        )
        t.move("give_notice", text=text, facts={"version": current.number, "digest": current.digest, "days": days, "notice": published.pk})
        motion.step = road.steps.index(step)
        motion.save()
        tell_followers(t, lambda: _("公告：%(title)s") % {"title": t.matter.public_title}, lambda: _("请看公告的全文和日期。"))
        tell_residents_committee(t, ballot.tell_committee if ballot else "")
    return t.matter


def _refuse_missing(motion: Motion, decision: int, ballot: Prepared | None, current: Text) -> None:
    at_hand = Document.objects.filter(motion=motion).values_list("kind", flat=True)
    missing = why_not_announce(
        road_of(motion),
        decision,
        documents=at_hand,
        ballot_ready=ballot is not None and ballot.ready,
        has_options=bool(current.body.strip() or current.options),
    )
    if not missing:
        return
    words = {"ballot": _("设好的表决（名册、规则、时间）"), "options": _("要表决的文本")}
    named = [str(words.get(code) or DOCUMENTS[code]) for code in missing] + list(ballot.missing if ballot else ())
    raise Refused(
        "missing",
        _("还不能公告，缺：%(what)s。") % {"what": _("、").join(named)},
        rule=road_of(motion).name("zh-hans"),
        missing=missing,
    )


def _heading(how: str, title: str) -> str:
    if how == "ballot":
        return _("关于“%(title)s”表决的公告") % {"title": title}
    return _("关于“%(title)s”协商的公告") % {"title": title}


def option_words(option: Mapping[str, Any]) -> str:
    """An option as a notice states it: its name, what it says, what it costs."""
    cost = _("大约花费 %(money)s。") % {"money": money(option["cost_fen"])} if option.get("cost_fen") else ""
    name, said = f"{option['code']}. {option['title']}", " ".join(filter(None, [option["text"], cost]))
    return _("%(option)s：%(text)s") % {"option": name, "text": said} if said else name


def notice_lines(motion: Motion, decision: int, current: Text, ballot: Prepared | None, text: str) -> list[str]:
    """The body of the notice in the official wording: who decides what, by which text, by which rule."""
    road = road_of(motion)
    return [
        _("根据“%(road)s”，现将下列议题公告，由%(body)s决定。") % {"road": road.name("zh-hans"), "body": BODIES[road.steps[decision].body]},
        _("议题：%(title)s（编号 %(ref)s，文本第 %(n)s 版）") % {"title": current.title, "ref": motion.matter.ref, "n": current.number},
        current.body,
        *map(option_words, current.options),
        *(ballot.words() if ballot else ()),
        text,
    ]


def notice_body(motion: Motion, decision: int, days: int, current: Text, ballot: Prepared | None, now: datetime, text: str) -> str:
    """The whole notice in words, as it is shown before it goes out."""
    period = posted_days(now, days)
    lines = notice_lines(motion, decision, current, ballot, text)
    if period is not None:
        lines.append(days_words({name: getattr(period, name).isoformat() for name in ("first_day", "last_day_plain", "last_day")}))
        lines.append(_("%(when)s 以后方可表决。") % {"when": date_long(period.ends_at())})
    return "\n\n".join(line for line in lines if line)


@transaction.atomic
def publish_draft(
    *, actor: Actor, matter_id: int, now: datetime, text: str = "", days: int = DRAFT_DAYS, seen: int | None = None
) -> Matter:
    """
    Put the draft in force before everybody for opinions, for so many days counted the law's way; what is then changed is a new version. It
    freezes nothing and may be done again.

    Raises Invalid for days out of range, Refused("no_text") while there is nothing to read.
    """
    if not 1 <= days <= MOST_DRAFT_DAYS:
        words = _("征求意见的天数应是 1 到 %(n)s 天。") % {"n": MOST_DRAFT_DAYS}
        raise Invalid("bad_days", words, fields={"days": [words]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.require("motion.publish_draft")
        current = text_in_force(motion)
        if not current.body.strip() and not current.options:
            raise Refused("no_text", _("还没有可以公布的方案，请先修改文本。"))
        period = counted(now, days)
        with in_place_language():
            notice = publishing.put_up(
                t,
                "draft",
                title=_("征求意见：%(title)s") % {"title": t.matter.public_title},
                heading=_("关于征求对“%(title)s”意见的公告") % {"title": t.matter.public_title},
                body=road_of(motion).steps[decision_of(motion)].body,
                lines=[
                    _("“%(title)s”的方案已经拟定（文本第 %(n)s 版），现公开征求意见。")
                    % {"title": t.matter.public_title, "n": current.number},
                    current.body,
                    *map(option_words, current.options),
                    text,
                ],
                facts=[(_("议题编号"), t.matter.ref)],
                days=period,
                object_to=publishing.where_to_comment(t, period),
                about={"draft": True, "version": current.number, "digest": current.digest},
            )
        t.move(
            "publish_draft",
            text=text,
            facts={"version": current.number, "days": days, "until": period.last_day.isoformat(), "notice": notice.pk},
        )
        tell_followers(
            t, lambda: _("征求意见：%(title)s") % {"title": t.matter.public_title}, lambda: _("请看方案，有意见请在期限以前提出。")
        )
    return t.matter


@transaction.atomic
def take_back_notice(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """Take the notice back, with the public reason; nothing can be decided before a new one has stood its days."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("take_back_notice", text=text)
        take_back(t, motion, text)
        tell_followers(t, lambda: _("收回公告：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def announced_now(motion: Motion) -> Announcement | None:
    """The notice in force, if any."""
    return Announcement.objects.filter(motion=motion, taken_back_at=None, used=False).select_related("text").first()


def changed_options(before: Text, after: Text) -> Sequence[dict[str, Any]]:
    """Options that were added, changed or left out between two versions, each with the words of both."""
    old, new = {o["code"]: o for o in before.options}, {o["code"]: o for o in after.options}
    return [
        {"code": code, "before": old.get(code), "after": new.get(code)}
        for code in sorted(old.keys() | new.keys())
        if old.get(code) != new.get(code)
    ]
