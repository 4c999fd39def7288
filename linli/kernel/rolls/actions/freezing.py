"""Freezing a roll: from then on it never changes. A mended roll replaces it, and both hashes hang together."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.accounts.actions import log_event
from linli.kernel.notices.actions import post_notice
from linli.kernel.notices.models import Notice
from linli.kernel.rolls import lawful
from linli.kernel.rolls.actions.draft import hash_suite, locked, refuse_frozen, refuse_stale, write_draft
from linli.kernel.rolls.models import Decision, Level, Roll, RollObjection, RollState, Voter, chained
from linli.kernel.rolls.notice import notice_of, official_of
from linli.kernel.rolls.rules import end_of, objections_end, roll_hash, root_of
from linli.lib.calendar import YearMissing, in_force
from linli.lib.texts import clean
from linli.web.words import day

OBJECTION_DAYS = 15  # where a place says nothing else
MOST_DAYS = 90

# Sent inside the transaction in which a roll is frozen: `roll`, `now`. What may not go on with it raises a refusal.
roll_frozen = Signal()
# Sent in the same transaction when it replaces another: `old`, `new`, `now`. A ballot that already runs on the old one refuses here.
roll_replaced = Signal()


def days_posted(roll: Roll) -> tuple[int, str]:
    """How many days a roll of this kind is posted where it is drawn up, and the rule that says so ("" for our own number). One query."""
    setting = lawful.posting(roll)
    return (lawful.days_of(setting), setting.rule) if setting is not None else (OBJECTION_DAYS, "")


@transaction.atomic
def freeze(
    *,
    actor: Actor,
    roll_id: int,
    now: datetime,
    seen: int | None = None,
    objection_days: int | None = None,
    objections_until: date | None = None,
) -> Roll:
    """
    Freeze a draft: draw it once more, seal every voter, make the hash, publish the notice with the list of doors.

    `objections_until` is the last day for objections; without it they end `objection_days` after today (without them: as many as the place's
    rules ask for), counted the law's way. Raises Refused
    before the record date, with findings that block, without voters, or when it is frozen already; Conflict when it changed since `seen`.
    """
    roll = locked(roll_id)
    table.require(actor, "roll.freeze", roll.place_path)
    refuse_frozen(roll)
    refuse_stale(roll, seen)
    if timezone.localdate(now) < roll.record_date:
        raise Refused("too_early", _("登记日还没有到，到登记日当天起才能冻结。"), rule=_("名册以登记日的登记为准"))
    ends = _objections_until(now, days_posted(roll)[0] if objection_days is None else objection_days, objections_until)
    _refuse_unlawful(roll, now, ends)
    old = _replaced(roll)
    write_draft(roll, now, seal=True)
    _refuse_unready(roll)
    suite = hash_suite()
    roll.root = root_of(list(Voter.objects.filter(roll=roll).order_by("seq").values_list("hash", flat=True)), suite)
    roll.frozen_at, roll.objections_until = now, ends
    roll.hash = roll_hash(old.hash if old else "", chained(roll), suite)
    roll.state, roll.version = RollState.FROZEN, roll.version + 1
    roll.notice = _posted(roll, old, actor, now, objection_days if objections_until is None else None)
    _write_frozen(roll, actor)
    if old is not None:
        _replace(old, roll, now)
    log_event("roll_frozen", now=now, actor=actor, about=f"roll {roll.pk}", hash=roll.hash, voters=roll.voter_count)
    roll_frozen.send(Roll, roll=roll, now=now)
    return roll


@in_place_language()
def _posted(roll: Roll, old: Roll | None, actor: Actor, now: datetime, days: int | None) -> Notice:
    title, body, facts = notice_of(roll, old)
    return post_notice(
        actor=actor,
        place=roll.place,
        title=title,
        body=body,
        now=now,
        until_at=roll.objections_until,
        kind="notice",
        facts=facts,
        official=official_of(roll, old, now, days),
    )


def _objections_until(now: datetime, days: int, until: date | None) -> datetime:
    zone = timezone.get_current_timezone()
    if until is not None:
        today = timezone.localdate(now)
        if not today < until <= today + timedelta(days=2 * MOST_DAYS):
            raise Invalid("bad_period", _("异议期应在今天以后结束。"), fields={"objections_until": [_("请填写今天以后、半年以内的日期。")]})
        return end_of(until, zone)
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(
            "bad_period",
            _("异议期应在 1 到 %(most)s 天之间。") % {"most": MOST_DAYS},
            fields={"objection_days": [_("请填写 1 到 %(most)s 之间的天数。") % {"most": MOST_DAYS}]},
        )
    try:
        return objections_end(now, days, in_force(), zone)
    except YearMissing as missing:
        raise Invalid(
            "calendar_missing",
            _("异议期的最后一天在 %(year)s 年，那一年的工作日历还没有公布。") % {"year": missing.year},
            fields={"objections_until": [_("请直接填写异议期的最后一天。")]},
        ) from None


def _refuse_unlawful(roll: Roll, now: datetime, ends: datetime) -> None:
    """Raises Invalid citing the article where the law of the place fixes how long objections are heard and this is shorter, or longer where it says at most."""
    setting = lawful.posting(roll)
    if setting is None:
        return
    days = lawful.days_of(setting)
    try:
        end = objections_end(now, days, in_force(), timezone.get_current_timezone())
    except YearMissing:
        return
    if ends == end or (setting.op == ">=" and ends > end):
        return
    exactly = _("异议期依法是 %(days)s 天，到 %(last)s 为止（%(rule)s）。")
    words = (exactly if setting.op == "<=" else _("名册依法至少公示 %(days)s 天，到 %(last)s 为止（%(rule)s）。")) % {
        "days": days,
        "last": day(end - timedelta(seconds=1)),
        "rule": setting.source.cited_for(setting.place),
    }
    raise Invalid("unlawful_period", words, fields={"objection_days": [words]})


def _replaced(roll: Roll) -> Roll | None:
    if roll.replaces_id is None:
        return None
    old = locked(roll.replaces_id)
    if old.state != RollState.FROZEN:
        raise Refused("already_replaced", _("原来的名册已经被另一份取代。"))
    return old


def _refuse_unready(roll: Roll) -> None:
    """The whole transaction goes back, so the draft stays as it was; what was found anew is seen by drawing it again."""
    blocks = roll.problems.filter(level=Level.BLOCK).count()
    if blocks:
        raise Refused(
            "roll_blocked",
            _("还有 %(n)s 处问题影响计数，处理完才能冻结。") % {"n": blocks},
            turn_to=_("请重新核对草案，逐条处理“要先处理”的问题。"),
            blocks=blocks,
        )
    if not roll.voter_count:
        raise Refused("roll_empty", _("名册上一个人也没有，不能冻结。"), turn_to=_("请先登记房屋、业主或居民，或者录入名单。"))


_FROZEN = (
    *("voter_count", "unit_count", "area", "facts", "drawn_at", "root", "hash", "frozen_at", "objections_until", "state", "version"),
    "notice_id",
)


def _write_frozen(roll: Roll, actor: Actor) -> None:
    columns = {name: getattr(roll, name) for name in _FROZEN}
    if Roll.objects.filter(pk=roll.pk, state=RollState.DRAFT).update(frozen_by_id=actor.account_id, **columns) != 1:
        raise Conflict("changed_meanwhile", _("就在刚才，有人已经冻结了这份名册。"))


def _replace(old: Roll, new: Roll, now: datetime) -> None:
    if Roll.objects.filter(pk=old.pk, state=RollState.FROZEN).update(state=RollState.REPLACED) != 1:
        raise Conflict("changed_meanwhile", _("原来的名册已经被另一份取代。"))
    old.state = RollState.REPLACED
    RollObjection.objects.filter(roll=old, state=RollObjection.State.ACCEPTED, mended_in=None).update(mended_in=new)
    roll_replaced.send(Roll, old=old, new=new, now=now)


@transaction.atomic
def mend_roll(*, actor: Actor, roll_id: int, why: str, now: datetime) -> Roll:
    """
    Begin the mended roll that will replace a frozen one: a draft with the same record date, choices and decisions. The frozen one stays in
    force until the new one is frozen, and is kept after that. Asking again gives the draft that was begun.

    Raises Refused when it is a draft or was replaced already, Invalid without a reason.
    """
    old = locked(roll_id)
    table.require(actor, "roll.draw", old.place_path)
    why = clean(why, 300)
    if not why:
        raise Invalid("missing", _("请写明为什么要更正。"), fields={"why": [_("请写明依据，例如“异议成立：502 的面积登记有误”。")]})
    if old.state == RollState.DRAFT:
        raise Refused("still_draft", _("这份名册还没有冻结，直接修改草案就可以。"))
    if old.state == RollState.REPLACED:
        raise Refused("already_replaced", _("这份名册已经被另一份取代。"), turn_to=_("请更正取代它的那一份。"))
    begun = Roll.objects.select_related("place").filter(replaces=old).first()
    if begun is not None:
        return begun
    new = Roll.objects.create(
        **{name: getattr(old, name) for name in ("place", "place_path", "kind", "title", "record_date", "about", "policy")},
        replaces=old,
        replaces_why=why,
        drawn_at=now,
        created_at=now,
        created_by_id=actor.account_id,
    )
    kept = list(old.decisions.all())
    for one in kept:
        one.pk, one.roll = None, new
    Decision.objects.bulk_create(kept, batch_size=500)
    write_draft(new, now)
    log_event("roll_mended", now=now, actor=actor, about=f"roll {old.pk}", by=new.pk, why=why)
    return new
