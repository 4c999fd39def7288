"""Screening: whose power is it, which road, is there a twin; up or down a tier; or not a motion at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters import actions as matters
from linli.kernel.matters.actions import whereabouts
from linli.kernel.matters.models import Link, Matter
from linli.kernel.matters.opening import open_from
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.matters.turn import Turn
from linli.kernel.places.queries import ancestor_of_kind, place_by_id
from linli.loops.council.motions.actions.raising import restart_notice
from linli.loops.council.motions.actions.seconding import bring_seconders, send_seconders_back
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.roads import road_at, road_of, tier_of
from linli.loops.council.motions.rules import POWERS, RUNGS, TIERS, TOPICS
from linli.loops.council.motions.tell import tell_followers


@transaction.atomic
def screen(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    power: str,
    road: str = "",
    profile: str = "",
    rung: str = "",
    topic: str = "",
    text: str = "",
    seen: int | None = None,
) -> Matter:
    """
    Into the motion bank: in whose power it is, which road it takes, by which thresholds it is decided, on which rung of participation.

    A road chosen here replaces the one it came on; from now on it is kept. Raises Invalid for what is not on the lists.
    """
    wrong: dict[str, list[Any]] = {}
    if power not in POWERS:
        wrong["power"] = [_("请选择归谁决定。")]
    if rung and rung not in RUNGS:
        wrong["rung"] = [_("请选择参与程度。")]
    if topic and topic not in TOPICS:
        wrong["topic"] = [_("请选择类别。")]
    if wrong:
        raise Invalid("bad_screening", _("审核内容还要补一补。"), fields=wrong)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        if road and road != motion.road_code:
            chosen = road_at(t.matter.place, road, now)
            motion.road, motion.road_code, motion.rung = chosen.data(), chosen.code, chosen.rung
        taken = road_of(motion)
        motion.power, motion.rung, motion.topic = power, rung or motion.rung, topic or motion.topic
        motion.profile = profile
        motion.step = taken.next_of("screen", 0) or 0
        motion.banked_at = now
        t.move("screen", text=text, power=power, facts={"power": power, "road": taken.code, "rung": motion.rung, "profile": profile})
        t.matter.accepted_at = t.matter.accepted_at or now
        close_orders(t, ["screen"])
        if t.matter.holder:
            open_order(t, t.matter.holder, "schedule")
        motion.save()
        tell_followers(t, lambda: _("已入议题库：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def decline(*, actor: Actor, matter_id: int, now: datetime, text: str, turn_to: str, seen: int | None = None) -> Matter:
    """Not a motion: why, and where to turn instead. A proposal is never dropped in silence (processes.yaml four_discuss_two_open)."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, _motion):
        t.move("decline", text=text, turn_to=turn_to, facts={"turn_to": turn_to[:120]})
        t.matter.closed_at = now
        close_orders(t)
        tell_followers(t, lambda: _("不列入议题：%(title)s") % {"title": t.matter.public_title}, f"{text} {turn_to}")
    return t.matter


