"""After the result: a decision suspended and resumed, challenged before a court or an authority, annulled (Civil Code 280)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Entry, Matter, Pause
from linli.kernel.matters.orders import close_orders
from linli.kernel.matters.turn import Turn
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.council.motions import publishing
from linli.loops.council.motions.actions.deciding import archive_number
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.contesting import last_day_to_challenge
from linli.loops.council.motions.models import Challenge, Decision, Motion, Suspension
from linli.loops.council.motions.tell import tell_followers

_MOST_DAYS = 366


def _standing(motion: Motion) -> Decision:
    """The decision in force or posted. Raises Refused where nothing was decided or what was is annulled."""
    found = Decision.objects.filter(motion=motion, annulled_at=None).order_by("-pk").first()
    if found is None:
        raise Refused("nothing_decided", _("还没有作出决定，或者决定已经被撤销。"))
    return found


# --- suspension --------------------------------------------------------------------------------------------
@transaction.atomic
def suspend(
    *, actor: Actor, matter_id: int, now: datetime, text: str, ground: str, rule: str, review_on: date | None, seen: int | None = None
) -> Matter:
    """
    A decision is not carried out for a while: by whose order or why, by which rule, and when it is looked at again. Its clocks stand still,
    a posted one does not come to hold, and the board says so.

    Raises Invalid for an unknown ground or a day that is not within a year, Refused where nothing was decided.
    """
    today = now.astimezone(ZONE).date()
    wrong = {}
    if ground not in Suspension.Ground.values:
        wrong["ground"] = [_("请选择为什么暂缓。")]
    if review_on is None or not 0 < (review_on - today).days <= _MOST_DAYS:
        wrong["review_on"] = [_("请选择明天到一年之内的日期。")]
    if wrong:
        raise Invalid("bad_suspension", _("暂缓执行还要补一补。"), fields=wrong)
    assert review_on is not None
    text, rule = clean(text, 2000), clean(rule, 120)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        decision, stage = _standing(motion), t.matter.stage
        t.move(
            "suspend", text=text, rule=rule, review_on=review_on, facts={"ground": ground, "rule": rule, "review_on": review_on.isoformat()}
        )
        t.matter.stage = stage
        t.hold(Pause.Reason.SUSPENDED, text, review_on)
        made = Suspension.objects.create(
            decision=decision, ground=ground, rule=rule, text=text, review_on=review_on, from_at=now, by_id=actor.account_id
        )
        publishing.suspended(t, decision, made)
        tell_followers(t, lambda: _("暂缓执行：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def resume(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """Go on from where the decision was suspended; its clocks add what they stood still. A posting whose days ran out meanwhile holds then."""
    text = clean(text, 2000)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        held = Entry.objects.filter(matter=t.matter, verb="suspend").order_by("-seq").first()
        entry = t.move("resume", text=text)
        stood = held.facts.get("from", "") if held else ""
        _back(t, entry, stood if stood in t.workflow.by_verb["resume"].back_to else "carrying")
        t.release()
        Suspension.objects.filter(decision__motion=motion, until_at=None).update(until_at=now, why_ended=text[:300])
        publishing.resumed(t, _standing(motion), text)
        tell_followers(t, lambda: _("恢复执行：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def _back(t: Turn, entry: Entry, code: str) -> None:
    state = t.workflow.by_code[code]
    t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
    entry.facts["to"] = state.code


# --- challenge ---------------------------------------------------------------------------------------------
@transaction.atomic
def challenge(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    text: str,
    forum: str,
    who: str,
    known_on: date | None,
    filed_on: date | None,
    case_number: str = "",
    file: StoredFile | None = None,
    seen: int | None = None,
) -> Challenge:
    """
    Record that somebody asks to have the decision annulled. Whether the year was kept (280) is computed and shown, not decided here: a
    challenge that comes late is recorded all the same. From now on the evidence stays until it has ended.

    Raises Invalid for days that cannot be, Refused where nothing was decided.
    """
    today = now.astimezone(ZONE).date()
    who = clean(who, 80)
    wrong = {}
    if forum not in Challenge.Forum.values:
        wrong["forum"] = [_("请选择向谁提出。")]
    if not who:
        wrong["who"] = [_("请写明谁提出的，例如“一名业主”，不写姓名。")]
    if known_on is None or known_on > today:
        wrong["known_on"] = [_("请填写知道决定的日子，不能晚于今天。")]
    if filed_on is None or filed_on > today or (known_on is not None and filed_on < known_on):
        wrong["filed_on"] = [_("请填写提出的日子：在知道之后，不晚于今天。")]
    if wrong:
        raise Invalid("bad_challenge", _("登记还要补一补。"), fields=wrong)
    assert known_on is not None
    assert filed_on is not None
    text = clean(text, 2000)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        decision = _standing(motion)
        if known_on < decision.decided_at.astimezone(ZONE).date():
            words = _("知道的日子早于作出决定的日子，请核对。")
            raise Invalid("bad_challenge", words, fields={"known_on": [words]})
        last = last_day_to_challenge(known_on)
        made = Challenge.objects.create(
            decision=decision,
            forum=forum,
            who=scrub(who).text[:80],
            case_number=clean(case_number, 60),
            text=text,
            known_on=known_on,
            filed_on=filed_on,
            last_day=last,
            file=file,
            recorded_at=now,
            recorded_by_id=actor.account_id,
        )
        facts = {
            "challenge": made.pk,
            "forum": forum,
            "filed_on": filed_on.isoformat(),
            "last_day": last.isoformat(),
            "in_time": made.in_time,
        }
        t.move("challenge", text=text, facts=facts, files=[file] if file else [])
        tell_followers(t, lambda: _("有人请求撤销：%(title)s") % {"title": t.matter.public_title}, "")
    return made


@transaction.atomic
def end_challenge(
    *, actor: Actor, challenge_id: int, now: datetime, outcome: str, text: str, seen: int | None = None, matter_id: int | None = None
) -> Matter:
    """
    How a challenge ended: dismissed, withdrawn, or with the decision annulled (which is then annulled here too, by whoever may).

    Raises NotFound, Invalid for an unknown outcome, Refused when it ended before.
    """
    found = Challenge.objects.select_related("decision").filter(pk=challenge_id).first()
    if found is None or (matter_id is not None and found.decision.motion_id != matter_id):
        raise NotFound("no_challenge", _("没有找到这件撤销请求。"))
    if outcome not in Challenge.Outcome.values or not outcome:
        raise Invalid("bad_outcome", _("请选择结果。"), fields={"outcome": [_("请选择结果。")]})
    text = clean(text, 2000)
    with taking(actor=actor, matter_id=found.decision.motion_id, now=now, seen=seen) as (t, motion):
        ended = Challenge.objects.filter(pk=challenge_id, outcome="").update(outcome=outcome, ended_at=now, ruling=text)
        if not ended:
            raise Refused("challenge_ended", _("这件撤销请求的结果已经登记过了。"))
        t.move("end_challenge", text=text, facts={"challenge": challenge_id, "outcome": outcome})
        if outcome == Challenge.Outcome.ANNULLED and found.decision.annulled_at is None:
            where = Challenge.Forum(found.forum).label
            with in_place_language():
                rule = " ".join(filter(None, [str(where), found.case_number, _("民法典第二百八十条")]))
            _annul(t, motion, found.decision, text, rule)
        else:
            tell_followers(t, lambda: _("撤销请求有了结果：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


# --- annulment ---------------------------------------------------------------------------------------------
@transaction.atomic
def annul(*, actor: Actor, matter_id: int, now: datetime, text: str, rule: str, seen: int | None = None) -> Matter:
    """
    A court, the street or the department annuls a decision (Civil Code 280, OWN-037, OWN-039): with whose decision and which rule. What
    was begun under it stops, the board says so; the evidence stays.
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        _annul(t, motion, _standing(motion), text, rule)
    return t.matter


def _annul(t: Turn, motion: Motion, decision: Decision, text: str, rule: str) -> None:
    t.move("annul", text=text, rule=rule, facts={"rule": rule[:120]})
    decision.annulled_at, decision.why_annulled = t.now, text[:300]
    decision.save(update_fields=["annulled_at", "why_annulled"])
    Suspension.objects.filter(decision=decision, until_at=None).update(until_at=t.now, why_ended=gettext_noop("决定被撤销"))
    t.end_pause()
    t.matter.closed_at = t.now
    motion.archive_number = archive_number(motion, t)
    motion.save(update_fields=["archive_number"])
    close_orders(t, state="recalled")
    publishing.annulled(t, decision, text, rule)
    tell_followers(t, lambda: _("决议被撤销：%(title)s") % {"title": t.matter.public_title}, text)
