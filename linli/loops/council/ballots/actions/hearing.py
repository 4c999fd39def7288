"""Votes said on the phone or at the door: one worker takes down, another who heard it confirms on their own screen; only then it is a vote."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.people.models import Person
from linli.loops.council.ballots.actions.casting import check_witness
from linli.loops.council.ballots.actions.storing import Receipt, checked, open_ballot, store, voter_of
from linli.loops.council.ballots.models import Channel, Hearing, State
from linli.loops.council.ballots.wording import refuse


@transaction.atomic
def hear(
    *,
    actor: Actor,
    ballot_id: int,
    seq: int,
    choice: Any,
    channel: str,
    now: datetime,
    witness_id: int | None,
    consent: bool,
    person: Person | None = None,
    note: str = "",
) -> Hearing:
    """
    Take down what somebody says, to be confirmed by the witness, who is told at once. Taking it down again replaces what still waits.

    Raises as `casting.record_vote`, whose checks are the same.
    """
    ballot = open_ballot(ballot_id, now)
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    if channel not in (Channel.PHONE, Channel.VISIT):
        raise Invalid("bad_channel", _("请选择电话或上门。"), fields={"channel": [_("请选择电话或上门。")]})
    if not consent:
        raise refuse("consent_needed")
    if witness_id is None:
        raise refuse("witness_needed")
    witness = check_witness(ballot, actor, witness_id, now)
    voter = voter_of(ballot, seq)
    wanted = checked(ballot, choice)
    Hearing.objects.filter(ballot=ballot, voter=voter, state=Hearing.State.WAITING).update(
        state=Hearing.State.DROPPED, ended_at=now, why_dropped=gettext_noop("重新登记"), choice=b""
    )
    made = Hearing.objects.create(
        ballot=ballot,
        voter=voter,
        person_id=person.pk if person else next(iter(voter.may_cast), voter.person_id),
        choice=json.dumps(wanted),
        channel=channel,
        heard_at=now,
        recorder_id=actor.own_id,
        witness=witness,
        note=note.strip()[:300],
    )
    matter = ballot.motion.matter
    send(
        [Addressee(account_id=witness.pk)],
        key=f"ballot:hearing:{made.pk}",
        title=lambda: _("请确认您见证的一票：%(title)s") % {"title": matter.public_title},
        body=lambda: _("%(who)s登记了一张您在场见证的票。请核对后确认；不是您见证的，请作废。") % {"who": actor.name},
        address=f"/desk/ballots/{ballot.pk}/phone/",
        about=matter.ref,
        place_path=matter.place_path,
        now=now,
    )
    return made


def _waiting(hearing_id: int) -> Hearing:
    found = (
        Hearing.objects.select_for_update(of=("self",))
        .select_related("ballot__motion__matter", "ballot__roll", "voter")
        .filter(pk=hearing_id)
        .first()
    )
    if found is None:
        raise NotFound("no_hearing", _("没有找到这次登记。"))
    if found.state != Hearing.State.WAITING:
        raise Refused("hearing_ended", _("这次登记已经确认过或者作废了。"))
    return found


@transaction.atomic
def confirm_hearing(*, actor: Actor, hearing_id: int, now: datetime) -> Receipt:
    """
    The witness confirms what they heard: it becomes a vote of when it was said, also after closing. Raises NotAllowed for anybody but the
    witness, Refused("hearing_ended") when it no longer waits.
    """
    found = _waiting(hearing_id)
    ballot = found.ballot
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    if actor.own_id != found.witness_id:
        raise NotAllowed("not_witness", _("只有登记的见证人本人能确认。"))
    if ballot.state not in (State.OPEN, State.CLOSED):
        raise refuse("already_counted" if ballot.state == State.COUNTED else "abandoned")
    receipt = store(
        ballot,
        found.voter,
        json.loads(found.choice.open()),
        channel=found.channel,
        cast_at=found.heard_at,
        now=now,
        person_id=found.person_id,
        recorder_id=found.recorder_id,
        witness_id=found.witness_id,
        note=found.note,
    )
    found.state, found.ended_at, found.choice = Hearing.State.CONFIRMED, now, ""
    found.save(update_fields=["state", "ended_at", "choice"])
    return receipt


@transaction.atomic
def drop_hearing(*, actor: Actor, hearing_id: int, why: str, now: datetime) -> Hearing:
    """Throw a mistaken entry away, with why. Open to the two who took it down and to whoever settles conflicts."""
    found = _waiting(hearing_id)
    path = found.ballot.motion.matter.place_path
    table.require(actor, "ballot.record", path)
    if actor.own_id not in (found.recorder_id, found.witness_id) and not table.may(actor, "ballot.settle", path):
        raise NotAllowed("not_witness", _("只有登记人、见证人或核实的人能作废。"))
    if not why.strip():
        raise Invalid("missing", _("请写明为什么作废。"), fields={"why": [_("请写明为什么作废。")]})
    found.state, found.ended_at, found.why_dropped, found.choice = Hearing.State.DROPPED, now, why.strip()[:200], ""
    found.save(update_fields=["state", "ended_at", "why_dropped", "choice"])
    return found
