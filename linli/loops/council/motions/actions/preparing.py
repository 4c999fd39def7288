"""Preparing a decision: when it is taken up, deliberated, drafted, with what at hand, and announced for the lawful days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.notices.actions import publish_notice
from linli.lib.texts import clean
from linli.loops.council.motions.actions.raising import restart_notice
from linli.loops.council.motions.actions.taking import taking, text_in_force
from linli.loops.council.motions.actions.telling import tell_residents_committee
from linli.loops.council.motions.ballots import Prepared, prepared_for
from linli.loops.council.motions.models import Announcement, Document, Motion, Text
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import BODIES, DOCUMENTS, first_moment_after, why_not_announce
from linli.loops.council.motions.tell import page_of, tell_followers
from linli.web.words import date_long

_LONGEST_WAIT = 366


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
        tell_followers(t, _("已排期：%(title)s") % {"title": t.matter.public_title}, text)
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
        tell_followers(t, _("改了排期：%(title)s") % {"title": t.matter.public_title}, text)
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
    """Put a required document at hand: a file, or words. Raises Invalid for an unknown kind or for neither."""
    text = clean(text, 300)
    if kind not in DOCUMENTS or (file is None and not text):
        raise Invalid("bad_document", _("请选择文件种类，并上传文件或写明内容。"), fields={"kind": [_("请选择文件种类。")]})
    with taking(actor=actor, matter_id=matter_id, now=now) as (t, motion):
        t.move("file_document", text=text, files=[file] if file else [], facts={"document": kind, "public": public})
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
        published = publish_notice(
            actor=actor,
            place=t.matter.place,
            title=_("%(step)s：%(title)s") % {"step": step.name_zh, "title": t.matter.public_title},
            body=notice_body(motion, decision, days, current, ballot, now, text),
            now=now,
            until_at=now + timedelta(days=days + 1),
            kind="matter",
            facts={"ref": t.matter.ref, "step": step.code, "version": current.number, "digest": current.digest},
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
        tell_followers(t, _("公告：%(title)s") % {"title": t.matter.public_title}, _("请看公告的全文和日期。"))
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


def notice_body(motion: Motion, decision: int, days: int, current: Text, ballot: Prepared | None, now: datetime, text: str) -> str:
    """The official wording: who decides what, by which text, from when, where to object."""
    road = road_of(motion)
    step = road.steps[decision]
    opens = first_moment_after(now, days)
    lines = [
        _("根据“%(road)s”，现将下列议题公告，由%(body)s决定。") % {"road": road.name("zh-hans"), "body": BODIES[step.body]},
        _("议题：%(title)s（编号 %(ref)s，文本第 %(n)s 版）") % {"title": current.title, "ref": motion.matter.ref, "n": current.number},
        current.body,
        *(f"{o['code']}. {o['title']}\n{o['text']}".strip() for o in current.options),
        ngettext(
            "公告期 %(n)s 天，自公告次日起算；%(when)s 以后方可表决。", "公告期 %(n)s 天，自公告次日起算；%(when)s 以后方可表决。", days
        )
        % {"n": days, "when": date_long(opens)},
        *(ballot.words if ballot else ()),
        _("对名册、文本或程序有异议的，请在公告期内向社区或业委会提出。全文和进展：%(page)s") % {"page": page_of(motion.matter.ref)},
        text,
    ]
    return "\n\n".join(line for line in lines if line)


@transaction.atomic
def take_back_notice(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """Take the notice back, with the public reason; nothing can be decided before a new one has stood its days."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("take_back_notice", text=text)
        Announcement.objects.filter(motion=motion, taken_back_at=None, used=False).update(taken_back_at=now, why_taken_back=text[:300])
        tell_followers(t, _("收回公告：%(title)s") % {"title": t.matter.public_title}, text)
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
