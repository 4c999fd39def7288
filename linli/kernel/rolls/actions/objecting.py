"""Objections to a frozen roll: raised by the person or for them at the counter, answered with a reason, kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.access.tongue import Words
from linli.kernel.accounts.actions import log_event
from linli.kernel.accounts.models import UnitKind
from linli.kernel.accounts.queries import units_serving
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.people.models import Ownership, Person
from linli.kernel.places.models import Place
from linli.kernel.rolls.lawful import answer_due
from linli.kernel.rolls.models import ObjectionKind, Roll, RollObjection, RollState
from linli.lib.texts import clean
from linli.web.words import day, until

CHANNELS = ("web", "counter", "phone", "visit", "paper")
MOST_OPEN = 20  # of one person to one roll


@transaction.atomic
def object_to(*, actor: Actor, roll_id: int, kind: str, text: str, now: datetime, home: Place | None = None) -> RollObjection:
    """
    Object to a frozen roll, for oneself: whoever lives there, owns there or stands on it. The same objection again is the one there is.

    Raises NotAllowed for strangers, Refused after the period, Invalid without text.
    """
    roll = _open_roll(roll_id, now)
    table.require(actor, "roll.object", roll.place_path, own=True)
    if not concerned(actor, roll):
        raise NotAllowed(
            "not_concerned",
            _("对这份名册提异议的，应当是住在这里、在这里有房，或者列在名册上的人。"),
            turn_to=_("如果您是这里的业主而名册里没有您，请带上证件到社区登记，由工作人员代为提出。"),
            would_signing_in_help=actor.is_anonymous,
        )
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    return _record(roll, actor, person, person.name if person else actor.name, kind, text, home, "web", now)


@transaction.atomic
def object_for(
    *,
    actor: Actor,
    roll_id: int,
    kind: str,
    text: str,
    now: datetime,
    person: Person | None = None,
    name: str = "",
    home: Place | None = None,
    channel: str = "counter",
) -> RollObjection:
    """Record an objection somebody makes at the counter, by phone, on a visit or on paper; who recorded it is kept."""
    roll = _open_roll(roll_id, now)
    table.require(actor, "roll.object_for", roll.place_path)
    name = person.name if person else clean(name, 60)
    fields = {}
    if not name:
        fields["name"] = [_("请写明是谁提的异议。")]
    if channel not in CHANNELS[1:]:
        fields["channel"] = [_("请选择怎么提出来的。")]
    if fields:
        raise Invalid("missing", _("登记异议还缺必填内容。"), fields=fields)
    return _record(roll, actor, person, name, kind, text, home, channel, now)


def concerned(actor: Actor, roll: Roll) -> bool:
    """Does the actor live there, own there, or stand on the roll?"""
    if actor.is_anonymous:
        return False
    if any(within(s.path, roll.place_path) or within(roll.place_path, s.path) for s in actor.standings):
        return True
    if not actor.person_id:
        return False
    return (
        roll.holders.filter(person_id=actor.person_id).exists()
        or Ownership.objects.filter(person_id=actor.person_id, until_on=None, **subtree("home__place__path", roll.place_path)).exists()
        or Person.objects.filter(pk=actor.person_id, **subtree("home_path", roll.place_path)).exists()
    )


def _open_roll(roll_id: int, now: datetime) -> Roll:
    roll = Roll.objects.select_related("place").filter(pk=roll_id).exclude(state=RollState.DRAFT).first()
    if roll is None:
        raise NotFound("no_roll", _("没有找到这份名册。"))
    if roll.state == RollState.REPLACED:
        raise Refused("roll_replaced", _("这份名册已经被更正后的名册取代。"), turn_to=_("请对更正后的名册提异议。"))
    if roll.objections_until is None or now >= roll.objections_until:
        ended = day(roll.objections_until - timedelta(seconds=1)) if roll.objections_until else ""
        raise Refused(
            "objections_over",
            _("异议期到 %(ended)s 为止，已经结束。") % {"ended": ended},
            turn_to=_("可以请社区核对登记资料；对表决结果有异议的，可以在结果公示期提出，也可以依法请求人民法院撤销。"),
            rule="民法典 280",
        )
    return roll


def _record(
    roll: Roll, actor: Actor, person: Person | None, name: str, kind: str, text: str, home: Place | None, channel: str, now: datetime
) -> RollObjection:
    text, fields = clean(text, 1000), {}
    if kind not in ObjectionKind.values:
        fields["kind"] = [_("请选择哪里不对。")]
    if len(text) < 2:
        fields["text"] = [_("请写明哪里不对、应该是什么。")]
    if home is not None and not home.path.startswith(roll.place_path):
        fields["home"] = [_("这户房屋不在名册范围内。")]
    if fields:
        raise Invalid("missing", _("异议还缺必填内容。"), fields=fields)
    same = RollObjection.objects.filter(roll=roll, state=RollObjection.State.OPEN, name=name, person=person)
    if channel == "web":
        same = same.filter(account_id=actor.own_id)
    waiting = list(same)
    again = next((one for one in waiting if (one.kind, one.text, one.home_id) == (kind, text, home.pk if home else None)), None)
    if again is not None:
        return again
    if len(waiting) >= MOST_OPEN:
        raise Refused("too_many", _("您已经提了 %(most)s 条异议，请等答复后再提。") % {"most": MOST_OPEN})
    made = RollObjection.objects.create(
        roll=roll,
        person=person,
        account_id=actor.account_id if channel == "web" else None,
        name=name[:60],
        kind=kind,
        home=home,
        text=text,
        channel=channel,
        recorder_id=actor.account_id if channel != "web" else None,
        recorder_name=actor.name[:80] if channel != "web" else "",
        raised_at=now,
    )
    log_event("roll_objection", now=now, actor=actor, about=f"roll {roll.pk}", objection=made.pk, channel=channel)
    _tell_who_decides(made, now)
    return made


def _tell_who_decides(made: RollObjection, now: datetime) -> None:
    """Where a law fixes the days to decide, the committee of the place is told at once by when; nobody elsewhere, they have the list."""
    due = answer_due(made)
    if due is None:
        return
    words = {"when": until(due[0]), "rule": due[1]}
    send(
        [Addressee(unit_id=unit.pk) for unit in units_serving(made.roll.place, UnitKind.COMMUNITY)],
        key=f"roll-objection-{made.pk}-due",
        title=lambda: _("有人对选民名单提出申诉"),
        body=lambda: _("请在%(when)s以前作出处理决定（%(rule)s），并告诉提出的人。") % words,
        address=f"/desk/rolls/{made.roll_id}/objections/",
        about=made.roll.about,
        place_path=made.roll.place_path,
        now=now,
    )


@transaction.atomic
def answer(*, actor: Actor, objection_id: int, accepted: bool, text: str, now: datetime) -> RollObjection:
    """
    Answer an objection with a reason; an accepted one is mended by a roll that replaces this one (`freezing.mend_roll`).

    Raises Refused when it was answered or withdrawn already, or is one's own; Invalid without a reason.
    """
    found = _locked(objection_id)
    table.require(actor, "roll.answer", found.roll.place_path)
    if found.account_id is not None and found.account_id == actor.account_id:
        raise Refused("own_objection", _("自己提的异议要由别人答复。"), turn_to=_("请另一位工作人员答复。"))
    text = clean(text, 1000)
    if not text:
        raise Invalid("missing", _("请写明理由。"), fields={"text": [_("请写明查了什么、依据是什么。")]})
    _refuse_closed(found)
    found.state = RollObjection.State.ACCEPTED if accepted else RollObjection.State.REJECTED
    found.answer, found.answered_at = text, now
    found.answered_by_id, found.answered_by_name = actor.account_id, actor.name[:80]
    _close(found)

    def title() -> str:
        return _("您对名册的异议有了答复：%(verdict)s") % {"verdict": _("成立，名册将更正后重新公示") if accepted else _("不成立")}

    _tell(found, title, text, now)
    due = answer_due(found)
    told: dict[str, Any] = {"objection": found.pk, "accepted": accepted, **({"late": now >= due[0]} if due else {})}
    log_event("roll_objection_answered", now=now, actor=actor, about=f"roll {found.roll_id}", **told)
    return found


@transaction.atomic
def withdraw(*, actor: Actor, objection_id: int, now: datetime) -> RollObjection:
    """Take one's own objection back before it is answered. Raises NotFound for somebody else's."""
    found = _locked(objection_id)
    if actor.account_id is None or found.account_id != actor.account_id:
        raise NotFound("no_objection", _("没有找到这条异议。"))
    table.require(actor, "roll.object", found.roll.place_path, own=True)
    if found.state == RollObjection.State.WITHDRAWN:
        return found
    _refuse_closed(found)
    found.state = RollObjection.State.WITHDRAWN
    _close(found)
    return found


def _locked(objection_id: int) -> RollObjection:
    found = RollObjection.objects.select_for_update(of=("self",)).select_related("roll__place", "person").filter(pk=objection_id).first()
    if found is None:
        raise NotFound("no_objection", _("没有找到这条异议。"))
    return found


def _refuse_closed(found: RollObjection) -> None:
    if found.state != RollObjection.State.OPEN:
        raise Refused("objection_closed", _("这条异议已经是“%(state)s”，不能再改。") % {"state": found.get_state_display()})


def _close(found: RollObjection) -> None:
    """Written where it is still open: of two who answer at once one is told."""
    columns = ("state", "answer", "answered_at", "answered_by_id", "answered_by_name")
    open_ones = RollObjection.objects.filter(pk=found.pk, state=RollObjection.State.OPEN)
    if open_ones.update(**{name: getattr(found, name) for name in columns}) != 1:
        raise Refused("objection_closed", _("就在刚才，有人已经答复了这条异议。"))


def _tell(found: RollObjection, title: Words, body: Words, now: datetime) -> None:
    if found.person is None and found.account_id is None:
        return
    send(
        [Addressee(person=found.person) if found.person else Addressee(account_id=found.account_id)],
        key=f"roll-objection-{found.pk}",
        title=title,
        body=body,
        address=f"/rolls/{found.roll_id}/",
        about=found.roll.about,
        place_path=found.roll.place_path,
        now=now,
    )