@transaction.atomic
def reclass(*, actor: Actor, matter_id: int, now: datetime, topic: str, rung: str = "", seen: int | None = None) -> Matter:
    """Another class, another rung. Raises Invalid for one that is not on the list."""
    if topic not in TOPICS or (rung and rung not in RUNGS):
        raise Invalid("bad_topic", _("请选择议题的类别和参与程度。"), fields={"topic": [_("请选择类别。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("reclass", facts={"from_topic": motion.topic, "to_topic": topic, "rung": rung or motion.rung})
        motion.topic, motion.rung = topic, rung or motion.rung
        motion.save()
    return t.matter


@transaction.atomic
def move_tier(
    *, actor: Actor, matter_id: int, now: datetime, tier: str, text: str, place_id: int | None = None, seen: int | None = None
) -> Matter:
    """
    Up to a wider tier, or down to a place named below this one; a notice given for the old one is taken back, and who is told changes.

    Raises Invalid for a tier the place has none of.
    """
    if tier not in TIERS:
        raise Invalid("bad_tier", _("请选择层级。"), fields={"tier": [_("请选择楼栋、小区、社区或街道。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        here = t.matter.place
        target = place_by_id(place_id) if place_id else ancestor_of_kind(here, tier)
        if target is None or tier_of(target) != tier or not (target.path.startswith(here.path) or here.path.startswith(target.path)):
            raise Invalid(
                "bad_tier",
                _("请选择这个议题所在范围之上或之内的%(tier)s。") % {"tier": TIERS[tier]},
                fields={"tier": [_("请选择上一层，或写明下放到哪里。")]},
            )
        if target.pk == here.pk:
            raise Refused("same_tier", _("议题已经在这一层。"))
        t.move("move_tier", text=text, tier=tier, facts={"from_tier": motion.tier, "to_tier": tier, "place": target.name})
        restart_notice(t, motion, gettext_noop("议题换了层级，公告从头计算。"))
        for name, value in whereabouts(target, None).items():
            setattr(t.matter, name, value)
        t.matter.place, motion.tier = target, tier
        motion.save()
        _hand_over(t)
        tell_followers(t, lambda: _("换了层级：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


def _hand_over(t: Turn) -> None:
    """The open tasks go to the unit that serves the new place."""
    from linli.kernel.accounts.models import UnitKind
    from linli.kernel.accounts.queries import units_serving

    serving = units_serving(t.matter.place, UnitKind.COMMUNITY, UnitKind.STREET)
    open_tasks = sorted({o.task for o in t.orders if o.state == "open" and o.lead})
    if serving and (t.matter.holder_id != serving[0].pk):
        close_orders(t, open_tasks, state="recalled")
        t.matter.holder = serving[0]
        for task in open_tasks:
            open_order(t, serving[0], task)


@transaction.atomic
def to_request(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """No decision is needed to do it: it goes on as a request, linked both ways; seconders are told. Returns the request."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.require("motion.to_request")
        request = open_from(
            actor=actor, kind="request", parent=t.matter, title=t.matter.title, body=t.matter.body, now=now, tie=Link.Kind.CAUSED_BY
        )
        t.move("to_request", text=text, facts={"target": request.ref})
        t.matter.closed_at = now
        restart_notice(t, motion, text)
        close_orders(t, state="recalled")
        tell_followers(t, lambda: _("转为诉求办理：%(title)s") % {"title": t.matter.public_title}, text)
    return request


@transaction.atomic
def merge_twin(*, actor: Actor, source_id: int, target_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Two motions for the same thing become one, with the seconders of both, each home once. Raises Refused as merging does."""
    with taking(actor=actor, matter_id=source_id, now=now, seen=seen) as (_source, twin):
        twin.seconds_due_at = None
        twin.save(update_fields=["seconds_due_at"])
    matters.merge(actor=actor, source_id=source_id, target_id=target_id, now=now, text=text)
    with taking(actor=actor, matter_id=target_id, now=now, quiet=True) as (t, motion):
        added = bring_seconders(t, motion, twin)
        t.say("seconders_joined", facts={"source": f"M{source_id}", "homes": added, "count": motion.second_count})
    return t.matter


@transaction.atomic
def unmerge_twin(*, actor: Actor, source_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Undo a merge: the twin stands where it stood, its seconders with it, with fresh days to find more."""
    into = Matter.objects.filter(pk=source_id).values_list("merged_into", flat=True).first()
    source = matters.unmerge(actor=actor, source_id=source_id, now=now, text=text, seen=seen)
    if into is not None:
        with taking(actor=actor, matter_id=into, now=now, quiet=True) as (t, motion):
            send_seconders_back(t, motion, Motion.objects.get(pk=source_id))
    if source.state == "seconding":
        Motion.objects.filter(pk=source_id).update(seconds_due_at=now + timedelta(days=30))
    return source
