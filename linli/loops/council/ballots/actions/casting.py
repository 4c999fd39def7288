"""Casting: on one's own screen, or with a worker who takes down what is said on the phone, at the door or in the meeting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of
from linli.kernel.people.models import Person
from linli.kernel.rolls.queries import voters_cast_by
from linli.loops.council.ballots.actions.entrusting import cast_by_proxy, holds_proxy
from linli.loops.council.ballots.actions.storing import Receipt, checked, open_ballot, open_for, store, voter_of
from linli.loops.council.ballots.models import Ballot, Channel
from linli.loops.council.ballots.wording import refuse


@transaction.atomic
def cast_online(*, actor: Actor, ballot_id: int, choice: Any, now: datetime, seq: int | None = None, theirs: str = "") -> Receipt:
    """
    Vote on one's own screen, for oneself or for the voter `seq` one casts for. Sending the same vote again gives the same receipt. `theirs`
    is a random text of the voter's own device that goes into the tag of a secret vote.

    Raises Refused("not_open" | "closed" | "not_on_roll" | "first_stands" | "official_only"), Invalid for a choice that cannot be used.
    """
    return _online(actor, open_ballot(ballot_id, now), choice, now, seq, theirs)


@transaction.atomic
def cast_own(
    *, actor: Actor, ballot_id: int, choice: Any, now: datetime, seq: int | None = None, theirs: str = "", asked: str = ""
) -> Receipt:
    """
    What somebody sends from their own screen: by an authority they hold for `seq`, else as `cast_online`. `asked` is the hash of what they
    were asked; Conflict when the ballot was announced anew since.
    """
    ballot, holds = open_for(ballot_id, actor.person_id, now)
    if asked and asked != ballot.frozen_hash:
        raise Conflict("changed_meanwhile", _("这次表决刚才重新公告过，请再看一遍。"))
    if holds and seq is not None and holds_proxy(actor, ballot_id, seq):
        return cast_by_proxy(actor=actor, ballot_id=ballot_id, seq=seq, choice=choice, now=now, theirs=theirs)
    return _online(actor, ballot, choice, now, seq, theirs)


def _online(actor: Actor, ballot: Ballot, choice: Any, now: datetime, seq: int | None, theirs: str) -> Receipt:
    table.require(actor, "ballot.cast", ballot.motion.matter.place_path, own=True)
    mine = voters_cast_by(ballot.roll, actor.person_id, lock=True) if actor.person_id else []
    voter = next((v for v in mine if seq is None or v.seq == seq), None)
    if voter is None:
        raise refuse("not_on_roll")
    return store(
        ballot,
        voter,
        checked(ballot, choice),
        channel=Channel.ONLINE,
        cast_at=now,
        now=now,
        person_id=actor.person_id,
        theirs=theirs,
        locked=True,
        account_id=actor.account_id,
    )


@transaction.atomic
def record_vote(
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
) -> Receipt:
    """
    A worker records the vote of somebody on the phone, at the door or in the meeting: with their recorded consent, and (but for a show in
    the meeting) a second worker who heard it.

    Raises Refused("consent_needed" | "witness_needed" | "same_person") and as `cast_online` does.
    """
    ballot = open_ballot(ballot_id, now)
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    if channel not in (Channel.PHONE, Channel.VISIT, Channel.MEETING):
        raise Invalid("bad_channel", _("请选择电话、上门或会场。"), fields={"channel": [_("请选择电话、上门或会场。")]})
    if not consent:
        raise refuse("consent_needed")
    if witness_id is None and channel != Channel.MEETING:
        raise refuse("witness_needed")
    if witness_id is not None:
        check_witness(ballot, actor, witness_id, now)
    voter = voter_of(ballot, seq)
    who = person.pk if person else next(iter(voter.may_cast), voter.person_id)
    return store(
        ballot,
        voter,
        checked(ballot, choice),
        channel=channel,
        cast_at=now,
        now=now,
        person_id=who,
        recorder_id=actor.account_id,
        witness_id=witness_id,
        note=note[:300],
    )


def check_witness(ballot: Ballot, actor: Actor, witness_id: int, now: datetime) -> Account:
    """The account of a second worker who may take votes here. Raises Refused("same_person"), Invalid for anybody else."""
    if witness_id == actor.account_id:
        raise refuse("same_person")
    account = Account.objects.filter(pk=witness_id, is_active=True).first()
    if account is None or not table.may(actor_of(account, now=now), "ballot.record", ballot.motion.matter.place_path):
        words = _("见证人要是在这里有权代收选票的另一位工作人员。")
        raise Invalid("bad_witness", words, fields={"witness": [words]})
    return account
